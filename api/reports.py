"""Reports over the portfolio: every figure can be asked back to its clients."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.filters import Portfolio, QuarterText, quarter_named
from api.formats import TABLES, Format, Formatted
from api.paging import MOST, Page, link_next, paged
from api.problems import invalid
from api.reading import At, Reading
from api.report_files import report_file
from api.shapes.reports import (
    CellAnswer,
    GridAnswer,
    GridRowAnswer,
    MixAnswer,
    MixRowAnswer,
    TransitionRowAnswer,
    TransitionsAnswer,
    link_to,
    links,
    parameters_answer,
)
from domain.quarters import InvalidQuarter, quarters_between
from projections.reports.parameters import ReportParameters, last_quarters
from projections.reports.quarter_grid import quarter_grid
from projections.reports.structure_mix import structure_mix
from projections.reports.transitions import transitions

router = APIRouter(prefix="/reports", tags=["reports"])

MOST_QUARTERS = 120


def report_parameters(
    read: Reading,
    at: At,
    chosen: Portfolio,
    from_: Annotated[QuarterText, Query(alias="from", description="The first quarter.")] = None,
    to: Annotated[QuarterText, Query(description="The last quarter.")] = None,
) -> ReportParameters:
    """The dependency that reads what a report is asked with: the last eight quarters unless told otherwise."""
    month = read.house.fiscal_year_start_month
    usual_first, usual_last = last_quarters(at.as_of, month)
    last = quarter_named("to", to, month) or usual_last
    first = quarter_named("from", from_, month)
    if first is None:
        try:
            first = usual_first if to is None else last_quarters(last.start, month)[0]
        except InvalidQuarter:
            raise invalid(("to", "lies too early")) from None
    elif to is None and last < first:
        last = first
    if last < first:
        raise invalid(("to", "must not come before `from`"))
    if len(quarters_between(first, last)) > MOST_QUARTERS:
        raise invalid(("to", f"must lie at most {MOST_QUARTERS} quarters after `from`"))
    return ReportParameters(first, last, at.as_of, at.known_at, chosen, read.visible)


Asked = Annotated[ReportParameters, Depends(report_parameters)]


@router.get("/structure-mix", response_model=MixAnswer, summary="Structure mix", responses=TABLES)
def show_structure_mix(read: Reading, asked: Asked, written: Formatted = Format.JSON) -> MixAnswer | Response:
    """How many clients have which structure at each quarter's end."""
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        mix = structure_mix(snapshot, asked)
    if written is not Format.JSON:
        return report_file(read, written, "structure-mix", mix)
    return MixAnswer(
        parameters=parameters_answer(asked, known_at),
        rows=[MixRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in mix.rows],
    )


@router.get("/quarter-grid", response_model=GridAnswer, summary="Quarter grid", responses=TABLES)
def show_quarter_grid(
    request: Request,
    response: Response,
    read: Reading,
    asked: Asked,
    page: Annotated[Page, Depends(paged(str, UUID, usual=MOST))],
    written: Formatted = Format.JSON,
) -> GridAnswer | Response:
    """The portfolio as a grid: a client a row, a quarter a column. A table has all clients
    unless a `limit` is given.
    """
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        grid = quarter_grid(snapshot, asked, limit=None if page.is_whole else page.limit, after=page.after)
    cursor = page.cursor(grid.next)
    link_next(request, response, cursor)
    if written is not Format.JSON:
        return report_file(read, written, "quarter-grid", grid)
    return GridAnswer(
        parameters=parameters_answer(asked, known_at),
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


@router.get("/transitions", response_model=TransitionsAnswer, summary="Transitions", responses=TABLES)
def show_transitions(read: Reading, asked: Asked, written: Formatted = Format.JSON) -> TransitionsAnswer | Response:
    """Who moved from which structure to which, up to `as_of`; a client counts once a row."""
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        moved = transitions(snapshot, asked)
    if written is not Format.JSON:
        return report_file(read, written, "transitions", moved)
    return TransitionsAnswer(
        parameters=parameters_answer(asked, known_at),
        rows=[TransitionRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in moved.rows],
    )
