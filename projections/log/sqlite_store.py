"""The log in an SQLite file, from the side on which it is written: one connection of one thread."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import cast
from uuid import UUID

import orjson
from eventsourcing.persistence import IntegrityError
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor
from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from projections.log.entries import CommandRow, KnownCommand, LogHead, PlacedEvent, from_microseconds
from projections.log.errors import DiskFull
from projections.log.payloads import read_id
from projections.log.sqlite import (
    BUSY_SECONDS,
    SQLiteReaders,
    ends_transaction,
    fault_of,
    open_private,
    prepare_writer,
)

CREATE_COMMANDS = (
    "CREATE TABLE IF NOT EXISTS commands ("
    "caller TEXT NOT NULL, "
    "key TEXT NOT NULL, "
    "request_hash TEXT NOT NULL, "
    "answer BLOB NOT NULL, "
    "recorded_at INTEGER NOT NULL, "
    "PRIMARY KEY (caller, key)) "
    "WITHOUT ROWID"
)

_TAKEN = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)

ROWS_AT_ONCE = 100

ROOM_KEPT = 1_000_000
"""Bytes of the disk that nothing is recorded into: the read models beside the log take in there what was recorded last.

Without them nothing could be read on a disk that is full.
"""

KEEP_EVENTS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS stored_events_stay_{verb.lower()} BEFORE {verb} ON stored_events "
    "BEGIN SELECT RAISE(ABORT, 'Events are never changed or deleted.'); END"
    for verb in ("UPDATE", "DELETE")
)


class SQLiteRecorder(SQLiteApplicationRecorder):
    """The library's table of events, which only a transaction of the writer adds to.

    Its positions are row ids. They have no gaps and rows are never deleted, so that they stay what they are.
    """

    def construct_create_table_statements(self) -> list[str]:
        """The events, which stay as they are, and beside them the commands."""
        return [*super().construct_create_table_statements(), *KEEP_EVENTS, CREATE_COMMANDS]

    def create_tables(self, cursor: SQLiteCursor) -> None:
        """Make the tables that are not there."""
        self._create_table(cursor)

    def convert_originator_id(self, originator_id: str) -> UUID:
        """The id of a stream."""
        return read_id(originator_id)


class SQLiteWriteStore:
    """The connection that writes, of one thread. A fault closes it, and the next transaction opens another."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it (0600) and its tables where there are none."""
        open_private(path).close()
        self._path = path
        self._engine = create_engine(
            f"sqlite:///{path}",
            poolclass=NullPool,
            connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", prepare_writer)
        self.readers = SQLiteReaders(path)
        self.recorder = SQLiteRecorder(self.readers)
        self._connection: Connection | None = None
        self._head = LogHead()
        with self._transaction() as connection:
            self.recorder.create_tables(SQLiteCursor(_raw(connection).cursor()))
            self._head = find_head(_raw(connection), LogHead())

    @property
    def head(self) -> LogHead:
        """Where the log ends."""
        return self._head

    @contextmanager
    def transaction(self) -> Iterator[SQLiteTransaction]:
        """A transaction with the file's write lock from its first moment on, synced to the disk at its end."""
        if _room(self._path) < ROOM_KEPT:
            raise DiskFull("The disk of the log is full; nothing was recorded.")
        with self._transaction() as connection:
            transaction = SQLiteTransaction(connection, self._head)
            yield transaction
        self._head = transaction.head

    def backup(self, path: Path) -> None:
        """Copy the log as it is now into a new file (0600), beside the writing. Raises `FileExistsError`."""
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)):
            pass
        with closing(self.readers.open()) as source, closing(sqlite3.connect(path)) as copy:
            source.backup(copy)

    def close(self) -> None:
        """Close the readers first: whoever closes the file last checkpoints it, and that is the writer."""
        self.readers.close()
        self._drop()
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                # With the write lock from the first moment on: taking it later could fail after something was read.
                _raw(self._connection).execute("BEGIN IMMEDIATE")
                yield self._connection
        except (sqlite3.Error, DBAPIError) as fault:
            self._drop()
            raise fault_of(fault) from fault
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error, DBAPIError):
                connection.close()


class SQLiteTransaction:
    """A transaction that holds the file's write lock."""

    def __init__(self, connection: Connection, head: LogHead) -> None:
        """`head` is where the log ended when this process last looked."""
        self.connection = connection
        self.head = head
        self._raw = _raw(connection)
        self._untouched = True

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what fails inside, unless SQLite undid the whole transaction: then that is what is raised."""
        before = self.head
        if not self._untouched:
            self._raw.execute("SAVEPOINT request")
        try:
            yield
        except BaseException as fault:
            if not self._raw.in_transaction or ends_transaction(fault):
                raise fault_of(fault) from fault
            self._undo()
            # Nobody else writes here; should somebody have done so nevertheless, the log goes on after that.
            self.head = find_head(self._raw, before)
            raise
        if not self._untouched:
            self._raw.execute("RELEASE request")
        self._untouched = False

    def insert(self, entries: Sequence[PlacedEvent], commands: Sequence[CommandRow], head: LogHead) -> None:
        """Add events and commands, after which the log ends there. Raises `IntegrityError`."""
        rows = [
            (event.id, cast("UUID", event.originator_id).hex, event.originator_version, event.topic, event.state)
            for _, event in entries
        ]
        try:
            self._insert("stored_events (rowid, originator_id, originator_version, topic, state)", rows)
            self._insert("commands (caller, key, request_hash, answer, recorded_at)", commands)
        except sqlite3.IntegrityError as fault:
            if fault.sqlite_errorcode not in _TAKEN:
                raise
            raise IntegrityError(fault) from fault
        self.head = head

    def _insert(self, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
        # As few statements as may be: each of them lets go of the interpreter, and has to wait to get it back.
        for first in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[first : first + ROWS_AT_ONCE]
            marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(some))
            self._raw.execute(f"INSERT INTO {columns} VALUES {marks}", [*chain.from_iterable(some)])  # noqa: S608

    def _undo(self) -> None:
        if self._untouched:
            self._raw.execute("ROLLBACK")
            self._raw.execute("BEGIN IMMEDIATE")
        else:
            self._raw.execute("ROLLBACK TO request")
            self._raw.execute("RELEASE request")

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that is known by now."""
        return find_command(SQLiteCursor(self._raw.cursor()), key, caller)

    def announce_state_change(self) -> None:
        """Nobody else is to know: no other process may have the file open."""


def find_head(connection: sqlite3.Connection, last: LogHead) -> LogHead:
    """Where the log ends; `known` is where it did."""
    end: int | None = None
    for position, state in connection.execute("SELECT rowid, state FROM stored_events ORDER BY rowid DESC"):
        end = position if end is None else end
        if position == last.position:
            return LogHead(end, last.recorded_at)
        # an event that cannot be read tells no instant: whoever reads it says so, and the log goes on
        with suppress(KeyError, TypeError, ValueError):
            return LogHead(end, datetime.fromisoformat(orjson.loads(state)["recorded_at"]))
    return LogHead() if end is None else LogHead(end)


def find_command(cursor: SQLiteCursor, key: str, caller: str) -> KnownCommand | None:
    """A command that was carried out."""
    cursor.execute("SELECT request_hash, answer, recorded_at FROM commands WHERE caller = ? AND key = ?", (caller, key))
    row = cursor.fetchone()
    return None if row is None else KnownCommand(row[0], row[1], from_microseconds(row[2]))


def _room(path: Path) -> int:
    """How many bytes more the disk of a file takes."""
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
