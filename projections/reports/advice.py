"""What became of assessments: followed, followed in part, declined and open, by the quarter of the assessment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from domain.assessment.following import AdviceStatus
from domain.quarters import Quarter, quarter_of
from projections.client_advice import FOLLOW_UPS, STATUSES
from projections.columnar.array_column import Array
from projections.dated_rows import DatedRows, counted
from projections.judgements import judged_of
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
    rows, places, quarters, numbers = _follow_ups(snapshot, question)
    client, status, days = (rows[column][places] for column in ("client", "status", "days"))
    counts = Counter(dict(counted(numbers, status)))
    clients = Counter(dict(counted(numbers, status, once=client)))
    followed = status == STATUSES.index(AdviceStatus.FOLLOWED)
    medians = {
        number: float(np.median(days[followed & (numbers == number)])) for (number,), _ in counted(numbers[followed])
    }
    every_status = range(len(STATUSES))
    return AdviceReport(
        question,
        tuple(
            _row(
                question,
                quarter,
                {STATUSES[one]: counts[number, one] for one in every_status},
                {STATUSES[one]: clients[number, one] for one in every_status if clients[number, one]},
                medians.get(number),
            )
            for number, quarter in enumerate(quarters)
        ),
    )


def advice_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The number of each client's assessments, by quarter and status (`2026-Q1.followed`)."""
    rows, places, quarters, numbers = _follow_ups(snapshot, question)
    figures: dict[int, dict[str, int]] = defaultdict(dict)
    for (client, number, status), count in counted(rows["client"][places], numbers, rows["status"][places]):
        figures[client][f"{quarters[number]}.{STATUSES[status]}"] = count
    ids = rows.client_ids(np.array(list(figures), np.int64))
    return dict(zip(ids, figures.values(), strict=True))


def _follow_ups(snapshot: Snapshot, question: ReportQuestion) -> tuple[DatedRows, Array, Sequence[Quarter], Array]:
    """The judged rows, the places of those in question, the quarters of assessments, and the quarter of each place."""
    rows, is_chosen = judged_of(snapshot, FOLLOW_UPS, question)
    places = rows.on(question.as_of.toordinal())
    taken_on = rows["taken_on"][places]
    is_within = (question.start.toordinal() <= taken_on) & (taken_on <= question.end.toordinal())
    places = places[is_within & is_chosen[rows["client"][places]]]
    days, of_place = np.unique(rows["taken_on"][places], return_inverse=True)
    of_day = [quarter_of(date.fromordinal(day), question.fiscal_year_start_month) for day in days.tolist()]
    quarters = sorted(set(of_day))
    return rows, places, quarters, np.array([quarters.index(quarter) for quarter in of_day], np.int64)[of_place]


def _row(
    question: ReportQuestion,
    quarter: Quarter,
    counts: Mapping[AdviceStatus, int],
    clients: Mapping[AdviceStatus, int],
    median_days: float | None,
) -> AdviceRow:
    link = question.link_to_row("advice")
    return AdviceRow(
        quarter,
        counts[AdviceStatus.FOLLOWED],
        counts[AdviceStatus.IN_PART],
        counts[AdviceStatus.DECLINED],
        counts[AdviceStatus.OPEN],
        median_days,
        link(f"{quarter}.{ANY}"),
        {status: link(f"{quarter}.{status}") for status in AdviceStatus},
        Counter(clients),
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
