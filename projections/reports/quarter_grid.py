"""The portfolio as a grid, with one row per client and one column per quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from domain.quarters import FIRST_DAY, Quarter
from domain.seats import Structure
from domain.timeline import is_within
from projections.client_filter import clients_where, day_in
from projections.columnar.counts import engaged_clients
from projections.profiles import CLIENTS, PROFILES, NamePosition, after_name, name_and_profile
from projections.read_model import id_in, known_at_instant
from projections.reports.by_client import FiguresByClient
from projections.reports.question import ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot
from projections.spans import STRUCTURE_SPANS

ROWS_AT_ONCE = 200
"""The number of clients fetched at once, if the columnar cache has which of them are engaged."""

Span: TypeAlias = tuple[date, date | None, Structure]


Look: TypeAlias = tuple[Quarter, date, bool]
"""A quarter, the day that represents it, and whether it is planned."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A client's structure at a quarter's end (on `as_of` in the current quarter); null without an open engagement.

    `changed`: it differs from the end of the previous quarter; `planned`: the quarter starts after `as_of`.
    """

    quarter: Quarter
    structure: Structure | None
    changed: bool
    planned: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """One client's cells, one per quarter."""

    client: UUID
    slug: str
    name: str
    cells: tuple[GridCell, ...]


@dataclass(frozen=True, slots=True)
class QuarterGrid:
    """The clients engaged on some day of the quarters, by name; `next` is the position after which more follow."""

    question: ReportQuestion
    rows: tuple[GridRow, ...]
    next: NamePosition | None


def quarter_grid(
    snapshot: Snapshot, question: ReportQuestion, *, limit: int | None = None, after: NamePosition | None = None
) -> QuarterGrid:
    """Each client's structure at each quarter's end; `limit` null gives all clients."""
    name, client, span = PROFILES.c.sort_name, PROFILES.c.stream_id, STRUCTURE_SPANS.c
    columns = snapshot.columns if limit is not None else None
    query = (
        select(client, name, PROFILES.c.content, CLIENTS.c.slug)
        .join_from(PROFILES, CLIENTS, client == CLIENTS.c.stream_id)
        .where(
            clients_where(
                question.filters,
                as_of=question.as_of,
                known_at=question.known_at,
                visible=question.visible,
            )
        )
        .order_by(name, client)
    )
    if after is not None:
        query = query.where(after_name(after))
    if columns is not None and limit is not None:
        engaged = engaged_clients(columns, question, question.start, question.end)
        with snapshot.connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)) as clients:
            client_rows = list(islice((row for row in clients if engaged(row.stream_id)), limit + 1))
    else:
        of_spans = select(span.client_id).where(*_during(question, question.start))
        client_rows = list(
            snapshot.connection.execute(query.where(client.in_(of_spans)).limit(None if limit is None else limit + 1))
        )
    shown = client_rows[:limit]
    spans: dict[UUID, list[Span]] = {row.stream_id: [] for row in shown}
    of_clients = select(span.client_id, span.starts_on, span.ends_on, span.structure).where(
        *_during(question, _day_before(question))
    )
    if limit is not None:
        of_clients = of_clients.where(id_in(span.client_id, spans))
    for owner, start, end, structure in snapshot.connection.execute(of_clients):
        if owner in spans:
            spans[owner].append((start, end, structure))
    day_before, as_of = _day_before(question), question.as_of
    looks = [(quarter, day_in(quarter, as_of), quarter.start > as_of) for quarter in question.quarters]
    rows = tuple(
        GridRow(
            client=row.stream_id,
            slug=row.slug,
            name=name_and_profile(row.content)[0],
            cells=_cells(spans[row.stream_id], day_before, looks),
        )
        for row in shown
    )
    more = limit is not None and len(client_rows) > limit
    return QuarterGrid(question, rows, (shown[-1].sort_name, shown[-1].stream_id) if more else None)


def _during(question: ReportQuestion, first_day: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions on structure spans: known, and overlapping the days from `first_day` to the last quarter's end."""
    span = STRUCTURE_SPANS.c
    return (
        known_at_instant(STRUCTURE_SPANS, question.known_at),
        span.starts_on <= question.end,
        or_(span.ends_on.is_(None), span.ends_on > first_day),
    )


def _day_before(question: ReportQuestion) -> date:
    """The day that represents the quarter before the first one."""
    first = question.bounds[0]
    return first.start if first.start <= FIRST_DAY else day_in(first.previous, question.as_of)


def _cells(spans: Sequence[Span], day_before: date, looks: Sequence[Look]) -> tuple[GridCell, ...]:
    cells = []
    before = _structure_on(spans, day_before)
    for quarter, day, planned in looks:
        structure = _structure_on(spans, day)
        cells.append(GridCell(quarter, structure, structure is not before, planned))
        before = structure
    return tuple(cells)


def _structure_on(spans: Sequence[Span], day: date) -> Structure | None:
    return next((structure for start, end, structure in spans if is_within(start, end, day)), None)


def structures_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Each client's structure at the end of each quarter."""
    return {
        row.client: {str(cell.quarter): str(cell.structure) for cell in row.cells if cell.structure is not None}
        for row in quarter_grid(snapshot, question).rows
    }


def row_at_quarter_end(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1`: the clients with a structure at the end of that quarter."""
    return RowQuery(question.in_quarter(name), structures_by_client)


def _table(answer: QuarterGrid, names: Names) -> Table:
    """One row per client, one column per quarter."""
    labels = (quarter.label for quarter in answer.question.quarters)
    rows = ((row.name, row.slug, *(cell.structure for cell in row.cells)) for row in answer.rows)
    return Table(("client", "slug", *labels), rows)


REPORT = Report("quarter-grid", quarter_grid, structures_by_client, _table, row_at_quarter_end)
