"""The program as it is run: processes that serve one firm, and many who write to it at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from projections.log import open_log

SEATLINE = [sys.executable, "-c", "from web.cli import app; app()"]
ENGAGEMENTS = 3
WRITERS = 8
POSTS = 6
"""By each writer."""


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
        found = [milestones_of(ask[1], engagement) for engagement in engagements]
        recorded = [milestone["id"] for milestones in found for milestone in milestones if milestone["version"] > 1]
        assert sorted(recorded) == sorted(milestone for own in acknowledged for milestone in own)
        for milestones in found:
            assert sorted(milestone["version"] for milestone in milestones) == list(range(1, len(milestones) + 1))

        integrator = ask[0].post("/keys", json={"name": "integrator", "role": "viewer"}).json()
        with asking(doors[1], integrator["key"]) as reads:
            for _ in range(20):
                assert reads.get("/clients").status_code == 200
            assert ask[0].delete(f"/keys/{integrator['id']}").is_success
            # Revoked by one server, the key opens nothing at the other as soon as that has heard of it.
            until(lambda: reads.get("/clients").status_code == 401)


def test_why_a_server_does_not_start_is_said_in_a_sentence(tmp_path: Path) -> None:
    """And only the one that listens says that it serves."""
    with open_log(tmp_path / "taken"), socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = started("serve", "--data", str(tmp_path / "taken"), "--port", "0")
        deaf = started("serve", "--data", str(tmp_path / "free"), "--port", str(port))
    assert "One server at a time may write there." in refused.stderr
    assert "address already in use" in deaf.stderr
    for ended in (refused, deaf):
        assert ended.returncode != 0
        assert "Traceback" not in ended.stderr
        assert "Seatline serves" not in ended.stderr


def test_a_file_of_another_kind_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("Dana\n")
    refused = started("import", str(file), "--data", str(tmp_path))
    assert (refused.returncode, refused.stderr) == (1, "Send JSON Lines (application/x-ndjson).\n")


def test_a_wrong_setting_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEATLINE_FISCAL_YEAR_START_MONTH", "13")
    refused = started("serve", "--data", str(tmp_path))
    assert (refused.returncode, refused.stderr) == (1, "SEATLINE_FISCAL_YEAR_START_MONTH must be at most 12.\n")


def started(*words: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run([*SEATLINE, *words], check=False, capture_output=True, text=True, timeout=60)


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
    found: Sequence[Any] = answer.json()["items"]
    return found


def opened(client: httpx.Client, name: str) -> str:
    made = client.post("/clients", json={"name": name}).json()["id"]
    opening = {"name": "First letter", "started_on": "2026-01-01"}
    engagement: str = client.post(f"/clients/{made}/engagements", json=opening).json()["id"]
    return engagement


def until(holds: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def seatline(url: str, *words: str) -> str:
    """What a command prints."""
    given = {**os.environ, "SEATLINE_DATABASE_URL": url}
    return subprocess.run([*SEATLINE, *words], env=given, check=True, capture_output=True, text=True).stdout


@contextmanager
def serving(url: str) -> Iterator[str]:
    """`seatline serve` in a process of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([*SEATLINE, "serve", "--port", str(port), "--database-url", url])
    door = f"http://127.0.0.1:{port}"
    try:
        until(lambda: is_up(door), seconds=60)
        yield door
    finally:
        server.terminate()
        # Asked to end, it ends all that it had begun, and then as it was asked.
        assert server.wait(timeout=30) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def is_up(door: str) -> bool:
    try:
        return httpx.get(f"{door}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def asking(door: str, key: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{door}/api/v1", headers=headers, timeout=30) as client:
        yield client
