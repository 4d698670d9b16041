"""Assessing through pages: what the frameworks say as one answers, what is recorded, what drifts, and the tables."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from browsing import Visitor, hidden_in, text_of

from api.state.roles import Role
from domain.assessment import FRAMEWORKS, QUESTIONS, AnswerKind
from domain.assessment.advice_warnings import WARNING_RULES
from domain.assessment.contradictions import CONTRADICTIONS
from domain.assessment.depth import DEPTH_TESTS
from web.citations import citation


def conflicts(*ids: str) -> tuple[str, ...]:
    """What the contradictions of the sources say."""
    return tuple(one.conflict for one in CONTRADICTIONS if one.id in ids)


def warnings(*ids: str) -> tuple[str, ...]:
    return tuple(one.sentence for one in WARNING_RULES if one.id in ids)


def depths(*ids: str) -> tuple[str, ...]:
    return tuple(one.sentence for one in DEPTH_TESTS if one.id in ids)


CASES: dict[int, tuple[dict[str, Any], tuple[str, ...]]] = {
    1: (
        {
            "headcount": "200",
            "sector": "fintech",
            "regulated": "yes",
            "ai_centrality": "core",
            "stack_complexity": "complex",
            "same_person_decides": "no",
        },
        ("Advice so far: Two leaders: a full-time CTO and a full-time CAIO.", *conflicts("C1", "C2", "C18")),
    ),
    2: (
        {
            "headcount": "12",
            "products": "1",
            "builds_software_product": "yes",
            "ai_centrality": "feature",
            "technology_seat": "none",
            "senior_leader_budget": "1",
        },
        ("Technology first", *depths("D01")),
    ),
    3: (
        {
            "headcount": "60",
            "technology_seat": "full_time",
            "ai_functions": ["sales", "customer_success", "operations", "finance"],
            "ai_centrality": "important",
        },
        ("a full-time CTO and a fractional CAIO", *conflicts("C2", "C13"), "One person for AI risk and platform"),
    ),
    4: (
        {
            "annual_revenue.amount": "4,000,000",
            "annual_revenue.currency": "usd",
            "service_business": "yes",
            "headcount": "25",
            "technology_seat": "none",
            "generic_ai_tools_without_strategy": "yes",
        },
        (*conflicts("C3", "C4"), *warnings("A09")),
    ),
    5: (
        {"headcount": "20", "sector": "health", "senior_leader_budget": "1"},
        (*conflicts("C6"), "Its rules conflict on seats:", "AI risk: one named person is accountable for AI risk."),
    ),
    6: (
        {
            "headcount": "600",
            "ai_spend.amount": "1000000",
            "ai_spend.currency": "USD",
            "ai_people": "8",
            "ai_use_cases": "1",
            "ai_in_product": "no",
        },
        ("Its rules conflict on seats:", "2 of 4 conditions hold, and all of them must"),
    ),
    7: (
        {
            "headcount": "28",
            "technology_seat": "fractional",
            "ai_seat": "fractional",
            "technology_seat_since": "2026-01-05",
            "ai_seat_since": "30 Mar 2026",
        },
        ("Advice so far: One fractional leader for technology and AI.", *warnings("A10")),
    ),
    8: (
        {
            "headcount": "12",
            "products": "1",
            "builds_software_product": "yes",
            "ai_centrality": "feature",
            "technology_seat": "fractional",
            "ai_seat": "same_person",
            "senior_leader_budget": "1",
            "cto_ai_depth": "uses_tools",
            "cto_bandwidth": "full",
            "same_person_decides": "yes",
        },
        (
            "Advice so far: One fractional leader for technology and AI.",
            *warnings("A08", "A11", "A12"),
            "What to have in the first quarter Technology review:",
        ),
    ),
}
"""The catalogue's worked cases as a person answers them, and what the page must say of each."""

LARGE = CASES[1][0]


CODE = re.compile(r"(?<![\w-])(?:[ACDNQ]\d{1,2}|F-S\d\w?|S\d:L\d+)(?![\w-])")
"""The ids of rules, warnings and contradictions, and bare citations: no page of an assessment shows them."""


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir) as running:
        yield running


@pytest.fixture
def admin(firm: Served) -> Visitor:
    """An admin at a browser."""
    return Visitor(firm)


