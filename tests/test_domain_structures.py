"""Structures and what they have in common, told from the seats alone."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from uuid import UUID

import pytest

from domain.seats import (
    BOTH,
    Arrangement,
    Commitment,
    Function,
    Hours,
    Provider,
    Seat,
    SeatTerms,
    Structure,
    StructureGroup,
    in_order,
    structure_of,
)

ME, ONE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
SEATS = [
    Seat(chair, SeatTerms(ME, commitment, Provider.FIRM)) for chair, commitment in product((ONE, OTHER), Commitment)
]
ARRANGEMENTS = [
    Arrangement(technology, ai)
    for technology, ai in product((None, *SEATS), repeat=2)
    if technology is None or ai is None or technology.id != ai.id or technology == ai
]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_a_structure_is_in_the_groups_that_its_seats_belong_to(arrangement: Arrangement) -> None:
    seats = {seat.id: seat for seat in (arrangement.technology, arrangement.ai) if seat is not None}
    expected = {StructureGroup.ENGAGED}
    if None in (arrangement.technology, arrangement.ai):
        expected.add(StructureGroup.FUNCTION_UNOWNED)
    else:
        expected.add(StructureGroup.TWO_SEATS if len(seats) == 2 else StructureGroup.ONE_SEAT)
    if any(seat.terms.commitment is Commitment.FULL_TIME for seat in seats.values()):
        expected.add(StructureGroup.SEAT_FULL_TIME)
    assert {group for group in StructureGroup if structure_of(arrangement) in group.structures} == expected


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_an_arrangement_is_vacant_without_seats_unified_with_one_for_both_and_a_pair_with_two(
    arrangement: Arrangement,
) -> None:
    ids = [seat.id for seat in (arrangement.technology, arrangement.ai) if seat is not None]
    assert arrangement.is_vacant == (ids == [])
    assert arrangement.is_unified == (len(ids) == 2 and len(set(ids)) == 1)
    assert arrangement.is_pair == (len(set(ids)) == 2)


def test_every_structure_is_met() -> None:
    assert {structure_of(arrangement) for arrangement in ARRANGEMENTS} == set(Structure)


@pytest.mark.parametrize("function", Function)
def test_an_agreement_for_one_function_keeps_its_hours_and_no_others(function: Function) -> None:
    both = Hours(technology=Decimal(30), ai=Decimal(20))
    one = both.only(function)
    assert one is not None
    assert one.of(function) == both.of(function)
    assert one.of(function.other) is None
    assert one.only(function) == one
    assert one.only(function.other) is None


@pytest.mark.parametrize("functions", [(Function.TECHNOLOGY,), (Function.AI,), BOTH, ()])
def test_a_seat_takes_the_functions_named_and_the_others_stay(functions: tuple[Function, ...]) -> None:
    seat, before = SEATS[-1], Arrangement(SEATS[0], SEATS[1])
    for change in (seat, None):
        after = before.with_seat(change, *functions)
        for function in BOTH:
            assert after.seat_of(function) == (change if function in functions else before.seat_of(function))


def test_functions_are_listed_with_technology_first_whatever_order_they_came_in() -> None:
    assert in_order((Function.AI, Function.TECHNOLOGY)) == in_order(BOTH) == BOTH
    assert [in_order((function,)) for function in BOTH] == [(function,) for function in BOTH]
