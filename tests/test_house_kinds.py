"""Every field of every kind of milestone, walked through JSON, people named, forms, wording and redaction."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import EnumMeta
from typing import Any
from uuid import UUID

import pytest

from api.schemas.details import FUNCTIONS_OF
from api.schemas.milestones import BODIES
from domain.field_types import FieldSpec, FieldType, field_specs, people_in
from domain.kinds import DETAILS
from domain.milestones import Kind
from domain.precision import Precision
from domain.profile import PROFILE_FIELDS, Profile
from domain.seats import BOTH, Function, Hours, Money
from projections.details_json import details_to_json, people_named
from projections.milestone_versions import MilestoneVersion, RecordingKind
from web.kinds import GROUPS, OFFERED, PAGES, describe
from web.kinds.fields import FormContext
from web.pages.clients.profile_fields import profile_form_fields
from web.pages.clients.redaction import Redaction
from web.pages.milestones.details import detail_rows
from web.pages.milestones.form import form_of

MAYA, IVO, TAKEN = (UUID(int=number) for number in (101, 102, 103))
AMOUNT = "7351.00"
TEXTS = {
    FieldType.SLUG: "model_risk",
    FieldType.SIGN: "A07",
    FieldType.STANDING_SIGN: "A07",
    FieldType.MONTH: "2026-03",
    FieldType.PERSON: str(MAYA),
    FieldType.ASSESSMENT: str(TAKEN),
    FieldType.UNIT: "minutes",
}
FORMED = sorted(set(Kind) - {Kind.ASSESSMENT_TAKEN})


def filled(owner: Any, functions: tuple[Function, ...] = BOTH) -> dict[str, Any]:
    """JSON in which every field of a dataclass holds something."""
    return {
        spec.name: [one] if spec.is_list and not isinstance(one, list) else one
        for spec in field_specs(owner)
        if spec.type is not FieldType.VERDICTS
        for one in (value_of(spec, functions),)
    }


def value_of(spec: FieldSpec, functions: tuple[Function, ...]) -> Any:
    if spec.value is Money:
        return {"amount": AMOUNT, "currency": "USD"}
    if spec.value is Hours:
        return {function.value: 20 for function in functions}
    if spec.part:
        return filled(spec.part, FUNCTIONS_OF.get(spec.name, BOTH))
    if spec.value is Function:
        return [function.value for function in BOTH] if spec.is_list else "ai"
    if isinstance(spec.value, EnumMeta):
        return next(iter(spec.value)).value
    if spec.value is UUID and spec.is_list:
        return [str(MAYA), str(IVO)]
    if spec.type is FieldType.ANSWERS:
        return {"headcount": 24}
    if spec.value is str:
        return TEXTS.get(spec.type, f"canary {spec.name}") if spec.type else ""
    return {Decimal: 12.5, date: "2026-01-31", bool: True}.get(spec.value, TEXTS.get(spec.type or FieldType.UNIT))


def version_of(kind: Kind) -> MilestoneVersion:
    """A milestone of a kind with all its fields filled, as read models have it."""
    body = BODIES[kind].model_validate({"kind": kind.value, "effective_on": "2026-01-01", **filled(DETAILS[kind])})
    return MilestoneVersion(
        id=MAYA,
        engagement=MAYA,
        client=MAYA,
        kind=kind,
        effective_on=date(2026, 1, 1),
        takes_effect_on=date(2026, 1, 1),
        precision=Precision.DAY,
        order=1,
        details=details_to_json(body.to_log(MAYA).details),
        note=None,
        links=(),
        reported_on=None,
        version=1,
        recording_kind=RecordingKind.LOGGED,
        reason=None,
        retraction_links=(),
        recorded_at=datetime(2026, 1, 2, tzinfo=UTC),
        recorded_by=MAYA,
        engagement_version=1,
        position=1,
    )


def members(shape: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value in JSON with the name of the field that holds it."""
    if isinstance(shape, Mapping):
        for field, member in shape.items():
            yield from members(member, field)
    elif isinstance(shape, list):
        for member in shape:
            yield from members(member, name)
    else:
        yield name, shape


@pytest.mark.parametrize("kind", Kind)
def test_json_holds_every_field_as_it_was_sent(kind: Kind) -> None:
    sent = filled(DETAILS[kind])
    details = version_of(kind).details
    assert {name: details[name] for name in sent} == sent
    assert set(details) == {spec.name for spec in field_specs(DETAILS[kind])}


