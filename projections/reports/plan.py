"""Planned transitions, entries and exits after `as_of`, due dates on or after it, and what is overdue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from domain.due_dates import DueKind
from domain.quarters import Quarter, quarter_of
from domain.seats import Function, Structure
from projections.due_dates import DUE_DATES
from projections.profiles import names_of
from projections.read_model import known_at_instant, span_contains
from projections.reports.by_client import FiguresByClient
from projections.reports.move_groups import GROUPS, Move, groups_by_client
from projections.reports.planned_moves import PlannedMove, days_within, move_name, planned_rows, with_names
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached

OVERDUE: Final = "overdue"
"""The first part of the names of rows that count what is overdue."""


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
class DueRow:
    """Due dates of one kind in a quarter; `clients` counts each client once, `first_on` is the earliest day."""

    quarter: Quarter
    kind: DueKind
    clients: int
    times: int
    first_on: date
    link: Link


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """What is overdue on `as_of`, of one kind.

    `clients` counts each client once, `first_on` is the earliest due date.
    """

    kind: DueKind
    clients: int
    times: int
    first_on: date
    link: Link


@dataclass(frozen=True, slots=True)
class ClientDue:
    """What is due at one client on a day; `name` is the client's on `as_of`, `milestone` the one that set the day.

    `function` is the hat that owes it, where it is owed by one.
    """

    client: UUID
    name: str
    engagement: UUID
    kind: DueKind
    function: Function | None
    on: date
    quarter: Quarter
    milestone: UUID


@dataclass(frozen=True, slots=True)
class DueSummary:
    """How many clients owe something, and the first of what is due at them."""

    clients: int
    due: tuple[ClientDue, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All planned transitions, by quarter and structure, all due dates, by quarter and kind, and what is overdue.

    `moves` lists the earliest transitions, `due` the earliest due dates and `overdue` those most recently due, by day.
    """

    question: ReportQuestion
    rows: tuple[PlanRow, ...]
    moves: tuple[PlannedMove, ...]
    due_rows: tuple[DueRow, ...]
    due: tuple[ClientDue, ...]
    overdue_rows: tuple[OverdueRow, ...]
    overdue: tuple[ClientDue, ...]


@cached
def plan(snapshot: Snapshot, question: ReportQuestion, *, moves: int = 50) -> Plan:
    """Count plans and due dates by quarter, from the question's first to its last quarter if given.

    `moves` is the maximum number of transitions, and of due dates, that are listed one by one.
    """
    planned = planned_rows(snapshot, question)
    due = _due(snapshot, question)
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
                link=link(move_name(quarter, before, after)),
            )
            for (quarter, before, after), same in sorted(rows.items(), key=_place)
        ),
        with_names(snapshot, planned[:moves], question),
        _due_rows(due, question),
        _at_clients(snapshot, due[:moves], question),
        _overdue_rows(snapshot, question),
        overdue_dates(snapshot, question, limit=moves),
    )


def due_dates(snapshot: Snapshot, question: ReportQuestion, *, limit: int | None) -> tuple[ClientDue, ...]:
    """The earliest due dates on or after `as_of`."""
    return _at_clients(snapshot, _due(snapshot, question, limit), question)


def overdue_dates(snapshot: Snapshot, question: ReportQuestion, *, limit: int | None) -> tuple[ClientDue, ...]:
    """What is overdue on `as_of`, most recently due first."""
    return _at_clients(snapshot, _overdue(snapshot, question, limit), question)


def due_summary(
    snapshot: Snapshot,
    question: ReportQuestion,
    kind: DueKind,
    first: date | None,
    last: date,
    *,
    limit: int,
) -> DueSummary:
    """How many clients owe something of one kind on `as_of` that is due within `[first, last]`.

    `first` null means at any time before. The latest come first if `last` lies before `as_of`, otherwise the earliest.
    """
    table = DUE_DATES.c
    is_due = and_(table.kind == kind, table.due_on <= last, true() if first is None else table.due_on >= first)
    count = select(func.count(table.client_id.distinct())).where(*_applying(question), is_due)
    order = table.due_on.desc() if last < question.as_of else table.due_on
    rows = _due_query(question).where(is_due).order_by(order, table.client_id, table.function)
    return DueSummary(
        snapshot.connection.execute(count).scalar_one(),
        _at_clients(snapshot, snapshot.connection.execute(rows.limit(limit)).all(), question),
    )


def plan_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The number of each client's planned transitions and due dates, by row."""
    figures: dict[UUID, Counter[str]] = defaultdict(Counter)
    for move in planned_rows(snapshot, question):
        figures[move.client_id][move_name(_quarter(move, question), move.before, move.after)] += 1
    for due in _due(snapshot, question):
        figures[due.client_id][_due_name(_quarter_of(due.due_on, question), due.kind)] += 1
    for due in _overdue(snapshot, question):
        figures[due.client_id][_due_name(OVERDUE, due.kind)] += 1
    return figures


def _planned_moves(snapshot: Snapshot, question: ReportQuestion) -> Iterator[Move]:
    return ((move.client_id, move.made_on, move.before, move.after) for move in planned_rows(snapshot, question))


