"""Webhooks of the program as it is run: killed at any instant, with a receiver that fails, and with several servers."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from patience import HANGING_SECONDS, wait_until
from receiver import Answering, Delivered, Receiver, receiving
from test_drill_serving import SEATLINE, asking, is_up, opened

from api.webhooks.dispatcher import LANES_PER_WEBHOOK

KILLS = 3
CLIENTS = 4
EVENTS_FOR_EACH = 5
RETRY_LIMIT = 3 * HANGING_SECONDS
"""A second failure is retried only after five minutes."""


@pytest.fixture(params=["sqlite", "postgres"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """The settings of a firm in each of the databases."""
    if request.param == "sqlite":
        return {"SEATLINE_DATA": str(tmp_path)}
    return {"SEATLINE_DATABASE_URL": str(request.getfixturevalue("postgres_url"))}


class Moods:
    """A receiver that refuses some events once, leaves its first one without an answer, and is never fast."""

    def __init__(self, dice: random.Random) -> None:
        self.refused: set[int] = set()
        self.unanswered: set[int] = set()
        self._seen: set[int] = set()
        self._dice = dice

    def answer(self, request: Delivered) -> Answering:
        is_first, position = request.position not in self._seen, request.position
        self._seen.add(position)
        if is_first and not self.unanswered:
            self.unanswered.add(position)
            return Answering(seconds=None)
        if is_first and self._dice.random() < 0.02:
            self.refused.add(position)
            return Answering(500)
        return Answering(seconds=self._dice.random() * 0.05)


@pytest.mark.slow(reason="a server is killed again and again, and failed deliveries wait for five seconds")
def test_every_event_is_sent_at_least_once_and_in_order_however_the_server_is_killed(
    environment: Mapping[str, str],
) -> None:
    """The receiver refuses some events, does not answer one at all, and is away for a while in the end."""
    dice, stopped = random.Random(7), Event()
    moods, port, key = Moods(dice), free_port(), new_key(environment)
    door = f"http://127.0.0.1:{port}"
    with receiving(moods.answer) as receiver:
        server = serve(environment, port)
        try:
            with asking(door, key) as client:
                webhook = client.post("/webhooks", json={"url": receiver.url}).json()
                engagements = [opened(client, f"Client {number}") for number in range(CLIENTS)]
                writer = Thread(target=write_until, args=(stopped, door, key, engagements))
                writer.start()
                for _ in range(KILLS):
                    time.sleep(dice.uniform(0.5, 2.0))
                    server.kill()
                    server.wait()
                    server = serve(environment, port)
                stopped.set()
                writer.join()
                check_all_arrive(client, webhook, receiver)
                assert moods.unanswered
                before = len(receiver.taken)
        finally:
            stopped.set()
            end(server)
        server = serve(environment, port)
    try:
        with asking(door, key) as client:
            for turn in range(2 * CLIENTS):
                log_once(client, engagements[turn % CLIENTS], f"nobody is there {turn}")
            wait_until(lambda: client.get(f"/webhooks/{webhook['id']}").json()["failing_since"])
            with receiving(port=receiver.port) as back:
                back.taken.extend(receiver.taken)
                events = check_all_arrive(client, webhook, back)
                assert client.get(f"/webhooks/{webhook['id']}").json()["failing_since"] is None
    finally:
        end(server)
    report(
        f"{len(events)} events, {KILLS} kills: {len(receiver.requests) + len(back.requests)} requests, "
        f"{len(moods.refused)} refused, {len(moods.unanswered)} unanswered, {len(back.taken) - before} taken after "
        f"the receiver came back, {len(back.taken) - len(events)} taken twice"
    )


@pytest.mark.slow(reason="servers in processes of their own, and a lease that lapses twice")
def test_of_several_servers_on_postgres_one_sends_and_another_takes_over(postgres_url: str) -> None:
    """The one that sends is asked to end, is killed, and is stopped for longer than its lease."""
    environment = {"SEATLINE_DATABASE_URL": postgres_url}
    key = new_key(environment)
    with receiving() as receiver, Farm(environment, key) as farm:
        for _ in range(3):
            farm.start()
        with asking(farm.doors[0], key) as client:
            webhook = client.post("/webhooks", json={"url": receiver.url}).json()
        engagements: list[str] = []
        for number in range(CLIENTS):
            with asking(farm.doors[number % 3], key) as client:
                engagements.append(opened(client, f"Client {number}"))

        def record(turn: str) -> None:
            """Through all servers at once."""
            doors = farm.doors
            for number in range(EVENTS_FOR_EACH * CLIENTS):
                with asking(doors[number % len(doors)], key) as client:
                    log_once(client, engagements[number % CLIENTS], f"{turn} {number}")

        def arrive() -> int:
            """How many more requests than events there were, once all have arrived."""
            with asking(farm.doors[-1], key) as client:
                events = check_all_arrive(client, webhook, receiver)
                return len(receiver.requests) - len(events)

        record("at first")
        assert arrive() == 0
        first = farm.sender()
        record("before the end")
        farm.end(first)
        record("after the end")
        assert arrive() == 0, "a server that is asked to end hands over without sending anything twice"
        second = farm.sender()
        assert second != first
        record("before the kill")
        farm.kill(second)
        record("after the kill")
        after_kill = arrive()
        assert after_kill <= LANES_PER_WEBHOOK
        third = farm.sender()
        farm.start()
        record("before the stop")

        def take_over() -> str:
            record("during the stop")
            arrive()
            return farm.sender()

        fourth = farm.while_stopped(third, take_over)
        farm.sent()
        record("after the stop")
        twice = arrive()
        assert twice <= after_kill + LANES_PER_WEBHOOK
        assert farm.sender() == fourth, "a server that stood still does not go on as if nothing had been"
    report(
        f"{len(receiver.requests) - twice} events, four servers: none sent twice after an end, "
        f"{after_kill} after a kill, {twice - after_kill} after a stop"
    )


class Farm:
    """Servers of one firm, each in a process of its own."""

    def __init__(self, environment: Mapping[str, str], key: str) -> None:
        self._environment = environment
        self._key = key
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._paused: set[str] = set()
        self._counted: Mapping[str, float] = {}

    def __enter__(self) -> Farm:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers.values():
            end(server)

    @property
    def doors(self) -> Sequence[str]:
        """The addresses of those that answer."""
        return [door for door in self._servers if door not in self._paused]

    def start(self) -> None:
        port = free_port()
        self._servers[f"http://127.0.0.1:{port}"] = serve(self._environment, port)

    def end(self, door: str) -> None:
        end(self._servers.pop(door))

    def kill(self, door: str) -> None:
        server = self._servers.pop(door)
        server.kill()
        server.wait()

    def while_stopped(self, door: str, work: Callable[[], str]) -> str:
        """Let a server stand still while something is done, which others must then do."""
        self._paused.add(door)
        self._servers[door].send_signal(signal.SIGSTOP)
        try:
            return work()
        finally:
            self._servers[door].send_signal(signal.SIGCONT)
            self._paused.discard(door)
            wait_until(lambda: is_up(door))
            time.sleep(1)  # by now what it was sending is sent

    def sender(self) -> str:
        """The server that has sent since this was last asked, of which there is only one."""
        before = self._counted
        (sender,) = [door for door, number in self.sent().items() if number > before.get(door, 0)]
        return sender

    def sent(self) -> Mapping[str, float]:
        """How many requests each server has sent so far."""
        self._counted = {door: self._attempts(door) for door in self.doors}
        return self._counted

    def _attempts(self, door: str) -> float:
        answer = httpx.get(f"{door}/metrics", headers={"Authorization": f"Bearer {self._key}"})
        return sum(map(float, re.findall(r"^seatline_webhook_attempts_total\{.*\} (.+)$", answer.text, re.MULTILINE)))


def check_all_arrive(
    client: httpx.Client, webhook: Mapping[str, Any], receiver: Receiver
) -> Sequence[Mapping[str, Any]]:
    """The events since the webhook was made, once the receiver has taken all of them, those of each client in order.

    Repetitions came after their first time.
    """
    events = events_after(client, webhook["last_position"])
    positions = {event["position"] for event in events}
    wait_long(lambda: positions <= {request.position for request in receiver.taken})
    wait_long(lambda: client.get(f"/webhooks/{webhook['id']}").json()["pending"] == 0)
    expected: dict[str, list[int]] = defaultdict(list)
    taken: dict[str, list[int]] = defaultdict(list)
    for event in events:
        expected[event["data"]["client"]].append(event["position"])
    for request in receiver.taken:
        if request.position not in taken[request.client]:
            taken[request.client].append(request.position)
    assert taken == expected
    return events


def wait_long(holds: Callable[[], object]) -> None:
    end = time.monotonic() + RETRY_LIMIT
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def write_until(stopped: Event, door: str, key: str, engagements: Sequence[str]) -> None:
    """Log milestones until asked to stop, each until it is acknowledged."""
    numbers = count()
    with asking(door, key) as client:
        while not stopped.is_set():
            number = next(numbers)
            while not stopped.is_set():
                try:
                    log_once(client, engagements[number % len(engagements)], str(number))
                    break
                except httpx.TransportError:
                    time.sleep(0.05)  # the server was killed


def log_once(client: httpx.Client, engagement: str, turn: str) -> None:
    body = {"kind": "deliverable_issued", "effective_on": "2026-02-03", "deliverable": "roadmap", "function": "ai"}
    headers = {"Idempotency-Key": f"{engagement} {turn}".replace(" ", "-")}

    def post() -> httpx.Response:
        return client.post(f"/engagements/{engagement}/milestones", json=body, headers=headers)

    answer = post()
    end = time.monotonic() + HANGING_SECONDS
    while answer.status_code == 503 and time.monotonic() < end:
        # a server that is stopped while it records keeps the others waiting until the database ends its transaction
        time.sleep(float(answer.headers["Retry-After"]))
        answer = post()
    assert answer.status_code == 201, answer.text


def events_after(client: httpx.Client, position: int) -> Sequence[Mapping[str, Any]]:
    headers = {"Accept": "application/x-ndjson"}
    lines = client.get("/events", params={"after": position}, headers=headers).text.splitlines()
    return [json.loads(line) for line in lines]


def new_key(environment: Mapping[str, str]) -> str:
    command = [*SEATLINE, "keys", "create", "--role", "admin", "--name", "tests"]
    variables = {**os.environ, **environment}
    return subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout.strip()


def serve(environment: Mapping[str, str], port: int) -> subprocess.Popen[bytes]:
    """`seatline serve` in a process of its own, once it answers."""
    command = [*SEATLINE, "serve", "--port", str(port), "--webhooks-allow-private"]
    server = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: server.poll() is not None or is_up(f"http://127.0.0.1:{port}"))
    assert server.poll() is None
    return server


def end(server: subprocess.Popen[bytes]) -> None:
    """Ask a server to end, which it does."""
    server.terminate()
    assert server.wait(timeout=HANGING_SECONDS) in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def report(figures: str) -> None:
    """Print the figures of a drill (`pytest -rP` shows them)."""
    print(figures)  # noqa: T201  (what a drill is for)
