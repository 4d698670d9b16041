"""The kinds of milestones, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from domain.areas import DecisionOwner, Resolver
from domain.kinds import KEEP as KEEP  # imported from here wherever milestones are
from domain.kinds import Details as Details
from domain.kinds import Keep as Keep
from domain.kinds import Kind as Kind
from domain.precision import Precision as Precision
from domain.seat_changes import HandedOver as HandedOver
from domain.seat_changes import HatAdded as HatAdded
from domain.seat_changes import MergedToOneRole as MergedToOneRole
from domain.seat_changes import SeatFilled as SeatFilled
from domain.seat_changes import SeatVacated as SeatVacated
from domain.seat_changes import SplitToTwoRoles as SplitToTwoRoles
from domain.seat_changes import StructureChosen as StructureChosen
from domain.seat_changes import TermsChanged as TermsChanged
from domain.seat_changes import TransitionedToFractional as TransitionedToFractional
from domain.seat_changes import TransitionedToFullTime as TransitionedToFullTime
from domain.seats import BOTH, Function, Money


@dataclass(frozen=True, slots=True)
class Opened(Details):
    """The engagement is open; its structure is `none` until seats are taken."""

    kind: ClassVar[Kind] = Kind.OPENED
    name: str
    practice_lead: UUID | None = None


@dataclass(frozen=True, slots=True)
class AssessmentTaken(Details):
    """The answers given, and what each framework said of them on that day (with its version)."""

    kind: ClassVar[Kind] = Kind.ASSESSMENT_TAKEN
    answers: Mapping[str, object]
    assessor: UUID
    verdicts: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class DecisionRightAssigned(Details):
    """Who decides in an area from now on, and up to which sum alone."""

    kind: ClassVar[Kind] = Kind.DECISION_RIGHT_ASSIGNED
    area: str
    owner: DecisionOwner
    spending_limit: Money | None = None


@dataclass(frozen=True, slots=True)
class DeliverableIssued(Details):
    """The client has the deliverable, issued under one hat."""

    kind: ClassVar[Kind] = Kind.DELIVERABLE_ISSUED
    deliverable: str
    function: Function


@dataclass(frozen=True, slots=True)
class HoursReported(Details):
    """Hours really worked under one hat in one month (`2026-03`)."""

    kind: ClassVar[Kind] = Kind.HOURS_REPORTED
    month: str
    function: Function
    hours: Decimal


@dataclass(frozen=True, slots=True)
class AlignmentHeld(Details):
    """The two hats met."""

    kind: ClassVar[Kind] = Kind.ALIGNMENT_HELD
    participants: tuple[UUID, ...]
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictRaised(Details):
    """A conflict between the two hats, under an id of the caller's."""

    kind: ClassVar[Kind] = Kind.CONFLICT_RAISED
    conflict: str
    topic: str


@dataclass(frozen=True, slots=True)
class ConflictResolvedBy(Details):
    """Who resolved a conflict."""

    kind: ClassVar[Kind] = Kind.CONFLICT_RESOLVED
    conflict: str
    resolved_by: Resolver


@dataclass(frozen=True, slots=True)
class InitiativeStarted(Details):
    """AI work begins, under an id of the caller's."""

    kind: ClassVar[Kind] = Kind.INITIATIVE_STARTED
    initiative: str


@dataclass(frozen=True, slots=True)
class InitiativeLive(Details):
    """The initiative is in production."""

    kind: ClassVar[Kind] = Kind.INITIATIVE_LIVE
    initiative: str


@dataclass(frozen=True, slots=True)
class OutcomeMeasured(Details):
    """What an initiative was worth, by a metric in its unit, against a baseline where there is one."""

    kind: ClassVar[Kind] = Kind.OUTCOME_MEASURED
    initiative: str
    metric: str
    value: Decimal
    unit: str
    baseline: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SignObserved(Details):
    """Somebody saw an anti-pattern."""

    kind: ClassVar[Kind] = Kind.SIGN_OBSERVED
    sign: str
    evidence: str


