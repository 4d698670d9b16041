"""An assessment recorded under version 1 of the frameworks keeps its verdict, and today's rules are shown beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from browsing import Visitor, text_of
from test_api_advice import Engagement
from test_web_assessment_report import CODES, html_of

from domain.assessment import FRAMEWORKS

VERDICT: dict[str, Any] = json.loads((Path(__file__).parent / "golden_verdicts" / "version_1.json").read_text("utf-8"))
"""What version 1 made of `ANSWERS`, as it was stored with the assessment."""

ANSWERS = {"headcount": 60, "ai_centrality": "important", "funding_stage": "series_a", "same_person_decides": False}
TODAY = "Two leaders: a full-time CTO and a fractional CAIO. Fill the CTO role first."


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("version-1")) as running:
        yield running


@pytest.fixture(scope="module")
def there(firm: Served) -> Engagement:
    """A client with an assessment as version 1 recorded it."""
    engagement = Engagement(firm, "Halcyon Health")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("domain.decisions.verdicts_mapping", lambda _: VERDICT)
        engagement.assess("2026-01-10", ANSWERS)
    return engagement


def recorded(firm: Served, there: Engagement) -> dict[str, Any]:
    """The assessment as the API shows it."""
    milestones = firm.admin.get(f"/engagements/{there.id}/milestones?kind=assessment_taken")["items"]
    assessment: dict[str, Any] = milestones[0]
    return assessment


def test_the_stored_verdict_stays_and_evaluating_answers_by_todays_rules(firm: Served, there: Engagement) -> None:
    stored = recorded(firm, there)["details"]["verdicts"]
    assert stored == VERDICT
    assert set(stored["versions"].values()) == {1}
    assert stored["recommendation"]["structure"] == "fractional_pair"
    now = firm.admin.post("/assessments:evaluate", {"answers": ANSWERS}, status=200)
    assert set(now["versions"].values()) == {2}
    assert now["recommendation"]["structure"] == "full_time_cto_fractional_caio"
    assert now["recommendation"]["headline"] == TODAY


def test_the_page_and_the_written_read_say_what_todays_rules_would_say(firm: Served, there: Engagement) -> None:
    taken = recorded(firm, there)["id"]
    page = Visitor(firm).get(f"/engagements/{there.id}/milestones/{taken}/assessment")
    for words in (text_of(page), html_of(firm, there, taken)):
        assert "Advice by version 1 of the frameworks." in words
        assert "Two leaders: a fractional CTO and a fractional CAIO" in words
        assert re.search(f"Today.s rules would say: {TODAY}", words)
        assert "Technology: Full-time instead of Fractional" in words
        assert CODES.findall(words) == []


def test_the_rules_of_version_1_are_shown_and_hold_all_that_fired(firm: Served, there: Engagement) -> None:
    by_framework = {verdict["framework"]: verdict for verdict in VERDICT["verdicts"]}
    assert set(by_framework) == {framework.id for framework in FRAMEWORKS}
    visitor = Visitor(firm)
    for framework, verdict in by_framework.items():
        first = firm.admin.get(f"/frameworks/{framework}?version=1")
        assert (first["version"], firm.admin.get(f"/frameworks/{framework}")["version"]) == (1, 2)
        sentences = {(rule["rule"], rule["clause"]): rule["sentence"] for rule in first["rules"]}
        shown = text_of(visitor.get(f"/frameworks/{framework}", version=1))
        for fired in verdict["fired"]:
            assert sentences[fired["rule"], fired["clause"]] == fired["sentence"]
            assert fired["sentence"] in shown
    assert any(verdict["fired"] for verdict in by_framework.values())
