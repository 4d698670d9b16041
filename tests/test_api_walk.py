"""The main job over HTTP, on a real store of either kind: log what happened, correct it, read how it came about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Caller, Served, served

from api.state.roles import Role


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    """An empty firm, served."""
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


def seat(holder: str, *functions: str, **terms: Any) -> dict[str, Any]:
    return {"functions": functions, "holder": holder, "commitment": "fractional", "provider": "firm", **terms}


def test_a_late_split_is_logged_corrected_retracted_and_read_in_both_times(firm: Served) -> None:
    admin = firm.admin
    maya = admin.post("/people", {"name": "Maya", "employer": "firm"})["id"]
    ivo = admin.post("/people", {"name": "Ivo", "employer": "client"})["id"]
    client = admin.post("/clients", {"name": "Halcyon Health", "profile": {"sector": "health", "headcount": 24}})
    assert client["slug"] == "halcyon-health"
    engagement = admin.post(
        "/clients/halcyon-health/engagements", {"name": "Two hats", "started_on": "2025-02-20", "practice_lead": maya}
    )["id"]
    here = f"/engagements/{engagement}"

    chosen = {"kind": "structure_chosen", "effective_on": "2025-04-01", "seats": [seat(maya, "ai", "technology")]}
    admin.post(f"{here}/milestones", chosen)
    split = {
        "kind": "split_to_two_roles",
        "effective_on": "2025-09-01",
        "technology": {k: v for k, v in seat(maya).items() if k != "functions"},
        "ai": {"holder": ivo, "commitment": "full_time", "provider": "client"},
    }
    checked = admin.post(f"{here}/milestones:check", split)
    assert checked["fits"]
    assert [s["structure"] for s in checked["after"]["structure_spans"]][-1] == "fractional_cto_full_time_caio"
    logged = admin.ask("POST", f"{here}/milestones", split)
    milestone = logged.json()
    assert logged.headers["location"] == f"/api/v1{here}/milestones/{milestone['id']}"
    assert logged.headers["etag"] == f'"{milestone["version"]}"'

    timeline = admin.get(f"/clients/halcyon-health/timeline?as_of=2025-12-31&after_position={milestone['position']}")
    assert [(s["structure"], s["start"], s["end"]) for s in timeline["structure_spans"]] == [
        ("none", "2025-02-20", "2025-04-01"),
        ("unified_fractional", "2025-04-01", "2025-09-01"),
        ("fractional_cto_full_time_caio", "2025-09-01", None),
    ]
    assert timeline["people"][ivo] == "Ivo"
    known_then = milestone["recorded_at"]

    corrected = admin.post(
        f"{here}/milestones/{milestone['id']}/corrections",
        {"reason": "a month early", "effective_on": "2025-10-01", "details": {"ai": {"interim": True}}},
    )
    assert [v["reason"] for v in corrected["versions"]] == [None, "a month early"]
    assert corrected["details"]["ai"]["holder"] == ivo
    assert corrected["details"]["ai"]["interim"] is True
    before = admin.get("/clients/halcyon-health/timeline", params={"known_at": known_then})
    assert before["structure_spans"][-1]["start"] == "2025-09-01"
    after = admin.get("/clients/halcyon-health/timeline")
    assert after["structure_spans"][-1]["start"] == "2025-10-01"
    answer = admin.get("/clients/halcyon-health/timeline/changes", params={"known_from": known_then})
    assert [d["difference"] for d in answer["milestones"]] == ["changed"]

    admin.post(f"{here}/milestones/{milestone['id']}/retraction", {"reason": "never happened"})
    shown = admin.get(f"{here}/milestones/{milestone['id']}")
    assert shown["retraction"]["reason"] == "never happened"
    assert [v["said"] for v in shown["versions"]] == ["logged", "corrected", "retracted"]
    assert [m["kind"] for m in admin.get(f"{here}/milestones")["items"]] == ["opened", "structure_chosen"]


def test_changes_that_only_fit_together_are_made_together(firm: Served) -> None:
    admin = firm.admin
    maya, ivo = (admin.post("/people", {"name": name, "employer": "firm"})["id"] for name in ("Maya", "Ivo"))
    admin.post("/clients", {"name": "Acme", "slug": "acme"})
    engagement = admin.post("/clients/acme/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
    here = f"/engagements/{engagement}"
    first = admin.post(
        f"{here}/milestones",
        {"kind": "seat_filled", "effective_on": "2024-02-01", "seat": seat(maya, "technology")},
    )["id"]
    second = admin.post(
        f"{here}/milestones",
        {"kind": "handed_over", "effective_on": "2024-03-01", "functions": ["technology"], "holder": ivo},
    )["id"]
    later = {"reason": "both a month later"}
    alone = admin.post(f"{here}/milestones/{first}/corrections", {**later, "effective_on": "2024-04-01"}, status=409)
    assert alone["type"] == "/problems/function-vacant" or alone["milestone"] == second
    together = admin.post(
        f"{here}/changes",
        {
            **later,
            "changes": [
                {"correct": {"milestone": first, "effective_on": "2024-04-01"}},
                {"correct": {"milestone": second, "effective_on": "2024-05-01", "reason": "the handover too"}},
            ],
        },
    )
    assert [m["effective_on"] for m in together["milestones"]] == ["2024-04-01", "2024-05-01"]
    assert len({v["recorded_at"] for m in together["milestones"] for v in m["versions"][1:]}) == 1


def test_roles_may_do_what_they_may(firm: Served) -> None:
    viewer, recorder = firm.caller(Role.VIEWER), firm.caller(Role.RECORDER)
    viewer.post("/clients", {"name": "Acme"}, status=403)
    recorder.post("/clients", {"name": "Acme"})
    assert [c["name"] for c in viewer.get("/clients")["items"]] == ["Acme"]
    recorder.post("/keys", {"name": "x", "role": "admin"}, status=403)
    Caller(firm.client, "seatline_nonsense").ask("GET", "/clients", status=401)
