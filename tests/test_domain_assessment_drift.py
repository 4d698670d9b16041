"""Drift: which way what a client holds differs from what it is advised."""

from __future__ import annotations

from itertools import product

import pytest

from domain.assessment import Advised, Direction, First, Outcome, Seats, drift, drift_mapping, evaluate, parse_answers
from domain.seats import Structure

WHOLE = {
    Structure.NONE: (Seats.ONE, Advised.NONE, Advised.NONE),
    Structure.CTO_ONLY_FRACTIONAL: (Seats.ONE, Advised.FRACTIONAL, Advised.NONE),
    Structure.CTO_ONLY_FULL_TIME: (Seats.ONE, Advised.FULL_TIME, Advised.NONE),
    Structure.CAIO_ONLY_FRACTIONAL: (Seats.ONE, Advised.NONE, Advised.FRACTIONAL),
    Structure.CAIO_ONLY_FULL_TIME: (Seats.ONE, Advised.NONE, Advised.FULL_TIME),
    Structure.UNIFIED_FRACTIONAL: (Seats.ONE, Advised.FRACTIONAL, Advised.FRACTIONAL),
    Structure.UNIFIED_FULL_TIME: (Seats.ONE, Advised.FULL_TIME, Advised.FULL_TIME),
    Structure.FRACTIONAL_PAIR: (Seats.TWO, Advised.FRACTIONAL, Advised.FRACTIONAL),
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO: (Seats.TWO, Advised.FULL_TIME, Advised.FRACTIONAL),
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO: (Seats.TWO, Advised.FRACTIONAL, Advised.FULL_TIME),
    Structure.FULL_TIME_PAIR: (Seats.TWO, Advised.FULL_TIME, Advised.FULL_TIME),
}


def advised(
    seats: Seats = Seats.UNDECIDED, technology: Advised = Advised.UNDECIDED, ai: Advised = Advised.UNDECIDED
) -> Outcome:
    return Outcome(seats, technology, ai, None)


def direction(outcome: Outcome, current: Structure | None) -> Direction:
    return drift(outcome, current).direction


def test_every_structure_can_be_advised_whole() -> None:
    assert WHOLE.keys() == set(Structure)
    assert {structure: advised(*shape).structure for structure, shape in WHOLE.items()} == {s: s for s in Structure}


@pytest.mark.parametrize("structure", list(Structure))
def test_holding_what_is_advised_is_no_drift(structure: Structure) -> None:
    assert drift(advised(*WHOLE[structure]), structure).direction is Direction.NONE
    assert drift(advised(*WHOLE[structure]), structure).reasons == ()


OPPOSITE = {
    Direction.OUTGROWN: Direction.AHEAD_OF_ITSELF,
    Direction.AHEAD_OF_ITSELF: Direction.OUTGROWN,
    Direction.NONE: Direction.NONE,
}


@pytest.mark.parametrize(("one", "other"), list(product(Structure, Structure)))
def test_what_is_outgrown_one_way_is_ahead_of_itself_the_other(one: Structure, other: Structure) -> None:
    there, back = direction(advised(*WHOLE[one]), other), direction(advised(*WHOLE[other]), one)
    assert back is OPPOSITE[there]


LADDER = [
    Structure.NONE,
    Structure.CTO_ONLY_FRACTIONAL,
    Structure.UNIFIED_FRACTIONAL,
    Structure.UNIFIED_FULL_TIME,
    Structure.FRACTIONAL_PAIR,
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
    Structure.FULL_TIME_PAIR,
]


def test_more_seats_then_an_owner_for_both_then_more_commitment_is_a_step_up() -> None:
    for place, held in enumerate(LADDER):
        for step, wanted in enumerate(LADDER):
            expected = (
                Direction.OUTGROWN if step > place else Direction.AHEAD_OF_ITSELF if step < place else Direction.NONE
            )
            assert direction(advised(*WHOLE[wanted]), held) is expected


def test_an_exchange_of_commitment_between_two_seats_is_told_and_points_nowhere() -> None:
    result = drift(advised(*WHOLE[Structure.FULL_TIME_CTO_FRACTIONAL_CAIO]), Structure.FRACTIONAL_CTO_FULL_TIME_CAIO)
    assert result.direction is Direction.NONE
    assert len(result.reasons) == 2


@pytest.mark.parametrize("structure", list(Structure))
def test_with_nothing_advised_there_is_no_drift(structure: Structure) -> None:
    assert direction(advised(), structure) is Direction.NONE


