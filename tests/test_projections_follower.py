"""The views of a real log that is being written: nothing missed, doubled or hidden, and damage is named."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from logs import ME, command, log, opened, place, written_over
from patience import wait_until
from test_projections_views import from_nothing, rows_in

from domain.decisions import Log as LogIt
from domain.errors import Refusal
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import Closed
from domain.unit_of_work import UnitOfWork
from projections.log import Log
from projections.views import NotCaughtUp, Views, open_views

__all__ = ["log", "place"]  # fixtures

WRITERS = 12
ROUNDS = 8
STREAMS = 4


@pytest.fixture
def views(log: Log, place: Path | str) -> Iterator[Views]:
    """The views of the log, which follow it."""
    views = open_views(place, log)
    views.follow()
    yield views
    views.close()


class Undone(Exception):  # noqa: N818  (not an error)
    """What was to be kept beside the events could not be."""


def test_what_twelve_writers_record_and_undo_is_followed_without_a_gap(log: Log, views: Views) -> None:
    engagements = [(uuid4(), uuid4()) for _ in range(STREAMS)]
    for client, engagement in engagements:
        opened(log, client, engagement)
    views.catch_up()
    positions: list[int] = []
    undone: list[str] = []
    faults: list[BaseException] = []
    start = Barrier(WRITERS + 1)

    def write(number: int) -> None:
        dice = random.Random(number)
        start.wait()
        try:
            for turn in range(ROUNDS):
                one_turn(dice, f"{number}-{turn}")
        except BaseException as fault:
            faults.append(fault)
            raise

    def one_turn(dice: random.Random, key: str) -> None:
        _, engagement = dice.choice(engagements)
        what = dice.randrange(4)
        alignment = LogIt(uuid4(), date(2026, 1, 1 + dice.randrange(28)), AlignmentHeld((ME,)))
        early = LogIt(uuid4(), date(2025, 1, 1), Closed("before it began"))

        def tell(unit: UnitOfWork) -> object:
            # the second of the changes does not fit, after the first was made
            return unit.change(engagement, [alignment, early] if what == 0 else [alignment], recorded_by=ME)

        try:
            position = log.engagements.run(tell, command=failing(key) if what == 1 else command(key)).position
        except (Refusal, Undone):
            undone.append(key)
            return
        assert position is not None
        positions.append(position)
        with views.reading(after=position) as snapshot:
            seen = snapshot.connection.execute(
                sa.text("SELECT count(*) FROM milestones WHERE position = :p"), {"p": position}
            )
            assert seen.scalar_one() == 1

    def failing(key: str) -> Any:
        def also(_connection: sa.Connection, _recorded: object) -> None:
            raise Undone

        return replace(command(key), also=also)

    writers = [Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    start.wait()
    while any(writer.is_alive() for writer in writers):
        with suppress(NotCaughtUp):  # the first one is being finished
            views.rebuild()
    for writer in writers:
        writer.join()
    assert faults == []
    assert len(undone) > WRITERS
    assert sorted(positions) == list(range(4 * STREAMS + 1, log.head() + 1))
    recorded = log.read(0, 10_000)
    assert [r.position for r in recorded] == list(range(1, log.head() + 1))
    assert rows_in(views) == from_nothing(recorded)


def held(log: Log, engagement: UUID) -> int:
    """One more meeting; tells its position."""
    request = LogIt(uuid4(), date(2026, 2, 1), AlignmentHeld((ME,)))
    position = log.engagements.run(lambda unit: unit.change(engagement, [request], recorded_by=ME)).position
    assert position is not None
    return position


@pytest.mark.parametrize("damage", [b'{"class_version": 99}', b"\xff not even JSON"])
def test_an_event_that_cannot_be_read_stops_its_stream_alone_until_it_can(
    log: Log, place: Path | str, damage: bytes
) -> None:
    one, other = uuid4(), uuid4()
    opened(log, uuid4(), one)
    opened(log, uuid4(), other)
    views = open_views(place, log)
    try:
        assert views.catch_up() == 8
        bad = held(log, one)
        before = written_over(place, bad, damage)
        last = held(log, other)
        views.follow()
        assert views.catch_up() == last
        status = views.status()
        assert status.is_ready
        assert [(stopped.position, stopped.stream, stopped.version) for stopped in status.stopped] == [(bad, one, 2)]
        assert "not even" not in str(status.stopped)
        expected = from_nothing([recorded for recorded in log.scan(0, 100).events if recorded.position != bad])
        assert rows_in(views) == expected
        assert views.rebuild() == last
        assert rows_in(views) == expected
        written_over(place, bad, before)
        wait_until(lambda: not views.status().stopped)
        assert rows_in(views) == from_nothing(log.read(0, 100))
    finally:
        views.close()


def test_damage_to_what_was_followed_long_ago_stops_its_stream_alone(log: Log, place: Path | str) -> None:
    one, other = uuid4(), uuid4()
    opened(log, uuid4(), one)
    opened(log, uuid4(), other)
    views = open_views(place, log)
    try:
        assert views.catch_up() == 8
        written_over(place, 2, b'{"class_version": 99}')
        for _ in range(2):
            with views.reading(after=held(log, other)):
                pass
        assert views.status().is_ready
    finally:
        views.close()
