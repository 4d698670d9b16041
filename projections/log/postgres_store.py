"""Writes the log to PostgreSQL, through one connection in one thread of each process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from functools import partial
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
from projections.log.hash_chain import ChainExtension, StreamEnds, row_of
from projections.log.listener import STATE_CHANGED
from projections.log.postgres import LOCK_SECONDS, PostgresReaders, connect, conninfo, ends_transaction, fault_of
from projections.log.postgres_links import find_links
from projections.log.postgres_schema import check_migrated

IDLE_SECONDS = 10
"""The timeout for an idle transaction of a writer, because other writers wait for it."""


_BEGIN = (
    # one round trip: without parameters psycopg sends several statements at once
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT position, recorded_at, digest FROM head FOR UPDATE; SAVEPOINT request"
)

_INSERT = """
WITH events AS (
    INSERT INTO stored_events (notification_id, originator_id, originator_version, topic, state)
    SELECT * FROM unnest(%b::bigint[], %b::uuid[], %b::bigint[], %b::text[], %b::bytea[])
), carried_out AS (
    INSERT INTO commands (caller, key, request_hash, answer, recorded_at)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bytea[], %b::bigint[])
), chained AS (
    INSERT INTO chain (position, link, digest) SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[])
), moved AS (
    UPDATE head SET position = %b, recorded_at = %b, digest = %b
)
SELECT pg_notify(%b, '')
"""


class PostgresWriteStore:
    """The writer's connection, used by one thread. An error closes it, and the next transaction reconnects.

    Writers of several processes and hosts are serialized by a lock on the row in `head`.
    """

    def __init__(self, url: str, readers: PostgresReaders) -> None:
        """Connect. Raises `LogUnavailable`, and `NotMigrated` for a database without the schema."""
        self._engine = create_engine("postgresql+psycopg://", poolclass=NullPool, creator=lambda: self._connect(url))
        self._connection: Connection | None = None
        self._head = LogHead()
        self.stream_ends = StreamEnds()
        try:
            with connect(url) as connection:
                check_migrated(connection)
        except psycopg.Error as fault:
            raise fault_of(fault) from fault
        self.recorder = PostgresApplicationRecorder(readers)

    @property
    def head(self) -> LogHead:
        """The end of the log after this process's last write."""
        return self._head

    @contextmanager
    def transaction(self) -> Iterator[PostgresTransaction]:
        """An exclusive write transaction, committed at the end."""
        try:
            connection, head, digest = self._begin()
            chain = ChainExtension(digest, self.stream_ends, partial(find_links, _raw(connection)))
            transaction = PostgresTransaction(connection, head, chain, self.recorder.channel_name)
            yield transaction
            connection.commit()
        except (psycopg.Error, DBAPIError) as fault:
            self.close()
            raise fault_of(fault) from fault
        except BaseException:
            self.close()
            raise
        self._head = transaction.head
        chain.commit()

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, DBAPIError):
                connection.close()

    def _begin(self) -> tuple[Connection, LogHead, bytes]:
        """Begin a transaction with the head locked, reconnecting once if the connection is broken."""
        if self._connection is not None:
            try:
                return self._connection, *_lock(self._connection)
            except psycopg.OperationalError:
                # nothing was written yet; the server may have been restarted since the last transaction
                if not _raw(self._connection).closed:
                    raise
                self.close()
        self._connection = self._engine.connect()
        return self._connection, *_lock(self._connection)

    def _connect(self, url: str) -> psycopg.Connection[Any]:
        # transactions are begun explicitly, by `_BEGIN`
        connection: psycopg.Connection[Any] = psycopg.connect(conninfo(url), autocommit=True)
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        # commits must be durable; a stricter setting, such as waiting for replicas, is left as it is
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        return connection


class PostgresTransaction:
    """A transaction that holds the lock on the row in `head`."""

    def __init__(self, connection: Connection, head: LogHead, chain: ChainExtension, channel: str) -> None:
        """`connection` is in a transaction, with the head locked and the first savepoint set."""
        self.connection = connection
        self.head = head
        self._chain = chain
        self._raw = _raw(connection)
        self._channel = channel
        self._fresh = True

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Roll back what fails inside; an error of the server is raised as a `LogFault`."""
        head, chain = self.head, self._chain.state()
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
            self._chain.restore(chain)
            raise
        self._fresh = False

    def insert(self, entries: Sequence[PlacedEvent], commands: Sequence[CommandRow], head: LogHead) -> None:
        """Insert events and commands and set the head. Raises `IntegrityError`."""
        events = [row_of(notification) for _, notification in entries]
        links = self._chain.extend(events)
        digest = self._chain.digest
        parameters = (*_columns(events, 5), *_columns(commands, 5), *_columns(links, 3), *head, digest, self._channel)
        try:
            self._raw.execute(_INSERT, parameters, prepare=True)
        except UniqueViolation as conflict:
            raise IntegrityError(conflict.diag.message_primary) from conflict
        self.head = head

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A completed command, or null, as seen by this transaction."""
        return find_command(self._raw, key, caller)

    def announce_state_change(self) -> None:
        """Notify other processes, on commit, that the state has changed."""
        self._raw.execute("SELECT pg_notify(%s, %s)", (self._channel, STATE_CHANGED))


def find_command(connection: psycopg.Connection[Any], key: str, caller: str) -> KnownCommand | None:
    """A completed command; null without one for this key and caller."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT request_hash, answer, recorded_at FROM commands WHERE caller = %s AND key = %s", (caller, key)
        )
        row = cursor.fetchone()
    return None if row is None else KnownCommand(row[0], bytes(row[1]), from_microseconds(row[2]))


def _lock(connection: Connection) -> tuple[LogHead, bytes]:
    connection.begin()
    with _raw(connection).cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.nextset()
        row = cursor.fetchone()
    if row is None:
        raise LogUnavailable("The table head of the log is empty.")
    position, recorded_at, digest = row
    return LogHead(position, recorded_at.astimezone(UTC)), digest


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> tuple[list[Any], ...]:
    """Transpose rows of `width` values."""
    return tuple(map(list, zip(*rows, strict=True))) if rows else tuple([] for _ in range(width))


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
