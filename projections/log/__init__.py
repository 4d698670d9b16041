"""The event log: an append-only, totally ordered store of the domain's events, in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from projections.log.application import NotCached, PendingResult
from projections.log.entries import Batch, Command, History, KnownCommand, Recorded, Unreadable, now
from projections.log.errors import (
    ClockAhead,
    CommandKnown,
    CopyWithoutWal,
    DiskFull,
    FolderInUse,
    LogClosed,
    LogFault,
    LogUnavailable,
    NotMigrated,
    Undecodable,
    UnknownTopic,
    UnreadableEvent,
)
from projections.log.log import Log
from projections.log.payloads import Event
from projections.log.postgres_log import open_postgres
from projections.log.postgres_schema import migrate
from projections.log.sqlite_log import open_sqlite

__all__ = [
    "Batch",
    "ClockAhead",
    "Command",
    "CommandKnown",
    "CopyWithoutWal",
    "DiskFull",
    "Event",
    "FolderInUse",
    "History",
    "KnownCommand",
    "Log",
    "LogClosed",
    "LogFault",
    "LogUnavailable",
    "NotCached",
    "NotMigrated",
    "PendingResult",
    "Recorded",
    "Undecodable",
    "UnknownTopic",
    "Unreadable",
    "UnreadableEvent",
    "migrate",
    "open_log",
]


def open_log(
    place: Path | str,
    *,
    clock: Callable[[], datetime] = now,
    connections: int = 8,
    clock_tolerance: timedelta | None = None,
) -> Log:
    """Open a firm's log.

    `place` is a data folder for SQLite, created if it does not exist, or the URL of a migrated PostgreSQL database
    (`postgresql://...`), where `connections` limits concurrent readers. `clock` returns the time in UTC;
    with a `clock_tolerance`, events are refused (`ClockAhead`) when it jumps ahead by more than that. Raises
    `FolderInUse` when another server uses the folder, `NotMigrated` and `LogUnavailable`.
    """
    if isinstance(place, Path):
        return open_sqlite(place, clock, clock_tolerance)
    return open_postgres(place, clock, connections, clock_tolerance)
