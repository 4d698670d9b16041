"""The log in an SQLite file: one connection writes and checkpoints, the others only read."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, TypeVar, cast
from uuid import UUID

import orjson
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from projections.log.entries import Command, CommandRow, Head, KnownCommand, from_microseconds, now
from projections.log.errors import DiskFull, FolderInUse, LogClosed, LogFault, LogUnavailable
from projections.log.log import Log, Row
from projections.log.mapper import EventMapper
from projections.log.writer import Writer

T = TypeVar("T")

FILE = "log.db"
LOCK = "log.lock"
BUSY_SECONDS = 5.0
WAL_BYTES_KEPT = 64 * 1024 * 1024
"""What a checkpoint leaves of a write-ahead log that a long read made grow."""

_LOST_WITH_THE_TRANSACTION = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_INTERRUPT,
}
"""Faults after which SQLite may have rolled back the transaction as a whole: lang_transaction.html, section 3."""

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


class FolderLock:
    """A file that one process at a time holds locked; the lock goes with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        """Make the folder where there is none, and lock it. Raises `FolderInUse`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: IO[str] = open_private(folder / LOCK)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._file.read().strip()
            self._file.close()
            raise FolderInUse(folder, holder) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let others have the folder."""
        self._file.close()


def open_private(path: Path) -> IO[str]:
    """Open a file for reading and writing that its owner alone may read, making it where there is none."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "r+", encoding="utf-8")


class Readers(SQLiteDatastore):
    """Connections that cannot write, each lent to one reader at a time and kept for the next."""

    def __init__(self, path: Path) -> None:
        """Nothing is opened yet."""
        super().__init__(str(path))
        self._idle: deque[sqlite3.Connection] = deque()
        self._path = path
        self._closed = False

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A cursor for one statement. Raises `LogUnavailable` when the file cannot be read, and `LogClosed`."""
        if commit:
            raise AssertionError("Only the writer of the log writes to it.")
        if self._closed:
            raise LogClosed
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self.open()
        try:
            cursor = SQLiteCursor(connection.cursor())
            with cursor:
                yield cursor
        except sqlite3.Error as fault:
            connection.close()
            raise fault_of(fault) from fault
        if self._closed:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close what nobody is reading with; the rest closes as it comes back."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def open(self) -> sqlite3.Connection:
        """A connection of one's own."""
        try:
            connection = sqlite3.connect(
                self._path, BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=32
            )
            connection.row_factory = sqlite3.Row
            prepare_reader(connection)
        except sqlite3.Error as fault:
            raise fault_of(fault) from fault
        return connection


class SQLiteRecorder(SQLiteApplicationRecorder):
    """The library's table of events, which only a transaction of the writer adds to.

    Its positions are row ids. They have no gaps and rows are never deleted, so that they stay what they are.
    """

    def construct_create_table_statements(self) -> list[str]:
        """The events, and beside them the commands."""
        return [*super().construct_create_table_statements(), CREATE_COMMANDS]

    def create_tables(self, cursor: SQLiteCursor) -> None:
        """Make the tables that are not there."""
        self._create_table(cursor)

    def insert(self, cursor: SQLiteCursor, events: Sequence[StoredEvent]) -> Sequence[int]:
        """Add events in the transaction that the cursor is in, and tell their positions."""
        return self._insert_events(cursor, events) or ()


