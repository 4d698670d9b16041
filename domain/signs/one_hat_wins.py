"""A12: one of two roles in one seat gets far fewer hours than agreed, month after month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, pairwise
from uuid import UUID

from domain.kinds.kind import Kind
from domain.kinds.work import HoursReported
from domain.seats import BOTH, Function, Hours
from domain.signs.detector import Detail, Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.facts import EngagementFacts, Entry
from domain.signs.periods import Periods


@dataclass(slots=True)
class _Month:
    """The hours reported so far for one month, and those agreed on its last day. `losing` are the roles that lose."""

    agreed: Hours | None
    reported: dict[Function, Decimal] = field(default_factory=lambda: dict.fromkeys(BOTH, Decimal(0)))
    milestones: list[UUID] = field(default_factory=list)
    losing: Sequence[Function] = ()

    def add(self, report: Entry[HoursReported]) -> None:
        """Add hours; those of one month and role add up."""
        self.reported[report.details.function] += report.details.hours
        self.milestones.append(report.milestone)

    def judge(self, share: int) -> None:
        """A role loses below half of its agreed share, or below `share` percent if the shares are not agreed."""
        technology, ai = (self.agreed.of(function) if self.agreed else None for function in BOTH)
        hours = sum(self.reported.values())
        if technology is None or ai is None or not technology + ai:
            self.losing = [function for function in BOTH if 100 * self.reported[function] < share * hours]
        else:
            needed = {Function.TECHNOLOGY: technology * hours, Function.AI: ai * hours}
            self.losing = [f for f in BOTH if 2 * (technology + ai) * self.reported[f] < needed[f]]

    @property
    def is_reported(self) -> bool:
        return any(self.reported.values())


@dataclass(frozen=True, slots=True)
class _Loss:
    """On the days `[start, end)` a role loses: `months` are the successive months that show it, the oldest first."""

    function: Function
    start: int
    end: int
    months: Sequence[int]
    is_total: bool
    milestones: Sequence[UUID]


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """A role that loses keeps losing until a month in which it does not, or until the seat is no longer unified.

    Months of an earlier unified seat do not count for a later one. A pause does not bridge months without a report.
    """
    count, share = thresholds["months"], thresholds["share"]
    losses: list[_Loss] = []
    dated_back: dict[int, int] = {}
    for unified in facts.unified:
        for loss in _losses(facts, unified, count, share):
            before = losses[-1].end if losses else 0
            if loss.start != before:
                dated_back[loss.start] = _since(facts, loss, _last_day(loss.months[count - 1]), before)
            losses.append(loss)
    if losses:
        yield Finding(
            Periods.of((loss.start, loss.end) for loss in losses),
            Severity.MEDIUM,
            tuple(Evidence(one, loss.start, loss.end) for loss in losses for one in loss.milestones),
            raised=((Severity.HIGH, Periods.of((loss.start, loss.end) for loss in losses if loss.is_total)),),
            details=tuple(Detail(str(loss.function), loss.start, loss.end) for loss in losses),
            dated_back=dated_back,
        )


def _since(facts: EngagementFacts, loss: _Loss, month_end: int, cleared_on: int) -> int:
    """The end of the month that completes a loss, but no day before the pause or the clearance that precedes it."""
    active = facts.active.periods.around(loss.start)
    if active is None or month_end < cleared_on:
        return loss.start
    return max(month_end, active[0])


def _losses(facts: EngagementFacts, unified: tuple[int, int], count: int, share: int) -> Iterator[_Loss]:
    """When each role loses within the days of a unified seat, by what is reported by then."""
    months: dict[int, _Month] = {}
    days = [(day, list(reports)) for day, reports in groupby(_reports(facts, unified), key=lambda report: report[0])]
    for (day, reports), (until, _) in pairwise([*days, (unified[1], [])]):
        for _, month, report in reports:
            if month not in months:
                months[month] = _Month(_agreed_on(facts, _last_day(month)))
            months[month].add(report)
        for month in {month for _, month, _ in reports}:
            months[month].judge(share)
        for function in BOTH:
            if losing := _losing_months(months, function, count):
                newest = [months[month] for month in losing[-count:]]
                yield _Loss(
                    function,
                    day,
                    until,
                    losing,
                    all(month.reported[function] == 0 for month in newest),
                    [milestone for month in newest for milestone in month.milestones],
                )


def _reports(facts: EngagementFacts, unified: tuple[int, int]) -> Iterable[tuple[int, int, Entry[HoursReported]]]:
    """The reports for months that end within the days of a unified seat, by the day from which they count.

    A report counts from its own day, and no earlier than the last day of its month.
    """
    start, end = unified
    reports = []
    for report in facts.entries(HoursReported):
        month = _number(report.details.month)
        last = _last_day(month)
        if start <= last < end and report.day < end:
            reports.append((max(report.day, last), month, report))
    return sorted(reports, key=lambda report: report[0])


def _losing_months(months: Mapping[int, _Month], function: Function, count: int) -> Sequence[int]:
    """The newest successive months in which a role loses, the oldest first.

    Empty if there are fewer than `count`, or if it does not lose in a later month. A later month without hours neither
    clears nor continues them.
    """
    losing: list[int] = []
    for month in sorted(months, reverse=True):
        if not months[month].is_reported:
            continue
        if losing and losing[-1] != month + 1:
            if len(losing) >= count:
                break
            losing = []
        if function not in months[month].losing:
            break
        losing.append(month)
    return losing[::-1] if len(losing) >= count else ()


def _agreed_on(facts: EngagementFacts, day: int) -> Hours | None:
    span = facts.span_on(Function.AI, day)
    return span.terms.hours_per_month if span else None


@lru_cache(maxsize=1200)
def _number(month: str) -> int:
    """The number of a month (`2026-03`), one more for each month."""
    year, of_year = month.split("-")
    return 12 * int(year) + int(of_year) - 1


@lru_cache(maxsize=1200)
def _last_day(month: int) -> int:
    year, of_year = divmod(month + 1, 12)
    return date(year, of_year + 1, 1).toordinal() - 1


ONE_HAT_WINS = Detector(
    id="A12",
    sources=("S3:L46", "S4:L54"),
    about=(
        "One person with two roles gives time to the one that is more familiar or more urgent. Without written rules, "
        "the other one is neglected."
    ),
    symptoms=(
        "Incidents take the time that was meant for AI",
        "One role is reported to the leadership team, the other is not mentioned",
    ),
    common_when="Urgent infrastructure problems come before AI work that can wait, so technology usually wins.",
    rule=(
        "One seat carries both roles, and for the given number of successive months one role got less than half of its "
        "agreed share of the reported hours; without hours agreed for both roles, less than the given percentage."
    ),
    severity="Medium, high where the role got no hours at all in those months.",
    thresholds=(
        Threshold("months", 3, "Successive months", "months", most=36),
        Threshold("share", 20, "Share of the hours that a role needs where no hours are agreed", "percent", most=50),
    ),
    remedies=(
        Remedy("Report a month in which the role got at least half of its agreed share", Kind.HOURS_REPORTED),
        Remedy("Split the two roles", Kind.SPLIT_TO_TWO_ROLES),
    ),
    find=_find,
)
