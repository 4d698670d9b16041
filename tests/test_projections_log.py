"""The log as its callers see it: the same laws in an SQLite file and in PostgreSQL."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import cast
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError
from logs import CLIENT, ENGAGEMENT, ME, command, log, mark_of, meeting, opened, place
from patience import HANGING_SECONDS

from domain.client import Client
from domain.decisions import Log as LogIt
from domain.engagement import Engagement
from domain.errors import SlugTaken
from domain.kinds.engagement import Closed
from domain.unit_of_work import UnitOfWork, VersionConflict
from projections.log import (
    Command,
    CommandKnown,
    KnownCommand,
    Log,
    LogClosed,
    NotCached,
    Recorded,
    UnknownTopic,
    open_log,
)
from projections.log.application import LogEventStore, LogRepository
from projections.log.mapper import with_timestamp

__all__ = ["log", "place"]  # fixtures


def test_what_is_told_is_read_back_in_the_same_order(log: Log) -> None:
    opened(log)
    result = log.engagements.run(meeting)
    assert [r.position for r in log.read()] == [1, 2, 3, 4, 5]
    assert result.position == log.head() == 5
    assert [r.domain_event for r in result.recordings] == [log.read(4)[0].event]
    assert [r.event.originator_version for r in log.stream(ENGAGEMENT)] == [1, 2]
    assert log.read(after=5) == []


def test_a_refused_use_case_records_nothing(log: Log) -> None:
    opened(log)
    with pytest.raises(SlugTaken):
        log.engagements.run(lambda d: d.register_client(uuid4(), "Acme", "acme", {}, None, recorded_by=ME))
    assert log.head() == 4


def test_the_recorded_instants_never_stand_still_or_run_backwards(place: Path | str) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    # the first is asked for when the log is opened
    clock = iter([noon, noon, noon - timedelta(days=1), noon - timedelta(days=1)])
    with open_log(place, clock=lambda: next(clock)) as log:
        opened(log)
        log.engagements.run(meeting)
    with open_log(place, clock=lambda: noon - timedelta(days=2)) as log:
        log.engagements.run(meeting)
        instants = [recorded.event.timestamp for recorded in log.read()]
    assert instants == [noon + timedelta(microseconds=n) for n in range(6)]


def test_an_instant_belongs_to_a_prefix_of_the_log(log: Log) -> None:
    opened(log)
    in_parallel(8, lambda n: log.engagements.run(meeting))
    events = log.read()
    assert [recorded.position for recorded in events] == list(range(1, 13))
    assert all(one.event.timestamp < other.event.timestamp for one, other in pairwise(events))


@pytest.mark.parametrize("threads", [8, 16])
def test_many_writers_of_one_stream_lose_and_double_nothing(log: Log, threads: int) -> None:
    opened(log)
    other = uuid4(), uuid4()
    opened(log, *other)
    written: list[tuple[UUID, int]] = []

    def write(number: int) -> None:
        engagement = (ENGAGEMENT, other[1])[number // 2 % 2]
        for _ in range(4):
            if number % 2:
                written.append((engagement, log.engagements.run(partial(meeting, engagement=engagement)).value))
            else:
                written.append((engagement, expecting(engagement)))

    def expecting(engagement: UUID) -> int:
        while True:
            version = log.engagements.query(lambda unit: unit.engagement(engagement).version)
            try:
                use_case = partial(meeting, engagement=engagement, expected_version=version)
                return log.engagements.run(use_case).value
            except VersionConflict:
                continue

    in_parallel(threads, write)
    for engagement in (ENGAGEMENT, other[1]):
        versions = [recorded.event.originator_version for recorded in log.stream(engagement)]
        assert versions == list(range(1, 2 + threads * 2))
        assert sorted(version for stream, version in written if stream == engagement) == versions[1:]


def test_equal_commands_at_once_are_carried_out_once(log: Log) -> None:
    opened(log)
    outcomes: Counter[bytes] = Counter()

    def ask(number: int) -> None:
        def answer(_: object) -> bytes:
            return f"I was number {number}".encode()

        for key in ("one", "two"):
            try:
                result = log.engagements.run(meeting, command=command(key, answer))
                outcomes[answer(result)] += 1
            except CommandKnown as known:
                outcomes[known.answer] += 1

    in_parallel(16, ask)
    assert len(log.stream(ENGAGEMENT)) == 1 + 2
    assert sum(outcomes.values()) == 32
    assert len(outcomes) in (1, 2)
    first = log.find_command("one", "caller")
    assert first is not None
    assert outcomes[first.answer] >= 16
    assert first.recorded_at in {recorded.event.timestamp for recorded in log.read()}


def test_the_same_key_of_another_caller_is_another_command(log: Log) -> None:
    opened(log)
    log.engagements.run(meeting, command=command())
    log.engagements.run(meeting, command=Command("k", "somebody else", "hash", lambda _: b"mine"))
    assert log.find_command("k", "nobody") is None
    mine = log.find_command("k", "somebody else")
    assert mine == KnownCommand("hash", b"mine", log.read(5)[0].event.timestamp)


def test_a_client_and_its_engagement_change_together_or_not_at_all(log: Log) -> None:
    """The engagement's event fits; that of its client, which comes after it, has been overtaken."""
    opened(log)
    unit = UnitOfWork(log.engagements.repository.get)
    closing = LogIt(uuid4(), date(2026, 5, 1), Closed("completed"))
    unit.change(ENGAGEMENT, [closing], recorded_by=ME)
    log.engagements.run(lambda d: d.client(CLIENT).change_profile(date(2026, 1, 1), "Acme AG", {}, recorded_by=ME))
    before = log.read()
    with pytest.raises(IntegrityError):
        log.engagements.save(*unit.aggregates, command=command())
    assert log.read() == before
    assert log.find_command("k", "caller") is None


