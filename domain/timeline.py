"""Folds milestones into seats and structures over time, or refuses them. Pure.

Used by aggregates to decide, by read models to derive and by previews; the rules of a kind apply nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias, TypeVar
from uuid import UUID

from domain.errors import Refusal
from domain.kinds.engagement import Opened
from domain.kinds.state import BEFORE
from domain.milestones import Milestone, step
from domain.seats import BOTH, Arrangement, Function, Seat, SeatTerms, Structure, structure_of

T = TypeVar("T")


class Status(StrEnum):
    """The status of an engagement."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class SeatSpan:
    """One function in one seat on the same terms, from `start` until the day before `end` (null: ongoing).

    `milestone` is the one that started it. A unified seat has one span for each function, with the same seat and the
    whole of its hours and fee in both.
    """

    function: Function
    seat: UUID
    terms: SeatTerms
    start: date
    end: date | None
    milestone: UUID


@dataclass(frozen=True, slots=True)
class StructureSpan:
    """A structure from `start` until the day before `end` (null: ongoing); `milestone` started it."""

    structure: Structure
    start: date
    end: date | None
    milestone: UUID


@dataclass(frozen=True, slots=True)
class StatusSpan:
    """A status (open or paused) from `start` until the day before `end` (null: ongoing)."""

    status: Status
    start: date
    end: date | None
    milestone: UUID


@dataclass(frozen=True, slots=True)
class Transition:
    """A boundary between structures; null means that no engagement was open on that side."""

    before: Structure | None
    after: Structure | None
    on: date
    milestone: UUID


@dataclass(frozen=True, slots=True)
class Timeline:
    """The timeline of an engagement; milestones in effective order."""

    milestones: tuple[Milestone, ...]
    opened_on: date
    closed_on: date | None
    closed_by: UUID | None
    seat_spans: tuple[SeatSpan, ...]
    structure_spans: tuple[StructureSpan, ...]
    status_spans: tuple[StatusSpan, ...]

    def structure_on(self, day: date) -> Structure | None:
        """The structure on a date; None if the engagement was not open."""
        return next((s.structure for s in self.structure_spans if is_within(s.start, s.end, day)), None)

    def status_on(self, day: date) -> Status | None:
        """The status on a date (closed from the closing day); None before the opening."""
        if day < self.opened_on:
            return None
        return next((s.status for s in self.status_spans if is_within(s.start, s.end, day)), Status.CLOSED)

    def arrangement_on(self, day: date) -> Arrangement:
        """The seats on a date."""
        seats = {s.function: Seat(s.seat, s.terms) for s in self.seat_spans if is_within(s.start, s.end, day)}
        return Arrangement(technology=seats.get(Function.TECHNOLOGY), ai=seats.get(Function.AI))

    def transitions(self) -> tuple[Transition, ...]:
        """All boundaries between structures, including the entry from null and the exit to null."""
        transitions = []
        before: Structure | None = None
        for span in self.structure_spans:
            transitions.append(Transition(before, span.structure, span.start, span.milestone))
            before = span.structure
        if self.closed_on is not None and self.closed_by is not None and before is not None:
            transitions.append(Transition(before, None, self.closed_on, self.closed_by))
        return tuple(transitions)


def is_within(start: date, end: date | None, day: date) -> bool:
    """Whether a half-open span of dates contains a day."""
    return start <= day and (end is None or day < end)


def fold(milestones: Iterable[Milestone]) -> Timeline:
    """The timeline of one engagement.

    `milestones` are the current ones (without retracted ones) in any order; exactly one is an `opened`. Raises an
    `Unfitting` refusal naming the first milestone, in effective order, that does not fit.
    """
    ordered = effective_order(milestones)
    progress = _Progress()
    for on, milestone in ordered:
        progress.add(on, milestone)
    return progress.timeline(ordered[0][0], tuple(milestone for _, milestone in ordered))


def misfits(milestones: Iterable[Milestone]) -> Sequence[Refusal]:
    """The refusals of milestones that do not fit, in effective order; each is left out for those after it."""
    progress = _Progress()
    refusals = []
    for on, milestone in effective_order(milestones):
        try:
            progress.add(on, milestone)
        except Refusal as refusal:
            refusals.append(refusal)
    return refusals


def effective_order(milestones: Iterable[Milestone]) -> Sequence[tuple[date, Milestone]]:
    """Milestones with the day each takes effect, in the order in which they apply.

    The opening comes first on its day; milestones of one date apply in the order of first recording.
    """
    current = list(milestones)
    opened_on = next(m.effective_on for m in current if isinstance(m.details, Opened))
    dated = [(m.takes_effect_on(opened_on), m) for m in current]
    dated.sort(key=lambda pair: (pair[0], pair[1].order))
    return dated


Run: TypeAlias = tuple[date, T, UUID]
"""A value, the day from which it applies, and the milestone that caused it."""


class _Progress:
    """The result of the milestones so far; the fold adds them one by one in effective order."""

    __slots__ = ("closed_by", "last_on", "seats", "state", "statuses", "structures")

    def __init__(self) -> None:
        self.state = BEFORE
        self.seats: dict[Function, list[Run[Seat | None]]] = {function: [] for function in BOTH}
        self.structures: list[Run[Structure]] = []
        self.statuses: list[Run[Status]] = []
        self.closed_by: UUID | None = None

    def add(self, on: date, milestone: Milestone) -> None:
        """Apply one more milestone. Raises a refusal naming it if it does not fit."""
        before = self.state
        try:
            after = step(before, on, milestone)
        except Refusal as refusal:
            refusal.milestone = milestone.id
            raise
        if after is before:
            return
        self.state = after
        if after.closed_on is not None:
            self.closed_by = milestone.id
            return
        arrangement = after.arrangement
        if arrangement is not before.arrangement or before.opened_on is None:
            for function in BOTH:
                _change(self.seats[function], on, arrangement.seat_of(function), milestone.id)
            _change(self.structures, on, structure_of(arrangement), milestone.id)
        if after.is_paused is not before.is_paused or before.opened_on is None:
            _change(self.statuses, on, Status.PAUSED if after.is_paused else Status.OPEN, milestone.id)

    def timeline(self, opened_on: date, milestones: tuple[Milestone, ...]) -> Timeline:
        """The timeline so far; `milestones` are in effective order."""
        end = self.state.closed_on
        return Timeline(
            milestones=milestones,
            opened_on=opened_on,
            closed_on=end,
            closed_by=self.closed_by,
            seat_spans=tuple(
                SeatSpan(function, seat.id, seat.terms, start, finish, by)
                for function in BOTH
                for seat, start, finish, by in _spans(self.seats[function], end)
                if seat is not None
            ),
            structure_spans=tuple(StructureSpan(*span) for span in _spans(self.structures, end)),
            status_spans=tuple(StatusSpan(*span) for span in _spans(self.statuses, end)),
        )


def _change(runs: list[Run[T]], on: date, value: T, by: UUID) -> None:
    """Start a new run on `on` unless the value is unchanged; a run undone on the same day is removed."""
    if runs and (runs[-1][1] is value or runs[-1][1] == value):
        return
    if runs and runs[-1][0] == on:
        runs.pop()
        if runs and runs[-1][1] == value:
            return
    runs.append((on, value, by))


def _spans(runs: list[Run[T]], end: date | None) -> Iterable[tuple[T, date, date | None, UUID]]:
    """Runs as half-open spans, the last ending at `end`; empty spans are left out."""
    for index, (start, value, by) in enumerate(runs):
        finish = runs[index + 1][0] if index + 1 < len(runs) else end
        if finish is None or start < finish:
            yield value, start, finish, by
