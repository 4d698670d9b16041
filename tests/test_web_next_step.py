"""The milestone whose form follows an assessment's advice."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from domain.assessment import Advised, Outcome, Seats
from domain.milestones import Kind
from domain.seats import BOTH, Commitment, Function, Provider, SeatTerms
from projections.timelines import TimelineSeat
from web.pages.assess.next_step import HeldSeats, next_step

FRACTIONAL, FULL_TIME = Commitment.FRACTIONAL, Commitment.FULL_TIME
TECHNOLOGY, AI = Function.TECHNOLOGY, Function.AI


def seat(function: Function, commitment: Commitment, of: UUID | None = None) -> TimelineSeat:
    """A function held since 2025-03-03."""
    terms = SeatTerms(uuid4(), commitment, Provider.FIRM)
    return TimelineSeat(uuid4(), function, of or uuid4(), terms, date(2025, 3, 3), None, False, uuid4())


def alone(function: Function, commitment: Commitment) -> HeldSeats:
    return {function: seat(function, commitment)}


def unified(commitment: Commitment) -> HeldSeats:
    shared = uuid4()
    return {function: seat(function, commitment, shared) for function in BOTH}


def two(technology: Commitment, ai: Commitment) -> HeldSeats:
    return {TECHNOLOGY: seat(TECHNOLOGY, technology), AI: seat(AI, ai)}


def advised(seats: Seats, technology: str, ai: str) -> Outcome:
    return Outcome(seats, Advised(technology), Advised(ai), None)


ONE = advised(Seats.ONE, "fractional", "fractional")
PAIR = advised(Seats.TWO, "full_time", "fractional")
OPEN_PAIR = advised(Seats.TWO, "undecided", "undecided")
CTO = advised(Seats.SINGLE, "full_time", "none")


@pytest.mark.parametrize(
    ("outcome", "held", "kind", "presets"),
    [
        (ONE, {}, Kind.STRUCTURE_CHOSEN, {"seats.0.commitment": "fractional"}),
        (ONE, alone(AI, FRACTIONAL), Kind.HAT_ADDED, {"function": "technology"}),
        (ONE, two(FULL_TIME, FRACTIONAL), Kind.MERGED_TO_ONE_ROLE, {"seat.commitment": "fractional"}),
        (ONE, unified(FULL_TIME), Kind.TRANSITIONED_TO_FRACTIONAL, {"functions": "technology+ai"}),
        (PAIR, {}, Kind.STRUCTURE_CHOSEN, {"seats.0.commitment": "full_time", "seats.1.commitment": "fractional"}),
        (
            PAIR,
            alone(TECHNOLOGY, FULL_TIME),
            Kind.SEAT_FILLED,
            {"seat.functions": "ai", "seat.commitment": "fractional"},
        ),
        (
            PAIR,
            unified(FRACTIONAL),
            Kind.SPLIT_TO_TWO_ROLES,
            {"technology.commitment": "full_time", "ai.commitment": "fractional"},
        ),
        (PAIR, two(FRACTIONAL, FRACTIONAL), Kind.TRANSITIONED_TO_FULL_TIME, {"functions": "technology"}),
        (PAIR, two(FULL_TIME, FULL_TIME), Kind.TRANSITIONED_TO_FRACTIONAL, {"functions": "ai"}),
        (OPEN_PAIR, unified(FRACTIONAL), Kind.SPLIT_TO_TWO_ROLES, {}),
        (CTO, alone(TECHNOLOGY, FRACTIONAL), Kind.TRANSITIONED_TO_FULL_TIME, {"functions": "technology"}),
        (CTO, alone(AI, FRACTIONAL), Kind.STRUCTURE_CHOSEN, {"seats.0.commitment": "full_time"}),
        (advised(Seats.NONE, "none", "none"), unified(FRACTIONAL), Kind.SEAT_VACATED, {"functions": "technology+ai"}),
        (
            advised(Seats.UNDECIDED, "full_time", "undecided"),
            alone(TECHNOLOGY, FRACTIONAL),
            Kind.TRANSITIONED_TO_FULL_TIME,
            {"functions": "technology"},
        ),
    ],
)
def test_the_form_that_follows_the_advice_fits_the_seats_that_are_held(
    outcome: Outcome, held: HeldSeats, kind: Kind, presets: dict[str, str]
) -> None:
    step = next_step(outcome, held)
    assert step is not None
    assert (step.kind, dict(step.presets)) == (kind, presets)


@pytest.mark.parametrize(
    ("outcome", "held"),
    [
        (ONE, unified(FRACTIONAL)),
        (PAIR, two(FULL_TIME, FRACTIONAL)),
        (OPEN_PAIR, two(FRACTIONAL, FULL_TIME)),
        (CTO, alone(TECHNOLOGY, FULL_TIME)),
        (advised(Seats.NONE, "none", "none"), {}),
        (advised(Seats.UNDECIDED, "undecided", "undecided"), unified(FRACTIONAL)),
    ],
)
def test_no_form_is_offered_where_the_seats_agree_with_the_advice(outcome: Outcome, held: HeldSeats) -> None:
    assert next_step(outcome, held) is None
