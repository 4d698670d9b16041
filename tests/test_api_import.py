"""Importing JSON Lines: all or nothing, refusals by line, and nothing twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served

import web

EXAMPLES = Path(web.__file__).parent / "examples"

PERSON = {"type": "person", "ref": "p1", "name": "Dana Whitfield", "employer": "firm"}
CLIENT = {"type": "client", "ref": "c1", "name": "Halcyon Health", "profile": {"sector": "health", "headcount": 24}}
ENGAGEMENT = {"type": "engagement", "ref": "e1", "client": "c1", "name": "CTO+CAIO", "started_on": "2023-02-20"}
MILESTONE = {
    "type": "milestone",
    "ref": "m1",
    "engagement": "e1",
    "kind": "structure_chosen",
    "effective_on": "2023-04-17",
    "seats": [{"functions": ["technology", "ai"], "holder": "p1", "commitment": "fractional", "provider": "firm"}],
    "links": ["https://example.org/letter"],
}
CORRECTION = {
    "type": "correction",
    "ref": "x1",
    "milestone": "m1",
    "reason": "signed a week later",
    "effective_on": "2023-04-24",
    "details": {"rationale": "one leader for now"},
}
STORY: list[dict[str, Any]] = [ENGAGEMENT, MILESTONE, CLIENT, PERSON]


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


@pytest.fixture
def small_firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def lines(*said: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in said)


def send(firm: Served, content: bytes, *, status: int = 201, query: str = "", key: str | None = None) -> Any:
    headers = {"Content-Type": "application/x-ndjson"} | ({} if key is None else {"Idempotency-Key": key})
    return firm.admin.ask("POST", f"/imports{query}", status=status, content=content, headers=headers).json()


def outcomes(answer: Any) -> list[str]:
    return [row["outcome"] for row in answer["rows"]]


def test_the_public_record_imports_whole_and_nothing_twice(firm: Served) -> None:
    first, later = ((EXAMPLES / f"federal_agencies{name}.jsonl").read_bytes() for name in ("", "_later"))
    assert Counter(outcomes(send(firm, first))) == {"new": 231}
    assert Counter(outcomes(send(firm, later))) == {"new": 82, "same": 21}
    head = firm.context.log.head()
    assert Counter(outcomes(send(firm, first))) == {"same": 231}
    assert Counter(outcomes(send(firm, later))) == {"same": 103}
    assert firm.context.log.head() == head
    clients = firm.admin.get("/clients?limit=500")["items"]
    assert len(clients) == 27
    milestones = [
        milestone
        for client in clients
        for milestone in firm.admin.get(f"/clients/{client['slug']}/timeline")["milestones"]
        if milestone["kind"] != "opened"
    ]
    # 99 and 42 lines, of which one was retracted.
    assert len(milestones) == 99 + 42 - 1


def test_a_preview_warns_of_clients_and_people_of_one_name(firm: Served) -> None:
    firm.admin.post("/clients", {"name": "Zoë & Søn"})
    firm.admin.post("/clients/zoe-son/profile-changes", {"name": "Weavers", "effective_on": "2024-01-01"})
    firm.admin.post("/people", {"name": "Éric Dupont", "employer": "firm"})
    twins = [
        {**CLIENT, "ref": f"c{number}", "name": name}
        for number, name in enumerate(("Twin", "TWIN", "twin", "Zoe & Son"))
    ]
    people = [
        {**PERSON, "ref": f"p{number}", "name": name} for number, name in enumerate(("Ana", "ERIC dupont", "Ána"))
    ]
    other = {**CLIENT, "ref": "c9", "name": "Ana"}
    preview = send(firm, lines(*twins, *people, other), status=200, query="?dry_run=true")
    assert [row["warnings"] for row in preview["rows"]] == [
        ["Lines 2, 3 have a client with the same name."],
        ["Lines 1, 3 have a client with the same name."],
        ["Lines 1, 2 have a client with the same name."],
        ["A client named “Zoë & Søn” already exists; this line registers another one."],
        ["Line 7 has a person with the same name."],
        ["A person named “Éric Dupont” already exists; this line adds another one."],
        ["Line 5 has a person with the same name."],
        [],
    ]
    done = send(firm, lines(*twins, *people, other))
    assert [row["warnings"] for row in done["rows"]] == [[]] * 8
    again = send(firm, lines(*twins, *people, other), status=200, query="?dry_run=true")
    assert (outcomes(again), [row["warnings"] for row in again["rows"]]) == (["same"] * 8, [[]] * 8)


def test_a_preview_says_what_would_become_of_each_line_and_records_nothing(firm: Served) -> None:
    preview = send(firm, lines(*STORY, CORRECTION), status=200, query="?dry_run=true")
    assert (preview["id"], preview["status"], outcomes(preview)) == (None, "preview", ["new"] * 5)
    assert firm.context.log.head() == 0
    assert firm.admin.get("/people")["items"] == []
    done = send(firm, lines(*STORY, CORRECTION))
    assert [row["line"] for row in done["rows"]] == [1, 2, 3, 4, 5]
    shown = firm.admin.get(f"/imports/{done['id']}")
    assert shown["rows"] == done["rows"]
    assert shown["position"] == done["position"] == firm.context.log.head()
    milestone = firm.admin.get(f"/engagements/{done['rows'][0]['id']}/milestones/{done['rows'][1]['id']}")
    assert [v["reason"] for v in milestone["versions"]] == [None, "signed a week later"]
    assert milestone["details"]["rationale"] == "one leader for now"


def test_one_bad_line_and_nothing_is_recorded(firm: Served) -> None:
    late = {**MILESTONE, "ref": "m2", "effective_on": "2020-01-01"}
    problem = send(firm, lines(*STORY, late), status=409)
    assert problem["type"] == "/problems/import-unfitting"
    assert outcomes(problem) == ["new"] * 4 + ["refused"]
    refused = problem["rows"][4]
    assert (refused["line"], refused["ref"]) == (5, "m2")
    assert refused["problem"]["type"] == "/problems/before-opening"
    assert firm.context.log.head() == 0
    assert firm.admin.get("/people")["items"] == []
    partial = send(firm, lines(*STORY, late), query="?partial=true")
    assert (partial["status"], outcomes(partial)) == ("partial", ["new"] * 4 + ["refused"])
    assert outcomes(send(firm, lines(*STORY))) == ["same"] * 4


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"{", "/problems/malformed"),
    "not an object": (b"[]", "/problems/malformed"),
    "a name twice": (b'{"type": "person", "type": "person"}', "/problems/malformed"),
    "no type": (lines({"ref": "x"}), "/problems/invalid-fields"),
    "an unknown type": (lines({"type": "wish", "ref": "x"}), "/problems/invalid-fields"),
    "no ref": (lines({"type": "person", "name": "x", "employer": "firm"}), "/problems/invalid-fields"),
    "an unknown field": (lines({**PERSON, "shoe_size": 40}), "/problems/invalid-fields"),
    "an unknown person": (lines(CLIENT, ENGAGEMENT, {**MILESTONE}), "/problems/invalid-fields"),
    "an unknown engagement": (lines(PERSON, MILESTONE), "/problems/invalid-fields"),
    "an unknown client": (lines(ENGAGEMENT), "/problems/invalid-fields"),
    "an unknown milestone": (lines(CORRECTION), "/problems/invalid-fields"),
    "an unknown kind": (
        lines(ENGAGEMENT, CLIENT, PERSON, {**MILESTONE, "kind": "promoted"}),
        "/problems/invalid-fields",
    ),
}


@pytest.mark.parametrize(("content", "kind"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_line_that_cannot_be_read_is_named(small_firm: Served, content: bytes, kind: str) -> None:
    problem = send(small_firm, content, status=422)
    assert problem["type"] == "/problems/import-refused"
    assert [row["problem"]["type"] for row in problem["rows"] if row["problem"]] == [kind]
    assert small_firm.context.log.head() == 0


def test_a_known_ref_with_other_content_is_refused(small_firm: Served) -> None:
    send(small_firm, lines(*STORY))
    problem = send(small_firm, lines(*STORY[:3], {**PERSON, "name": "Dana W."}), status=409)
    assert outcomes(problem) == ["same", "same", "same", "refused"]
    assert problem["rows"][3]["problem"]["type"] == "/problems/import-ref-changed"
    again = lines({**PERSON, "ref": "p2"}, {**PERSON, "ref": "p2"}, {**PERSON, "ref": "p2", "name": "Another"})
    assert outcomes(send(small_firm, again, status=409)) == ["new", "same", "refused"]


def test_changes_and_retractions_are_lines_too(small_firm: Served) -> None:
    handed = {
        "type": "milestone",
        "ref": "m2",
        "engagement": "e1",
        "kind": "handed_over",
        "effective_on": "2023-05-01",
        "functions": ["technology", "ai"],
        "holder": "p2",
    }
    both = {
        "type": "changes",
        "ref": "x3",
        "engagement": "e1",
        "reason": "both were a month early",
        "changes": [
            {"correct": {"milestone": "m1", "effective_on": "2023-05-17"}},
            {"correct": {"milestone": "m2", "effective_on": "2023-06-01"}},
        ],
    }
    retraction = {"type": "retraction", "ref": "x4", "milestone": "m2", "reason": "never happened"}
    done = send(small_firm, lines(*STORY, {**PERSON, "ref": "p2", "name": "Ivo"}, handed, both, retraction))
    assert outcomes(done) == ["new"] * 8
    timeline = small_firm.admin.get("/clients/halcyon-health/timeline")
    assert [(m["kind"], m["effective_on"]) for m in timeline["milestones"]] == [
        ("opened", "2023-02-20"),
        ("structure_chosen", "2023-05-17"),
    ]


def test_a_file_may_come_in_a_form(small_firm: Served) -> None:
    sent = {"file": ("history.jsonl", lines(*STORY), "application/octet-stream")}
    done = small_firm.admin.ask("POST", "/imports", status=201, files=sent).json()
    assert outcomes(done) == ["new"] * 4
    problem = small_firm.admin.ask("POST", "/imports", status=422, files={"other": ("x.jsonl", b"")}).json()
    assert problem["errors"][0]["field"] == "file"
    small_firm.admin.ask("POST", "/imports", status=415, files={"file": ("x.pdf", b"%PDF", "application/pdf")})
    small_firm.admin.ask("POST", "/imports", status=422, content=b"", headers={"Content-Type": "application/x-ndjson"})


def test_an_import_is_carried_out_once_under_a_key(small_firm: Served) -> None:
    first, second = (send(small_firm, lines(*STORY), key="once") for _ in range(2))
    assert first == second
    send(small_firm, lines(*STORY, CORRECTION), status=422, key="once")


def test_people_alone_make_an_import_too(small_firm: Served) -> None:
    done = send(small_firm, lines(PERSON))
    assert (outcomes(done), done["position"]) == (["new"], None)
    assert [p["name"] for p in small_firm.admin.get("/people")["items"]] == ["Dana Whitfield"]
    assert outcomes(send(small_firm, lines(PERSON))) == ["same"]


def test_whoever_was_erased_does_not_come_back_with_the_same_file(small_firm: Served) -> None:
    done = send(small_firm, lines(*STORY))
    person = done["rows"][3]["id"]
    small_firm.admin.ask("DELETE", f"/people/{person}", status=204)
    assert small_firm.admin.get(f"/imports/{done['id']}")["rows"][3]["ref"] is None
    again = send(small_firm, lines(*STORY))
    assert outcomes(again) == ["same"] * 4
    assert small_firm.admin.get(f"/people/{person}")["name"] == "erased person"
    assert small_firm.admin.get("/people")["items"] == []


def test_an_assessment_is_named_by_the_ref_of_an_earlier_line(small_firm: Served) -> None:
    taken = {
        "type": "milestone",
        "ref": "a1",
        "engagement": "e1",
        "kind": "assessment_taken",
        "effective_on": "2023-03-01",
        "assessor": "p1",
        "answers": {"headcount": 24},
    }
    again = {**taken, "ref": "a2", "effective_on": "2023-03-05"}
    head = (PERSON, CLIENT, ENGAGEMENT)
    for unknown in ("a9", "milestones.0"):
        refused = send(small_firm, lines(*head, taken, {**MILESTONE, "assessment": unknown}), status=422)
        assert [error["field"] for error in refused["rows"][4]["problem"]["errors"]] == ["assessment"]
    follows = {**MILESTONE, "assessment": "a1"}
    refused = send(small_firm, lines(*head, follows, taken), status=422)
    assert outcomes(refused)[3:] == ["refused", "new"]
    corrected = {**CORRECTION, "details": {"assessment": "a2"}}
    declined = {"kind": "advice_declined", "effective_on": "2023-05-01", "assessment": "a1", "reason": "no money"}
    changes = {
        "type": "changes",
        "ref": "x2",
        "engagement": "e1",
        "reason": "told late",
        "changes": [{"log": declined}],
    }
    story = lines(*head, taken, again, follows, corrected, changes)
    ids = {row["ref"]: row["id"] for row in send(small_firm, story)["rows"]}
    assert set(outcomes(send(small_firm, story))) == {"same"}
    milestones = small_firm.admin.get("/clients/halcyon-health/timeline")["milestones"]
    named = {m["kind"]: m["details"].get("assessment") for m in milestones}
    assert (named["structure_chosen"], named["advice_declined"]) == (ids["a2"], ids["a1"])


def test_a_change_of_a_line_refers_to_an_assessment_of_the_same_line(small_firm: Served) -> None:
    taken = {"kind": "assessment_taken", "effective_on": "2023-03-02", "answers": {}, "assessor": "p1"}
    declined = {
        "kind": "advice_declined",
        "effective_on": "2023-05-01",
        "assessment": "changes.0",
        "reason": "no money",
    }
    line = {"type": "changes", "ref": "x3", "engagement": "e1", "changes": [{"log": taken}, {"log": declined}]}
    ahead = {**line, "ref": "x4", "changes": [{"log": {**declined, "assessment": "changes.1"}}, {"log": taken}]}
    refused = send(small_firm, lines(PERSON, CLIENT, ENGAGEMENT, ahead), status=422)
    assert [error["field"] for error in refused["rows"][3]["problem"]["errors"]] == ["changes.0.log.assessment"]
    story = lines(PERSON, CLIENT, ENGAGEMENT, line)
    send(small_firm, story)
    assert set(outcomes(send(small_firm, story))) == {"same"}
    milestones = small_firm.admin.get("/clients/halcyon-health/timeline")["milestones"]
    assessment = next(m for m in milestones if m["kind"] == "assessment_taken")
    (answer,) = (m for m in milestones if m["kind"] == "advice_declined")
    assert answer["details"]["assessment"] == assessment["id"]


def test_a_line_that_was_retracted_since_says_so_unless_the_file_retracts_it(
    small_firm: Served,
) -> None:
    sent = send(small_firm, lines(*STORY))
    engagement, milestone, client, _ = (row["id"] for row in sent["rows"])

    def warned(*more: Mapping[str, Any]) -> list[str]:
        answer = send(small_firm, lines(*STORY, *more), status=200, query="?dry_run=true")
        assert {row["outcome"] for row in answer["rows"]} == {"same"}
        return [row["ref"] for row in answer["rows"] if any("retracted since" in text for text in row["warnings"])]

    assert warned() == []
    path = f"/engagements/{engagement}"
    small_firm.admin.post(f"{path}/milestones/{milestone}/retraction", {"reason": "never happened"})
    assert warned() == ["m1"]
    history = small_firm.admin.ask("GET", "/exports/history").content
    again = send(small_firm, history, status=200, query="?dry_run=true")
    assert {(row["outcome"], *row["warnings"]) for row in again["rows"]} == {("same",)}
    small_firm.admin.post(f"{path}/retraction", {"reason": "never opened"})
    assert warned() == ["e1", "m1"]
    small_firm.admin.post(f"/clients/{client}/retraction", {"reason": "registered twice"})
    assert warned() == ["e1", "m1", "c1"]
    history = small_firm.admin.ask("GET", "/exports/history").content
    again = send(small_firm, history, status=200, query="?dry_run=true")
    assert {(row["outcome"], *row["warnings"]) for row in again["rows"]} == {("same",)}
