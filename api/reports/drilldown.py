"""Drill-down: the client list accepts a row of a report and returns the clients that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from api.http.problems import invalid
from api.reports.query import OpenQuestion
from projections.reports.catalog import REPORTS, UnknownRow, clients_of_row
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

ReportName = StrEnum("Report", {report.module.upper(): key for key, report in REPORTS.items()})  # type: ignore[misc]
ReportName.__doc__ = "Reports with drill-down from their rows to clients."


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A row of a report, as named by a link; null means no restriction."""

    question: ReportQuestion
    report: str | None
    row: str | None

    def visible(self, snapshot: Snapshot) -> frozenset[UUID] | None:
        """The visible clients that the row counts. Raises `Problem` 422 for a row that the report cannot have."""
        if self.report is None or self.row is None:
            return self.question.visible
        try:
            return clients_of_row(snapshot, REPORTS[self.report], self.row, self.question)
        except UnknownRow:
            raise invalid(("row", f"must be the name of a row of {self.report}")) from None


def row_filter(
    question: OpenQuestion,
    report: Annotated[ReportName | None, Query(description="Only clients counted in a `row` of this report.")] = None,
    row: Annotated[str | None, Query(max_length=4000, description="The row, as named by the report's link.")] = None,
) -> RowFilter:
    """A dependency that reads a report's row. `from` and `to` are the quarters of the report."""
    check_pair(report, row)
    return RowFilter(question, report, row)


def check_pair(report: str | None, row: str | None) -> None:
    """Raise `Problem` 422 unless both or neither of a report and a row are given."""
    if bool(report) is not bool(row):
        raise invalid(("row" if report else "report", "is required: give both a report and its row"))


ReportRow = Annotated[RowFilter, Depends(row_filter)]
