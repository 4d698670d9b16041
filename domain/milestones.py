"""A milestone: an event that took effect at a client. Its details are of one of the kinds in `domain.kinds`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.errors import BeforeOpening, EngagementClosed
from domain.field_types import KEEP as KEEP  # re-exported
from domain.field_types import Keep as Keep
from domain.field_types import people_in
from domain.kinds import DETAILS as DETAILS
from domain.kinds.details import Details as Details
from domain.kinds.kind import Kind as Kind
from domain.kinds.state import State
from domain.precision import Precision as Precision
from domain.precision import day_words


@dataclass(frozen=True, slots=True)
class Milestone:
    """The current version of a milestone.

    `effective_on` is the valid time (with a precision other than day: the first day of the period). `order` is the
    order of first recording within the engagement; milestones of one date apply in this order.
    """

    id: UUID
    order: int
    effective_on: date
    details: Details
    precision: Precision = Precision.DAY
    note: str | None = None
    links: tuple[str, ...] = ()
    reported_on: date | None = None

    @property
    def kind(self) -> Kind:
        """The kind of the milestone."""
        return self.details.kind

    def takes_effect_on(self, opened_on: date) -> date:
        """The day from which it counts: the engagement's opening day if that lies in its period."""
        return takes_effect_on(self.effective_on, self.precision, opened_on)


def takes_effect_on(effective_on: date, precision: Precision, opened_on: date) -> date:
    """The day from which a milestone counts: the engagement's opening day if that lies in the milestone's period."""
    if precision is Precision.DAY or effective_on >= opened_on:
        return effective_on
    return opened_on if opened_on <= precision.last_day(effective_on) else effective_on


def step(state: State, on: date, milestone: Milestone) -> State:
    """The state after a milestone takes effect on `on`. Raises an `Unfitting` refusal if it does not fit."""
    details = milestone.details
    if details.kind is not Kind.OPENED:
        if state.opened_on is None:
            raise BeforeOpening(f"“{milestone.kind.label}” on {day_words(on)} is before the engagement opened.")
        if state.closed_on is not None:
            closes = day_words(state.closed_on)
            raise EngagementClosed(f"The engagement closes on {closes}; nothing can be dated after that.")
    return details.step(state, on, milestone)


def holders_of(details: Details) -> tuple[UUID, ...]:
    """The people a milestone refers to, in field order."""
    return tuple(people_in(details))
