"""The client list, which is also the drill-down of every report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR, Place
from projections.clients import ClientFilter, ClientRow, count_clients, list_clients, list_clients_ranked
from projections.reports.drift import DriftRow
from projections.reports.quarter_grid import quarter_grid
from projections.reports.question import ReportQuestion, last_quarters
from projections.sign_runs import SignCounts, sign_counts
from web.charts import sparkline
from web.charts.render import macro
from web.components import Column, Empty, Link, Pages
from web.kinds.page import Naming
from web.pages.drift import drift_of
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
BY_SIGNS = "signs"
_RANKED = (int, int, int, str, UUID)
"""The types of a place in the list ordered by signs."""


@router.get("/clients")
def show_clients(
    page: ViewerPage,
    at: At,
    filters: Filtered,
    row: NamedRow,
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
    before: Annotated[str, Query(max_length=2000)] = "",
    sort: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The clients as of a day, fifty per page: by name, or those with the most severe warning signs first."""
    people, shorter = people_filters(page, {**HELD_BY, **LED_BY})
    if shorter:
        return shorter
    chosen = filters.chosen
    sorting = {"sort": BY_SIGNS} if sort == BY_SIGNS else {}
    query = {**filters.query, **row.query, **sorting}
    after = place_in(cursor, _RANKED if sorting else (str, UUID), "/clients", query, at.query)
    with page.snapshot() as snapshot:
        moment = {"as_of": at.as_of, "known_at": at.known_at, "visible": row.visible(snapshot)}
        judged = {"as_of": at.as_of, "known_at": at.known_at, "thresholds": page.context.thresholds}
        following: Place | None
        if sorting:
            counts = sign_counts(snapshot, **judged)  # type: ignore[arg-type]
            clients, following = list_clients_ranked(
                snapshot,
                chosen,
                counts,
                **moment,  # type: ignore[arg-type]
                limit=A_PAGE,
                after=after,
            )
        else:
            listed = list_clients(snapshot, chosen, **moment, limit=A_PAGE, after=after)  # type: ignore[arg-type]
            clients, following = listed.items, listed.next
            counts = sign_counts(snapshot, [row.id for row in clients], **judged)  # type: ignore[arg-type]
        total = count_clients(snapshot, chosen, **moment)  # type: ignore[arg-type]
        month = page.context.fiscal_year_start_month
        first, last = last_quarters(at.as_of, month, SPARK_QUARTERS)
        shown_ids = frozenset(row.id for row in clients)
        grid = quarter_grid(
            snapshot, ReportQuestion(first, last, at.as_of, at.known_at, ClientFilter(), shown_ids, month)
        )
        drifting = {row.client: row for row in drift_of(snapshot, page, at, among={row.id for row in clients}).rows}
    sparks = {row.client: sparkline.lay_out([cell.structure for cell in row.cells], width=132.0) for row in grid.rows}
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
        may_share=may_share(page),
        may_register=page.may_register,
        cells=_cells(clients, sparks, drifting, counts, naming, at.query),
        columns=_columns({**filters.query, **row.query, **at.query}, bool(sorting)),
        sort=sorting,
        total=total,
        quarters=f"{first} to {last}",
        people=people,
        structures=structure_choices(),
        statuses=status_choices(),
        sizes=size_choices(),
        csv=address("/api/v1/clients", filters.query, row.query, at.api_query, format="csv"),
        pages=Pages(
            f"{start + 1} to {start + shown} of {total}" if shown else "",
            address("/clients", query, at.query) if cursor else None,
            next_address(following, "/clients", query, at.query, before=start + shown),
        ),
        empty=_empty(bool(filters.query or row.query), page.may_register),
    )


def _columns(query: Mapping[str, object], by_signs: bool) -> tuple[Column, ...]:
    return (
        Column("Client", sort=address("/clients", query), sorted_by="" if by_signs else "ascending"),
        Column("Structure"),
        Column("Signs", sort=address("/clients", query, sort=BY_SIGNS), sorted_by="descending" if by_signs else ""),
        Column("Seats"),
        Column("Practice lead"),
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
            macro("pages/cells.html", "signs", counts[row.id], client_address(row.slug, **times))
            if row.id in counts
            else "",
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
