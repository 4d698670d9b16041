"""A client's page: warning signs with what clears them, due dates, decision rights, deliverables and the balance."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_client import Served, served
from browsing import Visitor, text_of

PAGE = "/clients/halcyon-health?as_of=2026-06-30"


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Halcyon Health with two seats since January, a meeting in May, and what was agreed, issued and observed."""
    with served(Path(tmp_path_factory.mktemp("state"))) as running:
        admin = running.admin
        dana, iris = (
            admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in ("Dana Whitfield", "Iris Okoro")
        )
        admin.post("/clients", {"name": "Halcyon Health"})
        letter = admin.post("/clients/halcyon-health/engagements", {"name": "Letter", "started_on": "2026-01-01"})
        fractional = {"commitment": "fractional", "provider": "firm", "hours_per_month": {"technology": 20}}
        seats = [
            {"functions": ["technology"], "holder": dana, **fractional},
            {"functions": ["ai"], "holder": iris, **fractional, "hours_per_month": {"ai": 10}},
        ]
        for on, kind, details in (
            ("2026-01-05", "structure_chosen", {"seats": seats}),
            ("2026-01-10", "decision_right_assigned", {"area": "ai_risk", "owner": "technology"}),
            ("2026-02-02", "deliverable_issued", {"deliverable": "ai_capability_map", "function": "ai"}),
            ("2026-02-09", "spending_limit_set", {"function": "ai", "limit": {"amount": "4000", "currency": "USD"}}),
            ("2026-03-01", "hours_reported", {"month": "2026-02", "function": "technology", "hours": 30}),
            ("2026-03-02", "hours_reported", {"month": "2026-02", "function": "ai", "hours": 10}),
            ("2026-03-03", "renewal_set", {"renews_on": "2026-05-31"}),
            ("2026-05-04", "alignment_held", {"participants": [dana, iris]}),
            ("2026-06-01", "sign_observed", {"sign": "W01", "evidence": "after the migration, they say"}),
            ("2026-06-02", "sign_observed", {"sign": "demo_theatre", "evidence": "a third demo"}),
        ):
            admin.post(f"/engagements/{letter['id']}/milestones", {"kind": kind, "effective_on": on, **details})
        yield running


def sections(page: str) -> dict[str, str]:
    """The text of each card, by the id of its heading."""
    return {
        match[1]: text_of(match[0])
        for match in re.finditer(r'<section class="card[^"]*" aria-labelledby="([^"]+)">.*?</section>', page, re.S)
    }


def test_signs_say_since_when_they_hold_on_what_they_rest_and_what_clears_them(firm: Served) -> None:
    page = Visitor(firm).get(PAGE)
    signs = sections(page)["signs"]
    assert "CTO and CAIO do not talk High Detected Since 26 May 2026" in signs
    assert "Alignment held, 4 May 2026" in signs
    assert (
        "“We will get to AI after ...” Medium Observed Since 1 Jun 2026 after the migration, they say"
        in signs.replace('"We', "“We").replace('..."', "...”")
    )
    assert "Demo theatre Medium Observed Since 2 Jun 2026 a third demo" in signs
    day_before = sections(Visitor(firm).get("/clients/halcyon-health?as_of=2026-05-25"))["signs"].split(" earlier ")
    assert ["CTO and CAIO do not talk" in part for part in day_before] == [False, True]


def test_the_buttons_of_signs_open_the_forms_filled_in(firm: Served) -> None:
    visitor = Visitor(firm)
    page = visitor.get(PAGE)
    forms = [html.unescape(href) for href in re.findall(r'<a class="btn small" href="([^"]+)"', page)]
    clear = next(href for href in forms if "kind=sign_cleared" in href and "demo_theatre" in href)
    form = visitor.get(clear)
    assert re.search(r'<option value="demo_theatre" selected>Demo theatre, observed 2 Jun 2026</option>', form)
    meeting = next(href for href in forms if "kind=alignment_held" in href)
    assert "Alignment held" in visitor.get(meeting)
    assert "kind=sign_cleared" not in visitor.get(PAGE + "&known_at=2099-01-01", expect=422)


