"""The application of the domain, with the log below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from itertools import count
from threading import Lock
from typing import Any, TypeVar, cast
from uuid import UUID

from eventsourcing.application import Repository
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    ApplicationRecorder,
    EventStore,
    Mapper,
    Recording,
)
from eventsourcing.utils import Environment, EnvType

from domain.application import Desk, Engagements, Told
from projections.log.entries import Command
from projections.log.mapper import EventMapper
from projections.log.payloads import Event
from projections.log.writer import Writer

R = TypeVar("R")


class LogStore(EventStore[UUID]):
    """Reads streams from the recorder, and hands what is to be recorded to the writer."""

    def __init__(self, mapper: EventMapper, recorder: ApplicationRecorder, writer: Writer) -> None:
        """The three parts of a log."""
        super().__init__(mapper, recorder)
        self._writer = writer

    def put(
        self, domain_events: Sequence[DomainEventProtocol[UUID]], *, command: Command | None = None, **_: Any
    ) -> list[Recording[UUID]]:
        """Record events as a whole; the recordings have the instants that the log gave them."""
        return self._writer.append(cast("Sequence[Event]", domain_events), command) if domain_events else []


class LogRepository(Repository[UUID]):
    """Reads aggregates without asking of every event whether it can change one: that took half of the time."""

    def get(self, aggregate_id: UUID, **options: Any) -> Any:
        """An aggregate as its events leave it. Raises `AggregateNotFoundError`."""
        return super().get(aggregate_id, **{"projector_func": _replay, **options})


def _replay(aggregate: Any, events: Iterable[Any]) -> Any:
    for event in events:
        aggregate = event.mutate(aggregate)
    return aggregate


class LoggedEngagements(Engagements):
    """The engagements that are in a log."""

    name = Engagements.name

    def __init__(self, store: LogStore) -> None:
        """`store` is open, and whoever opened it closes it."""
        self._store = store
        self._turns = Lock()
        super().__init__()

    def tell(self, use_case: Callable[[Desk], R], *, command: object = None) -> Told[R]:
        """Run a use case and save everything it changed as a whole; see `Engagements.tell`.

        Whoever lost a race to another writer decides again in turn with the other losers of this process: were all of
        them to try at once, all but one would lose again, and some of them every time.
        """
        with ExitStack() as turn:
            tries = count(1)

            def decide(desk: Desk) -> R:
                if next(tries) == 2:
                    turn.enter_context(self._turns)
                return use_case(desk)

            return super().tell(decide, command=command)

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Nothing: a variable could switch on a cache that is not safe here, or snapshots, or another store."""
        return Environment(name, env)

    def construct_mapper(self) -> Mapper[UUID]:
        """The mapper of the log."""
        return self._store.mapper

    def construct_recorder(self) -> ApplicationRecorder:
        """The recorder of the log."""
        return cast("ApplicationRecorder", self._store.recorder)

    def construct_event_store(self) -> LogStore:
        """The store of the log."""
        return self._store

    def construct_repository(self) -> LogRepository:
        """Neither snapshots nor a cache: the one is not needed, the other not safe with several writers."""
        return LogRepository(self._store)
