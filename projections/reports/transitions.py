"""Who moved from which structure to which, quarter by quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import distinct, func, select

from domain.quarters import Quarter
from domain.seats import Structure
from projections.columnar.counting import moves_in
from projections.folding import known
from projections.reports.parameters import Link, ReportParameters, among_chosen, bucket
from projections.snapshot import Snapshot
from projections.spans import TRANSITIONS


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """Moves within a quarter, up to `as_of`. `before` null: clients that entered, `after` null: clients that left.

    `clients` counts each client once, `times` counts every move: with it one quarter's mix becomes the next's.
    """

    quarter: Quarter
    before: Structure | None
    after: Structure | None
    clients: int
    times: int
    link: Link


@dataclass(frozen=True, slots=True)
class Transitions:
    """Every move that was made in these quarters, in the order of quarters and of structures."""

    parameters: ReportParameters
    rows: tuple[TransitionRow, ...]


def transitions(snapshot: Snapshot, parameters: ReportParameters) -> Transitions:
    """Count the clients that moved from one structure to another, entries and exits included."""
    quarters = parameters.quarters
    ends = [quarter.end for quarter in quarters]
    first, last = parameters.first.start, min(parameters.last.end, parameters.as_of)
    columns = snapshot.columns
    if columns is None:
        moves = _moves_in(snapshot, parameters, ends, first, last)
    else:
        moves = moves_in(columns, parameters, ends, first, last)
    rows = sorted(moves, key=lambda row: (row[0], _place(row[1]), _place(row[2])))
    return Transitions(
        parameters,
        tuple(
            TransitionRow(
                quarter=quarters[number],
                before=before,
                after=after,
                clients=clients,
                times=times,
                link=parameters.link(transition_quarter=quarters[number], from_structure=before, to_structure=after),
            )
            for number, before, after, clients, times in rows
        ),
    )


def _moves_in(
    snapshot: Snapshot, parameters: ReportParameters, ends: Sequence[date], first: date, last: date
) -> list[tuple[int, Structure | None, Structure | None, int, int]]:
    """The moves of some days: quarter (by its place), before, after, clients and times."""
    move = TRANSITIONS.c
    number = bucket(move.made_on, ends).label("quarter")
    query = (
        select(number, move.before, move.after, func.count(distinct(move.client_id)), func.count())
        .where(
            known(TRANSITIONS, parameters.known_at),
            move.made_on.between(first, last),
            among_chosen(move.client_id, parameters),
        )
        .group_by(number, move.before, move.after)
    )
    return [tuple(row) for row in snapshot.connection.execute(query)]


_PLACES = {structure: place for place, structure in enumerate(Structure)}


def _place(structure: Structure | None) -> int:
    return -1 if structure is None else _PLACES[structure]
