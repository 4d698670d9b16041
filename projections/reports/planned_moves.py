"""The transitions planned after a day, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from domain.quarters import Quarter, quarter_of
from domain.seats import Structure
from projections.profiles import names_of
from projections.read_model import known_at_instant
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot
from projections.spans import TRANSITIONS


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


def planned_moves(snapshot: Snapshot, question: ReportQuestion, *, limit: int) -> tuple[PlannedMove, ...]:
    """The earliest transitions after `as_of`, within the question's quarters if given."""
    return with_names(snapshot, planned_rows(snapshot, question, limit), question)


def planned_rows(snapshot: Snapshot, question: ReportQuestion, limit: int | None = None) -> Sequence[Any]:
    """The rows of the transitions after `as_of`, within the question's quarters if given, by day."""
    table = TRANSITIONS.c
    query = (
        select(table.client_id, table.stream_id, table.made_on, table.before, table.after, table.milestone_id)
        .where(
            known_at_instant(TRANSITIONS, question.known_at),
            table.made_on > question.as_of,
            question.includes(table.client_id),
            *days_within(table.made_on, question),
        )
        .order_by(table.made_on, table.client_id, table.after.is_not(None))
    )
    return snapshot.connection.execute(query.limit(limit)).all()


def with_names(snapshot: Snapshot, planned: Sequence[Any], question: ReportQuestion) -> tuple[PlannedMove, ...]:
    """Rows as transitions, with the names of their clients on `as_of`."""
    clients = {move.client_id for move in planned}
    names = names_of(snapshot, clients, as_of=question.as_of, known_at=question.known_at)
    return tuple(
        PlannedMove(
            client=move.client_id,
            name=names[move.client_id],
            engagement=move.stream_id,
            on=move.made_on,
            quarter=quarter_of(move.made_on, question.fiscal_year_start_month),
            before=move.before,
            after=move.after,
            milestone=move.milestone_id,
        )
        for move in planned
    )


def days_within(day: ColumnElement[date], question: ReportQuestion) -> Iterator[ColumnElement[bool]]:
    """The conditions that a day lies within the question's quarters, if given."""
    if question.first is not None:
        yield day >= question.first.start
    if question.last is not None:
        yield day <= question.last.end


def move_name(quarter: Quarter, before: Structure | None, after: Structure | None) -> str:
    """The name of the row of such transitions: `2027-Q1.unified_fractional.fractional_pair`, null: not engaged."""
    return f"{quarter}.{before or 'null'}.{after or 'null'}"
