"""A clock that jumps ahead dates no event; idle and suspended machines, and clocks that are set right, are accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import meeting, opened

from projections.log import ClockAhead, open_log
from projections.log.clock import ClockCheck, uptime

START = datetime(2026, 11, 30, 12, tzinfo=UTC)
TOLERANCE = timedelta(minutes=5)


@dataclass
class Machine:
    """A machine's clock and uptime."""

    says: datetime = START
    up_for: float = 1000.0

    def pass_time(self, span: timedelta) -> None:
        self.says += span
        self.up_for += span.total_seconds()

    def checks(self) -> ClockCheck:
        return ClockCheck(lambda: self.says, TOLERANCE, lambda: self.up_for)


def test_a_jump_ahead_is_refused_until_the_clock_is_set_right() -> None:
    machine = Machine()
    check = machine.checks()
    machine.says += timedelta(days=3653)
    for _ in range(2):
        with pytest.raises(ClockAhead, match="says 2036-11-30 12:00:00 UTC, and should say about 2026-11-30 12:00:00"):
            check.check(machine.says, START)
        assert check.fault() is not None
    machine.says = START
    assert check.fault() is None
    check.check(machine.says, START)


@pytest.mark.parametrize("idle", [timedelta(seconds=1), timedelta(days=3), timedelta(days=400)])
def test_an_event_after_an_idle_time_or_a_suspension_is_accepted(idle: timedelta) -> None:
    machine = Machine()
    check = machine.checks()
    check.check(START, START)
    machine.pass_time(idle)
    check.check(machine.says, START)
    machine.says += TOLERANCE + timedelta(seconds=1)
    with pytest.raises(ClockAhead):
        check.check(machine.says, START)


def test_a_clock_that_goes_back_and_is_set_right_again_is_accepted() -> None:
    machine = Machine()
    check = machine.checks()
    for days in (-400, 400):
        machine.says += timedelta(days=days)
        machine.pass_time(timedelta(minutes=1))
        check.check(machine.says, START)
        assert check.fault() is None


def test_what_another_server_recorded_is_not_ahead() -> None:
    machine = Machine()
    check = machine.checks()
    machine.says += timedelta(hours=1)
    check.check(machine.says, newest=machine.says - timedelta(minutes=4))


def test_after_a_restart_the_clock_is_trusted() -> None:
    machine = Machine(START + timedelta(days=3653))
    machine.checks().check(machine.says, START)


@given(
    st.lists(
        st.tuples(st.integers(0, 100_000), st.sampled_from((0, 0, 0, -4000, -200, 299, 301, 4000))),
        max_size=30,
    )
)
def test_an_accepted_instant_is_never_further_ahead_than_the_uptime_and_all_jumps_within_the_tolerance(
    steps: list[tuple[int, int]],
) -> None:
    machine = Machine()
    check = machine.checks()
    latest = START
    for seconds, jump in steps:
        machine.pass_time(timedelta(seconds=seconds))
        latest += timedelta(seconds=seconds)
        machine.says += timedelta(seconds=jump)
        try:
            check.check(machine.says, START)
        except ClockAhead:
            assert machine.says > latest + TOLERANCE
        else:
            assert machine.says <= latest + TOLERANCE
            latest = max(latest, machine.says)


def test_the_uptime_never_goes_back() -> None:
    before = uptime()
    assert 0 <= before <= uptime()


def test_a_log_with_a_tolerance_records_nothing_with_a_false_time_and_then_goes_on(data_dir: Path) -> None:
    machine = Machine()
    with open_log(data_dir, clock=lambda: machine.says, clock_tolerance=TOLERANCE) as log:
        opened(log)
        machine.says += timedelta(days=3653)
        with pytest.raises(ClockAhead):
            log.engagements.run(meeting)
        assert isinstance(log.writing_fault(), ClockAhead)
        assert log.head() == 4
        machine.says = START
        assert log.writing_fault() is None
        log.engagements.run(meeting)
        assert log.read(4)[0].event.timestamp < START + TOLERANCE
    with open_log(data_dir, clock=lambda: START + timedelta(days=3653)) as log:
        log.engagements.run(meeting)  # imported and generated histories have times of their own