class SQLiteLedger:
    """The connection that writes, of one thread. A fault closes it, and the next transaction opens another."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it (0600) and its tables where there are none."""
        open_private(path).close()
        self._engine = create_engine(
            f"sqlite:///{path}",
            poolclass=NullPool,
            connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _prepare_writer)
        event.listen(self._engine, "begin", _begin_immediate)
        self.readers = Readers(path)
        self.recorder = SQLiteRecorder(self.readers)
        self._connection: Connection | None = None
        self._head = Head()
        with self._transaction() as connection:
            self.recorder.create_tables(SQLiteCursor(_raw(connection).cursor()))
        with self.transaction() as transaction:
            self._head = transaction.head

    @property
    def head(self) -> Head:
        """Where the log ends."""
        return self._head

    @contextmanager
    def transaction(self) -> Iterator[SQLiteTransaction]:
        """A transaction with the file's write lock from its first moment on, synced to the disk at its end."""
        with self._transaction() as connection:
            transaction = SQLiteTransaction(connection, self.recorder, self._head)
            yield transaction
        self._head = transaction.end

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

    def __init__(self, connection: Connection, recorder: SQLiteRecorder, head: Head) -> None:
        """`head` is where the log ended when this process last looked."""
        self._connection = connection
        self._recorder = recorder
        self._raw = _raw(connection)
        self._cursor = SQLiteCursor(self._raw.cursor())
        self.head = self.end = self._find_head(head)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what fails inside, unless SQLite undid the whole transaction: then that is what is raised."""
        self._raw.execute("SAVEPOINT request")
        try:
            yield
        except BaseException as fault:
            if not self._raw.in_transaction or _is_of_the_disk(fault):
                raise fault_of(fault) from fault
            self._raw.execute("ROLLBACK TO request")
            self._raw.execute("RELEASE request")
            raise
        self._raw.execute("RELEASE request")

    def insert_events(self, events: Sequence[StoredEvent]) -> Sequence[int]:
        """Add events, and tell their positions. Raises `IntegrityError` when a stream has one of the versions."""
        try:
            return self._recorder.insert(self._cursor, events)
        except sqlite3.IntegrityError as fault:
            raise IntegrityError(fault) from fault

    def insert_commands(self, commands: Sequence[CommandRow]) -> None:
        """Add commands. Raises `IntegrityError` when one of them is known."""
        try:
            self._cursor.executemany("INSERT INTO commands VALUES (?, ?, ?, ?, ?)", commands)
        except sqlite3.IntegrityError as fault:
            raise IntegrityError(fault) from fault

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that is known by now."""
        return find_command(self._cursor, key, caller)

    def move_head(self, head: Head) -> None:
        """Keep where the log ends for the next transaction."""
        self.end = head

    def run(self, change: Callable[[Connection], T]) -> T:
        """Let somebody else write in this transaction."""
        return change(self._connection)

    def _find_head(self, known: Head) -> Head:
        self._cursor.execute("SELECT rowid, state FROM stored_events ORDER BY rowid DESC LIMIT 1")
        last = self._cursor.fetchone()
        if last is None:
            return Head()
        if last[0] == known.position:
            return known
        return Head(last[0], datetime.fromisoformat(orjson.loads(last[1])["recorded_at"]))


