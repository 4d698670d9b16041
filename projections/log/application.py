"""The eventsourcing application of the domain, backed by the log."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from eventsourcing.application import Repository
from eventsourcing.domain import DomainEventProtocol, EventSourcingError
from eventsourcing.persistence import (
    ApplicationRecorder,
    EventStore,
    Mapper,
    Recording,
)
from eventsourcing.utils import Environment, EnvType, get_topic

from domain.application import CommandResult, Engagements, TooBusy
from domain.engagement import Engagement
from domain.errors import Refusal
from domain.unit_of_work import UnitOfWork
from projections.cache_use import CacheUse, Tally
from projections.log.entries import Command
from projections.log.errors import UnreadableEvent
from projections.log.mapper import EventMapper
from projections.log.payloads import Event
from projections.log.writer import LogWriter

R = TypeVar("R")

CACHED_AGGREGATES = 2_000
"""How many clients and engagements the cache holds."""

RACES = 5
"""How often a command races other writers before it is decided while they wait."""

LONGEST_CACHED = 200
"""Events of an aggregate beyond which deciding is too slow for the event loop."""


INVALID = (ArithmeticError, AttributeError, EventSourcingError, LookupError, Refusal, TypeError, ValueError)
"""What applying or projecting an invalid event may raise: it can be decoded, but does not follow from the others."""


class LogEventStore(EventStore[UUID]):
    """Reads streams from the recorder, and hands what is to be recorded to the writer."""

    def __init__(
        self,
        mapper: EventMapper,
        recorder: ApplicationRecorder,
        writer: LogWriter,
        position_of: Callable[[UUID, int], int | None],
    ) -> None:
        """Combine the parts of a log. `position_of` looks up the position of an event by its stream and version."""
        super().__init__(mapper, recorder)
        self._writer = writer
        self._position_of = position_of

    def get(self, originator_id: UUID, **options: Any) -> Iterator[DomainEventProtocol[UUID]]:
        """The events of a stream. Raises `UnreadableEvent`."""
        try:
            yield from super().get(originator_id, **options)
        except UnreadableEvent as fault:
            self.name_position(fault)
            raise

    def name_position(self, fault: UnreadableEvent) -> None:
        """Look up the position of an event that cannot be read."""
        fault.name_position(self._position_of(fault.stream, fault.version))

    def put(
        self, domain_events: Sequence[DomainEventProtocol[UUID]], *, command: Command | None = None, **_: Any
    ) -> list[Recording[UUID]]:
        """Record events, all or none; the recordings carry the timestamps that the log assigned."""
        return self._writer.append(cast("Sequence[Event]", domain_events), command) if domain_events else []

    def decide(self, decide: Callable[[], Sequence[Event]], command: Command | None) -> list[Recording[UUID]]:
        """Record the events that `decide` returns; it runs in the writer's thread while other writers wait."""
        return self._writer.decide(decide, command)

    def begin(
        self, domain_events: Sequence[DomainEventProtocol[UUID]], command: Command | None
    ) -> Future[list[Recording[UUID]]]:
        """The same without waiting."""
        return self._writer.begin(cast("Sequence[Event]", domain_events), command)


class NotCached(Exception):  # noqa: N818  (a condition, not an error in the program)
    """An aggregate that a command needs is not in the cache."""


@dataclass(frozen=True, slots=True)
class PendingResult(Generic[R]):
    """What a command returned, and the events that are being recorded."""

    value: R
    recordings: Future[list[Recording[UUID]]]


