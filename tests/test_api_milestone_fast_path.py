"""The fast path for logging a milestone: answered as on the ordinary path, and decided on current state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from api_client import Caller, Served, served
from starlette.requests import Request
from starlette.responses import Response

import api.milestone_fast_path
from api.state.roles import Role

PAUSED = {"kind": "paused", "effective_on": "2024-03-01"}
RESUMED = {"kind": "resumed", "effective_on": "2024-04-01"}
CLOSED = {"kind": "closed", "effective_on": "2024-06-01", "outcome": "handed over"}
ISSUED = {"kind": "deliverable_issued", "effective_on": "2024-02-03", "deliverable": "roadmap", "function": "ai"}
MEETING = {"kind": "alignment_held", "effective_on": "2024-02-03", "participants": []}
FIT = [
    PAUSED,
    ISSUED,
    {**ISSUED, "note": "spät gemeldet", "links": ["https://example.org/a"], "reported_on": "2024-02-05"},
    {"kind": "sign_observed", "effective_on": "2024-02-10", "sign": "two-roadmaps", "evidence": "Two plans."},
    CLOSED,
]
UNFIT = [
    RESUMED,
    {"kind": "closed", "effective_on": "2023-06-01", "outcome": "handed over"},
    {**MEETING, "participants": ["0d9f7a46-7a7b-4c63-8d1a-4b36d29b1d11"]},
    {**PAUSED, "recorded_at": "2024-03-01T00:00:00Z"},
    {**PAUSED, "kind": "unheard_of"},
    {**PAUSED, "effective_on": "2024-13-01"},
    {},
    [],
    None,
]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("at-once")) as running:
        yield running


@pytest.fixture
def fast_paths(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each milestone that was posted, whether it took the fast path."""
    taken: list[bool] = []
    log_plain_milestone = api.milestone_fast_path.log_plain_milestone

    async def log_and_note(request: Request) -> Response | None:
        taken.append(True)
        answer = await log_plain_milestone(request)
        taken[-1] = answer is not None
        return answer

    monkeypatch.setattr(api.milestone_fast_path, "log_plain_milestone", log_and_note)
    return taken


def opened(admin: Caller) -> str:
    client = admin.post("/clients", {"name": "Acme"})["id"]
    engagement_id: str = admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
    return engagement_id


def answer_of(caller: Caller, engagement: str, body: Any, path: str = "", **headers: str) -> tuple[Any, ...]:
    """An answer without what is another for each: ids, positions, instants."""
    path = path or f"/engagements/{engagement}/milestones"
    answer = caller.client.request(
        "POST", f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {caller.key}", **headers}
    )
    content = answer.json()
    for name in ("id", "engagement", "recorded_at", "position", "client", "milestone"):
        content.pop(name, None)
    names = sorted(answer.headers)
    return answer.status_code, content, names, answer.headers.get("etag")


@pytest.mark.parametrize("body", [*FIT, *UNFIT], ids=str)
def test_the_fast_path_answers_as_the_ordinary_path(
    firm: Served, monkeypatch: pytest.MonkeyPatch, fast_paths: list[bool], body: Any
) -> None:
    short, long = opened(firm.admin), opened(firm.admin)
    for engagement in (short, long):
        answer_of(firm.admin, engagement, ISSUED)
    del fast_paths[:]
    fast = answer_of(firm.admin, short, body)
    # The ordinary path refuses invalid milestones; the fast path refuses those that do not fit the engagement.
    assert fast_paths == [body in FIT or body in UNFIT[:3]]

    async def never(_: Request) -> None:
        return None

    monkeypatch.setattr(api.milestone_fast_path, "log_plain_milestone", never)
    assert answer_of(firm.admin, long, body) == fast
    assert (fast[0] == 201) == (body in FIT)


def test_requests_that_are_not_plain_take_the_ordinary_path_and_are_refused_there(
    firm: Served, fast_paths: list[bool]
) -> None:
    engagement = opened(firm.admin)
    path = f"/engagements/{engagement}/milestones"
    viewer, elsewhere = firm.caller(Role.VIEWER), firm.caller(Role.RECORDER, set())
    for caller in (firm.admin, viewer, elsewhere):
        firm.client.get("/api/v1/me", headers={"Authorization": f"Bearer {caller.key}"})
    del fast_paths[:]
    assert answer_of(viewer, engagement, ISSUED)[0] == 403
    assert answer_of(firm.admin, engagement, ISSUED, **{"If-Match": '"7"'})[0] == 412
    assert answer_of(firm.admin, engagement, ISSUED, **{"Idempotency-Key": "two words"})[0] == 422
    assert answer_of(firm.admin, engagement, ISSUED, path="/engagements/nowhere/milestones")[0] == 404
    assert firm.client.post(f"/api/v1{path}", json=ISSUED).status_code == 401
    assert fast_paths == [False] * 5
    assert answer_of(elsewhere, engagement, ISSUED)[0] == 404
    assert answer_of(firm.admin, engagement, ISSUED)[0] == 201
    assert len(firm.admin.get(path)["items"]) == 2


def test_an_idempotency_key_records_one_milestone_on_the_fast_path(firm: Served, fast_paths: list[bool]) -> None:
    engagement = opened(firm.admin)
    firm.admin.get("/me")
    path, key = f"/engagements/{engagement}/milestones", {"Idempotency-Key": f"short-{engagement}"}
    answers = [firm.admin.ask("POST", path, ISSUED, headers=key).content for _ in range(3)]
    refused = [firm.admin.ask("POST", path, PAUSED, headers=key, status=422).json()["type"] for _ in range(2)]
    assert (len(set(answers)), set(refused)) == (1, {"/problems/idempotency-key-reused"})
    assert fast_paths == [True] * 5
    late = {"Idempotency-Key": f"late-{engagement}"}
    first = firm.admin.ask("POST", path, RESUMED, headers=late, status=409).content
    firm.admin.post(path, PAUSED)
    assert firm.admin.ask("POST", path, RESUMED, headers=late, status=409).content == first
    assert [item["kind"] for item in firm.admin.get(path)["items"]] == ["opened", "deliverable_issued", "paused"]


def test_events_of_another_server_on_postgres_count_on_the_fast_path(
    postgres_store: str, fast_paths: list[bool]
) -> None:
    with served(postgres_store) as here, served(postgres_store) as there:
        elsewhere = Caller(there.client, here.admin.key)
        engagement = opened(here.admin)
        path = f"/engagements/{engagement}/milestones"
        here.admin.post(path, ISSUED)
        for caller in (elsewhere, here.admin):
            caller.get("/me")
        elsewhere.post(path, PAUSED)
        assert here.admin.post(path, RESUMED)["version"] == 4
        elsewhere.post(path, CLOSED)
        refused = here.admin.post(path, {**PAUSED, "effective_on": "2024-07-01"}, status=409)
        assert "closes on 1 Jun 2024" in refused["detail"]
        assert here.admin.post(path, ISSUED)["version"] == 6
        assert fast_paths[-1]
        kinds = [item["kind"] for item in elsewhere.get(path)["items"]]
    assert kinds == ["opened", "deliverable_issued", "deliverable_issued", "paused", "resumed", "closed"]
