"""Advice over HTTP: seats on record as answers, what became of assessments, and the report about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served

ANSWERS = {"headcount": 40, "technology_seat": "none"}
AS_OF = "as_of=2026-06-30"


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


class Engagement:
    """An engagement since 6 Jan 2025, and short ways to log its milestones."""

    def __init__(self, firm: Served, name: str) -> None:
        self.firm = firm
        self.person = firm.admin.post("/people", {"name": f"Leader of {name}", "employer": "firm"})["id"]
        self.slug = firm.admin.post("/clients", {"name": name})["slug"]
        opening = {"name": "Leadership", "started_on": "2025-01-06"}
        self.id = firm.admin.post(f"/clients/{self.slug}/engagements", opening)["id"]

    def log(self, kind: str, on: str, **details: Any) -> dict[str, Any]:
        body = {"kind": kind, "effective_on": on, **details}
        answer: dict[str, Any] = self.firm.admin.post(f"/engagements/{self.id}/milestones", body)
        return answer

    def assess(self, on: str, answers: dict[str, Any] = ANSWERS) -> dict[str, Any]:
        return self.log("assessment_taken", on, answers=answers, assessor=self.person)

    def seats(self, *commitments: str) -> list[dict[str, Any]]:
        """One unified seat, or a seat for each function."""
        functions = [["technology", "ai"]] if len(commitments) == 1 else [["technology"], ["ai"]]
        return [
            {"functions": of_seat, "holder": self.person, "commitment": commitment, "provider": "firm"}
            for of_seat, commitment in zip(functions, commitments, strict=True)
        ]

    def choose(self, on: str, *commitments: str, **more: Any) -> dict[str, Any]:
        return self.log("structure_chosen", on, seats=self.seats(*commitments), **more)

    def follow_up(self, assessment: str, query: str = AS_OF) -> dict[str, Any]:
        """What became of an assessment, which its milestone and the timeline say alike."""
        shown = self.firm.admin.get(f"/engagements/{self.id}/milestones/{assessment}?{query}")["follow_up"]
        timeline = self.firm.admin.get(f"/clients/{self.slug}/timeline?{query}")["assessments"]
        assert [one["follow_up"] for one in timeline if one["milestone"] == assessment] == [shown]
        answer: dict[str, Any] = shown
        return answer


def structure_of(taken: dict[str, Any]) -> str:
    structure: str = taken["details"]["verdicts"]["recommendation"]["structure"]
    return structure


LARGE = {"headcount": 200, "ai_centrality": "core", "stack_complexity": "complex", "same_person_decides": False}
"""Answers on which two full-time seats are advised."""


def test_an_assessment_is_followed_in_part_then_followed_and_declined(firm: Served) -> None:
    there = Engagement(firm, "Halcyon Health")
    taken = there.assess("2026-01-10", LARGE)
    assert structure_of(taken) == "full_time_pair"
    assessment = taken["id"]
    nothing: dict[str, Any] = {"status": "open", "milestones": [], "on": None, "days": None, "reason": None}
    assert there.follow_up(assessment) == nothing
    declined = there.log("advice_declined", "2026-01-20", assessment=assessment, reason="No budget this year")
    assert there.follow_up(assessment) == {
        "status": "declined",
        "milestones": [declined["id"]],
        "on": "2026-01-20",
        "days": 10,
        "reason": "No budget this year",
    }
    partly = there.choose("2026-02-09", "full_time", "fractional", assessment=assessment)
    assert there.follow_up(assessment)["status"] == "in_part"
    whole = there.log(
        "transitioned_to_full_time", "2026-04-10", functions=["ai"], holder=there.person, assessment=assessment
    )
    followed = {
        "status": "followed",
        "milestones": [partly["id"], whole["id"]],
        "on": "2026-04-10",
        "days": 90,
        "reason": None,
    }
    assert there.follow_up(assessment) == followed
    assert there.follow_up(assessment, "as_of=2026-04-09")["status"] == "in_part"
    assert there.follow_up(assessment, f"{AS_OF}&known_at={partly['recorded_at']}")["status"] == "in_part"
    shown = firm.admin.get(f"/engagements/{there.id}/milestones/{whole['id']}")
    assert shown["follow_up"] is None


def test_the_report_counts_assessments_by_quarter_and_leads_to_their_clients(firm: Served) -> None:
    followed, at_once, declined, still_open = (Engagement(firm, name) for name in ("Ada", "Bea", "Cyd", "Dov"))
    followed.assess("2026-01-10", LARGE)
    followed.choose("2026-02-09", "full_time", "full_time")
    at_once.choose("2025-12-01", "full_time", "full_time")
    at_once.assess("2026-03-31", LARGE)
    taken = declined.assess("2026-02-01", LARGE)
    decline = declined.log("advice_declined", "2026-05-01", assessment=taken["id"], reason="Sold")
    still_open.assess("2026-04-01", LARGE)
    still_open.assess("2026-06-01", LARGE)

    query = f"from=2026-Q1&to=2026-Q2&{AS_OF}"
    rows = firm.admin.get(f"/reports/advice?{query}")["rows"]
    figures = [{name: value for name, value in row.items() if name != "links"} for row in rows]
    assert figures == [
        {"quarter": "2026-Q1", "followed": 2, "in_part": 0, "declined": 1, "open": 0, "median_days": 15.0},
        {"quarter": "2026-Q2", "followed": 0, "in_part": 0, "declined": 0, "open": 2, "median_days": None},
    ]
    behind = {status: _slugs(firm, rows[0]["links"][status]) for status in ("clients", "followed", "declined", "open")}
    assert behind == {
        "clients": {followed.slug, at_once.slug, declined.slug},
        "followed": {followed.slug, at_once.slug},
        "declined": {declined.slug},
        "open": set(),
    }
    assert _slugs(firm, rows[1]["links"]["clients"]) == {still_open.slug}

    then = decline["recorded_at"]
    [only] = firm.admin.get(f"/reports/advice?{query}&known_at={then}")["rows"]
    assert (only["quarter"], only["declined"]) == ("2026-Q1", 1)
    earlier = firm.admin.get("/reports/advice?from=2026-Q1&to=2026-Q2&as_of=2026-02-08")["rows"]
    assert [(row["followed"], row["declined"], row["open"]) for row in earlier] == [(0, 0, 2)]
    only_declined = firm.admin.get(f"/reports/advice?{query}&q=Cyd")["rows"]
    assert [(row["followed"], row["declined"]) for row in only_declined] == [(0, 1)]
    differences = firm.admin.get(f"/reports/then-and-now?report=advice&then={then}&{query}")["rows"]
    assert [(row["name"], row["figures"]) for row in differences] == [
        ("Dov", [{"row": "2026-Q2.open", "then": None, "now": 2}])
    ]
    table = firm.admin.ask("GET", f"/reports/advice?{query}&format=csv").text.splitlines()
    assert table[0] == "quarter,followed,in_part,declined,open,median_days"


def _slugs(firm: Served, link: str) -> set[str]:
    return {client["slug"] for client in firm.admin.get(link.removeprefix("/api/v1"))["items"]}


def test_seats_on_record_are_answers_of_an_evaluation_of_a_client(firm: Served) -> None:
    there = Engagement(firm, "Halcyon Health")
    chosen = there.choose("2026-02-03", "fractional")
    there.log("seat_vacated", "2026-05-01", functions=["ai"])

    def answers(**body: Any) -> dict[str, Any]:
        evaluated = firm.admin.post("/assessments:evaluate", {"answers": ANSWERS, "client": there.slug, **body})
        return {name: answer["value"] for name, answer in evaluated["answers"].items()}

    by_hand = {"headcount": 40, "technology_seat": "none"}
    held = {"technology_seat": "fractional", "technology_seat_since": "2026-02-03"}
    assert answers(as_of="2026-02-02") == by_hand
    unified = {**held, "ai_seat": "same_person", "ai_seat_since": "2026-02-03"}
    assert answers(as_of="2026-03-01") == {**by_hand, **unified}
    assert answers(as_of="2026-05-01") == {**by_hand, **held}
    assert answers(as_of="2026-05-01", known_at=chosen["recorded_at"]) == {**by_hand, **unified}
    evaluated = firm.admin.post("/assessments:evaluate", {"answers": ANSWERS, "client": there.slug})
    assert evaluated["answers"]["technology_seat"]["source"] == "record"
    assert there.assess("2026-06-01")["details"]["verdicts"]["record"]["technology_seat"]["value"] == "fractional"
    firm.admin.ask("POST", "/assessments:evaluate", {"answers": {}, "client": "nobody"}, status=404)
    for more in ({"as_of": "2026-01-01"}, {"known_at": chosen["recorded_at"]}):
        problem = firm.admin.ask("POST", "/assessments:evaluate", {"answers": {}, **more}, status=422).json()
        assert [error["field"] for error in problem["errors"]] == list(more)


def test_seats_held_as_advised_are_no_drift_and_the_newest_assessment_has_its_follow_up(firm: Served) -> None:
    there = Engagement(firm, "Halcyon Health")
    there.assess("2026-01-10", LARGE)
    there.choose("2026-02-09", "full_time", "full_time")
    other = Engagement(firm, "Small")
    taken = other.assess("2026-01-10", LARGE)
    other.choose("2026-02-09", "fractional", assessment=taken["id"])
    [row] = firm.admin.get(f"/reports/drift?{AS_OF}")["rows"]
    assert (row["slug"], row["assessment"], row["follow_up"]["status"]) == (other.slug, taken["id"], "in_part")
