"""Proration of monthly amounts by days, exactly.

A monthly amount in force on `n` days of a month counts `amount * n / days in the month`. Amounts are whole units
(hundredths of an hour, ten-thousandths of a currency). Sums are in whole parts of a unit, small enough that the share
of any number of days is a whole number of parts. Only the result is rounded, half up.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import lcm
from typing import Any, Final, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Integer, and_, or_, type_coerce
from sqlalchemy.sql.functions import coalesce

from domain.currencies import MOST_DECIMALS, decimals_of
from domain.quarters import Quarter

K = TypeVar("K", bound=Hashable)

PARTS: Final = lcm(*range(1, 32))
"""The parts of a unit: the least common multiple of all numbers of days in a month."""

NEVER: Final = date.max.toordinal()
"""The day number of the end of an open span."""


class QuarterAmounts(NamedTuple):
    """The amount in a quarter, and in its days up to and including `as_of`, in parts of a unit."""

    whole: int
    to_date: int


class MonthlyAmounts(Generic[K]):
    """Monthly amounts in force over spans of days, by key.

    Only the days on which a sum changes are stored, so that adding a span costs the same however long it is.
    """

    __slots__ = ("_changes",)

    def __init__(self) -> None:
        """No amounts."""
        self._changes: dict[K, dict[int, int]] = defaultdict(dict)

    def add(self, key: K, start: int, end: int, amount: int) -> None:
        """Add a monthly amount over `[start, end)` (day numbers)."""
        self.change(key, start, amount)
        self.change(key, end, -amount)

    def change(self, key: K, day: int, amount: int) -> None:
        """Add a monthly amount from a day on."""
        changes = self._changes[key]
        changes[day] = changes.get(day, 0) + amount

    def amounts(self, quarters: Sequence[Quarter], as_of: date) -> Iterator[tuple[K, Sequence[QuarterAmounts]]]:
        """The amount of each key in each quarter."""
        tomorrow = as_of.toordinal() + 1
        bounds = []
        for quarter in quarters:
            start, end = quarter.start.toordinal(), quarter.end.toordinal() + 1
            bounds.append((start, min(max(start, tomorrow), end), end))
        days = sorted({day for bound in bounds for day in bound})
        for key, changes in self._changes.items():
            by = _cumulative(changes, days)
            yield key, [QuarterAmounts(by[end] - by[start], by[past] - by[start]) for start, past, end in bounds]


def _cumulative(changes: Mapping[int, int], days: Sequence[int]) -> Mapping[int, int]:
    """The cumulative amount at the start of each of some ascending days."""
    level = before = 0
    ahead = sorted(changes.items(), reverse=True)
    amounts = {}
    for day_start in days:
        while ahead and ahead[-1][0] < day_start:
            day, change = ahead.pop()
            level += change
            before += change * parts_until(day)
        amounts[day_start] = level * parts_until(day_start) - before
    return amounts


@lru_cache(maxsize=100_000)
def parts_until(day_start: int) -> int:
    """The parts of all months up to the start of a day."""
    day = date.fromordinal(day_start)
    of_day = PARTS // calendar.monthrange(day.year, day.month)[1]
    return (day.year * 12 + day.month) * PARTS + (day.day - 1) * of_day


class QuarterOverlaps(Generic[K]):
    """The set of quarters that the spans of each key overlap."""

    __slots__ = ("_end", "_starts", "_touched")

    def __init__(self, quarters: Sequence[Quarter]) -> None:
        """No spans; the quarters must be consecutive."""
        self._starts = [quarter.start.toordinal() for quarter in quarters]
        self._end = quarters[-1].end.toordinal() + 1
        self._touched: dict[K, int] = defaultdict(int)

    def add(self, key: K, start: int, end: int) -> None:
        """Add the quarters that overlap `[start, end)` (day numbers)."""
        starts = self._starts
        if starts[0] < end and start < self._end:
            first, after = max(bisect_right(starts, start) - 1, 0), bisect_left(starts, end)
            self._touched[key] |= (1 << after) - (1 << first)

    def items(self) -> Iterator[tuple[K, Iterator[int]]]:
        """The keys, each with the indexes of its quarters."""
        places = range(len(self._starts))
        for key, touched in self._touched.items():
            yield key, (place for place in places if touched >> place & 1)


def without_pauses(start: int, end: int, pauses: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of `[start, end)` outside of some pauses, which ascend and do not overlap."""
    for pause, resumed in pauses:
        if resumed <= start:
            continue
        if pause >= end:
            break
        if start < pause:
            yield start, pause
        start = resumed
    if start < end:
        yield start, end


def day_number(day: Any) -> ColumnElement[int]:
    """A date column as its stored day number."""
    return type_coerce(day, Integer)


def end_number(day: Any) -> ColumnElement[int]:
    """The end of a span as a day number; `NEVER` for an open span."""
    return coalesce(day_number(day), NEVER)


def meets_days(span: Any, first: date, last: date) -> ColumnElement[bool]:
    """The condition that a span contains a day from `first` to `last`."""
    begins, ends = day_number(span.c.starts_on), day_number(span.c.ends_on)
    return and_(begins <= last.toordinal(), or_(ends.is_(None), ends > first.toordinal()))


def in_hundredths(parts: int) -> int:
    """Parts of a hundredth (not negative) in whole hundredths, rounded half up."""
    return (2 * parts + PARTS) // (2 * PARTS)


def rounded(parts: int) -> Decimal:
    """Parts of a hundredth (not negative) as a number with two decimals, rounded half up."""
    return Decimal(in_hundredths(parts)).scaleb(-2)


def rounded_money(parts: int, currency: str) -> Decimal:
    """Parts of a ten-thousandth (not negative) as an amount with the decimals of its currency, rounded half up."""
    decimals = decimals_of(currency)
    unit = PARTS * 10 ** (MOST_DECIMALS - decimals)
    return Decimal((2 * parts + unit) // (2 * unit)).scaleb(-decimals)
