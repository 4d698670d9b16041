"""How fast a portfolio is counted, over HTTP and in the program, beside DuckDB on the same spans in the same run.

`SEATLINE_BENCH_CLIENTS` says how many clients there are (`36,2000` unless told; 100000 take minutes to make), and
`SEATLINE_BENCH_FOLDER` where generated stores are kept for the next run.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pytest
import sqlalchemy as sa
from load import wait_for

from api.state.keys import create_key
from api.state.people import OWNER
from api.state.roles import Role
from api.state.secrets import new_api_key
from domain.seats import Structure
from projections.columnar.append_only_table import ALWAYS, FOREVER
from projections.log.entries import from_microseconds, microseconds
from projections.reports.capacity import capacity
from projections.reports.drift import drift_report
from projections.reports.governance import governance
from projections.reports.outcomes import outcomes
from projections.reports.paths import paths
from projections.reports.plan import plan
from projections.reports.quarter_grid import quarter_grid
from projections.reports.question import ReportQuestion, last_quarters
from projections.reports.revenue import revenue
from projections.reports.structure_mix import structure_mix
from projections.reports.time_to import PAIRS, UNIFIED, TimeToEvent, time_to
from projections.reports.transitions import transitions
from projections.snapshot import Snapshot
from web.samples.generate import generate
from web.settings import Settings
from web.stores import open_context

TODAY = date(2026, 11, 22)
QUARTERS = 12
PAGE = 50
ROUNDS = 7
REQUESTS = 25
SIZES = [int(size) for size in os.environ.get("SEATLINE_BENCH_CLIENTS", "36,2000").split(",")]
FIRST, LAST = last_quarters(TODAY, 1, QUARTERS)
ASKED = ReportQuestion(FIRST, LAST, TODAY)
SCOPE = ReportQuestion(None, None, TODAY)


@pytest.fixture(params=SIZES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated store with its views."""
    environment = os.environ.get("SEATLINE_BENCH_FOLDER")
    folder = (Path(environment) if environment else tmp_path_factory.mktemp("stores")) / str(request.param)
    if not folder.exists():
        begun = perf_counter()
        events = generate(Settings(data=folder), request.param, 1, TODAY, lambda *_: None)
        seconds = perf_counter() - begun
        print(f"\n{request.param:,} clients: {events:,} events generated, {events / seconds:,.0f} a second")
    with open_context(Settings(data=folder)) as context:
        begun = perf_counter()
        context.views.catch_up()
        print(f"\nviews at the head of the log in {perf_counter() - begun:.1f} s")
    return folder


def bench_reports_beside_duckdb(store: Path) -> None:
    with open_context(Settings(data=store)) as context, context.views.reading() as snapshot:
        begun = perf_counter()
        structure_mix(snapshot, ASKED)
        transitions(snapshot, ASKED)
        print(f"\n{store.name} clients; first mix and transitions {perf_counter() - begun:.2f} s")
        duck = Duck(snapshot)
        instants = some_instants(snapshot)
        same_answers(snapshot, duck, instants)
        compare("mix", lambda at: structure_mix(snapshot, at_instant(at)), duck.mix, instants)
        compare("transitions", lambda at: transitions(snapshot, at_instant(at)), duck.transitions, instants)
        compare("grid page", lambda at: quarter_grid(snapshot, at_instant(at), limit=PAGE), duck.grid, instants)
        compare("time to split", lambda at: time_to(snapshot, scope_at(at), TimeToEvent.SPLIT), duck.time_to, instants)


def bench_reports_that_stay_in_sql(store: Path) -> None:
    """First, and once more; beside fetching the rows that they are made of without making anything of them."""
    print(f"\n{store.name} clients, in SQL")
    with open_context(Settings(data=store)) as context, context.views.reading() as snapshot:
        for name, (ask, tables) in IN_SQL.items():
            floor = took(lambda _, tables=tables: fetch(snapshot, tables), None)  # type: ignore[misc]
            first, again = (took(lambda _, ask=ask: ask(snapshot), None) for _ in range(2))  # type: ignore[misc]
            against = f"its rows alone {floor:7.0f} ({first / floor:.1f}x)"
            print(f"{name:14} first {first:7.0f} ms, {against}; again {again:.2f} ms")


def fetch(snapshot: Snapshot, tables: Sequence[str]) -> None:
    """All rows of some tables that are known now, as the driver gives them."""
    for table in tables:
        snapshot.connection.exec_driver_sql(f"SELECT * FROM {table} WHERE known_to IS NULL").cursor.fetchall()  # noqa: S608


