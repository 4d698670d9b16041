"""The store of the read models in an SQLite file next to the log."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, QueuePool, Table, create_engine, delete, event, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from projections.read_model import METADATA, Row
from projections.view_store import (
    READ_MODELS,
    Checkpoint,
    ViewStore,
    ViewStoreBuild,
    add_rows,
    driver_cursor,
    insert_checkpoints,
    read_checkpoints,
)

FILE = "views.db"
BUILDING = "views-building.db"
BUSY_SECONDS = 5.0
WAL_BYTES_KEPT = 64 * 1024 * 1024
"""The size to which a checkpoint truncates a write-ahead log."""

CACHE_KIB = 64 * 1024
"""The page cache during a rebuild, in KiB."""

PAGES_AT_ONCE = 16
"""The pages per step of copying a file; the file always has more, so that the first step is not the last."""

_UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SQLiteViewStore(ViewStore):
    """The file `views.db` of a data folder. A power cut may lose its last rows, which are then projected again."""

    def __init__(self, folder: Path) -> None:
        """Open the file, created if it does not exist."""
        self._folder = folder
        self._path = folder / FILE
        self._engine, self._opened = self._open()

    def is_current(self) -> bool:
        """Whether the open file is still the one with this path."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False
        return (status.st_dev, status.st_ino) == self._opened

    def reopen(self) -> None:
        """Open the file that has this path now; readers of the old file finish with it."""
        before = self._engine
        self._engine, self._opened = self._open()
        before.dispose()

    def connect(self) -> Connection:
        """A connection in a read transaction that sees one snapshot."""
        try:
            return self._engine.connect()
        except DBAPIError as fault:
            if _code_of(fault) not in _UNREADABLE:
                raise
            # the file is not a readable database: delete it, so that the read models are rebuilt
            self.discard()
            self.reopen()
            return self._engine.connect()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """An exclusive write transaction."""
        with self._engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
            yield connection

    def build(self) -> ViewStoreBuild:
        """A second file in the same folder."""
        return SQLiteViewStoreBuild(self._folder)

    def is_missing(self, fault: DBAPIError) -> bool:
        """Whether an error means that tables are missing or the file is not a database; such a file is deleted."""
        if _code_of(fault) in _UNREADABLE:
            self.discard()
        return self.is_damaged(fault)

    def is_damaged(self, fault: DBAPIError) -> bool:
        """Whether an error means that the file is no database, has an unreadable page, or lacks a table or column."""
        code, message = _code_of(fault), str(fault.orig)
        return code in _UNREADABLE or (code == sqlite3.SQLITE_ERROR and "no such " in message)

    def discard(self) -> None:
        """Delete the file; readers that have it open finish with it."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close all idle connections."""
        self._engine.dispose()

    def _open(self) -> tuple[Engine, tuple[int, int]]:
        if not self._path.exists():
            # a deleted file's write-ahead log must not be taken for that of the new file
            for suffix in ("-wal", "-shm"):
                self._path.with_name(FILE + suffix).unlink(missing_ok=True)
        engine = create_engine(
            f"sqlite:///{self._path}",
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=64,
            connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        status = _private(self._path)
        return engine, (status.st_dev, status.st_ino)


class SQLiteViewStoreBuild(ViewStoreBuild):
    """The file `views-building.db`, written without journal or sync: after a crash it is discarded."""

    def __init__(self, folder: Path) -> None:
        """Create the file with all tables, without indexes."""
        self._live = folder / FILE
        self._path = folder / BUILDING
        # another process that is building keeps its own file, now unlinked
        self._path.unlink(missing_ok=True)
        _private(self._path)
        self._engine = create_engine(
            f"sqlite:///{self._path}",
            poolclass=NullPool,
            connect_args={"timeout": BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
        )
        event.listen(self._engine, "connect", _prepare_to_build)
        event.listen(self._engine, "begin", _begin)
        self._connection = self._engine.connect()
        with self._connection.begin():
            for table in METADATA.sorted_tables:
                self._connection.execute(CreateTable(table))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction on the only connection."""
        with self._connection.begin():
            yield self._connection

    def load(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Insert many rows."""
        add_rows(connection, table, rows)

    def index(self) -> None:
        """Create the indexes."""
        with self._connection.begin():
            for table in METADATA.sorted_tables:
                for index in table.indexes:
                    self._connection.execute(CreateIndex(index))

    def switch(self, marks: Mapping[str, Checkpoint], is_ahead: Callable[[Mapping[str, Checkpoint]], bool]) -> bool:
        """Copy this file over the live one, in one transaction of the live file; a damaged one is deleted first."""
        with self._connection.begin():
            self._connection.execute(delete(READ_MODELS))
            insert_checkpoints(self._connection, marks)
        try:
            return self._copy(is_ahead)
        except (sqlite3.DatabaseError, DBAPIError) as fault:
            if _code_of(fault) not in _UNREADABLE:
                raise
            for suffix in ("", "-wal", "-shm"):
                self._live.with_name(FILE + suffix).unlink(missing_ok=True)
            return self._copy(is_ahead)

    def _copy(self, is_ahead: Callable[[Mapping[str, Checkpoint]], bool]) -> bool:
        _private(self._live)
        looked = False

        def look(status: int, _left: int, _pages: int) -> None:
            nonlocal looked
            if status == sqlite3.SQLITE_BUSY:
                raise sqlite3.OperationalError("the live file is locked")
            if not looked:
                # from its first step on the copy blocks other writers, while readers see the old content
                looked = True
                if is_ahead(self._live_marks()):
                    raise _Ahead

        with driver_cursor(self._connection) as cursor, closing(sqlite3.connect(self._live, BUSY_SECONDS)) as live:
            _prepare(live, None)
            try:
                cursor.connection.backup(live, pages=PAGES_AT_ONCE, progress=look)
            except _Ahead:
                return False
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return True

    def close(self) -> None:
        """Close and delete the file."""
        self._connection.close()
        self._path.unlink(missing_ok=True)

    def _live_marks(self) -> Mapping[str, Checkpoint]:
        engine = create_engine(f"sqlite:///{self._live}", poolclass=NullPool)
        with engine.connect() as connection:
            return read_checkpoints(connection) if inspect(connection).has_table(READ_MODELS.name) else {}


class _Ahead(Exception):  # noqa: N818  (not an error)
    """The live file is ahead of the one that was built."""


def _code_of(fault: DBAPIError | sqlite3.Error) -> int:
    """SQLite's primary result code of an error."""
    original = fault.orig if isinstance(fault, DBAPIError) else fault
    code: int = getattr(original, "sqlite_errorcode", 0)
    return code & 0xFF


def _private(path: Path) -> os.stat_result:
    """Create a file if it does not exist, set its mode to 0600, and return its status."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    connection.execute("PRAGMA temp_store = MEMORY")


def _prepare_to_build(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
