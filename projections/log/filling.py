"""Fills the tables of an empty log, within the caller's transaction, with the events of a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson
import psycopg
from psycopg.rows import tuple_row

from projections.log.hash_chain import ChainEnd, ChainRow, Row, StreamEnds
from projections.log.postgres_schema import extend_chain as extend_postgres_chain
from projections.log.sqlite_store import extend_chain as extend_sqlite_chain


class LogFilling(Protocol):
    """An empty log that is being filled."""

    def insert_events(self, rows: Iterable[Row]) -> None:
        """Insert events with their positions, in log order."""

    def insert_chain(self, links: Iterable[ChainRow], end: ChainEnd | None) -> None:
        """Insert the links of a damaged log, as they are."""

    def complete_chain(self) -> ChainEnd:
        """Compute the links of all events; returns the end of the log."""


class SQLiteFilling:
    """Fills an SQLite file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """`connection` is in a transaction."""
        self._connection = connection
        connection.execute("DELETE FROM chain_end")

    def insert_events(self, rows: Iterable[Row]) -> None:
        """Insert events with their positions."""
        self._connection.executemany(
            "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?, ?)",
            ((position, stream.hex, version, topic, state) for position, stream, version, topic, state in rows),
        )

    def insert_chain(self, links: Iterable[ChainRow], end: ChainEnd | None) -> None:
        """Insert the links of a damaged log."""
        self._connection.executemany("INSERT INTO chain (position, link, digest) VALUES (?, ?, ?)", links)
        if end is not None:
            self._connection.execute("INSERT INTO chain_end VALUES (1, ?, ?)", end)

    def complete_chain(self) -> ChainEnd:
        """Compute the links of all events."""
        stream_ends = StreamEnds()
        while extend_sqlite_chain(self._connection, stream_ends) is None:
            pass
        position, digest = self._connection.execute("SELECT position, digest FROM chain_end").fetchone()
        return ChainEnd(position, digest)


class PostgresFilling:
    """Fills the schema of a PostgreSQL database."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """`connection` is in a transaction."""
        self._connection = connection

    def insert_events(self, rows: Iterable[Row]) -> None:
        """Insert events with their positions."""
        columns = "notification_id, originator_id, originator_version, topic, state"
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY stored_events ({columns}) FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)
        position, recorded_at = self._last()
        self._connection.execute(
            "UPDATE head SET position = %s, recorded_at = %s, digest = NULL", (position, recorded_at)
        )

    def insert_chain(self, links: Iterable[ChainRow], end: ChainEnd | None) -> None:
        """Insert the links of a damaged log."""
        with (
            self._connection.cursor() as cursor,
            cursor.copy("COPY chain (position, link, digest) FROM STDIN") as copy,
        ):
            for link in links:
                copy.write_row(link)
        if end is not None:
            # never less than the last event, after whose position the next one is recorded
            self._connection.execute(
                "UPDATE head SET position = greatest(position, %s), digest = %s", (end.position, end.digest)
            )

    def complete_chain(self) -> ChainEnd:
        """Compute the links of all events."""
        stream_ends = StreamEnds()
        while not extend_postgres_chain(self._connection, stream_ends):
            pass
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute("SELECT position, digest FROM head").fetchone()
        return ChainEnd() if row is None else ChainEnd(row[0], bytes(row[1]))

    def _last(self) -> tuple[int, datetime]:
        """The last position, and when the last readable event was recorded."""
        last: int | None = None
        with self._connection.cursor("ends", row_factory=tuple_row) as cursor:
            cursor.execute("SELECT notification_id, state FROM stored_events ORDER BY notification_id DESC")
            for position, state in cursor:
                last = position if last is None else last
                with suppress(KeyError, TypeError, ValueError):
                    return last, datetime.fromisoformat(orjson.loads(state)["recorded_at"])
        return last or 0, datetime(1970, 1, 1, tzinfo=UTC)