IN_SQL: dict[str, tuple[Callable[[Snapshot], object], tuple[str, ...]]] = {
    "revenue": (lambda snapshot: revenue(snapshot, ASKED), ("seat_spans", "structure_spans", "status_spans")),
    "capacity": (
        lambda snapshot: capacity(snapshot, ASKED, people=PAGE),
        ("seat_spans", "status_spans", "reported_hours"),
    ),
    "paths": (lambda snapshot: paths(snapshot, SCOPE), ("structure_spans",)),
    "plan": (lambda snapshot: plan(snapshot, SCOPE), ("transitions",)),
    "drift": (lambda snapshot: drift_report(snapshot, ASKED, limit=PAGE), ("structure_spans", "profiles")),
    "governance": (lambda snapshot: governance(snapshot, ASKED, limit=PAGE), ("milestones", "seat_spans")),
    "outcomes": (lambda snapshot: outcomes(snapshot, SCOPE, limit=PAGE), ("milestones", "seat_spans")),
}


def bench_reports_over_http(store: Path) -> None:
    key = new_api_key()
    with open_context(Settings(data=store)) as context:
        with context.views.reading() as snapshot:
            instants = some_instants(snapshot)
        at = context.now()
        context.log.write(
            lambda c: create_key(
                c, context.new_id(), "bench", Role.VIEWER, None, key, made_by=OWNER, made_at=at, expires_at=None
            )
        )
    quarters = f"from={FIRST.label}&to={LAST.label}&as_of={TODAY}"
    paths = {
        "mix": f"/reports/structure-mix?{quarters}",
        "transitions": f"/reports/transitions?{quarters}",
        "grid page": f"/reports/quarter-grid?{quarters}&limit={PAGE}",
        "time to split": f"/reports/time-to?event=split&as_of={TODAY}",
    }
    whole = {
        "revenue": f"/reports/revenue?{quarters}",
        "capacity": f"/reports/capacity?{quarters}&limit={PAGE}",
        "paths": f"/reports/paths?as_of={TODAY}",
        "plan": f"/reports/plan?as_of={TODAY}",
        "drift": f"/reports/drift?{quarters}&limit={PAGE}",
        "watch list": f"/reports/watch-list?as_of={TODAY}&limit={PAGE}",
        "governance": f"/reports/governance?{quarters}&limit={PAGE}",
        "outcomes": f"/reports/outcomes?as_of={TODAY}&limit={PAGE}",
    }
    print(f"\n{store.name} clients over HTTP")
    with serving(store) as (port, process):
        idle = memory_of(process)
        for name, path in paths.items():
            first = answer_time(port, key, path)
            now = [answer_time(port, key, path) for _ in range(REQUESTS)]
            then = [answer_time(port, key, f"{path}&known_at={instant:%Y-%m-%dT%H:%M:%S.%fZ}") for instant in instants]
            print(
                f"{name:14} first {first:7.0f} ms; now p50 {median(now):6.1f}, p95 {p95(now):6.1f} ms;"
                f"  known at p50 {median(then):6.1f}, p95 {p95(then):6.1f} ms"
            )
        for name, path in whole.items():
            first, *again = [answer_time(port, key, path) for _ in range(1 + REQUESTS)]
            print(f"{name:14} first {first:7.0f} ms; again p50 {median(again):6.1f}, p95 {p95(again):6.1f} ms")
        print(f"memory: {idle:.0f} MB before the first question, {memory_of(process):.0f} MB after the last")


Question: TypeAlias = Callable[[datetime | None], object]


def compare(name: str, ours: Question, theirs: Question, instants: Sequence[datetime]) -> None:
    """Now, again and again; and at each of the instants once, none of which was asked of before."""
    nows: list[datetime | None] = [None] * ROUNDS
    now, duck_now = (median(took(question, at) for at in nows) for question in (ours, theirs))
    then, duck_then = (median(took(question, at) for at in instants) for question in (ours, theirs))
    print(
        f"{name:14} now {now:7.1f} ms, DuckDB {duck_now:7.1f} ({now / duck_now:.2f}x);"
        f"  known at {then:7.1f} ms, DuckDB {duck_then:7.1f} ({then / duck_then:.2f}x)"
    )


def at_instant(instant: datetime | None) -> ReportQuestion:
    return ReportQuestion(FIRST, LAST, TODAY, instant)


