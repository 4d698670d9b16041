"""How many clients each saved view of the client list has; the browser loads it after the list."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse, Response

from api.http.problems import Problem
from projections.clients import count_clients
from projections.snapshot import Snapshot
from web.charts.render import macro
from web.components import Link
from web.pages.filters import read_filters
from web.pages.page_context import PageContext, ViewerPage
from web.pages.reports.row_filter import read_row
from web.pages.settings.saved_views import views_under
from web.pages.time_params import read_times

router = APIRouter(include_in_schema=False)

PATH = "/views/counts"
MOST_COUNTED = 20
_ROW = ("report", "row", "from", "to")


@router.get(PATH)
def show_view_counts(page: ViewerPage, here: Annotated[str, Query(max_length=4100)] = "") -> Response:
    """The saved views of the client list with the number of clients in each, as a fragment; `here` is the current."""
    with page.snapshot() as snapshot:
        links = [
            replace(link, label=f"{link.label} {_count(page, snapshot, link)}".rstrip())
            if place < MOST_COUNTED
            else link
            for place, link in enumerate(views_under(page, "/clients"))
        ]
    return HTMLResponse(macro("pages/parts.html", "view_links", links, here))


def _count(page: PageContext, snapshot: Snapshot, link: Link) -> str:
    """The number of clients in a view, in brackets; nothing where the view no longer means anything."""
    query = dict(parse_qsl(urlsplit(link.href or "").query))
    try:
        at = read_times(page.context, query.get("as_of", ""), query.get("known_at", ""))
        filters = read_filters(page.context, query)
        row = read_row(page, at, filters, *(query.get(name, "") for name in _ROW))
        visible = row.visible(snapshot)
    except Problem:
        return ""
    question = ("clients in a view", snapshot.position, filters.chosen, at.as_of, at.known_at, visible)
    count = snapshot.answers.answer(
        question,
        lambda: count_clients(snapshot, filters.chosen, as_of=at.as_of, known_at=at.known_at, visible=visible),
    )
    return f"({count:,})"