def engaged(firm: Served, name: str, profile: dict[str, Any], *, is_led: bool = True) -> tuple[str, str]:
    """A client with an engagement since 2025-01-06, where one fractional leader has both hats if it is led: the ids."""
    person = firm.admin.post("/people", {"name": f"Leader of {name}", "employer": "firm"})["id"]
    slug = firm.admin.post("/clients", {"name": name, "profile": profile})["slug"]
    engagement = firm.admin.post(f"/clients/{slug}/engagements", {"name": "Leadership", "started_on": "2025-01-06"})
    seat = {"functions": ["technology", "ai"], "holder": person, "commitment": "fractional", "provider": "firm"}
    chosen = {"kind": "structure_chosen", "effective_on": "2025-02-03", "seats": [seat]}
    if is_led:
        firm.admin.post(f"/engagements/{engagement['id']}/milestones", chosen)
    return engagement["id"], person


def record(visitor: Visitor, slug: str, fields: dict[str, Any], status: int = 200) -> str:
    """Fill in the assessment's page and press its button that records."""
    page = visitor.get(f"/clients/{slug}/assess")
    form = next(f for f in re.findall(r'<form[^>]*method="post".*?</form>', page, re.S) if "form_id" in f)
    return visitor.send(f"/clients/{slug}/assess/record", {**hidden_in(form), **fields}, status)


@pytest.mark.parametrize("case", CASES)
def test_the_worked_cases_come_out_on_the_page_as_their_author_computed_them(admin: Visitor, case: int) -> None:
    answers, expected = CASES[case]
    words = text_of(admin.send("/assess/says", answers))
    for sentence in expected:
        assert sentence in words, sentence
    assert not CODE.search(words)


def test_the_button_says_what_the_script_says(admin: Visitor) -> None:
    part = text_of(admin.send("/assess/says", LARGE)).partition(" Advice so far: ")[0]
    page = admin.send("/assess", LARGE)
    assert part in text_of(page)
    assert re.search(r'name="headcount" value="200"', page)
    assert re.search(r'<option value="core" selected>', page)
    assert re.search(r'name="regulated" value="yes" checked', page)


def test_every_question_is_asked_once_and_is_unknown_by_default(admin: Visitor) -> None:
    page = admin.get("/assess")
    for name, question in QUESTIONS.items():
        assert page.count(f'id="q-{name}"') == 1, name
        assert html.escape(question.text) in page or question.text in html.unescape(page)
        if question.kind is AnswerKind.YES_NO:
            assert f'name="{name}" value="" checked' in page
    assert "No advice yet" in page
    assert "For a client on record" in page


def test_what_cannot_be_read_is_refused_beside_its_field_and_kept(admin: Visitor) -> None:
    page = admin.send("/assess", {**LARGE, "headcount": "many", "technology_seat_since": "soon"})
    assert 'value="many"' in page
    assert re.search(r'id="q-headcount-error">Must be a whole number', page)
    assert re.search(r'id="q-technology_seat_since-error">Type a date', page)
    assert "Filled first" in text_of(page)


def test_a_client_is_prefilled_from_its_profile_and_its_newest_assessment_with_where_that_is_from(
    firm: Served, admin: Visitor
) -> None:
    engagement, person = engaged(firm, "Halcyon Health", {"headcount": 24, "sector": "health"})
    taken = {"kind": "assessment_taken", "effective_on": "2025-03-06", "assessor": person}
    answers = {"products": 2, "engineers": {"value": 9, "as_of": "2025-03-01", "source": "the CEO"}}
    firm.admin.post(f"/engagements/{engagement}/milestones", {**taken, "answers": answers})
    page = admin.get("/clients/halcyon-health/assess")
    assert 'name="headcount" value="24"' in page
    assert 'name="products" value="2"' in page
    words = text_of(page)
    assert "From the profile" in words
    assert "From an earlier assessment, 6 Mar 2025." in words
    assert "From the CEO, 1 Mar 2025." in words
    before = text_of(admin.get("/clients/halcyon-health/assess", as_of="2025-03-01"))
    assert "From the CEO" not in before
    assert "From an earlier assessment" not in before


