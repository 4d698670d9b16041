"""The hours that the articles lead to expect of a fractional AI leader, and how far hours are from them.

S3:L66: 15 to 20 hours a month in months 1 to 3, 8 to 12 in months 4 to 12. Of a second year, of full-time leaders and
of the technology hat it says nothing. Months are counted from the first day on which a fractional leader holds the AI
function in the engagement, whoever that is: it is the work that takes the hours, and a hand-over does not begin it
anew. Days on which the engagement is paused count neither for what was agreed nor for the band.
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

from projections.reports.proration import parts_until, rounded, working

COVERED_MONTHS: Final = 12
"""So many months of an engagement the source speaks of."""


class Phase(NamedTuple):
    """Months of an engagement (from, and up to but without), and the least and the most hours a month in them."""

    first: int
    end: int
    least: int
    most: int


PHASES: Final = (Phase(0, 3, 15, 20), Phase(3, COVERED_MONTHS, 8, 12))


class Verdict(StrEnum):
    """Where hours lie."""

    UNDER = "under"
    WITHIN = "within"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Band:
    """Hours on some days, beside the least and the most that the source leads to expect on them."""

    hours: Decimal
    least: Decimal
    most: Decimal
    verdict: Verdict


class Tally(NamedTuple):
    """The same in parts of a hundredth of an hour, to be added up."""

    hours: int
    least: int
    most: int

    def plus(self, other: Tally | None) -> Tally:
        """Both together."""
        if other is None:
            return self
        return Tally(self.hours + other.hours, self.least + other.least, self.most + other.most)

    @property
    def verdict(self) -> Verdict:
        """Where the hours lie, before anything is rounded."""
        if self.hours < self.least:
            return Verdict.UNDER
        return Verdict.OVER if self.hours > self.most else Verdict.WITHIN

    def band(self) -> Band:
        """The figures."""
        return Band(rounded(self.hours), rounded(self.least), rounded(self.most), self.verdict)


class HatSpan(NamedTuple):
    """Who (an id as it is stored) held the AI function on which days, and with which hours a month, in hundredths.

    Days are day numbers, from one until the day before another. Full-time holders have no band, but a share in the
    hours that were reported of a month.
    """

    holder: bytes
    start: int
    end: int
    is_fractional: bool
    hours: int | None


class Covered(NamedTuple):
    """Working days of one holder in one phase, with the hours a month that were agreed for them."""

    holder: bytes
    start: int
    end: int
    hours: int | None
    phase: Phase

    def agreed_between(self, start: int, end: int) -> Tally | None:
        """What was agreed for those of its days that lie between; null: no hours were agreed, or there are no days."""
        parts = self._parts(start, end)
        return self._tally(parts, self.hours * parts) if parts and self.hours is not None else None

    def reported_between(self, start: int, end: int, a_day: int) -> Tally | None:
        """Those days, when so many parts of a hundredth were reported of each; null: there are none."""
        days = min(end, self.end) - max(start, self.start)
        return self._tally(self._parts(start, end), a_day * days) if days > 0 else None

    def _parts(self, start: int, end: int) -> int:
        first, after = max(start, self.start), min(end, self.end)
        return parts_until(after) - parts_until(first) if first < after else 0

    def _tally(self, parts: int, hours: int) -> Tally:
        return Tally(hours, 100 * self.phase.least * parts, 100 * self.phase.most * parts)


def covered_days(spans: Sequence[HatSpan], pauses: Sequence[tuple[int, int]]) -> Iterator[Covered]:
    """The days of one engagement's AI hat that the source speaks of."""
    begins = min((span.start for span in spans if span.is_fractional), default=None)
    if begins is None:
        return
    for span in spans:
        if span.is_fractional:
            for phase in PHASES:
                start = max(span.start, _months_after(begins, phase.first))
                end = min(span.end, _months_after(begins, phase.end))
                for first, after in working(start, end, pauses):
                    yield Covered(span.holder, first, after, span.hours, phase)


def working_days(spans: Sequence[HatSpan], pauses: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """On how many days between these the function was held and work was not paused."""
    return sum(
        after - first for span in spans for first, after in working(max(start, span.start), min(end, span.end), pauses)
    )


def add_months(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day where it has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=10_000)
def _months_after(day: int, months: int) -> int:
    return add_months(date.fromordinal(day), months).toordinal()
