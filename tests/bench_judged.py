"""How fast reports answer that judge each client in Python: first, again, after a recording, and as known earlier.

`SEATLINE_BENCH_CLIENTS` says how many clients there are (`1000,10000` unless told; 100000 take minutes to make), and
`SEATLINE_BENCH_FOLDER` where generated stores are kept for the next run. The floor is a count in SQL of the same store.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from bench_reports import ASKED, PAGE, SCOPE, TODAY, store

from api.context import AppContext
from api.state.people import OWNER
from domain.decisions import Log
from domain.kinds.agreements import AlignmentHeld
from projections.client_rows import client_rows
from projections.judgements import judged
from projections.log.entries import from_microseconds
from projections.reports.advice import advice_report
from projections.reports.catalog import judgements
from projections.reports.drift import drift_report
from projections.reports.governance import governance
from projections.reports.outcomes import outcomes
from projections.reports.question import ReportQuestion
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
