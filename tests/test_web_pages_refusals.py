"""Every refusal of the form "Log a milestone" stands beside its field, in plain words, with what was typed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from api_client import Served, served
from browsing import Visitor, hidden_in, sent_unchanged
from timeline_histories import BOTH, CAIO, CTO, log, people_of, seat, with_ids

from domain import errors
from domain.errors import Unfitting
from domain.milestones import Kind
from web.form_fields import FormField, Reads
from web.kinds import OFFERED, PAGES
from web.kinds.fields import FormContext
from web.kinds.structures import SHAPES
from web.pages.milestones.form import COMMON, EFFECTIVE_ON, REPORTED_ON

CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|[0-9a-f]{8}-|\d{4}-\d\d-\d\d|'|slug|UUID")
"""What is not plain in a message: names of fields and values, ids, and dates written for programs."""
UNIFIED = log("structure_chosen", "2024-02-01", seats=[seat("Dana", BOTH)])
PAIR = log("structure_chosen", "2024-02-01", seats=[seat("Dana", CTO), seat("Ravi", CAIO)])
FULL_TIME = log("structure_chosen", "2024-02-01", seats=[seat("Dana", BOTH, commitment="full_time")])
RAISED = log("conflict_raised", "2024-03-04", conflict="gpu-budget", topic="whose budget")
STARTED = log("initiative_started", "2024-03-04", initiative="claims-triage")
SEEN = log("sign_observed", "2024-03-04", sign="A07", evidence="no meeting")
ANSWERS = log("assessment_taken", "2024-06-03", answers={"headcount": 24}, assessor="Dana")
TWO = {
    f"{role}.{name}": value
    for role, holder in (("technology", "Dana"), ("ai", "Ravi"))
    for name, value in (("holder", holder), ("commitment", "fractional"), ("provider", "firm"))
}
ONE = {"seat.holder": "Dana", "seat.commitment": "fractional", "seat.provider": "firm"}
HOURS = {"month": "Feb 2024", "function": "ai", "hours": "400"}
AT = "1 May 2024"

UNFIT: Mapping[type[Unfitting], tuple[tuple[dict[str, Any], ...], str, dict[str, str], str]] = {
    errors.BeforeOpening: ((), "paused", {"effective_on": "1 Jan 2024", "reason": "a round"}, "effective_on"),
    errors.EngagementClosed: ((log("closed", "2024-04-01", outcome="done"),), "paused", {}, "effective_on"),
    errors.AlreadySplit: ((PAIR,), "split_to_two_roles", TWO, "effective_on"),
    errors.NotUnified: ((), "split_to_two_roles", TWO, "effective_on"),
    errors.NotTwoSeats: ((UNIFIED,), "merged_to_one_role", ONE, "effective_on"),
    errors.NotOneSeat: ((PAIR,), "handed_over", {"functions": "technology+ai", "holder": "Elena"}, "functions"),
    errors.AlreadyFullTime: (
        (FULL_TIME,),
        "transitioned_to_full_time",
        {"functions": "technology+ai", "holder": "Elena", "provider": "client"},
        "functions",
    ),
    errors.NotFullTime: (
        (UNIFIED,),
        "transitioned_to_fractional",
        {"functions": "technology+ai", "holder": "Elena", "provider": "firm"},
        "functions",
    ),
    errors.FunctionHeld: ((UNIFIED,), "seat_filled", {**ONE, "seat.functions": "ai"}, "seat.functions"),
    errors.FunctionVacant: ((), "seat_vacated", {"functions": "ai", "reason": "left"}, "functions"),
    errors.SameHolder: ((UNIFIED,), "handed_over", {"functions": "technology+ai", "holder": "Dana"}, "holder"),
    errors.AlreadyPaused: ((log("paused", "2024-04-01"),), "paused", {}, "effective_on"),
    errors.NotPaused: ((), "resumed", {"note": "typed and kept"}, "effective_on"),
    errors.HoursNotHeld: ((UNIFIED,), "hours_reported", {**HOURS, "month": "Jan 2024"}, "month"),
    errors.TooManyHours: (
        (UNIFIED, log("hours_reported", "2024-03-04", month="2024-02", function="technology", hours=400)),
        "hours_reported",
        HOURS,
        "hours",
    ),
    errors.ConflictKnown: ((RAISED,), "conflict_raised", {"conflict": "gpu-budget", "topic": "again"}, "conflict"),
    errors.UnknownConflict: (
        (),
        "conflict_resolved",
        {"conflict": "gpu-budget", "resolved_by": "joint"},
        "conflict",
    ),
    errors.ConflictResolved: (
        (RAISED, log("conflict_resolved", "2024-04-01", conflict="gpu-budget", resolved_by="joint")),
        "conflict_resolved",
        {"conflict": "gpu-budget", "resolved_by": "joint"},
        "conflict",
    ),
    errors.InitiativeKnown: ((STARTED,), "initiative_started", {"initiative": "claims-triage"}, "initiative"),
    errors.UnknownInitiative: ((), "initiative_live", {"initiative": "claims-triage"}, "initiative"),
    errors.AlreadyLive: (
        (STARTED, log("initiative_live", "2024-04-01", initiative="claims-triage")),
        "initiative_live",
        {"initiative": "claims-triage"},
        "initiative",
    ),
    errors.SignStands: ((SEEN,), "sign_observed", {"sign": "A07", "evidence": "again"}, "sign"),
    errors.SignNotObserved: ((), "sign_cleared", {"sign": "A07", "evidence": "they meet"}, "sign"),
    errors.UnknownAssessment: (
        (),
        "advice_declined",
        {"assessment": "2b8c1d7e-5f60-4a3b-9e21-7c4d8f0a6b15", "reason": "no budget"},
        "assessment",
    ),
    errors.LaterAssessment: (
        (ANSWERS,),
        "advice_declined",
        {"assessment": "the assessment", "reason": "no budget"},
        "assessment",
    ),
}
"""What is on record, the kind that is logged, what is typed, and the field beside which the refusal stands."""

BETWEEN_FIELDS: Mapping[str, tuple[str, dict[str, str], str, str]] = {
    "no new terms": ("terms_changed", {"functions": "technology+ai"}, "functions", "a new fee"),
    "notice after the renewal": (
        "renewal_set",
        {"renews_on": "2025-01-01", "notice_by": "2025-01-02"},
        "notice_by",
        "ust not be after",
    ),
    "a sign without a name": ("sign_observed", {"sign": "???", "evidence": "seen"}, "sign", "from the guide"),
    "a year too far": ("paused", {"effective_on": "2300-01-01"}, "effective_on", "between"),
    "too many hours a month": (
        "terms_changed",
        {"functions": "technology+ai", "hours_per_month.ai": "745"},
        "hours_per_month.ai",
        "between 0 and",
    ),
    "a fraction of a cent": (
        "spending_limit_set",
        {"function": "ai", "limit.amount": "0.001", "limit.currency": "USD"},
        "limit.amount",
        "decimal",
    ),
}
"""What is typed into the form of a kind, the field beside which its refusal stands, and some of its words."""

WRONG: Mapping[Reads, str] = {
    Reads.TEXT: "a bell\x07",
    Reads.LINES: "a bell\x07",
    Reads.SLUG: "???",
    Reads.ASSESSMENT: "no such id",
    Reads.CHOICE: "nonsense",
    Reads.FUNCTIONS: "nonsense",
    Reads.NUMBER: "many",
    Reads.AMOUNT: "plenty",
    Reads.CURRENCY: "dollars",
    Reads.MONTH: "someday",
    Reads.DAY: "someday",
    Reads.PERSON: "Nobody Of This Name",
    Reads.PEOPLE: "Nobody Of This Name",
}
"""What a field of each sort refuses by itself. A box can't be wrong, and the domain knows the signs."""

