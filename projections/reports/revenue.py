"""Revenue: the monthly fees in force, by quarter.

A fee counts on each day on which its seat is held and the engagement is not paused, prorated by the days of the month.
A seat with both functions is charged once, under both together. Currencies are never added up. Each row is summed
exactly and rounded once, half up, to the decimals of its currency.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.quarters import Quarter
from domain.seats import Structure
from projections.reports.by_client import Figure, FiguresByClient
from projections.reports.fees import BOTH_HATS, Cell, FeesInForce
from projections.reports.proration import MonthlyAmounts, QuarterOverlaps, rounded_money
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached


class Hats(StrEnum):
    """The functions that a fee covers."""

    TECHNOLOGY = "technology"
    AI = "ai"
    BOTH = BOTH_HATS


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
    fees = FeesInForce(snapshot, question)
    clients = fees.clients()
    link = question.link_to_row("revenue")
    rows = [
        RevenueRow(
            quarter=quarter,
            structure=Structure(cell.structure),
            function=Hats(cell.function),
            amount=rounded_money(amounts.whole, cell.currency),
            to_date=rounded_money(amounts.to_date, cell.currency),
            currency=cell.currency,
            clients=clients[number, place],
            planned=quarter.start > question.as_of,
            link=link(_name(quarter, cell)),
        )
        for number, by_quarter in fees.amounts().amounts(quarters, question.as_of)
        for cell in [fees.cell(number)]
        for place, (quarter, amounts) in enumerate(zip(quarters, by_quarter, strict=True))
        if clients[number, place]
    ]
    return Revenue(question, tuple(sorted(rows, key=_place)))


def revenue_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """Each client's fees, by row."""
    quarters = question.quarters
    fees = FeesInForce(snapshot, question)
    in_force: MonthlyAmounts[tuple[int, UUID]] = MonthlyAmounts()
    paying: QuarterOverlaps[tuple[int, UUID]] = QuarterOverlaps(quarters)
    for client, number, fee, start, end in fees.by_client():
        in_force.add((number, client), start, end, fee)
        paying.add((number, client), start, end)
    amounts = dict(in_force.amounts(quarters, question.as_of))
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for (number, client), places in paying.items():
        cell = fees.cell(number)
        for place in places:
            whole = amounts[number, client][place].whole
            figures[client][_name(quarters[place], cell)] = rounded_money(whole, cell.currency)
    return figures


def _name(quarter: Quarter, cell: Cell) -> str:
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
