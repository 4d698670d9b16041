"""What the tests of the log share: where a log may be, and something to record in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import psycopg
import pytest
from patience import wait_until

from domain.decisions import Log as LogIt
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import Opened
from domain.unit_of_work import UnitOfWork
from projections.log import Command, Log, Recorded, migrate, open_log

ME = UUID(int=7)
CLIENT = UUID(int=1)
ENGAGEMENT = UUID(int=2)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Path | str:
    """Where a log may be: an empty folder, an empty database."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("data_dir")
        return folder
    url: str = request.getfixturevalue("postgres_url")
    migrate(url)
    return url


@pytest.fixture
def log(place: Path | str) -> Iterator[Log]:
    """A log in each of them."""
    with open_log(place) as log:
        yield log


def opened(log: Log, client: UUID = CLIENT, engagement: UUID = ENGAGEMENT) -> None:
    """A client with one engagement: four events."""

    def open_it(unit: UnitOfWork) -> None:
        unit.register_client(client, "Acme", None, {"headcount": 40}, None, recorded_by=ME)
        opening = LogIt(uuid4(), date(2026, 1, 1), Opened("First letter"))
        unit.open_engagement(engagement, client, opening, recorded_by=ME)

    log.engagements.run(open_it)


def meeting(unit: UnitOfWork, engagement: UUID = ENGAGEMENT, expected_version: int | None = None) -> int:
    """One more event of an engagement; tells its version."""
    request = LogIt(uuid4(), date(2026, 2, 1), AlignmentHeld((ME,)))
    return unit.change(engagement, [request], recorded_by=ME, expected_version=expected_version).version


def command(key: str = "k", answer: Callable[[Sequence[Recorded]], bytes] = lambda events: b"done") -> Command:
    """A command under a key."""
    return Command(key, "caller", "hash", answer)


def written_over(place: Path | str, position: int, state: bytes) -> bytes:
    """Write over an event, past everything that forbids it; tells what was there."""
    if isinstance(place, Path):
        with sqlite3.connect(place / "log.db") as file:
            (kept,) = file.execute("SELECT sql FROM sqlite_schema WHERE name = 'stored_events_stay_update'").fetchone()
            (before,) = file.execute("SELECT state FROM stored_events WHERE rowid = ?", (position,)).fetchone()
            file.execute("DROP TRIGGER stored_events_stay_update")
            file.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (state, position))
            file.execute(kept)
        file.close()
        return cast("bytes", before)
    with psycopg.connect(place) as connection:
        stored = connection.execute("SELECT state FROM log.stored_events WHERE notification_id = %s", (position,))
        (before,) = cast("tuple[bytes]", stored.fetchone())
        connection.execute("ALTER TABLE log.stored_events DISABLE TRIGGER USER")
        connection.execute("UPDATE log.stored_events SET state = %s WHERE notification_id = %s", (state, position))
        connection.execute("ALTER TABLE log.stored_events ENABLE TRIGGER USER")
    return before


def mark_of(log: Log) -> int:
    """The mark of the kept state, as soon as it can be vouched for."""
    marks: list[int | None] = [None]

    def is_vouched_for() -> bool:
        marks.append(log.state_version())
        return marks[-1] is not None

    wait_until(is_vouched_for)
    mark = marks[-1]
    assert mark is not None
    return mark
