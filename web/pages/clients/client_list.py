"""The client list, which is also the drill-down of every report."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR
from projections.clients import ClientFilter, ClientRow, count_clients, list_clients
from projections.reports.drift import DriftRow
from projections.reports.quarter_grid import quarter_grid
from projections.reports.question import ReportQuestion, last_quarters
from web.charts import sparkline
from web.charts.render import macro
from web.components import Column, Empty, Link, Pages
from web.kinds.page import Naming
from web.pages.drift import drift_rows
from web.pages.filters import STATUSES, Filtered, size_choices, status_choices, structure_choices
from web.pages.page_context import ViewerPage
from web.pages.paging import next_address, place_in
from web.pages.people.filters import HELD_BY, LED_BY, people_filters
from web.pages.reports.row_filter import NamedRow
from web.pages.settings.saved_views import may_share, views_under
from web.pages.time_params import At
from web.pages.urls import address, client_address

router = APIRouter(include_in_schema=False)

A_PAGE = 50
SPARK_QUARTERS = 12
_COLUMNS = (Column("Client"), Column("Structure"), Column("Seats"), Column("Practice lead"), Column("By quarter"))


@router.get("/clients")
def show_clients(
    page: ViewerPage,
    at: At,
    filters: Filtered,
    row: NamedRow,
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
    before: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """The clients as of a day, by name, fifty per page."""
    people, shorter = people_filters(page, {**HELD_BY, **LED_BY})
    if shorter:
        return shorter
    chosen = filters.chosen
    query = {**filters.query, **row.query}
    after = place_in(cursor, (str, UUID), "/clients", query, at.query)
    with page.snapshot() as snapshot:
        moment = {"as_of": at.as_of, "known_at": at.known_at, "visible": row.visible(snapshot)}
        listed = list_clients(snapshot, chosen, **moment, limit=A_PAGE, after=after)  # type: ignore[arg-type]
        total = count_clients(snapshot, chosen, **moment)  # type: ignore[arg-type]
        month = page.context.fiscal_year_start_month
        first, last = last_quarters(at.as_of, month, SPARK_QUARTERS)
        shown_ids = frozenset(row.id for row in listed.items)
        grid = quarter_grid(
            snapshot, ReportQuestion(first, last, at.as_of, at.known_at, ClientFilter(), shown_ids, month)
        )
        drifting = {row.client: row for row in drift_rows(snapshot, page, at, among={row.id for row in listed.items})}
    sparks = {row.client: sparkline.lay_out([cell.structure for cell in row.cells], width=132.0) for row in grid.rows}
    naming = page.naming(_named(listed.items), (*filters.people, *row.people))
    shown = len(listed.items)
    start = _start(before)
    return page.render(
        "clients",
        "Clients",
        here="clients",
        at=at,
        filters=filters,
        removable=[
            *filters.removable("/clients", {**row.query, **at.query}, naming),
            *row.removable(address("/clients", filters.query, at.query), naming),
        ],
        row=row.query,
        query=query,
        views=views_under(page, "/clients"),
        view_url=address("/clients", query, at.query),
        may_share=may_share(page),
        may_register=page.may_register,
        cells=_cells(listed.items, sparks, drifting, naming, at.query),
        columns=_COLUMNS,
        total=total,
        quarters=f"{first} to {last}",
        people=people,
        structures=structure_choices(),
        statuses=status_choices(),
        sizes=size_choices(),
        csv=address("/api/v1/clients", query, at.api_query, format="csv"),
        pages=Pages(
            f"{start + 1} to {start + shown} of {total}" if shown else "",
            address("/clients", query, at.query) if cursor else None,
            next_address(listed.next, "/clients", query, at.query, before=start + shown),
        ),
        empty=_empty(bool(query), page.may_register),
    )


def _start(before: str) -> int:
    return int(before) if before.isdecimal() and len(before) < 9 else 0


def _named(rows: tuple[ClientRow, ...]) -> set[UUID]:
    leads = {row.practice_lead for row in rows if row.practice_lead}
    return leads | {seat.terms.holder for row in rows for seat in row.seats}


def _cells(
    rows: tuple[ClientRow, ...],
    sparks: dict[UUID, sparkline.Sparkline],
    drifting: dict[UUID, DriftRow],
    naming: Naming,
    times: dict[str, str],
) -> list[list[Markup | str]]:
    return [
        [
            macro("pages/cells.html", "client", row, client_address(row.slug, **times)),
            macro("pages/cells.html", "structure", row, STATUSES[row.status], drifting.get(row.id), times),
            macro("pages/cells.html", "seats", row, naming),
            naming(row.practice_lead) if row.practice_lead else "",
            macro("charts/sparkline.html", "sparkline_svg", sparks[row.id]) if row.id in sparks else "",
        ]
        for row in rows
    ]


def _empty(is_filtered: bool, may_register: bool) -> Empty:
    if is_filtered:
        return Empty("No clients match these filters", Link("Show all clients", "/clients"))
    if not may_register:
        return Empty("You don't have access to any clients yet.")
    return Empty(
        "There are no clients yet. Register the first, then open an engagement and log what happens there.",
        Link("Register a client", "/clients/new"),
        'curl -X POST "$SEATLINE/api/v1/clients" -H "Authorization: Bearer $SEATLINE_KEY" \\\n'
        '  -H "Content-Type: application/json" -d \'{"name": "Halcyon Health"}\'',
    )
