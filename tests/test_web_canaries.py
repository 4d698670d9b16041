"""Canaries: what is secret or personal is sent to a real server, and then looked for in everything that it says."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from patience import HANGING_SECONDS, wait_until
from stores import copy_empty_firm

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
ANOTHER_SERVER = pytest.mark.slow(reason="starts one more server in a process of its own")


SERVE = "import sys; from web.cli import app; sys.argv[1:] = ['serve', '--port', '0']; app()"


@dataclass
class Process:
    """A server of its own, the owner's credential for it, and what it has written so far."""

    client: httpx.Client
    key: str
    written: Path

    @property
    def said(self) -> str:
        """Everything on its standard output and standard error."""
        return self.written.read_text(encoding="utf-8")

    @property
    def signed(self) -> dict[str, str]:
        """The owner's credential as a header."""
        return {"Authorization": f"Bearer {self.key}"}


@contextmanager
def serving(folder: Path, program: str = SERVE, **environment: str) -> Iterator[Process]:
    """`seatline serve`, as it is run, on an empty firm; stopped at the end."""
    copy_empty_firm(folder)
    written = folder.parent / "said.txt"
    with written.open("w") as out:
        running = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "SEATLINE_DATA": str(folder), **environment},
        )
    try:
        told = where(running, folder, written)
        with httpx.Client(base_url=told["url"], trust_env=False, timeout=HANGING_SECONDS) as client:
            yield Process(client, told["secret"], written)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(timeout=HANGING_SECONDS)


def where(running: subprocess.Popen[bytes], folder: Path, written: Path) -> dict[str, str]:
    """The word that the server leaves once it serves: its address and the owner's secret."""
    word: dict[str, str] = {}

    def answers() -> bool:
        assert running.poll() is None, written.read_text()
        with suppress(OSError, ValueError, httpx.HTTPError):
            word.update(json.loads((folder / "serving.json").read_text()))
            return httpx.get(f"{word['url']}/healthz", trust_env=False).is_success
        return False

    wait_until(answers)
    return word


def canary(kind: str) -> str:
    return f"{kind}canary{secrets.token_hex(12)}"


FAULTY = """
import os
from api.people import routes

def broken(*_, **__):
    raise RuntimeError(os.environ["BIRD"])

routes.list_people = broken
"""
FAULT = canary("fault")
PER_ADDRESS = 40
"""The requests per minute from one address."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server behind a proxy that it does not trust."""
    with serving(tmp_path_factory.mktemp("sound") / "data", **proxied("192.0.2.1")) as server:
        yield server


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server with a bug, behind a proxy that it trusts."""
    folder = tmp_path_factory.mktemp("faulty") / "data"
    with serving(folder, FAULTY + SERVE, BIRD=FAULT, **proxied("127.0.0.1")) as server:
        yield server


def proxied(trusted: str) -> dict[str, str]:
    """The settings of a server that trusts one proxy."""
    return {"SEATLINE_TRUSTED_PROXIES": trusted, "SEATLINE_RATE_LIMIT_PER_ADDRESS": f"{PER_ADDRESS}/minute"}


def test_what_is_secret_or_personal_is_in_no_log_no_metric_and_no_problem(sound: Process) -> None:
    birds = {
        kind: canary(kind)
        for kind in ("bearer", "cookie", "link", "share", "password", "name", "email", "note", "query", "file", "host")
    }
    client, signed = sound.client, sound.signed
    printed = re.search(r"/sign-in/([\w-]{43})", sound.said)
    assert printed is not None
    answers = [
        client.get("/api/v1/clients", headers={"Authorization": f"Bearer seatline_{birds['bearer']}"}),
        client.get("/clients", headers={**HTML, "Cookie": f"seatline={birds['cookie']}"}),
        client.get(f"/sign-in/{birds['link']}", headers=HTML),
        client.post(f"/sign-in/{birds['link']}", headers=HTML, data={"name": birds["name"]}),
        client.get(f"/s/{birds['share']}", headers=HTML),
        client.post(f"/s/{birds['share']}", headers=HTML, data={"password": birds["password"]}),
        client.get(f"/s/{birds['share']}/timeline.svg"),
        client.get(f"/api/v1/people?q={birds['query']}&cursor={birds['query']}", headers=signed),
        client.get(f"/api/v1/nowhere/{birds['query']}", headers=signed),
        client.post("/api/v1/people", headers=signed, json={"name": birds["name"], "email": birds["email"]}),
        client.post("/api/v1/people", headers=signed, content=f'{{"name": "{birds["name"]}'),
        client.post("/api/v1/imports", headers={**signed, "Content-Type": f"text/{birds['file']}"}, content=b"x"),
    ]
    assert {answer.status_code for answer in answers} <= {303, 400, 401, 404, 415, 422}
    person = {"name": birds["name"], "email": f"{birds['email']}@example.org", "employer": "firm"}
    made = client.post("/api/v1/people", headers=signed, json=person)
    assert made.status_code == 201
    client.post("/api/v1/clients", headers=signed, json={"name": "Acme"})
    shared = client.post(
        "/api/v1/share-links", headers=signed, json={"client": "acme", "expires_at": "2199-01-01T00:00:00Z"}
    ).json()["url"]
    token = shared.rpartition("/")[2]
    assert client.get(f"/s/{token}").status_code == 200
    signed_in = client.post(f"/sign-in/{printed[1]}", headers=HTML, data={"name": birds["name"]})
    session = signed_in.cookies["seatline"]
    metrics = client.get("/metrics", headers=signed).text
    assert "seatline" in metrics
    for answer in answers:
        for bird in birds.values():
            assert bird not in answer.text or "application/problem+json" not in answer.headers["content-type"]
    # printed for its owner, this once, and spent by now
    text = sound.said.replace(printed[1], "")
    for secret in (*birds.values(), token, session, sound.key, str(made.json()["id"])):
        assert secret not in text, secret
        assert secret not in metrics, secret


@ANOTHER_SERVER
def test_a_fault_that_nobody_foresaw_is_told_by_its_place_and_not_by_its_words(faulty: Process) -> None:
    answer = faulty.client.get("/api/v1/people", headers=faulty.signed)
    assert answer.status_code == 500
    assert FAULT not in answer.text
    wait_until(lambda: '"exception"' in faulty.said.rpartition("\n")[0])
    faults = [json.loads(line) for line in faulty.said.splitlines() if '"exception"' in line]
    assert {part["exc_type"] for line in faults for part in line["exception"]} == {"RuntimeError"}
    assert "api/people/routes.py" in json.dumps(faults)
    assert FAULT not in faulty.said


@ANOTHER_SERVER
@pytest.mark.parametrize(("behind", "status"), [("faulty", 200), ("sound", 429)])
def test_a_forwarded_address_counts_only_where_the_proxy_is_trusted(
    request: pytest.FixtureRequest, behind: str, status: int
) -> None:
    server: Process = request.getfixturevalue(behind)
    # somebody whom the server does not know from another test
    with httpx.Client(base_url=server.client.base_url, trust_env=False, timeout=HANGING_SECONDS) as stranger:
        answers = [
            stranger.get("/sign-in", headers={**HTML, "X-Forwarded-For": f"198.51.100.{number}"})
            for number in range(PER_ADDRESS + 10)
        ]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == status
