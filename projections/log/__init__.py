"""The event log: what was recorded, in one order, and never changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from projections.log.entries import Command, KnownCommand, Recorded, now
from projections.log.errors import (
    CommandKnown,
    DiskFull,
    FolderInUse,
    LogClosed,
    LogFault,
    LogUnavailable,
    NoBackup,
    NotMigrated,
    Undecodable,
    UnknownTopic,
)
from projections.log.log import Log
from projections.log.payloads import Event
from projections.log.sqlite import open_sqlite

__all__ = [
    "Command",
    "CommandKnown",
    "DiskFull",
    "Event",
    "FolderInUse",
    "KnownCommand",
    "Log",
    "LogClosed",
    "LogFault",
    "LogUnavailable",
    "NoBackup",
    "NotMigrated",
    "Recorded",
    "Undecodable",
    "UnknownTopic",
    "open_log",
]


def open_log(folder: Path, *, clock: Callable[[], datetime] = now) -> Log:
    """Open the log of a firm.

    `folder` is the data folder of an SQLite log, made where there is none. `clock` tells the time in UTC.
    Raises `FolderInUse` when another server works there, and `LogUnavailable`.
    """
    return open_sqlite(folder, clock)
