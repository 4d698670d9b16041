"""The report row in the URL of a drill-down, and its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from api.http.problems import invalid
from api.reports.drilldown import RowFilter, check_pair
from api.reports.query import parse_question
from domain.client import is_uuid
from projections.snapshot import Snapshot
from web.components import Link
from web.kinds.page import Naming
from web.pages.filters import Filtered, Filters
from web.pages.page_context import PageContext, ViewerPage
from web.pages.reports import REPORTS
from web.pages.time_params import At, Times


@dataclass(frozen=True, slots=True)
class PageRow:
    """The report row in a page's URL; without one the page shows all clients."""

    filter: RowFilter
    query: Mapping[str, str]

    @property
    def people(self) -> tuple[UUID, ...]:
        """The people named in the row's key."""
        return tuple(UUID(part) for part in (self.filter.row or "").split(".") if is_uuid(part))

    def visible(self, snapshot: Snapshot) -> frozenset[UUID] | None:
        """The clients of the row that the caller may see. Raises `Problem` 422."""
        return self.filter.visible(snapshot)

    def removable(self, href: str, naming: Naming) -> list[Link]:
        """The description of the row, with the URL of the page without it."""
        report, row = self.filter.report, self.filter.row
        return [] if report is None or row is None else [Link(row_words(report, row, naming), href)]


async def named_row(
    page: ViewerPage,
    at: At,
    filters: Filtered,
    report: Annotated[str, Query(max_length=40)] = "",
    row: Annotated[str, Query(max_length=4000)] = "",
    from_: Annotated[str, Query(alias="from", max_length=12)] = "",
    to: Annotated[str, Query(max_length=12)] = "",
) -> PageRow:
    """Dependency that reads the report row from the URL. Raises `Problem` 422."""
    return read_row(page, at, filters, report, row, from_, to)


def read_row(page: PageContext, at: Times, filters: Filters, report: str, row: str, from_: str, to: str) -> PageRow:
    """The report row of a query. Raises `Problem` 422."""
    first, last = from_.strip(), to.strip()
    question = parse_question(page.queries, at.moment, filters.chosen, first or None, last or None)
    check_pair(report, row)
    if report and report not in REPORTS:
        raise invalid(("report", "must be one of " + ", ".join(REPORTS)))
    query = {"report": report, "row": row, "from": first, "to": last} if report else {}
    return PageRow(RowFilter(question, report or None, row or None), query)


def row_words(report: str, row: str, naming: Naming) -> str:
    """A description of a row: `Fees in 2026-Q1: Unified, fractional, AI seat, USD`."""
    try:
        return REPORTS[report].row_words(row, naming)
    except (ValueError, KeyError):
        return f"{report}: {row}"


NamedRow = Annotated[PageRow, Depends(named_row)]
