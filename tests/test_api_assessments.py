"""Assessments over HTTP, on a real store of either kind: asked, recorded, followed or not, and drifted from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from test_domain_assessment_examples import STRUCTURES, VERDICTS

from domain.assessment import FRAMEWORKS, QUESTIONS

TINY = {
    "headcount": 12,
    "engineers": 4,
    "products": 1,
    "ai_centrality": "feature",
    "technology_seat": "none",
    "senior_leader_budget": 1,
    "cto_ai_depth": "built_ai_at_scale_and_led",
}
LARGE = {
    "headcount": 200,
    "engineers": 60,
    "products": 3,
    "sector": "fintech",
    "regulated": True,
    "ai_centrality": "core",
    "stack_complexity": "complex",
    "same_person_decides": False,
    "senior_leader_budget": 3,
}


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty firm, served, on which nothing is recorded."""
    with served(tmp_path_factory.mktemp("examples")) as running:
        yield running


def engaged(firm: Served, name: str, profile: dict[str, Any]) -> tuple[str, str, str]:
    """A client with an engagement since 2025-01-06: its slug, the engagement and a person."""
    person = firm.admin.post("/people", {"name": f"Leader of {name}", "employer": "firm"})["id"]
    slug = firm.admin.post("/clients", {"name": name, "profile": profile})["slug"]
    opening = {"name": "Leadership", "started_on": "2025-01-06"}
    return slug, firm.admin.post(f"/clients/{slug}/engagements", opening)["id"], person


def seat(person: str, *functions: str) -> dict[str, Any]:
    return {"functions": functions, "holder": person, "commitment": "fractional", "provider": "firm"}


def test_every_framework_is_shown_with_its_rules_sources_and_interest(firm: Served) -> None:
    shown = firm.admin.get("/frameworks")["items"]
    assert [one["id"] for one in shown] == [one.id for one in FRAMEWORKS]
    for one in shown:
        assert one == firm.admin.get(f"/frameworks/{one['id']}")
        assert one["source"]["interest"]
        assert one["rules"]
        assert all(rule["source"].startswith("S") for rule in one["rules"])
        assert {question["name"] for question in one["questions"]} <= QUESTIONS.keys()
    assert firm.admin.ask("GET", "/frameworks/astrology", status=404).json()["type"] == "/problems/unknown-framework"


def test_earlier_versions_of_a_framework_are_shown_and_others_are_unknown(firm: Served) -> None:
    for framework in FRAMEWORKS:
        path = f"/frameworks/{framework.id}"
        first, current = firm.admin.get(f"{path}?version=1"), firm.admin.get(path)
        assert (first["version"], current["version"]) == (1, framework.version)
        assert first["rules"] != current["rules"]
        assert firm.admin.get(f"{path}?version={framework.version}") == current
        unknown = firm.admin.ask("GET", f"{path}?version={framework.version + 1}", status=404).json()
        assert unknown["type"] == "/problems/unknown-framework"
    firm.admin.ask("GET", "/frameworks/seam?version=0", status=422)


def test_an_evaluation_says_what_to_do_with_it(firm: Served) -> None:
    held = {"technology_seat": "full_time", "technology_seat_since": "2025-03-01", "platform_state": "stable"}
    answers = {**held, "ai_centrality": "core", "same_person_decides": True}
    evaluated = firm.admin.post("/assessments:evaluate", {"answers": answers})
    advice = evaluated["recommendation"]
    assert advice["structure"] == "unified_fractional"
    assert advice["headline"] == "One fractional leader for technology and AI."
    assert advice["remarks"] == [
        {
            "function": "technology",
            "commitment": "full_time",
            "since": "2025-03-01",
            "effect": "becomes_fractional",
            "consequence": "this advice would make that seat fractional.",
            "sentence": "Technology is held full-time; this advice would make that seat fractional.",
        }
    ]
    assert {one["applies_to"] for one in advice["warnings"]} <= {"advice", "held"}
    assert all(isinstance(one["decides"], bool) for one in advice["contradictions"])
    assert all(one["sentence"] for one in advice["agreement"].values())
    assert len(evaluated["short_set"]) == 10
    assert not set(evaluated["short_set"]) & answers.keys()
    fewer = firm.admin.post("/assessments:evaluate", {"answers": {**answers, evaluated["short_set"][0]: "unknown"}})
    assert fewer["short_set"] == evaluated["short_set"]


@pytest.mark.parametrize(("answers", "framework", "seats"), VERDICTS)
def test_the_examples_come_out_over_http(examples: Served, answers: dict[str, Any], framework: str, seats: str) -> None:
    evaluated = examples.admin.post("/assessments:evaluate", {"answers": answers})
    assert {one["framework"]: one["seats"] for one in evaluated["verdicts"]}[framework] == seats


@pytest.mark.parametrize(("answers", "structure"), STRUCTURES)
def test_every_structure_is_advised_over_http(examples: Served, answers: dict[str, Any], structure: str) -> None:
    evaluated = examples.admin.post("/assessments:evaluate", {"answers": answers})
    assert evaluated["recommendation"]["structure"] == structure


