"""The facts that detectors look at: one engagement's milestones and seats, and the client's answers over time.

All of it is what was known at one instant; `facts_of` builds it from a timeline that was folded from the milestones
known then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

from domain.assessment.answers import Answers, Value, outdates
from domain.kinds.agreements import ConflictRaised, ConflictResolvedBy
from domain.milestones import Details, Milestone
from domain.seats import BOTH, Function, SeatTerms
from domain.signs.periods import FOREVER, ActiveDays, Periods
from domain.timeline import SeatSpan, Status, Timeline

D = TypeVar("D", bound=Details)
D_co = TypeVar("D_co", bound=Details, covariant=True)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Entry(Generic[D_co]):
    """A milestone with the day on which it takes effect."""

    day: int
    milestone: UUID
    details: D_co
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A known answer, from `day` until a newer one.

    `given_on` is the day to which the answer applies, where it has one, and otherwise `day`. `milestone` is the
    assessment; null for a fact of the profile.
    """

    day: int
    until: int
    value: Value
    given_on: int
    milestone: UUID | None


class SeatDays(NamedTuple):
    """A seat span of one function, on the days `[start, end)`. `milestone` is the one that started it."""

    start: int
    end: int
    seat: UUID
    terms: SeatTerms
    milestone: UUID

    @property
    def days(self) -> tuple[int, int]:
        """The first day, and the day after the last."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class AnswerLayer:
    """Answers that take effect on a day: those of an assessment, or (without a `milestone`) of the profile."""

    day: date
    answers: Answers
    milestone: UUID | None = None


class AnswerHistory:
    """A client's newest known answers over time. An unknown answer never replaces a known one."""

    __slots__ = ("_by_question",)

    def __init__(self, layers: Iterable[AnswerLayer] = ()) -> None:
        """The history of layers in the order in which they take effect; of one day, the last wins."""
        newest: dict[str, list[tuple[int, AnswerLayer]]] = {}
        for layer in layers:
            for name, answer in layer.answers.items():
                if not answer.is_known:
                    continue
                earlier = newest.setdefault(name, [])
                if not earlier or outdates(answer, earlier[-1][1].answers[name]):
                    earlier.append((layer.day.toordinal(), layer))
        self._by_question: Mapping[str, tuple[GivenAnswer, ...]] = {
            name: tuple(_given_answers(name, by_day)) for name, by_day in newest.items()
        }

    def of(self, question: str) -> tuple[GivenAnswer, ...]:
        """The known answers to a question, each until the next one."""
        return self._by_question.get(question, ())

    def on(self, question: str, day: int) -> GivenAnswer | None:
        """The newest known answer on a day; null without one."""
        return next((answer for answer in self.of(question) if answer.day <= day < answer.until), None)

    def where(self, question: str, holds: Callable[[Value], bool]) -> Periods:
        """The days on which the newest known answer fulfils a condition. Unknown never does."""
        return Periods.of((answer.day, answer.until) for answer in self.of(question) if holds(answer.value))

    def among(self, question: str, *values: Value) -> Periods:
        """The days on which the newest known answer is one of these values."""
        return self.where(question, values.__contains__)

    def below(self, question: str, limit: int) -> Periods:
        """The days on which the newest known answer is a number below a limit."""
        return self.where(question, lambda value: isinstance(value, int) and value < limit)

    def serving_functions(self, least: int) -> Periods:
        """The days on which AI has to land in at least so many functions, not counting engineering."""
        return self.where(
            "ai_functions", lambda value: isinstance(value, tuple) and len({*value} - {"engineering"}) >= least
        )


def _given_answers(name: str, by_day: Sequence[tuple[int, AnswerLayer]]) -> Iterable[GivenAnswer]:
    for place, (day, layer) in enumerate(by_day):
        until = by_day[place + 1][0] if place + 1 < len(by_day) else FOREVER
        answer = layer.answers[name]
        if day < until:
            yield GivenAnswer(
                day, until, answer.value, answer.as_of.toordinal() if answer.as_of else day, layer.milestone
            )


NO_ANSWERS: Final = AnswerHistory()


