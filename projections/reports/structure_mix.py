"""The number of clients by structure at the end of each quarter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from domain.quarters import Quarter
from domain.seats import Structure
from projections.client_filter import day_in
from projections.columnar.counts import count_structures
from projections.read_model import known_at_instant
from projections.reports.buckets import bucket
from projections.reports.quarter_grid import row_at_quarter_end, structures_by_client
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, Table
from projections.snapshot import Snapshot
from projections.spans import STRUCTURE_SPANS


@dataclass(frozen=True, slots=True)
class MixRow:
    """The number of clients with a structure at a quarter's end (on `as_of` in the current quarter)."""

    quarter: Quarter
    structure: Structure
    clients: int
    planned: bool
    link: Link


@dataclass(frozen=True, slots=True)
class StructureMix:
    """The structures with clients in each quarter, by quarter and structure."""

    question: ReportQuestion
    rows: tuple[MixRow, ...]


def structure_mix(snapshot: Snapshot, question: ReportQuestion) -> StructureMix:
    """Count clients by structure at each quarter's end; clients without an open engagement are left out."""
    quarters = question.quarters
    days = [day_in(quarter, question.as_of) for quarter in quarters]
    if snapshot.columns is None:
        counts = _structures_on(snapshot, question, days)
    else:
        counts = count_structures(snapshot.columns, question, days)
    return StructureMix(
        question,
        tuple(
            MixRow(
                quarter=quarter,
                structure=structure,
                clients=clients,
                planned=quarter.start > question.as_of,
                link=question.link(quarter=quarter, quarter_structure=structure),
            )
            for number, quarter in enumerate(quarters)
            for structure in Structure
            if (clients := counts[number, structure])
        ),
    )


def _structures_on(
    snapshot: Snapshot, question: ReportQuestion, days: Sequence[date]
) -> Counter[tuple[int, Structure]]:
    """The number of clients by structure on each of the days, by the index of the day."""
    span = STRUCTURE_SPANS.c
    # a span contains the days from the first one not before its start to the last one before its end
    first, after = bucket(span.starts_on, days).label("first"), bucket(span.ends_on, days).label("after")
    query = (
        select(span.structure, first, after, func.count())
        .where(
            known_at_instant(STRUCTURE_SPANS, question.known_at),
            span.starts_on <= days[-1],
            or_(span.ends_on.is_(None), span.ends_on > days[0]),
            question.includes(span.client_id),
        )
        .group_by(span.structure, first, after)
    )
    counts: Counter[tuple[int, Structure]] = Counter()
    for structure, begin, end, clients in snapshot.connection.execute(query):
        for number in range(begin, end):
            counts[number, structure] += clients
    return counts


def _table(answer: StructureMix, names: Names) -> Table:
    rows = ((row.quarter.label, row.structure, row.clients, row.planned) for row in answer.rows)
    return Table(("quarter", "structure", "clients", "planned"), rows)


REPORT = Report("structure-mix", structure_mix, structures_by_client, _table, row_at_quarter_end)
