"""What people give: hours agreed and hours reported, by person, quarter and hat.

Agreed hours are those a month of the seats that a person holds, counted by days; days on which an engagement is paused
do not count. Reported hours are what was told of a month up to `as_of`; they go to whoever held the function in that
month, by days (those that were not paused, unless all were). Figures are summed exactly and rounded once, half up, to
two decimals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, distinct, func, select
from sqlalchemy.sql.functions import coalesce

from domain.quarters import Quarter
from domain.seats import BOTH, Function
from domain.timeline import Status
from projections.folding import known
from projections.hours import REPORTED_HOURS
from projections.reports.client_bands import ClientBand, client_bands
from projections.reports.parameters import Link, ReportParameters
from projections.reports.proration import (
    PARTS,
    day_number,
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
from projections.spans import SEAT_SPANS, STATUS_SPANS

Key: TypeAlias = tuple[int, UUID]
"""A quarter's place among those asked for, and a person."""


@dataclass(frozen=True, slots=True)
class HatHours:
    """Hours in a quarter, by the hat they are for."""

    technology: Decimal
    ai: Decimal

    @property
    def both(self) -> Decimal:
        """All of them."""
        return self.technology + self.ai


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """One person in one quarter.

    `clients` and `seats` are those with a seat held on some day, paused or not; `agreed` is for the whole quarter as
    the timelines stand, plans included, `to_date` the part of it up to `as_of` (that day included), and `hours` the
    agreed hours of both hats. `unagreed` counts seats without agreed hours for a hat on some day: theirs are missing.
    `planned`: the quarter starts after `as_of`.
    """

    quarter: Quarter
    person: UUID
    hours: Decimal
    clients: int
    seats: int
    agreed: HatHours
    to_date: HatHours
    reported: HatHours
    unagreed: int
    bands: tuple[ClientBand, ...]
    planned: bool
    link: Link


@dataclass(frozen=True, slots=True)
class Capacity:
    """Everybody who held a seat, in the order of quarters, the busiest first."""

    parameters: ReportParameters
    rows: tuple[CapacityRow, ...]


def capacity(connection: Connection, parameters: ReportParameters, *, person: UUID | None = None) -> Capacity:
    """The hours of everybody, or of one person, quarter by quarter."""
    quarters = parameters.quarters
    reported = _reported(connection, parameters, person)
    bands = client_bands(connection, parameters, person)
    rows = []
    for row in connection.execute(_agreed(parameters, person)):
        quarter, key = quarters[row.quarter], (row.quarter, row.holder_id)
        agreed = HatHours(_hours(row.technology), _hours(row.ai))
        rows.append(
            CapacityRow(
                quarter=quarter,
                person=row.holder_id,
                hours=agreed.both,
                clients=row.clients,
                seats=row.seats,
                agreed=agreed,
                to_date=HatHours(_hours(row.technology_to_date), _hours(row.ai_to_date)),
                reported=HatHours(*(rounded(reported[*key, function]) for function in BOTH)),
                unagreed=row.unagreed,
                bands=bands.get(key, ()),
                planned=quarter.start > parameters.as_of,
                link=link_to_row("capacity", f"{quarter}.{row.holder_id}", parameters),
            )
        )
    return Capacity(parameters, tuple(sorted(rows, key=lambda r: (r.quarter, -r.hours, r.person))))


def capacity_by_client(connection: Connection, parameters: ReportParameters) -> Contributions:
    """The agreed hours of each client, row by row."""
    found: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for row in connection.execute(_agreed(parameters, None, by_client=True)):
        name = f"{parameters.quarters[row.quarter]}.{row.holder_id}"
        found[row.client_id][name] = _hours(row.technology) + _hours(row.ai)
    return found


