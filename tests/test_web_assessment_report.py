"""The written read of an assessment as a PDF: of one or two pages, in words, with what became of the advice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from pdf_text import printed_pages
from test_api_advice import LARGE, Engagement

from api.assessment_report import AssessmentQuery
from api.auth.access import THE_OWNER
from api.queries import Moment, QueryContext
from api.state.roles import Role
from domain.assessment import QUESTIONS
from domain.assessment.questions import AnswerKind
from web.board import assessment_report, render

CODES = re.compile(r"(?<![\w-])(?:[ACDNQ]\d{1,2}|F-S\d\w?|S\d:L\d+)(?![\w-])|\b[a-z]+_[a-z_]+\b")
"""Ids of rules, warnings and contradictions, bare citations, and slugs."""

MOST = {
    "headcount": 2,
    "engineers": 2,
    "sector": "insurance for agricultural machinery and forestry equipment",
    "annual_revenue": {"amount": "8000000", "currency": "USD"},
    "ai_initiatives": 25,
    "ai_people": 25,
    "technology_seat": "full_time",
    "ai_seat": "none",
    "platform_state": "bottleneck",
    "ai_law_exposure": "needs_an_executive",
    "ai_functions": ["sales", "customer_success", "operations", "finance", "marketing"],
}
"""Answers that make many rules match."""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with a name, served."""
    with served(tmp_path_factory.mktemp("written"), firm_name="Quillon Partners") as running:
        yield running


def every_answer(seed: int) -> dict[str, Any]:
    """An answer to every question; those of `MOST` are fixed."""
    random = Random(seed)
    answers: dict[str, Any] = {}
    for name, question in QUESTIONS.items():
        match question.kind:
            case AnswerKind.WHOLE_NUMBER:
                answers[name] = random.choice((1, 3, 8, 30, 120))
            case AnswerKind.MONEY:
                answers[name] = {"amount": "2500000", "currency": "USD"}
            case AnswerKind.YES_NO:
                answers[name] = random.random() < 0.5
            case AnswerKind.CHOICE:
                answers[name] = random.choice(tuple(question.choices))
            case AnswerKind.CHOICES:
                answers[name] = list(question.choices)
            case AnswerKind.DATE:
                answers[name] = "2025-03-01"
            case AnswerKind.TEXT:
                answers[name] = "health"
    return {**answers, **MOST}


def pdf_of(firm: Served, there: Engagement, assessment: str, query: str = "") -> list[str]:
    """The pages of a written read."""
    answer = firm.admin.ask("GET", f"/engagements/{there.id}/milestones/{assessment}/assessment.pdf{query}")
    assert answer.headers["content-type"] == "application/pdf"
    return printed_pages(answer.content)


def html_of(firm: Served, there: Engagement, assessment: str, **options: Any) -> str:
    """The words of a written read, as they would be printed."""
    texts: list[str] = []

    def collect(*versions: str, **_: Any) -> bytes:
        texts.append(versions[0])
        return b""

    read = QueryContext(firm.context, THE_OWNER, None)
    query = AssessmentQuery(UUID(there.id), UUID(assessment), Moment(date(2026, 6, 30), None), **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assessment_report, "pdf_of_html", collect)
        assessment_report.assessment_pdf(read, query)
    return text_of(texts[0].replace("<body", "<main", 1))


def test_a_full_assessment_is_two_pages_in_words(firm: Served) -> None:
    there = Engagement(firm, "Halcyon Health")
    taken = there.assess("2026-01-10", every_answer(1))
    answer = firm.admin.ask("GET", f"/engagements/{there.id}/milestones/{taken['id']}/assessment.pdf")
    assert answer.headers["content-disposition"] == 'inline; filename="assessment-halcyon-health-2026-01-10.pdf"'
    assert b"CreationDate" not in answer.content
    pages = printed_pages(answer.content)
    assert len(pages) == 2
    first, whole = pages[0], " ".join(pages)
    advised = taken["details"]["verdicts"]["recommendation"]
    assert "Quillon Partners" in first
    assert "Assessed on 10 Jan 2026 by Leader of Halcyon Health. 43 of 43 questions answered." in first
    assert "Advice by version 2 of the frameworks." in first
    for text in (advised["headline"], "Who agrees", "Who disagrees, and why", "What to do on Monday"):
        assert text in first
    assert "The advice has been neither followed nor declined yet." in first
    for item in advised["day_one"]:
        assert item["sentence"][1:] in whole
    for warning in advised["warnings"]:
        assert warning["sentence"] in whole
    for verdict in taken["details"]["verdicts"]["verdicts"]:
        for rule in verdict["fired"]:
            assert rule["sentence"] in whole
    assert "Two mandates “CAIO vs CTO: Do You Need Both?”" in whole
    assert "More than 20 people work on AI projects. line 28" in whole
    assert "Annual revenue: 8,000,000 USD" in whole
    assert "as of" in pages[1]
    assert CODES.findall(whole) == []