def test_events_whose_command_cannot_be_kept_are_not_kept_either(log: Log) -> None:
    opened(log)
    log.write(lambda c: c.execute(sa.text(NO_COMMANDS[c.dialect.name])))
    with pytest.raises(Exception, match="No commands today"):
        log.engagements.run(meeting, command=command())
    assert log.head() == len(log.read()) == 4
    log.engagements.run(meeting)
    assert [recorded.position for recorded in log.read(4)] == [5]


def test_what_one_request_gets_wrong_is_nobody_elses(log: Log) -> None:
    opened(log)

    def fail(_: object) -> bytes:
        raise ZeroDivisionError

    def write(number: int) -> None:
        if number % 3 == 0:
            with pytest.raises(ZeroDivisionError):
                log.engagements.run(meeting, command=command(str(number), fail))
        elif number % 3 == 1:
            with pytest.raises(ZeroDivisionError):
                log.write(lambda c: c.execute(sa.text("DELETE FROM commands")) and 1 / 0)
        else:
            log.engagements.run(meeting, command=command(str(number)))

    in_parallel(15, write)
    assert len(log.stream(ENGAGEMENT)) == 1 + 5
    assert [n for n in range(15) if log.find_command(str(n), "caller")] == [2, 5, 8, 11, 14]


def test_events_are_never_changed_or_deleted(log: Log) -> None:
    opened(log)
    before = log.read()
    for statement in ("DELETE FROM stored_events", "UPDATE stored_events SET topic = 'x'"):
        with pytest.raises(sa.exc.DBAPIError, match="Events are never changed or deleted"):
            log.write(partial(execute, statement))
    assert log.read() == before


def test_the_engine_for_reading_does_not_write(log: Log) -> None:
    log.write(partial(execute, "CREATE TABLE person (name TEXT)"))
    with log.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        execute("INSERT INTO person VALUES ('Ada')", connection)


def test_an_event_that_is_none_of_ours_is_refused_by_name(log: Log) -> None:
    opened(log)
    log.write(insert_foreign_event)
    assert len(log.read(0, limit=4)) == 4
    with pytest.raises(UnknownTopic, match="os:system"):
        log.read(4)


NO_COMMANDS = {
    "sqlite": "CREATE TRIGGER no_commands BEFORE INSERT ON commands "
    "BEGIN SELECT RAISE(ABORT, 'No commands today.'); END",
    "postgresql": "CREATE FUNCTION no_commands() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE EXCEPTION ''No commands today.''; END'; "
    "CREATE TRIGGER no_commands BEFORE INSERT ON commands FOR EACH ROW EXECUTE FUNCTION no_commands()",
}


