"""What became of assessments: followed, followed in part, declined and open, by the quarter of the assessment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from domain.assessment.following import AdviceStatus, FollowUp
from domain.quarters import Quarter, quarter_of
from projections.client_advice import client_advice
from projections.reports.by_client import ANY, FiguresByClient
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """The assessments taken in a quarter by `as_of`, and what became of them by then.

    `median_days` is the median number of days until the advice was followed, null where none was. `link` leads to the
    clients that were assessed, `links` to those with each status, as many as `clients` says.
    """

    quarter: Quarter
    followed: int
    in_part: int
    declined: int
    open: int
    median_days: float | None
    link: Link
    links: Mapping[AdviceStatus, Link]
    clients: Mapping[AdviceStatus, int]

    def count(self, status: AdviceStatus) -> int:
        """The number of assessments with a status."""
        counts = (self.followed, self.in_part, self.declined, self.open)
        return dict(zip(AdviceStatus, counts, strict=True))[status]

    @property
    def assessments(self) -> int:
        """The number of all assessments."""
        return self.followed + self.in_part + self.declined + self.open


@dataclass(frozen=True, slots=True)
class AdviceReport:
    """The quarters in which assessments were taken, in order."""

    question: ReportQuestion
    rows: tuple[AdviceRow, ...]


@cached
def advice_report(snapshot: Snapshot, question: ReportQuestion) -> AdviceReport:
    """Count the assessments of the chosen clients by quarter and by what became of them."""
    by_quarter: dict[Quarter, list[tuple[UUID, FollowUp]]] = defaultdict(list)
    for client, quarter, follow_up in _follow_ups(snapshot, question):
        by_quarter[quarter].append((client, follow_up))
    return AdviceReport(question, tuple(_row(question, quarter, by_quarter[quarter]) for quarter in sorted(by_quarter)))


def advice_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The number of each client's assessments, by quarter and status (`2026-Q1.followed`)."""
    counts: dict[UUID, Counter[str]] = defaultdict(Counter)
    for client, quarter, follow_up in _follow_ups(snapshot, question):
        counts[client][f"{quarter}.{follow_up.status}"] += 1
    return counts


def _follow_ups(snapshot: Snapshot, question: ReportQuestion) -> Iterator[tuple[UUID, Quarter, FollowUp]]:
    first, last, month = question.start, question.end, question.fiscal_year_start_month
    for judged in client_advice(snapshot, question):
        for one in judged.follow_ups:
            if first <= one.taken_on <= last:
                yield judged.client, quarter_of(one.taken_on, month), one.follow_up


def _row(question: ReportQuestion, quarter: Quarter, follow_ups: list[tuple[UUID, FollowUp]]) -> AdviceRow:
    counts = Counter(one.status for _, one in follow_ups)
    clients = Counter(status for _, status in {(client, one.status) for client, one in follow_ups})
    days = [one.days for _, one in follow_ups if one.status is AdviceStatus.FOLLOWED and one.days is not None]
    link = question.link_to_row("advice")
    return AdviceRow(
        quarter,
        counts[AdviceStatus.FOLLOWED],
        counts[AdviceStatus.IN_PART],
        counts[AdviceStatus.DECLINED],
        counts[AdviceStatus.OPEN],
        float(median(days)) if days else None,
        link(f"{quarter}.{ANY}"),
        {status: link(f"{quarter}.{status}") for status in AdviceStatus},
        clients,
    )


def _named_row(name: str, question: ReportQuestion) -> RowQuery:
    """`2026-Q1.declined`: the assessments of a quarter with a status, or with any."""
    quarter, status = name.split(".")
    if status not in (ANY, *AdviceStatus):
        raise ValueError(f"{status!r} is no status of advice")
    return RowQuery(question.in_quarter(quarter), advice_by_client)


def _table(answer: AdviceReport, names: Names) -> Table:
    rows = (
        (row.quarter.label, row.followed, row.in_part, row.declined, row.open, row.median_days) for row in answer.rows
    )
    return Table(("quarter", *AdviceStatus, "median_days"), rows)


REPORT = Report("advice", advice_report, advice_by_client, _table, _named_row, has_wildcards=True)
