"""Opens a store for a backup: everything in one snapshot, beside any server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import psycopg
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy import Connection, NullPool, create_engine, inspect, select
from sqlalchemy.exc import DBAPIError

from api.state.migrate import VERSIONS
from projections.log.errors import NotMigrated
from projections.log.postgres import conninfo
from projections.log.postgres import fault_of as postgres_fault_of
from projections.log.serving_mark import refuse_copy
from projections.log.sqlite import FILE, reading_engine
from projections.log.sqlite import fault_of as sqlite_fault_of
from projections.log.stored_log import PostgresStoredLog, SQLiteStoredLog, StoredLog

_EARLIER = "The store was made by an earlier version of the program: run `seatline migrate`."


class Snapshot(NamedTuple):
    """A store at one instant: its tables, its log, and the version of its state tables."""

    connection: Connection
    log: StoredLog
    revision: str


@contextmanager
def open_snapshot(place: Path | str) -> Iterator[Snapshot]:
    """Open a data folder or database. Raises `NotMigrated`, `CopyWithoutWal` and `LogUnavailable`."""
    with _open_sqlite(place) if isinstance(place, Path) else _open_postgres(place) as snapshot:
        yield snapshot


@contextmanager
def _open_sqlite(folder: Path) -> Iterator[Snapshot]:
    path = folder / FILE
    if not path.exists():
        raise NotMigrated(f"There is no log in the folder {folder}.")
    refuse_copy(folder)
    engine = reading_engine(path)
    try:
        with engine.connect() as connection:
            revision = _revision(connection)
            if not inspect(connection).has_table("chain_end"):
                raise NotMigrated(_EARLIER)
            raw = cast("sqlite3.Connection", connection.connection.driver_connection)
            yield Snapshot(connection, SQLiteStoredLog(raw), revision)
    except (sqlite3.Error, DBAPIError) as fault:
        raise sqlite_fault_of(fault) from fault
    finally:
        engine.dispose()


@contextmanager
def _open_postgres(url: str) -> Iterator[Snapshot]:
    def connect() -> psycopg.Connection[Any]:
        connection = psycopg.connect(conninfo(url))
        connection.read_only = True
        return connection

    engine = create_engine(
        "postgresql+psycopg://", creator=connect, poolclass=NullPool, isolation_level="REPEATABLE READ"
    )
    try:
        with engine.connect() as connection:
            revision = _revision(connection)
            raw = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            yield Snapshot(connection, PostgresStoredLog(raw), revision)
    except (UndefinedTable, UndefinedColumn) as fault:
        raise NotMigrated(_EARLIER) from fault
    except (psycopg.Error, DBAPIError) as fault:
        raise postgres_fault_of(fault) from fault
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str:
    if not inspect(connection).has_table(VERSIONS.name):
        raise NotMigrated("The store has no tables yet: run `seatline migrate`.")
    revision: str = connection.execute(select(VERSIONS.c.version_num)).scalar_one()
    return revision
