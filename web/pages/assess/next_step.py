"""The milestone that follows an assessment's advice, with the fields of its form that the advice fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.assessment import Advised, Outcome, Seats
from domain.milestones import Kind
from domain.seats import BOTH, Commitment, Function
from projections.timelines import TimelineSeat

HeldSeats = Mapping[Function, TimelineSeat]
"""The span of each function that is held now."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """A kind of milestone, the seats that it chooses (`shape`, for a structure), and the presets of its fields."""

    kind: Kind
    presets: tuple[tuple[str, str], ...] = ()
    shape: str = ""


_COMMITMENTS = {Advised.FRACTIONAL: Commitment.FRACTIONAL, Advised.FULL_TIME: Commitment.FULL_TIME}


def next_step(outcome: Outcome, seats: HeldSeats) -> NextStep | None:
    """The next milestone on the way from the seats that are held to the advice; null where there is nothing to change.

    Advice may take several steps: when the first is recorded, the next one follows from the seats that are held then.
    """
    match outcome.seats:
        case Seats.NONE:
            return NextStep(Kind.SEAT_VACATED, (("functions", _names(*seats)),)) if seats else None
        case Seats.ONE:
            return _towards_one(outcome, seats)
        case Seats.TWO:
            return _towards_two(outcome, seats)
        case Seats.SINGLE:
            return _towards_single(outcome, seats)
        case Seats.UNDECIDED:
            return _transition(_levels(outcome), seats)


def _towards_one(outcome: Outcome, seats: HeldSeats) -> NextStep | None:
    level = _shared(outcome)
    if not seats:
        return NextStep(Kind.STRUCTURE_CHOSEN, _commitment("seats.0", level), "both")
    if len(seats) == 1:
        (function,) = seats
        return NextStep(Kind.HAT_ADDED, (("function", function.other.value),))
    if not _is_unified(seats):
        return NextStep(Kind.MERGED_TO_ONE_ROLE, _commitment("seat", level))
    return _transition(dict.fromkeys(BOTH, level), seats)


def _towards_two(outcome: Outcome, seats: HeldSeats) -> NextStep | None:
    levels = _levels(outcome)
    technology, ai = levels[Function.TECHNOLOGY], levels[Function.AI]
    if not seats:
        return NextStep(
            Kind.STRUCTURE_CHOSEN, (*_commitment("seats.0", technology), *_commitment("seats.1", ai)), "two"
        )
    if len(seats) == 1:
        (function,) = seats
        other = function.other
        return NextStep(Kind.SEAT_FILLED, (("seat.functions", other.value), *_commitment("seat", levels[other])))
    if _is_unified(seats):
        return NextStep(Kind.SPLIT_TO_TWO_ROLES, (*_commitment("technology", technology), *_commitment("ai", ai)))
    return _transition(levels, seats)


def _towards_single(outcome: Outcome, seats: HeldSeats) -> NextStep | None:
    """One function is to be held, the other is not; which one may be undecided."""
    if outcome.ai is Advised.NONE:
        function = Function.TECHNOLOGY
    elif outcome.technology is Advised.NONE:
        function = Function.AI
    else:
        return None if len(seats) == 1 else NextStep(Kind.STRUCTURE_CHOSEN, shape=Function.TECHNOLOGY.value)
    level = _levels(outcome)[function]
    if set(seats) == {function}:
        return _transition({function: level}, seats)
    return NextStep(Kind.STRUCTURE_CHOSEN, _commitment("seats.0", level), function.value)


def _transition(levels: Mapping[Function, Commitment | None], seats: HeldSeats) -> NextStep | None:
    """The first held seat whose commitment differs from the advice."""
    for function, span in seats.items():
        level = levels.get(function)
        if level is None or level is span.terms.commitment:
            continue
        kind = Kind.TRANSITIONED_TO_FULL_TIME if level is Commitment.FULL_TIME else Kind.TRANSITIONED_TO_FRACTIONAL
        functions = BOTH if _is_unified(seats) else (function,)
        return NextStep(kind, (("functions", _names(*functions)),))
    return None


def _is_unified(seats: HeldSeats) -> bool:
    return len(seats) == len(BOTH) and len({span.seat for span in seats.values()}) == 1


def _levels(outcome: Outcome) -> dict[Function, Commitment | None]:
    return {
        Function.TECHNOLOGY: _COMMITMENTS.get(outcome.technology),
        Function.AI: _COMMITMENTS.get(outcome.ai),
    }


def _shared(outcome: Outcome) -> Commitment | None:
    """The commitment of a seat with both functions: the larger of the two, if that is decided."""
    levels = set(_levels(outcome).values())
    if Commitment.FULL_TIME in levels:
        return Commitment.FULL_TIME
    return None if None in levels else Commitment.FRACTIONAL


def _commitment(prefix: str, level: Commitment | None) -> tuple[tuple[str, str], ...]:
    return ((f"{prefix}.commitment", level.value),) if level is not None else ()


def _names(*functions: Function) -> str:
    return "+".join(function.value for function in BOTH if function in functions)
