"""The errors of the log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from domain.errors import RecordUnreadable


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


class UnreadableEvent(LogFault, RecordUnreadable):
    """A stored event cannot be read, so its stream is stopped. The message never quotes the event's payload."""

    def __init__(self, topic: str, stream: UUID, version: int, why: str, position: int | None = None) -> None:
        """`why` is the reason, which must not quote the payload; `position` is null until it was looked up."""
        super().__init__(topic, stream, version, why, position)
        self.topic = topic
        self.stream = stream
        self.version = version
        self.why = why
        self.position = position
        self.client: UUID | None = None
        """The client that the event belongs to, if it was looked up and can be known."""

    def name_position(self, position: int | None) -> None:
        """Name the event's position, too."""
        self.position = position

    def __str__(self) -> str:
        """One sentence."""
        place = "" if self.position is None else f" at position {self.position}"
        event = f"The event {self.topic!r}{place}, version {self.version} of stream {self.stream},"
        return f"{event} cannot be read: {self.why}."


class UnknownTopic(UnreadableEvent):
    """An event's topic is unknown to this version of the program."""

    def __init__(self, topic: str, stream: UUID, version: int) -> None:
        """`topic` is the event's topic in the log."""
        super().__init__(topic, stream, version, "the topic is not one of this program's events")


class Undecodable(UnreadableEvent):
    """A stored event cannot be decoded."""


class CommandKnown(LogFault):
    """A command with this key was already completed; nothing was recorded."""

    def __init__(self, request_hash: str, answer: bytes) -> None:
        """The hash of the original request, and the response to it."""
        super().__init__("A command with this key was already completed.")
        self.request_hash = request_hash
        self.answer = answer
