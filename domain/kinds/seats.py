"""Kinds of milestones that change who holds which seat, and on which terms.

Most of them can record the assessment they follow and the reason (`assessment` and `rationale`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, TypeVar, cast
from uuid import uuid5

from domain.errors import (
    AlreadyFullTime,
    AlreadySplit,
    FunctionHeld,
    FunctionVacant,
    InvalidField,
    NotFullTime,
    NotOneSeat,
    NotTwoSeats,
    NotUnified,
    SameHolder,
)
from domain.field_checks import check_functions, check_hours, check_terms
from domain.field_types import KEEP, AssessmentId, Keep, PersonId, Reason, Text
from domain.kinds.details import Details, Occurrence
from domain.kinds.kind import Kind
from domain.kinds.state import State
from domain.seats import (
    BOTH,
    VACANT,
    Arrangement,
    Commitment,
    Function,
    Hours,
    Money,
    Provider,
    ReportsTo,
    Seat,
    SeatTerms,
    SeatWithFunctions,
)

T = TypeVar("T")


class SeatChange(Details):
    """A kind that changes only the seats."""

    __slots__ = ()
    changes_holders: ClassVar[bool] = True

    def step(self, state: State, on: date, milestone: Occurrence) -> State:
        """Apply `arrange` from the day on which it takes effect."""
        return state.with_arrangement(on, self.arrange(state.arrangement, milestone))

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """The seats afterwards. Raises an `Unfitting` refusal if the change does not fit."""
        raise NotImplementedError


def add_followed_advice(state: dict[str, Any]) -> None:
    """Upcast version 1 of these kinds, which had no reference to the advice they follow."""
    state["rationale"] = None
    state["assessment"] = None


def _new_seat(milestone: Occurrence, functions: tuple[Function, ...], terms: SeatTerms) -> Seat:
    """A new seat. Its id is derived from the milestone, so that every replay gives the same."""
    name = "+".join(f for f in BOTH if f in functions)
    return Seat(uuid5(milestone.id, name), terms)


def _one_seat(arrangement: Arrangement, functions: tuple[Function, ...]) -> Seat:
    """The held seat that carries exactly these functions."""
    for function in functions:
        if arrangement.seat_of(function) is None:
            raise FunctionVacant(f"The {function.words} function is vacant.")
    if len(functions) == 1 and arrangement.is_unified:
        raise NotOneSeat(f"One seat has both functions; {functions[0].words} alone has no seat. Split it first.")
    if len(functions) == 2 and not arrangement.is_unified:
        raise NotOneSeat("The two functions are not in one seat.")
    return cast(Seat, arrangement.seat_of(functions[0]))


def _check_vacant(arrangement: Arrangement, function: Function) -> None:
    if arrangement.seat_of(function) is not None:
        raise FunctionHeld(f"The {function.words} function is already held.")


def _changed(value: T | Keep, before: T) -> T:
    return before if isinstance(value, Keep) else value


@dataclass(frozen=True, slots=True)
class StructureChosen(SeatChange):
    """The arrangement becomes exactly these seats (one or two)."""

    kind: ClassVar[Kind] = Kind.STRUCTURE_CHOSEN
    seats: tuple[SeatWithFunctions, ...]
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    def check(self, before: Details | None = None) -> None:
        """One or two seats, each function in at most one."""
        if not 1 <= len(self.seats) <= 2:
            raise InvalidField("seats", "must be one seat or two")
        taken: set[Function] = set()
        for number, seat in enumerate(self.seats):
            check_functions(f"seats.{number}.functions", seat.functions)
            if taken & set(seat.functions):
                raise InvalidField(f"seats.{number}.functions", "a function is in at most one seat")
            taken |= set(seat.functions)
            check_terms(f"seats.{number}", seat.terms, seat.functions)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """The chosen seats, regardless of the previous arrangement."""
        chosen = VACANT
        for seat in self.seats:
            chosen = chosen.with_seat(_new_seat(milestone, seat.functions, seat.terms), *seat.functions)
        return chosen


@dataclass(frozen=True, slots=True)
class SplitToTwoRoles(SeatChange):
    """One unified seat becomes two seats."""

    kind: ClassVar[Kind] = Kind.SPLIT_TO_TWO_ROLES
    class_version: ClassVar[int] = 2
    technology: SeatTerms
    ai: SeatTerms
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)

    def check(self, before: Details | None = None) -> None:
        """Each seat has hours only for its own function."""
        check_terms("technology", self.technology, (Function.TECHNOLOGY,))
        check_terms("ai", self.ai, (Function.AI,))

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """Two new seats in place of the unified one."""
        if arrangement.is_pair:
            raise AlreadySplit
        if not arrangement.is_unified:
            raise NotUnified
        return Arrangement(
            technology=_new_seat(milestone, (Function.TECHNOLOGY,), self.technology),
            ai=_new_seat(milestone, (Function.AI,), self.ai),
        )


@dataclass(frozen=True, slots=True)
class MergedToOneRole(SeatChange):
    """Two seats become one seat with both functions."""

    kind: ClassVar[Kind] = Kind.MERGED_TO_ONE_ROLE
    class_version: ClassVar[int] = 2
    seat: SeatTerms
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)

    def check(self, before: Details | None = None) -> None:
        """The seat carries both functions."""
        check_terms("seat", self.seat, BOTH)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """One new seat in place of two."""
        if not arrangement.is_pair:
            raise NotTwoSeats
        seat = _new_seat(milestone, BOTH, self.seat)
        return Arrangement(seat, seat)


@dataclass(frozen=True, slots=True)
class _Transition(SeatChange):
    """A seat changes its commitment; hours and fee are replaced."""

    commitment: ClassVar[Commitment]
    class_version: ClassVar[int] = 2
    functions: tuple[Function, ...]
    holder: PersonId
    provider: Provider = Provider.CLIENT
    interim: bool = False
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)

    def check(self, before: Details | None = None) -> None:
        """Hours are only for functions of the seat."""
        check_hours("hours_per_month", self.hours_per_month, self.functions)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """The same seat with the new commitment."""
        seat = _one_seat(arrangement, self.functions)
        is_full_time = seat.terms.commitment is Commitment.FULL_TIME
        if self.commitment is Commitment.FULL_TIME:
            if is_full_time:
                raise AlreadyFullTime
        elif not is_full_time:
            raise NotFullTime
        terms = SeatTerms(
            holder=self.holder,
            commitment=self.commitment,
            provider=self.provider,
            interim=self.interim,
            reports_to=_changed(self.reports_to, seat.terms.reports_to),
            hours_per_month=self.hours_per_month,
            monthly_fee=self.monthly_fee,
        )
        return arrangement.with_seat(Seat(seat.id, terms), *self.functions)


@dataclass(frozen=True, slots=True)
class TransitionedToFullTime(_Transition):
    """A seat becomes full-time; hours and fee are replaced."""

    kind: ClassVar[Kind] = Kind.TRANSITIONED_TO_FULL_TIME
    commitment: ClassVar[Commitment] = Commitment.FULL_TIME


@dataclass(frozen=True, slots=True)
class TransitionedToFractional(_Transition):
    """A full-time seat becomes fractional."""

    kind: ClassVar[Kind] = Kind.TRANSITIONED_TO_FRACTIONAL
    commitment: ClassVar[Commitment] = Commitment.FRACTIONAL
    provider: Provider = Provider.FIRM


@dataclass(frozen=True, slots=True)
class HatAdded(SeatChange):
    """The holder of one function takes on the other one too, in the same seat."""

    kind: ClassVar[Kind] = Kind.HAT_ADDED
    class_version: ClassVar[int] = 2
    function: Function
    reports_to: ReportsTo | Keep | None = KEEP
    hours_per_month: Hours | None = None
    monthly_fee: Money | None = None
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)

    def check(self, before: Details | None = None) -> None:
        """Hours may be for both functions."""
        check_hours("hours_per_month", self.hours_per_month, BOTH)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """The existing seat with both functions."""
        _check_vacant(arrangement, self.function)
        other = self.function.other
        seat = arrangement.seat_of(other)
        if seat is None:
            raise FunctionVacant(f"The {other.words} function is vacant too, so no holder can take on a second hat.")
        terms = replace(
            seat.terms,
            reports_to=_changed(self.reports_to, seat.terms.reports_to),
            hours_per_month=self.hours_per_month,
            monthly_fee=self.monthly_fee,
        )
        both = Seat(seat.id, terms)
        return Arrangement(both, both)


@dataclass(frozen=True, slots=True)
class HandedOver(SeatChange):
    """A new holder, or the same holder from acting to permanent; the terms stay."""

    kind: ClassVar[Kind] = Kind.HANDED_OVER
    class_version: ClassVar[int] = 2
    functions: tuple[Function, ...]
    holder: PersonId
    interim: bool = False
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """The same seat with the new holder."""
        seat = _one_seat(arrangement, self.functions)
        terms = seat.terms
        if (terms.holder, terms.interim) == (self.holder, self.interim):
            raise SameHolder
        changed = replace(terms, holder=self.holder, interim=self.interim)
        return arrangement.with_seat(Seat(seat.id, changed), *self.functions)


@dataclass(frozen=True, slots=True)
class SeatFilled(SeatChange):
    """A seat whose functions were vacant was filled."""

    kind: ClassVar[Kind] = Kind.SEAT_FILLED
    class_version: ClassVar[int] = 2
    seat: SeatWithFunctions
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)

    def check(self, before: Details | None = None) -> None:
        """The seat carries at least one function."""
        check_functions("seat.functions", self.seat.functions)
        check_terms("seat", self.seat.terms, self.seat.functions)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """A new seat for vacant functions."""
        functions = self.seat.functions
        for function in functions:
            _check_vacant(arrangement, function)
        return arrangement.with_seat(_new_seat(milestone, functions, self.seat.terms), *functions)


@dataclass(frozen=True, slots=True)
class SeatVacated(SeatChange):
    """These functions become vacant."""

    kind: ClassVar[Kind] = Kind.SEAT_VACATED
    class_version: ClassVar[int] = 2
    functions: tuple[Function, ...]
    reason: Reason | None = None
    rationale: Text | None = None
    assessment: AssessmentId | None = None

    upcast_v1_v2 = staticmethod(add_followed_advice)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """The functions become vacant; a unified seat keeps the other function with its hours."""
        for function in self.functions:
            if arrangement.seat_of(function) is None:
                raise FunctionVacant(f"The {function.words} function is already vacant.")
        reduced = arrangement.with_seat(None, *self.functions)
        remaining = self.functions[0].other
        seat = reduced.seat_of(remaining)
        if seat is None or not arrangement.is_unified:
            return reduced
        hours = seat.terms.hours_per_month
        terms = replace(seat.terms, hours_per_month=hours.only(remaining) if hours else None)
        return reduced.with_seat(Seat(seat.id, terms), remaining)


@dataclass(frozen=True, slots=True)
class TermsChanged(SeatChange):
    """New terms of one seat. Omitted terms stay; null means that a term is no longer known."""

    kind: ClassVar[Kind] = Kind.TERMS_CHANGED
    changes_holders: ClassVar[bool] = False
    functions: tuple[Function, ...]
    hours_per_month: Hours | Keep | None = KEEP
    monthly_fee: Money | Keep | None = KEEP
    reports_to: ReportsTo | Keep | None = KEEP

    def check(self, before: Details | None = None) -> None:
        """At least one term changes, and hours are only for functions of the seat."""
        if self.hours_per_month is self.monthly_fee is self.reports_to is KEEP:
            raise InvalidField("functions", "enter at least one of hours_per_month, monthly_fee and reports_to")
        check_hours("hours_per_month", self.hours_per_month, self.functions)

    def arrange(self, arrangement: Arrangement, milestone: Occurrence) -> Arrangement:
        """The same seat with the new terms."""
        seat = _one_seat(arrangement, self.functions)
        changed = replace(
            seat.terms,
            reports_to=_changed(self.reports_to, seat.terms.reports_to),
            hours_per_month=_changed(self.hours_per_month, seat.terms.hours_per_month),
            monthly_fee=_changed(self.monthly_fee, seat.terms.monthly_fee),
        )
        return arrangement.with_seat(Seat(seat.id, changed), *self.functions)