def insert_foreign_event(connection: sa.Connection) -> None:
    stream, state = uuid4(), b"{}"
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO stored_events VALUES (?, 1, 'os:system', ?)", (stream.hex, state))
    else:
        connection.exec_driver_sql(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id) "
            "VALUES (%s, 1, 'os:system', %s, 5)",
            (stream, state),
        )


def execute(statement: str, connection: sa.Connection) -> None:
    connection.execute(sa.text(statement))


def in_parallel(threads: int, work: Callable[[int], object]) -> None:
    """Let that many threads do it at the same moment; what fails in one of them fails here."""
    start, faults = Barrier(threads), []

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as fault:  # noqa: BLE001  (raised again below)
            faults.append(fault)

    running = [Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    for fault in faults:
        raise fault


def test_a_command_is_carried_out_once(log: Log) -> None:
    opened(log)
    log.engagements.run(meeting, command=command(answer=lambda events: f"{events[-1].position}".encode()))
    with pytest.raises(CommandKnown) as refusal:
        log.engagements.run(meeting, command=command())
    assert (refusal.value.request_hash, refusal.value.answer) == ("hash", b"5")
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
    with pytest.raises(CommandKnown) as refusal:
        log.write(add, command=command())
    assert refusal.value.answer == b"done"
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
            log.engagements.run(meeting, command=without_key)
    else:
        log.engagements.run(meeting, command=without_key)
    with log.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM person")).scalar() == (0 if fails else 1)
    assert log.head() == (4 if fails else 5)


def test_streams_are_read_one_by_one_some_at_a_time_and_all(log: Log) -> None:
    others = [(uuid4(), uuid4()) for _ in range(3)]
    opened(log)
    for client, engagement in others:
        opened(log, client, engagement)
    for _ in range(5):
        log.engagements.run(meeting)
    everything = log.read()
    by_stream = {
        stream: [recorded for recorded in everything if recorded.event.originator_id == stream]
        for stream in {recorded.event.originator_id for recorded in everything}
    }
    streams = [ENGAGEMENT, others[0][0], uuid4()]
    assert log.stream(ENGAGEMENT) == by_stream[ENGAGEMENT]
    assert log.stream(uuid4()) == []
    assert log.streams(streams) == {stream: by_stream[stream] for stream in streams[:2]}
    assert log.streams(streams, up_to=5) == {ENGAGEMENT: by_stream[ENGAGEMENT][:1]}
    assert dict(log.every_stream(log.head())) == by_stream
    assert [stream for stream, _ in log.every_stream(log.head())] == sorted(by_stream)
    assert sum(len(events) for _, events in log.every_stream(7)) == 7


def test_streams_are_whole_where_they_are_read_in_parts(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(log)
    for _ in range(5):
        log.engagements.run(meeting)
    whole = dict(log.every_stream(9))
    for size in (1, 2, 3, 4):
        monkeypatch.setattr("projections.log.log.EVENTS_AT_ONCE", size)
        monkeypatch.setattr("projections.log.log.STREAMS_AT_ONCE", size)
        assert dict(log.every_stream(9)) == whole == log.streams(whole)


def test_whoever_waits_hears_of_what_is_recorded(log: Log) -> None:
    heads: list[int] = []
    waiting = Thread(target=lambda: heads.append(log.wait(0, timeout=2 * HANGING_SECONDS)))
    waiting.start()
    begun = time.monotonic()
    opened(log)
    waiting.join()
    assert heads == [4]
    assert time.monotonic() - begun < HANGING_SECONDS
    assert log.wait(3, timeout=HANGING_SECONDS) == 4
    assert log.wait(4, timeout=0.01) == 4


def test_a_wait_ends_when_it_is_cancelled(log: Log) -> None:
    stopping = Event()
    heads: list[int] = []
    waiting = Thread(target=lambda: heads.append(log.wait(0, 2 * HANGING_SECONDS, stopping.is_set)))
    waiting.start()
    log.wake()
    waiting.join(0.01)
    assert waiting.is_alive()
    stopping.set()
    log.wake()
    waiting.join(HANGING_SECONDS)
    assert heads == [0]


def test_a_closed_log_takes_nothing_more(place: Path | str) -> None:
    log = open_log(place)
    log.close()
    with pytest.raises(LogClosed):
        opened(log)
    with pytest.raises(LogClosed):
        log.write(lambda _: None)


def test_what_is_loaded_says_itself_when_it_was_recorded_and_never_goes_back(log: Log) -> None:
    opened(log)
    later = log.read()[-1].event.timestamp + timedelta(days=1)
    client: Client = log.engagements.repository.get(CLIENT)
    for headcount in (50, 60, 70):
        client.change_profile(date(2026, 1, 1), None, {"headcount": headcount}, recorded_by=ME)
    instants = (later, later, later - timedelta(days=2))
    more = [with_timestamp(event, at) for event, at in zip(client.collect_events(), instants, strict=True)]  # type: ignore[arg-type]
    positions: list[int] = []
    assert log.load(more, positions.append) == 3
    assert positions == [3]
    recorded = log.read(4)
    tick = timedelta(microseconds=1)
    assert [r.event.timestamp for r in recorded] == [later, later + tick, later + 2 * tick]
    assert log.head() == 7
    log.engagements.run(meeting)
    assert log.read(7)[0].event.timestamp > later


def test_a_load_that_does_not_fit_leaves_nothing_of_its_part(log: Log) -> None:
    opened(log)
    taken = [recorded.event for recorded in log.read()]
    with pytest.raises(IntegrityError):
        log.load(taken)
    with pytest.raises(ZeroDivisionError):
        log.load(with_timestamp(event, event.timestamp) for event in taken if 1 // 0)
    assert log.head() == 4
    log.engagements.run(meeting)
    assert log.head() == 5


def test_an_aggregate_that_was_read_before_is_the_same_as_one_that_was_not(place: Path | str) -> None:
    with open_log(place) as log:
        opened(log)
        for _ in range(3):
            log.engagements.run(meeting)
            cached: Engagement = log.engagements.repository.get(ENGAGEMENT)
            assert cached == LogRepository(cast("LogEventStore", log.engagements.events)).get(ENGAGEMENT)
            assert cached.version == len(log.stream(ENGAGEMENT))
        assert log.engagements.repository.get(CLIENT).engagements.keys() == {ENGAGEMENT}


def test_what_is_cached_follows_what_this_log_records(log: Log) -> None:
    opened(log)
    log.engagements.run(meeting)
    for _ in range(3):
        begun = log.engagements.begin(meeting, cached_only=True)
        log.engagements.update_cache(begun.recordings.result())
        log.engagements.run(meeting)
        fresh = LogRepository(cast("LogEventStore", log.engagements.events)).get(ENGAGEMENT)
        assert log.engagements.begin(lambda unit: unit.engagement(ENGAGEMENT), cached_only=True).value == fresh
    assert [r.event.originator_version for r in log.stream(ENGAGEMENT)] == list(range(1, 9))


def test_what_was_never_read_and_what_is_long_is_not_cached(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(log)
    with pytest.raises(NotCached):
        log.engagements.begin(partial(UnitOfWork.client, client_id=uuid4()), cached_only=True)
    log.engagements.run(meeting)
    monkeypatch.setattr("projections.log.application.LONGEST_CACHED", 2)
    log.engagements.update_cache(log.engagements.begin(meeting, cached_only=True).recordings.result())
    with pytest.raises(NotCached):
        log.engagements.begin(meeting, cached_only=True)
    assert log.engagements.run(meeting).value == 4


def test_what_is_decided_and_never_saved_leaves_no_trace(log: Log) -> None:
    opened(log)
    before: Engagement = log.engagements.repository.get(ENGAGEMENT)
    log.engagements.query(meeting)
    with pytest.raises(VersionConflict):
        log.engagements.run(lambda unit: (meeting(unit), meeting(unit, expected_version=1)))
    assert log.engagements.repository.get(ENGAGEMENT) == before
    assert log.engagements.repository.get(ENGAGEMENT).pending_events == []


def test_the_mark_of_the_kept_state_moves_with_each_change_of_it_alone(log: Log) -> None:
    opened(log)
    marks = [mark_of(log)]
    log.engagements.run(meeting)
    log.engagements.run(meeting, command=command())
    assert mark_of(log) == marks[0]
    log.write(lambda connection: connection.execute(sa.text("CREATE TABLE one (name text)")))
    marks.append(mark_of(log))
    state_command = Command(None, "caller", "hash", lambda events: b"", lambda connection, events: None)
    log.engagements.run(meeting, command=state_command)
    marks.append(mark_of(log))
    assert marks[0] < marks[1] < marks[2]
