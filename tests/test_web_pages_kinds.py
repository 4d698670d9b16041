"""The forms of milestones hold all that the kinds hold, and give back what was typed into them."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

import pytest

from api.http.problems import Problem
from api.schemas.examples import EXAMPLES
from api.schemas.milestones import MILESTONE
from domain.assessment import QUESTIONS
from domain.milestones import DETAILS, Kind
from domain.precision import Precision
from projections.details_json import details_to_json, people_named
from projections.milestone_versions import MilestoneVersion, RecordingKind
from web.form_fields import Typed
from web.kinds import GROUPS, PAGES, describe
from web.kinds.fields import FormContext
from web.kinds.structures import SHAPES
from web.pages.milestones.details import detail_rows, shape_in
from web.pages.milestones.form import MISSING, MilestoneForm, form_of

FORMED = [kind for kind in Kind if kind is not Kind.ASSESSMENT_TAKEN]
SOMEBODY = UUID(int=1)


def naming(person: UUID) -> str:
    return f"<{person}>"


def details_of(kind: Kind, **more: Any) -> dict[str, Any]:
    """The details of the API's own example, as the record keeps them."""
    body = MILESTONE.validate_python({"kind": kind.value, **EXAMPLES[kind], **more})
    return dict(details_to_json(body.to_log(SOMEBODY).details))


def version_of(kind: Kind, details: dict[str, Any], precision: Precision = Precision.DAY) -> MilestoneVersion:
    return MilestoneVersion(
        id=SOMEBODY,
        engagement=SOMEBODY,
        client=SOMEBODY,
        kind=kind,
        effective_on=date(2026, 1, 1),
        takes_effect_on=date(2026, 1, 1),
        precision=precision,
        order=1,
        details=details,
        note="a note\nof two lines",
        links=("https://example.org/a", "https://example.org/b"),
        reported_on=None,
        version=1,
        recording_kind=RecordingKind.LOGGED,
        reason=None,
        retraction_links=(),
        recorded_at=datetime(2026, 1, 2, tzinfo=UTC),
        recorded_by=SOMEBODY,
        engagement_version=1,
        position=1,
    )


def test_every_kind_is_offered_once_but_those_with_pages_of_their_own() -> None:
    offered = [page.kind for _, pages in GROUPS for page in pages]
    assert sorted(offered) == sorted(set(Kind) - {Kind.OPENED, Kind.ASSESSMENT_TAKEN})


def test_closing_says_that_its_day_no_longer_counts() -> None:
    page = PAGES[Kind.CLOSED]
    assert "the closing day no longer counts" in page.summary
    assert not callable(page.fields)
    assert any("The closing day itself no longer counts" in section.hint for section in page.fields)


def test_every_kind_has_a_page() -> None:
    assert set(PAGES) == set(Kind)
    assert all(page.kind is kind and page.name and page.summary for kind, page in PAGES.items())


@pytest.mark.parametrize("kind", Kind)
def test_no_two_fields_of_a_form_have_one_name(kind: Kind) -> None:
    form = MilestoneForm(kind, FormContext(), is_correction=True)
    names = [form_field.name for form_field in form.form_fields] + ["reason", "of", "version", "form_id", "do", "add"]
    if kind is Kind.ASSESSMENT_TAKEN:
        names += [*QUESTIONS, "source", "client", "known_on"]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", FORMED)
def test_a_form_asks_for_every_detail_of_its_kind(kind: Kind) -> None:
    shapes = [choice.value for choice in SHAPES] if kind is Kind.STRUCTURE_CHOSEN else ["both"]
    around = FormContext(assessments=((SOMEBODY, "1 Jan 2026"),))
    names_in_form = {
        form_field.name.partition(".")[0]
        for shape in shapes
        for block in PAGES[kind].blocks(around, shape)
        for form_field in block.form_fields
    }
    assert names_in_form == {field.name for field in fields(cast(Any, DETAILS[kind]))}


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("kind", FORMED)
def test_a_milestone_typed_into_its_form_is_the_same_milestone(kind: Kind, precision: Precision) -> None:
    details = details_of(kind)
    version = version_of(kind, details, precision)
    log = form_of(version, FormContext()).body().to_log(SOMEBODY)
    assert details_to_json(log.details) == details
    assert (log.effective_on, log.precision) == (version.effective_on, precision)
    assert log.note == version.note
    assert log.links == version.links


@pytest.mark.parametrize("seats", [["ai", "technology"], ["technology"], ["ai"]])
def test_a_structure_of_any_shape_is_typed_as_it_stands(seats: list[str]) -> None:
    seat = {"holder": str(SOMEBODY), "commitment": "full_time", "provider": "client", "interim": True}
    chosen = details_of(Kind.STRUCTURE_CHOSEN, seats=[{"functions": [function], **seat} for function in seats])
    form = form_of(version_of(Kind.STRUCTURE_CHOSEN, chosen), FormContext())
    assert form.shape == shape_in(Kind.STRUCTURE_CHOSEN, chosen)
    again: Any = details_to_json(form.body().to_log(SOMEBODY).details)
    assert sorted(again["seats"], key=str) == sorted(chosen["seats"], key=str)


@pytest.mark.parametrize("kind", sorted(set(FORMED) - {Kind.PAUSED, Kind.RESUMED}))
def test_an_empty_form_says_what_is_missing_and_nothing_else(kind: Kind) -> None:
    form = MilestoneForm(kind, FormContext(), typed=Typed([("effective_on", "2026-01-01")]))
    with pytest.raises(Problem) as refused:
        form.body()
    assert {message for _, message in refused.value.errors} == {MISSING}
    assert form.missing(refused.value)
    assert {name for name, _ in refused.value.errors} <= set(form.labels)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_told_in_words_and_in_all_its_details(kind: Kind) -> None:
    details = details_of(kind)
    words = describe(kind, details, naming)
    assert words.title
    assert words.title[0].isupper()
    for text in (words.title, words.note, *(value for _, value in detail_rows(kind, details, naming))):
        assert "None" not in text
        assert "_" not in text.replace("full_time", "_") or kind in (Kind.ASSESSMENT_TAKEN,)
    named = {naming(person) for _, person in people_named(kind, details)}
    detail_text = " ".join(value for _, value in detail_rows(kind, details, naming))
    assert all(name in detail_text for name in named)


def test_what_was_left_as_it_was_and_what_is_not_known_any_more_are_not_the_same() -> None:
    pairs = [("effective_on", "2026-01-01"), ("functions", "ai")]
    kept = MilestoneForm(Kind.TERMS_CHANGED, FormContext(), typed=Typed([*pairs, ("reports_to", "unknown")]))
    assert details_to_json(kept.body().to_log(SOMEBODY).details) == {"functions": ["ai"], "reports_to": None}
    cleared = [*pairs, ("monthly_fee.cleared", "true"), ("hours_per_month.ai", "12"), ("monthly_fee.currency", "USD")]
    form = MilestoneForm(Kind.TERMS_CHANGED, FormContext(), typed=Typed(cleared))
    assert details_to_json(form.body().to_log(SOMEBODY).details) == {
        "functions": ["ai"],
        "hours_per_month": {"ai": 12},
        "monthly_fee": None,
    }
