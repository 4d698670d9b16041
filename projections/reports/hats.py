"""The two functions in balance at one client: hours, decisions and deliverables of each, by quarter.

Agreed hours are prorated by the days on which the function is held and work is not paused; the hours expected of a
fractional AI leader follow S3:L66 (`expected_hours`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from uuid import UUID

from domain.governance import KINDS, GovernanceFacts, HatActivity, activity_between, total_activity
from domain.quarters import Quarter
from domain.seats import BOTH, Commitment, Function
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods
from projections.client_facts import engagement_facts
from projections.column_types import to_hundredths
from projections.reports.expected_hours import CoveredDays, HatSpan, HoursTally, covered_days
from projections.reports.proration import MonthlyAmounts, rounded
from projections.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ExpectedRange:
    """The least and the most hours expected on the days of a quarter that have an expectation."""

    least: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class HatQuarter:
    """One function in one quarter, in which it is held or something was done under it.

    `agreed` hours are those of the whole quarter, plans included (null: none agreed); `activity` has the worked hours,
    decisions and deliverables up to the day of the question. `expected` is null for technology, full-time leaders and
    after the first year.
    """

    is_held: bool
    agreed: Decimal | None
    activity: HatActivity
    expected: ExpectedRange | None


@dataclass(frozen=True, slots=True)
class QuarterBalance:
    """Both functions in one quarter; `planned`: it starts after the day of the question."""

    quarter: Quarter
    hats: Mapping[Function, HatQuarter]
    planned: bool


def hats_by_quarter(
    snapshot: Snapshot,
    client: UUID,
    quarters: Sequence[Quarter],
    *,
    as_of: date,
    known_at: datetime | None = None,
) -> tuple[QuarterBalance, ...]:
    """Hours, decisions and deliverables of both functions at one client, in consecutive quarters.

    Quarters in which neither function is held and nothing was done are left out.
    """
    read = engagement_facts(snapshot, KINDS, [client], known_at=known_at)
    engagements = [facts for _, of_client in read for facts in of_client]
    return tuple(balance_of(engagements, quarters, as_of)) if quarters else ()


def balance_of(
    engagements: Sequence[EngagementFacts], quarters: Sequence[Quarter], as_of: date
) -> Iterator[QuarterBalance]:
    """Both functions of one client's engagements, in those quarters in which there is something to say."""
    governance = list(map(GovernanceFacts.of, engagements))
    agreed = _agreed(engagements, quarters, as_of)
    covered = [days for facts in engagements for days in _covered(facts)]
    for place, quarter in enumerate(quarters):
        start, end = quarter.start.toordinal(), quarter.end.toordinal() + 1
        hats = {
            function: HatQuarter(
                any(facts.held[function] & Periods(((start, end),)) for facts in engagements),
                agreed.get((place, function)),
                total_activity([activity_between(one, function, start, end, as_of.toordinal()) for one in governance]),
                _expected(covered, start, end) if function is Function.AI else None,
            )
            for function in BOTH
        }
        if any(hat.is_held or hat.activity != HatActivity() for hat in hats.values()):
            yield QuarterBalance(quarter, hats, quarter.start > as_of)


def _agreed(
    engagements: Iterable[EngagementFacts], quarters: Sequence[Quarter], as_of: date
) -> Mapping[tuple[int, Function], Decimal]:
    """The hours agreed by index of the quarter and function; none where no hours are agreed on any day."""
    amounts: MonthlyAmounts[Function] = MonthlyAmounts()
    some: dict[Function, list[tuple[int, int]]] = {function: [] for function in BOTH}
    for facts, function in product(engagements, BOTH):
        for span in facts.seats_of(function):
            hours = span.terms.hours_per_month
            agreed = hours.of(function) if hours else None
            for start, end in facts.active.periods & Periods((span.days,)) if agreed is not None else ():
                amounts.add(function, start, end, to_hundredths(agreed or Decimal(0)))
                some[function].append((start, end))
    sums = dict(amounts.amounts(quarters, as_of))
    return {
        (place, function): rounded(sums[function][place].whole)
        for function in sums
        for place, quarter in enumerate(quarters)
        if Periods.of(some[function]) & Periods(((quarter.start.toordinal(), quarter.end.toordinal() + 1),))
    }


def _covered(facts: EngagementFacts) -> Iterator[CoveredDays]:
    """The days of the AI function with an expected range, without pauses."""
    spans = [
        HatSpan(span.terms.holder.bytes, *span.days, span.terms.commitment is Commitment.FRACTIONAL, None)
        for span in facts.seats_of(Function.AI)
    ]
    for days in covered_days(spans, ()):
        for start, end in facts.active.periods & Periods(((days.start, days.end),)):
            yield days._replace(start=start, end=end)


def _expected(covered: Iterable[CoveredDays], start: int, end: int) -> ExpectedRange | None:
    total: HoursTally | None = None
    for days in covered:
        if (tally := days.expected_between(start, end)) is not None:
            total = tally.plus(total)
    return None if total is None else ExpectedRange(rounded(total.least), rounded(total.most))
