"""The firm's words for tests: what was known, what is done now, and what then holds, or why it is refused.

given(chosen("2024-02-01", two_hats(DANA))).when(split("2024-06-10", DANA, IRIS)).structures
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID, uuid5

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.domain import Aggregate, CanMutateAggregate

from domain.decisions import Correct, Log, Request, Retract, Standing, decide
from domain.errors import Refusal
from domain.kinds.engagement import Closed, Opened
from domain.kinds.seats import SplitToTwoRoles, StructureChosen
from domain.milestones import Details, Precision
from domain.seats import BOTH, Commitment, Function, Hours, Money, Provider, SeatTerms, SeatWithFunctions
from domain.timeline import Timeline
from domain.unit_of_work import UnitOfWork

R = TypeVar("R")

TECHNOLOGY, AI = Function.TECHNOLOGY, Function.AI
FRACTIONAL, FULL_TIME = Commitment.FRACTIONAL, Commitment.FULL_TIME
_NAMES = UUID("3e0f9a52-6a52-5d9c-8d55-0d6b0a0c9c51")


def named(name: str) -> UUID:
    """The id of whatever has that name in a story."""
    return uuid5(_NAMES, name)


PEOPLE = ("Dana", "Iris", "Elena", "Sofia")
DANA, IRIS, ELENA, SOFIA = map(named, PEOPLE)
_NAME_OF = {named(name): name for name in PEOPLE}


def day(text: str) -> date:
    return date.fromisoformat(text)


def terms(holder: UUID, commitment: Commitment = FRACTIONAL, **rest: Any) -> SeatTerms:
    """A seat of the firm's, unless said otherwise."""
    return SeatTerms(holder, commitment, **{"provider": Provider.FIRM, **rest})


def seat(holder: UUID, *functions: Function, commitment: Commitment = FRACTIONAL, **rest: Any) -> SeatWithFunctions:
    return SeatWithFunctions(functions, holder, commitment, **{"provider": Provider.FIRM, **rest})


def two_hats(holder: UUID, commitment: Commitment = FRACTIONAL, **rest: Any) -> SeatWithFunctions:
    return seat(holder, *BOTH, commitment=commitment, **rest)


def hours(technology: int | None = None, ai: int | None = None) -> Hours:
    return Hours(*(None if h is None else Decimal(h) for h in (technology, ai)))


def fee(amount: int, currency: str = "USD") -> Money:
    return Money(Decimal(amount), currency)


def on(text: str, details: Details, called: str | None = None, precision: Precision = Precision.DAY) -> Log:
    """Log a milestone. It is called by its kind and date (`closed 2024-05-01`) unless it is given another name."""
    return Log(named(called or f"{details.kind} {text}"), day(text), details, precision)


def chosen(text: str, *seats: SeatWithFunctions, called: str | None = None) -> Log:
    return on(text, StructureChosen(seats), called)


def split(text: str, technology: UUID, ai: UUID, called: str | None = None) -> Log:
    return on(text, SplitToTwoRoles(terms(technology), terms(ai)), called)


def closed(text: str) -> Log:
    return on(text, Closed("done"))


def correct(name: str, to: str | None = None, **rest: Any) -> Correct:
    """Correct a milestone by its name, to another date or as the rest says."""
    changes = {**rest, **({} if to is None else {"effective_on": day(to)})}
    return Correct(named(name), "it was otherwise", **changes)


def retract(name: str) -> Retract:
    return Retract(named(name), "it never happened")


def given(*requests: Request, opened: str = "2024-01-15", precision: Precision = Precision.DAY) -> Story:
    """An engagement opened on a day, with these milestones recorded one by one."""
    story = Story(Standing()).when(on(opened, Opened("CTO+CAIO"), "the opening", precision))
    for request in requests:
        story = story.when(request)
    return story


@dataclass(frozen=True)
class Story:
    """What stands in an engagement."""

    standing: Standing
    timeline: Timeline = field(repr=False, default=None)  # type: ignore[assignment]

    def when(self, *requests: Request) -> Story:
        """Do this, all at once; a refusal is raised."""
        decision = decide(self.standing, requests)
        return Story(self.standing.after(decision.changes), decision.timeline)

    def refuses(self, *requests: Request, because: type[Refusal], naming: str | None = None) -> Refusal:
        """Doing this is refused for that reason, naming that milestone; nothing has changed."""
        with pytest.raises(because) as caught:
            self.when(*requests)
        assert type(caught.value) is because
        assert caught.value.milestone == (named(naming) if naming else None)
        assert self.timeline == self.standing.timeline()
        return caught.value

    @property
    def structures(self) -> list[str]:
        """`unified_fractional 2024-02-01..2024-06-10`, and so on; nothing after the dots: it goes on."""
        return [f"{s.structure} {_span(s.start, s.end)}" for s in self.timeline.structure_spans]

    @property
    def statuses(self) -> list[str]:
        return [f"{s.status} {_span(s.start, s.end)}" for s in self.timeline.status_spans]

    @property
    def transitions(self) -> list[str]:
        return [f"{t.on} {t.before} -> {t.after}" for t in self.timeline.transitions()]

    def seats(self, function: Function) -> list[str]:
        """`Dana fractional 2024-02-01..`, and so on."""
        return [
            f"{_NAME_OF[s.terms.holder]}{' (interim)' if s.terms.interim else ''} {s.terms.commitment} "
            f"{_span(s.start, s.end)}"
            for s in self.timeline.seat_spans
            if s.function is function
        ]

    def seat_ids(self, function: Function) -> list[UUID]:
        return [s.seat for s in self.timeline.seat_spans if s.function is function]

    def terms_on(self, text: str, function: Function) -> SeatTerms:
        seat = self.timeline.arrangement_on(day(text)).seat_of(function)
        assert seat is not None
        return seat.terms

    def order(self) -> Sequence[UUID]:
        return [milestone.id for milestone in self.timeline.milestones]


def _span(start: date, end: date | None) -> str:
    return f"{start}..{end or ''}"


class Cabinet:
    """A log in memory: every stream with its events, which are replayed for every fetch."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[CanMutateAggregate[UUID]]] = {}
        self.recorded_at: list[tuple[datetime | None, CanMutateAggregate[UUID]]] = []
        self._newest: dict[UUID, Aggregate] = {}
        """What commands left behind, kept as a server keeps it: replaying takes longer than deciding."""

    def fetch(self, aggregate_id: UUID) -> Aggregate:
        aggregate: Aggregate | None = None
        for event in self.streams.get(aggregate_id, ()):
            aggregate = event.mutate(aggregate)
        if aggregate is None:
            raise AggregateNotFoundError(aggregate_id)
        return aggregate

    def run(self, use_case: Callable[[UnitOfWork], R], at: datetime | None = None) -> R:
        """Run a use case and keep everything it changed."""
        unit = UnitOfWork(self._take)
        answer = use_case(unit)
        for aggregate in unit.aggregates:
            events = aggregate.collect_events()
            stream = self.streams.setdefault(aggregate.id, [])
            stream += events
            assert [event.originator_version for event in stream] == list(range(1, len(stream) + 1))
            self.recorded_at += [(at, event) for event in events]
            self._newest[aggregate.id] = aggregate
        return answer

    def _take(self, aggregate_id: UUID) -> Aggregate:
        """For a command. After a refused one its aggregates are replayed."""
        return self._newest.pop(aggregate_id, None) or self.fetch(aggregate_id)
