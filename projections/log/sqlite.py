"""Connections to the log's SQLite file, the lock on its folder, and the mapping of SQLite's errors."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore
from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from projections.log.errors import DiskFull, FolderInUse, LogClosed, LogFault, LogUnavailable

FILE = "log.db"
LOCK = "log.lock"
BUSY_SECONDS = 5.0
WAL_BYTES_KEPT = 64 * 1024 * 1024
"""The size to which a checkpoint truncates a write-ahead log that grew during a long read."""

_LOST_WITH_THE_TRANSACTION = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_INTERRUPT,
}
"""Errors after which SQLite may have rolled back the whole transaction (lang_transaction.html, section 3)."""


class LockContent(NamedTuple):
    """What is in a lock file: the process that locked the folder last, and the mark that it set in the log's file."""

    process: str = ""
    mark: str = ""


def read_lock(folder: Path) -> LockContent:
    """The content of the lock file of a folder; empty without one."""
    try:
        text = (folder / LOCK).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return LockContent()
    process, _, mark = text.partition("\n")
    return LockContent(process.strip(), mark.strip())


class FolderLock:
    """An exclusive lock file, which the operating system releases when the process ends."""

    def __init__(self, folder: Path) -> None:
        """Create the folder if it does not exist, and lock it. Raises `FolderInUse` and `LogUnavailable`."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file: IO[str] = open_private(folder / LOCK)
        except OSError as fault:
            raise unusable(folder, fault) from fault
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise FolderInUse(folder, read_lock(folder).process) from None
        self.write_mark(read_lock(folder).mark)

    def write_mark(self, mark: str) -> None:
        """Write this process and a mark into the file."""
        content = f"{os.getpid()}\n{mark}\n".encode()
        with suppress(OSError):  # a full disk must not prevent the start
            os.pwrite(self._file.fileno(), content, 0)
            os.ftruncate(self._file.fileno(), len(content))

    def release(self) -> None:
        """Unlock the folder."""
        self._file.close()


def unusable(folder: Path, fault: OSError) -> LogUnavailable:
    """The error for a data folder that cannot be used."""
    return LogUnavailable(f"The data folder {folder} cannot be written: {fault.strerror}.")


def free_bytes(path: Path) -> int:
    """The free bytes on the disk of a file. Raises `LogUnavailable` if the file is gone or its disk fails."""
    try:
        disk = os.statvfs(path)
    except OSError as fault:
        raise LogUnavailable(f"The log failed: {fault.strerror}.") from fault
    return disk.f_bavail * disk.f_frsize


def open_private(path: Path) -> IO[str]:
    """Open a file for reading and writing with mode 0600, created if it does not exist."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "r+", encoding="utf-8")


class SQLiteReaders(SQLiteDatastore):
    """A pool of read-only connections for the library's recorder."""

    def __init__(self, path: Path) -> None:
        """An empty pool."""
        super().__init__(str(path))
        self._idle: deque[sqlite3.Connection] = deque()
        self._path = path
        self._closed = False

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """Lend a cursor for one statement. Raises `LogUnavailable` when the file cannot be read, and `LogClosed`."""
        if commit:
            raise AssertionError("Only the writer thread writes to the log.")
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
        """Close idle connections now, and the others when they are returned."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def open(self) -> sqlite3.Connection:
        """Open a read-only connection; the caller closes it."""
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
    """A read-only engine for queries on the state."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=64,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
    )
    event.listen(engine, "connect", lambda connection, _record: prepare_reader(connection))
    # the driver begins no transaction for a SELECT; with one, all queries of a connection see the same snapshot
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def prepare_reader(connection: sqlite3.Connection) -> None:
    """Make a connection read-only and disable automatic checkpoints.

    A text that is not UTF-8 is returned as bytes, which whoever reads it refuses. Otherwise no row of its query would
    be read.
    """
    connection.text_factory = _text_or_bytes
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def fault_of(fault: BaseException) -> LogFault:
    """The `LogFault` that an SQLite error is reported as."""
    original = fault.orig if isinstance(fault, DBAPIError) else fault
    if getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return DiskFull("The disk of the log is full; nothing was recorded.")
    return LogUnavailable(f"The log failed: {getattr(original, 'sqlite_errorname', type(original).__name__)}.")


def ends_transaction(fault: BaseException) -> bool:
    """Whether an error may have rolled back the whole transaction."""
    original = fault.orig if isinstance(fault, DBAPIError) else fault
    code = getattr(original, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _LOST_WITH_THE_TRANSACTION


def prepare_writer(connection: sqlite3.Connection, _record: object) -> None:
    """Prepare a write connection with durable commits. Raises `LogUnavailable` if SQLite does not support them."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    # NORMAL does not sync the write-ahead log on commit: a power cut would lose acknowledged events
    connection.execute("PRAGMA synchronous = FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if (mode, synchronous) != ("wal", 2):
        raise LogUnavailable(f"SQLite cannot commit durably here: journal_mode {mode}, synchronous {synchronous}.")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.text_factory = _text_or_bytes