def test_answers_are_evaluated_and_nothing_is_recorded(firm: Served) -> None:
    before = firm.context.log.head()
    created = firm.admin.post("/assessments:evaluate", {"answers": LARGE})
    assert created["recommendation"]["seats"] == "two"
    assert {verdict["framework"] for verdict in created["verdicts"]} == {one.id for one in FRAMEWORKS}
    fired = [rule for verdict in created["verdicts"] for rule in verdict["fired"]]
    assert {"rule": "N03", "source": "S1:L30"}.items() <= next(r for r in fired if r["rule"] == "N03").items()
    assert firm.context.log.head() == before


def test_every_answer_that_cannot_be_read_is_named(firm: Served) -> None:
    body = {"answers": {"headcount": "many", "star_sign": "leo", "regulated": True}}
    problem = firm.admin.ask("POST", "/assessments:evaluate", body, status=422).json()
    assert {error["field"] for error in problem["errors"]} == {"answers.headcount", "answers.star_sign"}


def test_an_assessment_keeps_its_verdicts_and_tells_whether_its_advice_was_followed(firm: Served) -> None:
    slug, engagement, person = engaged(firm, "Tiny Works", {})
    here = f"/engagements/{engagement}/milestones"
    taken = firm.admin.post(
        here, {"kind": "assessment_taken", "effective_on": "2025-01-10", "answers": TINY, "assessor": person}
    )
    assert taken["details"]["answers"] == TINY
    stored = taken["details"]["verdicts"]
    evaluated = firm.admin.post("/assessments:evaluate", {"answers": TINY})
    assert stored["verdicts"] == evaluated["verdicts"]
    assert stored["versions"] == evaluated["versions"]

    chosen = {
        "kind": "structure_chosen",
        "effective_on": "2025-02-03",
        "assessment": taken["id"],
        "seats": [seat(person, "technology", "ai")],
    }
    logged = firm.admin.post(here, chosen)
    (answer,) = firm.admin.get(f"/clients/{slug}/timeline?after_position={logged['position']}")["assessments"]
    assert answer["milestone"] == taken["id"]
    assert answer["chosen_by"] == logged["id"]
    assert answer["chosen"] == "unified_fractional"
    assert answer["structure"] == "unified_fractional"
    assert answer["followed"] is True


def test_an_assessment_with_an_answer_nobody_asks_for_is_refused_by_name(firm: Served) -> None:
    _, engagement, person = engaged(firm, "Odd Works", {})
    body = {
        "kind": "assessment_taken",
        "effective_on": "2025-01-10",
        "assessor": person,
        "answers": {"star_sign": "leo"},
    }
    problem = firm.admin.ask("POST", f"/engagements/{engagement}/milestones", body, status=422).json()
    assert [error["field"] for error in problem["errors"]] == ["answers.star_sign"]


def test_who_grew_has_outgrown_its_structure_and_who_has_more_than_it_needs_is_ahead_of_itself(firm: Served) -> None:
    grown, engagement, person = engaged(firm, "Grown", {"headcount": 12, "products": 1})
    here = f"/engagements/{engagement}/milestones"
    firm.admin.post(
        here, {"kind": "assessment_taken", "effective_on": "2025-01-10", "answers": TINY, "assessor": person}
    )
    unified = {"kind": "structure_chosen", "effective_on": "2025-02-03", "seats": [seat(person, "technology", "ai")]}
    firm.admin.post(here, unified)
    small, engagement, person = engaged(firm, "Small", {})
    here = f"/engagements/{engagement}/milestones"
    firm.admin.post(
        here, {"kind": "assessment_taken", "effective_on": "2025-01-10", "answers": TINY, "assessor": person}
    )
    pair = {
        "kind": "structure_chosen",
        "effective_on": "2025-02-03",
        "seats": [seat(person, "technology"), seat(person, "ai")],
    }
    firm.admin.post(here, pair)
    before = firm.admin.post(
        here, {"kind": "deliverable_issued", "effective_on": "2025-02-04", "deliverable": "roadmap", "function": "ai"}
    )["recorded_at"]
    person = firm.admin.post("/people", {"name": "Ada", "employer": "firm"})["id"]
    firm.admin.post(
        f"/engagements/{engagement_of(firm, grown)}/milestones",
        {"kind": "assessment_taken", "effective_on": "2026-03-02", "answers": LARGE, "assessor": person},
    )

    drift_rows = {row["slug"]: row for row in firm.admin.get("/reports/drift?as_of=2026-06-30")["rows"]}
    assert drift_rows[grown]["direction"] == "outgrown"
    assert drift_rows[grown]["since"] == "2026-03-02"
    assert drift_rows[grown]["frameworks"]
    assert drift_rows[small]["direction"] == "ahead_of_itself"
    assert drift_rows[small]["since"] == "2025-02-03"

    earlier = {row["slug"] for row in firm.admin.get("/reports/drift?as_of=2026-03-01")["rows"]}
    assert grown not in earlier
    known_then = firm.admin.get(f"/reports/drift?as_of=2026-06-30&known_at={before}")["rows"]
    assert grown not in {row["slug"] for row in known_then}
    whole = firm.admin.get("/reports/drift?as_of=2026-06-30")
    assert (whole["clients"], whole["next"]) == (len(whole["rows"]), None)
    page, pages = firm.admin.get("/reports/drift?as_of=2026-06-30&limit=1"), []
    while True:
        assert page["clients"] == len(whole["rows"])
        pages += page["rows"]
        if page["next"] is None:
            break
        page = firm.admin.get(f"/reports/drift?as_of=2026-06-30&limit=1&cursor={page['next']}")
    assert pages == whole["rows"]
    firm.admin.ask("GET", "/reports/drift?cursor=nowhere", status=422)
    only = firm.admin.get("/reports/drift?as_of=2026-06-30&direction=outgrown")["rows"]
    assert grown in {row["slug"] for row in only}
    assert small not in {row["slug"] for row in only}
    table = firm.admin.ask("GET", "/reports/drift?as_of=2026-06-30&format=csv").text.splitlines()
    assert table[0].startswith("client,slug,structure,recommended,direction,since")


