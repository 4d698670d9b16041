"""`seatline verify` says whether the record is as it was recorded, beside a server or without one."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from logs import opened, written_over
from test_web_pages_browser import Running
from typer.testing import CliRunner

from projections.log import migrate, open_log
from web.cli import app
from web.server_client import ServerClient, remove_server_file, write_server_file


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path | str:
    """A store with four events, on which the commands work."""
    if request.param == "sqlite":
        monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
        place: Path | str = data_dir
    else:
        place = str(request.getfixturevalue("postgres_url"))
        migrate(place)
        monkeypatch.setenv("SEATLINE_DATABASE_URL", place)
    with open_log(place) as log:
        opened(log)
    return place


def test_a_sound_record_has_an_end_to_note_and_a_changed_event_is_named(store: Path | str) -> None:
    cli = CliRunner()
    sound = cli.invoke(app, ["verify"])
    assert (sound.exit_code, sound.stdout.partition(":")[0]) == (0, "4"), sound.output
    assert "All 4 events are as they were recorded." in sound.stderr
    assert cli.invoke(app, ["verify", "--head", sound.stdout.strip()]).exit_code == 0
    other = cli.invoke(app, ["verify", "--head", f"4:{'0' * 64}"])
    assert other.exit_code == 1
    assert "The log up to position 4 is not the one whose digest was noted." in other.stderr
    assert cli.invoke(app, ["verify", "--head", "4"]).exit_code == 2

    written_over(store, 2, written_over(store, 2, b"{}") + b" ")
    changed = cli.invoke(app, ["verify"])
    assert changed.exit_code == 1
    assert "The event at position 2 was changed or moved (version " in changed.stderr
    acts = cli.invoke(app, ["audit"]).output
    assert acts.count("log.verified") == 4, acts


def test_beside_a_running_server_the_outcome_is_on_readyz_for_admins_alone(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
    running = Running(data_dir)
    server = ServerClient(running.url, running.context.owner_secret)
    try:
        write_server_file(data_dir, server)
        opened(running.context.log)
        assert server.state()["verified"] is None
        assert CliRunner().invoke(app, ["verify"]).exit_code == 0
        verified = server.state()["verified"]
        assert (verified["end"].partition(":")[0], verified["damages"]) == ("4", 0)
        assert "verified" not in httpx.get(f"{running.url}/readyz", trust_env=False).json()
        written_over(data_dir, 3, written_over(data_dir, 3, b"{}") + b" ")
        result = CliRunner().invoke(app, ["verify"])
        assert result.exit_code == 1
        assert "position 3" in server.state()["verified"]["first_damage"]
    finally:
        remove_server_file(data_dir)
        running.stop()


@pytest.mark.parametrize("obstacle", ["read-only", "full"])
def test_what_was_found_is_said_even_if_it_cannot_be_recorded(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, obstacle: str
) -> None:
    monkeypatch.setenv("SEATLINE_DATA", str(data_dir))
    with open_log(data_dir) as log:
        opened(log)
    assert CliRunner().invoke(app, ["verify"]).exit_code == 0
    written_over(data_dir, 2, written_over(data_dir, 2, b"{}") + b" ")
    if obstacle == "read-only":
        monkeypatch.setenv("SEATLINE_READ_ONLY", "true")
    else:
        monkeypatch.setattr("projections.log.sqlite_store.free_bytes", lambda path: 0)
    result = CliRunner().invoke(app, ["verify"])
    assert result.exit_code == 1
    assert "The event at position 2 was changed or moved" in result.stderr
    assert "The outcome was not recorded: The " in result.stderr