@dataclass(frozen=True, slots=True)
class SignCleared(Details):
    """An observed anti-pattern is gone."""

    kind: ClassVar[Kind] = Kind.SIGN_CLEARED
    sign: str
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class AdviceDeclined(Details):
    """The advice of an assessment was read and is not followed."""

    kind: ClassVar[Kind] = Kind.ADVICE_DECLINED
    assessment: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class RenewalSet(Details):
    """The day on which the letter comes up for renewal, and the last day to give notice. The newest counts."""

    kind: ClassVar[Kind] = Kind.RENEWAL_SET
    renews_on: date
    notice_by: date | None = None


@dataclass(frozen=True, slots=True)
class SpendingLimitSet(Details):
    """What one function may spend a month without asking anybody. The newest of each function counts."""

    kind: ClassVar[Kind] = Kind.SPENDING_LIMIT_SET
    function: Function
    limit: Money


@dataclass(frozen=True, slots=True)
class Paused(Details):
    """The engagement rests: seats stay, fees and hours do not count."""

    kind: ClassVar[Kind] = Kind.PAUSED
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Resumed(Details):
    """The engagement goes on."""

    kind: ClassVar[Kind] = Kind.RESUMED
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Closed(Details):
    """The engagement, its seats and spans end that day."""

    kind: ClassVar[Kind] = Kind.CLOSED
    outcome: str
    reason: str | None = None


DETAILS: Mapping[Kind, type[Details]] = {
    details.kind: details
    for details in (
        Opened,
        AssessmentTaken,
        StructureChosen,
        SplitToTwoRoles,
        MergedToOneRole,
        TransitionedToFullTime,
        TransitionedToFractional,
        HatAdded,
        HandedOver,
        SeatFilled,
        SeatVacated,
        TermsChanged,
        DecisionRightAssigned,
        DeliverableIssued,
        HoursReported,
        AlignmentHeld,
        ConflictRaised,
        ConflictResolvedBy,
        InitiativeStarted,
        InitiativeLive,
        OutcomeMeasured,
        SignObserved,
        SignCleared,
        AdviceDeclined,
        RenewalSet,
        SpendingLimitSet,
        Paused,
        Resumed,
        Closed,
    )
}


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that took effect at the client, as it is known now.

    `effective_on` is the valid time (with another precision than a day: the first day of the period); `order` is the
    place of its first recording in the engagement, by which milestones of one date apply.
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
        """What happened."""
        return self.details.kind

    def takes_effect_on(self, opened_on: date) -> date:
        """The day from which it counts: where its period holds the engagement's opening, that day."""
        if self.precision is Precision.DAY or self.effective_on >= opened_on:
            return self.effective_on
        return opened_on if opened_on <= self.precision.last_day(self.effective_on) else self.effective_on


def holders_of(details: Details) -> tuple[UUID, ...]:
    """The people a milestone names, in the order in which it names them."""
    match details:
        case Opened(practice_lead=UUID() as lead):
            return (lead,)
        case StructureChosen(seats=seats):
            return tuple(seat.holder for seat in seats)
        case SplitToTwoRoles(technology=technology, ai=ai):
            return (technology.holder, ai.holder)
        case MergedToOneRole(seat=seat) | SeatFilled(seat=seat):
            return (seat.holder,)
        case AssessmentTaken(assessor=one) | TransitionedToFullTime(holder=one) | TransitionedToFractional(holder=one):
            return (one,)
        case HandedOver(holder=holder):
            return (holder,)
        case AlignmentHeld(participants=participants):
            return participants
        case _:
            return ()


def in_order(functions: tuple[Function, ...]) -> tuple[Function, ...]:
    """Functions as they are always written: technology first."""
    return tuple(f for f in BOTH if f in functions)
