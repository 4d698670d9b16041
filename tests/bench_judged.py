"""How fast reports answer that judge each client in Python: first, again, after a recording, and as known earlier.

`SEATLINE_BENCH_CLIENTS` says how many clients there are (`1000,10000` unless told; 100000 take minutes to make), and
`SEATLINE_BENCH_FOLDER` where generated stores are kept for the next run. The floor is a count in SQL of the same store.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from bench_reports import ASKED, PAGE, SCOPE, TODAY, answer_time, memory_of, serving, store

from api.context import AppContext
from api.state.keys import create_key
from api.state.people import OWNER
from api.state.roles import Role
from api.state.secrets import new_api_key
from domain.decisions import Log
from domain.kinds.agreements import AlignmentHeld
from projections.client_rows import client_rows
from projections.columnar import FROM_CLIENTS
from projections.judgements import judged
from projections.log.entries import from_microseconds
from projections.reports.advice import advice_report
from projections.reports.catalog import judgements
from projections.reports.drift import drift_report
from projections.reports.governance import governance
from projections.reports.outcomes import outcomes
from projections.reports.paths import paths
from projections.reports.question import ReportQuestion
from projections.reports.revenue import revenue
from projections.reports.watch_list import watch_list
from projections.snapshot import Snapshot
from web.settings import Settings
from web.stores import open_context

__all__ = ["store"]  # a fixture

SIZES = [int(size) for size in os.environ.get("SEATLINE_BENCH_CLIENTS", "1000,10000").split(",")]
RECORDINGS = 5
REPORTS: Mapping[str, tuple[Callable[..., object], ReportQuestion, Mapping[str, int]]] = {
    "watch list": (watch_list, SCOPE, {"limit": PAGE}),
    "governance": (governance, ASKED, {"limit": PAGE}),
    "outcomes": (outcomes, SCOPE, {"limit": PAGE}),
    "advice": (advice_report, ASKED, {}),
    "drift": (drift_report, ASKED, {"limit": PAGE}),
    "revenue": (revenue, ASKED, {}),
    "paths": (paths, SCOPE, {"limit": PAGE}),
}


@pytest.mark.parametrize("store", SIZES, indirect=True)
def bench_reports_that_judge_clients(store: Path) -> None:
    clients = int(store.name)
    with open_context(Settings(data=store)) as context:
        wanted = judgements(context.thresholds)
        with context.views.reading() as snapshot:
            reading = took(lambda: [(rows.milestones, rows.seats, rows.profiles) for rows in client_rows(snapshot)])
            print(f"\n{clients:,} clients; reading their rows {1000 * reading / clients:.0f} microseconds each")
            for judgement in wanted:
                spent = took(lambda judgement=judgement: judged(snapshot, judgement))  # type: ignore[misc]
                rows = judged(snapshot, judgement)
                print(
                    f"  {judgement.name:12} judged first {1000 * spent / clients:5.0f} microseconds each "
                    f"({spent / reading:.1f} times reading), {len(rows):9,} rows, {rows.weight / 1e6:6.1f} MB"
                )
            floor = median(took(lambda: floor_of(snapshot)) for _ in range(RECORDINGS))
            instant = snapshot.connection.execute(sa.text("SELECT recorded_at FROM read_models LIMIT 1")).scalar_one()
        earlier = from_microseconds(instant) - timedelta(days=30)
        for name in REPORTS:
            with context.views.reading() as snapshot:
                first, again = (took(lambda name=name: ask(snapshot, name)) for _ in range(2))  # type: ignore[misc]
                known = took(lambda name=name: ask(snapshot, name, earlier))  # type: ignore[misc]
            after = []
            for number in range(RECORDINGS):
                record(context, number)
                with context.views.reading() as snapshot:
                    after.append(took(lambda name=name: ask(snapshot, name)))  # type: ignore[misc]
            print(
                f"{name:12} first {first:6.0f} ms ({first / floor:5.1f}x), again {again:5.2f} ms, after a recording "
                f"{median(after):6.0f} ms ({median(after) / floor:5.1f}x); known a month ago {known:7.0f} ms"
            )
        print(f"floor, a count in SQL: {floor:.1f} ms")


@pytest.mark.parametrize("store", SIZES, indirect=True)
def bench_reports_that_judge_clients_over_http(store: Path) -> None:
    """On a server as it is started by hand, by the clock and in work of the server; the floor is one client.

    Early instants are asked after every client has been judged as known at every instant, in the background.
    """
    clients = int(store.name)
    with open_context(Settings(data=store)) as context, context.views.reading() as snapshot:
        instant = snapshot.connection.execute(sa.text("SELECT recorded_at FROM read_models LIMIT 1")).scalar_one()
        engagements = open_engagements(snapshot, len(OVER_HTTP) * (RECORDINGS + 1))
        some = [UUID(bytes=one) for (one,) in snapshot.connection.execute(sa.text(SOME_CLIENTS), {"n": SEEN})]
        key, limited = new_key(context, None), new_key(context, some)
    print(f"\n{clients:,} clients over HTTP: milliseconds by the clock (of the processor)")
    with serving(store) as (port, process):

        def asked(path: str, *, caller: str = key) -> str:
            used = worked_by(process)
            milliseconds = answer_time(port, caller, path)
            return f"{milliseconds:,.0f} ({1000 * (worked_by(process) - used):,.0f})"

        def known(days: int) -> str:
            return f"&known_at={from_microseconds(instant) - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"

        print(f"  memory before the first question {memory_of(process):.0f} MB")
        print(f"  floor, one client: {asked('/clients?limit=1')}, again {asked('/clients?limit=1')}")
        for name, path in OVER_HTTP.items():
            print(f"  {name:12} first {asked(path)}, again {asked(path)}")
        if clients >= FROM_CLIENTS:
            begun, used = perf_counter(), worked_by(process)
            while not are_histories_complete(store):
                sleep(1)
            waited, worked = perf_counter() - begun, worked_by(process) - used
            print(f"  judged as known at every instant in {waited:.0f} s ({worked:.0f} s), {memory_of(process):.0f} MB")
        for name, path in OVER_HTTP.items():
            filtered = f"{path}&structure=fractional_pair"
            after = []
            for _ in range(RECORDINGS):
                issue_registry(port, key, engagements.pop())
                after.append(asked(path))
            print(f"  {name:12} after a recording {', '.join(after)}; again {asked(path)}")
            issue_registry(port, key, engagements.pop())
            print(f"  {'':12} filtered, after a recording {asked(filtered)}, again {asked(filtered)}", end="; ")
            print(f"{len(some):,} visible {asked(path, caller=limited)}, again {asked(path, caller=limited)}")
            for days in (1, 30, 100, 700):
                print(f"  {'':12} known {days} days ago {asked(path + known(days))}", end="")
                print(f", again {asked(path + known(days))}, filtered {asked(filtered + known(days))}")
            print(f"  {'':12} memory {memory_of(process):.0f} MB")


SEEN = 2_000
"""The clients that a limited caller may see."""

SOME_CLIENTS = "SELECT DISTINCT stream_id FROM clients WHERE known_to IS NULL LIMIT :n"


def new_key(context: AppContext, clients: list[UUID] | None) -> str:
    """A key that may record, for all clients or some."""
    key, at = new_api_key(), context.now()
    context.log.write(
        lambda c: create_key(
            c, context.new_id(), "bench", Role.RECORDER, clients, key, made_by=OWNER, made_at=at, expires_at=None
        )
    )
    return key


def are_histories_complete(store: Path) -> bool:
    """Whether every client is judged as known at every instant."""
    with closing(sqlite3.connect(f"file:{store}/views.db?mode=ro", uri=True)) as views, suppress(sqlite3.Error):
        abouts = [json.loads(about) for (about,) in views.execute("SELECT about FROM judged_histories")]
        return len(abouts) == len(OVER_HTTP) and all(about["is_complete"] for about in abouts)
    return False


OVER_HTTP = {
    "watch list": f"/reports/watch-list?as_of={TODAY}&limit={PAGE}",
    "governance": f"/reports/governance?as_of={TODAY}&limit={PAGE}",
    "outcomes": f"/reports/outcomes?as_of={TODAY}&limit={PAGE}",
    "advice": f"/reports/advice?as_of={TODAY}",
    "drift": f"/reports/drift?as_of={TODAY}&limit={PAGE}",
    "revenue": f"/reports/revenue?as_of={TODAY}",
    "paths": f"/reports/paths?as_of={TODAY}&limit={PAGE}",
}


def open_engagements(snapshot: Snapshot, count: int) -> list[UUID]:
    """So many engagements that are open."""
    query = "SELECT stream_id FROM status_spans WHERE known_to IS NULL AND ends_on IS NULL AND status = 'open' LIMIT :n"
    return [UUID(bytes=stream) for (stream,) in snapshot.connection.execute(sa.text(query), {"n": count})]


def issue_registry(port: int, key: str, engagement: UUID) -> None:
    """Record one more deliverable."""
    issued = {"kind": "deliverable_issued", "deliverable": "model_registry", "function": "ai"}
    issued["effective_on"] = f"{TODAY - timedelta(days=1)}"
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/engagements/{engagement}/milestones", json.dumps(issued), headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


def worked_by(process: int) -> float:
    """The processor seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(snapshot: Snapshot, name: str, known_at: datetime | None = None) -> object:
    report, question, page = REPORTS[name]
    asked = ReportQuestion(question.first, question.last, question.as_of, known_at)
    return report(snapshot, asked, **page)


def floor_of(snapshot: Snapshot) -> object:
    """How many clients have each structure on the day."""
    return snapshot.connection.exec_driver_sql(
        "SELECT structure, count(*) FROM structure_spans WHERE known_to IS NULL "  # noqa: S608
        f"AND starts_on <= {TODAY.toordinal()} AND (ends_on IS NULL OR ends_on > {TODAY.toordinal()}) GROUP BY 1"
    ).fetchall()


def record(context: AppContext, number: int) -> None:
    """One more meeting at some client."""
    with context.views.reading() as snapshot:
        query = "SELECT stream_id FROM status_spans WHERE known_to IS NULL AND ends_on IS NULL LIMIT 1 OFFSET :number"
        (engagement,) = snapshot.connection.execute(sa.text(query), {"number": 37 * number}).one()
    meeting = Log(uuid4(), TODAY - timedelta(days=1), AlignmentHeld((OWNER,)))
    context.log.engagements.run(lambda unit: unit.change(UUID(bytes=engagement), [meeting], recorded_by=OWNER))


def took(work: Callable[[], object]) -> float:
    """Milliseconds of processor time: what others do on the machine does not count."""
    begun = process_time()
    work()
    return 1000 * (process_time() - begun)
