"""Transitions between structures, by quarter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.quarters import Quarter, quarter_of
from domain.seats import Structure
from projections.read_model import known_at_instant
from projections.reports.by_client import ANY, FiguresByClient
from projections.reports.flows import flows_row
from projections.reports.move_groups import GROUPS, Move, count_moves, groups_by_client
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
    moves = count_moves(snapshot, question, question.start, min(question.end, question.as_of))
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


_PLACES = {structure: place for place, structure in enumerate(Structure)}


def _place(structure: Structure | None) -> int:
    return -1 if structure is None else _PLACES[structure]


def moves_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The number of each client's transitions up to `as_of`, by row."""
    moves: dict[UUID, Counter[str]] = defaultdict(Counter)
    for client, made_on, before, after in _moves(snapshot, question):
        quarter = quarter_of(made_on, question.fiscal_year_start_month)
        moves[client][f"{quarter}.{before or 'null'}.{after or 'null'}"] += 1
    return moves


def _moves(snapshot: Snapshot, question: ReportQuestion) -> Iterator[Move]:
    """The transitions in the question's quarters, up to `as_of`."""
    move = TRANSITIONS.c
    query = select(move.client_id, move.made_on, move.before, move.after).where(
        known_at_instant(TRANSITIONS, question.known_at),
        move.made_on.between(question.start, min(question.end, question.as_of)),
        question.includes(move.client_id),
    )
    return (tuple(row) for row in snapshot.connection.execute(query))


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """Transitions in a quarter: `2026-Q1.null.ai_only`, or those of a group, `2026-Q1.split`.

    `2026-Q1.before.2026-Q2.ai_only`: states at quarter ends.
    """
    quarter, *parts = name.split(".")
    if len(parts) == 1 and parts[0] in GROUPS:
        return RowQuery(question.in_quarter(quarter), groups_by_client(_moves))
    if len(parts) == 2 and set(parts) <= {*Structure, "null", ANY}:
        return RowQuery(question.in_quarter(quarter), moves_by_client)
    return flows_row(name, question)


def _table(answer: Transitions, names: Names) -> Table:
    rows = ((row.quarter.label, row.before, row.after, row.clients, row.times) for row in answer.rows)
    return Table(("quarter", "from", "to", "clients", "times"), rows)


REPORT = Report("transitions", transitions, moves_by_client, _table, _row, has_wildcards=True)
