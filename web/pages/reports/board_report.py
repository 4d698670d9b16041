"""The board report: what it may be about, asked in a form, and the PDF itself."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.board import BoardRenderer, Paper, board_query, board_renderer, board_report
from api.filters import client_filter
from api.http.problems import invalid
from domain.client import is_uuid
from domain.quarters import InvalidQuarter, parse_quarter, quarter_of
from projections.client_filter import ClientFilter
from projections.clients import ClientRow
from web.components import Choice, Field, Link, Notice
from web.pages.filters import size_choices
from web.pages.page_context import PageContext, ViewerPage
from web.pages.people.filters import people_filters
from web.pages.time_params import At, Times
from web.pages.urls import address

router = APIRouter(include_in_schema=False)

PATH = "/board-report"
QUARTERS = 16
LEAD = {"practice_lead": "Led by"}
OF_CLIENT = {"client": "Client"}
Word = Annotated[str, Query(max_length=200)]
YearStart = Annotated[int | None, Query(ge=1, le=12)]
"""The month in which the fiscal year of the quarters in the form starts."""


def chosen_clients(sector: Word = "", size: Word = "", practice_lead: Word = "") -> ClientFilter:
    """The dependency that reads which clients the portfolio is made of. Raises `Problem` 422."""
    lead = practice_lead.strip()
    if lead and not is_uuid(lead):
        raise invalid(("practice_lead", "must be a person's id"))
    return client_filter(
        sector=sector.strip() or None, size=size.strip() or None, practice_lead=UUID(lead) if lead else None
    )


@router.get(PATH)
def show_board_report_form(
    page: ViewerPage, at: At, quarter: Word = "", client: Word = "", year_start: YearStart = None
) -> Response:
    """The form: a quarter, the portfolio or one client, and the day on which it was known."""
    fields, shorter = people_filters(page, LEAD, OF_CLIENT)
    if shorter:
        return shorter
    month = _year_start(page, at, client)
    current = quarter_of(at.today, month)
    quarters = [current]
    while len(quarters) < QUARTERS:
        quarters.append(quarters[-1].previous)
    labels = [quarter.label for quarter in quarters]
    calendars = (year_start or month, month, page.context.fiscal_year_start_month)
    selected = _selected(quarter, calendars, at.today, month) or current.previous.label
    if selected not in labels:
        labels.append(selected)
    notices = [] if find_spec("weasyprint") else [Notice(_NO_PRESS, "warn")]
    if year_start not in (None, month):
        notices.append(Notice(f"Check the quarter: this fiscal year begins in {month_name[month]}."))
    return page.render(
        "board_report",
        "Board report",
        here="board-report",
        crumbs=(Link("Reports", "/reports"), Link("Board report")),
        at=at,
        path=f"{PATH}.pdf",
        quarters=[Choice(label, f"{label}, under way" if label == current.label else label) for label in labels],
        quarter=selected,
        year_start=month,
        client=client,
        of_client=replace(fields["client"], blank="The whole portfolio"),
        lead=fields["practice_lead"],
        sector=Field("sector", "Sector"),
        size=Field("size", "Size", kind="select", choices=size_choices()),
        notices=notices,
    )


def _year_start(page: PageContext, at: Times, client: str) -> int:
    """The month in which the fiscal year of the report starts: the client's own, or else the firm's."""
    own = _client(page, at, client).fiscal_year_start_month if client else None
    return own or page.context.fiscal_year_start_month


def _selected(label: str, calendars: Iterable[int], today: date, month: int) -> str:
    """The label of a quarter in the calendar of `month`, read in the first calendar that has it; empty without one.

    A quarter of another calendar stands for the one in which it ends, or for the current one if that is earlier.
    """
    for start_month in calendars:
        with suppress(InvalidQuarter):
            quarter = parse_quarter(label, start_month)
            return label if start_month == month else quarter_of(min(quarter.end, today), month).label
    return ""


def _client(page: PageContext, at: Times, client: str) -> ClientRow:
    """A client by its id or slug. Raises `UnknownClient`."""
    with page.snapshot() as snapshot:
        return page.queries.client(snapshot, client, at.moment)


@router.get(f"{PATH}.pdf")
def download_board_report(
    page: ViewerPage,
    press: Annotated[BoardRenderer, Depends(board_renderer)],
    at: At,
    chosen: Annotated[ClientFilter, Depends(chosen_clients)],
    quarter: Word = "",
    client: Word = "",
    year_start: YearStart = None,
    fees: bool = False,
    paper: Paper = Paper.A4,
) -> Response:
    """The report as a PDF, or the form again if a name or the quarter that was shown there needs another look."""
    fields, shorter = people_filters(page, LEAD, OF_CLIENT)
    if any(field.error for field in fields.values()):
        return page.redirect(address(PATH, page.request.query_params))
    if shorter:
        return shorter
    if year_start not in (None, _year_start(page, at, client.strip())):
        return page.redirect(address(PATH, page.request.query_params))
    query = board_query(
        page.queries,
        quarter=quarter.strip() or None,
        client=client.strip() or None,
        as_of=at.as_of if at.as_of_text else None,
        known_at=at.known_at,
        chosen=chosen,
        fees=fees,
        paper=paper,
    )
    return board_report(page.queries, press, query)


_NO_PRESS = (
    "This installation cannot make PDF files: the Python package weasyprint is not installed. Install "
    "this application with the extra pdf."
)
