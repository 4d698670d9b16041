"""The board report: the portfolio, or one client, for a quarter, as known on a day; printed as PDF.

What it says is gathered and painted by the pages' room, which hands its press to the application; here stands what may
be asked of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

from api.filters import Portfolio, QuarterText, quarter_named
from api.http.openapi import BYTES, refuses
from api.http.problems import invalid
from api.queries import Moment, QueryContext, Reading, check_past
from api.schemas.scalars import Day, Instant
from domain.quarters import FIRST_DAY, LAST_DAY, InvalidQuarter, Quarter, parse_quarter, quarter_of
from projections.client_filter import EVERY_CLIENT, ClientFilter
from projections.clients import ClientRow
from projections.reports.question import ReportQuestion

PDF = "application/pdf"
_BINARY = {"schema": {"type": "string", "format": "binary"}}

router = APIRouter(prefix="/reports", tags=["reports"])


@dataclass(frozen=True, slots=True)
class BoardAsked:
    """What a board report is asked with; `client` null: the whole portfolio, `known_at` null: now."""

    quarter: Quarter
    as_of: date
    known_at: datetime | None
    client: ClientRow | None
    chosen: ClientFilter
    visible: frozenset[UUID] | None

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return f"board-report-{self.client.slug if self.client else 'portfolio'}-{self.quarter}"

    def question(self, quarters: int = 1) -> ReportQuestion:
        """The question about so many quarters that end with this one."""
        first = self.quarter
        for _ in range(quarters - 1):
            first = first.previous
        month = self.quarter.fiscal_year_start_month
        return ReportQuestion(first, self.quarter, self.as_of, self.known_at, self.chosen, self.visible, month)


Press: TypeAlias = Callable[[QueryContext, BoardAsked], bytes]
"""What makes the PDF. Raises `Problem` 503 where this installation cannot, or is busy with others."""


def board_asked(
    read: QueryContext,
    *,
    quarter: str | None = None,
    client: str | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
    chosen: ClientFilter = EVERY_CLIENT,
) -> BoardAsked:
    """What a board report is about. Raises `Problem` 422, and `UnknownClient`.

    The quarter is that of `as_of` unless named. Without `as_of` the report looks at the quarter's last day, or at the
    last day that was known of where that came before; so that `known_at` alone says everything.
    """
    check_past(read.context, known_at=known_at)
    found = None
    if client is not None:
        on = as_of or (read.context.day_of(known_at) if known_at else read.context.today())
        with read.views() as connection:
            found = read.client(connection, client, Moment(on, known_at))
    known_day = read.context.day_of(known_at) if known_at else read.context.today()
    named = _quarter(quarter, as_of or known_day, found, read.context.fiscal_year_start_month)
    if named.start > known_day:
        raise invalid(("quarter", f"begins on {named.start}, which lies ahead of what is known"))
    if as_of is not None and not named.contains(as_of):
        raise invalid(("as_of", f"must lie in {named}"))
    day = as_of or min(named.end, known_day)
    if found is not None:
        with read.views() as connection:
            found = read.client(connection, str(found.id), Moment(day, known_at))
    visible = read.visible if found is None else frozenset({found.id})
    return BoardAsked(named, day, known_at, found, chosen if found is None else EVERY_CLIENT, visible)


def _quarter(label: str | None, day: date, client: ClientRow | None, month: int) -> Quarter:
    """The quarter of a label or a day, in the client's own calendar where it has one.

    A label of the firm's calendar then stands for the client's quarter in which the firm's ends, or in which `day`
    lies where that comes before. Raises `Problem` 422.
    """
    own = client.fiscal_year_start_month if client is not None else None
    if own is None or own == month:
        return _named_or_of(label, day, month)
    if label is not None:
        with suppress(InvalidQuarter):
            return parse_quarter(label, own)
    of_the_firm = _named_or_of(label, day, month)
    if of_the_firm.start > day:
        return of_the_firm  # refused as one that lies ahead
    return _named_or_of(None, day if label is None else min(of_the_firm.end, day), own)


def _named_or_of(label: str | None, day: date, month: int) -> Quarter:
    try:
        return quarter_named("quarter", label, month) or quarter_of(day, month)
    except InvalidQuarter:  # `known_at` may be any instant
        raise invalid(("known_at", f"must lie between {FIRST_DAY} and {LAST_DAY} where no quarter is named")) from None


async def the_press(request: Request) -> Press:
    """The dependency that finds the application's press."""
    press: Press = request.app.state.press
    return press


def board_report(read: QueryContext, press: Press, asked: BoardAsked, media_type: str = PDF) -> Response:
    """The report as a file to be opened or saved."""
    disposition = f'inline; filename="{asked.name}.pdf"'
    return Response(press(read, asked), media_type=media_type, headers={"Content-Disposition": disposition})


@router.get(
    "/board",
    response_class=Response,
    summary="Board report",
    responses={200: {"content": dict.fromkeys((PDF, BYTES), _BINARY)}, **refuses(404)},
)
def show_board_report(
    request: Request,
    read: Reading,
    press: Annotated[Press, Depends(the_press)],
    chosen: Portfolio,
    quarter: QuarterText = None,
    client: Annotated[str | None, Query(max_length=200, description="Only this client: its id or slug.")] = None,
    as_of: Annotated[Day | None, Query(description="A day of the quarter; its last known one when left out.")] = None,
    known_at: Annotated[
        Instant | None, Query(description="What had been recorded by that instant; now when left out.")
    ] = None,
) -> Response:
    """The portfolio, or one client, for a quarter (that of today unless named), as known at an instant, as PDF.

    Asked with `known_at`, it is the same file for ever, as long as people keep their names. A caller that accepts
    `application/octet-stream` alone is sent the same bytes under that type.
    """
    asked = board_asked(read, quarter=quarter, client=client, as_of=as_of, known_at=known_at, chosen=chosen)
    accepts_bytes = request.headers.get("accept") == BYTES
    return board_report(read, press, asked, BYTES if accepts_bytes else PDF)
