"""Revenue: the monthly fees in force, by quarter.

A fee counts on each day on which its seat is held and the engagement is not paused, prorated by the days of the month.
A seat with both functions is charged once, under both together. Currencies are never added up. Each row is summed
exactly and rounded once, half up, to the decimals of its currency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, Text, or_, select, type_coerce

from domain.quarters import Quarter
from domain.seats import Function, Structure
from projections.read_model import known_at_instant
from projections.reports.by_client import Figure, FiguresByClient
from projections.reports.pauses import pauses_in
from projections.reports.proration import (
    MonthlyAmounts,
    QuarterOverlaps,
    day_number,
    end_number,
    meets_days,
    rounded_money,
    without_pauses,
)
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached
from projections.spans import SEAT_SPANS, STRUCTURE_SPANS

UNIFIED = (Structure.UNIFIED_FRACTIONAL, Structure.UNIFIED_FULL_TIME)


class Hats(StrEnum):
    """The functions that a fee covers."""

    TECHNOLOGY = "technology"
    AI = "ai"
    BOTH = "technology+ai"


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """The fees in a quarter under one structure, for seats with these functions, in one currency.

    `amount` is for the whole quarter, plans included, `to_date` the part up to and including `as_of`. `clients` counts
    those with such a fee on some day. `planned`: the quarter starts after `as_of`.
    """

    quarter: Quarter
    structure: Structure
    function: Hats
    amount: Decimal
    to_date: Decimal
    currency: str
    clients: int
    planned: bool
    link: Link


@dataclass(frozen=True, slots=True)
class Revenue:
    """All fees, by quarter, structure, functions and currency."""

    question: ReportQuestion
    rows: tuple[RevenueRow, ...]


@cached
def revenue(snapshot: Snapshot, question: ReportQuestion) -> Revenue:
    """Sum the monthly fees in force in each quarter."""
    quarters = question.quarters
    in_force: MonthlyAmounts[_Cell] = MonthlyAmounts()
    paying: QuarterOverlaps[tuple[_Cell, bytes]] = QuarterOverlaps(quarters)
    for client, cell, fee, start, end in _fees(snapshot, question):
        in_force.add(cell, start, end, fee)
        paying.add((cell, client), start, end)
    clients = Counter((cell, place) for (cell, _), places in paying.items() for place in places)
    link = question.link_to_row("revenue")
    rows = [
        RevenueRow(
            quarter=quarter,
            structure=Structure(cell.structure),
            function=Hats(cell.function),
            amount=rounded_money(amounts.whole, cell.currency),
            to_date=rounded_money(amounts.to_date, cell.currency),
            currency=cell.currency,
            clients=clients[cell, place],
            planned=quarter.start > question.as_of,
            link=link(_name(quarter, cell)),
        )
        for cell, by_quarter in in_force.amounts(quarters, question.as_of)
        for place, (quarter, amounts) in enumerate(zip(quarters, by_quarter, strict=True))
        if clients[cell, place]
    ]
    return Revenue(question, tuple(sorted(rows, key=_place)))


def revenue_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Each client's fees, by row."""
    quarters = question.quarters
    in_force: MonthlyAmounts[tuple[_Cell, bytes]] = MonthlyAmounts()
    paying: QuarterOverlaps[tuple[_Cell, bytes]] = QuarterOverlaps(quarters)
    for client, cell, fee, start, end in _fees(snapshot, question):
        in_force.add((cell, client), start, end, fee)
        paying.add((cell, client), start, end)
    amounts = dict(in_force.amounts(quarters, question.as_of))
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for key, places in paying.items():
        cell, client = key
        for place in places:
            figures[UUID(bytes=client)][_name(quarters[place], cell)] = rounded_money(
                amounts[key][place].whole, cell.currency
            )
    return figures


class _Cell(NamedTuple):
    """The key that fees are summed by within a quarter; values as stored."""

    structure: str
    function: str
    currency: str


def _fees(snapshot: Snapshot, question: ReportQuestion) -> Iterator[tuple[bytes, _Cell, int, int, int]]:
    """Client, cell, monthly fee (in ten-thousandths) and span `[start, end)` of each period with a fee."""
    at = question.known_at
    seat, structure = SEAT_SPANS.c, STRUCTURE_SPANS.c
    # stored values: converting many rows to ids, dates and enumerations would take most of the time
    query = (
        select(
            type_coerce(seat.stream_id, LargeBinary),
            type_coerce(seat.client_id, LargeBinary),
            type_coerce(structure.structure, Text),
            type_coerce(seat.function, Text),
            seat.fee_currency,
            seat.fee_amount,
            day_number(seat.starts_on),
            end_number(seat.ends_on),
            day_number(structure.starts_on),
            end_number(structure.ends_on),
        )
        .join_from(SEAT_SPANS, STRUCTURE_SPANS, structure.stream_id == seat.stream_id)
        .where(
            known_at_instant(SEAT_SPANS, at),
            known_at_instant(STRUCTURE_SPANS, at),
            question.includes(seat.client_id),
            seat.fee_amount.is_not(None),
            meets_days(SEAT_SPANS, question.start, question.end),
            meets_days(STRUCTURE_SPANS, question.start, question.end),
            day_number(structure.starts_on) < end_number(seat.ends_on),
            day_number(seat.starts_on) < end_number(structure.ends_on),
            or_(seat.function == Function.TECHNOLOGY, structure.structure.not_in(UNIFIED)),
        )
    )
    pauses = pauses_in(snapshot, question)
    for engagement, client, word, function, currency, fee, *bounds in snapshot.connection.execute(query):
        start, end = max(bounds[0], bounds[2]), min(bounds[1], bounds[3])
        cell = _Cell(word, Hats.BOTH if word in UNIFIED else function, currency)
        for first, after in without_pauses(start, end, pauses.get(bytes(engagement), ())):
            yield bytes(client), cell, fee, first, after


def _name(quarter: Quarter, cell: _Cell) -> str:
    return f"{quarter}.{cell.structure}.{cell.function}.{cell.currency}"


def _place(row: RevenueRow) -> tuple[object, ...]:
    return row.quarter, list(Structure).index(row.structure), list(Hats).index(row.function), row.currency


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.unified_fractional.technology+ai.USD`: the fees in one quarter, structure, seat and currency."""
    return RowQuery(question.in_quarter(name.partition(".")[0]), revenue_by_client)


def _table(answer: Revenue, names: Names) -> Table:
    columns = ("quarter", "structure", "function", "amount", "to_date", "currency", "clients", "planned")
    rows = ((row.quarter.label, *(getattr(row, column) for column in columns[1:])) for row in answer.rows)
    return Table(columns, rows)


REPORT = Report("revenue", revenue, revenue_by_client, _table, _row, has_wildcards=True)
