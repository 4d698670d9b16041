"""Who moved from which structure to which, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, distinct, func, select

from domain.quarters import Quarter
from domain.seats import Structure
from projections.folding import known
from projections.reports.parameters import Link, ReportParameters, among_chosen, bucket
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


def transitions(connection: Connection, parameters: ReportParameters) -> Transitions:
    """Count the clients that moved from one structure to another, entries and exits included."""
    quarters = parameters.quarters
    move = TRANSITIONS.c
    number = bucket(move.made_on, [quarter.end for quarter in quarters]).label("quarter")
    query = (
        select(number, move.before, move.after, func.count(distinct(move.client_id)), func.count())
        .where(
            known(TRANSITIONS, parameters.known_at),
            move.made_on.between(parameters.first.start, min(parameters.last.end, parameters.as_of)),
            among_chosen(move.client_id, parameters),
        )
        .group_by(number, move.before, move.after)
    )
    rows = sorted(connection.execute(query), key=lambda row: (row[0], _place(row[1]), _place(row[2])))
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


_PLACES = {structure: place for place, structure in enumerate(Structure)}


def _place(structure: Structure | None) -> int:
    return -1 if structure is None else _PLACES[structure]
