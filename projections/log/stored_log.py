"""Reads the stored log for verification: as it is, undecoded, in one snapshot, beside any writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import IsolationLevel
from psycopg.rows import tuple_row

from projections.log.errors import NotMigrated
from projections.log.hash_chain import ChainEnd, ChainRow, Row
from projections.log.payloads import read_id
from projections.log.postgres import conninfo
from projections.log.postgres import fault_of as postgres_fault_of
from projections.log.sqlite import BUSY_SECONDS, FILE, prepare_reader
from projections.log.sqlite import fault_of as sqlite_fault_of
from projections.log.verification import Verification, verify

ROWS_AT_ONCE = 5_000
PROGRESS_EVERY = 10_000


class StoredLog(Protocol):
    """The tables of a log in one snapshot, in log order. Each is read once."""

    def rows(self) -> Iterable[Row]:
        """The events."""

    def chain(self) -> Iterable[ChainRow]:
        """Their links."""

    def end(self) -> ChainEnd | None:
        """The stored end of the chain; null if it is missing."""


class SQLiteStoredLog:
    """The tables of a log in an SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """`connection` is in a read transaction."""
        self._connection = connection

    def rows(self) -> Iterator[Row]:
        """The events."""
        for position, stream, version, topic, state in self._connection.execute(
            "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events ORDER BY rowid"
        ):
            yield position, read_id(stream), version, topic, state

    def chain(self) -> Iterator[ChainRow]:
        """Their links."""
        return map(
            ChainRow._make, self._connection.execute("SELECT position, link, digest FROM chain ORDER BY position")
        )

    def end(self) -> ChainEnd | None:
        """The stored end of the chain."""
        row = self._connection.execute("SELECT position, digest FROM chain_end").fetchone()
        return None if row is None else ChainEnd(*row)


class PostgresStoredLog:
    """The tables of a log in a PostgreSQL database."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """`connection` is in a repeatable read transaction."""
        self._connection = connection

    def rows(self) -> Iterator[Row]:
        """The events."""
        return self._select(
            "rows",
            "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events "
            "ORDER BY notification_id",
        )

    def chain(self) -> Iterator[ChainRow]:
        """Their links."""
        return map(ChainRow._make, self._select("links", "SELECT position, link, digest FROM chain ORDER BY position"))

    def end(self) -> ChainEnd | None:
        """The stored end of the chain."""
        rows = list(self._select("ends", "SELECT position, digest FROM head WHERE digest IS NOT NULL"))
        return ChainEnd(*rows[0]) if rows else None

    def _select(self, name: str, query: str) -> Iterator[Any]:
        # a named cursor stays on the server, which sends a part of the rows at a time
        with self._connection.cursor(name, row_factory=tuple_row) as cursor:
            cursor.itersize = ROWS_AT_ONCE
            yield from cursor.execute(query.encode(), binary=True)


def verify_store(
    place: Path | str, noted: Sequence[ChainEnd] = (), progress: Callable[[int, int], None] = lambda done, of: None
) -> Verification:
    """Verify the log of a data folder or database, beside a running server or without one.

    `noted` are ends that were noted before. `progress` is called with the events done and in total. Raises
    `NotMigrated` for a store without a log or chain, and `LogUnavailable`.
    """
    with _open(place) as stored:
        end = stored.end()
        total = 0 if end is None else end.position
        return verify(_counted(stored.rows(), total, progress), stored.chain(), end, noted)


def _counted(rows: Iterable[Row], total: int, progress: Callable[[int, int], None]) -> Iterator[Row]:
    done = 0
    for done, row in enumerate(rows, 1):
        if done % PROGRESS_EVERY == 0:
            progress(done, total)
        yield row
    progress(done, total)


def _open(place: Path | str) -> AbstractContextManager[StoredLog]:
    return _open_sqlite(place) if isinstance(place, Path) else _open_postgres(place)


@contextmanager
def _open_sqlite(folder: Path) -> Iterator[SQLiteStoredLog]:
    path = folder / FILE
    if not path.exists():
        raise NotMigrated(f"There is no log in the folder {folder}.")
    try:
        with closing(sqlite3.connect(path, BUSY_SECONDS, isolation_level=None)) as connection:
            prepare_reader(connection)
            connection.execute("BEGIN")
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'chain_end'").fetchone() is None:
                raise NotMigrated("The log is of an earlier version of the program: run `seatline migrate`.")
            yield SQLiteStoredLog(connection)
    except sqlite3.Error as fault:
        raise sqlite_fault_of(fault) from fault


@contextmanager
def _open_postgres(url: str) -> Iterator[PostgresStoredLog]:
    try:
        with psycopg.connect(conninfo(url)) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield PostgresStoredLog(connection)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as fault:
        raise NotMigrated("The database has no log of this version: run `seatline migrate`.") from fault
    except psycopg.Error as fault:
        raise postgres_fault_of(fault) from fault