def test_a_sparse_assessment_is_one_page(firm: Served) -> None:
    there = Engagement(firm, "Sparse")
    pages = pdf_of(firm, there, there.assess("2026-01-10", {"headcount": 40})["id"])
    assert len(pages) == 1
    assert "1 of 43 questions answered" in pages[0]
    assert CODES.findall(pages[0]) == []
    nothing = pdf_of(firm, there, there.assess("2026-01-11", {"headcount": "unknown"})["id"])
    assert len(nothing) == 1
    assert "No advice: the answers decide nothing." in nothing[0]


@pytest.mark.parametrize(
    ("name", "leader"),
    [("Konstruktionsgesellschaft " * 7, "Maximiliane " * 16), ("בית המרקחת של חיפה", "Ειρήνη Παπαδοπούλου")],
)
def test_long_names_and_names_of_other_scripts_stay_on_two_pages(firm: Served, name: str, leader: str) -> None:
    there = Engagement(firm, name.strip())
    there.person = firm.admin.post("/people", {"name": leader.strip(), "employer": "firm"})["id"]
    there.choose("2025-02-01", "full_time", "fractional")
    taken = there.assess("2026-01-10", every_answer(2))["id"]
    reason = "The board has heard the advice and wants to see the numbers of the next two quarters first. " * 20
    there.log("advice_declined", "2026-01-20", assessment=taken, reason=reason.strip())
    pages = pdf_of(firm, there, taken)
    assert len(pages) <= 2
    words = " ".join(pages).replace(" ", "")
    assert leader.strip().replace(" ", "") in words
    assert all(word in words or word[::-1] in words for word in name.split())


def test_it_says_what_became_of_the_advice_and_what_today_says(firm: Served) -> None:
    there = Engagement(firm, "Decided")
    there.choose("2025-02-01", "fractional")
    taken = there.assess("2026-01-10", LARGE)["id"]
    there.log("advice_declined", "2026-01-20", assessment=taken, reason="No budget this year")
    declined = html_of(firm, there, taken)
    assert "The advice was declined after 10 days: No budget this year" in declined
    assert "Leader of Decided holds technology and AI fractional since February 2025;" in declined
    hidden = html_of(firm, there, taken, notes=False)
    assert "The advice was declined after 10 days." in hidden
    assert "No budget" not in hidden
    split = there.seats("full_time", "full_time")
    technology, ai = ({key: seat[key] for key in seat if key != "functions"} for seat in split)
    there.log("split_to_two_roles", "2026-02-09", technology=technology, ai=ai, assessment=taken)
    followed = html_of(firm, there, taken)
    assert "The advice was followed after 30 days. Split into two roles" in followed
    assert "9 Feb 2026" in followed
    assert "rules would say" not in followed


def test_without_money_it_has_no_sums(firm: Served) -> None:
    there = Engagement(firm, "Discreet")
    taken = there.assess("2026-01-10", every_answer(3))["id"]
    assert "8,000,000" in html_of(firm, there, taken)
    assert "8,000,000" not in html_of(firm, there, taken, money=False)
    assert "2,500,000" not in html_of(firm, there, taken, money=False)


def test_the_page_hands_it_out_to_those_who_see_the_client(firm: Served) -> None:
    there = Engagement(firm, "Handed")
    taken = there.assess("2026-01-10")["id"]
    address = f"/engagements/{there.id}/milestones/{taken}/assessment"
    viewer = Visitor(firm, Role.VIEWER)
    assert f'href="{address}.pdf?as_of=2026-06-30">Download PDF' in viewer.get(address, as_of="2026-06-30")
    page = viewer.client.get(f"{address}.pdf", params={"as_of": "2026-06-30"})
    assert page.headers["content-type"] == "application/pdf"
    assert "as of 30 Jun 2026" in printed_pages(page.content)[0]
    elsewhere = UUID(firm.admin.post("/clients", {"name": "Elsewhere"})["id"])
    firm.caller(Role.VIEWER, {elsewhere}).ask("GET", f"{address}.pdf", status=404)
    opened = firm.admin.get(f"/engagements/{there.id}/milestones")["items"][0]["id"]
    firm.admin.ask("GET", f"/engagements/{there.id}/milestones/{opened}/assessment.pdf", status=404)
    firm.admin.post(f"/engagements/{there.id}/milestones/{taken}/retraction", {"reason": "Never happened"})
    assert "Retracted." in html_of(firm, there, taken)


def test_too_many_that_wait_are_answered_busy(firm: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    there = Engagement(firm, "Busy")
    taken = there.assess("2026-01-10")["id"]
    monkeypatch.setattr(render, "PATIENCE_SECONDS", 0.01)
    with render._pdf_lock:
        busy = firm.admin.ask("GET", f"/engagements/{there.id}/milestones/{taken}/assessment.pdf", status=503)
    assert busy.headers["retry-after"]
