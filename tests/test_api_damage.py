"""What cannot be read or followed: the application says where it is, answers no question wrongly, and is soon whole."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from api_client import Served, served
from logs import ME, opened, written_over
from patience import wait_until
from sqlalchemy.exc import OperationalError
from test_projections_log_sqlite import small_disk

from api.auth.access import COOKIE
from api.state.roles import Role
from domain.decisions import Log as LogIt
from domain.kinds.agreements import AlignmentHeld
from projections.log import open_log
from projections.log.sqlite_store import ROOM_KEPT

__all__ = ["small_disk"]  # a fixture

SECRET = b'{"note": "between ourselves"}'


@pytest.mark.parametrize("damage", [SECRET, b"\xff" + SECRET])
def test_an_event_that_cannot_be_read_is_named_and_its_client_alone_is_not_answered(
    data_dir: Path, damage: bytes
) -> None:
    client, one, other = uuid4(), uuid4(), uuid4()
    with served(data_dir) as firm:
        opened(firm.context.log, client, one)
        opened(firm.context.log, uuid4(), other)
        everything = firm.admin.get(f"/clients/{client}")
    with open_log(data_dir) as log:
        request = LogIt(uuid4(), date(2026, 2, 1), AlignmentHeld((ME,)))
        bad = log.engagements.run(lambda unit: unit.change(one, [request], recorded_by=ME)).position
    assert bad is not None
    before = written_over(data_dir, bad, damage)
    with served(data_dir) as firm:
        answer = firm.admin.ask("GET", f"/engagements/{one}/milestones", status=503)
        assert answer.json()["type"].endswith("event-unreadable")
        assert f"position {bad}, version 2 of stream {one}" in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) > 0
        assert "ourselves" not in answer.text
        readiness = firm.readiness()
        assert readiness.status_code == 200
        assert {model["position"] for model in readiness.json()["read_models"]} == {bad}
        assert [event["position"] for event in readiness.json()["stopped_streams"]] == [bad]
        assert "ourselves" not in readiness.text
        for path in ("/clients", f"/engagements/{other}/milestones", "/reports/structure-mix"):
            firm.admin.get(path)
        written_over(data_dir, bad, before)
        wait_until(lambda: firm.readiness().json()["stopped_streams"] == [])
        assert firm.admin.get(f"/clients/{client}")["name"] == everything["name"]
        assert len(firm.admin.get(f"/engagements/{one}/milestones")["items"]) == 2


def test_on_a_full_disk_all_is_read_and_recording_goes_on_as_soon_as_there_is_room(small_disk: Path) -> None:
    with served(small_disk) as firm:
        cookie = {"Cookie": f"{COOKIE}={firm.session(Role.VIEWER)}"}
        client = firm.admin.post("/clients", {"name": "Acme"})["id"]
        engagement = firm.admin.post(f"/clients/{client}/engagements", {"name": "x", "started_on": "2024-01-01"})["id"]
        path = f"/engagements/{engagement}/milestones"
        key = {"Authorization": f"Bearer {firm.admin.key}"}
        issued = {
            "kind": "deliverable_issued",
            "effective_on": "2024-03-01",
            "deliverable": "roadmap",
            "function": "ai",
        }
        fill(small_disk / "some", leaving=ROOM_KEPT + 200_000)
        answers = [firm.client.post(f"/api/v1{path}", json=issued, headers=key) for _ in range(100)]
        taken = [answer.status_code for answer in answers].index(507)
        assert [answer.status_code for answer in answers] == [201] * taken + [507] * (100 - taken)
        assert answers[taken].json()["type"] == "/problems/disk-full"
        fill(small_disk / "all", leaving=0)
        assert len(firm.admin.get(f"{path}?limit=500")["items"]) == taken + 1
        firm.admin.get(f"/clients/{client}/timeline")
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
            assert firm.client.get("/clients/acme", headers=cookie).status_code == 200
        assert firm.client.get("/readyz").status_code == 200
        for ballast in ("some", "all"):
            (small_disk / ballast).unlink()
        assert firm.admin.post(path, issued)["version"] == taken + 2


def fill(file: Path, leaving: int) -> None:
    """Fill the disk of a file but for some bytes."""
    disk = os.statvfs(file.parent)
    file.write_bytes(bytes(disk.f_bavail * disk.f_frsize - leaving))


def test_read_models_without_room_say_so_and_are_soon_whole(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = sqlite3.OperationalError("database or disk is full")
    fault.sqlite_errorcode = sqlite3.SQLITE_FULL

    def refuse(*_: object, **__: object) -> int:
        raise OperationalError("INSERT", {}, fault)

    with served(data_dir) as firm:
        firm.admin.get("/clients")
        with monkeypatch.context() as patched:
            patched.setattr(firm.context.views._follower, "follow", refuse)
            firm.admin.post("/clients", {"name": "Halcyon Health"})
            answer = firm.admin.ask("GET", "/clients", status=503)
            assert answer.json()["detail"] == "The disk of the read models is full."
            assert int(answer.headers["Retry-After"]) > 0
            readiness = firm.readiness()
            assert readiness.status_code == 503
            assert {model["fault"] for model in readiness.json()["read_models"]} == {answer.json()["detail"]}
        assert [client["name"] for client in firm.admin.get("/clients")["items"]] == ["Halcyon Health"]
        wait_until_ready_is(firm, True)


def wait_until_ready_is(firm: Served, ready: bool) -> None:
    wait_until(lambda: (firm.client.get("/readyz").status_code == 200) is ready)
