"""The precision of dates."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Precision(StrEnum):
    """The precision of a date. All but `day` use the first day of a calendar period."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """The length of the period in months; 0 for a day."""
        return _MONTHS[self]

    def is_first_day(self, day: date) -> bool:
        """Whether a date may represent a period of this precision."""
        return self is Precision.DAY or (day.day == 1 and (day.month - 1) % self.months == 0)

    def last_day(self, first: date) -> date:
        """The last day of the period that begins on `first`."""
        if self is Precision.DAY:
            return first
        month = first.month - 1 + self.months
        if first.year + month // 12 > date.max.year:
            return date.max
        return date(first.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def day_words(day: date) -> str:
    """`22 Nov 2026`, as people read it."""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def month_words(month: str) -> str:
    """`Nov 2026` for `2026-11`."""
    year, number = month.split("-")
    return f"{MONTH_NAMES[int(number) - 1]} {int(year)}"


def month_number(name: str) -> int | None:
    """The number of a month by its English name or its first letters, in any case; null for another word."""
    return _NUMBERS_BY_NAME.get(name.lower())


FULL_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTH_NAMES = tuple(name[:3] for name in FULL_MONTH_NAMES)
_NUMBERS_BY_NAME = {
    name.lower(): number for names in (FULL_MONTH_NAMES, MONTH_NAMES) for number, name in enumerate(names, 1)
} | {"sept": 9}
_MONTHS = {Precision.DAY: 0, Precision.MONTH: 1, Precision.QUARTER: 3, Precision.YEAR: 12}
