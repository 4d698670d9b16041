"""The log in PostgreSQL, from the side on which it is written: one connection of one thread a process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC
from typing import Any, cast

import psycopg
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow, dict_row, tuple_row
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from projections.log.entries import CommandRow, Head, KnownCommand, from_microseconds
from projections.log.errors import LogUnavailable
from projections.log.postgres import Readers, connect, conninfo, ends_transaction, fault_of
from projections.log.postgres_schema import check_migrated

IDLE_SECONDS = 10
"""After that the server ends a writer that stopped in the middle of a transaction: the others wait for it."""


class PostgresRecorder(PostgresApplicationRecorder):
    """The library's table of events, which only a transaction of the writer adds to."""

    def insert(self, cursor: psycopg.Cursor[DictRow], events: Sequence[StoredEvent]) -> Sequence[int]:
        """Add events in the transaction that the cursor is in, under the library's lock; tells their positions."""
        self._insert_stored_events(cursor, events)
        return [row["notification_id"] for row in cursor.fetchall()]


class PostgresLedger:
    """The connection that writes, of one thread. A fault closes it, and the next transaction opens another.

    Writers of other processes and hosts wait for each other at the row of the log's head.
    """

    def __init__(self, url: str, readers: Readers) -> None:
        """Connect. Raises `LogUnavailable`, and `NotMigrated` for a database without the schema."""
        self._readers = readers
        self._engine = create_engine("postgresql+psycopg://", poolclass=NullPool, creator=lambda: self._connect(url))
        self._connection: Connection | None = None
        self._head = Head()
        try:
            with connect(url) as connection:
                check_migrated(connection)
        except psycopg.Error as fault:
            raise fault_of(fault) from fault
        self.recorder = PostgresRecorder(readers)

    @property
    def head(self) -> Head:
        """Where the log ended when this process last wrote to it."""
        return self._head

    @contextmanager
    def transaction(self) -> Iterator[PostgresTransaction]:
        """A transaction that no other writer is beside, committed at the end."""
        try:
            connection = self._begin()
            transaction = PostgresTransaction(connection, self.recorder)
            yield transaction
            connection.commit()
        except (psycopg.Error, DBAPIError) as fault:
            self.close()
            raise fault_of(fault) from fault
        except BaseException:
            self.close()
            raise
        self._head = transaction.end

    def close(self) -> None:
        """Let go of the connection; a transaction that was under way is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, DBAPIError):
                connection.close()

    def _begin(self) -> Connection:
        """Begin, with the head locked."""
        if self._connection is not None:
            try:
                return self._lock(self._connection)
            except psycopg.OperationalError:
                # Nothing was written yet. The server may have been restarted since the last transaction.
                if not _raw(self._connection).closed:
                    raise
                self.close()
        self._connection = self._engine.connect()
        return self._lock(self._connection)

    def _lock(self, connection: Connection) -> Connection:
        connection.begin()
        raw = _raw(connection)
        with raw.pipeline():
            raw.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            raw.execute(self.recorder.lock_table_statements[0])
            raw.execute("SELECT FROM head FOR UPDATE", prepare=True)
        return connection

    def _connect(self, url: str) -> psycopg.Connection[Any]:
        # Its transactions begin with the statement that says so.
        connection: psycopg.Connection[Any] = psycopg.connect(conninfo(url), autocommit=True)
        self._readers.adapt(connection)
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")
        # A commit that does not wait for the disk is none; a server that waits for its replicas too may do so.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        return connection


class PostgresTransaction:
    """A transaction that holds the row of the log's head."""

    def __init__(self, connection: Connection, recorder: PostgresRecorder) -> None:
        """The transaction is begun, and the head locked in it."""
        self.connection = connection
        self._raw = _raw(connection)
        self._recorder = recorder
        self.head = self.end = self._find_head()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what fails inside, unless it is the server that failed: then that is what is raised."""
        self._raw.execute("SAVEPOINT request")
        try:
            yield
        except BaseException as fault:
            if self._raw.closed or ends_transaction(fault):
                raise fault_of(fault) from fault
            self._raw.execute("ROLLBACK TO request")
            self._raw.execute("RELEASE request")
            raise
        self._raw.execute("RELEASE request")

    def insert_events(self, events: Sequence[StoredEvent]) -> Sequence[int]:
        """Add events, and tell their positions. Raises `IntegrityError` when a stream has one of the versions."""
        try:
            with self._raw.pipeline(), self._raw.cursor(row_factory=dict_row) as cursor:
                return self._recorder.insert(cursor, events)
        except UniqueViolation as conflict:
            raise IntegrityError(conflict.diag.message_primary) from conflict

    def insert_commands(self, commands: Sequence[CommandRow]) -> None:
        """Add commands. Raises `IntegrityError` when one of them is known."""
        try:
            with self._raw.cursor() as cursor:
                cursor.executemany("INSERT INTO commands VALUES (%s, %s, %s, %s, %s)", commands)
        except UniqueViolation as conflict:
            raise IntegrityError(conflict.diag.message_primary) from conflict

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that is known by now."""
        return find_command(self._raw, key, caller)

    def move_head(self, head: Head) -> None:
        """Keep for the other writers where the log ends with this transaction."""
        self._raw.execute("UPDATE head SET position = %s, recorded_at = %s", head, prepare=True)
        self.end = head

    def _find_head(self) -> Head:
        row = self._raw.execute("SELECT position, recorded_at FROM head", prepare=True).fetchone()
        if row is None:
            raise LogUnavailable("The log has lost its head.")
        return Head(row[0], row[1].astimezone(UTC))


def find_command(connection: psycopg.Connection[Any], key: str, caller: str) -> KnownCommand | None:
    """A command that was carried out."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT request_hash, answer, recorded_at FROM commands WHERE caller = %s AND key = %s", (caller, key)
        )
        row = cursor.fetchone()
    return None if row is None else KnownCommand(row[0], bytes(row[1]), from_microseconds(row[2]))


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
