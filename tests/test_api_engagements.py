"""Engagements that are told at once, and engagements and clients that are retracted, over HTTP on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_client import Served, served

CLOSED = {"kind": "closed", "effective_on": "2020-12-31", "outcome": "completed"}
DAYS = {"as_of": "2026-11-30"}


def seat(person: str) -> dict[str, Any]:
    return {"functions": ["technology", "ai"], "holder": person, "commitment": "fractional", "provider": "firm"}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("told-at-once")) as running:
        yield running


def new_person(firm: Served) -> str:
    return str(firm.admin.post("/people", {"name": "Dana", "employer": "firm"})["id"])


def test_an_earlier_engagement_is_recorded_late_with_its_close_although_a_later_one_is_open(either: Served) -> None:
    firm, dana = either, new_person(either)
    client = firm.admin.post("/clients", {"name": "Earlier"})["id"]
    firm.admin.post(f"/clients/{client}/engagements", {"name": "now", "started_on": "2025-06-01"})
    chosen = {"kind": "structure_chosen", "effective_on": "2020-03-01", "seats": [seat(dana)]}
    body = {"name": "then", "started_on": "2020-02-01", "milestones": [CLOSED, chosen]}
    headers = {"Idempotency-Key": "told at once".replace(" ", "-")}
    created = firm.admin.post(f"/clients/{client}/engagements", body, headers=headers)
    assert created == firm.admin.post(f"/clients/{client}/engagements", body, headers=headers)
    assert [m["kind"] for m in created["milestones"]] == ["closed", "structure_chosen"]
    recordings = [created["milestone"], *created["milestones"]]
    assert {m["recorded_at"] for m in recordings} == {created["recorded_at"]}
    assert {m["version"] for m in recordings} == {1}
    after = {"after_position": created["position"], **DAYS}
    shown = firm.admin.get(f"/clients/{client}/engagements", params=after)["items"]
    assert [(e["name"], e["closed_on"]) for e in shown] == [("then", "2020-12-31"), ("now", None)]
    timeline = firm.admin.get(f"/clients/{client}/timeline", params=after)
    assert [span["structure"] for span in timeline["structure_spans"]] == ["none", "unified_fractional", "none"]
    events = firm.admin.get("/events", params={"client": client, "type": "seatline.engagement.opened_with_milestones"})
    assert [len(event["data"]["changes"]) for event in events["items"]] == [3]
    for answer in recordings:
        path = f"/engagements/{created['id']}/milestones/{answer['id']}"
        assert answer.items() <= firm.admin.get(path, params=after).items()


@pytest.mark.parametrize(
    ("milestones", "status", "field", "slug"),
    [
        ([CLOSED, {"kind": "paused", "effective_on": "2021-03-01"}], 409, "milestones.1", "engagement-closed"),
        ([{"kind": "resumed", "effective_on": "2020-03-01"}, CLOSED], 409, "milestones.0", "not-paused"),
        (
            [CLOSED, {"kind": "paused", "effective_on": "2020-03-02", "precision": "month"}],
            422,
            "milestones.1.effective_on",
            "invalid-fields",
        ),
        ([{"kind": "opened", "effective_on": "2020-03-02", "name": "again"}], 409, "milestones.0", "opens-once"),
        (
            [
                {
                    "kind": "assessment_taken",
                    "effective_on": "2020-03-02",
                    "assessor": "0d3b2c4e-8a51-4f0e-9c07-2f6a1b7e4d10",
                    "answers": {},
                }
            ],
            422,
            "milestones.0.assessor",
            "invalid-fields",
        ),
    ],
)
def test_a_refusal_of_what_is_told_at_once_names_the_milestone_and_records_nothing(
    firm: Served, milestones: list[dict[str, Any]], status: int, field: str, slug: str
) -> None:
    client = firm.admin.post("/clients", {"name": "Refused"})["id"]
    head = firm.context.log.head()
    body = {"name": "then", "started_on": "2020-02-01", "milestones": milestones}
    problem = firm.admin.ask("POST", f"/clients/{client}/engagements", body, status=status).json()
    assert problem["type"] == f"/problems/{slug}"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert firm.context.log.head() == head


def test_engagements_told_at_once_never_overlap_with_others(firm: Served) -> None:
    client = firm.admin.post("/clients", {"name": "Overlapping"})["id"]
    firm.admin.post(f"/clients/{client}/engagements", {"name": "now", "started_on": "2020-06-01"})
    earlier = {"name": "then", "started_on": "2020-02-01", "milestones": [CLOSED]}
    problem = firm.admin.ask("POST", f"/clients/{client}/engagements", earlier, status=409).json()
    assert problem["type"] == "/problems/engagements-overlap"
    open_one = {"name": "then", "started_on": "2020-02-01"}
    problem = firm.admin.ask("POST", f"/clients/{client}/engagements", open_one, status=409).json()
    assert problem["type"] == "/problems/engagement-still-open"
    touching = {**earlier, "milestones": [{**CLOSED, "effective_on": "2020-06-01"}]}
    firm.admin.post(f"/clients/{client}/engagements", touching)


def everything(firm: Served, client: str, engagement: str, after: int, known_at: str | None = None) -> dict[str, Any]:
    """What each list, report and page of the API says; a status where it is not found."""
    params = {"after_position": after, **DAYS, **({"known_at": known_at} if known_at else {})}
    answers = {}
    for path in (
        "/clients",
        f"/clients/{client}",
        f"/clients/{client}/engagements",
        f"/clients/{client}/timeline",
        f"/engagements/{engagement}",
        f"/engagements/{engagement}/milestones",
        *(f"/reports/{name}" for name in ("structure-mix", "quarter-grid", "transitions", "paths", "revenue", "plan")),
    ):
        answer = firm.client.get(f"/api/v1{path}", params=params, headers={"Authorization": f"Bearer {firm.admin.key}"})
        body = answer.json()
        for changing in ("parameters", "known_at"):
            body.pop(changing, None)
        answers[path] = body if answer.is_success else answer.status_code
    return answers


def test_a_retracted_engagement_and_client_never_were_but_stay_answerable_as_known_before(either: Served) -> None:
    firm, dana = either, new_person(either)
    admin = firm.admin
    client = admin.post("/clients", {"name": "Twice Registered"})
    path = f"/clients/{client['slug']}"
    nothing = everything(firm, client["id"], client["id"], client["position"])
    chosen = {"kind": "structure_chosen", "effective_on": "2020-03-01", "seats": [seat(dana)]}
    created = admin.post(
        f"{path}/engagements", {"name": "then", "started_on": "2020-02-01", "milestones": [chosen, CLOSED]}
    )
    engagement = created["id"]
    before = everything(firm, client["id"], engagement, created["position"])
    assert admin.ask("POST", f"{path}/retraction", {"reason": "twice"}, status=409).json()["type"] == (
        "/problems/client-has-engagements"
    )
    stale = {"If-Match": '"7"'}
    admin.ask("POST", f"/engagements/{engagement}/retraction", {"reason": "x"}, headers=stale, status=412)
    admin.ask("POST", f"/engagements/{engagement}/retraction", {"reason": " "}, status=422)
    gone = admin.post(f"/engagements/{engagement}/retraction", {"reason": "at another client"})
    assert (gone["client"], gone["reason"], gone["version"]) == (client["id"], "at another client", 2)
    after = everything(firm, client["id"], engagement, gone["position"])
    assert after[f"/engagements/{engagement}"] == after[f"/engagements/{engagement}/milestones"] == 404
    of_engagement = {f"/engagements/{engagement}", f"/engagements/{engagement}/milestones"}
    for answered in after.keys() - of_engagement:
        assert without_versions(after[answered]) == without_versions(nothing[answered]), answered
    then = everything(firm, client["id"], engagement, gone["position"], created["recorded_at"])
    assert without_links(then) == without_links(before)
    for verb, body in (("milestones", CLOSED), ("retraction", {"reason": "again"})):
        admin.ask("POST", f"/engagements/{engagement}/{verb}", body, status=404)
    changes = admin.get(f"{path}/timeline/changes", params={"known_from": created["recorded_at"], **DAYS})
    assert {m["difference"] for m in changes["milestones"]} == {"removed"}
    assert {r["recorded_at"] for m in changes["milestones"] for r in m["recordings"]} == {gone["recorded_at"]}
    another = admin.post(f"{path}/engagements", {"name": "another", "started_on": "2020-02-01"})
    admin.post(f"/engagements/{another['id']}/retraction", {"reason": "a test"})

    known = everything(firm, client["id"], engagement, another["position"] + 2)
    link = admin.post("/share-links", {"client": client["id"], "expires_at": "2030-01-01T00:00:00.000000Z"})
    left = admin.post(f"{path}/retraction", {"reason": "registered twice"})
    answers = everything(firm, client["id"], engagement, left["position"])
    assert answers[f"/clients/{client['id']}"] == answers[f"/clients/{client['id']}/timeline"] == 404
    assert client["id"] not in str(list(answers.values()))
    earlier = everything(firm, client["id"], engagement, left["position"], gone["recorded_at"])
    assert [row["name"] for row in earlier["/clients"]["items"]] == ["Twice Registered"]
    assert known["/clients"]["items"]
    assert firm.client.get(link["url"]).status_code in (404, 410)
    for refused, sent in (
        ("engagements", {"name": "one", "started_on": "2020-02-01"}),
        ("profile-changes", {"effective_on": "2020-01-01", "headcount": 3}),
        ("retraction", {"reason": "again"}),
    ):
        admin.ask("POST", f"{path}/{refused}", sent, status=404)
    admin.ask("POST", "/clients", {"name": "Other", "slug": client["slug"]}, status=409)
    named = admin.post("/clients", {"name": "Twice Registered"})
    assert named["slug"] != client["slug"]
    types = [event["type"] for event in admin.get("/events", params={"client": client["id"]})["items"]]
    assert types[-1] == "seatline.client.retracted"
    assert "seatline.engagement.retracted" in types
    kinds = {entry["kind"] for entry in admin.get("/audit", params={"limit": 20})["items"]}
    assert {"seatline.engagement.retracted", "seatline.client.retracted"} <= kinds


def without_links(answer: Any) -> Any:
    """An answer without the links, which repeat the question."""
    if isinstance(answer, dict):
        return {name: without_links(value) for name, value in answer.items() if name != "links"}
    return [without_links(item) for item in answer] if isinstance(answer, list) else answer


def without_versions(answer: Any) -> Any:
    """An answer without the version of the stream, which moves on."""
    if isinstance(answer, dict):
        return {name: without_versions(value) for name, value in answer.items() if name != "version"}
    return [without_versions(item) for item in answer] if isinstance(answer, list) else answer


def test_what_every_verb_answers_is_what_is_read_afterwards(firm: Served) -> None:
    admin = firm.admin
    client = admin.post("/clients", {"name": "One history"})["id"]
    paused = {"kind": "paused", "effective_on": "2020-03-01", "note": "rests"}
    engagement = admin.post(f"/clients/{client}/engagements", {"name": "one", "started_on": "2020-02-01"})["id"]
    path = f"/engagements/{engagement}"
    log = {"kind": "deliverable_issued", "effective_on": "2020-02-03", "deliverable": "roadmap", "function": "ai"}

    def read(answer: dict[str, Any]) -> dict[str, Any]:
        params = {"after_position": answer["position"], **DAYS}
        return dict(admin.get(f"{path}/milestones/{answer['id']}", params=params))

    logged = admin.post(f"{path}/milestones", paused)
    assert logged.items() <= read(logged).items()
    corrected = admin.post(f"{path}/milestones/{logged['id']}/corrections", {"reason": "later", "note": "rested"})
    assert corrected == read(corrected)
    change = {"correct": {"milestone": logged["id"], "effective_on": "2020-03-05"}}
    several = admin.post(f"{path}/changes", {"reason": "told together", "changes": [{"log": log}, change]})
    assert several["reason"] == "told together"
    for milestone in several["milestones"]:
        assert milestone == read(milestone)
        assert milestone["versions"][-1]["reason"] == "told together"
    retracted = admin.ask("POST", f"{path}/milestones/{logged['id']}/retraction", {"reason": "never"})
    answer = retracted.json()
    assert answer == read(answer)
    assert answer["position"] == answer["retraction"]["position"]
    assert retracted.headers["ETag"] == f'"{answer["version"]}"'
