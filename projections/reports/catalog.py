"""The list of reports: routes, pages, files, drill-down and then-and-now follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.signs.firm_thresholds import FirmThresholds
from projections.client_advice import DRIFT, FOLLOW_UPS
from projections.judgements import Judgement
from projections.reports import (
    advice,
    capacity,
    drift,
    governance,
    outcomes,
    paths,
    plan,
    quarter_grid,
    revenue,
    structure_mix,
    time_to,
    transitions,
    watch_list,
)
from projections.reports.by_client import matches_row
from projections.reports.fees import FEES
from projections.reports.governance_facts import GOVERNANCE
from projections.reports.question import ReportQuestion
from projections.reports.report import Report
from projections.reports.walks import WALKS
from projections.sign_runs import signs_judgement
from projections.snapshot import Snapshot

REPORTS: Mapping[str, Report[Any]] = {
    report.key: report
    for report in (
        structure_mix.REPORT,
        quarter_grid.REPORT,
        transitions.REPORT,
        paths.REPORT,
        time_to.REPORT,
        drift.REPORT,
        advice.REPORT,
        watch_list.REPORT,
        revenue.REPORT,
        capacity.REPORT,
        plan.REPORT,
        governance.REPORT,
        outcomes.REPORT,
    )
}
"""Every report by its key, in the order in which pages list them."""

COMPARED: Mapping[str, Report[Any]] = {name: report for report in REPORTS.values() for name in report.compared_as}
"""The report behind every name that then-and-now takes."""


def judgements(thresholds: FirmThresholds) -> Sequence[Judgement]:
    """What the reports need of every client, with the thresholds of the firm."""
    return (signs_judgement(thresholds), GOVERNANCE, outcomes.OUTCOMES, DRIFT, FOLLOW_UPS, FEES, WALKS)


class UnknownRow(ValueError):  # noqa: N818  (the caller's input is refused; the program is in order)
    """The report has no row of that name."""


def clients_of_row(snapshot: Snapshot, report: Report[Any], row: str, question: ReportQuestion) -> frozenset[UUID]:
    """The clients behind the row of that name, among those that the question is about. Raises `UnknownRow`."""
    try:
        query = report.row(row, question)
    except ValueError:
        raise UnknownRow(f"The report {report.key} has no such row.") from None
    figures = query.by_client(snapshot, query.question)
    if report.has_wildcards:
        return frozenset(client for client, rows in figures.items() if any(matches_row(row, name) for name in rows))
    return frozenset(client for client, rows in figures.items() if row in rows)
