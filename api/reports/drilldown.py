"""Drill-down: the client list takes the name of a report's row and shows the clients behind it."""

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
ReportName.__doc__ = "Reports whose rows have names by which they can be asked for their clients."


@dataclass(frozen=True, slots=True)
class RowFilter:
    """A row of a report, as a link names it; null: the list is not limited to a row."""

    question: ReportQuestion
    report: str | None
    row: str | None

    def visible(self, snapshot: Snapshot) -> frozenset[UUID] | None:
        """The clients behind the row that the caller may see; refuses (422) a row that the report cannot have."""
        if self.report is None or self.row is None:
            return self.question.visible
        try:
            return clients_of_row(snapshot, REPORTS[self.report], self.row, self.question)
        except UnknownRow:
            raise invalid(("row", f"must be the name of a row of {self.report}")) from None


def row_filter(
    question: OpenQuestion,
    report: Annotated[ReportName | None, Query(description="Only the clients behind a `row` of this report.")] = None,
    row: Annotated[str | None, Query(max_length=4000, description="The row, as the report's link names it.")] = None,
) -> RowFilter:
    """The dependency that reads the row of a link; `from` and `to` are those that the report was asked with."""
    check_pair(report, row)
    return RowFilter(question, report, row)


def check_pair(report: str | None, row: str | None) -> None:
    """Refuse (422) a report without a row, and a row without a report."""
    if bool(report) is not bool(row):
        raise invalid(("row" if report else "report", "must be given: a report and its row go together"))


ReportRow = Annotated[RowFilter, Depends(row_filter)]
