"""Planned transitions, entries and exits after `as_of`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.quarters import Quarter, quarter_of
from domain.seats import Structure
from projections.profiles import names_of
from projections.read_model import known_at_instant
from projections.reports.by_client import FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached
from projections.spans import TRANSITIONS


@dataclass(frozen=True, slots=True)
class PlanRow:
    """Transitions planned for a quarter; `before` is null for clients that enter, `after` for clients that leave.

    `clients` counts each client once, `times` every transition; `first_on` is the day of the earliest.
    """

    quarter: Quarter
    before: Structure | None
    after: Structure | None
    clients: int
    times: int
    first_on: date
    link: Link


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """One planned transition; `name` is the client's on `as_of`."""

    client: UUID
    name: str
    engagement: UUID
    on: date
    quarter: Quarter
    before: Structure | None
    after: Structure | None
    milestone: UUID


@dataclass(frozen=True, slots=True)
class Plan:
    """All planned transitions, by quarter and structure; `moves` lists the earliest ones, by day."""

    question: ReportQuestion
    rows: tuple[PlanRow, ...]
    moves: tuple[PlannedMove, ...]


@cached
def plan(snapshot: Snapshot, question: ReportQuestion, *, moves: int = 50) -> Plan:
    """Count the transitions after `as_of` by quarter, within the question's first and last quarter if given."""
    planned = _planned(snapshot, question)
    rows = defaultdict(list)
    for move in planned:
        rows[_quarter(move, question), move.before, move.after].append(move)
    link = question.link_to_row("plan", with_quarters=True)
    return Plan(
        question,
        tuple(
            PlanRow(
                quarter=quarter,
                before=before,
                after=after,
                clients=len({move.client_id for move in same}),
                times=len(same),
                first_on=same[0].made_on,
                link=link(_name(quarter, before, after)),
            )
            for (quarter, before, after), same in sorted(rows.items(), key=_place)
        ),
        _first_moves(snapshot, planned[:moves], question),
    )


def plan_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The number of each client's planned transitions, by row."""
    figures: dict[UUID, Counter[str]] = defaultdict(Counter)
    for move in _planned(snapshot, question):
        figures[move.client_id][_name(_quarter(move, question), move.before, move.after)] += 1
    return figures


def _planned(snapshot: Snapshot, question: ReportQuestion) -> Sequence[Any]:
    table = TRANSITIONS.c
    query = (
        select(table.client_id, table.stream_id, table.made_on, table.before, table.after, table.milestone_id)
        .where(
            known_at_instant(TRANSITIONS, question.known_at),
            table.made_on > question.as_of,
            question.includes(table.client_id),
        )
        .order_by(table.made_on, table.client_id, table.after.is_not(None))
    )
    if question.first is not None:
        query = query.where(table.made_on >= question.first.start)
    if question.last is not None:
        query = query.where(table.made_on <= question.last.end)
    return snapshot.connection.execute(query).all()


def _first_moves(snapshot: Snapshot, planned: Sequence[Any], question: ReportQuestion) -> tuple[PlannedMove, ...]:
    clients = {move.client_id for move in planned}
    names = names_of(snapshot, clients, as_of=question.as_of, known_at=question.known_at)
    return tuple(
        PlannedMove(
            client=move.client_id,
            name=names[move.client_id],
            engagement=move.stream_id,
            on=move.made_on,
            quarter=_quarter(move, question),
            before=move.before,
            after=move.after,
            milestone=move.milestone_id,
        )
        for move in planned
    )


def _name(quarter: Quarter, before: Structure | None, after: Structure | None) -> str:
    return f"{quarter}.{before or 'null'}.{after or 'null'}"


def _quarter(move: Any, question: ReportQuestion) -> Quarter:
    return quarter_of(move.made_on, question.fiscal_year_start_month)


def _place(row: tuple[tuple[Quarter, Structure | None, Structure | None], object]) -> tuple[object, ...]:
    """The sort key of a row: within a quarter, entries first and exits last."""
    quarter, before, after = row[0]
    structures = list(Structure)
    return (
        quarter,
        -1 if before is None else structures.index(before),
        len(structures) if after is None else structures.index(after),
    )


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """`2027-Q1.ai_only.null`: the transitions planned for a quarter, from one structure to another."""
    return RowQuery(question.in_quarter(name.partition(".")[0]), plan_by_client)


def _table(answer: Plan, names: Names) -> Table:
    rows = ((row.quarter.label, row.before, row.after, row.clients, row.times, row.first_on) for row in answer.rows)
    return Table(("quarter", "from", "to", "clients", "times", "first_on"), rows)


REPORT = Report("plan", plan, plan_by_client, _table, _row, is_bounded=False, has_wildcards=True)
