"""Reported hours by month and holder. A month has at most 24 hours a day of one seat and of one person."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from domain.kinds.work import HoursReported
from domain.milestones import Milestone
from domain.precision import Precision
from domain.seats import Function
from domain.timeline import SeatSpan, Status, Timeline

DAY = timedelta(days=1)
HOURS_A_DAY = 24

HolderMonth: TypeAlias = tuple[str, UUID]
"""A month (`2026-03`) and a person."""


def most_hours(month: str) -> int:
    """The number of hours that a month has."""
    return HOURS_A_DAY * monthrange(int(month[:4]), int(month[5:]))[1]


def hours_by_month(milestones: Iterable[Milestone]) -> Mapping[str, Decimal]:
    """The hours reported for each month, by any holder."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for milestone in milestones:
        if isinstance(details := milestone.details, HoursReported):
            sums[details.month] += details.hours
    return dict(sums)


def hours_by_holder(timeline: Timeline, months: Collection[str] | None = None) -> Mapping[HolderMonth, Fraction]:
    """The reported hours of each person in each of some months (null: all), under both functions."""
    sums: dict[HolderMonth, Fraction] = defaultdict(Fraction)
    for milestone in timeline.milestones:
        if isinstance(details := milestone.details, HoursReported) and (months is None or details.month in months):
            for holder, share in shares_of(timeline, details.month, details.function).items():
                sums[details.month, holder] += Fraction(details.hours) * share
    return sums


def shares_of(timeline: Timeline, month: str, function: Function) -> Mapping[UUID, Fraction]:
    """Each holder's share of the days in a month on which a function was held.

    Paused days do not count, unless the function was held on paused days only.
    """
    first = date.fromisoformat(f"{month}-01")
    after = Precision.MONTH.last_day(first) + DAY
    days: dict[UUID, int] = defaultdict(int)
    working_days: dict[UUID, int] = defaultdict(int)
    for span in timeline.seat_spans:
        if span.function is function:
            start, end = _within(span.start, span.end, first, after)
            days_held = max((end - start).days, 0)
            days[span.terms.holder] += days_held
            working_days[span.terms.holder] += days_held - sum(_paused_days(timeline, span, first, after))
    counted = working_days if any(working_days.values()) else days
    every = sum(counted.values())
    return {holder: Fraction(count, every) for holder, count in counted.items() if count}


def _paused_days(timeline: Timeline, seat_span: SeatSpan, first: date, after: date) -> Iterator[int]:
    """The days of each pause on which a seat was held, from `first` until the day before `after`."""
    start, end = _within(seat_span.start, seat_span.end, first, after)
    for span in timeline.status_spans:
        if span.status is Status.PAUSED:
            paused_from, paused_to = _within(span.start, span.end, start, end)
            yield max((paused_to - paused_from).days, 0)


def _within(start: date, end: date | None, first: date, after: date) -> tuple[date, date]:
    return max(start, first), after if end is None else min(end, after)


def hours_text(hours: Fraction) -> str:
    """Hours with at most two decimals."""
    return f"{float(hours):.2f}".rstrip("0").rstrip(".")
