"""The log in an SQLite file: one process writes there, and reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Engine

from projections.log.entries import KnownCommand, now
from projections.log.log import Log, Row
from projections.log.mapper import EventMapper
from projections.log.payloads import read_id_cached
from projections.log.sqlite import FILE, FolderLock, reading_engine
from projections.log.sqlite_store import SQLiteWriteStore, find_command
from projections.log.writer import LogWriter

T = TypeVar("T")


class SQLiteReadStore:
    """The readers' side of the file."""

    def __init__(self, ledger: SQLiteWriteStore) -> None:
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
            cursor.sqlite_cursor.row_factory = None
            cursor.execute(_SELECT + which, parameters)
            rows = cursor.fetchall()
        return [
            (position, read_id_cached(stream), version, topic, state)
            for position, stream, version, topic, state in rows
        ]


_SELECT = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "


class SQLiteLog(Log):
    """The log in the file of a data folder; this process is the only one that writes there."""

    def __init__(
        self,
        lock: FolderLock,
        ledger: SQLiteWriteStore,
        mapper: EventMapper,
        writer: LogWriter,
        engine: Engine,
    ) -> None:
        """The parts, open; `open_sqlite` puts them together."""
        super().__init__(SQLiteReadStore(ledger), mapper, writer, engine)
        self._lock = lock
        self._ledger = ledger

    def head(self) -> int:
        """The position of the last recorded event; 0 when there is none."""
        return self._writer.head.position

    def kept_mark(self) -> int | None:
        """A number that is another one after each change of the kept state: no other process changes it."""
        return self._writer.state_changes

    def wait(self, after: int, timeout: float) -> int:
        """Wait until something is recorded after a position, or that many seconds; tells the head."""
        return self._writer.wait(after, timeout)

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
        ledger = SQLiteWriteStore(folder / FILE)
    except BaseException:
        lock.release()
        raise
    mapper = EventMapper()
    return SQLiteLog(lock, ledger, mapper, LogWriter(ledger, mapper, clock), reading_engine(folder / FILE))
