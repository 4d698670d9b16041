"""What cannot be read or followed: the application says where it is, answers no question wrongly, and is soon whole."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest
from api_client import Served, served
from logs import ME, opened, written_over
from sqlalchemy.exc import OperationalError

from domain.changes import Log as LogIt
from domain.milestones import AlignmentHeld
from projections.log import open_log

SECRET = b'{"note": "between ourselves"}'


@pytest.mark.parametrize("damage", [SECRET, b"\xff" + SECRET])
def test_an_event_that_cannot_be_read_is_named_and_nothing_is_answered_without_it(
    data_dir: Path, damage: bytes
) -> None:
    one, other = uuid4(), uuid4()
    with served(data_dir) as firm:
        opened(firm.house.log, uuid4(), one)
        opened(firm.house.log, uuid4(), other)
        everything = firm.admin.get("/clients")
    with open_log(data_dir) as log:
        request = LogIt(uuid4(), date(2026, 2, 1), AlignmentHeld((ME,)))
        bad = log.engagements.tell(lambda desk: desk.change(one, [request], recorded_by=ME)).position
    assert bad is not None
    before = written_over(data_dir, bad, damage)
    with served(data_dir) as firm:
        wait_until_ready_is(firm, False)
        told = firm.client.get("/readyz")
        assert {model["position"] for model in told.json()["read_models"]} == {bad - 1}
        assert all(f"position {bad} of stream {one}" in model["fault"] for model in told.json()["read_models"])
        assert "ourselves" not in told.text
        assert firm.client.get("/healthz").status_code == 200
        for path in ("/clients", f"/engagements/{other}/milestones", "/reports/structure-mix"):
            answer = firm.admin.ask("GET", path, status=503)
            assert answer.json()["type"].endswith("not-caught-up")
            assert int(answer.headers["Retry-After"]) > 0
            assert "ourselves" not in answer.text
        written_over(data_dir, bad, before)
        wait_until_ready_is(firm, True)
        assert firm.admin.get("/clients")["items"] == everything["items"]


def test_read_models_without_room_say_so_and_are_soon_whole(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = sqlite3.OperationalError("database or disk is full")
    fault.sqlite_errorcode = sqlite3.SQLITE_FULL

    def refuse(*_: object) -> int:
        raise OperationalError("INSERT", {}, fault)

    with served(data_dir) as firm:
        firm.admin.get("/clients")
        with monkeypatch.context() as patched:
            patched.setattr(firm.house.views._follower, "follow", refuse)
            firm.admin.post("/clients", {"name": "Halcyon Health"})
            answer = firm.admin.ask("GET", "/clients", status=503)
            assert answer.json()["detail"] == "The store of the read models has no room left."
            assert int(answer.headers["Retry-After"]) > 0
            told = firm.client.get("/readyz")
            assert told.status_code == 503
            assert {model["fault"] for model in told.json()["read_models"]} == {answer.json()["detail"]}
        assert [client["name"] for client in firm.admin.get("/clients")["items"]] == ["Halcyon Health"]
        wait_until_ready_is(firm, True)


def wait_until_ready_is(firm: Served, ready: bool) -> None:
    end = monotonic() + 30
    while (firm.client.get("/readyz").status_code == 200) is not ready:
        assert monotonic() < end
        sleep(0.05)
