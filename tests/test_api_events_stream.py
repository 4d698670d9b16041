"""The stream of events over a real socket: it goes on where it broke off, and ends when its listener may hear less."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import structlog
from api_client import Caller
from httpx_sse import ServerSentEvent, connect_sse
from patience import HANGING_SECONDS
from signing_in import user_in
from sqlalchemy.exc import OperationalError
from test_web_pages_browser import Running

import api.events
from api.auth.access import COOKIE
from api.state.roles import Role


@pytest.fixture
def firm(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(api.events, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(api.events, "REAUTHORIZE_EVERY", 1)
    running = Running(data_dir)
    try:
        for name in ("mine", "theirs"):
            running.admin.post("/clients", {"name": name})
        yield running
    finally:
        running.stop()


@contextmanager
def listening(firm: Running, query: str = "", **headers: str) -> Iterator[Iterator[str]]:
    """The lines of a stream, as they come; they end when the stream does."""
    with (
        httpx.Client(trust_env=False, timeout=HANGING_SECONDS) as client,
        client.stream("GET", f"{firm.url}/api/v1/events/stream{query}", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        yield answer.iter_lines()


def key_of(caller: Caller) -> str:
    return f"Bearer {caller.key}"


def ids(lines: Iterator[str], count: int) -> list[int]:
    """The places of the next events."""
    ids_read: list[int] = []
    while len(ids_read) < count:
        line = next(lines)
        if line.startswith("id: "):
            ids_read.append(int(line[4:]))
    return ids_read


def rest(lines: Iterator[str]) -> str:
    """All that still comes until the stream ends, which it must do soon."""
    began, lines_read = time.monotonic(), []
    for line in lines:
        assert time.monotonic() - began < HANGING_SECONDS, "it goes on"
        lines_read.append(line)
    return "\n".join(lines_read)


def test_a_stream_goes_on_after_the_last_event_that_came(firm: Running) -> None:
    head = firm.context.log.head()
    with listening(firm, Authorization=key_of(firm.admin)) as lines:
        assert ids(lines, head) == list(range(1, head + 1))
        position = firm.admin.post("/clients", {"name": "later"})["position"]
        came = ids(lines, firm.context.log.head() - head)
        assert position in came
    with listening(firm, **{"Authorization": key_of(firm.admin), "Last-Event-ID": str(head)}) as lines:
        assert ids(lines, len(came)) == came
    with listening(firm, f"?after={head}", Authorization=key_of(firm.admin)) as lines:
        assert ids(lines, len(came)) == came


def test_whoever_is_limited_hears_of_their_clients_alone(firm: Running) -> None:
    mine = firm.admin.get("/clients/mine")["id"]
    limited = firm.caller(Role.VIEWER, {UUID(mine)})
    with listening(firm, Authorization=key_of(limited)) as lines:
        heard = [next(lines)]
        for name in ("theirs", "mine"):
            firm.admin.post(f"/clients/{name}/profile-changes", {"effective_on": "2026-01-01", "headcount": 424242})
        while "profile_changed" not in heard[-1]:
            heard.append(next(lines))
    assert mine in heard[-1]
    assert "theirs" not in "".join(heard)


def test_a_stream_ends_with_the_key_that_opened_it(firm: Running) -> None:
    made = firm.admin.post("/keys", {"name": "x", "role": "viewer"})
    with listening(firm, Authorization=f"Bearer {made['key']}") as lines:
        ids(lines, 1)
        firm.admin.ask("DELETE", f"/keys/{made['id']}", status=204)
        firm.admin.post("/clients", {"name": "later"})
        assert "later" not in rest(lines)


@pytest.mark.parametrize("before", [None, ["mine", "theirs"]])
def test_a_stream_ends_when_its_listener_may_see_other_clients(firm: Running, before: list[str] | None) -> None:
    firm.client.base_url = "http://testserver"  # where links that are passed on lead to
    user, browser = user_in(firm, clients=before)
    with listening(firm, Cookie=f"{COOKIE}={browser.cookie}") as lines:
        ids(lines, 2)
        firm.admin.ask("PATCH", f"/users/{user}", {"clients": ["mine"]})
        rest_lines = rest(lines)
        firm.admin.post("/clients/theirs/profile-changes", {"effective_on": "2026-01-01", "headcount": 3})
    assert "profile_changed" not in rest_lines


@contextmanager
def messages(firm: Running, **headers: str) -> Iterator[Iterator[ServerSentEvent]]:
    """The stream as an EventSource reads it."""
    url = f"{firm.url}/api/v1/events/stream"
    sent = {"Authorization": key_of(firm.admin), **headers}
    with (
        httpx.Client(trust_env=False, timeout=HANGING_SECONDS) as client,
        connect_sse(client, "GET", url, headers=sent) as source,
    ):
        source.response.raise_for_status()
        yield source.iter_sse()


def test_events_come_as_default_messages_with_their_position_as_id(
    firm: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.events, "KEEPALIVE_EVERY", 1)
    listed = firm.admin.get("/events")["items"]
    with messages(firm) as came:
        received = [next(came) for _ in listed]
        time.sleep(0.5)  # signs of life in between are no messages
        firm.admin.post("/clients", {"name": "later"})
        assert next(came).json()["type"].startswith("seatline.")
    assert [message.json() for message in received] == listed
    assert [message.id for message in received] == [event["id"] for event in listed]
    assert {message.event for message in received} == {"message"}


def test_a_stream_says_first_when_to_connect_again(firm: Running) -> None:
    with listening(firm, Authorization=key_of(firm.admin)) as lines:
        assert next(lines) == f"retry: {api.events.RETRY_MILLISECONDS}"


@pytest.mark.parametrize("query", ["", "?after=0", "?client=mine"])
def test_a_position_that_the_log_has_not_reached_is_refused(firm: Running, query: str) -> None:
    head = firm.context.log.head()
    headers = {"Last-Event-ID": str(head + 1)}
    problem = firm.admin.ask("GET", f"/events/stream{query}", headers=headers, status=409).json()
    assert problem["type"] == "/problems/beyond-the-log"
    assert firm.admin.ask("GET", f"/events/stream?after={head + 1}", status=409).json()["status"] == 409
    with listening(firm, query, **{"Authorization": key_of(firm.admin), "Last-Event-ID": str(head)}) as lines:
        assert next(lines).startswith("retry: ")


def test_a_page_says_where_to_go_on_from_also_at_the_end(firm: Running) -> None:
    head = firm.context.log.head()
    assert head > 2
    first = firm.admin.ask("GET", "/events?limit=2")
    assert (first.json()["next"], "link" in first.headers) == (2, True)
    last = firm.admin.ask("GET", "/events?after=2")
    assert (last.json()["next"], "link" in last.headers) == (head, False)
    for after in (head, head + 7):
        assert firm.admin.get(f"/events?after={after}") == {"items": [], "next": head}
    none = firm.admin.get("/events?type=seatline.engagement.opened")
    assert none == {"items": [], "next": head}
    for path in ("/events", "/events/stream"):
        refused = firm.admin.ask("GET", f"{path}?type=engagement.opened", status=422).json()
        assert [error["field"] for error in refused["errors"]] == ["type"]
        assert "must be one of seatline.client" in refused["errors"][0]["message"]
    position = firm.admin.post("/clients", {"name": "later"})["position"]
    assert position in [event["position"] for event in firm.admin.get(f"/events?after={none['next']}")["items"]]


@pytest.mark.parametrize("query", ["", "?type=seatline.slug.taken", "?type=seatline.slug.taken&after=2"])
def test_a_slug_that_was_taken_is_told_by_its_text(firm: Running, query: str) -> None:
    firm.admin.post("/clients", {"name": "Another", "slug": "other-name"})
    slugs = {
        event["data"]["client"]: event["data"]["slug"]
        for event in firm.admin.get(f"/events{query}")["items"]
        if event["type"] == "seatline.slug.taken"
    }
    assert "other-name" in slugs.values()
    assert slugs == {client: firm.admin.get(f"/clients/{client}")["slug"] for client in slugs}


def test_a_store_out_of_reach_is_answered_at_the_start_and_ends_a_stream_calmly(
    firm: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    with structlog.testing.capture_logs() as logged, listening(firm, Authorization=key_of(firm.admin)) as lines:
        ids(lines, 1)
        monkeypatch.setattr(type(firm.context.log), "scan", unreachable)
        assert "connection refused" not in rest(lines)
    assert [entry for entry in logged if entry["log_level"] in ("warning", "error")] == [
        {"event": "a stream of events ended", "fault": "OperationalError", "log_level": "warning"}
    ]
    for headers in ({}, {"Accept": "application/x-ndjson"}):
        refused = firm.admin.ask("GET", "/events" if headers else "/events/stream", status=503, headers=headers)
        assert refused.headers["retry-after"]


def test_lines_are_cut_off_where_the_store_is_out_of_reach_with_one_line_in_the_log(
    firm: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = firm.context.log.scan

    def break_off(_: object, after: int, limit: int) -> object:
        if after and limit == 1:
            raise OperationalError("SELECT", {}, Exception("connection refused"))
        return scan(after, limit)

    monkeypatch.setattr(api.events, "BATCH_SIZE", 1)
    monkeypatch.setattr(type(firm.context.log), "scan", break_off)
    headers = {"Authorization": key_of(firm.admin), "Accept": "application/x-ndjson"}
    with (
        structlog.testing.capture_logs() as logged,
        httpx.Client(trust_env=False, timeout=HANGING_SECONDS) as client,
        pytest.raises(httpx.RemoteProtocolError, match="incomplete"),
    ):
        client.get(f"{firm.url}/api/v1/events", headers=headers)
    assert [(entry["event"], entry["log_level"]) for entry in logged] == [("a stream of events ended", "warning")]