def test_the_page_says_what_is_due_who_decides_and_what_was_issued(firm: Served) -> None:
    cards = sections(Visitor(firm).get(PAGE))
    assert "First-quarter deliverables, technology Missing: Technology read 5 Apr 2026 Overdue" in cards["due"]
    assert "First-quarter deliverables, AI Missing: Governance framework 5 Apr 2026 Overdue" in cards["due"]
    assert "Renewal of the engagement letter 31 May 2026 Overdue" in cards["due"]
    assert "AI risk Technology usually AI 10 Jan 2026" in cards["decision-rights"]
    assert "15 areas not assigned" in cards["decision-rights"]
    assert cards["deliverables"].startswith("Deliverables governance pack 1 of 7")
    assert "AI capability map AI 2 Feb 2026" in cards["deliverables"]
    assert "Model registry AI not issued" in cards["deliverables"]
    assert "CAIO spending limit 4,000 USD a month" in cards["state"]
    early = sections(Visitor(firm).get("/clients/halcyon-health?as_of=2026-04-05"))["due"]
    assert "Overdue" not in early
    assert "Renewal of the engagement letter 31 May 2026" in early


def test_the_page_weighs_both_roles_by_quarter(firm: Served) -> None:
    balance = sections(Visitor(firm).get(PAGE))["balance"]
    assert "2026-Q1 Technology 57.42 30 75% 1 0" in balance
    assert "2026-Q1 AI 28.71 10" in balance
    assert "25% 0 1" in balance


def test_the_page_says_what_became_of_each_assessment(firm: Served) -> None:
    admin = firm.admin
    engagement = admin.get("/clients/halcyon-health/engagements")["items"][0]["id"]
    answers = {"headcount": 200, "stack_complexity": "complex", "ai_centrality": "core"}
    assessor = admin.get("/people")["items"][0]["id"]
    taken = {"kind": "assessment_taken", "effective_on": "2026-06-10", "assessor": assessor, "answers": answers}
    mid = admin.post(f"/engagements/{engagement}/milestones", taken)["id"]
    declined = {"kind": "advice_declined", "effective_on": "2026-06-12", "assessment": mid, "reason": "not this year"}
    before = sections(Visitor(firm).get(PAGE))["assessments"]
    assert "10 Jun 2026 Advised:" in before
    assert "not this year" not in before
    admin.post(f"/engagements/{engagement}/milestones", declined)
    assert "Declined on 12 Jun 2026: not this year" in sections(Visitor(firm).get(PAGE))["assessments"]


def test_every_section_is_reached_by_its_anchor(firm: Served) -> None:
    page = Visitor(firm).get(PAGE)
    anchors = re.search(r'<nav class="anchors".*?</nav>', page, re.S)
    assert anchors is not None
    targets = re.findall(r'href="#([^"]+)"', anchors[0])
    assert len(targets) >= 10
    assert [target for target in targets if f'id="{target}"' not in page] == []
    assert page.index('id="state"') < page.index('id="milestones"')


def test_the_form_of_an_observed_sign_explains_each_named_sign(firm: Served) -> None:
    visitor = Visitor(firm)
    form = visitor.get("/milestones/new?client=halcyon-health&kind=sign_observed")
    guide = text_of(re.search(r'<details class="guide">.*?</details>', form, re.S)[0])  # type: ignore[index]
    assert "CTO and CAIO do not talk" in guide
    assert "Source: “CAIO vs CTO" in guide
    assert re.search(r"\b[AWXS]\d\d?:?L?\d*\b", guide) is None
    typed = {"sign": "Half the team on leave", "evidence": "seen", "effective_on": "2026-06-20", "do": "record"}
    visitor.fill("/milestones/new?client=halcyon-health&kind=sign_observed", typed)
    assert "Half the team on leave Medium Observed Since 20 Jun 2026" in sections(visitor.get(PAGE))["signs"]


def test_signs_of_the_firms_own_can_be_chosen_on_the_watch_list(firm: Served) -> None:
    visitor = Visitor(firm)
    every = visitor.get("/reports/watch-list?as_of=2026-06-30")
    assert '<option value="demo_theatre">Demo theatre</option>' in every
    only = visitor.get("/reports/watch-list?as_of=2026-06-30&sign=demo_theatre")
    assert '<option value="demo_theatre" selected>Demo theatre</option>' in only
    assert "Sign: Demo theatre" in text_of(only)
    assert "1 sign at 1 client" in text_of(only)
    assert "By people 1 medium" in text_of(visitor.get("/signs?as_of=2026-06-30")).partition("Demo theatre")[2]


def test_the_page_of_a_sign_leads_to_its_form_filled_in_and_is_found_in_small_letters(firm: Served) -> None:
    visitor = Visitor(firm)
    page = visitor.get("/signs/a05")
    form = re.search(r'href="(/milestones/new\?kind=sign_observed[^"]+)"', page)
    assert form is not None
    asked = visitor.get(html.unescape(form[1]))
    client = re.search(r'<li><a href="(/milestones/new\?[^"]*client=[^"]+)"', asked)
    assert client is not None
    assert 'name="sign" type="text" value="Strategy without shipping"' in visitor.get(html.unescape(client[1]))
