"""The streams that are stopped, because one of their events cannot be read or projected.

A stopped stream keeps the rows from before that event, and its later events are left out, until the event can be read.
All other streams are unaffected. The marks are in the store of the read models and are written with the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from secrets import randbits
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, bindparam, delete, insert, select

from domain.client import Client, Slug, slug_id
from domain.engagement import Engagement
from projections.column_types import Id, storable_text
from projections.log import Event, Log, Unreadable, UnreadableEvent
from projections.read_model import METADATA

NEAR: Final = 2_000
"""How many events before and after an event are searched for what names its client."""
_GENERATION_BITS: Final = 62

STOPPED_STREAMS = Table(
    "stopped_streams",
    METADATA,
    Column("stream_id", Id, primary_key=True),
    Column("bad_stream_id", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("client_id", Id),
)
"""`bad_stream_id` is the stream of the event that cannot be read.

An engagement also stops where its client's first event cannot be read, because a client without a name is on no list.
"""


class StoppedStream(NamedTuple):
    """A stream, and the event at which it stopped; `client` is null where it cannot be known."""

    stream: UUID
    bad_stream: UUID
    position: int
    version: int
    topic: str
    why: str
    client: UUID | None

    @classmethod
    def at(cls, event: Unreadable, client: UUID | None) -> StoppedStream:
        """The stream of an event that cannot be read."""
        return cls(event.stream, event.stream, event.position, event.version, event.topic, event.why, client)

    @property
    def fault(self) -> UnreadableEvent:
        """The error to raise when this stream is read."""
        fault = UnreadableEvent(self.topic, self.bad_stream, self.version, self.why, self.position)
        fault.client = self.client
        return fault


@dataclass(frozen=True)
class StoppedStreams:
    """All stopped streams of a store; `generation` is another number whenever they change."""

    by_stream: Mapping[UUID, StoppedStream] = field(default_factory=dict)
    generation: int = 0

    def check(self, stream_or_client: UUID) -> None:
        """Raise `UnreadableEvent` if the stream, or a stream of the client, is stopped."""
        if self.by_stream:
            stopped = self.by_stream.get(stream_or_client) or self.by_client.get(stream_or_client)
            if stopped is not None:
                raise stopped.fault

    @cached_property
    def by_client(self) -> Mapping[UUID, StoppedStream]:
        """For each client with a stopped stream, the first event that cannot be read."""
        newest_first = sorted(self.by_stream.values(), key=lambda stopped: -stopped.position)
        return {stopped.client: stopped for stopped in newest_first if stopped.client is not None}

    @property
    def causes(self) -> list[StoppedStream]:
        """The streams that have an event that cannot be read, by its position."""
        causes = (stopped for stopped in self.by_stream.values() if stopped.stream == stopped.bad_stream)
        return sorted(causes, key=lambda stopped: stopped.position)


NONE_STOPPED: Final = StoppedStreams()


def new_generation() -> int:
    """A number that no other change of stopped streams has."""
    return randbits(_GENERATION_BITS) + 1


def read_stopped(connection: Connection, generation: int) -> StoppedStreams:
    """The stopped streams in a store of read models. A store of generation 0 never had one."""
    if not generation:
        return NONE_STOPPED
    rows = connection.execute(select(STOPPED_STREAMS))
    return StoppedStreams({row.stream_id: StoppedStream(*row) for row in rows}, generation)


def write_stopped(connection: Connection, stopped: Iterable[StoppedStream]) -> None:
    """Mark streams as stopped, replacing their earlier marks."""
    marks = list(stopped)
    if marks:
        remove_stopped(connection, (mark.stream for mark in marks))
        connection.execute(
            insert(STOPPED_STREAMS),
            [
                {
                    "stream_id": mark.stream,
                    "bad_stream_id": mark.bad_stream,
                    "position": mark.position,
                    "version": mark.version,
                    "topic": storable_text(mark.topic),
                    "why": mark.why,
                    "client_id": mark.client,
                }
                for mark in marks
            ],
        )


def remove_stopped(connection: Connection, streams: Iterable[UUID]) -> None:
    """Remove the marks of streams that resume."""
    for stream in streams:
        connection.execute(delete(STOPPED_STREAMS).where(STOPPED_STREAMS.c.stream_id == stream))


def remove_rows(connection: Connection, tables: Iterable[Table], stream: UUID) -> None:
    """Remove all rows of a stream."""
    for table in tables:
        connection.execute(delete(table).where(table.c.stream_id == bindparam("stream", stream, type_=Id)))


def stopped_with_client(event: Event, stopped: Mapping[UUID, StoppedStream]) -> StoppedStream | None:
    """The mark of a new engagement whose client's first event cannot be read; null for all other streams."""
    if not isinstance(event, Engagement.Created):
        return None
    of_client = stopped.get(event.client)
    if of_client is None or of_client.version > 1:
        return None
    return of_client._replace(stream=event.originator_id, client=event.client)


def client_of_stream(log: Log, event: Unreadable) -> UUID | None:
    """The client that the stream of an unreadable event belongs to; null if no readable event names it."""
    if event.topic.startswith("client."):
        return event.stream
    history = log.histories([event.stream]).get(event.stream)
    if history is not None and history.events:
        return _client_named(history.events[0].event, event.stream)
    after = max(event.position - NEAR, 0)
    while after < event.position + NEAR:
        batch = log.scan(after, NEAR)
        for recorded in batch.events:
            client = _client_named(recorded.event, event.stream)
            if client is not None:
                return client
        if batch.position == after:
            break
        after = batch.position
    return None


def _client_named(event: Event, stream: UUID) -> UUID | None:
    """The client of a stream, if an event names it."""
    match event:
        case Slug.Created() | Engagement.Created() if stream in (event.originator_id, event.client):
            return event.client
        case Client.Created() if slug_id(event.slug) == stream:
            return event.originator_id
        case Client.EngagementBounded() if event.engagement == stream:
            return event.originator_id
        case Client.Event() if event.originator_id == stream:
            return event.originator_id
        case _:
            return None