def scope_at(instant: datetime | None) -> ReportQuestion:
    return ReportQuestion(None, None, TODAY, known_at=instant)


def took(ask: Question, at: datetime | None) -> float:
    """Milliseconds."""
    begun = perf_counter()
    ask(at)
    return (perf_counter() - begun) * 1000


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[18]


def some_instants(snapshot: Snapshot) -> list[datetime]:
    """Instants in the past two years at which something was recorded, each asked once."""
    last = snapshot.connection.execute(sa.text("SELECT recorded_at FROM read_models LIMIT 1")).scalar_one()
    dice = Random(5)
    return [from_microseconds(last) - timedelta(seconds=dice.randrange(1, 700 * 86_400)) for _ in range(2 * ROUNDS)]


class Duck:
    """The same spans and transitions in DuckDB, in memory, and the same questions as its own SQL."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._duck = duckdb.connect()
        self._copy(snapshot, "structure_spans", ("structure", "starts_on", "ends_on"))
        self._copy(snapshot, "transitions", ("before", "after", "made_on"))
        names = snapshot.connection.execute(
            sa.text("SELECT stream_id, sort_name, starts_on, ends_on, known_from, known_to FROM profiles")
        ).all()
        columns = list(zip(*names, strict=True))
        self._table("profiles", ("client", "name", "starts_on", "ends_on", "known_from", "known_to"), columns)
        self._days = ", ".join(
            f"({n}, {(TODAY if q.contains(TODAY) else q.end).toordinal()})" for n, q in enumerate(ASKED.quarters)
        )

    def _copy(self, snapshot: Snapshot, table: str, own: tuple[str, ...]) -> None:
        rows = snapshot.connection.execute(
            sa.text(f"SELECT stream_id, client_id, known_from, known_to, {', '.join(own)} FROM {table}")  # noqa: S608
        ).all()
        self._table(table, ("stream", "client", "known_from", "known_to", *own), list(zip(*rows, strict=True)))

    def _table(self, name: str, columns: tuple[str, ...], stored: list[Any]) -> None:
        words = {str(word): code for code, word in enumerate(Structure)}
        numbers: dict[bytes, int] = self.__dict__.setdefault("_numbers", {})
        arrays: dict[str, Any] = {}
        for column, values in zip(columns, stored, strict=True):
            if column in ("stream", "client"):
                arrays[column] = np.array([numbers.setdefault(value, len(numbers)) for value in values], np.int32)
            elif column in ("structure", "before", "after"):
                arrays[column] = np.array([-1 if value is None else words[value] for value in values], np.int8)
            elif column.startswith("known"):
                arrays[column] = np.array([FOREVER if value is None else value for value in values], np.int64)
            elif column == "name":
                arrays[column] = np.array(values, object)
            else:
                arrays[column] = np.array([ALWAYS if value is None else value for value in values], np.int32)
        self._duck.register("given", arrays)
        self._ask(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608
        self._duck.unregister("given")

    def mix(self, at: datetime | None) -> list[tuple[int, int, int]]:
        days = [TODAY if quarter.contains(TODAY) else quarter.end for quarter in ASKED.quarters]
        rows = self._ask(
            f"SELECT structure, {bucket('starts_on', days)} AS first, {bucket('ends_on', days)} AS after, count(*) "  # noqa: S608
            f"FROM structure_spans WHERE {known_clause(at)} AND starts_on <= {days[-1].toordinal()} "
            f"AND ends_on > {days[0].toordinal()} GROUP BY 1, 2, 3"
        )
        counts: Counter[tuple[int, int]] = Counter()
        for structure, first, after, clients in rows:
            for number in range(first, after):
                counts[number, structure] += clients
        return sorted((*place, count) for place, count in counts.items())

    def transitions(self, at: datetime | None) -> list[tuple[int, int, int, int, int]]:
        first, last = FIRST.start.toordinal(), min(LAST.end, TODAY).toordinal()
        quarter = bucket("made_on", [quarter.end for quarter in ASKED.quarters])
        return self._ask(
            f"SELECT {quarter} AS n, before, after, count(DISTINCT client), count(*) FROM transitions "  # noqa: S608
            f"WHERE {known_clause(at)} AND made_on BETWEEN {first} AND {last} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )

    def grid(self, at: datetime | None) -> list[Any]:
        first, last = FIRST.start.toordinal(), LAST.end.toordinal()
        return self._ask(
            "WITH page AS (SELECT p.client, p.name FROM profiles p WHERE "  # noqa: S608
            f"{known_clause(at, 'p.')} AND p.starts_on <= {TODAY.toordinal()} AND p.ends_on > {TODAY.toordinal()} "
            f"AND EXISTS (SELECT 1 FROM structure_spans s WHERE s.client = p.client AND {known_clause(at, 's.')} "
            f"AND s.starts_on <= {last} AND s.ends_on > {first}) ORDER BY p.name, p.client LIMIT {PAGE}) "
            f"SELECT page.name, d.n, s.structure FROM page CROSS JOIN (VALUES {self._days}) d(n, day) "
            "LEFT JOIN structure_spans s ON s.client = page.client AND s.starts_on <= d.day AND s.ends_on > d.day "
            f"AND {known_clause(at, 's.')} ORDER BY page.name, d.n"
        )

    def time_to(self, at: datetime | None) -> list[tuple[int, bool, int]]:
        unified, pairs = (", ".join(str(list(Structure).index(word)) for word in words) for words in (UNIFIED, PAIRS))
        as_of = TODAY.toordinal()
        return self._ask(
            f"WITH s AS (SELECT * FROM structure_spans WHERE {known_clause(at)} AND starts_on <= {as_of}), "  # noqa: S608
            f"f AS (SELECT stream, min(starts_on) FILTER (WHERE structure IN ({unified})) AS u, max(ends_on) AS e "
            "FROM s GROUP BY 1), "
            f"h AS (SELECT f.stream, min(s.starts_on) AS h FROM f JOIN s ON s.stream = f.stream AND s.starts_on > f.u "
            f"AND s.structure IN ({pairs}) GROUP BY 1) "
            f"SELECT coalesce(h.h, least(f.e, {as_of})) - f.u AS days, h.h IS NOT NULL AS happened, count(*) "
            "FROM f LEFT JOIN h USING (stream) WHERE f.u IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
        )

    def _ask(self, query: str) -> list[Any]:
        return self._duck.execute(query).fetchall()


def bucket(column: str, bounds: Sequence[date]) -> str:
    """How many of these ascending bounds lie before a day."""
    cases = " ".join(f"WHEN {column} <= {bound.toordinal()} THEN {number}" for number, bound in enumerate(bounds))
    return f"CASE {cases} ELSE {len(bounds)} END"


def known_clause(at: datetime | None, of: str = "") -> str:
    if at is None:
        return f"{of}known_to = {FOREVER}"
    instant = microseconds(at)
    return f"{of}known_from <= {instant} AND {of}known_to > {instant}"


def same_answers(snapshot: Snapshot, duck: Duck, instants: list[datetime]) -> None:
    """Nobody is fast who counts something else."""
    words = {None: -1} | {word: code for code, word in enumerate(Structure)}
    quarters = {quarter: number for number, quarter in enumerate(ASKED.quarters)}
    for at in (None, instants[0]):
        mix = structure_mix(snapshot, at_instant(at)).rows
        assert sorted((quarters[r.quarter], words[r.structure], r.clients) for r in mix) == duck.mix(at)
        moves = transitions(snapshot, at_instant(at)).rows
        ours = sorted((quarters[r.quarter], words[r.before], words[r.after], r.clients, r.times) for r in moves)
        assert ours == duck.transitions(at)
        survival = time_to(snapshot, scope_at(at), TimeToEvent.SPLIT).survival
        counted = [(step.days, step.events, step.censored) for step in survival.steps if step.events or step.censored]
        theirs: dict[int, list[int]] = {}
        for days, happened, count in duck.time_to(at):
            theirs.setdefault(days, [0, 0])[0 if happened else 1] += count
        assert counted == [(days, *counts) for days, counts in sorted(theirs.items())]


@contextmanager
def serving(store: Path) -> Iterator[tuple[int, int]]:
    """The whole application as it is started by hand; its port, and the id of its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", "from web.cli import app; app()", "serve", "--data", str(store), "--port", str(port)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=60)


def answer_time(port: int, key: str, path: str) -> float:
    """Milliseconds from the question to the end of the answer, which is whole and right."""
    begun = perf_counter()
    snapshot = HTTPConnection("127.0.0.1", port, timeout=3600)
    snapshot.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {key}"})
    answer = snapshot.getresponse()
    body = answer.read()
    snapshot.close()
    seconds = perf_counter() - begun
    assert answer.status == 200, body[:300]
    assert json.loads(body)
    return seconds * 1000


def memory_of(process: int) -> float:
    """What a process has in memory, in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024
