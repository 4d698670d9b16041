"""The application of the domain, with the log below it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Any, Generic, TypeVar, cast
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

from domain.application import Desk, Engagements, Told, TooBusy
from projections.log.entries import Command
from projections.log.mapper import EventMapper
from projections.log.payloads import Event
from projections.log.writer import Writer

R = TypeVar("R")

AGGREGATES_KEPT = 2_000
"""Clients and engagements that are kept for those who change them next."""

RACES = 5
"""How often a use case tries to be faster than other writers before it decides while they wait."""

LONGEST_AT_HAND = 200
"""Events of an aggregate beyond which deciding takes so long that nobody else may have to wait for it."""


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

    def decide(self, decide: Callable[[], Sequence[Event]], command: Command | None) -> list[Recording[UUID]]:
        """Record what is decided while no other writer can be faster."""
        return self._writer.decide(decide, command)

    def begin(
        self, domain_events: Sequence[DomainEventProtocol[UUID]], command: Command | None
    ) -> Future[list[Recording[UUID]]]:
        """The same without waiting."""
        return self._writer.begin(cast("Sequence[Event]", domain_events), command)


class NotAtHand(Exception):  # noqa: N818  (a condition, not an error in the program)
    """What a use case works on would have to be read first."""


@dataclass(frozen=True, slots=True)
class Begun(Generic[R]):
    """What a use case answered, and what is being recorded of it."""

    answer: R
    recordings: Future[list[Recording[UUID]]]


class LogRepository(Repository[UUID]):
    """Reads aggregates, those that were read lately from their newest events alone.

    What is kept of an aggregate is a copy that nobody else has, and its events only ever replace its attributes (the
    domain's values are immutable); every reading asks the log for what was recorded since. So neither threads nor
    other processes can make it wrong, unlike the library's cache.
    """

    def __init__(self, store: LogStore) -> None:
        """Nothing is kept yet."""
        super().__init__(store)
        self._kept: OrderedDict[UUID, Any] = OrderedDict()
        self._keeping = Lock()

    def get(self, aggregate_id: UUID, **options: Any) -> Any:
        """An aggregate as its events leave it. Raises `AggregateNotFoundError`."""
        if options:
            return super().get(aggregate_id, **options)
        kept = self._kept.get(aggregate_id)
        if kept is None:
            aggregate = super().get(aggregate_id, projector_func=_replay)
        else:
            aggregate = _replay(_twin(kept), self.event_store.get(aggregate_id, gt=kept.version))
        if kept is None or kept.version < aggregate.version:
            self._keep(aggregate)
        return aggregate

    def at_hand(self, aggregate_id: UUID) -> Any:
        """An aggregate as it is kept, perhaps behind its events; raises `NotAtHand` where that is none, or a long one.

        Reads nothing. Whatever is recorded on top of one that is behind meets another event of the same version.
        """
        kept = self._kept.get(aggregate_id)
        if kept is None or kept.version > LONGEST_AT_HAND:
            raise NotAtHand
        return _twin(kept)

    def learn(self, events: Iterable[Any]) -> None:
        """Bring what is kept up to events that were recorded."""
        for event in events:
            kept = self._kept.get(event.originator_id)
            if kept is not None and kept.version + 1 == event.originator_version:
                self._keep(event.mutate(_twin(kept)))

    def _keep(self, aggregate: Any) -> None:
        with self._keeping:
            kept = self._kept.get(aggregate.id)
            if kept is None or kept.version < aggregate.version:
                self._kept[aggregate.id] = _twin(aggregate)
            self._kept.move_to_end(aggregate.id)
            if len(self._kept) > AGGREGATES_KEPT:
                self._kept.popitem(last=False)


def _twin(aggregate: Any) -> Any:
    """The same aggregate as another object, with nothing pending."""
    twin = copy(aggregate)
    vars(twin)["_pending_events"] = []
    return twin


def _replay(aggregate: Any, events: Iterable[Any]) -> Any:
    # Asking of every event whether it can change an aggregate, as the library does, takes half of the time.
    for event in events:
        aggregate = event.mutate(aggregate)
    return aggregate


class NothingDecided(Exception):  # noqa: N818  (an outcome, not an error)
    """A use case changed nothing, so that there is nothing to record."""


class LoggedEngagements(Engagements):
    """The engagements that are in a log."""

    name = Engagements.name
    most_tries = RACES

    def __init__(self, store: LogStore) -> None:
        """`store` is open, and whoever opened it closes it."""
        self._store = store
        self._kept = LogRepository(store)
        self._turns = Lock()
        super().__init__()

    def tell(self, use_case: Callable[[Desk], R], *, command: object = None) -> Told[R]:
        """Run a use case and save everything it changed as a whole; see `Engagements.tell`.

        Whoever lost a race to another writer decides again in turn with the other losers of this process: were all of
        them to try at once, all but one would lose again, and some of them every time. Whoever goes on losing decides
        while all other writers wait, so that nobody is ever sent away.
        """
        with ExitStack() as turn:
            tries = count(1)

            def decide(desk: Desk) -> R:
                if next(tries) == 2:
                    turn.enter_context(self._turns)
                return use_case(desk)

            try:
                told = super().tell(decide, command=command)
            except TooBusy:
                told = self._tell_alone(use_case, command)
        self.learn(told.recordings)
        return told

    def _tell_alone(self, use_case: Callable[[Desk], R], command: object) -> Told[R]:
        decided: list[R] = []

        def decide() -> Sequence[Event]:
            desk = Desk(self._kept.get, self.today())
            decided[:] = [use_case(desk)]
            events = [event for aggregate in desk.held for event in aggregate.collect_events()]
            if not events:
                raise NothingDecided
            return cast("list[Event]", events)

        try:
            recordings = self._store.decide(decide, cast("Command | None", command))
        except NothingDecided:
            return Told(decided[0], ())
        return Told(decided[0], recordings)

    def begin(
        self, use_case: Callable[[Desk], R], *, command: Command | None = None, at_hand: bool = False
    ) -> Begun[R]:
        """Run a use case once and have everything it changed recorded as a whole, without waiting for that.

        `at_hand` reads nothing: it decides on what is kept, which may be behind, and raises `NotAtHand` where there is
        none. Then a refusal is to be asked again. The recordings fail with the library's `IntegrityError` when another
        writer was faster: `tell` decides anew.
        """
        desk = Desk(self._kept.at_hand if at_hand else self._kept.get, self.today())
        answer = use_case(desk)
        events = [event for aggregate in desk.held for event in aggregate.collect_events()]
        return Begun(answer, self._store.begin(events, command))

    def learn(self, recordings: Iterable[Recording[UUID]]) -> None:
        """Bring what is kept for those who write next up to what was recorded."""
        self._kept.learn(recording.domain_event for recording in recordings)

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
        """Neither the library's snapshots nor its cache: the one is not needed, the other not safe with threads."""
        return self._kept
