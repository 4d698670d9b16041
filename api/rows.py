"""The way from a report's row to its clients: the list of clients takes the row's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from api.problems import invalid
from api.scopes import Scoped
from projections.reports.contributions import Report, UnknownRow, clients_of_row
from projections.reports.scope import Scope
from projections.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Behind:
    """A row of a report, as a link names it; null: no row was named."""

    asked: Scope
    report: Report | None
    row: str | None

    def visible(self, snapshot: Snapshot) -> frozenset[UUID] | None:
        """The clients behind the row, among those the caller may see; refuses (422) a row that no report can have."""
        if self.report is None or self.row is None:
            return self.asked.visible
        try:
            return clients_of_row(snapshot, self.report, self.row, self.asked)
        except UnknownRow:
            raise invalid(("row", f"must be the name of a row of {self.report}")) from None


def behind_row(
    asked: Scoped,
    report: Annotated[Report | None, Query(description="Only the clients behind a `row` of this report.")] = None,
    row: Annotated[str | None, Query(max_length=4000, description="The row, as the report's link names it.")] = None,
) -> Behind:
    """The dependency that reads the row of a link; `from` and `to` are those the report was asked with."""
    if (report is None) is not (row is None):
        raise invalid(("row" if row is None else "report", "must be given: a report and its row go together"))
    return Behind(asked, report, row)


BehindRow = Annotated[Behind, Depends(behind_row)]
