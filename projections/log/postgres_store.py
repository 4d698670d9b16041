"""The log in PostgreSQL, from the side on which it is written: one connection of one thread a process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from typing import Any, cast

import psycopg
from eventsourcing.persistence import IntegrityError
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.errors import UniqueViolation
from psycopg.rows import tuple_row
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from projections.log.entries import CommandRow, KnownCommand, LogHead, PlacedEvent, from_microseconds
from projections.log.errors import LogUnavailable
from projections.log.listener import STATE_CHANGED
from projections.log.postgres import LOCK_SECONDS, PostgresReaders, connect, conninfo, ends_transaction, fault_of
from projections.log.postgres_schema import check_migrated

IDLE_SECONDS = 10
"""After that the server ends a writer that stopped in the middle of a transaction: the others wait for it."""


_BEGIN = (
    # One journey for all of it: without parameters psycopg sends several statements at once.
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT position, recorded_at FROM head FOR UPDATE; SAVEPOINT request"
)

_INSERT = """
WITH events AS (
    INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state)
    SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::bigint[], %b::text[], %b::bytea[])
), carried_out AS (
    INSERT INTO commands (caller, key, request_hash, answer, recorded_at)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bytea[], %b::bigint[])
), moved AS (
    UPDATE head SET position = %b, recorded_at = %b
)
SELECT pg_notify(%b, '')
"""


class PostgresWriteStore:
    """The connection that writes, of one thread. A fault closes it, and the next transaction opens another.

    Writers of other processes and hosts wait for each other at the row of the log's head.
    """

    def __init__(self, url: str, readers: PostgresReaders) -> None:
        """Connect. Raises `LogUnavailable`, and `NotMigrated` for a database without the schema."""
        self._engine = create_engine("postgresql+psycopg://", poolclass=NullPool, creator=lambda: self._connect(url))
        self._connection: Connection | None = None
        self._head = LogHead()
        try:
            with connect(url) as connection:
                check_migrated(connection)
        except psycopg.Error as fault:
            raise fault_of(fault) from fault
        self.recorder = PostgresApplicationRecorder(readers)

    @property
    def head(self) -> LogHead:
        """Where the log ended when this process last wrote to it."""
        return self._head

    @contextmanager
    def transaction(self) -> Iterator[PostgresTransaction]:
        """A transaction that no other writer is beside, committed at the end."""
        try:
            connection, head = self._begin()
            transaction = PostgresTransaction(connection, head, self.recorder.channel_name)
            yield transaction
            connection.commit()
        except (psycopg.Error, DBAPIError) as fault:
            self.close()
            raise fault_of(fault) from fault
        except BaseException:
            self.close()
            raise
        self._head = transaction.head

    def close(self) -> None:
        """Let go of the connection; a transaction that was under way is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, DBAPIError):
                connection.close()

    def _begin(self) -> tuple[Connection, LogHead]:
        """Begin, with the head locked."""
        if self._connection is not None:
            try:
                return self._connection, _lock(self._connection)
            except psycopg.OperationalError:
                # Nothing was written yet. The server may have been restarted since the last transaction.
                if not _raw(self._connection).closed:
                    raise
                self.close()
        self._connection = self._engine.connect()
        return self._connection, _lock(self._connection)

    def _connect(self, url: str) -> psycopg.Connection[Any]:
        # Its transactions begin with the statement that says so.
        connection: psycopg.Connection[Any] = psycopg.connect(conninfo(url), autocommit=True)
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        # A commit that does not wait for the disk is none; a server that waits for its replicas too may do so.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        return connection


class PostgresTransaction:
    """A transaction that holds the row of the log's head."""

    def __init__(self, connection: Connection, head: LogHead, channel: str) -> None:
        """The transaction is begun, with the head locked and a first savepoint set."""
        self.connection = connection
        self.head = head
        self._raw = _raw(connection)
        self._channel = channel
        self._fresh = True

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what fails inside, unless it is the server that failed: then that is what is raised."""
        head = self.head
        if not self._fresh:
            self._raw.execute("RELEASE request; SAVEPOINT request")
        try:
            yield
        except BaseException as fault:
            if self._raw.closed or ends_transaction(fault):
                raise fault_of(fault) from fault
            self._raw.execute("ROLLBACK TO request")
            self._fresh = True
            self.head = head
            raise
        self._fresh = False

    def insert(self, entries: Sequence[PlacedEvent], commands: Sequence[CommandRow], head: LogHead) -> None:
        """Add events and commands, after which the log ends there. Raises `IntegrityError`."""
        events = [
            (event.id, event.originator_id, event.originator_version, event.topic, event.state) for _, event in entries
        ]
        parameters = (*_columns(events), *_columns(commands), *head, self._channel)
        try:
            self._raw.execute(_INSERT, parameters, prepare=True)
        except UniqueViolation as conflict:
            raise IntegrityError(conflict.diag.message_primary) from conflict
        self.head = head

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that is known by now."""
        return find_command(self._raw, key, caller)

    def announce_state_change(self) -> None:
        """Let other processes know, once it is committed, that the kept state has changed."""
        self._raw.execute("SELECT pg_notify(%s, %s)", (self._channel, STATE_CHANGED))


def find_command(connection: psycopg.Connection[Any], key: str, caller: str) -> KnownCommand | None:
    """A command that was carried out."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT request_hash, answer, recorded_at FROM commands WHERE caller = %s AND key = %s", (caller, key)
        )
        row = cursor.fetchone()
    return None if row is None else KnownCommand(row[0], bytes(row[1]), from_microseconds(row[2]))


def _lock(connection: Connection) -> LogHead:
    connection.begin()
    with _raw(connection).cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.nextset()
        row = cursor.fetchone()
    if row is None:
        raise LogUnavailable("The log has lost its head.")
    return LogHead(row[0], row[1].astimezone(UTC))


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    """Rows of five as five columns."""
    return tuple(map(list, zip(*rows, strict=True))) if rows else ([], [], [], [], [])


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