def _due(snapshot: Snapshot, question: ReportQuestion, limit: int | None = None) -> Sequence[Any]:
    """The due dates that apply on `as_of` and have not passed, by day."""
    table = DUE_DATES.c
    query = _due_query(question).where(table.due_on >= question.as_of)
    query = query.order_by(table.due_on, table.client_id, table.kind, table.function, table.milestone_id)
    return snapshot.connection.execute(query.limit(limit)).all()


def _overdue(snapshot: Snapshot, question: ReportQuestion, limit: int | None = None) -> Sequence[Any]:
    """The due dates that have passed and are still owed on `as_of`, most recently due first."""
    table = DUE_DATES.c
    query = _due_query(question).where(_is_overdue(question))
    query = query.order_by(table.due_on.desc(), table.client_id, table.kind, table.function, table.milestone_id)
    return snapshot.connection.execute(query.limit(limit)).all()


def _overdue_rows(snapshot: Snapshot, question: ReportQuestion) -> tuple[OverdueRow, ...]:
    table = DUE_DATES.c
    query = (
        select(table.kind, func.count(table.client_id.distinct()), func.count(), func.min(table.due_on))
        .where(*_applying(question), _is_overdue(question))
        .group_by(table.kind)
    )
    link = question.link_to_row("plan", with_quarters=True)
    return tuple(
        OverdueRow(kind, clients, times, first_on, link(_due_name(OVERDUE, kind)))
        for kind, clients, times, first_on in sorted(snapshot.connection.execute(query))
    )


def _due_query(question: ReportQuestion) -> Select[Any]:
    table = DUE_DATES.c
    columns = (table.client_id, table.stream_id, table.kind, table.function, table.due_on, table.milestone_id)
    return select(*columns).where(*_applying(question))


def _applying(question: ReportQuestion) -> Iterator[ColumnElement[bool]]:
    """The conditions that a due date applies on `as_of`."""
    yield known_at_instant(DUE_DATES, question.known_at)
    yield span_contains(DUE_DATES, question.as_of)
    yield question.includes(DUE_DATES.c.client_id)
    yield from days_within(DUE_DATES.c.due_on, question)


def _is_overdue(question: ReportQuestion) -> ColumnElement[bool]:
    kinds = [kind for kind in DueKind if kind.can_be_overdue]
    return and_(DUE_DATES.c.due_on < question.as_of, DUE_DATES.c.kind.in_(kinds))


def _due_rows(due: Sequence[Any], question: ReportQuestion) -> tuple[DueRow, ...]:
    rows = defaultdict(list)
    for row in due:
        rows[_quarter_of(row.due_on, question), row.kind].append(row)
    link = question.link_to_row("plan", with_quarters=True)
    return tuple(
        DueRow(
            quarter=quarter,
            kind=kind,
            clients=len({row.client_id for row in same}),
            times=len(same),
            first_on=same[0].due_on,
            link=link(_due_name(quarter, kind)),
        )
        for (quarter, kind), same in sorted(rows.items())
    )


def _at_clients(snapshot: Snapshot, due: Sequence[Any], question: ReportQuestion) -> tuple[ClientDue, ...]:
    names = _names(snapshot, due, question)
    return tuple(
        ClientDue(
            client=row.client_id,
            name=names[row.client_id],
            engagement=row.stream_id,
            kind=row.kind,
            function=row.function,
            on=row.due_on,
            quarter=_quarter_of(row.due_on, question),
            milestone=row.milestone_id,
        )
        for row in due
    )


def _names(snapshot: Snapshot, rows: Sequence[Any], question: ReportQuestion) -> Mapping[UUID, str]:
    clients = {row.client_id for row in rows}
    return names_of(snapshot, clients, as_of=question.as_of, known_at=question.known_at)


def _due_name(when: Quarter | str, kind: DueKind) -> str:
    return f"{when}.{kind}"


def _quarter(move: Any, question: ReportQuestion) -> Quarter:
    return _quarter_of(move.made_on, question)


def _quarter_of(day: date, question: ReportQuestion) -> Quarter:
    return quarter_of(day, question.fiscal_year_start_month)


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
    """The transitions planned for a quarter (`2027-Q1.ai_only.null`), one kind of due date (`2027-Q1.renewal`), ...

    ... the planned transitions of a group (`2027-Q1.split`), or what is overdue, of one kind (`overdue.first_quarter`).
    """
    when, _, rest = name.partition(".")
    if rest in GROUPS:
        return RowQuery(question.in_quarter(when), groups_by_client(_planned_moves))
    return RowQuery(question if when == OVERDUE else question.in_quarter(when), plan_by_client)


def _table(answer: Plan, names: Names) -> Table:
    """Transitions first; due dates follow, with their kind in the column `due` and without structures.

    What is overdue comes last, without a quarter.
    """
    moves = (
        (row.quarter.label, row.before, row.after, row.clients, row.times, row.first_on, None, False)
        for row in answer.rows
    )
    due = (
        (row.quarter.label, None, None, row.clients, row.times, row.first_on, row.kind, False)
        for row in answer.due_rows
    )
    overdue = ((None, None, None, row.clients, row.times, row.first_on, row.kind, True) for row in answer.overdue_rows)
    columns = ("quarter", "from", "to", "clients", "times", "first_on", "due", "overdue")
    return Table(columns, chain(moves, due, overdue))


REPORT = Report("plan", plan, plan_by_client, _table, _row, is_bounded=False, has_wildcards=True)
"""The plan report: transitions and exits after `as_of`, due dates on or after it, and what is overdue on it."""
