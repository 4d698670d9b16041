"""Read models in an SQLite file beside the log."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, MetaData, NullPool, QueuePool, Table, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from projections.folding import METADATA, Row
from projections.store import READ_MODELS, Building, Mark, Store, add_rows, put_marks, read_marks

FILE = "views.db"
BUILDING = "views-building.db"
BUSY_SECONDS = 5.0
WAL_BYTES_KEPT = 64 * 1024 * 1024
"""What a checkpoint leaves of a write-ahead log that grew."""

CACHE_KIB = 64 * 1024
"""Of memory while a store is built."""

_UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SQLiteStore(Store):
    """The file `views.db` of a data folder. Lost with a power cut at most: its last rows, which are made again."""

    def __init__(self, folder: Path) -> None:
        """Open the file, making it where there is none."""
        self._folder = folder
        self._path = folder / FILE
        self._engine, self._opened = self._open()

    def is_current(self) -> bool:
        """Whether the open file is the one that bears the name."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == self._opened

    def open_anew(self) -> None:
        """Open the file that bears the name now. Whoever reads the one before it reads on."""
        before = self._engine
        self._engine, self._opened = self._open()
        before.dispose()

    def connect(self) -> Connection:
        """A connection in a transaction, so that all questions see the same moment."""
        try:
            return self._engine.connect()
        except DBAPIError as fault:
            if _code_of(fault) not in _UNREADABLE:
                raise
            # whatever that file is, it holds no read models; they are made anew
            self._path.unlink(missing_ok=True)
            self.open_anew()
            return self._engine.connect()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction for changes, begun as the only one that writes."""
        with self._engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
            yield connection

    def build(self) -> Building:
        """A second file beside this one."""
        return SQLiteBuilding(self._folder)

    def is_missing(self, fault: DBAPIError) -> bool:
        """Whether the file has no tables, or is no database; then it is moved out of the way."""
        code = _code_of(fault)
        if code in _UNREADABLE:
            self._path.unlink(missing_ok=True)
            return True
        return code == sqlite3.SQLITE_ERROR and "no such table" in str(fault.orig)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()

    def _open(self) -> tuple[Engine, tuple[int, int]]:
        if not self._path.exists():
            # what is left of a deleted file must not be taken for the write-ahead log of the new one
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
        found = _private(self._path)
        return engine, (found.st_dev, found.st_ino)


class SQLiteBuilding(Building):
    """The file `views-building.db`, written without any care for crashes: one leaves a file that nobody takes up."""

    def __init__(self, folder: Path) -> None:
        """An empty file with the tables, yet without their indexes."""
        self._live = folder / FILE
        self._path = folder / BUILDING
        # whoever else is building keeps its own file, nameless
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
        """A transaction on the one connection."""
        with self._connection.begin():
            yield self._connection

    def load(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        """Add many rows at once."""
        add_rows(connection, table, rows)

    def index(self) -> None:
        """Index what was loaded."""
        with self._connection.begin():
            for table in METADATA.sorted_tables:
                for index in table.indexes:
                    self._connection.execute(CreateIndex(index))

    def switch(self, marks: Mapping[str, Mark], is_ahead: Callable[[Mapping[str, Mark]], bool]) -> bool:
        """Replace the tables of the live file by these, in one transaction of that file."""
        connection = self._connection
        # by the driver's own hands: SQLAlchemy would begin a transaction, in which no file can be attached
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        _private(self._live)
        driver.execute("ATTACH ? AS live", (str(self._live),))
        driver.execute("PRAGMA live.journal_mode = WAL")
        driver.execute("PRAGMA live.synchronous = NORMAL")
        try:
            with connection.execution_options(begin="BEGIN IMMEDIATE").begin():
                names = [name for (name,) in connection.exec_driver_sql(_LIVE_TABLES)]
                if READ_MODELS.name in names and is_ahead(read_marks(connection, "live")):
                    return False
                for name in names:
                    connection.execute(DropTable(Table(name, MetaData(), schema="live")))
                for table in METADATA.sorted_tables:
                    self._copy(table)
                put_marks(connection, marks, "live")
            driver.execute("PRAGMA live.wal_checkpoint(TRUNCATE)")
        finally:
            driver.execute("DETACH live")
        return True

    def close(self) -> None:
        """Close the file and delete it."""
        self._connection.close()
        self._path.unlink(missing_ok=True)

    def _copy(self, table: Table) -> None:
        """Make a table of the live file from the one here, whole pages at a time.

        SQLite does that where both have the same columns and indexes and none are named (lang_insert.html,
        "the xfer optimization").
        """
        live = table.to_metadata(MetaData(), schema="live")
        self._connection.execute(CreateTable(live))
        for index in live.indexes:
            self._connection.execute(CreateIndex(index))
        self._connection.exec_driver_sql(f"INSERT INTO live.{table.name} SELECT * FROM main.{table.name}")  # noqa: S608  (our own names)


_LIVE_TABLES = "SELECT name FROM live.sqlite_schema WHERE type = 'table'"


def _code_of(fault: DBAPIError) -> int:
    """SQLite's own word for a fault, without its refinements."""
    code: int = getattr(fault.orig, "sqlite_errorcode", 0)
    return code & 0xFF


def _private(path: Path) -> os.stat_result:
    """Make a file unless it is there, let its owner alone read it, and tell what it is."""
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
