"""What the application does when it cannot record: reading goes on, and `/readyz` says why."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
import time_machine
from api_client import Served, TestClient, application, served
from patience import wait_until
from test_api_damage import fill
from test_projections_log_sqlite import small_disk
from typer.testing import CliRunner

from api.auth.access import COOKIE
from api.state.roles import Role
from api.state.sessions import USE_INTERVAL
from projections.log import DiskFull, LogUnavailable, open_log
from projections.views import NotCaughtUp, ViewsUnavailable
from web import stores
from web.cli import app
from web.pages.clients import shared_live
from web.settings import Settings

__all__ = ["small_disk"]  # a fixture

DAY = {"name": "x", "started_on": "2024-01-01"}


def metric(firm: Served, name: str) -> str:
    lines = firm.client.get("/metrics", headers={"Authorization": f"Bearer {firm.admin.key}"}).text.splitlines()
    return next(str(line).rpartition(" ")[2] for line in lines if line.startswith(f"{name} "))


def test_a_clock_that_jumps_ahead_dates_no_event_and_is_told_until_it_is_right(data_dir: Path) -> None:
    with served(data_dir) as firm:
        client = firm.admin.post("/clients", {"name": "Acme"})["id"]
        path = f"/clients/{client}/engagements"
        with time_machine.travel(datetime.now(UTC) + timedelta(days=3653)):
            refused = firm.admin.ask("POST", path, DAY, status=503, headers={"Idempotency-Key": "one"})
            assert refused.json()["type"] == "/problems/clock-ahead"
            assert "The clock of this server says 2036-" in refused.json()["detail"]
            assert int(refused.headers["Retry-After"]) > 0
            readiness = firm.client.get("/readyz")
            assert (readiness.status_code, readiness.json()["status"]) == (503, "not ready for writing")
            assert "clock" in readiness.json()["writing"]["fault"]
            assert len(firm.admin.get("/clients")["items"]) == 1
        assert firm.client.get("/readyz").json()["status"] == "ready"
        firm.admin.ask("POST", path, DAY, status=201, headers={"Idempotency-Key": "one"})


def test_a_clock_may_jump_as_far_ahead_as_the_setting_says(data_dir: Path) -> None:
    with served(data_dir, clock_tolerance_minutes=90) as firm:
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
            firm.admin.post("/clients", {"name": "Acme"})
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)):
            firm.admin.ask("POST", "/clients", {"name": "Brightwater"}, status=503)


@pytest.mark.parametrize(("code", "name"), [(sqlite3.SQLITE_IOERR_WRITE, "IOERR_WRITE"), (8, "READONLY")])
def test_while_every_write_fails_reading_goes_on_and_readyz_says_why(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    fault = sqlite3.OperationalError("the disk fails")
    fault.sqlite_errorcode, fault.sqlite_errorname = code, f"SQLITE_{name}"

    def fail(_: object) -> None:
        raise fault

    monkeypatch.setattr(stores, "WRITES_TRIED_EVERY_SECONDS", 0.05)
    with served(data_dir) as firm:
        cookie = {"Cookie": f"{COOKIE}={firm.session(Role.VIEWER)}"}
        connections: list[object] = []
        firm.context.log.write(connections.append)
        dialect = firm.context.log.engine.dialect
        with monkeypatch.context() as patched:
            patched.setattr(type(dialect), "do_commit", lambda _, connection: fail(connection))
            for _ in range(2):
                assert firm.admin.ask("POST", "/clients", {"name": "Acme"}, status=503).headers["Retry-After"]
            readiness = firm.client.get("/readyz")
            assert (readiness.status_code, readiness.json()["status"]) == (503, "not ready for writing")
            assert name in readiness.json()["writing"]["fault"]
            assert metric(firm, "seatline_log_writable") == "0.0"
            assert firm.admin.get("/clients")["items"] == []
            with time_machine.travel(datetime.now(UTC) + 2 * USE_INTERVAL):
                assert firm.client.get("/", headers=cookie).status_code == 200
        wait_until(lambda: firm.client.get("/readyz").status_code == 200)
        assert metric(firm, "seatline_log_writable") == "1.0"
        firm.admin.post("/clients", {"name": "Acme"})


def test_readyz_tells_strangers_no_position(data_dir: Path) -> None:
    with served(data_dir) as firm:
        firm.admin.post("/clients", {"name": "Acme"})
        firm.admin.get("/clients")
        wait_until(lambda: firm.client.get("/readyz").status_code == 200)
        for headers in ({}, {"Authorization": "Bearer seatline_nonsense"}):
            seen = firm.client.get("/readyz", headers=headers).json()
            assert seen.keys() == {"status", "writing", "read_models", "stopped_streams", "unreadable_rows"}
            assert all(model.keys() == {"name", "ready"} for model in seen["read_models"])
        viewer = firm.caller(Role.VIEWER)
        seen = firm.client.get("/readyz", headers={"Authorization": f"Bearer {viewer.key}"}).json()
        assert {model["position"] for model in seen["read_models"]} == {seen["log"]["head"]}
        assert "verified" not in seen


def test_after_a_crash_a_server_starts_on_a_full_disk_reads_and_refuses_changes(
    data_dir: Path, small_disk: Path
) -> None:
    with served(data_dir) as firm:
        firm.admin.post("/clients", {"name": "Acme"})
        names = [client["name"] for client in firm.admin.get("/clients")["items"]]
        key = {"Authorization": f"Bearer {firm.admin.key}"}
        shutil.copytree(data_dir, small_disk, dirs_exist_ok=True)  # as a process that was killed leaves it
    fill(small_disk / "ballast", leaving=0)
    with TestClient(application(Settings(data=small_disk)), raise_server_exceptions=False) as client:
        assert [item["name"] for item in client.get("/api/v1/clients", headers=key).json()["items"]] == names
        assert client.post("/api/v1/clients", headers=key, json={"name": "Brightwater"}).status_code == 507
        assert client.get("/readyz").json()["status"] == "not ready for writing"
        (small_disk / "ballast").unlink()
        assert client.post("/api/v1/clients", headers=key, json={"name": "Brightwater"}).status_code == 201
        assert client.get("/readyz").json()["status"] == "ready"


def test_where_a_start_needs_room_that_the_disk_lacks_one_sentence_says_so(small_disk: Path) -> None:
    with served(small_disk) as firm:
        firm.admin.post("/clients", {"name": "Acme"})
    fill(small_disk / "ballast", leaving=0)
    with pytest.raises(DiskFull, match=r"is full\. Free some space, and start again"):
        open_log(small_disk)
    (small_disk / "ballast").unlink()
    with open_log(small_disk) as log:
        assert log.head() == 2


def test_a_folder_that_cannot_be_written_is_named_in_one_sentence(small_disk: Path) -> None:
    with open_log(small_disk):
        pass
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)  # noqa: S607
    with pytest.raises(LogUnavailable, match=f"The data folder {small_disk} cannot be written: Read-only file system"):
        open_log(small_disk)
    result = CliRunner().invoke(app, ["audit", "--data", str(small_disk)])
    assert result.exit_code == 1
    assert "cannot be written: Read-only file system." in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("fault", [LogUnavailable("x"), ViewsUnavailable("x"), NotCaughtUp(2, 1)])
def test_a_shared_timelines_stream_ends_calmly_when_nothing_can_be_read(fault: Exception) -> None:
    left: list[Any] = []

    def fail() -> bytes:
        raise fault

    follower: Any = SimpleNamespace(message=fail, context=SimpleNamespace(watch=SimpleNamespace(leave=left.append)))
    watcher: Any = SimpleNamespace(has_ended=False, woken=asyncio.Event())

    async def read_all() -> list[bytes]:
        return [message async for message in shared_live._messages(follower, watcher)]

    # in a thread of its own: a browser's tests may have left a running loop in this one
    with structlog.testing.capture_logs() as lines, ThreadPoolExecutor(1) as thread:
        messages = thread.submit(lambda: asyncio.run(read_all())).result()
    assert [message.partition(b":")[0] for message in messages] == [b"retry"]
    assert left == [watcher]
    assert lines == [{"event": "a shared live stream ended", "fault": type(fault).__name__, "log_level": "warning"}]
