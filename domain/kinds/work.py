"""Kinds of milestones about work: deliverables, hours, initiatives and their outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from domain.errors import AlreadyLive, HoursNotHeld, InitiativeKnown, UnknownInitiative
from domain.field_types import Label, Measure, Month, Slug, Unit, WorkedHours
from domain.kinds.details import NEW, Details, Occurrence
from domain.kinds.kind import Kind
from domain.kinds.state import State
from domain.precision import Precision, month_words
from domain.seats import Function


@dataclass(frozen=True, slots=True)
class DeliverableIssued(Details):
    """A deliverable was issued to the client under one hat."""

    kind: ClassVar[Kind] = Kind.DELIVERABLE_ISSUED
    deliverable: Slug
    function: Function


@dataclass(frozen=True, slots=True)
class HoursReported(Details):
    """Hours worked under one hat in one month (`2026-03`)."""

    kind: ClassVar[Kind] = Kind.HOURS_REPORTED
    month: Month
    function: Function
    hours: WorkedHours

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """The month must have begun, and the function must have been held in it."""
        first = date.fromisoformat(f"{self.month}-01")
        last = Precision.MONTH.last_day(first)
        if first > milestone.precision.last_day(milestone.effective_on):
            raise HoursNotHeld(f"Hours for {month_words(self.month)} cannot be reported before that month has begun.")
        if not any(start <= last and (end is None or first < end) for start, end in state.held_spans[self.function]):
            raise HoursNotHeld(f"The {self.function.words} function was not held in {month_words(self.month)}.")
        return state

    @classmethod
    def probes(cls, state: State) -> Iterator[Self]:
        """The first month of each span in which each function was held."""
        for function in Function:
            months = [f"{start:%Y-%m}" for start, _ in state.held_spans[function]] or ["1900-01"]
            yield from (cls(month, function, Decimal(1)) for month in months)


@dataclass(frozen=True, slots=True)
class InitiativeStarted(Details):
    """An AI initiative was started; its name is used once in an engagement."""

    kind: ClassVar[Kind] = Kind.INITIATIVE_STARTED
    initiative: Label

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """An initiative is started only once."""
        if self.initiative in state.initiatives:
            raise InitiativeKnown(f"The initiative “{self.initiative}” has already been started.")
        return state._replace(initiatives=state.initiatives | {self.initiative})


@dataclass(frozen=True, slots=True)
class InitiativeLive(Details):
    """The initiative is in production."""

    kind: ClassVar[Kind] = Kind.INITIATIVE_LIVE
    initiative: Label

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """A started initiative goes live only once."""
        if self.initiative not in state.initiatives:
            raise UnknownInitiative(f"The initiative “{self.initiative}” has not been started by that date.")
        if self.initiative in state.live:
            raise AlreadyLive(f"The initiative “{self.initiative}” is already live.")
        return state._replace(live=state.live | {self.initiative})

    @classmethod
    def probes(cls, state: State) -> Iterator[Self]:
        """The initiatives that are not live yet."""
        return (cls(initiative) for initiative in sorted(state.initiatives - state.live) or [NEW])


@dataclass(frozen=True, slots=True)
class OutcomeMeasured(Details):
    """A measured outcome of an initiative, with its unit and an optional baseline."""

    kind: ClassVar[Kind] = Kind.OUTCOME_MEASURED
    initiative: Label
    metric: Label
    value: Measure
    unit: Unit
    baseline: Measure | None = None

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """Only a started initiative is measured."""
        if self.initiative not in state.initiatives:
            raise UnknownInitiative(f"The initiative “{self.initiative}” has not been started by that date.")
        return state

    @classmethod
    def probes(cls, state: State) -> Iterator[Self]:
        """The started initiatives."""
        return (cls(initiative, NEW, Decimal(0), NEW) for initiative in sorted(state.initiatives) or [NEW])
