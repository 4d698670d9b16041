"""The values that are written to and read from the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import Notification
from sqlalchemy import Connection

from projections.log.payloads import Event

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Recorded(NamedTuple):
    """An event and its place in the whole log (1 is the first)."""

    position: int
    event: Event


class Unreadable(NamedTuple):
    """An event that cannot be read, and why; never its payload."""

    position: int
    stream: UUID
    version: int
    topic: str
    why: str


class Batch(NamedTuple):
    """The next events of the log: those that can be read, those that cannot, and the position of the last of all."""

    events: Sequence[Recorded]
    unreadable: Sequence[Unreadable]
    position: int


class History(NamedTuple):
    """The events of a stream before the first that cannot be read, that one (null: none), and the number of all."""

    stream: UUID
    events: Sequence[Recorded]
    unreadable: Unreadable | None
    size: int


class LogHead(NamedTuple):
    """The end of the log: the position of the last event (0 when empty) and when it was recorded (UTC)."""

    position: int = 0
    recorded_at: datetime = BEGINNING


@dataclass(frozen=True, slots=True)
class Command:
    """An idempotent command: repeated requests are answered from the log and change nothing.

    `key` and `caller` identify it (a null key means that it is not idempotent); `request_hash` tells whether a repeated
    request is the same. `answer` computes the stored response from the recorded events, and `also` writes state that
    belongs to them; both run in the events' transaction.
    """

    key: str | None
    caller: str
    request_hash: str
    answer: Callable[[Sequence[Recorded]], bytes]
    also: Callable[[Connection, Sequence[Recorded]], None] | None = None


class KnownCommand(NamedTuple):
    """A completed command: the hash of its request, its stored response, and when it was recorded (UTC)."""

    request_hash: str
    answer: bytes
    recorded_at: datetime


class PlacedEvent(NamedTuple):
    """An event with its position and timestamp in the log, and its stored form."""

    event: Event
    notification: Notification


class CommandRow(NamedTuple):
    """A row of the table of completed commands; `recorded_at` is in microseconds since 1970 (UTC)."""

    caller: str
    key: str
    request_hash: str
    answer: bytes
    recorded_at: int


def now() -> datetime:
    """The current time (UTC)."""
    return datetime.now(UTC)


def microseconds(instant: datetime) -> int:
    """An instant as microseconds since 1970 (UTC)."""
    since = instant - BEGINNING
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_microseconds(instant: int) -> datetime:
    """The instant (UTC) of a number of microseconds since 1970."""
    return BEGINNING + timedelta(microseconds=instant)
