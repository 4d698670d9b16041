"""API keys: given another secret without losing who they are, ended at once in every process, their use noted aside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
import time_machine
from api_client import Caller, Served, served
from patience import HANGING_SECONDS
from sqlalchemy import text

import web.stores
from api.context import KeyUses
from api.state.keys import _BY_SECRET
from projections.log import Log
from projections.log.listener import Listener


@pytest.fixture
def firm(data_dir: Path) -> Iterator[Served]:
    with served(data_dir) as running:
        yield running


def made(firm: Served, **options: Any) -> tuple[str, Caller]:
    """A new key: its id, and somebody with it."""
    answer = firm.admin.post("/keys", {"name": "nightly", "role": "recorder", **options})
    return answer["id"], Caller(firm.client, answer["key"])


def rotated(firm: Served, key: str, **body: Any) -> Caller:
    """Somebody with the new secret of a key."""
    return Caller(firm.client, firm.admin.post(f"/keys/{key}/rotation", body)["key"])


def test_a_rotated_key_stays_who_it_was_and_its_old_secret_ends_after_the_grace(firm: Served) -> None:
    with time_machine.travel("2026-11-02T10:00:00Z", tick=False) as clock:
        key, old = made(firm)
        person = old.post("/people", {"name": "Dana", "employer": "firm"}, headers={"Idempotency-Key": "dana"})
        new = rotated(firm, key, grace_seconds=3600)
        # What was sent with the old secret is known when it is sent again with the new one.
        body = {"name": "Dana", "employer": "firm"}
        assert new.post("/people", body, headers={"Idempotency-Key": "dana"}) == person
        assert [caller.get("/me")["id"] for caller in (old, new)] == [key, key]
        clock.shift(timedelta(hours=1))
        old.ask("GET", "/me", status=401)
        assert new.get("/me")["id"] == key


def test_without_a_grace_the_old_secret_ends_at_once(firm: Served) -> None:
    key, old = made(firm)
    new = rotated(firm, key)
    old.ask("GET", "/me", status=401)
    newest = rotated(firm, key, grace_seconds=3600)
    old.ask("GET", "/me", status=401)
    assert [caller.get("/me")["id"] for caller in (new, newest)] == [key, key]
    rotated(firm, key, grace_seconds=3600)
    new.ask("GET", "/me", status=401)  # only the last one before has a grace


def test_a_grace_makes_no_key_last_longer(firm: Served) -> None:
    with time_machine.travel("2026-11-02T10:00:00Z", tick=False) as clock:
        key, old = made(firm, expires_at="2026-11-02T10:30:00Z")
        new = rotated(firm, key, grace_seconds=3600)
        clock.shift(timedelta(minutes=30))
        for caller in (old, new):
            caller.ask("GET", "/me", status=401)


def test_revoking_a_key_ends_both_its_secrets(firm: Served) -> None:
    key, old = made(firm)
    new = rotated(firm, key, grace_seconds=3600)
    firm.admin.ask("DELETE", f"/keys/{key}", status=204)
    for caller in (old, new):
        caller.ask("GET", "/me", status=401)
    refused = firm.admin.post(f"/keys/{key}/rotation", {}, status=409)
    assert refused["type"] == "/problems/key-revoked"


@pytest.mark.postgres
def test_a_key_and_a_session_that_end_in_one_server_on_postgres_end_in_all(postgres_store: str) -> None:
    with served(postgres_store) as one, served(postgres_store) as other:
        key, here = made(one)
        there = Caller(other.client, here.key)
        there.get("/me")
        one.admin.ask("DELETE", f"/keys/{key}", status=204)
        there.ask("GET", "/me", status=401)


@pytest.mark.postgres
def test_a_revoked_key_is_refused_by_a_server_on_postgres_that_hears_of_it_late(
    postgres_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(postgres_store) as one, served(postgres_store) as other:
        (revoked, here), (rotated_key, old) = made(one), made(one)
        there, there_old = Caller(other.client, here.key), Caller(other.client, old.key)
        there.get("/me")
        is_late = Event()

        def hear_late(listener: Listener, connection: object, seconds: float) -> None:
            if listener is other.context.log._listener:  # type: ignore[attr-defined]
                is_late.set()
            listener._ending.wait()

        monkeypatch.setattr(Listener, "_receive", hear_late)
        assert is_late.wait(HANGING_SECONDS)
        one.admin.ask("DELETE", f"/keys/{revoked}", status=204)
        there.ask("GET", "/me", status=401)
        there_old.get("/me")
        rotated(one, rotated_key)
        there_old.ask("GET", "/me", status=401)


def test_a_key_is_found_by_its_secret_without_looking_at_the_others(firm: Served) -> None:
    with firm.context.log.engine.connect() as connection:
        query = _BY_SECRET.params(secret_hash=b"\0" * 32).compile(connection.engine)
        plan = connection.execute(text("EXPLAIN QUERY PLAN " + str(query).replace("?", "x''"))).all()
    steps = [row[-1] for row in plan]
    assert any("USING INDEX" in step for step in steps)
    assert not any(step.startswith("SCAN") for step in steps)


def test_the_last_use_of_a_key_is_written_aside_and_now_and_then(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.stores, "USES_SAVED_EVERY_SECONDS", 0.2)
    with served(data_dir) as firm:
        key, caller = made(firm)
        written: list[Any] = []
        flush = KeyUses.flush

        def counted(uses: KeyUses, log: Log) -> None:
            written.append(log)
            flush(uses, log)

        monkeypatch.setattr(KeyUses, "flush", counted)
        for _ in range(20):
            caller.get("/me")
            firm.context.key_uses.note(UUID(key), firm.context.now())
        assert len(written) < 20  # not one a request
        for _ in range(100):
            answer = firm.admin.get(f"/keys/{key}")["last_used_at"]
            if answer is not None:
                return
        raise AssertionError("the use was not noted")
