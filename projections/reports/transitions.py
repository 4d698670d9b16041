"""Transitions between structures, by quarter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import distinct, func, select

from domain.quarters import Quarter, quarter_of
from domain.seats import Structure
from projections.columnar.counts import count_transitions
from projections.read_model import known_at_instant
from projections.reports.buckets import bucket
from projections.reports.by_client import ANY, FiguresByClient
from projections.reports.flows import flows_row
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot
from projections.spans import TRANSITIONS


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """The transitions in a quarter up to `as_of`; `before` is null for entries, `after` for exits.

    `clients` counts each client once, and `times` every transition, which accounts for the change of the mix.
    """

    quarter: Quarter
    before: Structure | None
    after: Structure | None
    clients: int
    times: int
    link: Link


@dataclass(frozen=True, slots=True)
class Transitions:
    """All transitions in the quarters, by quarter and structure."""

    question: ReportQuestion
    rows: tuple[TransitionRow, ...]


def transitions(snapshot: Snapshot, question: ReportQuestion) -> Transitions:
    """Count the transitions from one structure to another, including entries and exits."""
    quarters = question.quarters
    ends = [quarter.end for quarter in quarters]
    first, last = question.start, min(question.end, question.as_of)
    columns = snapshot.columns
    if columns is None:
        moves = _moves_in(snapshot, question, ends, first, last)
    else:
        moves = count_transitions(columns, question, ends, first, last)
    rows = sorted(moves, key=lambda row: (row[0], _place(row[1]), _place(row[2])))
    return Transitions(
        question,
        tuple(
            TransitionRow(
                quarter=quarters[number],
                before=before,
                after=after,
                clients=clients,
                times=times,
                link=question.link(transition_quarter=quarters[number], from_structure=before, to_structure=after),
            )
            for number, before, after, clients, times in rows
        ),
    )


def _moves_in(
    snapshot: Snapshot, question: ReportQuestion, ends: Sequence[date], first: date, last: date
) -> list[tuple[int, Structure | None, Structure | None, int, int]]:
    """The transitions from `first` to `last`: index of the quarter, before, after, clients and times."""
    move = TRANSITIONS.c
    number = bucket(move.made_on, ends).label("quarter")
    query = (
        select(number, move.before, move.after, func.count(distinct(move.client_id)), func.count())
        .where(
            known_at_instant(TRANSITIONS, question.known_at),
            move.made_on.between(first, last),
            question.includes(move.client_id),
        )
        .group_by(number, move.before, move.after)
    )
    return [tuple(row) for row in snapshot.connection.execute(query)]


_PLACES = {structure: place for place, structure in enumerate(Structure)}


def _place(structure: Structure | None) -> int:
    return -1 if structure is None else _PLACES[structure]


def moves_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The number of each client's transitions up to `as_of`, by row."""
    move = TRANSITIONS.c
    query = select(move.client_id, move.made_on, move.before, move.after).where(
        known_at_instant(TRANSITIONS, question.known_at),
        move.made_on.between(question.start, min(question.end, question.as_of)),
        question.includes(move.client_id),
    )
    moves: dict[UUID, Counter[str]] = defaultdict(Counter)
    for client, made_on, before, after in snapshot.connection.execute(query):
        quarter = quarter_of(made_on, question.fiscal_year_start_month)
        moves[client][f"{quarter}.{before or 'null'}.{after or 'null'}"] += 1
    return moves


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.null.ai_only`: transitions in a quarter. `2026-Q1.before.2026-Q2.ai_only`: states at quarter ends."""
    parts = name.split(".")
    if len(parts) == 3 and set(parts[1:]) <= {*Structure, "null", ANY}:
        return RowQuery(question.in_quarter(parts[0]), moves_by_client)
    return flows_row(name, question)


def _table(answer: Transitions, names: Names) -> Table:
    rows = ((row.quarter.label, row.before, row.after, row.clients, row.times) for row in answer.rows)
    return Table(("quarter", "from", "to", "clients", "times"), rows)


REPORT = Report("transitions", transitions, moves_by_client, _table, _row, has_wildcards=True)
