"""What is planned: transitions and exits that lie in the future."""

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
from projections.folding import known
from projections.profiles import names_of
from projections.reports.answer_cache import cached
from projections.reports.parameters import Link
from projections.reports.scope import Contributions, Scope, links_to_rows, of_chosen
from projections.snapshot import Snapshot
from projections.spans import TRANSITIONS


@dataclass(frozen=True, slots=True)
class PlanRow:
    """Moves planned for a quarter. `before` null: engagements that will begin, `after` null: clients that will leave.

    `clients` counts each client once, `times` every move; `first_on` is the day of the earliest.
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
    """One of them; `name` is the client's on `as_of`."""

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
    """All that is planned, in the order of quarters and structures; `moves` are the first of them, day by day."""

    parameters: Scope
    rows: tuple[PlanRow, ...]
    moves: tuple[PlannedMove, ...]


@cached
def plan(snapshot: Snapshot, parameters: Scope, *, moves: int = 50) -> Plan:
    """Roll the moves after `as_of` up by quarter, within the first and the last quarter where they are given."""
    found = _planned(snapshot, parameters)
    rows = defaultdict(list)
    for move in found:
        rows[_quarter(move, parameters), move.before, move.after].append(move)
    link = links_to_rows("plan", parameters)
    return Plan(
        parameters,
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
        _first_moves(snapshot, found[:moves], parameters),
    )


def plan_by_client(snapshot: Snapshot, parameters: Scope) -> Contributions:
    """How many moves of each client are planned, row by row."""
    found: dict[UUID, Counter[str]] = defaultdict(Counter)
    for move in _planned(snapshot, parameters):
        found[move.client_id][_name(_quarter(move, parameters), move.before, move.after)] += 1
    return found


def _planned(snapshot: Snapshot, parameters: Scope) -> Sequence[Any]:
    table = TRANSITIONS.c
    query = (
        select(table.client_id, table.stream_id, table.made_on, table.before, table.after, table.milestone_id)
        .where(
            known(TRANSITIONS, parameters.known_at),
            table.made_on > parameters.as_of,
            of_chosen(table.client_id, parameters),
        )
        .order_by(table.made_on, table.client_id, table.after.is_not(None))
    )
    if parameters.first is not None:
        query = query.where(table.made_on >= parameters.first.start)
    if parameters.last is not None:
        query = query.where(table.made_on <= parameters.last.end)
    return snapshot.connection.execute(query).all()


def _first_moves(snapshot: Snapshot, found: Sequence[Any], parameters: Scope) -> tuple[PlannedMove, ...]:
    clients = {move.client_id for move in found}
    names = names_of(snapshot.connection, clients, as_of=parameters.as_of, known_at=parameters.known_at)
    return tuple(
        PlannedMove(
            client=move.client_id,
            name=names[move.client_id],
            engagement=move.stream_id,
            on=move.made_on,
            quarter=_quarter(move, parameters),
            before=move.before,
            after=move.after,
            milestone=move.milestone_id,
        )
        for move in found
    )


def _name(quarter: Quarter, before: Structure | None, after: Structure | None) -> str:
    return f"{quarter}.{before or 'null'}.{after or 'null'}"


def _quarter(move: Any, parameters: Scope) -> Quarter:
    return quarter_of(move.made_on, parameters.fiscal_year_start_month)


def _place(row: tuple[tuple[Quarter, Structure | None, Structure | None], object]) -> tuple[object, ...]:
    """Entries first, exits last."""
    quarter, before, after = row[0]
    structures = list(Structure)
    return (
        quarter,
        -1 if before is None else structures.index(before),
        len(structures) if after is None else structures.index(after),
    )
