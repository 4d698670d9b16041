"""A server under steady load: its memory, write-ahead logs, threads and file descriptors do not grow, nor its caches.

`SEATLINE_SOAK_SECONDS` is how long it lasts: 30 seconds unless it is set, for example to 1800. With
`SEATLINE_SOAK_SAMPLES` the samples are written to that file.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import NamedTuple

import httpx
import pytest
from patience import HANGING_SECONDS, wait_until
from ports import reserved_port
from receiver import Answering, receiving
from test_drill_serving import SEATLINE, asking, is_up, opened

SECONDS = float(os.environ.get("SEATLINE_SOAK_SECONDS", "30"))
WARM_UP = 1 / 3
"""The part of the time in which caches fill up."""
CLIENTS = 12
MOST_GROWN_BYTES = 12 * 2**20
"""What the memory of the second half may have more than that of the first, besides what was recorded meanwhile."""
BYTES_AN_EVENT = 4 * 2**10
"""What an event may take: the streams of the drill stay in the caches of aggregates and projections, and get longer."""
MORE_THREADS = 4
MORE_FILES = 12
MOST_WAL = 96 * 2**20
PAGES = ("/", "/clients", "/reports/structure-mix", "/signs", "/people", "/milestones", "/settings")
REPORTS = ("structure-mix", "capacity", "drift", "watch-list", "governance", "plan", "quarter-grid", "outcomes")


class Sample(NamedTuple):
    """What a process uses at one moment."""

    memory: int
    threads: int
    files: int
    wal: int
    events: int


def sample_of(process: int, folder: Path, events: int) -> Sample:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    numbers = {name: int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1]) for name in ("VmRSS", "Threads")}  # type: ignore[index]
    files = len(os.listdir(f"/proc/{process}/fd"))
    wal = sum(path.stat().st_size for path in folder.glob("*.db-wal"))
    return Sample(numbers["VmRSS"] * 1024, numbers["Threads"], files, wal, events)


@pytest.mark.slow(reason="a server under load for most of a minute")
def test_under_steady_load_nothing_grows(tmp_path: Path) -> None:
    environment = {**os.environ, "SEATLINE_DATA": str(tmp_path), "SEATLINE_WEBHOOKS_ALLOW_PRIVATE": "true"}
    made = subprocess.run(
        [*SEATLINE, "keys", "create", "--role", "admin", "--name", "soak"],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    key = made.stdout.strip()
    stop, faults = Event(), list[str]()
    with ExitStack() as running:
        port = running.enter_context(reserved_port())
        server = subprocess.Popen([*SEATLINE, "serve", "--port", str(port)], env=environment)
        running.callback(server.wait, HANGING_SECONDS)
        running.callback(server.terminate)
        door = f"http://127.0.0.1:{port}"
        wait_until(lambda: is_up(door))
        client = running.enter_context(asking(door, key))
        receiver = running.enter_context(receiving(lambda _: Answering()))
        client.post("/webhooks", json={"url": receiver.url}).raise_for_status()
        engagements = [opened(client, f"Client {number}") for number in range(CLIENTS)]
        pages = running.enter_context(httpx.Client(base_url=door, headers=client.headers, timeout=HANGING_SECONDS))
        load = loaders(client, pages, engagements)
        threads = [Thread(target=repeat, args=(task, seconds, stop, faults)) for task, seconds in load]
        for thread in threads:
            thread.start()
        samples, end = list[Sample](), time.monotonic() + SECONDS
        while time.monotonic() < end and not faults:
            time.sleep(min(1.0, SECONDS / 40))
            samples.append(sample_of(server.pid, tmp_path, len(receiver.taken)))
        stop.set()
        for thread in threads:
            thread.join()
        caches = caches_of(client)
    note(samples)
    assert faults == []
    assert samples[-1].events > samples[0].events, "webhooks arrive"
    check_flat(samples)
    assert {name for name, (size, bound) in caches.items() if size > bound} == set()


def loaders(
    client: httpx.Client, pages: httpx.Client, engagements: list[str]
) -> list[tuple[Callable[[], object], float]]:
    """What is done again and again, each by a thread of its own, with the pause after it."""
    numbers = count()

    def record() -> None:
        number = next(numbers)
        body = {
            "kind": "deliverable_issued",
            "effective_on": f"2026-{number % 9 + 1:02}-{number % 27 + 1:02}",
            "deliverable": "roadmap",
            "function": "ai",
        }
        path = f"/engagements/{engagements[number % CLIENTS]}/milestones"
        made = client.post(path, json=body, headers={"Idempotency-Key": f"soak-{number}"}).raise_for_status().json()
        # taken back, so that the record grows in length and not in what stands
        client.post(f"{path}/{made['id']}/retraction", json={"reason": "soak"}).raise_for_status()

    def read() -> None:
        pages.get(PAGES[next(numbers) % len(PAGES)], headers={"Accept": "text/html"}).raise_for_status()

    def report() -> None:
        name = REPORTS[next(numbers) % len(REPORTS)]
        client.get(f"/reports/{name}", params={"as_of": "2026-06-30"}).raise_for_status()

    def bring_in() -> None:
        line = {"type": "person", "ref": "soak person", "name": "Ada Lovelace", "employer": "firm"}
        content = json.dumps(line) + "\n"
        client.post("/imports", content=content, headers={"Content-Type": "application/jsonl"}).raise_for_status()

    def stay() -> None:
        with (
            suppress(httpx.ReadTimeout),
            pages.stream("GET", "/live", params={"after": 0}, timeout=2.0) as stream,
        ):
            stream.raise_for_status()
            for _ in stream.iter_bytes():
                break

    return [(record, 0.15), (read, 0.3), (report, 0.3), (bring_in, 2.0), (stay, 0.5)]


def repeat(task: Callable[[], object], seconds: float, stop: Event, faults: list[str]) -> None:
    """Carry out a task until the end, or until it fails."""
    while not stop.wait(seconds):
        try:
            task()
        except httpx.HTTPStatusError as fault:
            fault.response.read()
            faults.append(f"{task.__name__}: {fault.response.text}")
            stop.set()
        except httpx.HTTPError as fault:
            faults.append(f"{task.__name__}: {fault!r}")
            stop.set()


def caches_of(client: httpx.Client) -> Mapping[str, tuple[float, float]]:
    """The size and the bound of each cache."""
    text = client.get(str(client.base_url).partition("/api/")[0] + "/metrics").raise_for_status().text
    sizes, bounds = (
        {m[1]: float(m[2]) for m in re.finditer(rf'seatline_cache_{what}{{cache="([^"]+)".*?}} ([0-9.e+]+)', text)}
        for what in ("size", "bound")
    )
    assert len(sizes) > 10
    return {name: (size, bounds[name]) for name, size in sizes.items()}


def check_flat(samples: list[Sample]) -> None:
    """After the warm-up, the second half uses no more than the first, but for a little."""
    warm = samples[int(len(samples) * WARM_UP) :]
    first, second = warm[: len(warm) // 2], warm[len(warm) // 2 :]
    before, after = (Sample(*(median(values) for values in zip(*half, strict=True))) for half in (first, second))
    grown = after.memory - before.memory
    assert grown <= MOST_GROWN_BYTES + BYTES_AN_EVENT * (after.events - before.events), (before, after)
    assert after.threads <= before.threads + MORE_THREADS, (before, after)
    assert after.files <= before.files + MORE_FILES, (before, after)
    assert max(sample.wal for sample in samples) <= MOST_WAL, (before, after)


def note(samples: list[Sample]) -> None:
    """Write the samples down, where that is asked for."""
    if file := os.environ.get("SEATLINE_SOAK_SAMPLES"):
        lines = (",".join(map(str, sample)) for sample in (Sample._fields, *samples))
        Path(file).write_text("\n".join(lines) + "\n", encoding="ascii")


@pytest.mark.parametrize(
    "growing",
    [
        Sample(2**20, 0, 0, 0, 1),
        Sample(0, 1, 0, 0, 1),
        Sample(0, 0, 1, 0, 1),
        Sample(0, 0, 0, 2**21, 1),
    ],
    ids=Sample._fields[:-1],
)
def test_what_grows_is_noticed(growing: Sample) -> None:
    flat = Sample(200 * 2**20, 20, 60, 4 * 2**20, 0)
    check_flat([flat] * 90)
    with pytest.raises(AssertionError):
        check_flat([Sample(*(a + n * b for a, b in zip(flat, growing, strict=True))) for n in range(90)])
