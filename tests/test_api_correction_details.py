"""What the `details` of a correction replace and what they merge, for every kind and every field."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from api.http.problems import Problem
from api.schemas.details import MERGED
from api.schemas.examples import EXAMPLES
from api.schemas.milestones import MILESTONE, changed_by
from domain.milestones import Details, Kind
from projections.details_json import details_to_json

FEE = {"amount": "9000.00", "currency": "EUR"}


def details_of(kind: Kind, **more: Any) -> Details:
    """The details of the API's own example, with some others."""
    body = MILESTONE.validate_python({"kind": kind.value, **EXAMPLES[kind], **more})
    return body.to_log(UUID(int=1)).details


def corrected(details: Details, changes: dict[str, Any]) -> dict[str, Any]:
    return details_to_json(changed_by(changes, None)(details))


@pytest.mark.parametrize("kind", Kind)
def test_every_field_sent_as_it_stands_changes_nothing(kind: Kind) -> None:
    details = details_of(kind)
    shape = {name: value for name, value in details_to_json(details).items() if name != "verdicts"}
    for name, value in shape.items():
        assert changed_by({name: value}, None)(details) == details, name
    assert changed_by(shape, None)(details) == details


@pytest.mark.parametrize("kind", Kind)
def test_what_is_left_out_stays_and_other_fields_are_replaced_whole(kind: Kind) -> None:
    details = details_of(kind)
    for name, value in details_to_json(details).items():
        if isinstance(value, dict) and name not in MERGED:
            with pytest.raises(Problem) as refused:
                changed_by({name: {"currency": "EUR"} if "currency" in value else {"x": 1}}, None)(details)
            assert refused.value.status_code == 422
        elif name in ("reason", "rationale", "evidence", "reports_to", "notice_by", "baseline"):
            if name in ("reason", "evidence") and kind in (Kind.ADVICE_DECLINED, Kind.SIGN_OBSERVED):
                continue  # required there, so it is never unknown
            after = corrected(details, {name: None})
            assert after[name] is None
            rest = {field: member for field, member in details_to_json(details).items() if field != name}
            assert {field: member for field, member in after.items() if field != name} == rest


def test_hours_and_a_fee_of_a_seat_are_values() -> None:
    split = details_of(Kind.SPLIT_TO_TWO_ROLES)
    merged = details_of(Kind.MERGED_TO_ONE_ROLE)
    after = corrected(merged, {"seat": {"hours_per_month": {"ai": 15}}})
    assert after["seat"]["hours_per_month"] == {"ai": 15}
    assert after["seat"]["monthly_fee"] == details_to_json(merged)["seat"]["monthly_fee"]  # type: ignore[index]
    for details, seat in ((merged, "seat"), (split, "ai")):
        with pytest.raises(Problem) as refused:
            corrected(details, {seat: {"monthly_fee": {"amount": "9000.00"}}})
        assert [field for field, _ in refused.value.errors] == [f"details.{seat}.monthly_fee.currency"]
        assert corrected(details, {seat: {"monthly_fee": FEE}})[seat]["monthly_fee"] == FEE
        assert corrected(details, {seat: {"monthly_fee": None}})[seat]["monthly_fee"] is None


def test_other_functions_and_their_hours_are_taken_as_they_are_given() -> None:
    terms = details_of(Kind.TERMS_CHANGED, hours_per_month={"technology": 20})
    after = corrected(terms, {"functions": ["ai"], "hours_per_month": {"ai": 19}})
    assert (after["functions"], after["hours_per_month"]) == (["ai"], {"ai": 19})


@pytest.mark.parametrize(
    ("kind", "seat", "functions"),
    [
        (Kind.MERGED_TO_ONE_ROLE, "seat", ["ai", "technology"]),
        (Kind.MERGED_TO_ONE_ROLE, "seat", ["technology", "ai"]),
        (Kind.SPLIT_TO_TWO_ROLES, "technology", ["technology"]),
        (Kind.SPLIT_TO_TWO_ROLES, "ai", ["ai"]),
    ],
)
def test_a_seat_may_say_the_functions_that_its_place_says(kind: Kind, seat: str, functions: list[str]) -> None:
    whole = {**EXAMPLES[kind][seat], "functions": functions}
    assert details_of(kind, **{seat: whole}) == details_of(kind)
    assert changed_by({seat: whole}, None)(details_of(kind)) == details_of(kind)
    for wrong in ([], ["technology", "technology"], ["ai"] if functions != ["ai"] else ["technology"]):
        with pytest.raises(Problem) as refused:
            corrected(details_of(kind), {seat: {"functions": wrong}})
        assert refused.value.status_code == 422