NAMED = (Reads.PERSON, Reads.PEOPLE)
"""Fields of people, found by typing their names."""
EXAMPLE = re.compile(r"2026-03(-01)?")
"""What a date that can be read looks like."""
FORMS = [
    (kind, shape)
    for kind in sorted(OFFERED)
    for shape in ([choice.value for choice in SHAPES] if kind is Kind.STRUCTURE_CHOSEN else ["both"])
]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("refused")) as running:
        yield running


@pytest.fixture(scope="module")
def visitor(firm: Served) -> Visitor:
    return Visitor(firm)


def beside(page: str) -> dict[str, str]:
    """The errors of a page, by the id of the field beside which they stand."""
    errors_shown = re.findall(r'<p class="error" id="(f-[\w-]+)-error">([^<]+)</p>', page)
    return {field: html.unescape(text) for field, text in errors_shown}


def sent(visitor: Visitor, name: str, kind: str, typed: Mapping[str, str], status: int) -> str:
    """Fill in the form of a kind for the client of a name, and send it."""
    form = hidden_in(visitor.get("/milestones/new", client=name, kind=kind))
    return visitor.send("/milestones/new", {**form, **typed, "do": "record"}, status)


def client_with(firm: Served, name: str, *milestones: dict[str, Any]) -> list[str]:
    """Register a client with these milestones; their ids."""
    admin, people = firm.admin, people_of(firm)
    admin.post("/clients", {"name": name})
    opened = {"name": "CTO and CAIO", "started_on": "2024-01-15"}
    engagement = admin.post(f"/clients/{name}/engagements", opened)["id"]
    return [admin.post(f"/engagements/{engagement}/milestones", with_ids(m, people))["id"] for m in milestones]