class LogRepository(Repository[UUID]):
    """Reads aggregates, with an LRU cache: a cached aggregate is brought up to date with its newest events.

    The cache holds private copies, and events only replace attributes (the domain's values are immutable); every read
    asks the log for the events since. So neither threads nor other processes can make it wrong, unlike the library's
    cache.
    """

    def __init__(self, store: LogEventStore) -> None:
        """The cache starts empty."""
        super().__init__(store)
        self._cache: OrderedDict[UUID, Any] = OrderedDict()
        self._tally = Tally()
        self._lock = Lock()
        self._store = store
        self.check_stream: Callable[[UUID], None] = _accept
        """Raises `UnreadableEvent` if the stream, or a stream of the client, is stopped."""

    @property
    def use(self) -> CacheUse:
        """What the cache has."""
        return CacheUse("aggregates", len(self._cache), CACHED_AGGREGATES, self._tally.hits, self._tally.misses)

    def get(self, aggregate_id: UUID, **options: Any) -> Any:
        """An aggregate as its events leave it. Raises `AggregateNotFoundError` and `UnreadableEvent`."""
        if options:
            return super().get(aggregate_id, **options)
        self.check_stream(aggregate_id)
        cached = self._cache.get(aggregate_id)
        self._tally.count(cached is not None)
        try:
            if cached is None:
                aggregate = super().get(aggregate_id, projector_func=_replay)
            else:
                aggregate = _replay(_copy_of(cached), self.event_store.get(aggregate_id, gt=cached.version))
        except UnreadableEvent as fault:
            if fault.position is None:
                self._store.name_position(fault)
            raise
        self._check_client_of(aggregate)
        if cached is None or cached.version < aggregate.version:
            self._put(aggregate)
        return aggregate

    def _check_client_of(self, aggregate: Any) -> None:
        """Check that no stream of the stream's client is stopped."""
        if isinstance(aggregate, Engagement):
            self.check_stream(aggregate.client)

    def cached(self, aggregate_id: UUID) -> Any:
        """A copy of the cached aggregate, which may be stale; raises `NotCached` if it is missing or long.

        Reads nothing. Recording on a stale aggregate fails, because its next version is already taken.
        """
        cached = self._cache.get(aggregate_id)
        if cached is None or cached.version > LONGEST_CACHED:
            raise NotCached
        self._tally.count(True)
        self.check_stream(aggregate_id)
        self._check_client_of(cached)
        return _copy_of(cached)

    def update(self, events: Iterable[Any]) -> None:
        """Apply events that were just recorded to the cached aggregates."""
        for event in events:
            cached = self._cache.get(event.originator_id)
            if cached is not None and cached.version + 1 == event.originator_version:
                self._put(event.mutate(_copy_of(cached)))

    def _put(self, aggregate: Any) -> None:
        with self._lock:
            cached = self._cache.get(aggregate.id)
            if cached is None or cached.version < aggregate.version:
                self._cache[aggregate.id] = _copy_of(aggregate)
            self._cache.move_to_end(aggregate.id)
            if len(self._cache) > CACHED_AGGREGATES:
                self._cache.popitem(last=False)


def _copy_of(aggregate: Any) -> Any:
    """A copy of an aggregate without pending events."""
    duplicate = copy(aggregate)
    vars(duplicate)["_pending_events"] = []
    return duplicate


def _replay(aggregate: Any, events: Iterable[Any]) -> Any:
    # The library checks every event for a `mutate` method, which takes half of the time.
    for event in events:
        try:
            aggregate = event.mutate(aggregate)
        except INVALID as fault:
            why = f"it cannot be applied ({type(fault).__name__})"
            raise UnreadableEvent(
                get_topic(type(event)), event.originator_id, event.originator_version, why
            ) from None  # the error may quote the payload
    return aggregate


def _accept(stream: UUID) -> None:
    pass


class NothingDecided(Exception):  # noqa: N818  (an outcome, not an error)
    """A command changed nothing, so there is nothing to record."""