class SQLiteSource:
    """The readers' side of the file."""

    def __init__(self, ledger: SQLiteLedger) -> None:
        """`ledger` keeps the readers, and closes them."""
        self.recorder = ledger.recorder
        self._readers = ledger.readers

    def after(self, position: int, limit: int) -> Iterable[Row]:
        """Events by position."""
        return self._select("WHERE rowid > ? ORDER BY rowid LIMIT ?", (position, limit))

    def of_streams(self, streams: Sequence[UUID], up_to: int) -> Iterable[Row]:
        """The events of some streams up to a position, by stream and version."""
        marks = ", ".join("?" * len(streams))
        return self._select(
            f"WHERE originator_id IN ({marks}) AND rowid <= ? ORDER BY originator_id, originator_version",
            (*(stream.hex for stream in streams), up_to),
        )

    def by_stream(self, stream: UUID, version: int, up_to: int, limit: int) -> Iterable[Row]:
        """Events up to a position by stream and version, after that version of that stream."""
        return self._select(
            "WHERE (originator_id, originator_version) > (?, ?) AND rowid <= ? "
            "ORDER BY originator_id, originator_version LIMIT ?",
            (stream.hex, version, up_to, limit),
        )

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A command that was carried out."""
        with self._readers.transaction(commit=False) as cursor:
            return find_command(cursor, key, caller)

    def _select(self, which: str, parameters: Sequence[object]) -> Iterable[Row]:
        with self._readers.transaction(commit=False) as cursor:
            cursor.execute(_SELECT + which, parameters)
            rows = cursor.fetchall()
        return (Row(position, UUID(stream), *rest) for position, stream, *rest in rows)


_SELECT = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "


class SQLiteLog(Log):
    """The log in the file of a data folder; this process is the only one that writes there."""

    def __init__(
        self, lock: FolderLock, ledger: SQLiteLedger, mapper: EventMapper, writer: Writer, engine: Engine
    ) -> None:
        """The parts, open; `open_sqlite` puts them together."""
        super().__init__(SQLiteSource(ledger), mapper, writer, engine)
        self._lock = lock
        self._ledger = ledger

    def head(self) -> int:
        """The position of the last recorded event; 0 when there is none."""
        return self._writer.head.position

    def wait(self, after: int, timeout: float) -> int:
        """Wait until something is recorded after a position, or that many seconds; tells the head."""
        return self._writer.wait(after, timeout)

    def write(self, change: Callable[[Connection], T], *, command: Command | None = None) -> T:
        """Change the kept state on the one connection that writes, in the writer's turn."""
        return self._writer.write(change, command)

    def backup(self, path: Path) -> None:
        """Copy the log as it is now into a new file, while it is being written. Raises `FileExistsError`."""
        self._ledger.backup(path)

    def close(self) -> None:
        """Take nothing more, finish what was taken, and leave the folder to others."""
        super().close()
        self._lock.release()


def open_sqlite(folder: Path, clock: Callable[[], datetime] = now) -> SQLiteLog:
    """Open the log of a data folder, making both where there is none. Raises `FolderInUse` and `LogUnavailable`."""
    lock = FolderLock(folder)
    try:
        ledger = SQLiteLedger(folder / FILE)
    except BaseException:
        lock.release()
        raise
    mapper = EventMapper()
    return SQLiteLog(lock, ledger, mapper, Writer(ledger, mapper, clock, ledger.head), reading_engine(folder / FILE))


def find_command(cursor: SQLiteCursor, key: str, caller: str) -> KnownCommand | None:
    """A command that was carried out."""
    cursor.execute("SELECT request_hash, answer, recorded_at FROM commands WHERE caller = ? AND key = ?", (caller, key))
    row = cursor.fetchone()
    return None if row is None else KnownCommand(row[0], row[1], from_microseconds(row[2]))


def reading_engine(path: Path) -> Engine:
    """An engine for whoever asks the kept state; its connections cannot write."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=64,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", lambda connection, _record: prepare_reader(connection))
    # The driver begins no transaction for a SELECT; with one, all questions of a connection see the same moment.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def prepare_reader(connection: sqlite3.Connection) -> None:
    """Make a connection one that reads: it cannot write, and never checkpoints."""
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")


def fault_of(fault: BaseException) -> LogFault:
    """What a fault of SQLite means to whoever waits."""
    original = fault.orig if isinstance(fault, DBAPIError) else fault
    if getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return DiskFull("The disk of the log is full; nothing was recorded.")
    return LogUnavailable(f"The log failed: {original}.")


def _is_of_the_disk(fault: BaseException) -> bool:
    original = fault.orig if isinstance(fault, DBAPIError) else fault
    code = getattr(original, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _LOST_WITH_THE_TRANSACTION


def _prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    # NORMAL would lose acknowledged events in a power cut: the write-ahead log is not synced at a commit then.
    connection.execute("PRAGMA synchronous = FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if (mode, synchronous) != ("wal", 2):
        raise LogUnavailable(f"SQLite refuses to be safe here: journal_mode {mode}, synchronous {synchronous}.")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _raw(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