def test_an_assessment_is_recorded_with_the_sources_of_its_answers_and_shown_then_and_now(
    firm: Served, admin: Visitor
) -> None:
    engagement, person = engaged(firm, "Halcyon Health", {"headcount": 200}, is_led=False)
    fields = {**LARGE, "effective_on": "2026-02-02", "assessor": person, "source": "the board", "note": "First look"}
    words = text_of(record(admin, "halcyon-health", fields))
    assert "Assessment of Halcyon Health" in words
    assert "2 Feb 2026, by Leader of Halcyon Health" in words
    assert "rules give the same advice." in words
    assert "The advice has been neither followed nor declined yet." in words
    assert "The advice Two leaders: a full-time CTO and a full-time CAIO." in words
    (taken,) = (
        m for m in firm.admin.get(f"/engagements/{engagement}/milestones")["items"] if m["kind"] == "assessment_taken"
    )
    stored = taken["details"]["answers"]
    assert stored["headcount"] == {"value": 200, "source": "profile"}
    assert stored["ai_centrality"] == {"value": "core", "source": "the board"}
    assert taken["note"] == "First look"
    assert "regulated" in stored
    assert "Then and now" in admin.get(f"/engagements/{engagement}/milestones/{taken['id']}")


@pytest.mark.parametrize(
    ("commitment", "said"),
    [("full_time", "was followed after 28 days"), ("fractional", "was followed in part after 28 days")],
)
def test_an_assessment_tells_whether_its_advice_was_followed(
    firm: Served, admin: Visitor, commitment: str, said: str
) -> None:
    engagement, person = engaged(firm, "Halcyon Health", {"headcount": 200}, is_led=False)
    record(admin, "halcyon-health", {**LARGE, "effective_on": "2026-02-02", "assessor": person})
    milestones = firm.admin.get(f"/engagements/{engagement}/milestones")["items"]
    taken = next(m["id"] for m in milestones if m["kind"] == "assessment_taken")
    other = firm.admin.post("/people", {"name": "Ravi", "employer": "firm"})["id"]
    seats = [
        {"functions": [function], "holder": holder, "commitment": commitment, "provider": "firm"}
        for function, holder in (("technology", person), ("ai", other))
    ]
    chosen = {"kind": "structure_chosen", "effective_on": "2026-03-02", "assessment": taken, "seats": seats}
    firm.admin.post(f"/engagements/{engagement}/milestones", chosen)
    page = admin.get(f"/engagements/{engagement}/milestones/{taken}/assessment")
    assert f"The advice {said}" in text_of(page)


def test_a_refused_recording_keeps_what_was_typed_and_names_the_fields(firm: Served, admin: Visitor) -> None:
    engaged(firm, "Halcyon Health", {})
    before = firm.context.log.head()
    page = record(admin, "halcyon-health", {"headcount": "a few", "effective_on": "someday", "note": "Kept"}, 422)
    assert 'value="a few"' in page
    assert ">Kept</textarea>" in page.replace("\nKept", "Kept")
    words = text_of(page)
    assert "Headcount: Must be a whole number" in words
    assert "Assessed on: Type a date" in words
    assert "Assessor: Required." in words
    early = {"headcount": "12", "effective_on": "2020-01-01"}
    assert record(admin, "halcyon-health", {**early, "assessor": "nobody"}, 422)
    assert firm.context.log.head() == before


def test_only_who_may_record_is_asked_to_and_only_their_own_clients(firm: Served, admin: Visitor) -> None:
    engaged(firm, "Halcyon Health", {"headcount": 24})
    assert "Record the assessment" in admin.get("/clients/halcyon-health/assess")
    viewer = Visitor(firm, Role.VIEWER)
    page = viewer.get("/clients/halcyon-health/assess")
    assert "Record the assessment" not in page
    assert 'id="says"' in page
    viewer.send("/clients/halcyon-health/assess/record", {"headcount": "1"}, 403)
    stranger = Visitor(firm, Role.RECORDER, clients=set())
    stranger.get("/clients/halcyon-health/assess", expect=404)
    stranger.send("/assess/says", {"client": "halcyon-health"}, 404)


