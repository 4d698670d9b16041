"""The SQLite file of the log: how it is opened, by whom, and what its faults mean."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore
from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from projections.log.errors import DiskFull, FolderInUse, LogClosed, LogFault, LogUnavailable

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


class SQLiteReaders(SQLiteDatastore):
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
        self._idle.append(connection)
        if self._closed:
            self.close()

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
    return LogUnavailable(f"The log failed: {getattr(original, 'sqlite_errorname', type(original).__name__)}.")


def ends_transaction(fault: BaseException) -> bool:
    """Whether a fault may have ended the transaction as a whole."""
    original = fault.orig if isinstance(fault, DBAPIError) else fault
    code = getattr(original, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _LOST_WITH_THE_TRANSACTION


def prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    """Make a connection one that writes, every commit synced to the disk. Raises `LogUnavailable`."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    # NORMAL would lose acknowledged events in a power cut: the write-ahead log is not synced at a commit then.
    connection.execute("PRAGMA synchronous = FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if (mode, synchronous) != ("wal", 2):
        raise LogUnavailable(f"SQLite refuses to be safe here: journal_mode {mode}, synchronous {synchronous}.")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    connection.execute("PRAGMA foreign_keys = ON")
