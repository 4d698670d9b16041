"""The one pure fold: milestones, as they are known, become seats and structures over time, or are refused.

The aggregates call it to decide, the read models to derive, previews to show; nothing else knows what a split does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from domain.errors import EngagementClosed, Refusal, UnknownAssessment
from domain.milestones import AssessmentTaken, Closed, Milestone, Opened, StructureChosen
from domain.seats import BOTH, Arrangement, Function, Seat, SeatTerms, Structure, structure_of
from domain.steps import BEFORE, State, step

T = TypeVar("T")


class Status(StrEnum):
    """Whether an engagement is being worked in."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SeatSpan:
    """One function in one seat on the same terms, from `start` until the day before `end` (null: it goes on).

    `milestone` is the one that began it. A unified seat gives one span for each function, with the same seat and
    with the whole of its hours and fee in both.
    """

    function: Function
    seat: UUID
    terms: SeatTerms
    start: date
    end: date | None
    milestone: UUID


@dataclass(frozen=True, slots=True)
class StructureSpan:
    """One structure, from `start` until the day before `end` (null: it goes on), and the milestone that began it."""

    structure: Structure
    start: date
    end: date | None
    milestone: UUID


@dataclass(frozen=True, slots=True)
class StatusSpan:
    """Open or paused, from `start` until the day before `end` (null: it goes on)."""

    status: Status
    start: date
    end: date | None
    milestone: UUID


@dataclass(frozen=True, slots=True)
class Transition:
    """A boundary between structures; null on either side means that no engagement was open there."""

    before: Structure | None
    after: Structure | None
    on: date
    milestone: UUID


@dataclass(frozen=True, slots=True)
class Timeline:
    """What an engagement's milestones amount to, in effective order."""

    milestones: tuple[Milestone, ...]
    opened_on: date
    closed_on: date | None
    closed_by: UUID | None
    seat_spans: tuple[SeatSpan, ...]
    structure_spans: tuple[StructureSpan, ...]
    status_spans: tuple[StatusSpan, ...]

    def structure_on(self, day: date) -> Structure | None:
        """The structure that held on a date; null where the engagement was not open."""
        return next((s.structure for s in self.structure_spans if is_within(s.start, s.end, day)), None)

    def status_on(self, day: date) -> Status | None:
        """Open or paused on a date, closed from the close on; null before the opening."""
        if day < self.opened_on:
            return None
        return next((s.status for s in self.status_spans if is_within(s.start, s.end, day)), Status.CLOSED)

    def arrangement_on(self, day: date) -> Arrangement:
        """The seats that were held on a date."""
        held = {s.function: Seat(s.seat, s.terms) for s in self.seat_spans if is_within(s.start, s.end, day)}
        return Arrangement(technology=held.get(Function.TECHNOLOGY), ai=held.get(Function.AI))

    def transitions(self) -> tuple[Transition, ...]:
        """Every boundary between structures, the entry from null and the exit to null included."""
        found = []
        before: Structure | None = None
        for span in self.structure_spans:
            found.append(Transition(before, span.structure, span.start, span.milestone))
            before = span.structure
        if self.closed_on is not None and self.closed_by is not None and before is not None:
            found.append(Transition(before, None, self.closed_on, self.closed_by))
        return tuple(found)


def is_within(start: date, end: date | None, day: date) -> bool:
    """Whether a half-open span of dates holds a day."""
    return start <= day and (end is None or day < end)


def fold(milestones: Iterable[Milestone]) -> Timeline:
    """The timeline of one engagement.

    `milestones` are those that stand (retracted ones left out), in any order; exactly one is an `opened`.
    Raises an `Unfitting` refusal that names the first milestone, in effective order, which does not fit.
    """
    ordered = effective_order(milestones)
    state = BEFORE
    seats: dict[Function, _Runs[Seat | None]] = {function: _Runs() for function in BOTH}
    structures: _Runs[Structure] = _Runs()
    statuses: _Runs[Status] = _Runs()
    closing: tuple[date, UUID] | None = None
    for on, milestone in ordered:
        if closing is not None:
            raise EngagementClosed(
                f"The engagement closes on {closing[0]}; no milestone may stand after that.", milestone=milestone.id
            )
        state = advance(state, on, milestone)
        if isinstance(milestone.details, Closed):
            closing = (on, milestone.id)
            continue
        for function in BOTH:
            seats[function].change(on, state.arrangement.seat_of(function), milestone.id)
        structures.change(on, structure_of(state.arrangement), milestone.id)
        statuses.change(on, Status.PAUSED if state.is_paused else Status.OPEN, milestone.id)
    _check_assessments(milestone for _, milestone in ordered)
    end = closing[0] if closing else None
    return Timeline(
        milestones=tuple(milestone for _, milestone in ordered),
        opened_on=ordered[0][0],
        closed_on=end,
        closed_by=closing[1] if closing else None,
        seat_spans=tuple(
            SeatSpan(function, seat.id, seat.terms, start, finish, by)
            for function in BOTH
            for seat, start, finish, by in seats[function].spans(end)
            if seat is not None
        ),
        structure_spans=tuple(StructureSpan(*span) for span in structures.spans(end)),
        status_spans=tuple(StatusSpan(*span) for span in statuses.spans(end)),
    )


def effective_order(milestones: Iterable[Milestone]) -> Sequence[tuple[date, Milestone]]:
    """Milestones with the day on which each takes effect, in the order in which they apply.

    The opening comes first on its day; milestones of one date apply in the order in which they were first recorded.
    """
    standing = list(milestones)
    opened_on = next(m.effective_on for m in standing if isinstance(m.details, Opened))
    dated = [(m.takes_effect_on(opened_on), m) for m in standing]
    dated.sort(key=lambda pair: (pair[0], pair[1].order))
    return dated


def advance(state: State, on: date, milestone: Milestone) -> State:
    """The state after one more milestone; raises a refusal that names it when it does not fit."""
    try:
        return step(state, on, milestone)
    except Refusal as refusal:
        refusal.milestone = milestone.id
        raise


def _check_assessments(milestones: Iterable[Milestone]) -> None:
    standing = tuple(milestones)
    known = {m.id for m in standing if isinstance(m.details, AssessmentTaken)}
    for milestone in standing:
        details = milestone.details
        if isinstance(details, StructureChosen) and details.assessment is not None and details.assessment not in known:
            raise UnknownAssessment(milestone=milestone.id)


class _Runs(Generic[T]):
    """Values over time, each as long as it lasts; what is undone on the same day never was."""

    __slots__ = ("_runs",)

    def __init__(self) -> None:
        self._runs: list[tuple[date, T, UUID]] = []

    def change(self, on: date, value: T, by: UUID) -> None:
        runs = self._runs
        if runs and runs[-1][1] == value:
            return
        if runs and runs[-1][0] == on:
            runs.pop()
            if runs and runs[-1][1] == value:
                return
        runs.append((on, value, by))

    def spans(self, end: date | None) -> Iterable[tuple[T, date, date | None, UUID]]:
        for index, (start, value, by) in enumerate(self._runs):
            finish = self._runs[index + 1][0] if index + 1 < len(self._runs) else end
            if finish is None or start < finish:
                yield value, start, finish, by
