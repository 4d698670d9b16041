"""The log as its callers see it: the same laws in an SQLite file and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from domain.application import Desk
from domain.changes import Log as LogIt
from domain.errors import SlugTaken
from domain.milestones import AlignmentHeld, Opened
from projections.log import Command, CommandKnown, Log, LogClosed, Recorded, migrate, open_log

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
    with open_log(place) as log:
        yield log


def opened(log: Log, client: UUID = CLIENT, engagement: UUID = ENGAGEMENT) -> None:
    """A client with one engagement: four events."""

    def open_it(desk: Desk) -> None:
        desk.register_client(client, "Acme", None, {"headcount": 40}, None, recorded_by=ME)
        opening = LogIt(uuid4(), date(2026, 1, 1), Opened("First letter"))
        desk.open_engagement(engagement, client, opening, recorded_by=ME)

    log.engagements.tell(open_it)


def meeting(desk: Desk, engagement: UUID = ENGAGEMENT, expected_version: int | None = None) -> int:
    """One more event of an engagement; tells its version."""
    request = LogIt(uuid4(), date(2026, 2, 1), AlignmentHeld((ME,)))
    return desk.change(engagement, [request], recorded_by=ME, expected_version=expected_version).version


def command(key: str = "k", answer: Callable[[Sequence[Recorded]], bytes] = lambda events: b"done") -> Command:
    return Command(key, "caller", "hash", answer)


def test_what_is_told_is_read_back_in_the_same_order(log: Log) -> None:
    opened(log)
    told = log.engagements.tell(meeting)
    assert [r.position for r in log.read()] == [1, 2, 3, 4, 5]
    assert told.position == log.head() == 5
    assert [r.domain_event for r in told.recordings] == [log.read(4)[0].event]
    assert [r.event.originator_version for r in log.stream(ENGAGEMENT)] == [1, 2]
    assert log.read(after=5) == []


def test_a_refused_use_case_records_nothing(log: Log) -> None:
    opened(log)
    with pytest.raises(SlugTaken):
        log.engagements.tell(lambda d: d.register_client(uuid4(), "Acme", "acme", {}, None, recorded_by=ME))
    assert log.head() == 4


def test_the_recorded_instants_never_stand_still_or_run_backwards(place: Path | str) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    clock = iter([noon, noon - timedelta(days=1), noon - timedelta(days=1)])
    with open_log(place, clock=lambda: next(clock)) as log:
        opened(log)
        log.engagements.tell(meeting)
    with open_log(place, clock=lambda: noon - timedelta(days=2)) as log:
        log.engagements.tell(meeting)
        instants = [recorded.event.timestamp for recorded in log.read()]
    assert instants == [noon + timedelta(microseconds=n) for n in range(6)]


def test_a_command_is_carried_out_once(log: Log) -> None:
    opened(log)
    log.engagements.tell(meeting, command=command(answer=lambda events: f"{events[-1].position}".encode()))
    with pytest.raises(CommandKnown) as known:
        log.engagements.tell(meeting, command=command())
    assert (known.value.request_hash, known.value.answer) == ("hash", b"5")
    assert log.head() == 5


def test_kept_state_is_written_by_the_log_and_read_through_its_engine(log: Log) -> None:
    log.write(lambda c: c.execute(sa.text("CREATE TABLE person (name TEXT)")))
    log.write(lambda c: c.execute(sa.text("INSERT INTO person VALUES ('Ada')")))
    with log.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT name FROM person")).scalars().all() == ["Ada"]


def test_a_change_of_the_kept_state_is_carried_out_once_too(log: Log) -> None:
    log.write(lambda c: c.execute(sa.text("CREATE TABLE person (name TEXT)")))

    def add(connection: sa.Connection) -> None:
        connection.execute(sa.text("INSERT INTO person VALUES ('Ada')"))

    log.write(add, command=command())
    with pytest.raises(CommandKnown) as known:
        log.write(add, command=command())
    assert known.value.answer == b"done"
    with log.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM person")).scalar() == 1


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_command_keeps_beside_its_events_is_written_with_them_or_not_at_all(log: Log, fails: bool) -> None:
    opened(log)
    log.write(lambda c: c.execute(sa.text("CREATE TABLE person (name TEXT)")))

    def also(connection: sa.Connection, recorded: Sequence[Recorded]) -> None:
        assert [r.position for r in recorded] == [5]
        connection.execute(sa.text("INSERT INTO person VALUES ('Ada')"))
        if fails:
            raise ValueError

    without_key = Command(None, "caller", "", lambda _: b"", also)
    if fails:
        with pytest.raises(ValueError, match=r"^$"):
            log.engagements.tell(meeting, command=without_key)
    else:
        log.engagements.tell(meeting, command=without_key)
    with log.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM person")).scalar() == (0 if fails else 1)
    assert log.head() == (4 if fails else 5)


def test_a_closed_log_takes_nothing_more(place: Path | str) -> None:
    log = open_log(place)
    log.close()
    with pytest.raises(LogClosed):
        opened(log)
    with pytest.raises(LogClosed):
        log.write(lambda _: None)
