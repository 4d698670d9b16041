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
    _by_engagement: dict[UUID, UUID] = field(default_factory=dict)

    def client_of(self, event: Event) -> UUID:
        """The id of the client that an event belongs to."""
        match event:
            case Client.Event():
                return event.originator_id
            case Slug.Created() | Engagement.Created():
                return event.client
            case _:
                engagement = event.originator_id
                client = self._by_engagement.get(engagement)
                if client is None:
                    first = self.log.stream(engagement)[0].event
                    assert isinstance(first, Engagement.Created)  # noqa: S101  (for the type checker)
                    client = self._by_engagement[engagement] = first.client
                return client
