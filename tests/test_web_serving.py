"""What keeps the program from running is said in a sentence."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from patience import HANGING_SECONDS
from typer.testing import CliRunner

from projections.log import open_log
from web.cli import app

SEATLINE = [sys.executable, "-c", "from web.cli import app; app()"]


@pytest.mark.slow(reason="starts two servers in processes of their own")
def test_why_a_server_does_not_start_is_said_in_a_sentence(tmp_path: Path) -> None:
    """And only the one that listens says that it serves."""
    with open_log(tmp_path / "taken"), socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = start("serve", "--data", str(tmp_path / "taken"), "--port", "0")
        deaf = start("serve", "--data", str(tmp_path / "free"), "--port", str(port))
        for program, reason in ((refused, "One server at a time may write there."), (deaf, "address already in use")):
            _, printed = program.communicate(timeout=HANGING_SECONDS)
            assert program.returncode != 0
            assert reason in printed
            assert "Traceback" not in printed
            assert "Seatline serves" not in printed


def test_a_file_of_another_kind_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("Dana\n")
    refused = CliRunner().invoke(app, ["import", str(file), "--data", str(tmp_path)])
    assert (refused.exit_code, refused.stderr.strip()) == (
        1,
        "Send JSON Lines (application/x-ndjson), CSV (text/csv) or "
        "XLSX (application/vnd.openxmlformats-officedocument.spreadsheetml.sheet).",
    )


def test_a_wrong_setting_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEATLINE_FISCAL_YEAR_START_MONTH", "13")
    refused = CliRunner().invoke(app, ["serve", "--data", str(tmp_path)])
    assert (refused.exit_code, refused.stderr) == (1, "SEATLINE_FISCAL_YEAR_START_MONTH must be at most 12.\n")


def start(*words: str) -> subprocess.Popen[str]:
    """A command that ends by itself, in a process of its own."""
    return subprocess.Popen([*SEATLINE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
