"""The program as it is run: two processes that serve one firm, and many who write to it at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import Any

import httpx
import pytest
from patience import HANGING_SECONDS, wait_until

SEATLINE = [sys.executable, "-c", "from web.cli import app; app()"]
ENGAGEMENTS = 3
WRITERS = 8
POSTS = 6
"""By each writer."""


@pytest.mark.slow(reason="two servers in processes of their own, and eight writers")
def test_many_writers_through_two_servers_lose_and_double_nothing(postgres_url: str) -> None:
    """Half of them with `If-Match`; each sees what it wrote with its next reading, of the other server."""
    key = seatline(postgres_url, "keys", "create", "--role", "admin", "--name", "tests").strip()
    with ExitStack() as running:
        doors = [running.enter_context(door) for door in (serving(postgres_url), serving(postgres_url))]
        ask = [running.enter_context(asking(door, key)) for door in doors]
        engagements = [opened(ask[0], f"Client {number}") for number in range(ENGAGEMENTS)]
        acknowledged: list[list[str]] = [[] for _ in range(WRITERS)]
        faults: list[BaseException] = []

        def write(number: int) -> None:
            writes, reads = ask[number % 2], ask[(number + 1) % 2]
            try:
                for turn in range(POSTS):
                    engagement = engagements[(number + turn) % ENGAGEMENTS]
                    milestone, position = logged(writes, engagement, careful=number % 4 < 2)
                    acknowledged[number].append(milestone)
                    path = f"/engagements/{engagement}/milestones/{milestone}"
                    assert reads.get(path, params={"after_position": position}).status_code == 200
            except BaseException as fault:  # noqa: BLE001  (counted below)
                faults.append(fault)

        writers = [Thread(target=write, args=(number,)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert faults == []
        per_engagement = [milestones_of(ask[1], engagement) for engagement in engagements]
        recorded = [
            milestone["id"] for milestones in per_engagement for milestone in milestones if milestone["version"] > 1
        ]
        assert sorted(recorded) == sorted(milestone for own in acknowledged for milestone in own)
        for milestones in per_engagement:
            assert sorted(milestone["version"] for milestone in milestones) == list(range(1, len(milestones) + 1))

        integrator = ask[0].post("/keys", json={"name": "integrator", "role": "viewer"}).json()
        with asking(doors[1], integrator["key"]) as reads:
            for _ in range(20):
                assert reads.get("/clients").status_code == 200
            assert ask[0].delete(f"/keys/{integrator['id']}").is_success
            # Revoked by one server, the key opens nothing at the other as soon as that has heard of it.
            wait_until(lambda: reads.get("/clients").status_code == 401)


def logged(client: httpx.Client, engagement: str, *, careful: bool) -> tuple[str, int]:
    """Log a milestone, if `careful` only in the version that was read, until it is acknowledged."""
    body = {"kind": "deliverable_issued", "effective_on": "2026-02-03", "deliverable": "roadmap", "function": "ai"}
    while True:
        headers = {"If-Match": client.get(f"/engagements/{engagement}").headers["ETag"]} if careful else {}
        answer = client.post(f"/engagements/{engagement}/milestones", json=body, headers=headers)
        if answer.status_code != 412:
            assert answer.status_code == 201, answer.text
            return answer.json()["id"], answer.json()["position"]


def milestones_of(client: httpx.Client, engagement: str) -> Sequence[Any]:
    answer = client.get(f"/engagements/{engagement}/milestones", params={"limit": 500})
    body: Sequence[Any] = answer.json()["items"]
    return body


def opened(client: httpx.Client, name: str) -> str:
    made = client.post("/clients", json={"name": name}).json()["id"]
    opening = {"name": "First letter", "started_on": "2026-01-01"}
    engagement: str = client.post(f"/clients/{made}/engagements", json=opening).json()["id"]
    return engagement


def seatline(url: str, *words: str) -> str:
    """What a command prints."""
    environment = {**os.environ, "SEATLINE_DATABASE_URL": url}
    return subprocess.run([*SEATLINE, *words], env=environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def serving(url: str) -> Iterator[str]:
    """`seatline serve` in a process of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([*SEATLINE, "serve", "--port", str(port), "--database-url", url])
    door = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: is_up(door))
        yield door
    finally:
        server.terminate()
        # Asked to end, it ends all that it had begun, and then as it was asked.
        assert server.wait(timeout=HANGING_SECONDS) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def is_up(door: str) -> bool:
    try:
        return httpx.get(f"{door}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def asking(door: str, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{door}/api/v1", headers=headers, timeout=HANGING_SECONDS) as client:
        yield client
