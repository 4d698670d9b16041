"""Structures and what they have in common, told from the seats alone."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from domain.seats import Arrangement, Commitment, Provider, Seat, SeatTerms, Structure, StructureGroup, structure_of

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
    held = {seat.id: seat for seat in (arrangement.technology, arrangement.ai) if seat is not None}
    expected = {StructureGroup.ENGAGED}
    if None in (arrangement.technology, arrangement.ai):
        expected.add(StructureGroup.FUNCTION_UNOWNED)
    else:
        expected.add(StructureGroup.TWO_SEATS if len(held) == 2 else StructureGroup.ONE_SEAT)
    if any(seat.terms.commitment is Commitment.FULL_TIME for seat in held.values()):
        expected.add(StructureGroup.SEAT_FULL_TIME)
    assert {group for group in StructureGroup if structure_of(arrangement) in group.structures} == expected


def test_every_structure_is_met() -> None:
    assert {structure_of(arrangement) for arrangement in ARRANGEMENTS} == set(Structure)