def _agreed(parameters: ReportParameters, person: UUID | None, *, by_client: bool = False) -> Select[Any]:
    """Agreed hours by quarter and holder (and client), in parts of a hundredth of an hour."""
    months = months_in(parameters.quarters)
    seats, statuses = SEAT_SPANS.alias(), STATUS_SPANS.alias()
    start, end = first_shared(seats, statuses, months), end_shared(seats, statuses, months)
    past = greatest(least(end, parameters.as_of.toordinal() + 1) - start, 0)
    agreed = case((seats.c.function == Function.TECHNOLOGY, seats.c.technology_hours), else_=seats.c.ai_hours)
    counted = case((statuses.c.status == Status.OPEN, coalesce(agreed, 0) * months.c.parts), else_=0)

    def total(days: ColumnElement[int], function: Function) -> ColumnElement[int]:
        return func.sum(case((seats.c.function == function, counted * days), else_=0))

    keys = [months.c.quarter, seats.c.holder_id, *([seats.c.client_id] if by_client else [])]
    query = (
        select(
            *keys,
            total(end - start, Function.TECHNOLOGY).label("technology"),
            total(end - start, Function.AI).label("ai"),
            total(past, Function.TECHNOLOGY).label("technology_to_date"),
            total(past, Function.AI).label("ai_to_date"),
            func.count(distinct(seats.c.client_id)).label("clients"),
            func.count(distinct(seats.c.seat_id)).label("seats"),
            func.count(distinct(case((agreed.is_(None), seats.c.seat_id)))).label("unagreed"),
        )
        .join(statuses, and_(statuses.c.stream_id == seats.c.stream_id, known(statuses, parameters.known_at)))
        .join(months, start < end)
        .where(
            known(seats, parameters.known_at),
            of_chosen(seats.c.client_id, parameters),
            meets_quarters(seats, parameters.first, parameters.last),
            meet(seats, statuses),
        )
        .group_by(*keys)
    )
    return query if person is None else query.where(seats.c.holder_id == person)


def _reported(
    connection: Connection, parameters: ReportParameters, person: UUID | None
) -> Mapping[tuple[int, UUID, Function], Fraction]:
    """Reported hours by quarter, holder and hat."""
    shares = _shares(parameters).subquery()
    of_report = (shares.c.stream_id, shares.c.milestone_id)
    in_all = select(
        shares,
        func.sum(shares.c.held).over(partition_by=of_report).label("all_held"),
        func.sum(shares.c.working).over(partition_by=of_report).label("all_working"),
    ).subquery()
    were_worked = in_all.c.all_working > 0
    days = case((were_worked, in_all.c.working), else_=in_all.c.held)
    all_days = case((were_worked, in_all.c.all_working), else_=in_all.c.all_held).label("all_days")
    keys = (in_all.c.quarter, in_all.c.holder_id, in_all.c.function, all_days)
    query = select(*keys, func.sum(in_all.c.hours * days)).group_by(*keys)
    if person is not None:
        query = query.where(in_all.c.holder_id == person)
    hours: dict[tuple[int, UUID, Function], Fraction] = defaultdict(Fraction)
    for quarter, holder, function, of_days, hundredths in connection.execute(query):
        hours[quarter, holder, function] += Fraction(int(hundredths), 100 * int(of_days))
    return hours


def _shares(parameters: ReportParameters) -> Select[Any]:
    """Each report of hours once for every stretch in which its function was held in that month, with its days."""
    months = months_in(parameters.quarters)
    seats, statuses, told = SEAT_SPANS.alias(), STATUS_SPANS.alias(), REPORTED_HOURS.c
    spans = (seats, statuses, months)
    days = end_shared(*spans) - first_shared(*spans)
    return (
        select(
            months.c.quarter,
            told.stream_id,
            told.milestone_id,
            seats.c.holder_id,
            told.function,
            told.hours,
            days.label("held"),
            case((statuses.c.status == Status.OPEN, days), else_=0).label("working"),
        )
        .join_from(REPORTED_HOURS, months, day_number(told.month_starts_on) == months.c.starts_on)
        .join(
            seats,
            and_(
                seats.c.stream_id == told.stream_id,
                seats.c.function == told.function,
                known(seats, parameters.known_at),
            ),
        )
        .join(statuses, and_(statuses.c.stream_id == told.stream_id, known(statuses, parameters.known_at)))
        .where(
            known(REPORTED_HOURS, parameters.known_at),
            told.told_on <= parameters.as_of,
            of_chosen(told.client_id, parameters),
            meet(seats, months),
            meet(seats, statuses),
            days > 0,
        )
    )


def _hours(parts: int) -> Decimal:
    return rounded(Fraction(int(parts), 100 * PARTS))
