"""Quarters of a fiscal year that may start in any month.

A calendar is identified by the month its fiscal year starts in (1 to 12). Its quarters are three whole months each and
do not overlap. Days outside `FIRST_DAY` to `LAST_DAY` are refused, so that the month after any quarter is still a valid
date.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Self

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)

_KNOWN_DAYS: Final = f"between {FIRST_DAY} and {LAST_DAY}"
_LABEL: Final = re.compile(r"(FY)?([0-9]{4})-Q([1-4])")
_ONE_DAY: Final = timedelta(days=1)


class InvalidQuarter(ValueError):  # noqa: N818  (what a reader wrote is refused; the program is in order)
    """The text does not name a quarter of the calendar."""

    def __init__(self, text: str, expected: str) -> None:
        """Store the refused text, shortened if necessary, and the expected form."""
        self.text = text if len(text) <= 40 else text[:40] + "…"
        self.expected = expected
        super().__init__(f"{self.text!r} is not {expected}")


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """Three months of a fiscal year.

    Quarters sort by their first day, across calendars; they are equal only within one calendar. Raises `InvalidQuarter`
    for a first day that starts no quarter of the calendar or is out of range.
    """

    start: date
    fiscal_year_start_month: int = 1

    def __post_init__(self) -> None:
        """Refuse a first day that starts no quarter of this calendar."""
        _check_start_month(self.fiscal_year_start_month)
        if self.start.day != 1 or (self.start.month - self.fiscal_year_start_month) % 3:
            raise InvalidQuarter(self.start.isoformat(), "the first day of a quarter")
        _check_holds_known_days(_month_number(self.start), self.start.isoformat())

    @property
    def year(self) -> int:
        """The year in which the quarter's fiscal year ends."""
        return _month(_month_number(self.start) + 14 - 3 * self.number).year

    @property
    def number(self) -> int:
        """The number of the quarter in its fiscal year, 1 to 4."""
        return (self.start.month - self.fiscal_year_start_month) % 12 // 3 + 1

    @property
    def label(self) -> str:
        """`2026-Q1` for calendar years, `FY2026-Q1` for other fiscal years."""
        return _label(self)

    @property
    def end(self) -> date:
        """The last day, inclusive."""
        return _month(_month_number(self.start) + 3) - _ONE_DAY

    @property
    def next(self) -> Self:
        """The following quarter. Raises `InvalidQuarter` after the last supported one."""
        return type(self)(_month(_month_number(self.start) + 3), self.fiscal_year_start_month)

    @property
    def previous(self) -> Self:
        """The preceding quarter. Raises `InvalidQuarter` before the first supported one."""
        return type(self)(_month(_month_number(self.start) - 3), self.fiscal_year_start_month)

    def contains(self, day: date) -> bool:
        """Whether the day lies in the quarter."""
        return self.start <= day <= self.end

    def days_held(self, start: date, end: date | None) -> int:
        """The number of the quarter's days in the span `[start, end)`; an `end` of None is open."""
        after = self.end + _ONE_DAY
        until = after if end is None else min(end, after)
        return max(0, (until - max(start, self.start)).days)

    def __str__(self) -> str:
        """The label."""
        return self.label


@lru_cache(maxsize=512)
def _label(quarter: Quarter) -> str:
    """Cached: reports have many rows but few quarters."""
    return f"{_prefix(quarter.fiscal_year_start_month)}{quarter.year:04}-Q{quarter.number}"


def quarter_of(day: date, fiscal_year_start_month: int = 1) -> Quarter:
    """The quarter that contains the day. Raises `InvalidQuarter` for a day outside `FIRST_DAY` to `LAST_DAY`."""
    _check_start_month(fiscal_year_start_month)
    _check_day(day)
    return Quarter(_month(_month_number(day) - (day.month - fiscal_year_start_month) % 3), fiscal_year_start_month)


def parse_quarter(text: str, fiscal_year_start_month: int = 1) -> Quarter:
    """Parse a quarter's label.

    Raises `InvalidQuarter` for anything else. A label of another calendar is refused too: `2026-Q1` and `FY2026-Q1`
    cover different days, and mixing them up should be noticed.
    """
    _check_start_month(fiscal_year_start_month)
    prefix = _prefix(fiscal_year_start_month)
    match = _LABEL.fullmatch(text)
    if match is None or (match[1] or "") != prefix:
        fiscal_year = f", of fiscal years from {calendar.month_name[fiscal_year_start_month]}" if prefix else ""
        raise InvalidQuarter(text, f"a quarter written like {prefix}2026-Q1{fiscal_year}")
    year, number = int(match[2]), int(match[3])
    starts_in = year if fiscal_year_start_month == 1 else year - 1
    month_number = starts_in * 12 + fiscal_year_start_month - 1 + (number - 1) * 3
    _check_holds_known_days(month_number, text)
    return Quarter(_month(month_number), fiscal_year_start_month)


def quarters_between(first: Quarter, last: Quarter) -> tuple[Quarter, ...]:
    """Every quarter from the first to the last, inclusive; empty if the last comes before the first.

    Raises `ValueError` if the two are of different calendars.
    """
    if first.fiscal_year_start_month != last.fiscal_year_start_month:
        raise ValueError(f"{first} and {last} are quarters of different calendars")
    months = range(_month_number(first.start), _month_number(last.start) + 1, 3)
    return tuple(Quarter(_month(month), first.fiscal_year_start_month) for month in months)


def _month_number(day: date) -> int:
    """The month of a day, counted from January of year 0."""
    return day.year * 12 + day.month - 1


def _month(number: int) -> date:
    """The first day of a month counted from January of year 0."""
    return date(number // 12, number % 12 + 1, 1)


def _prefix(fiscal_year_start_month: int) -> str:
    return "" if fiscal_year_start_month == 1 else "FY"


def _check_start_month(month: int) -> None:
    if not 1 <= month <= 12:
        raise ValueError(f"a fiscal year starts in a month from 1 to 12, not {month}")


def _check_day(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidQuarter(day.isoformat(), _KNOWN_DAYS)


def _check_holds_known_days(month_number: int, text: str) -> None:
    """Refuse the text if the quarter that starts in this month is entirely out of range."""
    if not _month_number(FIRST_DAY) - 2 <= month_number <= _month_number(LAST_DAY):
        raise InvalidQuarter(text, _KNOWN_DAYS)
