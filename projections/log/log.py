"""The interface of the event log, and what SQLite and PostgreSQL have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from types import TracebackType
from typing import ClassVar, Protocol, Self, TypeVar
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder
from sqlalchemy import Connection, Engine

from projections.cache_use import CacheUse
from projections.log.application import LogEventStore, LoggedEngagements
from projections.log.entries import Batch, Command, History, KnownCommand, Recorded, Unreadable
from projections.log.errors import LogFault, UnreadableEvent
from projections.log.hash_chain import Row
from projections.log.mapper import EventMapper
from projections.log.payloads import Event
from projections.log.writer import Cancelled, LogWriter, never

T = TypeVar("T")

STREAMS_AT_ONCE = 500
EVENTS_AT_ONCE = 2_000
EVENTS_A_LOAD = 50_000
"""The number of events in one transaction of a bulk load."""
ALL = 2**63 - 1
"""A position after every event."""

_STREAM = itemgetter(1)


class ReadStore(Protocol):
    """Reads events and completed commands from the log's database."""

    @property
    def recorder(self) -> ApplicationRecorder:
        """The eventsourcing library's recorder, which reads the streams of aggregates."""

    def after(self, position: int, limit: int) -> Iterable[Row]:
        """At most `limit` events after a position, by position."""

    def of_streams(self, streams: Sequence[UUID], up_to: int) -> Iterable[Row]:
        """The events of the given streams up to a position, by stream and version."""

    def by_stream(self, stream: UUID, version: int, up_to: int, limit: int) -> Iterable[Row]:
        """At most `limit` events up to a position, by stream and version, after the given version of a stream."""

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A completed command; null without one for this key and caller."""


class Log(ABC):
    """All recorded events, and the state stored with them. The caller that opens it closes it.

    Reads raise `LogUnavailable` when the database does not respond, and `LogClosed`. `read`, `stream`, `streams` and
    `every_stream` raise `UnreadableEvent` for an event that this program cannot read; `scan`, `histories` and
    `every_history` name such events instead, for callers that must not stop there.
    """

    _touch: ClassVar[str]
    """A statement that writes a row as it is."""

    def __init__(self, source: ReadStore, mapper: EventMapper, writer: LogWriter, engine: Engine) -> None:
        """Combine open parts; use `open_log`."""
        self._source = source
        self._mapper = mapper
        self._writer = writer
        self.engine = engine
        """A read-only engine for the state."""
        self.engagements = LoggedEngagements(LogEventStore(mapper, source.recorder, writer, self._position_of))
        """The domain's application. Its events are recorded by the log's writer thread."""

    @abstractmethod
    def head(self) -> int:
        """The position of the last event; 0 when the log is empty."""

    @abstractmethod
    def wait(self, after: int, timeout: float, cancelled: Cancelled = never) -> int:
        """Wait for an event after a position, at most `timeout` seconds; returns the last event's position.

        Returns early when `cancelled` returns true, which is asked again after `wake`.
        """

    @abstractmethod
    def wake(self) -> None:
        """Let everybody who waits check whether the wait was cancelled."""

    def writing_fault(self) -> LogFault | None:
        """Why this process cannot record at present; null: it can, or it has not tried since it started."""
        return self._writer.fault

    def caches(self) -> Sequence[CacheUse]:
        """What is cached of aggregates and of the ends of streams."""
        return (self.engagements.cache_use, self._writer.cache_use)

    @property
    def commits(self) -> int:
        """The number of transactions that this process has committed."""
        return self._writer.commits

    @property
    def queue_length(self) -> int:
        """How many requests wait for the writer."""
        return self._writer.queue_length

    def try_writing(self) -> None:
        """Write something that changes nothing, to learn whether recording works again. Raises what `write` raises."""
        self._writer.write(lambda connection: connection.exec_driver_sql(self._touch), None)

    @abstractmethod
    def state_version(self) -> int | None:
        """A number that changes with every state change, for caches of the state.

        Null when changes by other processes may have been missed: then nothing may be cached.
        """

    @abstractmethod
    def settle_state(self) -> None:
        """Wait until no process uses state that was cached before this call, at most about a second.

        For changes that must hold everywhere when they are answered, such as a revoked key.
        """

    def write(self, change: Callable[[Connection], T], *, command: Command | None = None) -> T:
        """Change the state in one transaction, while no other writer is active.

        `change` runs in the writer thread, must not commit or roll back, and should be quick because other writers
        wait. If it raises, nothing is changed. The response of a `command` is stored in the same transaction. Raises
        what `change` raises, `CommandKnown` when the command was already completed, `DiskFull`, `LogUnavailable` and
        `LogClosed`.
        """
        return self._writer.write(change, command)

    def load(self, events: Iterable[Event], progress: Callable[[int], None] = lambda _: None) -> int:
        """Record many events with their own ascending timestamps (UTC); returns how many.

        `events` is consumed in the writer thread, in transactions of many events; `progress` is called with the number
        recorded so far. Committed events stay recorded when a later one fails. Raises `DiskFull`, `LogUnavailable`,
        `LogClosed`, `UnknownTopic`, the library's `IntegrityError`, and what `events` raises.
        """
        remaining, recorded = iter(events), 0
        while count := self._writer.load(remaining, EVENTS_A_LOAD):
            recorded += count
            progress(recorded)
        return recorded

    def read(self, after: int = 0, limit: int = EVENTS_AT_ONCE) -> Sequence[Recorded]:
        """At most `limit` events after a position, in log order; empty at the end of the log."""
        return list(self._recorded(self._source.after(after, limit)))

    def stream(self, stream: UUID) -> Sequence[Recorded]:
        """The events of one stream, in order; empty for an unknown stream."""
        return list(self._recorded(self._source.of_streams([stream], ALL)))

    def streams(self, streams: Iterable[UUID], up_to: int = ALL) -> Mapping[UUID, Sequence[Recorded]]:
        """The events of some streams up to a position, each in order; streams without events are left out."""
        events: dict[UUID, list[Recorded]] = defaultdict(list)
        remaining = iter(streams)
        while batch := list(islice(remaining, STREAMS_AT_ONCE)):
            for recorded in self._recorded(self._source.of_streams(batch, up_to)):
                events[recorded.event.originator_id].append(recorded)
        return dict(events)

    def every_stream(self, up_to: int) -> Iterator[tuple[UUID, Sequence[Recorded]]]:
        """Every stream with its events up to a position, ordered by stream id."""
        for stream, rows in groupby(self._rows_by_stream(up_to), _STREAM):
            yield stream, list(self._recorded(rows))

    def scan(self, after: int = 0, limit: int = EVENTS_AT_ONCE) -> Batch:
        """At most `limit` events after a position, in log order, with those that cannot be read named."""
        rows = list(self._source.after(after, limit))
        events, unreadable = self._readable(rows)
        return Batch(events, unreadable, rows[-1][0] if rows else after)

    def histories(self, streams: Iterable[UUID], up_to: int = ALL) -> Mapping[UUID, History]:
        """The events of some streams up to a position; streams without events are left out."""
        histories: dict[UUID, History] = {}
        remaining = iter(streams)
        while batch := list(islice(remaining, STREAMS_AT_ONCE)):
            for stream, rows in groupby(self._source.of_streams(batch, up_to), _STREAM):
                histories[stream] = self._history(stream, list(rows))
        return histories

    def every_history(self, up_to: int) -> Iterator[History]:
        """The events of every stream up to a position, ordered by stream id."""
        for stream, rows in groupby(self._rows_by_stream(up_to), _STREAM):
            yield self._history(stream, list(rows))

    def instant_at(self, position: int) -> datetime | None:
        """When the event at a position was recorded (UTC), or the last one before it that can be read; null: none."""
        step = 1
        while position > 0:
            after = max(position - step, 0)
            events = [recorded for recorded in self.scan(after, position - after).events if recorded[0] <= position]
            if events:
                return events[-1].event.timestamp
            position, step = after, EVENTS_AT_ONCE
        return None

    def find_command(self, key: str, caller: str) -> KnownCommand | None:
        """A completed command; null without one for this key and caller."""
        return self._source.find_command(key, caller)

    def close(self) -> None:
        """Reject new requests, finish the pending ones, and close the database."""
        self.engagements.close()
        self.engine.dispose()
        self._writer.close()

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the log."""
        self.close()

    def _recorded(self, rows: Iterable[Row]) -> Iterator[Recorded]:
        load = self._mapper.load
        position = 0
        try:
            for position, stream, version, topic, state in rows:
                yield Recorded(position, load(topic, stream, version, state))
        except UnreadableEvent as fault:
            fault.name_position(position)
            raise

    def _readable(self, rows: Sequence[Row]) -> tuple[Sequence[Recorded], Sequence[Unreadable]]:
        try:
            return list(self._recorded(rows)), ()
        except UnreadableEvent:
            pass  # rarely: then row by row
        events, unreadable = list[Recorded](), list[Unreadable]()
        for row in rows:
            try:
                events.extend(self._recorded([row]))
            except UnreadableEvent as fault:
                unreadable.append(Unreadable(row[0], fault.stream, fault.version, str(fault.topic), fault.why))
        return events, unreadable

    def _history(self, stream: UUID, rows: Sequence[Row]) -> History:
        events, unreadable = self._readable(rows)
        if not unreadable:
            return History(stream, events, None, len(rows))
        first = unreadable[0]
        earlier = [recorded for recorded in events if recorded.event.originator_version < first.version]
        return History(stream, earlier, first, len(rows))

    def _position_of(self, stream: UUID, version: int) -> int | None:
        """The position of an event; null without it."""
        rows = self._source.of_streams([stream], ALL)
        return next((position for position, _, of_row, _, _ in rows if of_row == version), None)

    def _rows_by_stream(self, up_to: int) -> Iterator[Row]:
        stream, version = UUID(int=0), 0
        while rows := list(self._source.by_stream(stream, version, up_to, EVENTS_AT_ONCE)):
            yield from rows
            _, stream, version, _, _ = rows[-1]