@pytest.mark.parametrize("shape", list(WHOLE.values()))
def test_without_an_open_engagement_there_is_no_drift(shape: tuple[Seats, Advised, Advised]) -> None:
    assert direction(advised(*shape), None) is Direction.NONE


@pytest.mark.parametrize(
    ("seats", "held", "expected"),
    [
        (Seats.TWO, Structure.UNIFIED_FRACTIONAL, Direction.OUTGROWN),
        (Seats.TWO, Structure.CTO_ONLY_FULL_TIME, Direction.OUTGROWN),
        (Seats.TWO, Structure.FULL_TIME_PAIR, Direction.NONE),
        (Seats.ONE, Structure.FRACTIONAL_PAIR, Direction.AHEAD_OF_ITSELF),
        (Seats.ONE, Structure.UNIFIED_FULL_TIME, Direction.NONE),
        (Seats.ONE, Structure.NONE, Direction.OUTGROWN),
    ],
)
def test_seats_alone_decided_are_compared_alone(seats: Seats, held: Structure, expected: Direction) -> None:
    assert direction(advised(seats), held) is expected


@pytest.mark.parametrize(
    ("outcome", "held", "expected"),
    [
        (advised(technology=Advised.FRACTIONAL), Structure.NONE, Direction.OUTGROWN),
        (advised(technology=Advised.FRACTIONAL), Structure.CTO_ONLY_FULL_TIME, Direction.AHEAD_OF_ITSELF),
        (advised(ai=Advised.FULL_TIME), Structure.FRACTIONAL_PAIR, Direction.OUTGROWN),
        (advised(ai=Advised.FRACTIONAL), Structure.UNIFIED_FULL_TIME, Direction.NONE),
        (advised(ai=Advised.FRACTIONAL), Structure.FULL_TIME_PAIR, Direction.AHEAD_OF_ITSELF),
        (
            advised(technology=Advised.FULL_TIME, ai=Advised.FRACTIONAL),
            Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
            Direction.NONE,
        ),
        (advised(Seats.TWO, ai=Advised.FULL_TIME), Structure.FRACTIONAL_PAIR, Direction.OUTGROWN),
        (advised(Seats.TWO, technology=Advised.FRACTIONAL), Structure.FULL_TIME_PAIR, Direction.AHEAD_OF_ITSELF),
    ],
)
def test_commitments_alone_decided_must_all_point_one_way(
    outcome: Outcome, held: Structure, expected: Direction
) -> None:
    assert direction(outcome, held) is expected


@pytest.mark.parametrize(
    ("outcome", "held", "reasons"),
    [
        (advised(Seats.ONE), Structure.NONE, ("no seat is held, one seat is advised",)),
        (advised(ai=Advised.FULL_TIME), Structure.NONE, ("AI is vacant, full-time is advised",)),
        (
            advised(technology=Advised.FULL_TIME, ai=Advised.FRACTIONAL),
            Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
            ("technology is fractional, full-time is advised", "AI is full-time, fractional is advised"),
        ),
    ],
)
def test_what_is_decided_and_differs_is_the_reason(outcome: Outcome, held: Structure, reasons: tuple[str, ...]) -> None:
    assert drift(outcome, held).reasons == reasons


def test_a_fraction_of_ai_is_part_of_a_full_time_seat_with_both_hats() -> None:
    unified = advised(Seats.ONE, Advised.FULL_TIME, Advised.FRACTIONAL)
    assert unified.structure is Structure.UNIFIED_FULL_TIME
    assert direction(unified, Structure.UNIFIED_FULL_TIME) is Direction.NONE


def test_who_comes_first_is_no_drift() -> None:
    for first in (*First, None):
        outcome = Outcome(Seats.ONE, Advised.FRACTIONAL, Advised.FRACTIONAL, first)
        assert direction(outcome, Structure.UNIFIED_FRACTIONAL) is Direction.NONE


def test_a_client_that_grew_has_outgrown_its_one_leader() -> None:
    outcome = evaluate(
        parse_answers({"headcount": 200, "ai_centrality": "core", "stack_complexity": "complex", "sector": "fintech"})
    ).recommendation.outcome
    result = drift(outcome, Structure.UNIFIED_FRACTIONAL)
    assert drift_mapping(result) == {
        "direction": "outgrown",
        "reasons": [
            "one seat is held, two seats are advised",
            "technology is fractional, full-time is advised",
            "AI is fractional, full-time is advised",
        ],
    }
