"""The kinds of milestones that change who holds which seat, and on which terms.

Each of them may say which assessment it follows, and why (`assessment` and `rationale`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from domain.kinds import KEEP, Details, Keep, Kind
from domain.seats import Function, Hours, Money, Provider, ReportsTo, SeatTerms, SeatWithFunctions


def add_followed_advice(state: dict[str, Any]) -> None:
    """Version 1 of these kinds, as stored, did not name the advice that they follow."""
    state["rationale"] = None
    state["assessment"] = None


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
    class_version: ClassVar[int] = 2
    technology: SeatTerms
    ai: SeatTerms
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class MergedToOneRole(Details):
    """One seat with both functions instead of two."""

    kind: ClassVar[Kind] = Kind.MERGED_TO_ONE_ROLE
    class_version: ClassVar[int] = 2
    seat: SeatTerms
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class TransitionedToFullTime(Details):
    """A seat becomes full-time; its hours and fee start anew."""

    kind: ClassVar[Kind] = Kind.TRANSITIONED_TO_FULL_TIME
    class_version: ClassVar[int] = 2
    functions: tuple[Function, ...]
    holder: UUID
    provider: Provider = Provider.CLIENT
    interim: bool = False
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class TransitionedToFractional(Details):
    """A full-time seat becomes fractional: the way back."""

    kind: ClassVar[Kind] = Kind.TRANSITIONED_TO_FRACTIONAL
    class_version: ClassVar[int] = 2
    functions: tuple[Function, ...]
    holder: UUID
    provider: Provider = Provider.FIRM
    interim: bool = False
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class HatAdded(Details):
    """The holder of the other function takes on this one too, in the same seat."""

    kind: ClassVar[Kind] = Kind.HAT_ADDED
    class_version: ClassVar[int] = 2
    function: Function
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class HandedOver(Details):
    """A new holder, or the same from acting to permanent; the terms are kept."""

    kind: ClassVar[Kind] = Kind.HANDED_OVER
    class_version: ClassVar[int] = 2
    functions: tuple[Function, ...]
    holder: UUID
    interim: bool = False
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class SeatFilled(Details):
    """Somebody takes a seat whose functions were vacant."""

    kind: ClassVar[Kind] = Kind.SEAT_FILLED
    class_version: ClassVar[int] = 2
    seat: SeatWithFunctions
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class SeatVacated(Details):
    """Nobody holds these functions any more."""

    kind: ClassVar[Kind] = Kind.SEAT_VACATED
    class_version: ClassVar[int] = 2
    functions: tuple[Function, ...]
    reason: str | None = None
    rationale: str | None = None
    assessment: UUID | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)


@dataclass(frozen=True, slots=True)
class TermsChanged(Details):
    """New terms of one seat; what is not named stays as it is, null says that a term is not known any more."""

    kind: ClassVar[Kind] = Kind.TERMS_CHANGED
    functions: tuple[Function, ...]
    hours_per_month: Hours | Keep | None = KEEP
    monthly_fee: Money | Keep | None = KEEP
    reports_to: ReportsTo | Keep | None = KEEP


SeatChange: TypeAlias = (
    StructureChosen
    | SplitToTwoRoles
    | MergedToOneRole
    | TransitionedToFullTime
    | TransitionedToFractional
    | HatAdded
    | HandedOver
    | SeatFilled
    | SeatVacated
)
"""The kinds that may name the assessment they follow."""