def test_drift_is_shown_as_a_report_on_the_overview_and_in_the_list(firm: Served, admin: Visitor) -> None:
    engaged(firm, "Halcyon Health", {"headcount": 12})
    assert "structure matches its current advice" in admin.get("/reports/drift")
    _, person = engaged(firm, "Large Bank", {})
    record(admin, "large-bank", {**LARGE, "effective_on": "2026-02-02", "assessor": person})
    words = text_of(admin.get("/reports/drift"))
    assert "Less than advised 1 more is advised than is held" in words
    assert "Large Bank View advice Less than advised" in words
    assert "2 Feb 2026" in words
    assert "Large Bank View advice" not in text_of(admin.get("/reports/drift", as_of="2026-02-01"))
    assert "Large Bank View advice" not in text_of(admin.get("/reports/drift", direction="ahead_of_itself"))
    assert "Large Bank View advice" in text_of(admin.get("/reports/drift", as_of="2026-02-02", direction="outgrown"))
    admin.get("/reports/drift", expect=422, direction="sideways")
    assert "Off advice 1 Large Bank since 2 Feb 2026" in text_of(admin.get("/"))
    assert re.search(
        r'class="pill warn" href="/clients/large-bank/assess"[^>]*>Less than advised', admin.get("/clients")
    )
    assert "Less than advised." in text_of(admin.get("/clients/large-bank/assess"))


def test_every_rule_of_every_framework_stands_in_its_table_with_its_line(admin: Visitor) -> None:
    overview = html.unescape(admin.get("/frameworks"))
    for framework in FRAMEWORKS:
        assert framework.source.interest in overview
        page = html.unescape(admin.get(f"/frameworks/{framework.id}"))
        assert framework.source.interest in page
        for rule in framework.rules:
            row = re.search(rf'<tr id="{re.escape(rule.key)}">.*?</tr>', page, re.S)
            assert row is not None, rule.key
            assert rule.sentence in row[0]
            assert citation(rule.source) in row[0]
            assert rule.modality.phrase in row[0]
            assert rule.condition.text in row[0]
        for note in framework.notes:
            assert note.sentence in page
        earlier = admin.get(f"/frameworks/{framework.id}", version=1)
        assert "Version 1. Show version 2" in text_of(earlier)
        assert not CODE.search(text_of(earlier))
        admin.get(f"/frameworks/{framework.id}", version=99, expect=404)
    admin.get("/frameworks/astrology", expect=404)


def test_advice_is_followed_from_its_page_by_a_form_filled_in(firm: Served, admin: Visitor) -> None:
    engagement, person = engaged(firm, "Halcyon Health", {"headcount": 200})
    page = text_of(admin.get("/clients/halcyon-health/assess"))
    assert "From the seats on record, 3 Feb 2025." in page
    answers = {name: answer for name, answer in LARGE.items() if name != "headcount"}
    words = text_of(record(admin, "halcyon-health", {**answers, "effective_on": "2026-02-02", "assessor": person}))
    name = "Leader of Halcyon Health"
    assert f"{name} holds technology and AI fractional since February 2025; this advice would hand one of" in words
    assert "2 Feb 2026, by Leader of Halcyon Health. Advice by version 2 of the frameworks." in words
    assert not CODE.search(words)
    milestones = firm.admin.get(f"/engagements/{engagement}/milestones")["items"]
    taken = next(m["id"] for m in milestones if m["kind"] == "assessment_taken")
    address = f"/engagements/{engagement}/milestones/{taken}/assessment"
    links = {
        label: html.unescape(href)
        for href, label in re.findall(
            r'<a class="btn[^"]*" href="([^"]+)"[^>]*>(Follow this advice|Decide otherwise)<', admin.get(address)
        )
    }
    form = admin.get(links["Follow this advice"])
    assert f'value="{taken}" selected>2 Feb 2026, by {name}' in form
    assert "Follows the assessment of 2 Feb 2026: Two leaders" in html.unescape(form)
    assert "split_to_two_roles" in links["Follow this advice"]
    assert f'value="{taken}" selected' in admin.get(links["Decide otherwise"])
    assert "Follow this advice" not in Visitor(firm, Role.VIEWER).get(address)
    declined = {"kind": "advice_declined", "effective_on": "2026-02-09", "assessment": taken, "reason": "No budget."}
    firm.admin.post(f"/engagements/{engagement}/milestones", declined)
    after = admin.get(address)
    assert "The advice was declined after 7 days: No budget." in text_of(after)
    assert "Decide otherwise" not in after
