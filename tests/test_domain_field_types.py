"""What the fields of a dataclass are, as its annotations say, and whom its values and its JSON refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from story import AI, DANA, IRIS, SOFIA, seat, terms, two_hats

from domain.field_types import (
    KEEP,
    Amount,
    FieldSpec,
    FieldType,
    Keep,
    Line,
    PersonId,
    Text,
    field_specs,
    people_in,
    people_in_json,
)
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import Opened
from domain.kinds.seats import SeatFilled, SplitToTwoRoles, StructureChosen
from domain.seats import Function


@dataclass(frozen=True)
class Room:
    """A part of a meeting."""

    keeper: PersonId | None
    is_small: bool = False


@dataclass(frozen=True)
class Meeting:
    """A field of every form."""

    title: Line
    functions: tuple[Function, ...]
    rooms: tuple[Room, ...]
    chair: PersonId | None
    fee: Amount | Keep | None = KEEP
    minutes: Text = ""
    is_regular: bool = False
    present: tuple[PersonId, ...] = field(default_factory=tuple)


def spec(name: str, value: Any, kind: FieldType | None = None, **rest: bool) -> FieldSpec:
    flags = {"is_list": False, "is_required": False, "may_be_null": False, "may_be_kept": False, **rest}
    return FieldSpec(name, value, kind, **flags)


def test_a_field_is_what_its_annotation_and_its_default_say() -> None:
    assert field_specs(Meeting) == (
        spec("title", str, FieldType.LINE, is_required=True),
        spec("functions", Function, is_list=True, is_required=True),
        spec("rooms", Room, is_list=True, is_required=True),
        spec("chair", UUID, FieldType.PERSON, is_required=True, may_be_null=True),
        spec("fee", Decimal, FieldType.AMOUNT, may_be_null=True, may_be_kept=True),
        spec("minutes", str, FieldType.TEXT),
        spec("is_regular", bool),
        spec("present", UUID, FieldType.PERSON, is_list=True),
    )


def test_a_field_that_holds_a_dataclass_has_it_as_its_part() -> None:
    assert {one.name: one.part for one in field_specs(Meeting) if one.part is not None} == {"rooms": Room}


def test_free_text_is_what_share_links_without_notes_hide() -> None:
    hidden = {kind for kind in FieldType if kind.is_free_text}
    assert hidden == {FieldType.LINE, FieldType.REASON, FieldType.TEXT}


@dataclass(frozen=True)
class Plain:
    """A text whose meaning nothing says."""

    title: str | None


def test_a_text_a_number_or_an_id_needs_a_field_type() -> None:
    with pytest.raises(TypeError, match=r"^Plain\.title needs a type of domain\.field_types$"):
        field_specs(Plain)


def test_people_are_listed_in_the_order_of_the_fields() -> None:
    choice = StructureChosen((seat(DANA, AI), two_hats(IRIS)))
    assert list(people_in(choice)) == [DANA, IRIS]
    assert list(people_in(SplitToTwoRoles(terms(DANA), terms(IRIS)))) == [DANA, IRIS]
    assert list(people_in(Opened("CTO+CAIO"))) == []
    assert list(people_in(Opened("CTO+CAIO", SOFIA))) == [SOFIA]


def holder(person: UUID | None) -> dict[str, Any]:
    return {"holder": None if person is None else str(person), "functions": ["ai"]}


@pytest.mark.parametrize(
    ("owner", "shape", "people"),
    [
        (Opened, {"name": "CTO+CAIO", "practice_lead": None}, []),
        (Opened, {"practice_lead": str(SOFIA)}, [("practice_lead", SOFIA)]),
        (AlignmentHeld, {}, []),
        (
            AlignmentHeld,
            {"participants": [str(DANA), None, str(IRIS)]},
            [("participants", DANA), ("participants", IRIS)],
        ),
        (SeatFilled, {"seat": holder(DANA)}, [("seat.holder", DANA)]),
        (SeatFilled, {"seat": None}, []),
        (
            StructureChosen,
            {"seats": [holder(DANA), holder(None), holder(IRIS)]},
            [("seats.0.holder", DANA), ("seats.2.holder", IRIS)],
        ),
        (
            SplitToTwoRoles,
            {"technology": holder(DANA), "ai": holder(IRIS)},
            [("technology.holder", DANA), ("ai.holder", IRIS)],
        ),
    ],
)
def test_people_in_json_come_with_the_path_of_their_field(
    owner: type, shape: dict[str, Any], people: list[tuple[str, UUID]]
) -> None:
    assert list(people_in_json(owner, shape)) == people


def test_the_path_of_a_person_begins_with_that_of_the_json() -> None:
    shape = {"technology": holder(DANA), "ai": holder(IRIS)}
    assert [path for path, _ in people_in_json(SplitToTwoRoles, shape, "changes.3.details")] == [
        "changes.3.details.technology.holder",
        "changes.3.details.ai.holder",
    ]