def test_no_refusal_of_the_timeline_is_left_out() -> None:
    assert set(UNFIT) == set(Unfitting.__subclasses__())


@pytest.mark.parametrize("refusal", UNFIT, ids=lambda refusal: refusal.__name__)
def test_what_does_not_fit_the_timeline_is_refused_beside_its_field(
    firm: Served, visitor: Visitor, refusal: type[Unfitting]
) -> None:
    milestones, kind, fields, field = UNFIT[refusal]
    name = refusal.__name__.lower()
    ids = client_with(firm, name, *milestones)
    people = {**people_of(firm), **({"the assessment": ids[-1]} if ids else {})}
    typed = {"effective_on": AT, "note": "typed and kept", **with_ids(fields, people)}
    page = sent(visitor, name, kind, typed, 409)
    (place, text), *others = beside(page).items()
    assert place == FormField(field, "").field("").id
    assert others == []
    assert not CODE.search(text), text
    assert text.endswith(".")
    if refusal is errors.UnknownAssessment:
        typed["assessment"] = ""  # only the client's own can be chosen
    assert {one: texts[0] for one, texts in sent_unchanged(page).items() if one in typed} == typed


@pytest.mark.parametrize("case", BETWEEN_FIELDS)
def test_what_does_not_go_together_is_refused_beside_its_field(firm: Served, visitor: Visitor, case: str) -> None:
    kind, fields, field, words = BETWEEN_FIELDS[case]
    name = case.replace(" ", "-")
    client_with(firm, name, UNIFIED)
    typed = {"effective_on": AT, "note": "typed and kept", **fields}
    page = sent(visitor, name, kind, typed, 422)
    errors_shown = beside(page)
    assert list(errors_shown) == [FormField(field, "").field("").id]
    (text,) = errors_shown.values()
    assert words in text
    assert not CODE.search(text), text
    assert {one: texts[0] for one, texts in sent_unchanged(page).items() if one in typed} == typed


@pytest.fixture(scope="module")
def blank(firm: Served) -> str:
    """A client at whom nothing is recorded."""
    client_with(firm, "blank")
    return "blank"


@pytest.mark.parametrize(("kind", "shape"), FORMS, ids=str)
def test_each_field_of_a_kind_that_is_typed_wrong_says_so_beside_it(
    visitor: Visitor, blank: str, kind: Kind, shape: str
) -> None:
    blocks = (*PAGES[kind].blocks(FormContext(), shape), COMMON)
    fields = [field for block in blocks for field in block.form_fields if field.reads in WRONG]
    typed = {field.name + (".name" if field.reads in NAMED else ""): WRONG[field.reads] for field in fields}
    typed |= {EFFECTIVE_ON.name: "someday", REPORTED_ON.name: "someday"}
    if any(field.name == "sign" for block in blocks for field in block.form_fields):
        typed["sign"] = "A07"
    page = sent(visitor, blank, kind.value, {**typed, "shape": shape}, 422)
    errors_shown = beside(page)
    assert set(errors_shown) == {field.field("").id for field in (*fields, EFFECTIVE_ON, REPORTED_ON)}
    assert [text for text in errors_shown.values() if CODE.search(EXAMPLE.sub("", text)) or text[-1] != "."] == []
    again = sent_unchanged(page)
    typed.pop("assessment", "")  # only the client's own can be chosen
    assert {one: again[one][0].replace("\r\n", "\n") for one in typed if one in again} == typed
