"""The log in an SQLite file, used by one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from projections.log.entries import KnownCommand, now
from projections.log.errors import DiskFull, LogFault, LogUnavailable
from projections.log.hash_chain import Row
from projections.log.log import Log
from projections.log.mapper import EventMapper
from projections.log.payloads import read_id_cached
from projections.log.serving_mark import refuse_copy
from projections.log.sqlite import FILE, FolderLock, free_bytes, reading_engine, unusable
from projections.log.sqlite_store import SQLiteWriteStore, find_command
from projections.log.writer import Cancelled, LogWriter, never

T = TypeVar("T")

ROOM_TO_START = 128 * 1024
"""The free disk space, in bytes, without which the file cannot be opened after an orderly stop.

After a crash the files that this space is for still exist.
"""


class SQLiteReadStore:
    """Reads events and completed commands through the pool of readers."""

    def __init__(self, store: SQLiteWriteStore) -> None:
        """Read with the connections of `store`, which closes them."""
        self.recorder = store.recorder
        self._readers = store.readers

    def after(self, position: int, limit: int) -> Iterable[Row]:
        """At most `limit` events after a position, by position."""
        return self._select("WHERE rowid > ? ORDER BY rowid LIMIT ?", (position, limit))

    def of_streams(self, streams: Sequence[UUID], up_to: int) -> Iterable[Row]:
        """The events of the given streams up to a position, by stream and version."""
        marks = ", ".join("?" * len(streams))
        return self._select(
            f"WHERE originator_id IN ({marks}) AND rowid <= ? ORDER BY originator_id, originator_version",
            (*(stream.hex for stream in streams), up_to),
        )

    def by_stream(self, stream: UUID, version: int, up_to: int, limit: int) -> Iterable[Row]:
        """At most `limit` events up to a position, by stream and version, after the given version of a stream."""
        return self._select(
            "WHERE (originator_id, originator_version) > (?, ?) AND rowid <= ? "
            "ORDER BY originator_id, originator_version LIMIT ?",
            (stream.hex, version, up_to, limit),
        )

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A completed command; null without one for this key and caller."""
        with self._readers.transaction(commit=False) as cursor:
            return find_command(cursor, key, caller)

    def _select(self, which: str, parameters: Sequence[object]) -> Iterable[Row]:
        with self._readers.transaction(commit=False) as cursor:
            cursor.sqlite_cursor.row_factory = None
            cursor.execute(_SELECT + which, parameters)
            rows = cursor.fetchall()
        return [
            (position, read_id_cached(stream), version, topic, state)
            for position, stream, version, topic, state in rows
        ]


_SELECT = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "


class SQLiteLog(Log):
    """The log in the file `log.db` of a data folder, which only this process may open."""

    _touch = "UPDATE chain_end SET position = position"

    def __init__(
        self,
        lock: FolderLock,
        store: SQLiteWriteStore,
        mapper: EventMapper,
        writer: LogWriter,
        engine: Engine,
    ) -> None:
        """Combine open parts; use `open_sqlite`."""
        super().__init__(SQLiteReadStore(store), mapper, writer, engine)
        self._lock = lock
        self._store = store

    def head(self) -> int:
        """The position of the last event; 0 when the log is empty."""
        return self._writer.head.position

    def state_version(self) -> int | None:
        """A number that changes with every state change; never null, since no other process changes the state."""
        return self._writer.state_changes

    def settle_state(self) -> None:
        """Return at once, since no other process uses the file."""

    def wait(self, after: int, timeout: float, cancelled: Cancelled = never) -> int:
        """Wait for an event after a position, at most `timeout` seconds; returns the last event's position."""
        return self._writer.wait(after, timeout, cancelled)

    def wake(self) -> None:
        """Let everybody who waits check whether the wait was cancelled."""
        self._writer.wake()

    def close(self) -> None:
        """Reject new requests, finish the pending ones, close the file and unlock the folder."""
        super().close()
        self._lock.release()


def open_sqlite(
    folder: Path, clock: Callable[[], datetime] = now, clock_tolerance: timedelta | None = None
) -> SQLiteLog:
    """Open the log of a data folder; both are created if missing.

    Raises `FolderInUse`, `CopyWithoutWal` and `LogUnavailable`.
    """
    lock = FolderLock(folder)
    try:
        refuse_copy(folder)
        store = SQLiteWriteStore(folder / FILE)
        mark = token_hex(16)
        with suppress(LogFault):  # a store that cannot be written is read without a mark
            store.mark(mark)
            lock.write_mark(mark)
    except OSError as fault:
        lock.release()
        raise unusable(folder, fault) from fault
    except LogUnavailable as fault:
        lock.release()
        if free_bytes(folder) < ROOM_TO_START:
            raise DiskFull(f"The disk of the folder {folder} is full. Free some space, and start again.") from fault
        raise
    except BaseException:
        lock.release()
        raise
    mapper = EventMapper()
    writer = LogWriter(store, mapper, clock, clock_tolerance)
    return SQLiteLog(lock, store, mapper, writer, reading_engine(folder / FILE))
