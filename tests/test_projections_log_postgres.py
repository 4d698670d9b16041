"""The log in PostgreSQL: several processes write there, and the server may come and go."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psycopg
import pytest
import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError
from logs import ENGAGEMENT, command, mark_of, meeting, opened
from patience import HANGING_SECONDS, wait_until

from projections.log import Command, Log, LogUnavailable, NotMigrated, migrate, open_log

TESTS = Path(__file__).parent

WRITES = """
import sys
from functools import partial
from threading import Thread
from urllib.parse import urlsplit
from uuid import uuid4

from logs import command, meeting
from projections.log import CommandKnown, open_log


def write():
    for turn in range(int(sys.argv[2])):
        try:
            log.engagements.run(meeting)
            log.engagements.run(meeting, command=command(str(turn)))
        except CommandKnown:
            pass


with open_log(sys.argv[1]) as log:
    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


@pytest.fixture
def url(postgres_url: str) -> str:
    """The address of a database with an empty log."""
    migrate(postgres_url)
    return postgres_url


@pytest.fixture
def log(url: str) -> Iterator[Log]:
    with open_log(url) as log:
        yield log


def cut(url: str) -> None:
    """End every other connection to the database, as a restart of the server does."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_writers_of_two_processes_lose_and_double_nothing(log: Log, url: str) -> None:
    opened(log)
    turns = 3
    path = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITES, url, str(turns)], env={**os.environ, "PYTHONPATH": path})
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.wait(timeout=HANGING_SECONDS) == 0
    events = log.read(limit=10_000)
    assert [recorded.position for recorded in events] == list(range(1, log.head() + 1))
    instants = [recorded.event.timestamp for recorded in events]
    assert instants == sorted(set(instants))
    versions = [recorded.event.originator_version for recorded in log.stream(ENGAGEMENT)]
    without_key, keys = 2 * 4 * turns, turns
    assert versions == list(range(1, 1 + without_key + keys + 1))


def test_two_logs_on_one_database_share_one_order_and_one_clock(log: Log, url: str) -> None:
    def behind() -> datetime:
        return datetime(2001, 1, 1, tzinfo=UTC)

    with open_log(url, clock=behind) as other:
        opened(other)
        log.engagements.run(meeting)
        other.engagements.run(meeting)
        assert other.read() == log.read()
        assert other.head() == log.head() == 6
    instants = [recorded.event.timestamp for recorded in log.read()]
    assert instants == sorted(set(instants))


def test_a_log_hears_what_another_process_records(log: Log, url: str) -> None:
    heads: list[int] = []
    waiting = Thread(target=lambda: heads.append(log.wait(0, timeout=HANGING_SECONDS)))
    waiting.start()
    with open_log(url) as other:
        opened(other)
    waiting.join()
    assert heads == [4]


def test_the_schema_is_made_by_a_step_of_its_own(postgres_url: str) -> None:
    with pytest.raises(NotMigrated):
        open_log(postgres_url)
    migrate(postgres_url)
    migrate(postgres_url)
    open_log(postgres_url).close()


def test_many_programs_may_make_the_schema_at_once(postgres_url: str) -> None:
    faults: list[BaseException] = []

    def run() -> None:
        try:
            migrate(postgres_url)
            open_log(postgres_url).close()
        except BaseException as fault:  # noqa: BLE001  (counted below)
            faults.append(fault)

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_the_schema_may_be_made_again_around_a_log_that_has_lost_its_head(log: Log, url: str) -> None:
    """As after a table was copied from another database."""
    opened(log)
    last = log.read()[-1].event.timestamp
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM log.head")
    with pytest.raises(LogUnavailable, match="head"):
        log.engagements.run(meeting)
    migrate(url)
    assert log.head() == 4
    log.engagements.run(meeting)
    assert log.read(4)[0].event.timestamp > last


def test_nothing_of_the_log_lies_outside_of_its_schema(log: Log, url: str) -> None:
    opened(log)
    log.write(lambda c: c.execute(sa.text("CREATE TABLE person (name text)")))
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('log', 'public') ORDER BY tablename"
        ).fetchall()
        functions = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'log'::regnamespace"
        ).fetchall()
    assert tables == [("log", name) for name in ("chain", "commands", "head", "person", "stored_events")]
    assert functions == [("refuse_change",)]


def test_connections_that_were_cut_are_replaced(log: Log, url: str) -> None:
    opened(log)
    log.head()
    with log.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
    for _ in range(2):
        cut(url)
        assert log.head() == len(log.read())
        cut(url)
        log.engagements.run(meeting)
        cut(url)
        log.write(lambda c: c.execute(sa.text("SELECT 1")))
        cut(url)
        with log.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    assert log.head() == 6


def test_a_transaction_that_was_cut_leaves_nothing(log: Log, url: str) -> None:
    opened(log)

    def answer(_: object) -> bytes:
        return b"never given"

    def cut_now(_: sa.Connection, _recorded: object) -> None:
        cut(url)

    with pytest.raises(LogUnavailable):
        log.engagements.run(meeting, command=Command("k", "caller", "hash", answer, cut_now))
    assert log.head() == len(log.read()) == 4
    assert log.find_command("k", "caller") is None
    log.engagements.run(meeting, command=command())
    assert log.head() == 5


def test_a_wait_outlives_a_connection_that_was_cut(log: Log, url: str) -> None:
    log.wait(0, timeout=0.01)
    heads: list[int] = []
    waiting = Thread(target=lambda: heads.append(log.wait(0, timeout=HANGING_SECONDS)))
    waiting.start()
    cut(url)
    opened(log)
    waiting.join()
    assert heads == [4]


def test_a_server_that_refuses_or_does_not_answer_is_told_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        port = silent.getsockname()[1]
        begun = time.monotonic()
        with pytest.raises(LogUnavailable):
            open_log(f"postgresql://nobody@127.0.0.1:{port}/nothing")
        assert time.monotonic() - begun < HANGING_SECONDS
    with pytest.raises(LogUnavailable):
        open_log(f"postgresql://nobody@127.0.0.1:{port}/nothing")


def test_a_writer_that_waits_too_long_for_another_says_so(log: Log, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.log.postgres_store.LOCK_SECONDS", 1)
    opened(log)
    with open_log(url) as hasty, psycopg.connect(url) as other:
        other.execute("SELECT FROM log.head FOR UPDATE")
        with pytest.raises(LogUnavailable, match="LockNotAvailable"):
            hasty.engagements.run(meeting)
        other.rollback()
        hasty.engagements.run(meeting)
    assert log.head() == 5


def test_commits_wait_for_the_disk_whatever_the_servers_default(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(
                psycopg.sql.Identifier(connection.info.dbname)
            )
        )
    with open_log(url) as log:
        assert log.write(lambda c: c.execute(sa.text("SHOW synchronous_commit")).scalar()) == "on"


def test_the_mark_of_the_kept_state_moves_in_every_process(log: Log, url: str) -> None:
    before = mark_of(log)
    with open_log(url) as other:
        other.write(lambda c: c.execute(sa.text("CREATE TABLE person (name text)")))
    wait_until(lambda: mark_of(log) != before, "nobody heard of the change")


def test_the_mark_is_not_vouched_for_when_the_server_is_not_heard(log: Log, url: str) -> None:
    before = mark_of(log)
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as server:
        for allowed, vouched in (("false", False), ("true", True)):
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allowed}')
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            wait_until(partial(is_vouched_for, log, vouched))
    # What was said in the meantime was not heard.
    assert mark_of(log) > before


def is_vouched_for(log: Log, vouched: bool) -> bool:
    return (log.state_version() is not None) is vouched


def test_an_aggregate_is_read_with_what_another_process_recorded_since(log: Log, url: str) -> None:
    opened(log)
    versions: list[int] = [log.engagements.repository.get(ENGAGEMENT).version]
    with open_log(url) as other:
        for _ in range(3):
            other.engagements.run(meeting)
            versions.append(log.engagements.repository.get(ENGAGEMENT).version)
    assert versions == [1, 2, 3, 4]


def test_nothing_is_recorded_on_top_of_what_is_cached_when_another_process_was_faster(log: Log, url: str) -> None:
    opened(log)
    log.engagements.run(meeting)
    with open_log(url) as other:
        other.engagements.run(meeting)
        with pytest.raises(IntegrityError):
            log.engagements.begin(meeting, cached_only=True).recordings.result()
        assert log.engagements.run(meeting).value == 4
        log.engagements.update_cache(log.engagements.begin(meeting, cached_only=True).recordings.result())
        other.engagements.run(meeting)
    assert [recorded.event.originator_version for recorded in log.stream(ENGAGEMENT)] == [1, 2, 3, 4, 5, 6]