class LoggedEngagements(Engagements):
    """The domain's application on a log."""

    name = Engagements.name
    most_tries = RACES

    def __init__(self, store: LogEventStore) -> None:
        """`store` is open; the caller that opened it closes it."""
        self._store = store
        self._log_repository = LogRepository(store)
        self._losers = Lock()
        super().__init__()

    def run(self, decide: Callable[[UnitOfWork], R], *, command: object = None) -> CommandResult[R]:
        """Run a command and save everything it changed, all or nothing; see `Engagements.run`.

        A command that lost a race to another writer runs again in turn with the other losers of this process: if all
        of them tried at once, all but one would lose again, and some of them every time. A command that goes on losing
        is decided in the writer's thread while all other writers wait, so that `TooBusy` is never raised.
        """
        with ExitStack() as turn:
            tries = count(1)

            def decide_in_turn(unit: UnitOfWork) -> R:
                if next(tries) == 2:
                    turn.enter_context(self._losers)
                return decide(unit)

            try:
                result = super().run(decide_in_turn, command=command)
            except TooBusy:
                result = self._run_alone(decide, command)
        self.update_cache(result.recordings)
        return result

    def _run_alone(self, decide: Callable[[UnitOfWork], R], command: object) -> CommandResult[R]:
        work = _DecideInWriter(decide, lambda: UnitOfWork(self._log_repository.get, self.today()))
        try:
            recordings: Sequence[Recording[UUID]] = self._store.decide(work.events, cast("Command | None", command))
        except NothingDecided:
            recordings = ()
        return CommandResult(work.value, recordings)

    def begin(
        self, decide: Callable[[UnitOfWork], R], *, command: Command | None = None, cached_only: bool = False
    ) -> PendingResult[R]:
        """Run a command once and start recording everything it changed, all or nothing, without waiting for that.

        `cached_only` reads nothing: it decides on cached aggregates, which may be stale, and raises `NotCached` if one
        is missing; a refusal must then be decided again on current state. The recordings fail with the library's
        `IntegrityError` when another writer was faster: `run` decides again.
        """
        fetch = self._log_repository.cached if cached_only else self._log_repository.get
        unit = UnitOfWork(fetch, self.today(), may_read=not cached_only)
        value = decide(unit)
        return PendingResult(value, self._store.begin(_pending_events(unit), command))

    @property
    def cache_use(self) -> CacheUse:
        """What is cached of aggregates."""
        return self._log_repository.use

    def update_cache(self, recordings: Iterable[Recording[UUID]]) -> None:
        """Apply events that were just recorded to the cached aggregates."""
        self._log_repository.update(recording.domain_event for recording in recordings)

    def check_streams(self, check: Callable[[UUID], None]) -> None:
        """Let `check` refuse to read streams, by their ids and those of their clients: it raises `UnreadableEvent`."""
        self._log_repository.check_stream = check

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Nothing: a variable could switch on a cache that is not safe here, or snapshots, or another store."""
        return Environment(name, env)

    def construct_mapper(self) -> Mapper[UUID]:
        """The mapper of the log."""
        return self._store.mapper

    def construct_recorder(self) -> ApplicationRecorder:
        """The recorder of the log."""
        return cast("ApplicationRecorder", self._store.recorder)

    def construct_event_store(self) -> LogEventStore:
        """The store of the log."""
        return self._store

    def construct_repository(self) -> LogRepository:
        """Neither the library's snapshots nor its cache: the one is not needed, the other not safe with threads."""
        return self._log_repository


class _DecideInWriter(Generic[R]):
    """A command that the writer's thread decides; `value` is what it returned."""

    def __init__(self, decide: Callable[[UnitOfWork], R], new_unit: Callable[[], UnitOfWork]) -> None:
        self._decide = decide
        self._new_unit = new_unit
        self.value: R

    def events(self) -> Sequence[Event]:
        unit = self._new_unit()
        self.value = self._decide(unit)
        events = _pending_events(unit)
        if not events:
            raise NothingDecided
        return events


def _pending_events(unit: UnitOfWork) -> list[Event]:
    """The events of everything that a unit of work changed."""
    events = [event for aggregate in unit.aggregates for event in aggregate.collect_events()]
    return cast("list[Event]", events)
