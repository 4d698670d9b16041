"""What goes into the log and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from eventsourcing.persistence import Notification
from sqlalchemy import Connection

from projections.log.payloads import Event

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Recorded(NamedTuple):
    """An event and its place in the whole log (1 is the first)."""

    position: int
    event: Event


class LogHead(NamedTuple):
    """Where the log ends: the place of its last event (0 when it is empty) and the instant of its recording (UTC)."""

    position: int = 0
    recorded_at: datetime = BEGINNING


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is carried out once, whoever repeats it.

    The pair of `key` and `caller` is its identity (no key: it can be repeated), `request_hash` tells whether a
    repetition asks for the same. `answer` makes, from the events as they are recorded, the bytes that a repetition is
    answered with; they are stored in the events' own transaction. `also` writes what is kept beside the events there.
    """

    key: str | None
    caller: str
    request_hash: str
    answer: Callable[[Sequence[Recorded]], bytes]
    also: Callable[[Connection, Sequence[Recorded]], None] | None = None


class KnownCommand(NamedTuple):
    """A command that was carried out: what was asked (hashed), what was answered, and when that was recorded (UTC)."""

    request_hash: str
    answer: bytes
    recorded_at: datetime


class PlacedEvent(NamedTuple):
    """An event with the place that the log gave it, as it is and as it is stored."""

    event: Event
    notification: Notification


class CommandRow(NamedTuple):
    """A command as the log keeps it; `recorded_at` in microseconds since 1970 (UTC)."""

    caller: str
    key: str
    request_hash: str
    answer: bytes
    recorded_at: int


def now() -> datetime:
    """The clock of the machine (UTC)."""
    return datetime.now(UTC)


def microseconds(instant: datetime) -> int:
    """An instant as microseconds since 1970 (UTC)."""
    since = instant - BEGINNING
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_microseconds(instant: int) -> datetime:
    """The instant (UTC) that is so many microseconds after 1970 began."""
    return BEGINNING + timedelta(microseconds=instant)
