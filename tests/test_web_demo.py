"""The demonstration firm in a real store, as its visitors meet it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from api_client import served
from patience import HANGING_SECONDS, wait_until
from test_web_serving import SEATLINE

from web.samples.demo import demonstration
from web.samples.load import load
from web.server_client import find_server
from web.settings import Settings

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[int, int]]]:
    """A data folder with the demonstration firm, and the progress that was reported while it was loaded."""
    folder = tmp_path_factory.mktemp("demo")
    progress: list[tuple[int, int]] = []
    assert load(Settings(data=folder), TODAY, lambda done, of: progress.append((done, of)))
    return folder, progress


def test_the_firm_is_told_once_into_an_empty_store_and_known_as_it_was_told(
    loaded: tuple[Path, list[tuple[int, int]]],
) -> None:
    folder, progress = loaded
    story = demonstration(TODAY)
    assert progress[-1] == (len(story.steps), len(story.steps))
    assert not load(Settings(data=folder), TODAY, lambda done, of: progress.append((done, of)))
    assert len(progress) == len(story.steps)

    with served(folder) as firm:
        clients = firm.admin.get("/clients?limit=500&as_of=2026-11-22")["items"]
        assert len(clients) >= 36
        seen = firm.admin.get("/clients/halcyon-health/timeline?as_of=2026-11-22")
        assert seen["structure_spans"]
        assert set(seen["people"].values()) <= {person.name for person in story.people}
        first, last = story.steps[0].recorded_at, story.steps[-1].recorded_at
        middle = (first + (last - first) / 2).isoformat().replace("+00:00", "Z")
        then = firm.admin.get(f"/clients?limit=500&as_of=2026-11-22&known_at={middle}")["items"]
        assert 0 < len(then) < len(clients)
        drift_rows = {row["direction"] for row in firm.admin.get("/reports/drift?as_of=2026-11-22")["rows"]}
        assert drift_rows == {"outgrown", "ahead_of_itself"}


@pytest.mark.slow(reason="serves the demonstration in a process of its own")
def test_the_commands_of_the_readme_log_a_milestone_as_printed(
    loaded: tuple[Path, list[tuple[int, int]]],
) -> None:
    folder, _ = loaded
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Log a milestone", 1)[1].split("\n## ", 1)[0]
    script = "\n".join(re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))
    with demo_server(folder) as address:
        # the test replaces only what differs from `make demo`: the port, the data folder and the environment
        program = str(Path(sys.executable).parent / "seatline")
        for printed, actual in (
            ("http://127.0.0.1:8000", address),
            ("data/demo", str(folder)),
            (".venv/bin/seatline", program),
        ):
            assert script.count(printed) == 1, printed
            script = script.replace(printed, actual)
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607
            cwd=ROOT,
            env={**os.environ, "no_proxy": "127.0.0.1"},
            check=False,
            capture_output=True,
            text=True,
            timeout=HANGING_SECONDS,
        )
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert answer["kind"] == "split_to_two_roles", answer
    assert answer["details"]["ai"]["monthly_fee"] == {"amount": "8500.00", "currency": "USD"}


@contextmanager
def demo_server(folder: Path) -> Iterator[str]:
    """`seatline demo` on a free port, and its address."""
    server = subprocess.Popen([*SEATLINE, "demo", "--data", str(folder), "--port", "0"], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: server.poll() is not None or find_server(folder))
        running = find_server(folder)
        assert running is not None, "the server has ended"
        yield running.url
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=HANGING_SECONDS)
