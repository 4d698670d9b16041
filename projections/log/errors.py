"""What can go wrong with the log, as words."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID


class LogFault(Exception):  # noqa: N818  (the words name conditions; the first of them is the family's name)
    """Something is wrong with the log."""


class FolderInUse(LogFault):
    """Another server works in the same data folder."""

    def __init__(self, folder: Path, process: str) -> None:
        """`process` is what the other one wrote into the lock file: its process id, or nothing."""
        holder = f"by process {process}" if process else "by another process"
        super().__init__(f"The data folder {folder} is in use {holder}. One server at a time may write there.")
        self.folder = folder


class NotMigrated(LogFault):
    """The database has no log, or one made for another version of the program."""


class LogClosed(LogFault):
    """The log is closed, or closing, and takes nothing more."""


class DiskFull(LogFault):
    """Nothing was recorded: there is no space left where the log is kept. Reading goes on."""


class LogUnavailable(LogFault):
    """Nothing is known to be recorded: the database does not answer, or failed. Try again in a moment."""


class NoBackup(LogFault):
    """This database is not backed up by the program."""


class UnknownTopic(LogFault):
    """An event is of no kind that this program knows."""

    def __init__(self, topic: str) -> None:
        """`topic` is what the log calls that kind."""
        super().__init__(f"The topic {topic!r} is not one of this program's events.")
        self.topic = topic


class Undecodable(LogFault):
    """A recorded event cannot be read. Names the event and says nothing of what is in it."""

    def __init__(self, topic: str, stream: UUID | str, version: int, why: str) -> None:
        """`why` must not quote the payload."""
        super().__init__(f"The event {topic!r}, version {version} of stream {stream}, cannot be read: {why}.")
        self.topic = topic
        self.stream = stream
        self.version = version


class CommandKnown(LogFault):
    """The command with that key was carried out before; nothing was recorded now."""

    def __init__(self, request_hash: str, answer: bytes) -> None:
        """What was asked then (hashed), and what was answered."""
        super().__init__("The command with that key was carried out before.")
        self.request_hash = request_hash
        self.answer = answer
