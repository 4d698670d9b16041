"""Backups of the program as it is run: beside four writers, and restored elsewhere after the server was killed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from patience import HANGING_SECONDS, wait_until
from test_drill_serving import SEATLINE, asking, opened
from test_drill_webhooks import end, events_after, free_port, new_key, report, serve

WRITERS = 4
CLIENTS = 4
INSTANTS = 20
SECONDS = 5.0
"""How long is written before the backup."""


@pytest.mark.parametrize("source", ["sqlite", "postgres"])
@pytest.mark.slow(reason="servers in processes of their own, four writers, and twenty instants asked of two stores")
def test_a_backup_beside_four_writers_answers_the_same_on_the_other_database_after_kill_9(
    source: str, tmp_path: Path, postgres_url: str
) -> None:
    stores = [{"SEATLINE_DATA": str(tmp_path / "data")}, {"SEATLINE_DATABASE_URL": postgres_url}]
    here, there = stores if source == "sqlite" else reversed(stores)
    file, port, key, stopped = tmp_path / "firm.zip", free_port(), new_key(here), Event()
    door = f"http://127.0.0.1:{port}"
    acknowledged: list[int] = []
    server = serve(here, port)
    try:
        begun = datetime.now(UTC)
        with asking(door, key) as client:
            engagements = [opened(client, f"Client {number}") for number in range(CLIENTS)]
            writers = [
                Thread(target=write_until, args=(stopped, door, key, engagements, number, acknowledged))
                for number in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            time.sleep(SECONDS)
            before, instant = list(acknowledged), datetime.now(UTC)
            printed = seatline(here, "backup", str(file)).stdout.strip()
            wait_until(lambda: len(acknowledged) > len(before) + WRITERS)
    finally:
        stopped.set()
        server.kill()
        server.wait()
    for writer in writers:
        writer.join(HANGING_SECONDS)
    assert seatline(there, "restore", str(file)).stdout.strip() == printed
    assert seatline(there, "verify").stdout.strip() == printed
    assert seatline(here, "verify", "--head", printed).returncode == 0
    with ExitStack() as running:
        answers, events = [], []
        for environment in (here, there):
            other = free_port()
            running.callback(end, serve(environment, other))
            client = running.enter_context(asking(f"http://127.0.0.1:{other}", key))
            answers.append(
                answers_at(client, engagements, [begun + (instant - begun) * n / INSTANTS for n in range(INSTANTS + 1)])
            )
            events.append(events_after(client, 0))
        assert answers[0] == answers[1]
        everything, restored = events
        assert restored == everything[: len(restored)]
        assert set(before) <= {event["position"] for event in restored}
    report(
        f"from {source}: {len(before)} milestones acknowledged before the backup, {len(acknowledged)} before the kill, "
        f"{len(restored)} events restored, {len(answers[0])} equal answers"
    )


def write_until(
    stopped: Event, door: str, key: str, engagements: Sequence[str], number: int, acknowledged: list[int]
) -> None:
    """Log milestones until asked to stop or the server is gone; note the positions of those that were acknowledged."""
    body = {"kind": "deliverable_issued", "effective_on": "2026-02-03", "deliverable": "roadmap", "function": "ai"}
    with asking(door, key) as client:
        for turn in count():
            if stopped.is_set():
                return
            try:
                answer = client.post(f"/engagements/{engagements[turn % len(engagements)]}/milestones", json=body)
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                acknowledged.append(answer.json()["position"])
            else:
                # another writer was faster, again and again
                assert answer.status_code in (409, 503), f"{number}: {answer.text}"


def answers_at(
    client: httpx.Client, engagements: Sequence[str], instants: Sequence[datetime]
) -> Mapping[str, tuple[int, bytes]]:
    """What is answered as of a day, and as known at each of the instants."""
    answers = {}
    for instant in instants:
        known_at = instant.isoformat().replace("+00:00", "Z")
        paths = [f"/engagements/{engagement}/milestones?limit=200" for engagement in engagements]
        paths += ["/clients?as_of=2026-06-30", "/reports/structure-mix?as_of=2026-06-30"]
        paths += [f"/clients/client-{number}/timeline?as_of=2026-06-30" for number in range(CLIENTS)]
        for path in paths:
            answer = client.get(f"{path}&known_at={known_at}")
            assert answer.status_code in (200, 404), answer.text
            answers[f"{path} {known_at}"] = (answer.status_code, answer.content)
    return answers


def seatline(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a store."""
    return subprocess.run(
        [*SEATLINE, *words], env={**os.environ, **environment}, check=True, capture_output=True, text=True
    )
