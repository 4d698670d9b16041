"""The whole record goes out in the format of imports, and comes in elsewhere as the same timelines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_client import Served, served
from test_api_import import lines as as_file
from test_api_import import outcomes, send
from typer.testing import CliRunner

from api.exports import HIDDEN_NAME
from api.state.people import ERASED_NAME
from api.state.roles import Role
from web.cli import app

Line = dict[str, Any]

TERMS = {"commitment": "fractional", "provider": "firm"}
RECORDED = ("recorded_at", "recorded_by", "position", "known_at", "people")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A firm with every way in which something can be recorded, changed and taken back."""
    with served(tmp_path_factory.mktemp("firm")) as running:
        record_everything(running)
        yield running


@pytest.fixture
def elsewhere(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def record_everything(firm: Served) -> None:
    api = firm.admin
    dana, noor, gone = (
        api.post("/people", {"name": name, "employer": "firm", "email": f"{name[:4].lower()}@example.org"})["id"]
        for name in ("Dana Whitfield", "Noor Haddad", "Somebody Else")
    )
    profile = {"sector": "health", "headcount": 24, "annual_revenue": {"amount": "4200000.00", "currency": "USD"}}
    api.post("/clients", {"name": "Halcyon", "profile": profile, "fiscal_year_start_month": 4})
    api.post("/clients/halcyon/profile-changes", {"effective_on": "2024-01-01", "name": "Halcyon Health"})
    api.post("/clients/halcyon/profile-changes", {"effective_on": "2025-01-01", "headcount": 61, "sector": None})
    past = [
        {"kind": "assessment_taken", "effective_on": "2021-03-01", "answers": {"headcount": 20}, "assessor": gone},
        {"kind": "closed", "effective_on": "2021-12-31", "outcome": "completed", "note": "on good terms"},
    ]
    api.post("/clients/halcyon/engagements", {"name": "First", "started_on": "2021-01-01", "milestones": past})
    opening = {"name": "CTO and CAIO", "started_on": "2023-02-01", "precision": "month", "practice_lead": noor}
    engagement = f"/engagements/{api.post('/clients/halcyon/engagements', opening)['id']}"
    seat = {
        "functions": ["technology", "ai"],
        "holder": dana,
        **TERMS,
        "hours_per_month": {"technology": 20, "ai": 12.5},
    }
    chosen = {"kind": "structure_chosen", "effective_on": "2023-04-17", "seats": [seat]}
    milestone = api.post(
        f"{engagement}/milestones", {**chosen, "links": ["https://example.org/a"], "reported_on": "2023-04-20"}
    )
    mine = f"{engagement}/milestones/{milestone['id']}"
    api.post(
        f"{mine}/corrections", {"reason": "a week later", "effective_on": "2023-04-24", "note": "signed", "links": []}
    )
    api.post(f"{mine}/corrections", {"reason": "no note", "note": None, "details": {"rationale": "one leader for now"}})
    split = {"kind": "split_to_two_roles", "effective_on": "2024-06-01"}
    seats = {"technology": {"holder": dana, **TERMS}, "ai": {"holder": noor, **TERMS, "interim": True}}
    both = api.post(
        f"{engagement}/changes",
        {
            "reason": "told late",
            "changes": [
                {"log": {**split, **seats}},
                {"log": {"kind": "seat_vacated", "effective_on": "2025-01-01", "functions": ["ai"]}},
                {"correct": {"milestone": milestone["id"], "reason": "noted", "note": "again"}},
            ],
        },
    )
    vacated = both["milestones"][1]["id"]
    api.post(
        f"{engagement}/milestones/{both['milestones'][0]['id']}/corrections",
        {"reason": "on other terms", "details": {"ai": {"interim": False, "reports_to": "ceo"}}},
    )
    api.post(f"{engagement}/milestones/{vacated}/retraction", {"reason": "stayed", "links": ["https://example.org/b"]})
    api.post("/clients", {"name": "Mistake"})
    wrong = api.post("/clients/mistake/engagements", {"name": "CTO", "started_on": "2024-01-01"})["id"]
    api.post(f"/engagements/{wrong}/retraction", {"reason": "at the wrong client"})
    api.post("/clients/mistake/retraction", {"reason": "registered twice"})
    api.ask("DELETE", f"/people/{gone}")


def exported(firm: Served, query: str = "", caller: Any = None) -> list[Line]:
    answer = (caller or firm.admin).ask("GET", f"/exports/history{query}")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="history.jsonl"'
    return [json.loads(line) for line in answer.text.splitlines()]


def by_ref(lines: Sequence[Line]) -> dict[tuple[str, str], Line]:
    return {(line["type"], line["ref"]): line for line in lines}


def without_recording(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_recording(member) for name, member in value.items() if name not in RECORDED}
    return [without_recording(member) for member in value] if isinstance(value, list) else value


def histories(firm: Served, *days: str) -> Any:
    """Timelines as of some days, and every milestone with its versions."""
    api = firm.admin
    result = {}
    for slug in sorted(client["slug"] for client in api.get("/clients?limit=500")["items"]):
        engagements = api.get(f"/clients/{slug}/engagements?limit=500")["items"]
        of_engagements = [f"/engagements/{engagement['id']}/milestones" for engagement in engagements]
        result[slug] = [
            [api.get(f"/clients/{slug}/timeline?as_of={day}") for day in days],
            [
                api.get(f"{path}/{milestone['id']}")
                for path in of_engagements
                for milestone in api.get(f"{path}?limit=500")["items"]
            ],
        ]
    return without_recording(result)


def test_an_exported_record_is_the_same_history_elsewhere_with_every_version(firm: Served, elsewhere: Served) -> None:
    lines = exported(firm)
    assert {line["type"] for line in lines} == {
        *("person", "client", "profile_change", "engagement", "milestone", "correction", "retraction", "changes"),
        *("engagement_retraction", "client_retraction"),
    }
    assert set(outcomes(send(elsewhere, as_file(*lines)))) == {"new"}
    days = ("2021-06-30", "2023-04-20", "2024-06-30", "2025-02-01")
    assert histories(elsewhere, *days) == histories(firm, *days)
    assert by_ref(exported(elsewhere)) == by_ref(lines)
    assert elsewhere.admin.get("/clients/halcyon")["id"] == firm.admin.get("/clients/halcyon")["id"]
    assert [line["name"] for line in lines if line["type"] == "person"].count(ERASED_NAME) == 1


def test_an_export_that_comes_in_again_records_nothing(firm: Served, elsewhere: Served) -> None:
    lines = exported(firm)
    head = firm.context.log.head()
    assert set(outcomes(send(firm, as_file(*lines)))) == {"same"}
    assert (firm.context.log.head(), by_ref(exported(firm))) == (head, by_ref(lines))
    send(elsewhere, as_file(*lines))
    assert set(outcomes(send(elsewhere, as_file(*exported(elsewhere))))) == {"same"}
    assert elsewhere.context.log.head() == max(r.position for r in elsewhere.context.log.read(0, 5000))


def test_a_line_that_differs_from_what_is_on_record_is_refused_by_field(firm: Served) -> None:
    lines = by_ref(exported(firm))
    chosen = next(line for line in lines.values() if line.get("kind") == "structure_chosen")
    spelled = {**chosen, "note": "", "seats": [{**chosen["seats"][0], "interim": False}]}
    file = [lines[chosen_type, ref] for chosen_type, ref in lines if chosen_type in ("person", "client", "engagement")]
    assert set(outcomes(send(firm, as_file(*file, spelled)))) == {"same"}
    answer = send(firm, as_file(*file, {**chosen, "effective_on": "2023-04-18"}), status=409)
    (refused,) = [row for row in answer["rows"] if row["outcome"] == "refused"]
    assert [error["field"] for error in refused["problem"]["errors"]] == ["effective_on"]


def test_an_export_as_known_then_ends_there(firm: Served) -> None:
    events = firm.context.log.read(0, 5000)
    first = next(r.event.timestamp for r in events if type(r.event).__name__ == "MilestoneCorrected")
    lines = exported(firm, f"?known_at={first.isoformat().replace('+00:00', 'Z')}")
    assert Counter(line["type"] for line in lines)["correction"] == 1
    assert {line["type"] for line in lines} & {"changes", "retraction", "client_retraction"} == set()


def test_an_export_of_some_clients_has_only_the_people_named_there(firm: Served, elsewhere: Served) -> None:
    firm.admin.post("/people", {"name": "Unnamed", "employer": "client"})
    some = exported(firm, "?q=halcyon")
    assert {line["ref"] for line in some if line["type"] == "client"} == {firm.admin.get("/clients/halcyon")["id"]}
    assert "Unnamed" not in {line.get("name") for line in some}
    assert set(outcomes(send(elsewhere, as_file(*some)))) == {"new"}
    assert exported(firm, "?q=nowhere") == []


def test_a_limited_caller_exports_only_what_they_may_see(firm: Served) -> None:
    other = firm.admin.post("/clients", {"name": "Other"})["id"]
    once = firm.admin.post("/people", {"name": "Once Named", "employer": "firm"})["id"]
    opened = firm.admin.post("/clients/other/engagements", {"name": "CTO", "started_on": "2024-01-01"})["id"]
    seat = {"functions": ["technology"], "holder": once, **TERMS}
    chosen = {"kind": "structure_chosen", "effective_on": "2024-02-01", "seats": [seat]}
    milestone = firm.admin.post(f"/engagements/{opened}/milestones", chosen)["id"]
    firm.admin.post(f"/engagements/{opened}/milestones/{milestone}/retraction", {"reason": "another person"})
    limited = firm.caller(Role.VIEWER, {UUID(other)})
    lines = exported(firm, caller=limited)
    assert [line["ref"] for line in lines if line["type"] == "client"] == [other]
    assert {line["name"] for line in lines if line["type"] == "person"} == {HIDDEN_NAME}
    assert exported(firm, "?q=halcyon", caller=limited) == []


def test_the_command_line_writes_the_record_to_a_file(firm: Served, tmp_path: Path) -> None:
    with served(tmp_path / "data") as elsewhere:
        send(elsewhere, as_file(*exported(firm)))
        lines = exported(elsewhere)
    file = tmp_path / "history.jsonl"
    result = CliRunner().invoke(app, ["export", str(file), "--data", str(tmp_path / "data")])
    assert result.exit_code == 0, result.output
    assert [json.loads(line) for line in file.read_text().splitlines()] == lines
