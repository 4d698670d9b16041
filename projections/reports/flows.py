"""Flows: how many clients went from which state to which between the ends of quarters, those who stayed included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, LargeBinary, Text, select, type_coerce

from domain.quarters import Quarter
from domain.seats import Structure
from projections.client_filter import day_in
from projections.columnar import columns_of
from projections.columnar.counting import flows_on
from projections.folding import known
from projections.reports.parameters import Link, ReportParameters
from projections.reports.proration import day_number
from projections.reports.scope import Contributions, link_to_row, of_chosen
from projections.spans import STRUCTURE_SPANS


class Outside(StrEnum):
    """Where clients are while no engagement is open: before their first one, or after one."""

    BEFORE = "before"
    AFTER = "after"


State: TypeAlias = Structure | Outside

STATES: Final[tuple[State, ...]] = (*Outside, *Structure)
"""In the order of the codes that `flows_on` gives."""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """So many clients were in one state at the end of a quarter, the first of a pair, and in another at the other's.

    `place` is the pair's among the neighbouring quarters asked for; the link of those who stay outside is null.
    """

    place: int
    before: State
    after: State
    clients: int
    link: Link | None


def flows(connection: Connection, parameters: ReportParameters, quarters: Sequence[Quarter]) -> tuple[FlowRow, ...]:
    """The flows between neighbours among these quarters, ascending; the one that holds `as_of` ends on that day.

    Clients whose engagements were over before the first end, and those that had none by the last, are left out.
    """
    days = [day_in(quarter, parameters.as_of) for quarter in quarters]
    columns = columns_of(connection)
    if columns is not None:
        counted = Counter(
            {
                (place, STATES[before], STATES[after]): clients
                for (place, before, after), clients in flows_on(columns, parameters, days).items()
            }
        )
    else:
        counted = Counter(
            (place, before, after)
            for _, states in _states(connection, parameters, days)
            for place, (before, after) in enumerate(pairwise(states))
        )
    return tuple(
        FlowRow(place, before, after, clients, _link(parameters, quarters[place], before, quarters[place + 1], after))
        for (place, before, after), clients in sorted(counted.items(), key=lambda item: _order(*item[0]))
    )


def flows_by_client(connection: Connection, parameters: ReportParameters) -> Contributions:
    """What each client did between the end of the first quarter and that of the last."""
    first, last = parameters.first, parameters.last
    days = [day_in(quarter, parameters.as_of) for quarter in (first, last)]
    return {
        UUID(bytes=client): {_name(first, before, last, after): 1}
        for client, (before, after) in _states(connection, parameters, days)
    }


def _states(
    connection: Connection, parameters: ReportParameters, days: Sequence[date]
) -> Iterator[tuple[bytes, tuple[State, ...]]]:
    """The states on ascending days of every client that had begun by the last and was not over by the first."""
    table, numbers = STRUCTURE_SPANS.c, [day.toordinal() for day in days]
    query = (
        select(
            type_coerce(table.client_id, LargeBinary),
            type_coerce(table.structure, Text),
            day_number(table.starts_on),
            day_number(table.ends_on),
        )
        .where(
            known(STRUCTURE_SPANS, parameters.known_at),
            of_chosen(table.client_id, parameters),
            table.starts_on <= days[-1],
        )
        .order_by(table.client_id, table.starts_on)
    )
    for client, spans in groupby(connection.execute(query), key=itemgetter(0)):
        states: list[State] = [Outside.BEFORE] * len(days)
        for _, word, start, end in spans:
            for place, day in enumerate(numbers):
                if start <= day:
                    states[place] = Structure(word) if end is None or end > day else Outside.AFTER
        if any(state is not Outside.AFTER for state in states):
            yield bytes(client), tuple(states)


def _link(parameters: ReportParameters, first: Quarter, before: State, last: Quarter, after: State) -> Link | None:
    if before == after and isinstance(before, Outside):
        return None
    return link_to_row("transitions", _name(first, before, last, after), parameters)


def _name(first: Quarter, before: State, last: Quarter, after: State) -> str:
    return f"{first}.{before}.{last}.{after}"


def _order(place: int, before: State, after: State) -> tuple[int, int, int]:
    return place, STATES.index(before), STATES.index(after)