@dataclass(frozen=True)
class EngagementFacts:
    """The facts of one engagement. Periods of seats include paused days; `active` leaves them out.

    `by_kind` has the standing milestones by the class of their details, in effective order, plans included: what takes
    effect after a day never changes what a detector says of that day.
    """

    engagement: UUID
    started_on: int
    active: ActiveDays
    seat_spans: tuple[SeatSpan, ...]
    by_kind: Mapping[type[Details], tuple[Entry[Details], ...]]
    answers: AnswerHistory = field(default=NO_ANSWERS)

    def entries(self, details: type[D]) -> tuple[Entry[D], ...]:
        """The milestones of one kind in effective order."""
        return cast("tuple[Entry[D], ...]", self.by_kind.get(details, ()))

    @cached_property
    def _seats(self) -> Mapping[Function, tuple[SeatDays, ...]]:
        seats: dict[Function, list[SeatDays]] = {function: [] for function in BOTH}
        for span in self.seat_spans:
            end = FOREVER if span.end is None else span.end.toordinal()
            seats[span.function].append(SeatDays(span.start.toordinal(), end, span.seat, span.terms, span.milestone))
        return {function: tuple(spans) for function, spans in seats.items()}

    def seats_of(self, function: Function) -> tuple[SeatDays, ...]:
        """The seat spans of a function in order."""
        return self._seats[function]

    @cached_property
    def seatings(self) -> Mapping[Function, tuple[tuple[UUID, int, int], ...]]:
        """The milestones that put each function into a seat, with the days `[start, end)` on which it is held."""
        seatings: dict[Function, list[tuple[UUID, int, int]]] = {function: [] for function in BOTH}
        for function, spans in self._seats.items():
            for place, span in enumerate(spans):
                if place and spans[place - 1].seat == span.seat:
                    milestone, start, _ = seatings[function].pop()
                    seatings[function].append((milestone, start, span.end))
                else:
                    seatings[function].append((span.milestone, span.start, span.end))
        return {function: tuple(of_function) for function, of_function in seatings.items()}

    @cached_property
    def held(self) -> Mapping[Function, Periods]:
        """When each function is held."""
        return {function: Periods.of(span.days for span in spans) for function, spans in self._seats.items()}

    @cached_property
    def unified(self) -> Periods:
        """When one seat carries both functions."""
        return Periods.of(
            (max(t.start, a.start), min(t.end, a.end))
            for t in self.seats_of(Function.TECHNOLOGY)
            for a in self.seats_of(Function.AI)
            if t.seat == a.seat
        )

    @cached_property
    def both_held(self) -> Periods:
        """When both functions are held, in one seat or two."""
        return self.held[Function.TECHNOLOGY] & self.held[Function.AI]

    @cached_property
    def two_seats(self) -> Periods:
        """When two seats are held."""
        return self.both_held - self.unified

    @cached_property
    def ai_in_own_seat(self) -> Periods:
        """When AI has a seat of its own, whether or not technology is held."""
        return self.held[Function.AI] - self.unified

    @cached_property
    def technology_only(self) -> Periods:
        """When technology is held and AI is vacant."""
        return self.held[Function.TECHNOLOGY] - self.held[Function.AI]

    @cached_property
    def ai_only(self) -> Periods:
        """When AI is held and technology is vacant."""
        return self.held[Function.AI] - self.held[Function.TECHNOLOGY]

    @cached_property
    def conflicts(self) -> tuple[tuple[Entry[ConflictRaised], Periods], ...]:
        """The conflicts in the order in which they were raised, each with the days on which it is unresolved."""
        resolved_on = {entry.details.conflict: entry.day for entry in self.entries(ConflictResolvedBy)}
        return tuple(
            (raised, Periods.of([(raised.day, resolved_on.get(raised.details.conflict, FOREVER))]))
            for raised in self.entries(ConflictRaised)
        )

    def span_on(self, function: Function, day: int) -> SeatDays | None:
        """The seat span of a function that contains a day."""
        for span in self.seats_of(function):
            if span.start <= day < span.end:
                return span
        return None

    def holder_of(self, function: Function, day: int) -> UUID | None:
        """The holder of a function on a day."""
        span = self.span_on(function, day)
        return span.terms.holder if span else None

    def started_by(self, function: Function, day: int) -> UUID | None:
        """The milestone that put a function into the seat span that contains a day."""
        span = self.span_on(function, day)
        return span.milestone if span else None


def facts_of(engagement: UUID, timeline: Timeline, answers: AnswerHistory = NO_ANSWERS) -> EngagementFacts:
    """The facts of an engagement with this timeline, at a client with these answers."""
    by_kind: dict[type[Details], list[Entry[Details]]] = {}
    for milestone in timeline.milestones:
        by_kind.setdefault(type(milestone.details), []).append(_entry(milestone, timeline.opened_on))
    active = Periods.of(
        (span.start.toordinal(), FOREVER if span.end is None else span.end.toordinal())
        for span in timeline.status_spans
        if span.status is Status.OPEN
    )
    return EngagementFacts(
        engagement,
        timeline.opened_on.toordinal(),
        ActiveDays(active),
        timeline.seat_spans,
        {kind: tuple(entries) for kind, entries in by_kind.items()},
        answers,
    )


def _entry(milestone: Milestone, opened_on: date) -> Entry[Details]:
    day = milestone.takes_effect_on(opened_on).toordinal()
    return Entry(day, milestone.id, milestone.details, milestone.links)


def first_by(entries: Iterable[Entry[D]], key: Callable[[D], V]) -> dict[V, Entry[D]]:
    """The first entry of each key. Entries are in effective order."""
    first: dict[V, Entry[D]] = {}
    for entry in entries:
        first.setdefault(key(entry.details), entry)
    return first


def newest(entries: Iterable[Entry[D]], key: Callable[[D], V]) -> dict[V, list[tuple[int, int, Entry[D]]]]:
    """Entries by a key, each with the half-open days on which it is the newest of its key.

    For values that stand until the next one replaces them, such as decision rights by area. Entries are in effective
    order; one that is replaced on its own day is left out.
    """
    by_key: dict[V, list[Entry[D]]] = {}
    for entry in entries:
        by_key.setdefault(key(entry.details), []).append(entry)
    return {
        value: [
            (entry.day, end, entry)
            for entry, end in zip(group, [*(later.day for later in group[1:]), FOREVER], strict=True)
            if entry.day < end
        ]
        for value, group in by_key.items()
    }