def engagement_of(firm: Served, slug: str) -> str:
    """The client's open engagement."""
    answer: str = firm.admin.get(f"/clients/{slug}/engagements")["items"][0]["id"]
    return answer


CLOSED = {"kind": "closed", "effective_on": "2025-01-31", "outcome": "completed"}


def assessed(person: str, effective_on: str = "2025-01-10") -> dict[str, Any]:
    return {"kind": "assessment_taken", "effective_on": effective_on, "answers": TINY, "assessor": person}


def chosen(person: str, assessment: str, effective_on: str = "2025-02-03") -> dict[str, Any]:
    seats = [seat(person, "technology", "ai")]
    return {"kind": "structure_chosen", "effective_on": effective_on, "seats": seats, "assessment": assessment}


def test_a_milestone_follows_an_assessment_of_the_same_request(firm: Served) -> None:
    slug, engagement, person = engaged(firm, "Told At Once", {})
    firm.admin.post(f"/engagements/{engagement}/milestones", CLOSED)
    milestones = [assessed(person, "2026-01-10"), chosen(person, "milestones.0", "2026-02-03")]
    body = {"name": "Again", "started_on": "2026-01-06", "milestones": milestones}
    headers = {"Idempotency-Key": "told-at-once"}
    opened = firm.admin.post(f"/clients/{slug}/engagements", body, headers=headers)
    assert firm.admin.post(f"/clients/{slug}/engagements", body, headers=headers) == opened
    first, second = opened["milestones"]
    assert second["details"]["assessment"] == first["id"]

    declined = {
        "kind": "advice_declined",
        "effective_on": "2026-03-02",
        "assessment": "changes.0",
        "reason": "no money",
    }
    details = {"details": {"assessment": "changes.0", "rationale": "a new read"}}
    changes = [
        {"log": assessed(person, "2026-02-01")},
        {"log": declined},
        {"correct": {"milestone": second["id"], **details}},
    ]
    several = firm.admin.post(f"/engagements/{opened['id']}/changes", {"reason": "read again", "changes": changes})[
        "milestones"
    ]
    assert [m["details"].get("assessment") for m in several[1:]] == [several[0]["id"]] * 2
    read = firm.admin.get(
        f"/engagements/{opened['id']}/milestones/{second['id']}", params={"after_position": several[0]["position"]}
    )
    assert read["details"]["assessment"] == several[0]["id"]


def test_a_reference_to_no_earlier_assessment_of_the_request_is_refused_by_field(firm: Served) -> None:
    slug, engagement, person = engaged(firm, "Refers Wrongly", {})
    firm.admin.post(f"/engagements/{engagement}/milestones", CLOSED)
    head = firm.context.log.head()
    paused = {"kind": "paused", "effective_on": "2026-01-08"}
    for reference in ("milestones.0", "milestones.1", "milestones.2", "milestones.9", "milestones.00", "changes.2"):
        milestones = [paused, chosen(person, reference, "2026-02-03"), assessed(person, "2026-01-10")]
        body = {"name": "Again", "started_on": "2026-01-06", "milestones": milestones}
        problem = firm.admin.ask("POST", f"/clients/{slug}/engagements", body, status=422).json()
        assert [error["field"] for error in problem["errors"]] == ["milestones.1.assessment"]
        changes = [{"log": milestone} for milestone in milestones]
        body = {"reason": "why", "changes": changes}
        problem = firm.admin.ask("POST", f"/engagements/{engagement}/changes", body, status=422).json()
        assert [error["field"] for error in problem["errors"]] == ["changes.1.log.assessment"]
        for verb in ("milestones", "milestones:check"):
            path = f"/engagements/{engagement}/{verb}"
            problem = firm.admin.ask("POST", path, chosen(person, reference), status=422).json()
            assert [error["field"] for error in problem["errors"]] == ["assessment"]
    assert firm.context.log.head() == head
