"""The kinds of milestones, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum
from typing import ClassVar
from uuid import UUID

from domain.areas import DecisionOwner, Resolver
from domain.precision import Precision as Precision  # imported from here wherever milestones are
from domain.seats import BOTH, Function, Hours, Money, Provider, ReportsTo, SeatTerms, SeatWithFunctions


class Kind(StrEnum):
    """What happened."""

    OPENED = "opened"
    ASSESSMENT_TAKEN = "assessment_taken"
    STRUCTURE_CHOSEN = "structure_chosen"
    SPLIT_TO_TWO_ROLES = "split_to_two_roles"
    MERGED_TO_ONE_ROLE = "merged_to_one_role"
    TRANSITIONED_TO_FULL_TIME = "transitioned_to_full_time"
    TRANSITIONED_TO_FRACTIONAL = "transitioned_to_fractional"
    HAT_ADDED = "hat_added"
    HANDED_OVER = "handed_over"
    SEAT_FILLED = "seat_filled"
    SEAT_VACATED = "seat_vacated"
    TERMS_CHANGED = "terms_changed"
    DECISION_RIGHT_ASSIGNED = "decision_right_assigned"
    DELIVERABLE_ISSUED = "deliverable_issued"
    HOURS_REPORTED = "hours_reported"
    ALIGNMENT_HELD = "alignment_held"
    CONFLICT_RAISED = "conflict_raised"
    CONFLICT_RESOLVED = "conflict_resolved"
    INITIATIVE_STARTED = "initiative_started"
    INITIATIVE_LIVE = "initiative_live"
    OUTCOME_MEASURED = "outcome_measured"
    SIGN_OBSERVED = "sign_observed"
    SIGN_CLEARED = "sign_cleared"
    PAUSED = "paused"
    RESUMED = "resumed"
    CLOSED = "closed"


class Keep(Enum):
    """What a field says that leaves a seat's term as it is, where null would say: not known."""

    KEEP = "keep"


KEEP = Keep.KEEP


class Details:
    """What a milestone of one kind says. Every kind has a frozen dataclass of its own."""

    __slots__ = ()
    kind: ClassVar[Kind]


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
class StructureChosen(Details):
    """The arrangement becomes exactly these seats (one or two)."""

    kind: ClassVar[Kind] = Kind.STRUCTURE_CHOSEN
    seats: tuple[SeatWithFunctions, ...]
    rationale: str | None = None
    assessment: UUID | None = None


@dataclass(frozen=True, slots=True)
class SplitToTwoRoles(Details):
    """Two seats instead of one unified seat."""

    kind: ClassVar[Kind] = Kind.SPLIT_TO_TWO_ROLES
    technology: SeatTerms
    ai: SeatTerms


@dataclass(frozen=True, slots=True)
class MergedToOneRole(Details):
    """One seat with both functions instead of two."""

    kind: ClassVar[Kind] = Kind.MERGED_TO_ONE_ROLE
    seat: SeatTerms


@dataclass(frozen=True, slots=True)
class TransitionedToFullTime(Details):
    """A seat becomes full-time; its hours and fee start anew."""

    kind: ClassVar[Kind] = Kind.TRANSITIONED_TO_FULL_TIME
    functions: tuple[Function, ...]
    holder: UUID
    provider: Provider = Provider.CLIENT
    interim: bool = False
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None


@dataclass(frozen=True, slots=True)
class TransitionedToFractional(Details):
    """A full-time seat becomes fractional: the way back."""

    kind: ClassVar[Kind] = Kind.TRANSITIONED_TO_FRACTIONAL
    functions: tuple[Function, ...]
    holder: UUID
    provider: Provider = Provider.FIRM
    interim: bool = False
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None


@dataclass(frozen=True, slots=True)
class HatAdded(Details):
    """The holder of the other function takes on this one too, in the same seat."""

    kind: ClassVar[Kind] = Kind.HAT_ADDED
    function: Function
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None


@dataclass(frozen=True, slots=True)
class HandedOver(Details):
    """A new holder, or the same from acting to permanent; the terms are kept."""

    kind: ClassVar[Kind] = Kind.HANDED_OVER
    functions: tuple[Function, ...]
    holder: UUID
    interim: bool = False


@dataclass(frozen=True, slots=True)
class SeatFilled(Details):
    """Somebody takes a seat whose functions were vacant."""

    kind: ClassVar[Kind] = Kind.SEAT_FILLED
    seat: SeatWithFunctions


@dataclass(frozen=True, slots=True)
class SeatVacated(Details):
    """Nobody holds these functions any more."""

    kind: ClassVar[Kind] = Kind.SEAT_VACATED
    functions: tuple[Function, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TermsChanged(Details):
    """New terms of one seat; what is not named stays as it is, null says that a term is not known any more."""

    kind: ClassVar[Kind] = Kind.TERMS_CHANGED
    functions: tuple[Function, ...]
    hours_per_month: Hours | Keep | None = KEEP
    monthly_fee: Money | Keep | None = KEEP
    reports_to: ReportsTo | Keep | None = KEEP


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
