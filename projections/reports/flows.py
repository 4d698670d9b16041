"""Flows: the number of clients by state at the ends of neighbouring quarters, including those that stayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial
from itertools import pairwise
from typing import Final, TypeAlias
from uuid import UUID

from domain.quarters import Quarter, parse_quarter
from domain.seats import Structure
from projections.client_filter import day_in
from projections.columnar.counts import count_flows
from projections.reports.by_client import ANY, FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import RowQuery
from projections.reports.structure_runs import structure_runs
from projections.snapshot import Snapshot


class Outside(StrEnum):
    """The state of a client without an open engagement: before the first one, or after one."""

    BEFORE = "before"
    AFTER = "after"


State: TypeAlias = Structure | Outside

STATES: Final[tuple[State, ...]] = (*Outside, *Structure)
"""All states, in the order of the codes of `count_flows`."""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """The number of clients in state `before` at the end of a quarter and in `after` at the end of the next one.

    `place` is the index of the pair of quarters.
    """

    place: int
    before: State
    after: State
    clients: int
    link: Link


def flows(snapshot: Snapshot, question: ReportQuestion, quarters: Sequence[Quarter]) -> tuple[FlowRow, ...]:
    """The flows from each quarter to the next; `quarters` ascend, and the current one ends on `as_of`.

    Clients whose engagement ended before the first quarter did, or began after the last one, are left out.
    """
    days = [day_in(quarter, question.as_of) for quarter in quarters]
    columns = snapshot.columns
    if columns is not None:
        counted = Counter(
            {
                (place, STATES[before], STATES[after]): clients
                for (place, before, after), clients in count_flows(columns, question, days).items()
            }
        )
    else:
        counted = Counter(
            (place, before, after)
            for _, states in _states(snapshot, question, days)
            for place, (before, after) in enumerate(pairwise(states))
        )
    link = question.link_to_row("transitions")
    return tuple(
        FlowRow(place, before, after, clients, link(_name_of(quarters, {place: before, place + 1: after})))
        for (place, before, after), clients in sorted(counted.items(), key=lambda item: _order(*item[0]))
    )


def link_to_state(question: ReportQuestion, quarters: Sequence[Quarter], place: int, state: State) -> Link:
    """The link to the clients in a state at the end of the quarter with index `place`."""
    if isinstance(state, Structure):
        return question.link(quarter=quarters[place], quarter_structure=state)
    return question.link_to_row("transitions")(_name_of(quarters, {place: state}))


def flows_by_client(snapshot: Snapshot, question: ReportQuestion, quarters: Sequence[Quarter]) -> FiguresByClient:
    """Each client with one row, whose name has the client's state at the end of each quarter (ascending)."""
    days = [day_in(quarter, question.as_of) for quarter in quarters]
    return {
        UUID(bytes=client): {_name(zip(quarters, states, strict=True)): 1}
        for client, states in _states(snapshot, question, days)
    }


def _states(
    snapshot: Snapshot, question: ReportQuestion, days: Sequence[date]
) -> Iterator[tuple[bytes, tuple[State, ...]]]:
    """The states on ascending days of each client that began by the last day and had not left before the first."""
    numbers = [day.toordinal() for day in days]
    for client, spans in structure_runs(snapshot, question, days[-1]):
        states: list[State] = [Outside.BEFORE] * len(days)
        for _, word, start, end in spans:
            for place, day in enumerate(numbers):
                if start <= day:
                    states[place] = Structure(word) if end is None or end > day else Outside.AFTER
        if any(state is not Outside.AFTER for state in states):
            yield bytes(client), tuple(states)


def _name_of(quarters: Sequence[Quarter], states: Mapping[int, State]) -> str:
    """The row name of the clients in some states, by index of the quarter.

    Names without a structure list all quarters, because which clients have left depends on all of them.
    """
    if any(isinstance(state, Structure) for state in states.values()) or set(states.values()) == set(Outside):
        return _name((quarters[place], state) for place, state in states.items())
    return _name((quarter, states.get(place, ANY)) for place, quarter in enumerate(quarters))


def _name(states: Iterable[tuple[Quarter, str]]) -> str:
    return ".".join(f"{quarter}.{state}" for quarter, state in states)


def _order(place: int, before: State, after: State) -> tuple[int, int, int]:
    return place, STATES.index(before), STATES.index(after)


def flows_row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.before.2026-Q2.ai_only`: the states at the ends of ascending quarters. Raises `ValueError`."""
    labels, states = name.split(".")[::2], name.split(".")[1::2]
    if len(labels) != len(states) or not set(states) <= {*STATES, ANY}:
        raise ValueError(f"{name} does not name a state for each quarter")
    quarters = [parse_quarter(label, question.fiscal_year_start_month) for label in labels]
    if len(quarters) < 2 or any(later <= quarter for quarter, later in pairwise(quarters)):
        raise ValueError(f"{name} does not name quarters in ascending order")
    between = replace(question, first=quarters[0], last=quarters[-1])
    return RowQuery(between, partial(flows_by_client, quarters=quarters))