@pytest.mark.parametrize("kind", Kind)
def test_json_is_read_as_the_details_that_were_sent(kind: Kind) -> None:
    version, owner = version_of(kind), DETAILS[kind]
    details = version.details_as(owner)
    assert isinstance(details, owner)
    assert details_to_json(details) == version.details
    assert {type(getattr(details, spec.name)) for spec in field_specs(owner) if spec.value is Decimal} <= {Decimal}
    assert all(version.details_as(other) is None for other in DETAILS.values() if other is not owner)


@pytest.mark.parametrize("kind", Kind)
def test_details_without_what_their_kind_requires_are_not_read(kind: Kind) -> None:
    version = version_of(kind)
    for spec in field_specs(DETAILS[kind]):
        rest = {name: value for name, value in version.details.items() if name != spec.name}
        details = replace(version, details=rest).details_as(DETAILS[kind])
        assert (details is None) is spec.is_required


@pytest.mark.parametrize("kind", Kind)
def test_the_people_named_are_all_ids_but_those_of_assessments(kind: Kind) -> None:
    details = version_of(kind).details
    ids = [value for name, value in members(details) if name != "assessment" and value in (str(MAYA), str(IVO))]
    assert [str(person) for _, person in people_named(kind, details)] == ids
    for path, person in people_named(kind, details):
        value: Any = details
        for step in path.split("."):
            value = value[int(step) if step.isdigit() else step]
        assert str(person) in value
    body = BODIES[kind].model_validate({"kind": kind.value, "effective_on": "2026-01-01", **filled(DETAILS[kind])})
    assert [str(person) for person in people_in(body.to_log(MAYA).details)] == ids


@pytest.mark.parametrize("kind", FORMED)
def test_a_form_gives_back_every_field(kind: Kind) -> None:
    version = version_of(kind)
    assert details_to_json(form_of(version, FormContext()).body().to_log(MAYA).details) == version.details


@pytest.mark.parametrize("kind", FORMED)
def test_a_page_shows_every_field(kind: Kind) -> None:
    version = version_of(kind)
    rows = detail_rows(kind, version.details, str, {TAKEN: "the assessment of March"})
    assert all(label for label, _ in rows)
    shown = " ".join(text for _, text in rows)
    texts = [str(value) for name, value in members(version.details) if str(value).startswith(("canary", "0000"))]
    for text in texts:
        assert ("the assessment of March" if text == str(TAKEN) else text) in shown


@pytest.mark.parametrize("kind", Kind)
def test_redaction_leaves_out_free_text_and_money_and_nothing_else(kind: Kind) -> None:
    version = version_of(kind)
    specs = {spec.name: spec for spec in field_specs(DETAILS[kind])}
    free = {name for name, spec in specs.items() if spec.type in (FieldType.LINE, FieldType.REASON, FieldType.TEXT)}
    shown = Redaction(money=False, notes=False).milestone(version)
    assert AMOUNT not in json.dumps(shown.details)
    assert set(shown.details) == {name for name, spec in specs.items() if name not in free and spec.value is not Money}
    assert not free & {name for name, _ in members(shown.details)}
    words = describe(kind, shown.details, str)
    assert not re.search("|".join(f"canary {name}" for name in free) or r"(?!)", f"{words.title} {words.note}")


@pytest.mark.parametrize("kind", Kind)
def test_redaction_of_a_measure_in_a_currency_hides_it_with_its_unit(kind: Kind) -> None:
    version = version_of(kind)
    measured = {spec.name for spec in field_specs(DETAILS[kind]) if spec.type in (FieldType.MEASURE, FieldType.UNIT)}
    units = {spec.name: "USD" for spec in field_specs(DETAILS[kind]) if spec.type is FieldType.UNIT}
    details = {**version.details, **units}
    shown = Redaction(money=False, notes=True)._details(DETAILS[kind], details)
    assert not measured & set(shown)


def test_every_kind_has_a_page_with_a_name_and_a_line_of_its_own() -> None:
    assert set(PAGES) == set(Kind)
    assert len({page.name for page in PAGES.values()}) == len({page.summary for page in PAGES.values()}) == len(Kind)
    assert {page.kind for _, pages in GROUPS for page in pages} == OFFERED
    assert set(Kind) - OFFERED == {Kind.OPENED, Kind.ASSESSMENT_TAKEN}


def test_a_text_an_id_or_a_number_without_a_type_is_refused() -> None:
    @dataclass(frozen=True)
    class Untyped:
        remark: str | None = None

    with pytest.raises(TypeError, match=r"Untyped\.remark"):
        field_specs(Untyped)


def test_every_field_of_a_profile_has_a_form_field() -> None:
    names = [form_field.name.partition(".")[0] for form_field in profile_form_fields("")]
    assert list(dict.fromkeys(names)) == list(PROFILE_FIELDS) == [spec.name for spec in field_specs(Profile)]
