"""The portfolio as a grid: one row per client, one column per quarter."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT, Page, link_next, paged
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import ClientLinkAnswer, link_to
from api.reports.query import (
    BoundedQuestion,
    ParametersAnswer,
    parameters_answer,
)
from api.schemas.scalars import Answer, Id
from domain.seats import Structure
from projections.reports.quarter_grid import REPORT, QuarterGrid

router = APIRouter(prefix="/reports", tags=["reports"])


class CellAnswer(Answer):
    """A client's structure at the end of a quarter; null: not observed."""

    quarter: str
    structure: Structure | None
    changed: bool
    planned: bool


class GridRowAnswer(Answer):
    """One client by quarter."""

    client: Id
    slug: str
    name: str
    quarters: list[CellAnswer]
    links: ClientLinkAnswer


class GridAnswer(Answer):
    """The portfolio as a grid: one row per client, one column per quarter."""

    parameters: ParametersAnswer
    rows: list[GridRowAnswer]
    next: str | None


@router.get("/quarter-grid", response_model=GridAnswer, summary="Quarter grid", responses=TABLES)
def show_quarter_grid(
    request: Request,
    response: Response,
    query: ViewerQuery,
    question: BoundedQuestion,
    page: Annotated[Page, Depends(paged(str, UUID, default_limit=MAX_LIMIT))],
    file_format: Formatted = Format.JSON,
) -> GridAnswer | Response:
    """Return the portfolio as a grid: one row per client, one column per quarter.

    CSV and XLSX contain all clients unless a `limit` is given.
    """

    def body(grid: QuarterGrid, known_at: datetime) -> GridAnswer:
        cursor = page.cursor(grid.next)
        link_next(request, response, cursor)
        return _body(grid, known_at, cursor)

    rows = {"limit": None if page.is_whole else page.limit, "after": page.after}
    return respond(query, file_format, REPORT, question, body, rows=rows)


def _body(grid: QuarterGrid, known_at: datetime, cursor: str | None) -> GridAnswer:
    return GridAnswer(
        parameters=parameters_answer(grid.question, known_at),
        rows=[
            GridRowAnswer(
                client=row.client,
                slug=row.slug,
                name=row.name,
                quarters=[CellAnswer.of(cell, quarter=cell.quarter.label) for cell in row.cells],
                links=link_to(row.slug),
            )
            for row in grid.rows
        ],
        next=cursor,
    )
