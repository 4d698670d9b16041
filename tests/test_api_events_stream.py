"""The stream of events over a real socket: it goes on where it broke off, and ends when its listener may hear less."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from api_client import Caller
from signing_in import user_in
from test_web_pages_browser import Running

import api.events
from api.access import COOKIE
from api.kept.roles import Role


@pytest.fixture
def firm(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(api.events, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(api.events, "ASKED_EVERY", 1)
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
        httpx.Client(trust_env=False, timeout=20) as client,
        client.stream("GET", f"{firm.url}/api/v1/events/stream{query}", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        yield answer.iter_lines()


def key_of(caller: Caller) -> str:
    return f"Bearer {caller.key}"


def ids(lines: Iterator[str], count: int) -> list[int]:
    """The places of the next events."""
    found: list[int] = []
    while len(found) < count:
        line = next(lines)
        if line.startswith("id: "):
            found.append(int(line[4:]))
    return found


def rest(lines: Iterator[str]) -> str:
    """All that still comes until the stream ends, which it must do soon."""
    began, said = time.monotonic(), []
    for line in lines:
        assert time.monotonic() - began < 10, "it goes on"
        said.append(line)
    return "\n".join(said)


def test_a_stream_goes_on_after_the_last_event_that_came(firm: Running) -> None:
    head = firm.house.log.head()
    with listening(firm, Authorization=key_of(firm.admin)) as lines:
        assert ids(lines, head) == list(range(1, head + 1))
        position = firm.admin.post("/clients", {"name": "later"})["position"]
        came = ids(lines, firm.house.log.head() - head)
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
        said = rest(lines)
        firm.admin.post("/clients/theirs/profile-changes", {"effective_on": "2026-01-01", "headcount": 3})
    assert "profile_changed" not in said
