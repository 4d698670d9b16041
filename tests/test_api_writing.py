"""Writing: what is sent twice is done once, what is expected is checked, what is written is read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import Served, served
from hypothesis import given
from hypothesis import strategies as st
from signing_in import user_in
from stores import postgres_database

from api.http.etags import expected_from
from api.http.problems import Problem
from api.replies import Reply
from api.state.roles import Role

MEETING = {"kind": "paused", "effective_on": "2024-03-01"}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def firm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("writing") if request.param == "sqlite" else request.getfixturevalue("database")
    with served(store) as running:
        yield running


@pytest.fixture(scope="module")
def database(postgres_server: str, postgres_template: str) -> Iterator[str]:
    with postgres_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
def engagement(firm: Served) -> str:
    client = firm.admin.post("/clients", {"name": "Acme"})["id"]
    opened = firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": "2024-01-01"})
    return str(opened["id"])


def deliverable(name: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "deliverable_issued",
        "effective_on": "2024-03-01",
        "deliverable": name,
        "function": "ai",
        **more,
    }


def said(answer: Any) -> dict[str, str]:
    """An answer's headers, but for what is left of the caller's rate."""
    return {name: value for name, value in answer.headers.items() if name != "ratelimit"}


def test_a_key_carries_a_milestone_out_once_and_answers_it_the_same(firm: Served, engagement: str) -> None:
    path, key = f"/engagements/{engagement}/milestones", {"Idempotency-Key": f"once-{engagement}"}
    first = firm.admin.ask("POST", path, deliverable("roadmap"), headers=key)
    spelt_otherwise = dict(reversed(deliverable("roadmap").items()))
    second = firm.admin.ask("POST", path, spelt_otherwise, headers=key)
    assert (second.status_code, second.content, said(second)) == (201, first.content, said(first))
    other = firm.admin.post(path, deliverable("hiring_plan"), headers=key, status=422)
    assert other["type"] == "/problems/idempotency-key-reused"
    elsewhere = firm.admin.post(f"{path}:check", deliverable("roadmap"), headers=key, status=422)
    assert elsewhere["type"] == "/problems/idempotency-key-reused"
    somebody_else = firm.caller(Role.RECORDER).post(path, deliverable("roadmap"), headers=key)
    assert somebody_else["id"] != first.json()["id"]
    assert len(firm.admin.get(path)["items"]) == 3


def test_without_a_key_two_equal_posts_are_two_milestones(firm: Served, engagement: str) -> None:
    path = f"/engagements/{engagement}/milestones"
    assert firm.admin.post(path, deliverable("roadmap")) != firm.admin.post(path, deliverable("roadmap"))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/people", {"name": "Maya", "employer": "firm"}),
        ("/clients", {"name": "Twice"}),
        ("/keys", {"name": "x", "role": "viewer"}),
        ("/clients", {"name": "Taken", "slug": "once-taken"}),
    ],
)
def test_every_post_takes_a_key(firm: Served, path: str, body: dict[str, Any]) -> None:
    key = {"Idempotency-Key": f"every-{body}".replace(" ", "")}
    first, second = (firm.admin.ask("POST", path, body, headers=key) for _ in range(2))
    assert (first.status_code, first.content, said(first)) == (201, second.content, said(second))
    assert firm.admin.post(path, {**body, "name": "other"}, headers=key, status=422)


def test_a_refusal_is_an_answer_too(firm: Served, engagement: str) -> None:
    path, key = f"/engagements/{engagement}/milestones", {"Idempotency-Key": f"refused-{engagement}"}
    resumed = {"kind": "resumed", "effective_on": "2024-04-01"}
    first = firm.admin.ask("POST", path, resumed, headers=key, status=409)
    firm.admin.post(path, MEETING)
    assert firm.admin.ask("POST", path, resumed, headers=key, status=409).content == first.content
    firm.admin.post(path, resumed)


def test_equal_requests_at_once_are_one_milestone(firm: Served, engagement: str) -> None:
    path, key = f"/engagements/{engagement}/milestones", {"Idempotency-Key": f"at-once-{engagement}"}
    answers: list[bytes] = []

    def post() -> None:
        answers.append(firm.admin.ask("POST", path, deliverable("roadmap"), headers=key).content)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert len(firm.admin.get(path)["items"]) == 2


def test_a_kept_answer_outlives_the_program(tmp_path: Path) -> None:
    key = {"Idempotency-Key": "a"}
    with served(tmp_path) as running:
        secret = running.admin.key
        first = running.admin.post("/people", {"name": "Maya", "employer": "firm"}, headers=key)
    with served(tmp_path) as running:
        running.admin.key = secret
        assert running.admin.post("/people", {"name": "Maya", "employer": "firm"}, headers=key) == first


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "\u00e9".encode()])
def test_a_key_is_a_word_of_bounded_length(firm: Served, key: str | bytes) -> None:
    body = {"name": "Maya", "employer": "firm"}
    problem = firm.admin.post("/people", body, headers={"Idempotency-Key": key}, status=422)
    assert [error["field"].lower() for error in problem["errors"]] == ["idempotency-key"]


def test_a_write_that_expects_another_version_is_refused(firm: Served, engagement: str) -> None:
    path = f"/engagements/{engagement}/milestones"
    logged = firm.admin.ask("POST", path, deliverable("roadmap"), headers={"If-Match": '"1"'})
    assert logged.headers["etag"] == '"2"' == firm.admin.ask("GET", f"/engagements/{engagement}").headers["etag"]
    stale = firm.admin.post(path, deliverable("roadmap"), headers={"If-Match": '"1"'}, status=412)
    assert (stale["type"], stale["version"]) == ("/problems/version-conflict", 2)
    firm.admin.post(path, deliverable("roadmap"), headers={"If-Match": 'W/"2"'}, status=412)
    firm.admin.post(path, deliverable("roadmap"), headers={"If-Match": '"7", "2"'})
    firm.admin.post(path, deliverable("roadmap"), headers={"If-Match": "*"})
    firm.admin.post(path, deliverable("roadmap"), headers={"If-Match": "2"}, status=400)
    client = firm.admin.get(f"/engagements/{engagement}")["client"]
    change = {"effective_on": "2024-01-01", "headcount": 3}
    firm.admin.post(f"/clients/{client}/profile-changes", change, headers={"If-Match": '"99"'}, status=412)
    tag = firm.admin.ask("GET", f"/clients/{client}").headers["etag"]
    changed = firm.admin.ask("POST", f"/clients/{client}/profile-changes", change, headers={"If-Match": tag})
    assert changed.headers["etag"] == firm.admin.ask("GET", f"/clients/{client}").headers["etag"]


def test_many_writers_lose_nothing_and_one_wins_a_version(firm: Served, engagement: str) -> None:
    path = f"/engagements/{engagement}/milestones"
    statuses: list[int] = []
    seen: list[bool] = []

    def write(number: int) -> None:
        for turn in range(4):
            headers = {"If-Match": '"1"'} if number % 2 else {}
            answer = firm.client.post(
                f"/api/v1{path}",
                json=deliverable(f"d{number}_{turn}"),
                headers={"Authorization": f"Bearer {firm.admin.key}", **headers},
            )
            statuses.append(answer.status_code)
            if answer.status_code == 201:
                seen.append(firm.admin.get(f"{path}/{answer.json()['id']}")["id"] == answer.json()["id"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 412}
    assert statuses.count(201) in (16, 17)
    assert all(seen)
    items = firm.admin.get(f"{path}?limit=500")["items"]
    assert len(items) == statuses.count(201) + 1
    assert sorted(item["version"] for item in items) == list(range(1, len(items) + 1))


def test_a_read_waits_for_what_was_written_or_says_that_it_could_not(
    firm: Served, engagement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    position = firm.admin.post(f"/engagements/{engagement}/milestones", deliverable("roadmap"))["position"]
    firm.admin.get("/clients", params={"after_position": position})
    firm.admin.get("/clients", headers={"Seatline-After": str(position)})
    monkeypatch.setattr("projections.views.WAIT_SECONDS", 0.1)
    late = firm.admin.ask("GET", "/clients", params={"after_position": position + 1000}, status=503)
    assert late.json()["type"] == "/problems/not-caught-up"
    assert int(late.headers["retry-after"]) >= 1


def test_lists_come_in_pages_that_link_to_the_next(firm: Served, engagement: str) -> None:
    path = f"/engagements/{engagement}/milestones"
    for number in range(5):
        firm.admin.post(path, deliverable(f"d{number}"))
    pages, url = [], f"/api/v1{path}?limit=2"
    while url:
        answer = firm.client.get(url, headers={"Authorization": f"Bearer {firm.admin.key}"})
        pages.append([item["details"].get("deliverable", "opened") for item in answer.json()["items"]])
        url = answer.links["next"]["url"] if "next" in answer.links else ""
        assert bool(url) == (answer.json()["next"] is not None)
    assert pages == [["opened", "d0"], ["d1", "d2"], ["d3", "d4"]]
    assert firm.admin.get(f"{path}?cursor=nonsense", status=422)["errors"][0]["field"] == "cursor"


@given(st.integers(100, 599), st.binary(), st.dictionaries(st.text("abc-", min_size=1), st.text("abc /:;")))
def test_an_answer_is_kept_to_the_byte(status: int, body: bytes, headers: dict[str, str]) -> None:
    reply = Reply(status, body, headers)
    assert Reply.decoded(reply.encoded()) == reply


@pytest.mark.parametrize("header", ["5", '"5', 'x"5"', '"5",', '"5" "6"', ""])
def test_what_is_no_entity_tag_is_malformed(header: str) -> None:
    with pytest.raises(Problem) as refused:
        expected_from([header])
    assert refused.value.status_code == 400


def test_what_was_answered_under_a_key_is_told_no_more_to_whoever_may_see_less(firm: Served) -> None:
    for name in ("mine", "theirs"):
        firm.admin.post("/clients", {"name": name})
    user, browser = user_in(firm, role="recorder", clients=["mine", "theirs"])
    change, key = {"effective_on": "2026-01-01", "headcount": 424242}, {"Idempotency-Key": "once"}
    first = browser.ask("POST", "/clients/theirs/profile-changes", change, 201, headers=key)
    assert browser.ask("POST", "/clients/theirs/profile-changes", change, 201, headers=key) == first
    firm.admin.ask("PATCH", f"/users/{user}", {"clients": ["mine"]})
    refused = browser.ask("POST", "/clients/theirs/profile-changes", change, 422, headers=key)
    assert refused["type"] == "/problems/idempotency-key-reused"
    browser.ask("POST", "/clients/theirs/profile-changes", change, 404, headers={"If-Match": '"1"'})
    browser.ask("POST", "/clients/theirs/profile-changes", change, 404)
