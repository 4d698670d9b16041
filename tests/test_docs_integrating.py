"""The examples in docs/integrating.md do what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from icalendar import Calendar
from openapi_python_client.cli import app as generator
from patience import HANGING_SECONDS, wait_until
from ports import reserved_port
from standardwebhooks import Webhook
from test_web_pages_browser import Running
from typer.core import TyperGroup
from typer.main import get_command

PAGE = (Path(__file__).parent.parent / "docs" / "integrating.md").read_text(encoding="utf-8")
SECRET, OTHER_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"


def example(heading: str, language: str) -> str:
    """The first block of code in a language below a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return blocks[0]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("integrating"))
    try:
        running.admin.post("/clients", {"name": "Halcyon Health"})
        opening = {"name": "E", "started_on": "2026-01-15"}
        engagement = running.admin.post("/clients/halcyon-health/engagements", opening)["id"]
        renewal = {"kind": "renewal_set", "effective_on": "2026-01-15", "renews_on": "2199-01-15"}
        running.admin.post(f"/engagements/{engagement}/milestones", renewal)
        sign = {"kind": "sign_observed", "effective_on": "2026-02-01", "sign": "A07", "evidence": "seen"}
        running.admin.post(f"/engagements/{engagement}/milestones", sign)
        yield running
    finally:
        running.stop()


def run(firm: Running, command: list[str], folder: Path) -> str:
    """What a program prints."""
    environment = {**os.environ, "SEATLINE": firm.url, "KEY": firm.admin.key, "NO_PROXY": "*"}
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=HANGING_SECONDS, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_nightly_export_goes_on_where_it_ended(firm: Running, tmp_path: Path) -> None:
    program = [sys.executable, "-c", example("A nightly export", "python")]
    for name in ("First night", "Second night"):
        firm.admin.post("/clients", {"name": name})
        run(firm, program, tmp_path)
        lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
        assert lines == firm.admin.get("/events?limit=500")["items"]
        assert name in (tmp_path / "clients.csv").read_text()


def test_the_receiver_takes_signed_events_once_and_no_others(tmp_path: Path) -> None:
    printed = tmp_path / "printed"
    with reserved_port() as port, printed.open("w") as output:
        receiver = subprocess.Popen(
            [sys.executable, "-c", example("A webhook receiver", "python")],
            env={**os.environ, "SECRET": SECRET, "PORT": str(port)},
            stdout=output,
            stderr=output,
        )
        wait_until(lambda: receiver.poll() is not None or _is_listening(port))
    try:
        body = json.dumps({"position": 7, "type": "seatline.client.registered", "subject": "x"})
        statuses = [
            _send(port, body, message, secret)
            for message, secret in (("m", SECRET), ("m", SECRET), ("n", OTHER_SECRET))
        ]
        assert statuses == [204, 204, 401]
    finally:
        receiver.terminate()
        receiver.wait(HANGING_SECONDS)
    assert printed.read_text().count("7 seatline.client.registered x") == 1


def _is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _send(port: int, body: str, message: str, secret: str) -> int:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, now, body),
    }
    return httpx.post(f"http://127.0.0.1:{port}/", content=body, headers=headers, trust_env=False).status_code


def test_the_calendar_is_made_and_read(firm: Running, tmp_path: Path) -> None:
    calendar = Calendar.from_ical(run(firm, ["bash", "-ec", example("A calendar", "sh")], tmp_path))
    assert [str(event["summary"]) for event in calendar.events] == ["Halcyon Health: Renewal of the engagement letter"]


def test_the_assistant_lists_the_watch_list(firm: Running, tmp_path: Path) -> None:
    json.loads(example("An assistant", "json"))
    printed = run(firm, [sys.executable, "-c", example("An assistant", "python")], tmp_path)
    assert printed == "Halcyon Health CTO and CAIO do not talk 2026-02-01\n"


def test_the_command_that_generates_a_client_has_these_options() -> None:
    # tests/test_api_openapi.py generates the client and runs the example on it
    (command,) = re.findall(r"^openapi-python-client (.+)$", example("A generated client", "sh"), re.MULTILINE)
    name, *arguments = shlex.split(command)
    commands = get_command(generator)
    assert isinstance(commands, TyperGroup)
    options = {option for parameter in commands.commands[name].params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= options
