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
from fractions import Fraction
from itertools import product
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from domain.quarters import months_overlap
from projections.reports.proration import rounded

COVERED_MONTHS: Final = 12
"""So many months of an engagement the source speaks of."""

Days: TypeAlias = tuple[date, date | None]
"""From a day until the day before another (null: it goes on)."""


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
    """The same, exactly and to be added up."""

    hours: Fraction
    least: Fraction
    most: Fraction

    def plus(self, other: Tally | None) -> Tally:
        """Both together."""
        return self if other is None else Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def band(self) -> Band:
        """How the hours lie, before anything is rounded."""
        verdict = Verdict.WITHIN
        if self.hours < self.least:
            verdict = Verdict.UNDER
        if self.hours > self.most:
            verdict = Verdict.OVER
        return Band(rounded(self.hours), rounded(self.least), rounded(self.most), verdict)


class HatSpan(NamedTuple):
    """Who held the AI function from a day until the day before another, and with how many hours a month agreed.

    Full-time holders have no band, but a share in the hours that were reported of a month.
    """

    holder: UUID
    start: date
    end: date | None
    is_fractional: bool
    hours: Fraction | None


class HatReport(NamedTuple):
    """Hours reported of a month (its first day)."""

    month: date
    hours: Fraction


class HatMonth(NamedTuple):
    """What was agreed and reported for days of one month that the source speaks of (null: nothing), of one holder."""

    holder: UUID
    month: date
    agreed: Tally | None
    reported: Tally | None


def months_with_bands(
    held: Sequence[HatSpan], paused: Sequence[Days], reports: Sequence[HatReport], first: date, end: date
) -> Iterator[HatMonth]:
    """One engagement's AI hat from a first day until the day before another; several may be of one holder and month.

    Hours reported of a month are shared by the days of it on which each span held the function and work was not paused.
    """
    fractional = [span for span in held if span.is_fractional]
    if not fractional:
        return
    begins = min(span.start for span in fractional)
    for span, phase in product(fractional, PHASES):
        covered = _shared(
            (span.start, span.end), (add_months(begins, phase.first), add_months(begins, phase.end)), (first, end)
        )
        for month, _, days_in_month in months_overlap(*covered):
            whole_month = month, add_months(month, 1)
            working = _working(paused, covered, whole_month)
            if not working:
                continue
            share = Fraction(working, days_in_month)
            least, most = phase.least * share, phase.most * share
            told = [report.hours for report in reports if report.month == month]
            in_all = sum(_working(paused, (other.start, other.end), whole_month) for other in held)
            yield HatMonth(
                span.holder,
                month,
                agreed=None if span.hours is None else Tally(span.hours * share, least, most),
                reported=Tally(sum(told, Fraction()) * working / in_all, least, most) if told else None,
            )


def add_months(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day where it has none such."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _shared(*spans: Days) -> tuple[date, date]:
    """The days that all hold, the last span being bounded; empty where its end is not after its start."""
    return max(start for start, _ in spans), min(end for _, end in spans if end is not None)


def _working(paused: Sequence[Days], *spans: Days) -> int:
    """How many days all spans hold on which work was not paused."""
    whole = _shared(*spans)
    return _count(whole) - sum(_count(rest, whole) for rest in paused)


def _count(*spans: Days) -> int:
    start, end = _shared(*spans)
    return max(0, (end - start).days)
