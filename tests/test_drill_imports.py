"""A server that is killed while it records a file has recorded all of it or nothing, and says which."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest
from bench_import import COLUMNS, as_csv, rows
from patience import wait_until
from test_drill_serving import SEATLINE, asking, is_up

LINES = int(os.environ.get("SEATLINE_DRILL_LINES", "600"))
KILLS = int(os.environ.get("SEATLINE_DRILL_KILLS", "2"))
"""How often a server is killed, at shares of the time that recording takes."""


@pytest.mark.slow(reason="kills servers in processes of their own")
def test_a_killed_server_recorded_a_whole_file_or_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "SEATLINE_DATA": str(tmp_path)}
    create = [*SEATLINE, "keys", "create", "--role", "admin", "--name", "tests"]
    key = subprocess.run(create, env=environment, check=True, capture_output=True, text=True).stdout.strip()
    seen = set()
    for turn in range(KILLS):
        content = as_csv([list(COLUMNS), *renamed(turn)])
        with serving(environment) as (door, server), asking(door, key) as client:
            import_id = begin(client, content)
            wait_until(lambda: shown(client, import_id)["progress"]["done"] >= LINES * turn // KILLS)  # noqa: B023
            sleep(0.02 * turn)
            server.send_signal(signal.SIGKILL)
            server.wait()
        with serving(environment) as (door, _), asking(door, key) as client:
            wait_until(lambda: shown(client, import_id)["status"] != "recording")  # noqa: B023
            after = shown(client, import_id)
            clients = client.get("/clients", params={"q": f"Turn {turn}", "limit": 500}).json()["items"]
            assert (after["status"], bool(clients)) in {("recorded", True), ("failed", False)}
            assert len(after["rows"]) == (LINES if after["status"] == "recorded" else 0)
            again = client.post("/imports", content=content, headers={"Content-Type": "text/csv"})
            assert again.status_code == 201, again.text
            outcomes = {row["outcome"] for row in again.json()["rows"]}
            assert outcomes == ({"same"} if after["status"] == "recorded" else {"new"})
            seen.add(after["status"])
    assert "failed" in seen


def renamed(turn: int) -> Iterator[list[Any]]:
    """The first rows of the benchmark, about clients of their own."""
    place = COLUMNS.index("client")
    for row, _ in zip(rows(), range(LINES), strict=False):
        yield [*row[:place], f"Turn {turn} {row[place]}", *row[place + 1 :]]


def begin(client: httpx.Client, content: bytes) -> str:
    headers = {"Content-Type": "text/csv", "Prefer": "respond-async"}
    answer = client.post("/imports", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    import_id: str = answer.json()["id"]
    return import_id


def shown(client: httpx.Client, import_id: str) -> Any:
    return client.get(f"/imports/{import_id}").json()


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`seatline serve` on a data folder in a process of its own, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([*SEATLINE, "serve", "--port", str(port)], env=environment)
    door = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: is_up(door))
        yield door, server
    finally:
        server.terminate()
        server.wait()
