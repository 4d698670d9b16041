"""Maps events to stored events (a topic and JSON bytes) and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson
from eventsourcing.domain import Aggregate, DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent
from eventsourcing.utils import get_topic

from projections.log.errors import Undecodable, UnknownTopic
from projections.log.payloads import (
    AGGREGATES,
    PAYLOADS,
    Event,
    Json,
    Payload,
    class_version_of,
    json_default,
    read_id_cached,
    upcast,
)

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What decoding a damaged payload may raise."""


class EventMapper(Mapper[UUID]):
    """Maps the event classes of its payloads, and no others.

    Topics are looked up among these classes, so a topic in the log never causes an import.
    """

    def __init__(self, payloads: Sequence[Payload] = PAYLOADS) -> None:
        """`payloads` define every event class that may be stored."""
        super().__init__(JSONTranscoder())
        self._by_class = {
            payload.event: (get_topic(payload.event), class_version_of(payload.event), payload.write)
            for payload in payloads
        }
        self._by_topic = {
            get_topic(payload.event): (
                payload.event,
                class_version_of(payload.event),
                payload.read,
                self._created_by(payload.event),
            )
            for payload in payloads
        }

    @staticmethod
    def _created_by(event: type[Aggregate.Event]) -> str | None:
        return get_topic(AGGREGATES[event]) if event in AGGREGATES else None

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Encode an event. Raises `UnknownTopic`, and `TypeError` for a value that JSON cannot represent."""
        event = cast("Event", domain_event)
        return StoredEvent(event.originator_id, event.originator_version, *self._dump(event, event.timestamp))

    def notification(self, event: Event, recorded_at: datetime, position: int) -> Notification:
        """Encode an event at a position, with `recorded_at` (UTC) in place of its own timestamp."""
        topic, state = self._dump(event, recorded_at)
        return Notification(event.originator_id, event.originator_version, topic, state, position)

    def _dump(self, event: Event, recorded_at: datetime) -> tuple[str, bytes]:
        kind = type(event)
        if kind not in self._by_class:
            raise UnknownTopic(get_topic(kind), event.originator_id, event.originator_version)
        topic, version, write = self._by_class[kind]
        state: Json = {
            "recorded_at": recorded_at.isoformat(timespec="microseconds"),
            "recorded_by": event.recorded_by,
            **write(event),
        }
        if version > 1:
            state["class_version"] = version
        return topic, orjson.dumps(state, default=json_default)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Decode a stored event. Raises `UnknownTopic` and `Undecodable`."""
        return self.load(
            stored_event.topic,
            cast("UUID", stored_event.originator_id),
            stored_event.originator_version,
            stored_event.state,
        )

    def load(self, topic: str, stream: UUID, version: int, payload: bytes) -> Event:
        """Decode the columns of a stored event. Raises `UnknownTopic` and `Undecodable`."""
        if topic not in self._by_topic:
            raise UnknownTopic(topic, stream, version)
        kind, current, read, aggregate = self._by_topic[topic]
        try:
            state = orjson.loads(payload)
            if (written := state.get("class_version", 1)) != current:
                upcast(kind, current, state, written)
            attributes = read(state)
            attributes["timestamp"] = datetime.fromisoformat(state["recorded_at"])
            attributes["recorded_by"] = read_id_cached(state["recorded_by"])
        except _UNREADABLE as fault:
            # raised below, outside of this block: the error may quote the payload and must not be chained
            why = type(fault).__name__
        else:
            attributes["originator_id"] = stream
            attributes["originator_version"] = version
            if aggregate is not None:
                attributes["originator_topic"] = aggregate
            # as the library does it: events are frozen, and calling their constructors would dominate the cost
            event = object.__new__(kind)
            object.__setattr__(event, "__dict__", attributes)
            return cast("Event", event)
        raise Undecodable(topic, stream, version, why)


def with_timestamp(event: Event, recorded_at: datetime) -> Event:
    """A copy of an event with `recorded_at` as its timestamp."""
    copy = object.__new__(type(event))
    object.__setattr__(copy, "__dict__", {**vars(event), "timestamp": recorded_at})
    return copy
