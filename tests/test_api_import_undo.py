"""An import is taken back as a whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from test_api_exports import by_ref, exported, without_recording
from test_api_import import CLIENT, CORRECTION, ENGAGEMENT, MILESTONE, PERSON, STORY, lines, outcomes, send

REASON = {"reason": "the file of another year"}
VACATED = {"kind": "seat_vacated", "effective_on": "2024-01-01", "functions": ["ai"]}


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


@pytest.fixture
def small_firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def undo(firm: Served, import_id: str, *, status: int = 201, key: str | None = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return firm.admin.ask("POST", f"/imports/{import_id}/undo", REASON, status=status, headers=headers).json()


def timeline(firm: Served, slug: str = "halcyon-health") -> Any:
    return without_recording(firm.admin.get(f"/clients/{slug}/timeline?as_of=2025-06-30"))


def milestone_of(firm: Served, answer: Any, ref: str) -> str:
    ids = {row["ref"]: row["id"] for row in answer["rows"]}
    return f"/engagements/{ids['e1']}/milestones/{ids[ref]}"


def test_an_undone_import_never_was_but_stays_known(firm: Served) -> None:
    answer = send(firm, lines(*STORY, CORRECTION))
    before = firm.admin.get("/clients/halcyon-health/timeline")
    undone = undo(firm, answer["id"], key="undo")
    assert (undone["status"], undone["undone"]["reason"]) == ("undone", REASON["reason"])
    assert undo(firm, answer["id"], key="undo") == undone
    assert undo(firm, answer["id"], status=409)["type"] == "/problems/import-undone"
    assert firm.admin.get(f"/imports/{answer['id']}") == undone
    firm.admin.ask("GET", f"/clients/halcyon-health?after_position={undone['undone']['position']}", status=404)
    then = f"/clients/halcyon-health/timeline?known_at={before['known_at']}&as_of={before['as_of']}"
    assert firm.admin.get(then) == before
    assert [person["name"] for person in firm.admin.get("/people")["items"]] == ["Dana Whitfield"]
    again = send(firm, lines(*STORY, CORRECTION))
    assert outcomes(again) == ["new", "new", "new", "same", "new"]
    assert firm.admin.get("/clients/halcyon-health-2")["name"] == "Halcyon Health"
    assert set(outcomes(send(firm, lines(*STORY, CORRECTION)))) == {"same"}
    listed = firm.admin.get("/imports")["items"]
    assert [(item["status"], item["new"], item["same"]) for item in listed] == [
        ("recorded", 0, 5),
        ("recorded", 4, 1),
        ("undone", 5, 0),
    ]
    (act,) = [item for item in firm.admin.get("/audit")["items"] if item["kind"] == "import.undone"]
    assert act["subject"] == answer["id"]
    firm.admin.ask("POST", "/imports/0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10/undo", REASON, status=404)


def test_what_was_there_before_is_as_it_was(firm: Served) -> None:
    first = send(
        firm,
        lines(
            *STORY,
            {
                **MILESTONE,
                "ref": "m2",
                "kind": "seat_vacated",
                "effective_on": "2024-06-01",
                "seats": None,
                "functions": ["ai"],
            }
            | {"links": []},
        ),
    )
    firm.admin.post("/clients/halcyon-health/profile-changes", {"effective_on": "2024-01-01", "headcount": 50})
    profile = firm.admin.get("/clients/halcyon-health?as_of=2025-06-30")["profile"]
    before = timeline(firm)
    second = send(
        firm,
        lines(
            CORRECTION,
            {"type": "retraction", "ref": "x2", "milestone": "m2", "reason": "stayed"},
            {
                "type": "milestone",
                "ref": "m3",
                "engagement": "e1",
                "kind": "closed",
                "effective_on": "2024-12-31",
                "outcome": "completed",
            },
            {"type": "engagement", "ref": "e2", "client": "c1", "name": "Second", "started_on": "2025-01-01"},
            {
                "type": "profile_change",
                "ref": "p2",
                "client": "c1",
                "effective_on": "2024-03-01",
                "headcount": 70,
                "name": "Halcyon",
            },
        ),
    )
    assert set(outcomes(second)) == {"new"}
    assert timeline(firm) != before
    undo(firm, second["id"])
    after = timeline(firm)
    for part in ("structure_spans", "transitions"):
        assert [{**span, "milestone": 0} for span in after[part]] == [{**span, "milestone": 0} for span in before[part]]
    assert [m["kind"] for m in after["milestones"]] == [m["kind"] for m in before["milestones"]]
    now = firm.admin.get("/clients/halcyon-health?as_of=2025-06-30")
    assert (now["profile"], now["name"]) == (profile, "Halcyon Health")
    assert len(firm.admin.get("/clients/halcyon-health/engagements")["items"]) == 1
    versions = firm.admin.get(milestone_of(firm, first, "m1"))["versions"]
    assert [version.get("reason") for version in versions] == [None, CORRECTION["reason"], REASON["reason"]]


def test_what_was_recorded_since_stands_in_the_way_and_is_named(small_firm: Served) -> None:
    firm = small_firm
    answer = send(firm, lines(*STORY))
    engagement = milestone_of(firm, answer, "m1").partition("/milestones")[0]
    logged = firm.admin.post(f"{engagement}/milestones", VACATED)
    firm.admin.post(f"{milestone_of(firm, answer, 'm1')}/corrections", {"reason": "noted", "note": "by hand"})
    firm.admin.post("/clients/halcyon-health/profile-changes", {"effective_on": "2024-01-01", "headcount": 50})
    head = firm.context.log.head()
    refused = undo(firm, answer["id"], status=409)
    assert refused["type"] == "/problems/import-in-use"
    assert [error["message"] for error in refused["errors"]] == [
        "“Structure chosen” on 2023-04-17 in “CTO+CAIO” at Halcyon Health was corrected since.",
        "“Seat vacated” on 2024-01-01 in “CTO+CAIO” at Halcyon Health was logged since.",
        "The profile of Halcyon Health was changed since.",
    ]
    assert (firm.context.log.head(), firm.admin.get(f"/imports/{answer['id']}")["undone"]) == (head, None)
    assert logged["id"] in refused["errors"][1]["field"]


def test_a_later_milestone_that_rests_on_an_imported_one_is_named(small_firm: Served) -> None:
    firm = small_firm
    first = send(firm, lines(PERSON, CLIENT, ENGAGEMENT))
    second = send(firm, lines(MILESTONE))
    engagement = {row["ref"]: row["id"] for row in first["rows"]}["e1"]
    vacated = firm.admin.post(f"/engagements/{engagement}/milestones", VACATED)["id"]
    refused = undo(firm, second["id"], status=409)
    assert refused["milestone"] == vacated
    firm.admin.post(f"/engagements/{engagement}/milestones/{vacated}/retraction", {"reason": "built on it"})
    undo(firm, second["id"])
    undo(firm, first["id"])
    assert firm.admin.get("/clients")["items"] == []


def test_what_was_retracted_by_hand_is_left_alone(small_firm: Served) -> None:
    firm = small_firm
    answer = send(firm, lines(*STORY))
    engagement = milestone_of(firm, answer, "m1").partition("/milestones")[0]
    firm.admin.post(f"{engagement}/retraction", {"reason": "by hand"})
    firm.admin.post("/clients/halcyon-health/retraction", {"reason": "by hand"})
    head = firm.context.log.head()
    assert undo(firm, answer["id"])["undone"]["position"] is None
    assert firm.context.log.head() == head
    assert undo(firm, answer["id"], status=409)["type"] == "/problems/import-undone"


def test_a_final_retraction_cannot_be_undone(small_firm: Served) -> None:
    firm = small_firm
    send(firm, lines(*STORY))
    whole = {"type": "engagement_retraction", "ref": "r1", "engagement": "e1", "reason": "never"}
    answer = send(firm, lines(whole))
    assert undo(firm, answer["id"], status=409)["type"] == "/problems/import-in-use"


def test_a_store_recognizes_its_own_export_also_after_an_undo(small_firm: Served) -> None:
    firm = small_firm
    send(firm, lines(*STORY))
    whole = exported(firm)
    other = {**CLIENT, "ref": "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10", "name": "Other"}
    answer = send(firm, lines(other))
    assert answer["rows"][0]["id"] == other["ref"]
    undo(firm, answer["id"])
    after = exported(firm)
    assert set(outcomes(send(firm, lines(*after)))) == {"same"}
    assert outcomes(send(firm, lines(other))) == ["new"]
    assert outcomes(send(firm, lines(other))) == ["same"]
    assert set(outcomes(send(firm, lines(*exported(firm))))) == {"same"}
    assert by_ref(whole).items() <= by_ref(exported(firm)).items()
