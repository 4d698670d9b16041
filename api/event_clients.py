"""The clients that events belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from domain.client import Client, Slug
from domain.engagement import Engagement
from projections.log import Event, Log


@dataclass(frozen=True, slots=True)
class EventClients:
    """Finds the client of each event, and remembers those of engagements while one request is answered."""

    log: Log
    _by_engagement: dict[UUID, UUID | None] = field(default_factory=dict)

    def client_of(self, event: Event) -> UUID | None:
        """The id of the client that an event belongs to; null where the first event of its stream cannot be read."""
        match event:
            case Client.Event():
                return event.originator_id
            case Slug.Created() | Engagement.Created():
                return event.client
            case _:
                engagement = event.originator_id
                if engagement not in self._by_engagement:
                    events = self.log.histories([engagement])[engagement].events
                    first = events[0].event if events else None
                    self._by_engagement[engagement] = first.client if isinstance(first, Engagement.Created) else None
                return self._by_engagement[engagement]
