"""What clients pay: monthly fees in force, quarter by quarter.

A fee counts on every day on which its seat is held and the engagement is not paused; a month's fee is counted by days.
A seat is paid once: where one seat carries both functions, its fee stands under both together. Amounts of two
currencies are never added. Each row is summed exactly and rounded once, half up, to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Connection, Subquery, Text, and_, case, distinct, func, or_, select, type_coerce

from domain.quarters import Quarter
from domain.seats import Function, Structure
from domain.timeline import Status
from projections.folding import known
from projections.reports.parameters import Link, ReportParameters
from projections.reports.proration import (
    PARTS,
    end_shared,
    first_shared,
    greatest,
    least,
    meet,
    meets_quarters,
    months_in,
    rounded,
)
from projections.reports.scope import Contributions, Figure, link_to_row, of_chosen
from projections.spans import SEAT_SPANS, STATUS_SPANS, STRUCTURE_SPANS

UNIFIED = (Structure.UNIFIED_FRACTIONAL, Structure.UNIFIED_FULL_TIME)

_HIGH = 10_000_000
"""Amounts are summed in two halves, so that no sum outgrows 64 bits: the largest fee alone would fill them."""


class Hats(StrEnum):
    """The functions that one fee is for."""

    TECHNOLOGY = "technology"
    AI = "ai"
    BOTH = "technology+ai"


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """Fees in force in a quarter under one structure, for seats with these functions, in one currency.

    `amount` is for the whole quarter as the timelines stand, plans included, `to_date` the part of it up to `as_of`
    (that day included). `planned`: the quarter starts after `as_of`. `clients` had such a fee on some day of it.
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
    """All fees, in the order of quarters, structures, functions and currencies."""

    parameters: ReportParameters
    rows: tuple[RevenueRow, ...]


def revenue(connection: Connection, parameters: ReportParameters) -> Revenue:
    """Sum the monthly fees that are in force in each quarter."""
    quarters = parameters.quarters
    fees = _fees(parameters, quarters)
    keys = (fees.c.quarter, fees.c.structure, fees.c.function, fees.c.currency)
    sums = [func.sum(half * weight) for weight in (fees.c.whole, fees.c.past) for half in (fees.c.high, fees.c.low)]
    rows = []
    for place, structure, function, currency, *halves, clients in connection.execute(
        select(*keys, *sums, func.count(distinct(fees.c.client_id))).group_by(*keys)
    ):
        quarter, (high, low, high_to_date, low_to_date) = quarters[place], halves
        rows.append(
            RevenueRow(
                quarter=quarter,
                structure=structure,
                function=Hats(function),
                amount=_amount(high, low),
                to_date=_amount(high_to_date, low_to_date),
                currency=currency,
                clients=clients,
                planned=quarter.start > parameters.as_of,
                link=link_to_row("revenue", _name(quarter, structure, function, currency), parameters),
            )
        )
    return Revenue(parameters, tuple(sorted(rows, key=_place)))


def revenue_by_client(connection: Connection, parameters: ReportParameters) -> Contributions:
    """What each client pays, row by row."""
    quarters = parameters.quarters
    fees = _fees(parameters, quarters)
    keys = (fees.c.client_id, fees.c.quarter, fees.c.structure, fees.c.function, fees.c.currency)
    sums = [func.sum(half * fees.c.whole) for half in (fees.c.high, fees.c.low)]
    found: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for client, place, *named, high, low in connection.execute(select(*keys, *sums).group_by(*keys)):
        found[client][_name(quarters[place], *named)] = _amount(high, low)
    return found


def _fees(parameters: ReportParameters, quarters: Sequence[Quarter]) -> Subquery:
    """A row for each month of each stretch of days on which one fee was in force under one structure.

    The fee lies in two halves, `high` and `low`; `whole` is what the days weigh, `past` what those up to `as_of` do.
    """
    months = months_in(quarters)
    seats, structures, statuses = (table.alias() for table in (SEAT_SPANS, STRUCTURE_SPANS, STATUS_SPANS))
    at = parameters.known_at
    start = first_shared(seats, structures, statuses, months)
    end = end_shared(seats, structures, statuses, months)
    is_unified = structures.c.structure.in_(UNIFIED)
    query = (
        select(
            seats.c.client_id,
            months.c.quarter,
            structures.c.structure,
            case((is_unified, Hats.BOTH.value), else_=type_coerce(seats.c.function, Text)).label("function"),
            seats.c.fee_currency.label("currency"),
            (seats.c.fee_amount // _HIGH).label("high"),
            (seats.c.fee_amount % _HIGH).label("low"),
            ((end - start) * months.c.parts).label("whole"),
            (greatest(least(end, parameters.as_of.toordinal() + 1) - start, 0) * months.c.parts).label("past"),
        )
        .join(structures, and_(structures.c.stream_id == seats.c.stream_id, known(structures, at)))
        .join(statuses, and_(statuses.c.stream_id == seats.c.stream_id, known(statuses, at)))
        .join(months, start < end)
        .where(
            known(seats, at),
            of_chosen(seats.c.client_id, parameters),
            seats.c.fee_amount.is_not(None),
            meets_quarters(seats, quarters[0], quarters[-1]),
            meet(seats, structures),
            meet(seats, statuses),
            statuses.c.status == Status.OPEN,
            or_(~is_unified, seats.c.function == Function.TECHNOLOGY),
        )
    )
    return query.subquery()


def _name(quarter: Quarter, structure: Structure, function: str, currency: str) -> str:
    return f"{quarter}.{structure}.{function}.{currency}"


def _amount(high: int, low: int) -> Decimal:
    return rounded(Fraction(int(high) * _HIGH + int(low), 100 * PARTS))


def _place(row: RevenueRow) -> tuple[object, ...]:
    return row.quarter, list(Structure).index(row.structure), list(Hats).index(row.function), row.currency
