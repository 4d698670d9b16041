"""The log in a PostgreSQL database, shared by any number of processes and hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from time import sleep
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row
from sqlalchemy import Engine

from projections.log.entries import KnownCommand, now
from projections.log.hash_chain import Row
from projections.log.listener import TRUSTED_SECONDS, Listener
from projections.log.log import Log
from projections.log.mapper import EventMapper
from projections.log.postgres import PostgresReaders, reading_engine
from projections.log.postgres_store import PostgresWriteStore, find_command
from projections.log.writer import Cancelled, LogWriter, never

T = TypeVar("T")

_SELECT = "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events "
_HEAD = "SELECT position FROM head"


class PostgresReadStore:
    """Reads events and completed commands through the connection pool."""

    def __init__(self, store: PostgresWriteStore, readers: PostgresReaders) -> None:
        """`readers` are closed by the caller."""
        self.recorder = store.recorder
        self._readers = readers

    def after(self, position: int, limit: int) -> Iterable[Row]:
        """At most `limit` events after a position, by position."""
        return self._select("WHERE notification_id > %s ORDER BY notification_id LIMIT %s", (position, limit))

    def of_streams(self, streams: Sequence[UUID], up_to: int) -> Iterable[Row]:
        """The events of the given streams up to a position, by stream and version."""
        return self._select(
            "WHERE originator_id = ANY(%s) AND notification_id <= %s ORDER BY originator_id, originator_version",
            (list(streams), up_to),
        )

    def by_stream(self, stream: UUID, version: int, up_to: int, limit: int) -> Iterable[Row]:
        """At most `limit` events up to a position, by stream and version, after the given version of a stream."""
        return self._select(
            "WHERE (originator_id, originator_version) > (%s, %s) AND notification_id <= %s "
            "ORDER BY originator_id, originator_version LIMIT %s",
            (stream, version, up_to, limit),
        )

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A completed command; null without one for this key and caller."""
        return self._readers.ask(lambda connection: find_command(connection, key, caller))

    def head(self) -> int:
        """The position of the last committed event; 0 when the log is empty."""
        row = self._readers.ask(
            lambda connection: connection.execute("SELECT position FROM head", prepare=True).fetchone()
        )
        return row["position"] if row else 0

    def _select(self, which: str, parameters: Sequence[Any]) -> list[Row]:
        def rows(connection: psycopg.Connection[Any]) -> list[Row]:
            with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
                cursor.execute(_SELECT + which, parameters, prepare=True)
                return cursor.fetchall()

        return self._readers.ask(rows)


class PostgresLog(Log):
    """The log in the schema `log` of a PostgreSQL database."""

    _touch = "UPDATE head SET position = position"

    def __init__(
        self,
        url: str,
        store: PostgresWriteStore,
        readers: PostgresReaders,
        mapper: EventMapper,
        writer: LogWriter,
        engine: Engine,
    ) -> None:
        """Combine open parts; use `open_postgres`."""
        source = PostgresReadStore(store, readers)
        super().__init__(source, mapper, writer, engine)
        self._readers = readers
        self._postgres = source
        self._listener = Listener(url, store.recorder.channel_name, source.head)

    def head(self) -> int:
        """The position of the last event; 0 when the log is empty."""
        return self._postgres.head()

    def wait(self, after: int, timeout: float, cancelled: Cancelled = never) -> int:
        """Wait for an event after a position, at most `timeout` seconds; returns the last event's position."""
        return self._listener.wait(after, timeout, cancelled)

    def wake(self) -> None:
        """Let everybody who waits check whether the wait was cancelled."""
        self._listener.wake()

    def state_version(self) -> int | None:
        """A number that changes with every state change; null while the server does not respond."""
        changes = self._listener.state_changes()
        return None if changes is None else changes + self._writer.state_changes

    def settle_state(self) -> None:
        """Wait as long as a process may use what it cached before it checks for changes again."""
        sleep(TRUSTED_SECONDS)

    def close(self) -> None:
        """Reject new requests, finish the pending ones, and close the database."""
        super().close()
        self._listener.close()
        self._readers.close()


def open_postgres(
    url: str,
    clock: Callable[[], datetime] = now,
    connections: int = 8,
    clock_tolerance: timedelta | None = None,
) -> PostgresLog:
    """Open the log of a migrated database.

    `connections` limits both the event readers and the state readers; one more connection writes, and one listens.
    Raises `NotMigrated` and `LogUnavailable`.
    """
    readers = PostgresReaders(url, connections)
    store = PostgresWriteStore(url, readers)
    mapper = EventMapper()
    engine = reading_engine(url, connections)
    writer = LogWriter(store, mapper, clock, clock_tolerance)
    return PostgresLog(url, store, readers, mapper, writer, engine)
