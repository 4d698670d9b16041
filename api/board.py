"""The board report for a quarter, about the portfolio or one client, as a PDF.

This module validates the query; the web package lays out and renders the report through `BoardRenderer`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

from api.filters import ClientFilters, QuarterText, parse_quarter_parameter
from api.http.openapi import BYTES, refuses
from api.http.problems import invalid
from api.queries import Moment, QueryContext, ViewerQuery, check_not_in_future
from api.schemas.scalars import Day, Instant
from domain.quarters import FIRST_DAY, LAST_DAY, InvalidQuarter, Quarter, parse_quarter, quarter_of
from domain.signs.firm_thresholds import FirmThresholds
from projections.client_filter import EVERY_CLIENT, ClientFilter
from projections.clients import ClientRow
from projections.reports.question import ReportQuestion

PDF = "application/pdf"
_BINARY = {"schema": {"type": "string", "format": "binary"}}

router = APIRouter(prefix="/reports", tags=["reports"])


class Paper(StrEnum):
    """The size of the pages, in landscape."""

    A4 = "a4"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """The validated query of a board report. `client` null means the portfolio, `known_at` null means now.

    Fees are only in the report if they are asked for.
    """

    quarter: Quarter
    as_of: date
    known_at: datetime | None
    client: ClientRow | None
    chosen: ClientFilter
    visible: frozenset[UUID] | None
    thresholds: FirmThresholds
    fees: bool = False
    paper: Paper = Paper.A4

    @property
    def name(self) -> str:
        """The file name without its extension."""
        return f"board-report-{self.client.slug if self.client else 'portfolio'}-{self.quarter}"

    def question(self, quarters: int = 1) -> ReportQuestion:
        """The report question for a number of quarters, ending with this one."""
        first = self.quarter
        for _ in range(quarters - 1):
            first = first.previous
        month = self.quarter.fiscal_year_start_month
        return ReportQuestion(
            first, self.quarter, self.as_of, self.known_at, self.chosen, self.visible, month, self.thresholds
        )


BoardRenderer: TypeAlias = Callable[[QueryContext, BoardQuery], bytes]
"""Renders the PDF. Raises `Problem` 503 if this installation cannot render PDFs or is busy."""


def board_query(
    query: QueryContext,
    *,
    quarter: str | None = None,
    client: str | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
    chosen: ClientFilter = EVERY_CLIENT,
    fees: bool = False,
    paper: Paper = Paper.A4,
) -> BoardQuery:
    """Validate the query of a board report. Raises `Problem` 422 and `UnknownClient`.

    The quarter defaults to that of `as_of`, and `as_of` to the quarter's last day or the last known day, whichever is
    earlier, so that `known_at` alone determines the report.
    """
    check_not_in_future(query.context, known_at=known_at)
    row = None
    if client is not None:
        on = as_of or (query.context.day_of(known_at) if known_at else query.context.today())
        with query.snapshot() as snapshot:
            row = query.client(snapshot, client, Moment(on, known_at))
    known_day = query.context.day_of(known_at) if known_at else query.context.today()
    selected = _quarter(quarter, as_of or known_day, row, query.context.fiscal_year_start_month)
    if selected.start > known_day:
        raise invalid(("quarter", f"begins on {selected.start}, which is after the known date"))
    if as_of is not None and not selected.contains(as_of):
        raise invalid(("as_of", f"must lie in {selected}"))
    day = as_of or min(selected.end, known_day)
    if row is not None:
        with query.snapshot() as snapshot:
            row = query.client(snapshot, str(row.id), Moment(day, known_at))
    visible = query.visible if row is None else frozenset({row.id})
    among = chosen if row is None else EVERY_CLIENT
    return BoardQuery(selected, day, known_at, row, among, visible, query.context.thresholds, fees, paper)


def _quarter(label: str | None, day: date, client: ClientRow | None, month: int) -> Quarter:
    """The quarter of a label or a day, in the client's own calendar if it has one.

    A label of the firm's calendar stands for the client's quarter in which the firm's quarter ends, or in which `day`
    falls if that is earlier. Raises `Problem` 422.
    """
    own = client.fiscal_year_start_month if client is not None else None
    if own is None or own == month:
        return _labelled_or_current(label, day, month)
    if label is not None:
        with suppress(InvalidQuarter):
            return parse_quarter(label, own)
    firm_quarter = _labelled_or_current(label, day, month)
    if firm_quarter.start > day:
        return firm_quarter  # refused by the caller as a future quarter
    return _labelled_or_current(None, day if label is None else min(firm_quarter.end, day), own)


def _labelled_or_current(label: str | None, day: date, month: int) -> Quarter:
    try:
        return parse_quarter_parameter("quarter", label, month) or quarter_of(day, month)
    except InvalidQuarter:  # `known_at` can be any instant
        raise invalid(("known_at", f"must be between {FIRST_DAY} and {LAST_DAY} if no quarter is given")) from None


async def board_renderer(request: Request) -> BoardRenderer:
    """A dependency that returns the application's renderer of board reports."""
    renderer: BoardRenderer = request.app.state.board_renderer
    return renderer


def board_report(query: QueryContext, renderer: BoardRenderer, board: BoardQuery, media_type: str = PDF) -> Response:
    """The report as a PDF response."""
    disposition = f'inline; filename="{board.name}.pdf"'
    return Response(renderer(query, board), media_type=media_type, headers={"Content-Disposition": disposition})


@router.get(
    "/board",
    response_class=Response,
    summary="Board report",
    responses={200: {"content": dict.fromkeys((PDF, BYTES), _BINARY)}, **refuses(404)},
)
def show_board_report(
    request: Request,
    query: ViewerQuery,
    renderer: Annotated[BoardRenderer, Depends(board_renderer)],
    chosen: ClientFilters,
    quarter: QuarterText = None,
    client: Annotated[str | None, Query(max_length=200, description="Only this client (id or slug).")] = None,
    as_of: Annotated[Day | None, Query(description="A day of the quarter; defaults to its last known day.")] = None,
    known_at: Annotated[
        Instant | None, Query(description="What had been recorded by this instant; defaults to now.")
    ] = None,
    fees: Annotated[bool, Query(description="Whether the report shows fees.")] = False,
    paper: Annotated[Paper, Query(description="The size of the pages.")] = Paper.A4,
) -> Response:
    """Return the report on the portfolio or one client for a quarter (default: the current one), as a PDF.

    With `known_at` the file stays the same until a person is renamed. A client that accepts only
    `application/octet-stream` receives the same bytes with that type.
    """
    board = board_query(
        query, quarter=quarter, client=client, as_of=as_of, known_at=known_at, chosen=chosen, fees=fees, paper=paper
    )
    accepts_bytes = request.headers.get("accept") == BYTES
    return board_report(query, renderer, board, BYTES if accepts_bytes else PDF)
