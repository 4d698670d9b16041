"""Writes the log to an SQLite file, through one connection in one thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
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
from projections.log.errors import DiskFull, LogFault
from projections.log.hash_chain import LINKS_AT_ONCE, ORIGIN, ChainEnd, ChainExtension, StreamEnds, row_of
from projections.log.payloads import read_id
from projections.log.serving_mark import CREATE_MARK, clear_mark, set_mark
from projections.log.sqlite import (
    BUSY_SECONDS,
    SQLiteReaders,
    ends_transaction,
    fault_of,
    free_bytes,
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

CREATE_CHAIN = (
    "CREATE TABLE IF NOT EXISTS chain (position INTEGER PRIMARY KEY, link BLOB NOT NULL, digest BLOB NOT NULL)",
    # one row, made when every event has its link
    "CREATE TABLE IF NOT EXISTS chain_end (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, "
    "digest BLOB NOT NULL)",
)

_TAKEN = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)

ROWS_AT_ONCE = 100
_MARKS = {3: "(?, ?, ?)", 5: "(?, ?, ?, ?, ?)"}

ROOM_KEPT = 1_000_000
"""The free disk space, in bytes, below which nothing is recorded.

It is left for the read models, which must take in the last events so that a full disk can still be read.
"""

KEEP_EVENTS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_stay_{verb.lower()} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'Events are never changed or deleted.'); END"
    for table in ("stored_events", "chain")
    for verb in ("UPDATE", "DELETE")
)


class SQLiteRecorder(SQLiteApplicationRecorder):
    """The library's table of events, to which only the writer's transactions insert.

    Positions are row ids; they have no gaps, and rows are never deleted.
    """

    def construct_create_table_statements(self) -> list[str]:
        """The library's statements, the chain, triggers that keep both as they are, and the completed commands."""
        return [*super().construct_create_table_statements(), *CREATE_CHAIN, *KEEP_EVENTS, CREATE_COMMANDS, CREATE_MARK]

    def create_tables(self, cursor: SQLiteCursor) -> None:
        """Create missing tables."""
        self._create_table(cursor)

    def convert_originator_id(self, originator_id: str) -> UUID:
        """Parse a stream's id."""
        return read_id(originator_id)


