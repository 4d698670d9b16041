"""Moves between structures in five groups, by quarter: what explains a change of a figure over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import distinct, func, select

from domain.quarters import Quarter, quarter_of
from domain.seats import Structure, StructureGroup
from projections.columnar.counts import count_transitions
from projections.profiles import names_of
from projections.read_model import known_at_instant
from projections.reports.buckets import bucket
from projections.reports.by_client import ByClient, FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.snapshot import Snapshot
from projections.spans import TRANSITIONS

NAMED = 3
"""How many moves of a group are listed by name."""
SEARCHED = 60
"""Among how many moves of a quarter, the earliest, those to list are looked for."""

CountedMove: TypeAlias = tuple[int, Structure | None, Structure | None, int, int]
"""The index of the quarter, the structures before and after, the number of clients, and of moves."""

Move: TypeAlias = tuple[UUID, date, Structure | None, Structure | None]
"""A client's move on a day, from a structure to another; null before an entry and after an exit."""


class MoveGroup(StrEnum):
    """What a move between structures means, in the order in which charts show it."""

    OPENED = "opened"
    SPLIT = "split"
    MERGED = "merged"
    CHANGED = "changed"
    CLOSED = "closed"


GROUPS = frozenset(MoveGroup)


def group_of(before: Structure | None, after: Structure | None) -> MoveGroup:
    """The group of a move; `before` is null for an entry, `after` for an exit."""
    one_seat, two_seats = StructureGroup.ONE_SEAT.structures, StructureGroup.TWO_SEATS.structures
    if before is None:
        return MoveGroup.OPENED
    if after is None:
        return MoveGroup.CLOSED
    if before in one_seat and after in two_seats:
        return MoveGroup.SPLIT
    if before in two_seats and after in one_seat:
        return MoveGroup.MERGED
    return MoveGroup.CHANGED


@dataclass(frozen=True, slots=True)
class NamedMove:
    """A move: the client's name on `as_of`, and the day."""

    name: str
    on: date


@dataclass(frozen=True, slots=True)
class GroupedMoves:
    """The moves of one group in a quarter: how many, and the first of them. `is_planned`: they are after `as_of`."""

    quarter: Quarter
    group: MoveGroup
    is_planned: bool
    times: int
    first: tuple[NamedMove, ...]
    link: Link


def count_moves(snapshot: Snapshot, question: ReportQuestion, first: date, last: date) -> Sequence[CountedMove]:
    """The transitions from `first` to `last`, by quarter of the question and structures."""
    ends = [quarter.end for quarter in question.quarters]
    if snapshot.columns is not None:
        return count_transitions(snapshot.columns, question, ends, first, last)
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


def grouped_moves(snapshot: Snapshot, question: ReportQuestion) -> tuple[GroupedMoves, ...]:
    """The moves in the question's quarters, plans included, by quarter, group and whether they are planned."""
    quarters = question.quarters
    times: Counter[tuple[int, MoveGroup, bool]] = Counter()
    made = (question.start, min(question.end, question.as_of))
    planned = (max(question.start, question.as_of + timedelta(days=1)), question.end)
    for is_planned, (first, last) in ((False, made), (True, planned)):
        if first <= last:
            for number, before, after, _, moves in count_moves(snapshot, question, first, last):
                times[number, group_of(before, after), is_planned] += moves
    named = _named(snapshot, question, {quarters[number] for number, _, _ in times})
    link_to_made, link_to_planned = question.link_to_row("transitions"), question.link_to_row("plan")
    order = list(MoveGroup)
    return tuple(
        GroupedMoves(
            quarter=quarters[number],
            group=group,
            is_planned=is_planned,
            times=moves,
            first=named.get((quarters[number], group, is_planned), ()),
            link=(link_to_planned if is_planned else link_to_made)(f"{quarters[number]}.{group}"),
        )
        for (number, group, is_planned), moves in sorted(
            times.items(), key=lambda item: (item[0][0], order.index(item[0][1]), item[0][2])
        )
    )


def _named(
    snapshot: Snapshot, question: ReportQuestion, quarters: Iterable[Quarter]
) -> dict[tuple[Quarter, MoveGroup, bool], tuple[NamedMove, ...]]:
    """The first moves of each quarter, group and side of `as_of`."""
    move = TRANSITIONS.c
    chosen: dict[tuple[Quarter, MoveGroup, bool], list[tuple[UUID, date]]] = defaultdict(list)
    for quarter in quarters:
        query = (
            select(move.client_id, move.made_on, move.before, move.after)
            .where(
                known_at_instant(TRANSITIONS, question.known_at),
                move.made_on.between(quarter.start, quarter.end),
                question.includes(move.client_id),
            )
            .order_by(move.made_on, move.client_id)
            .limit(SEARCHED)
        )
        for client, made_on, before, after in snapshot.connection.execute(query):
            of_group = chosen[quarter, group_of(before, after), made_on > question.as_of]
            if len(of_group) < NAMED:
                of_group.append((client, made_on))
    clients = {client for moves in chosen.values() for client, _ in moves}
    names = names_of(snapshot, clients, as_of=question.as_of, known_at=question.known_at)
    return {
        key: tuple(NamedMove(names[client], on) for client, on in moves if client in names)
        for key, moves in chosen.items()
    }


def groups_by_client(
    moves: Callable[[Snapshot, ReportQuestion], Iterable[Move]],
) -> ByClient:
    """What each client contributes to the rows `2026-Q1.split` of a report that counts these moves."""

    def by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
        figures: dict[UUID, Counter[str]] = defaultdict(Counter)
        for client, made_on, before, after in moves(snapshot, question):
            quarter = quarter_of(made_on, question.fiscal_year_start_month)
            figures[client][f"{quarter}.{group_of(before, after)}"] += 1
        return figures

    return by_client
