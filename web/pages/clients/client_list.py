"""The client list, which is also the drill-down of every report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.responses import Response

from api.client_order import order_of
from api.http.cursors import LONGEST_CURSOR
from projections.client_order import ClientColumn, ClientOrder, SortDirection, list_clients_in_order, usual_direction
from projections.clients import ClientFilter, ClientRow, count_clients
from projections.reports.drift import DriftRow
from projections.reports.quarter_grid import quarter_grid
from projections.reports.question import ReportQuestion, last_quarters
from projections.sign_runs import SignCounts, sign_counts
from web.charts import sparkline
from web.charts.render import macro
from web.charts.wording import day_words
from web.components import Column, Empty, Link, Pages
from web.formatting import money_text
from web.kinds.page import Naming
from web.pages.clients.view_counts import PATH as VIEW_COUNTS
from web.pages.drift import drift_of
from web.pages.filters import STATUSES, Filtered, size_choices, status_choices, structure_choices
from web.pages.page_context import PageContext, ViewerPage
from web.pages.paging import next_address, place_in
from web.pages.people.filters import HELD_BY, LED_BY, people_filters
from web.pages.reports.row_filter import NamedRow
from web.pages.settings.saved_views import may_share, views_under
from web.pages.time_params import At
from web.pages.urls import address, client_address

router = APIRouter(include_in_schema=False)

A_PAGE = 50
SPARK_QUARTERS = 12
_SORTED = {SortDirection.ASCENDING: "ascending", SortDirection.DESCENDING: "descending"}


@router.get("/clients")
def show_clients(
    page: ViewerPage,
    at: At,
    filters: Filtered,
    row: NamedRow,
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
    before: Annotated[str, Query(max_length=2000)] = "",
    sort: Annotated[str, Query(max_length=20)] = "",
    order: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The clients as of a day, fifty per page, in the order of a column: by name unless another is chosen."""
    people, shorter = people_filters(page, {**HELD_BY, **LED_BY})
    if shorter:
        return shorter
    chosen = filters.chosen
    sorting = _order(page, sort, order)
    query = {**filters.query, **row.query, **_sort_query(sorting.column, sorting.direction)}
    after = place_in(cursor, sorting.place_types, "/clients", query, at.query)
    with page.snapshot() as snapshot:
        visible = row.visible(snapshot)
        clients, following = list_clients_in_order(
            snapshot,
            chosen,
            sorting,
            as_of=at.as_of,
            known_at=at.known_at,
            visible=visible,
            limit=A_PAGE,
            after=after,
        )
        counts = sign_counts(
            snapshot,
            [client.id for client in clients],
            as_of=at.as_of,
            known_at=at.known_at,
            thresholds=page.context.thresholds,
        )
        total = count_clients(snapshot, chosen, as_of=at.as_of, known_at=at.known_at, visible=visible)
        month = page.context.fiscal_year_start_month
        first, last = last_quarters(at.as_of, month, SPARK_QUARTERS)
        shown_ids = frozenset(row.id for row in clients)
        grid = quarter_grid(
            snapshot, ReportQuestion(first, last, at.as_of, at.known_at, ClientFilter(), shown_ids, month)
        )
        drifting = {row.client: row for row in drift_of(snapshot, page, at, among={row.id for row in clients}).rows}
    sparks = {row.client: sparkline.lay_out([cell.structure for cell in row.cells], width=92.0) for row in grid.rows}
    naming = page.naming(_named(clients), (*filters.people, *row.people))
    shown = len(clients)
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
        view_counts=address(VIEW_COUNTS, here=address("/clients", query, at.query)),
        may_share=may_share(page),
        may_register=page.may_register,
        cells=_cells(clients, sparks, drifting, counts, naming, at.query),
        columns=_columns({**filters.query, **row.query, **at.query}, sorting),
        sort=_sort_query(sorting.column, sorting.direction),
        total=total,
        quarters=f"{first} to {last}",
        people=people,
        structures=structure_choices(),
        statuses=status_choices(),
        sizes=size_choices(),
        files=[
            Link(words, address("/api/v1/clients", query, at.api_query, format=words.lower()))
            for words in ("CSV", "XLSX", "JSON")
        ],
        pages=Pages(
            f"{start + 1} to {start + shown} of {total}" if shown else "",
            address("/clients", query, at.query) if cursor else None,
            next_address(following, "/clients", query, at.query, before=start + shown),
        ),
        empty=_empty(page, is_filtered=bool(filters.query or row.query)),
    )


def _order(page: PageContext, sort: str, direction: str) -> ClientOrder:
    """The order in the URL; other values than those of the list mean its usual order."""
    column = ClientColumn(sort) if sort in set(ClientColumn) else ClientColumn.NAME
    return order_of(page.context, column, SortDirection(direction) if direction in set(SortDirection) else None)


def _sort_query(column: ClientColumn, direction: SortDirection) -> dict[str, str]:
    """The order as query parameters, without what is usual."""
    return {
        "sort": "" if column is ClientColumn.NAME else column.value,
        "order": "" if direction is usual_direction(column) else direction.value,
    }


def _columns(query: Mapping[str, object], order: ClientOrder) -> tuple[Column, ...]:
    """The columns: the one that the list is ordered by leads to the other direction, others to their usual one."""

    def sortable(label: str, column: ClientColumn, **options: bool) -> Column:
        is_current = column is order.column
        direction = order.direction.other if is_current else usual_direction(column)
        href = address("/clients", query, _sort_query(column, direction))
        return Column(label, sort=href, sorted_by=_SORTED[order.direction] if is_current else "", **options)

    return (
        sortable("Client", ClientColumn.NAME),
        sortable("Structure", ClientColumn.STRUCTURE),
        sortable("Since", ClientColumn.SINCE, short=True),
        sortable("Signs", ClientColumn.SIGNS),
        Column("Seats"),
        sortable("Practice lead", ClientColumn.PRACTICE_LEAD),
        sortable("Monthly fee", ClientColumn.MONTHLY_FEE, numeric=True),
        Column("By quarter"),
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
    counts: Mapping[UUID, SignCounts],
    naming: Naming,
    times: dict[str, str],
) -> list[list[Markup | str]]:
    return [
        [
            macro("pages/cells.html", "client", row, client_address(row.slug, **times)),
            macro("pages/cells.html", "structure", row, STATUSES[row.status], drifting.get(row.id), times),
            day_words(row.since) if row.since else "",
            macro("pages/cells.html", "signs", counts[row.id], client_address(row.slug, **times))
            if row.id in counts
            else "",
            macro("pages/cells.html", "seats", row, naming),
            naming(row.practice_lead) if row.practice_lead else "",
            macro("pages/cells.html", "fees", [money_text(fee) for fee in row.monthly_fees]),
            macro("charts/sparkline.html", "sparkline_svg", sparks[row.id]) if row.id in sparks else "",
        ]
        for row in rows
    ]


def _empty(page: PageContext, *, is_filtered: bool) -> Empty:
    if is_filtered:
        return Empty("No clients match these filters", Link("Show all clients", "/clients"))
    if not page.may_register:
        return Empty("You don't have access to any clients yet.")
    return Empty(
        "There are no clients yet. Register the first, then open an engagement and log what happens there.",
        Link("Register a client", "/clients/new"),
        'curl -X POST "$SEATLINE/api/v1/clients" -H "Authorization: Bearer $SEATLINE_KEY" \\\n'
        '  -H "Content-Type: application/json" -d \'{"name": "Halcyon Health"}\'',
        Link("Import a file", "/settings/imports") if page.governs else None,
    )