class SQLiteWriteStore:
    """The writer's connection, used by one thread. An error closes it, and the next transaction reconnects."""

    def __init__(self, path: Path) -> None:
        """Open the file, created with mode 0600 and its tables if it does not exist."""
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
        self._digest = ORIGIN
        self.stream_ends = StreamEnds()
        with self._transaction() as connection:
            self.recorder.create_tables(SQLiteCursor(_raw(connection).cursor()))
            self._head = find_head(_raw(connection), LogHead())
        self._complete_chain()

    @property
    def head(self) -> LogHead:
        """The end of the log."""
        return self._head

    @contextmanager
    def transaction(self) -> Iterator[SQLiteTransaction]:
        """An exclusive write transaction, committed durably at the end. Raises `DiskFull` and `LogUnavailable`."""
        if free_bytes(self._path) < ROOM_KEPT:
            raise DiskFull("The disk of the log is full; nothing was recorded.")
        with self._transaction() as connection:
            transaction = SQLiteTransaction(connection, self._head, self._digest, self.stream_ends)
            yield transaction
        self._head = transaction.head
        self._digest = transaction.chain.digest
        transaction.chain.commit()

    def mark(self, mark: str) -> None:
        """Mark the file as open until it is closed. Raises `DiskFull` and `LogUnavailable`."""
        if free_bytes(self._path) < ROOM_KEPT:
            raise DiskFull("The disk of the log is full; nothing was recorded.")
        with self._transaction() as connection:
            set_mark(_raw(connection), mark)
        # without this checkpoint a copy of the file would have no mark; a reader may prevent it
        with suppress(sqlite3.Error):
            _raw(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the readers, then the writer: the last connection to close checkpoints the file."""
        if self._connection is not None:
            with suppress(LogFault), self._transaction() as connection:
                clear_mark(_raw(connection))
        self.readers.close()
        self._drop()
        self._engine.dispose()

    def _complete_chain(self) -> None:
        """Read the end of the chain; a store that has none yet gets the links of its events first.

        A chain that was complete once is never extended here: links that are missing from it were deleted.
        """
        digest: bytes | None = None
        while digest is None:
            with self._transaction() as connection:
                digest = extend_chain(_raw(connection), self.stream_ends)
        self._digest = digest

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                # take the write lock first: upgrading a read transaction later could fail
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

    def __init__(self, connection: Connection, head: LogHead, digest: bytes, stream_ends: StreamEnds) -> None:
        """`head` is the end of the log after the previous transaction, and `digest` that of its chain."""
        self.connection = connection
        self.head = head
        self._raw = _raw(connection)
        self.chain = ChainExtension(digest, stream_ends, partial(find_links, self._raw))
        self._untouched = True

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Roll back what fails inside; if SQLite rolled back the whole transaction, raise a `LogFault`."""
        before, chain_before = self.head, self.chain.state()
        if not self._untouched:
            self._raw.execute("SAVEPOINT request")
        try:
            yield
        except BaseException as fault:
            if not self._raw.in_transaction or ends_transaction(fault):
                raise fault_of(fault) from fault
            self._undo()
            self.chain.restore(chain_before)
            # no other process should write here; if one did, continue after its events
            self.head = find_head(self._raw, before)
            raise
        if not self._untouched:
            self._raw.execute("RELEASE request")
        self._untouched = False

    def insert(self, entries: Sequence[PlacedEvent], commands: Sequence[CommandRow], head: LogHead) -> None:
        """Insert events and commands and set the head. Raises `IntegrityError`."""
        events = [row_of(notification) for _, notification in entries]
        rows = [(position, stream.hex, version, topic, state) for position, stream, version, topic, state in events]
        try:
            self._insert("stored_events (rowid, originator_id, originator_version, topic, state)", rows)
            if events:
                self._insert("chain (position, link, digest)", self.chain.extend(events))
                self._raw.execute("UPDATE chain_end SET position = ?, digest = ?", (head.position, self.chain.digest))
            self._insert("commands (caller, key, request_hash, answer, recorded_at)", commands)
        except sqlite3.IntegrityError as fault:
            if fault.sqlite_errorcode not in _TAKEN:
                raise
            raise IntegrityError(fault) from fault
        self.head = head

    def _insert(self, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
        # few statements: each of them releases the interpreter lock and has to wait for it afterwards
        for first in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[first : first + ROWS_AT_ONCE]
            marks = ", ".join([_MARKS[len(some[0])]] * len(some))
            self._raw.execute(f"INSERT INTO {columns} VALUES {marks}", [*chain.from_iterable(some)])  # noqa: S608

    def _undo(self) -> None:
        if self._untouched:
            self._raw.execute("ROLLBACK")
            self._raw.execute("BEGIN IMMEDIATE")
        else:
            self._raw.execute("ROLLBACK TO request")
            self._raw.execute("RELEASE request")

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A completed command, or null, as seen by this transaction."""
        return find_command(SQLiteCursor(self._raw.cursor()), key, caller)

    def announce_state_change(self) -> None:
        """Do nothing: no other process may open the file."""


def find_head(connection: sqlite3.Connection, last: LogHead) -> LogHead:
    """The end of the log; `last` is an earlier end."""
    end: int | None = None
    for position, state in connection.execute("SELECT rowid, state FROM stored_events ORDER BY rowid DESC"):
        end = position if end is None else end
        if position == last.position:
            return LogHead(end, last.recorded_at)
        # an unreadable event has no timestamp: reading it raises an error, writing goes on
        with suppress(KeyError, TypeError, ValueError):
            return LogHead(end, datetime.fromisoformat(orjson.loads(state)["recorded_at"]))
    return LogHead() if end is None else LogHead(end)


def find_links(connection: sqlite3.Connection, events: Sequence[tuple[UUID, int]]) -> Mapping[UUID, bytes]:
    """The links of events, given by stream and version, one of each stream; those without one are left out."""
    links = {}
    for stream, version in events:
        row = connection.execute(
            "SELECT link FROM chain WHERE position = "
            "(SELECT rowid FROM stored_events WHERE originator_id = ? AND originator_version = ?)",
            (stream.hex, version),
        ).fetchone()
        if row is not None:
            links[stream] = row[0]
    return links


def extend_chain(connection: sqlite3.Connection, stream_ends: StreamEnds) -> bytes | None:
    """Add the next links of a chain that was never complete; returns the log's digest once it is, null until then."""
    row = connection.execute("SELECT digest FROM chain_end").fetchone()
    if row is not None:
        return cast("bytes", row[0])
    row = connection.execute("SELECT position, digest FROM chain ORDER BY position DESC LIMIT 1").fetchone()
    position, digest = row or ChainEnd()
    rows = connection.execute(
        "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events WHERE rowid > ? "
        "ORDER BY rowid LIMIT ?",
        (position, LINKS_AT_ONCE),
    ).fetchall()
    if not rows:
        connection.execute("INSERT INTO chain_end VALUES (1, ?, ?)", (position, digest))
        return cast("bytes", digest)
    chain = ChainExtension(digest, stream_ends, partial(find_links, connection))
    added = chain.extend(
        (rowid, read_id(stream), version, topic, state) for rowid, stream, version, topic, state in rows
    )
    connection.executemany("INSERT INTO chain VALUES (?, ?, ?)", added)
    chain.commit()
    return None


def find_command(cursor: SQLiteCursor, key: str, caller: str) -> KnownCommand | None:
    """A completed command; null without one for this key and caller."""
    cursor.execute("SELECT request_hash, answer, recorded_at FROM commands WHERE caller = ? AND key = ?", (caller, key))
    row = cursor.fetchone()
    return None if row is None else KnownCommand(row[0], row[1], from_microseconds(row[2]))


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
