"""The firm's words for tests: what was known, what is done now, and what then holds, or why it is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.domain import Aggregate, CanMutateAggregate

from domain.application import Desk

R = TypeVar("R")


class Cabinet:
    """A log in memory: every stream with its events, which are replayed for every fetch."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[CanMutateAggregate[UUID]]] = {}
        self.recorded_at: list[tuple[datetime | None, CanMutateAggregate[UUID]]] = []

    def fetch(self, aggregate_id: UUID) -> Aggregate:
        aggregate: Aggregate | None = None
        for event in self.streams.get(aggregate_id, ()):
            aggregate = event.mutate(aggregate)
        if aggregate is None:
            raise AggregateNotFoundError(aggregate_id)
        return aggregate

    def tell(self, use_case: Callable[[Desk], R], at: datetime | None = None) -> R:
        """Run a use case and keep everything it changed."""
        desk = Desk(self.fetch)
        answer = use_case(desk)
        for aggregate in desk.held:
            events = aggregate.collect_events()
            stream = self.streams.setdefault(aggregate.id, [])
            stream += events
            assert [event.originator_version for event in stream] == list(range(1, len(stream) + 1))
            self.recorded_at += [(at, event) for event in events]
        return answer
