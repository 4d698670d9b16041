"""What each kind of milestone does to the state of an engagement, and when it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, cast
from uuid import uuid5

from domain.errors import (
    AlreadyFullTime,
    AlreadyLive,
    AlreadyPaused,
    AlreadySplit,
    BeforeOpening,
    ConflictKnown,
    ConflictResolved,
    EngagementClosed,
    FunctionHeld,
    FunctionVacant,
    HoursNotHeld,
    InitiativeKnown,
    NotFullTime,
    NotOneSeat,
    NotPaused,
    NotTwoSeats,
    NotUnified,
    OpensOnce,
    SameHolder,
    SignNotObserved,
    SignStands,
    UnknownConflict,
    UnknownInitiative,
)
from domain.milestones import (
    Closed,
    ConflictRaised,
    ConflictResolvedBy,
    Details,
    HandedOver,
    HatAdded,
    HoursReported,
    InitiativeLive,
    InitiativeStarted,
    Keep,
    Kind,
    MergedToOneRole,
    Milestone,
    Opened,
    OutcomeMeasured,
    Paused,
    Precision,
    Resumed,
    SeatFilled,
    SeatVacated,
    SignCleared,
    SignObserved,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.seats import BOTH, VACANT, Arrangement, Commitment, Function, Seat, SeatTerms

Held = tuple[tuple[date, date | None], ...]


class State(NamedTuple):
    """What stands in an engagement after some of its milestones."""

    opened_on: date | None = None
    closed_on: date | None = None
    is_paused: bool = False
    arrangement: Arrangement = VACANT
    held: Mapping[Function, Held] = {Function.TECHNOLOGY: (), Function.AI: ()}
    conflicts: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    initiatives: frozenset[str] = frozenset()
    live: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()


BEFORE = State()
"""Before the opening."""


def step(state: State, on: date, milestone: Milestone) -> State:
    """The state after a milestone that takes effect on `on`; raises an `Unfitting` refusal where it cannot be."""
    details = milestone.details
    if isinstance(details, Opened):
        if state.opened_on is not None:
            raise OpensOnce
        return state._replace(opened_on=on)
    if state.opened_on is None:
        raise BeforeOpening(f"{milestone.kind} on {on} lies before the opening of the engagement.")
    if state.closed_on is not None:
        raise EngagementClosed(f"The engagement closes on {state.closed_on}; no milestone may stand after that.")
    if isinstance(details, Closed):
        return state._replace(closed_on=on)
    seating = _SEATING.get(details.kind)
    if seating is not None:
        return _seated(state, on, seating(state.arrangement, milestone, details))
    return _STEPS.get(details.kind, _stay)(state, milestone, details)


def _seated(state: State, on: date, arrangement: Arrangement) -> State:
    held = state.held
    for function in BOTH:
        was_held = state.arrangement.seat_of(function) is not None
        is_held = arrangement.seat_of(function) is not None
        if is_held and not was_held:
            held = {**held, function: (*held[function], (on, None))}
        elif was_held and not is_held:
            *earlier, (since, _) = held[function]
            held = {**held, function: (*earlier, (since, on)) if since < on else tuple(earlier)}
    return state._replace(arrangement=arrangement, held=held)


def _new_seat(milestone: Milestone, functions: tuple[Function, ...], terms: SeatTerms) -> Seat:
    """A new chair. Its id follows from the milestone that made it, so that every replay gives the same."""
    name = "+".join(f for f in BOTH if f in functions)
    return Seat(uuid5(milestone.id, name), terms)


def _one_seat(arrangement: Arrangement, functions: tuple[Function, ...]) -> Seat:
    """The held seat that carries exactly these functions."""
    for function in functions:
        if arrangement.seat_of(function) is None:
            raise FunctionVacant(f"The {function} function is vacant.")
    if len(functions) == 1 and arrangement.is_unified:
        raise NotOneSeat(f"One seat carries both functions; {functions[0]} alone is not a seat: split first.")
    if len(functions) == 2 and not arrangement.is_unified:
        raise NotOneSeat("The two functions are not in one seat.")
    return cast(Seat, arrangement.seat_of(functions[0]))


def _check_vacant(arrangement: Arrangement, function: Function) -> None:
    if arrangement.seat_of(function) is not None:
        raise FunctionHeld(f"The {function} function is held already.")


def _choose(_: Arrangement, milestone: Milestone, details: StructureChosen) -> Arrangement:
    arrangement = VACANT
    for chosen in details.seats:
        seat = _new_seat(milestone, chosen.functions, chosen.terms)
        arrangement = arrangement.with_seat(seat, *chosen.functions)
    return arrangement


def _split(arrangement: Arrangement, milestone: Milestone, details: SplitToTwoRoles) -> Arrangement:
    if arrangement.is_pair:
        raise AlreadySplit
    if not arrangement.is_unified:
        raise NotUnified
    return Arrangement(
        technology=_new_seat(milestone, (Function.TECHNOLOGY,), details.technology),
        ai=_new_seat(milestone, (Function.AI,), details.ai),
    )


def _merge(arrangement: Arrangement, milestone: Milestone, details: MergedToOneRole) -> Arrangement:
    if not arrangement.is_pair:
        raise NotTwoSeats
    seat = _new_seat(milestone, BOTH, details.seat)
    return Arrangement(seat, seat)


def _transition(
    arrangement: Arrangement, _: Milestone, details: TransitionedToFullTime | TransitionedToFractional
) -> Arrangement:
    seat = _one_seat(arrangement, details.functions)
    to_full_time = isinstance(details, TransitionedToFullTime)
    if to_full_time and seat.terms.commitment is Commitment.FULL_TIME:
        raise AlreadyFullTime
    if not to_full_time and seat.terms.commitment is not Commitment.FULL_TIME:
        raise NotFullTime
    terms = SeatTerms(
        holder=details.holder,
        commitment=Commitment.FULL_TIME if to_full_time else Commitment.FRACTIONAL,
        provider=details.provider,
        interim=details.interim,
        reports_to=seat.terms.reports_to if isinstance(details.reports_to, Keep) else details.reports_to,
        hours_per_month=details.hours_per_month,
        monthly_fee=details.monthly_fee,
    )
    return arrangement.with_seat(Seat(seat.id, terms), *details.functions)


def _add_hat(arrangement: Arrangement, _: Milestone, details: HatAdded) -> Arrangement:
    _check_vacant(arrangement, details.function)
    seat = arrangement.seat_of(details.function.other)
    if seat is None:
        raise FunctionVacant(f"The {details.function.other} function is vacant too; nobody can take on a second hat.")
    terms = replace(
        seat.terms,
        reports_to=seat.terms.reports_to if isinstance(details.reports_to, Keep) else details.reports_to,
        hours_per_month=details.hours_per_month,
        monthly_fee=details.monthly_fee,
    )
    both = Seat(seat.id, terms)
    return Arrangement(both, both)


def _hand_over(arrangement: Arrangement, _: Milestone, details: HandedOver) -> Arrangement:
    seat = _one_seat(arrangement, details.functions)
    terms = seat.terms
    if (terms.holder, terms.interim) == (details.holder, details.interim):
        raise SameHolder
    changed = replace(terms, holder=details.holder, interim=details.interim)
    return arrangement.with_seat(Seat(seat.id, changed), *details.functions)


def _fill(arrangement: Arrangement, milestone: Milestone, details: SeatFilled) -> Arrangement:
    functions = details.seat.functions
    for function in functions:
        _check_vacant(arrangement, function)
    return arrangement.with_seat(_new_seat(milestone, functions, details.seat.terms), *functions)


def _vacate(arrangement: Arrangement, _: Milestone, details: SeatVacated) -> Arrangement:
    for function in details.functions:
        if arrangement.seat_of(function) is None:
            raise FunctionVacant(f"The {function} function is vacant already.")
    left = arrangement.with_seat(None, *details.functions)
    kept = details.functions[0].other
    seat = left.seat_of(kept)
    if seat is None or not arrangement.is_unified:
        return left
    hours = seat.terms.hours_per_month
    terms = replace(seat.terms, hours_per_month=hours.only(kept) if hours else None)
    return left.with_seat(Seat(seat.id, terms), kept)


def _change_terms(arrangement: Arrangement, _: Milestone, details: TermsChanged) -> Arrangement:
    seat = _one_seat(arrangement, details.functions)
    terms = seat.terms
    hours, fee, reports_to = details.hours_per_month, details.monthly_fee, details.reports_to
    changed = replace(
        terms,
        reports_to=terms.reports_to if isinstance(reports_to, Keep) else reports_to,
        hours_per_month=terms.hours_per_month if isinstance(hours, Keep) else hours,
        monthly_fee=terms.monthly_fee if isinstance(fee, Keep) else fee,
    )
    return arrangement.with_seat(Seat(seat.id, changed), *details.functions)


def _report_hours(state: State, milestone: Milestone, details: HoursReported) -> State:
    first = date.fromisoformat(f"{details.month}-01")
    last = Precision.MONTH.last_day(first)
    if first > milestone.precision.last_day(milestone.effective_on):
        raise HoursNotHeld(f"Hours for {details.month} cannot be reported before that month has begun.")
    if not any(start <= last and (end is None or first < end) for start, end in state.held[details.function]):
        raise HoursNotHeld(f"The {details.function} function was not held in {details.month}.")
    return state


def _raise_conflict(state: State, _: Milestone, details: ConflictRaised) -> State:
    if details.conflict in state.conflicts:
        raise ConflictKnown(f"The conflict {details.conflict!r} was raised already.")
    return state._replace(conflicts=state.conflicts | {details.conflict})


def _resolve_conflict(state: State, _: Milestone, details: ConflictResolvedBy) -> State:
    if details.conflict not in state.conflicts:
        raise UnknownConflict(f"The conflict {details.conflict!r} was not raised by then.")
    if details.conflict in state.resolved:
        raise ConflictResolved(f"The conflict {details.conflict!r} is resolved already.")
    return state._replace(resolved=state.resolved | {details.conflict})


def _start_initiative(state: State, _: Milestone, details: InitiativeStarted) -> State:
    if details.initiative in state.initiatives:
        raise InitiativeKnown(f"The initiative {details.initiative!r} was started already.")
    return state._replace(initiatives=state.initiatives | {details.initiative})


def _take_live(state: State, _: Milestone, details: InitiativeLive) -> State:
    if details.initiative not in state.initiatives:
        raise UnknownInitiative(f"The initiative {details.initiative!r} was not started by then.")
    if details.initiative in state.live:
        raise AlreadyLive(f"The initiative {details.initiative!r} is live already.")
    return state._replace(live=state.live | {details.initiative})


def _measure(state: State, _: Milestone, details: OutcomeMeasured) -> State:
    if details.initiative not in state.initiatives:
        raise UnknownInitiative(f"The initiative {details.initiative!r} was not started by then.")
    return state


def _observe(state: State, _: Milestone, details: SignObserved) -> State:
    if details.sign in state.signs:
        raise SignStands(f"The sign {details.sign!r} is observed and not cleared.")
    return state._replace(signs=state.signs | {details.sign})


def _clear(state: State, _: Milestone, details: SignCleared) -> State:
    if details.sign not in state.signs:
        raise SignNotObserved(f"The sign {details.sign!r} is not observed by then.")
    return state._replace(signs=state.signs - {details.sign})


def _pause(state: State, _: Milestone, __: Paused) -> State:
    if state.is_paused:
        raise AlreadyPaused
    return state._replace(is_paused=True)


def _resume(state: State, _: Milestone, __: Resumed) -> State:
    if not state.is_paused:
        raise NotPaused
    return state._replace(is_paused=False)


def _stay(state: State, _: Milestone, __: Details) -> State:
    return state


# The value types are those of the kinds on the left, which a mapping cannot say.
_SEATING: Mapping[Kind, Callable[[Arrangement, Milestone, Any], Arrangement]] = {
    Kind.STRUCTURE_CHOSEN: _choose,
    Kind.SPLIT_TO_TWO_ROLES: _split,
    Kind.MERGED_TO_ONE_ROLE: _merge,
    Kind.TRANSITIONED_TO_FULL_TIME: _transition,
    Kind.TRANSITIONED_TO_FRACTIONAL: _transition,
    Kind.HAT_ADDED: _add_hat,
    Kind.HANDED_OVER: _hand_over,
    Kind.SEAT_FILLED: _fill,
    Kind.SEAT_VACATED: _vacate,
    Kind.TERMS_CHANGED: _change_terms,
}

_STEPS: Mapping[Kind, Callable[[State, Milestone, Any], State]] = {
    Kind.HOURS_REPORTED: _report_hours,
    Kind.CONFLICT_RAISED: _raise_conflict,
    Kind.CONFLICT_RESOLVED: _resolve_conflict,
    Kind.INITIATIVE_STARTED: _start_initiative,
    Kind.INITIATIVE_LIVE: _take_live,
    Kind.OUTCOME_MEASURED: _measure,
    Kind.SIGN_OBSERVED: _observe,
    Kind.SIGN_CLEARED: _clear,
    Kind.PAUSED: _pause,
    Kind.RESUMED: _resume,
}
