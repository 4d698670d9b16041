"""The errors of the log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID


class LogFault(Exception):  # noqa: N818  (the words name conditions; the first of them is the family's name)
    """The log failed, or refused a request."""


class FolderInUse(LogFault):
    """Another server uses the data folder."""

    def __init__(self, folder: Path, process: str) -> None:
        """`process` is the process id in the lock file, or an empty string."""
        holder = f"by process {process}" if process else "by another process"
        super().__init__(f"The data folder {folder} is in use {holder}. One server at a time may write there.")
        self.folder = folder


class NotMigrated(LogFault):
    """The database has no log schema, or the schema of another version of the program."""


class LogClosed(LogFault):
    """The log is closed, or closing, and accepts no requests."""


class DiskFull(LogFault):
    """Nothing was recorded: the disk of the log is full. Reading still works."""


class LogUnavailable(LogFault):
    """The database failed or does not respond, so the outcome is unknown. Callers may retry."""


class ClockAhead(LogFault):
    """Nothing was recorded: the clock of this machine has jumped ahead. Reading still works."""

    def __init__(self, instant: datetime, expected: datetime) -> None:
        """What the clock says, and what it should say about now (UTC)."""
        super().__init__(
            f"The clock of this server says {instant:%Y-%m-%d %H:%M:%S} UTC, and should say about "
            f"{expected:%Y-%m-%d %H:%M:%S} UTC: it has jumped ahead. Nothing is recorded with that time. "
            "Set the clock right. If it is right now, restart the server."
        )
        self.instant = instant
        self.expected = expected


class CopyWithoutWal(LogFault):
    """The log's file was copied from a running server without its write-ahead log."""

    def __init__(self, path: Path) -> None:
        """`path` is the file."""
        super().__init__(
            f"The file {path} was copied while a server had it open, without the file {path.name}-wal beside it: "
            "its last records are missing. Copy the whole folder while no server runs, or use `seatline backup`."
        )


class UnknownTopic(LogFault):
    """An event's topic is unknown to this version of the program."""

    def __init__(self, topic: str) -> None:
        """`topic` is the event's topic in the log."""
        super().__init__(f"The topic {topic!r} is not one of this program's events.")
        self.topic = topic


class Undecodable(LogFault):
    """A stored event cannot be decoded. The message names the event and never quotes its payload."""

    def __init__(self, topic: str, stream: UUID | str, version: int, why: str) -> None:
        """`why` is the reason; it must not quote the payload."""
        super().__init__(f"The event {topic!r}, version {version} of stream {stream}, cannot be read: {why}.")
        self.topic = topic
        self.stream = stream
        self.version = version


class CommandKnown(LogFault):
    """A command with this key was already completed; nothing was recorded."""

    def __init__(self, request_hash: str, answer: bytes) -> None:
        """The hash of the original request, and the response to it."""
        super().__init__("A command with this key was already completed.")
        self.request_hash = request_hash
        self.answer = answer
