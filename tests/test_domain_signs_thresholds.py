"""The thresholds that a firm sets: which counts on a day, as known at an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from story import day

from domain.signs.catalog import DETECTORS
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds, ThresholdSetting
from domain.signs.periods import ALWAYS_BEFORE

MEETINGS, CONFLICTS, HOURS = DETECTORS["A07"], DETECTORS["X01"], DETECTORS["X03"]


def midnight(text: str) -> datetime:
    return datetime.combine(day(text), datetime.min.time(), UTC)


def setting(sign: str, name: str, value: int, counts_from: str, recorded: str) -> ThresholdSetting:
    return ThresholdSetting(sign, name, value, day(counts_from), midnight(recorded), UUID(int=1))


FIRM = FirmThresholds(
    (
        setting("A07", "gap", 30, "2024-03-01", "2024-03-01"),
        setting("A07", "gap", 14, "2024-06-01", "2024-03-02"),
        setting("A07", "gap", 10, "2024-06-01", "2024-03-03"),
        setting("A07", "gap", 40, "2024-02-01", "2024-03-04"),
        setting("X03", "hours", 12, "2024-04-01", "2024-03-05"),
    )
)
"""Set one after another, for later and for earlier days."""


@pytest.mark.parametrize(
    ("on", "gap"),
    [
        ("2024-01-31", 21),
        ("2024-02-01", 40),
        ("2024-02-29", 40),
        ("2024-03-01", 30),
        ("2024-05-31", 30),
        ("2024-06-01", 10),
    ],
)
def test_the_newest_setting_counts_from_its_day_and_of_one_day_the_last_recorded(on: str, gap: int) -> None:
    assert FIRM.on(MEETINGS, day(on)) == {"gap": gap}
    in_force = FIRM.in_force("A07", "gap", day(on))
    assert (in_force.value if in_force else MEETINGS.defaults["gap"]) == gap


def test_a_setting_counts_for_its_own_threshold_only() -> None:
    assert FIRM.on(HOURS, day("2024-06-01")) == {**HOURS.defaults, "hours": 12}
    assert FIRM.on(CONFLICTS, day("2024-06-01")) == CONFLICTS.defaults
    assert FIRM.in_force("X03", "functions", day("2024-06-01")) is None


def test_what_was_known_at_an_instant_was_recorded_by_then() -> None:
    assert FIRM.known_at(None) == FIRM
    assert FIRM.known_at(midnight("2024-03-02")).settings == FIRM.settings[:2]
    assert FIRM.known_at(midnight("2024-02-28")) is DEFAULTS
    judged = FirmThresholds(FIRM.settings, throughout=day("2024-06-01"))
    assert judged.known_at(midnight("2024-03-02")) == FirmThresholds(FIRM.settings[:2], throughout=day("2024-06-01"))


def test_every_setting_makes_a_new_version() -> None:
    assert (FIRM.version, FIRM.recorded_at) == (5, midnight("2024-03-05"))
    assert (DEFAULTS.version, DEFAULTS.recorded_at) == (0, None)


def gaps(firm: FirmThresholds) -> list[tuple[date | None, int]]:
    """From which days on which gap between meetings is in force; null from the beginning."""
    return [
        (None if start == ALWAYS_BEFORE else date.fromordinal(start), thresholds["gap"])
        for periods, thresholds in firm.history().editions(MEETINGS)
        for start, _ in periods
    ]


def test_a_change_does_not_rewrite_the_days_before_it() -> None:
    assert gaps(FIRM) == [
        (None, 21),
        (day("2024-02-01"), 40),
        (day("2024-03-01"), 30),
        (day("2024-06-01"), 10),
    ]
    assert gaps(DEFAULTS) == [(None, 21)]


@pytest.mark.parametrize(("on", "gap"), [("2024-01-31", 21), ("2024-03-01", 30), ("2024-06-01", 10)])
def test_the_past_may_be_judged_by_the_thresholds_of_one_day(on: str, gap: int) -> None:
    assert gaps(FirmThresholds(FIRM.settings, throughout=day(on))) == [(None, gap)]
