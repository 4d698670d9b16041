"""What kinds of milestones promise: ids of seats that never change, probes of all that counts, and old versions."""

from __future__ import annotations

import importlib
from itertools import product
from typing import Any, get_origin
from uuid import uuid5

import pytest
from story import AI, DANA, IRIS, TECHNOLOGY, chosen, given, named, on, seat, split, two_hats

from domain import kinds
from domain.field_types import FieldSpec, field_specs
from domain.kinds.details import NEW, NOBODY, SEATS
from domain.kinds.engagement import AssessmentTaken, Opened
from domain.kinds.seats import (
    HandedOver,
    HatAdded,
    MergedToOneRole,
    SeatFilled,
    SeatVacated,
    SplitToTwoRoles,
    StructureChosen,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.kinds.state import BEFORE
from domain.milestones import DETAILS, Kind
from domain.seats import BOTH, Commitment, Function, SeatTerms


def test_the_id_of_a_seat_follows_from_its_milestone_and_its_functions_for_ever() -> None:
    one = given(chosen("2024-02-01", two_hats(DANA), called="the choice"))
    assert one.seat_ids(AI) == [uuid5(named("the choice"), "technology+ai")]
    two = given(chosen("2024-02-01", seat(IRIS, AI), seat(DANA, TECHNOLOGY), called="the choice"))
    assert two.seat_ids(TECHNOLOGY) == [uuid5(named("the choice"), "technology")]
    assert two.seat_ids(AI) == [uuid5(named("the choice"), "ai")]
    halves = one.when(split("2024-03-01", DANA, IRIS, "the split"))
    assert halves.seat_ids(TECHNOLOGY)[-1] == uuid5(named("the split"), "technology")


def test_kinds_are_collected_from_their_modules_each_time_these_are_read() -> None:
    assert importlib.reload(kinds).DETAILS == DETAILS


def is_of_its_type(spec: FieldSpec, member: object) -> bool:
    if spec.is_list:
        return isinstance(member, tuple) and all(isinstance(one, spec.value) for one in member)
    return isinstance(member, get_origin(spec.value) or spec.value)


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.OPENED}))
def test_a_probe_has_a_value_of_its_type_in_every_field_that_is_required(kind: Kind) -> None:
    probes = list(DETAILS[kind].probes(BEFORE))
    assert probes
    for probe in probes:
        assert type(probe) is DETAILS[kind]
        for spec in field_specs(type(probe)):
            if spec.is_required:
                assert is_of_its_type(spec, getattr(probe, spec.name)), spec.name


@pytest.mark.parametrize("kind", [Kind.DECISION_RIGHT_ASSIGNED, Kind.SPENDING_LIMIT_SET, Kind.PAUSED, Kind.CLOSED])
def test_a_kind_that_fits_whatever_its_fields_hold_is_probed_once_for_each_function(kind: Kind) -> None:
    times = len(Function) if kind is Kind.SPENDING_LIMIT_SET else 1
    assert len(list(DETAILS[kind].probes(BEFORE))) == times


def test_an_opening_is_not_probed() -> None:
    assert list(Opened.probes(BEFORE)) == []


def test_every_probe_is_another() -> None:
    for details in DETAILS.values():
        probes = list(details.probes(BEFORE))
        assert all(probe not in probes[:number] for number, probe in enumerate(probes))


def test_probes_of_seats_try_every_seat_with_every_commitment() -> None:
    every = set(product(SEATS, Commitment))
    assert {(probe.seat.functions, probe.seat.commitment) for probe in SeatFilled.probes(BEFORE)} == every
    choices = {
        tuple((one.functions, one.commitment) for one in probe.seats) for probe in StructureChosen.probes(BEFORE)
    }
    pairs = {(((TECHNOLOGY,), left), ((AI,), right)) for left, right in product(Commitment, repeat=2)}
    assert choices == {(one,) for one in every} | pairs
    assert [probe.function for probe in HatAdded.probes(BEFORE)] == list(Function)
    assert [probe.functions for probe in SeatVacated.probes(BEFORE)] == list(SEATS)
    assert {(p.technology.commitment, p.ai.commitment) for p in SplitToTwoRoles.probes(BEFORE)} == set(
        product(Commitment, repeat=2)
    )


def test_probes_refer_to_what_is_on_record_and_to_something_new_where_nothing_is() -> None:
    state = BEFORE._replace(
        conflicts=frozenset({"gpu", "roadmap"}),
        resolved=frozenset({"gpu"}),
        initiatives=frozenset({"triage", "search"}),
        live=frozenset({"search"}),
        signs=frozenset({"A07"}),
    )
    fields = {
        Kind.CONFLICT_RESOLVED: ("conflict", ["roadmap"]),
        Kind.INITIATIVE_LIVE: ("initiative", ["triage"]),
        Kind.OUTCOME_MEASURED: ("initiative", ["search", "triage"]),
        Kind.SIGN_CLEARED: ("sign", ["A07"]),
    }
    for kind, (field, on_record) in fields.items():
        assert [getattr(probe, field) for probe in DETAILS[kind].probes(state)] == on_record
        assert [getattr(probe, field) for probe in DETAILS[kind].probes(BEFORE)] == [NEW]


def test_hours_are_probed_for_the_month_in_which_a_function_was_first_held() -> None:
    state = BEFORE._replace(held_spans={TECHNOLOGY: (), AI: ((on("2024-02-29", Opened("x")).effective_on, None),)})
    months = {(probe.function, probe.month) for probe in DETAILS[Kind.HOURS_REPORTED].probes(state)}  # type: ignore[attr-defined]
    assert months == {(TECHNOLOGY, "1900-01"), (AI, "2024-02")}


def test_verdicts_and_the_order_of_functions_make_no_difference() -> None:
    assert AssessmentTaken({}, DANA, {"verdict": "split"}).comparable() == AssessmentTaken({}, DANA)
    backwards = tuple(reversed(BOTH))
    assert HandedOver(backwards, DANA).comparable() == HandedOver(BOTH, DANA)
    assert SeatFilled(seat(DANA, *backwards)).comparable() == SeatFilled(two_hats(DANA))
    assert StructureChosen((seat(DANA, *backwards),)).comparable() == StructureChosen((two_hats(DANA),))
    plain = MergedToOneRole(SeatTerms(NOBODY, Commitment.FRACTIONAL, two_hats(DANA).provider))
    assert plain.comparable() is plain


@pytest.mark.parametrize(
    "details",
    [
        SplitToTwoRoles,
        MergedToOneRole,
        TransitionedToFullTime,
        TransitionedToFractional,
        HatAdded,
        HandedOver,
        SeatFilled,
        SeatVacated,
    ],
)
def test_a_change_of_seats_stored_before_advice_could_be_named_follows_none(details: Any) -> None:
    state = {"holder": DANA}
    details.upcast_v1_v2(state)
    assert state == {"holder": DANA, "rationale": None, "assessment": None}
