"""The hours expected of a fractional AI leader, according to the articles, and their comparison with actual hours.

S3:L66: 15 to 20 hours a month in months 1 to 3, and 8 to 12 in months 4 to 12. There is no expectation for a second
year, for full-time leaders or for technology. Months are counted from the first day on which any fractional leader
holds the AI function in the engagement; a hand-over does not restart them. Paused days count neither for the agreed
hours nor for the expected range.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from projections.reports.proration import parts_until, rounded, without_pauses

COVERED_MONTHS: Final = 12
"""The number of months of an engagement with an expectation."""


class Phase(NamedTuple):
    """Months `[first, end)` of an engagement, and the least and the most hours per month in them."""

    first: int
    end: int
    least: int
    most: int


PHASES: Final = (Phase(0, 3, 15, 20), Phase(3, COVERED_MONTHS, 8, 12))


class Verdict(StrEnum):
    """Whether hours are under, within or over the expected range."""

    UNDER = "under"
    WITHIN = "within"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Band:
    """Hours on some days, and the least and the most hours expected on them."""

    hours: Decimal
    least: Decimal
    most: Decimal
    verdict: Verdict


class HoursTally(NamedTuple):
    """Hours and their expected range in parts of a hundredth of an hour, to be summed exactly."""

    hours: int
    least: int
    most: int

    def plus(self, other: HoursTally | None) -> HoursTally:
        """The sum of both."""
        if other is None:
            return self
        return HoursTally(self.hours + other.hours, self.least + other.least, self.most + other.most)

    @property
    def verdict(self) -> Verdict:
        """The verdict on the unrounded hours."""
        if self.hours < self.least:
            return Verdict.UNDER
        return Verdict.OVER if self.hours > self.most else Verdict.WITHIN

    def band(self) -> Band:
        """The rounded figures."""
        return Band(rounded(self.hours), rounded(self.least), rounded(self.most), self.verdict)


class HatSpan(NamedTuple):
    """A holder (id as stored) of the AI function over `[start, end)` (day numbers), with monthly hours in hundredths.

    Full-time holders have no expected range, but share in the hours reported for a month.
    """

    holder: bytes
    start: int
    end: int
    is_fractional: bool
    hours: int | None


class CoveredDays(NamedTuple):
    """Working days of one holder in one phase, with the agreed hours per month in hundredths (null: none)."""

    holder: bytes
    start: int
    end: int
    hours: int | None
    phase: Phase

    def agreed_between(self, start: int, end: int) -> HoursTally | None:
        """The hours agreed for its days in `[start, end)`; null without agreed hours or days."""
        parts = self._parts(start, end)
        return self._tally(parts, self.hours * parts) if parts and self.hours is not None else None

    def reported_between(self, start: int, end: int, a_day: int) -> HoursTally | None:
        """The hours reported for its days in `[start, end)`, `a_day` parts of a hundredth each; null without days."""
        days = min(end, self.end) - max(start, self.start)
        return self._tally(self._parts(start, end), a_day * days) if days > 0 else None

    def expected_between(self, start: int, end: int) -> HoursTally | None:
        """The range expected on its days in `[start, end)`, with no hours; null without days."""
        parts = self._parts(start, end)
        return self._tally(parts, 0) if parts else None

    def _parts(self, start: int, end: int) -> int:
        first, after = max(start, self.start), min(end, self.end)
        return parts_until(after) - parts_until(first) if first < after else 0

    def _tally(self, parts: int, hours: int) -> HoursTally:
        return HoursTally(hours, 100 * self.phase.least * parts, 100 * self.phase.most * parts)


def covered_days(spans: Sequence[HatSpan], pauses: Sequence[tuple[int, int]]) -> Iterator[CoveredDays]:
    """The working days of one engagement's AI function with an expected range."""
    begins = min((span.start for span in spans if span.is_fractional), default=None)
    if begins is None:
        return
    for span in spans:
        if span.is_fractional:
            for phase in PHASES:
                start = max(span.start, _months_after(begins, phase.first))
                end = min(span.end, _months_after(begins, phase.end))
                for first, after in without_pauses(start, end, pauses):
                    yield CoveredDays(span.holder, first, after, span.hours, phase)


def working_days(spans: Sequence[HatSpan], pauses: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """The number of days in `[start, end)` on which the function was held and work was not paused."""
    return sum(
        after - first
        for span in spans
        for first, after in without_pauses(max(start, span.start), min(end, span.end), pauses)
    )


def add_months(day: date, months: int) -> date:
    """The same day some months later (or earlier), or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=10_000)
def _months_after(day: int, months: int) -> int:
    return add_months(date.fromordinal(day), months).toordinal()
