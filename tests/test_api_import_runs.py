"""A file is recorded in the background: its progress can be followed, and what failed recorded nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from api_client import Served, served
from holding_up import HeldUp
from patience import wait_until
from test_api_import import STORY, lines

from api.imports.runs import MOST_AT_ONCE
from api.state.audit import Act
from api.state.import_runs import (
    KEPT_FOR,
    LEASE,
    ImportRun,
    RunStatus,
    extend_run,
    find_run,
    list_runs,
    store_run,
)
from api.state.tables import import_runs

JSON_LINES = {"Content-Type": "application/x-ndjson"}
ASYNC = {**JSON_LINES, "Prefer": "wait=5, Respond-Async"}
ENDED = ("recorded", "partial", "failed")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("runs")) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def either(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Served]:
    with served(data_dir if request.param == "sqlite" else request.getfixturevalue("postgres_store")) as running:
        yield running


def begin(
    firm: Served, content: bytes, query: str = "", status: int = 202, headers: Mapping[str, str] | None = None
) -> Any:
    sent = {**ASYNC, **(headers or {})}
    return firm.admin.ask("POST", f"/imports{query}", status=status, content=content, headers=sent)


def ended(firm: Served, import_id: str) -> Any:
    wait_until(lambda: firm.admin.get(f"/imports/{import_id}")["status"] in ENDED)
    return firm.admin.get(f"/imports/{import_id}")


def people(*names: str) -> bytes:
    return lines(*({"type": "person", "ref": name, "name": name, "employer": "firm"} for name in names))


def stored(firm: Served, **fields: Any) -> ImportRun:
    """A run that no process works on."""
    run = replace(ImportRun(uuid4(), 9, firm.context.new_id(), firm.context.now()), **fields)
    firm.context.log.write(lambda connection: store_run(connection, run))
    return run


def lapse(firm: Served, run: ImportRun) -> None:
    """The server of the run has stopped, longer ago than its lease."""
    past = firm.context.now() - LEASE
    change = import_runs.update().where(import_runs.c.id == run.id).values(until=past)
    firm.context.log.write(lambda connection: connection.execute(change))


def test_a_file_is_recorded_in_the_background_and_then_shown_like_any_import(either: Served) -> None:
    answer = begin(either, lines(*STORY))
    begun = answer.json()
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"] == f"/api/v1/imports/{begun['id']}"
    assert (begun["status"], begun["progress"]) == ("recording", {"done": 0, "total": len(STORY)})
    shown = ended(either, begun["id"])
    assert (shown["status"], shown["progress"], shown["problem"]) == (
        "recorded",
        {"done": len(STORY), "total": len(STORY)},
        None,
    )
    assert [row["outcome"] for row in shown["rows"]] == ["new"] * len(STORY)
    assert [item["id"] for item in either.admin.get("/imports")["items"]] == [begun["id"]]
    acts = either.admin.get("/audit")["items"]
    assert [act["subject"] for act in acts if act["kind"] == Act.IMPORT_CARRIED_OUT] == [begun["id"]]
    assert either.admin.post(f"/imports/{begun['id']}/undo", {"reason": "a trial"})["status"] == "undone"


def test_a_refused_file_fails_with_its_rows_and_records_nothing(firm: Served) -> None:
    head = firm.context.log.head()
    content = people("Ivo") + lines({"type": "client", "ref": "c9"})
    shown = ended(firm, begin(firm, content).json()["id"])
    assert (shown["status"], shown["problem"]["type"]) == ("failed", "/problems/import-refused")
    assert [row["outcome"] for row in shown["rows"]] == ["new", "refused"]
    assert firm.context.log.head() == head
    assert firm.admin.get("/people?q=Ivo")["items"] == []
    partly = ended(firm, begin(firm, content, "?partial=true").json()["id"])
    assert (partly["status"], partly["problem"]) == ("partial", None)


def test_one_key_records_once_and_gets_the_same_answer(firm: Served) -> None:
    first, again = (begin(firm, people("Noor"), headers={"Idempotency-Key": "noor"}) for _ in range(2))
    assert (first.content, first.headers["Location"]) == (again.content, again.headers["Location"])
    ended(firm, first.json()["id"])
    assert begin(firm, people("Noor"), headers={"Idempotency-Key": "noor"}).content == first.content
    begin(firm, people("Tom"), status=422, headers={"Idempotency-Key": "noor"})
    assert len(firm.admin.get("/people?q=Noor")["items"]) == 1


def test_a_preview_and_a_file_that_cannot_be_read_are_answered_at_once(firm: Served) -> None:
    assert begin(firm, people("Ada"), "?dry_run=true", 200).json()["status"] == "preview"
    begin(firm, b"a,b\n1,2\n", "", 422, headers={"Content-Type": "text/csv"})
    answer = firm.admin.ask("POST", "/imports", content=people("Ada"), headers={**JSON_LINES, "Prefer": "wait=9"})
    assert (answer.status_code, "Preference-Applied" in answer.headers) == (201, False)


def test_what_a_stopped_server_recorded_is_said_to_have_failed_and_never_recorded_later(either: Served) -> None:
    run = stored(either)
    lapse(either, run)
    either.context.import_runs.beat()
    shown = either.admin.get(f"/imports/{run.id}")
    assert (shown["status"], shown["problem"]["type"]) == ("failed", "/problems/import-interrupted")
    assert not either.context.log.write(lambda connection: extend_run(connection, run.id, 5, at=either.context.now()))


def test_on_postgres_a_run_of_another_server_goes_on_while_that_extends_it(postgres_store: str) -> None:
    with served(postgres_store) as firm:
        run = stored(firm)
        firm.context.import_runs.beat()
        assert firm.admin.get(f"/imports/{run.id}")["status"] == "recording"
        firm.context.log.write(lambda connection: extend_run(connection, run.id, 4, at=firm.context.now()))
        assert firm.admin.get(f"/imports/{run.id}")["progress"] == {"done": 4, "total": 9}


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldUp]:
    holding = HeldUp(monkeypatch)
    yield holding
    holding.goes_on.set()


def test_progress_is_shown_and_outlives_the_request(firm: Served, slow: HeldUp) -> None:
    import_id = begin(firm, people("Zoe", "Max")).json()["id"]
    slow.reached.wait(60)
    assert firm.admin.get(f"/imports/{import_id}")["progress"] == {"done": 1, "total": 2}
    firm.context.import_runs.beat()
    with firm.context.log.engine.connect() as connection:
        run = find_run(connection, UUID(import_id))
    assert run is not None
    assert (run.done, run.status) == (1, RunStatus.RECORDING)
    slow.goes_on.set()
    assert ended(firm, import_id)["status"] == "recorded"


def test_a_run_that_was_said_to_have_failed_records_nothing_later(either: Served, slow: HeldUp) -> None:
    import_id = begin(either, people("Lea")).json()["id"]
    slow.reached.wait(60)
    fail = import_runs.update().where(import_runs.c.id == UUID(import_id)).values(status="failed", problem={})
    either.context.log.write(lambda connection: connection.execute(fail))
    slow.goes_on.set()
    either.context.import_runs.wait(UUID(import_id), 60)
    assert either.admin.get(f"/imports/{import_id}")["status"] == "failed"
    assert either.admin.get("/people?q=Lea")["items"] == []


def test_more_imports_than_a_server_keeps_in_memory_are_to_be_sent_later(firm: Served, slow: HeldUp) -> None:
    begun = [begin(firm, people(f"Waiting {number}")).json()["id"] for number in range(MOST_AT_ONCE)]
    refused = begin(firm, people("One more"), status=503)
    assert refused.json()["type"] == "/problems/imports-busy"
    assert int(refused.headers["Retry-After"]) > 0
    slow.goes_on.set()
    assert {ended(firm, import_id)["status"] for import_id in begun} == {"recorded"}


def test_a_server_that_stops_says_that_nothing_was_recorded(data_dir: Path, slow: HeldUp) -> None:
    with served(data_dir) as firm:
        first, second = (begin(firm, people(name)).json()["id"] for name in ("Ana", "Eva"))
        slow.reached.wait(60)
        firm.context.closing.set()
        slow.goes_on.set()
    with served(data_dir) as again:
        for import_id in (first, second):
            shown = again.admin.get(f"/imports/{import_id}")
            assert (shown["status"], shown["problem"]["type"]) == ("failed", "/problems/import-interrupted")
        assert again.admin.get("/people?q=Ana")["items"] == []


def test_failures_are_shown_for_a_day(firm: Served) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC)
    old = stored(firm, made_at=now)
    firm.context.import_runs.beat()
    with firm.context.log.engine.connect() as connection:
        assert old.id in {run.id for run in list_runs(connection, at=now + timedelta(hours=1))}
        assert old.id not in {run.id for run in list_runs(connection, at=now + KEPT_FOR + timedelta(hours=1))}
    stored(firm)
    with firm.context.log.engine.connect() as connection:
        assert find_run(connection, old.id) is None
    firm.context.import_runs.beat()
