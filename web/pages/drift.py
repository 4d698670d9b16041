"""Drift as a page: who has outgrown its structure, and who is ahead of itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from markupsafe import Markup
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, Response

from api.problems import invalid
from domain.assessment import Direction
from projections.clients import EVERY_CLIENT, ClientFilter
from projections.reports.drift import DriftRow, drift_report
from projections.reports.parameters import ReportParameters, last_quarters
from web.charts.painting import environment
from web.charts.wording import counted
from web.pages.addresses import address, client_address
from web.pages.assess_words import framework_title
from web.pages.filters import Filtered, size_choices, status_choices, structure_choices
from web.pages.moments import At, Times
from web.pages.people_choices import choices, everybody
from web.pages.reports.report import Card
from web.pages.visit import Visit, Visiting
from web.parts import Empty, Link, Stat

router = APIRouter(prefix="/reports", include_in_schema=False)

PATH = "/reports/drift"
DIRECTIONS = {Direction.OUTGROWN: "Outgrown", Direction.AHEAD_OF_ITSELF: "Ahead of itself"}


@router.get("/drift")
def show_drift(
    visit: Visiting, at: At, filters: Filtered, direction: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Clients whose structure is not what their newest answers and their profile advise."""
    only = _direction(direction)
    with visit.views() as connection:
        rows = drifted(connection, visit, at, chosen=filters.chosen)
    counts = {way: sum(row.direction is way for row in rows) for way in DIRECTIONS}
    shown = [row for row in rows if only in (None, row.direction)]
    query = {**filters.query, **at.query}
    return visit.page(
        "drift",
        "Drift",
        here="drift",
        crumbs=(Link("Reports", "/reports"), Link("Drift")),
        at=at,
        path=PATH,
        filters=filters,
        removable=filters.removable(PATH, {**at.query, "direction": direction}, visit.naming(filters.people)),
        stats=[
            Stat(words, str(counts[way]), _WHAT[way], address(PATH, query, direction=way.value))
            for way, words in DIRECTIONS.items()
        ],
        ways=[
            ("Both ways", address(PATH, query), only is None),
            *((words, address(PATH, query, direction=way.value), only is way) for way, words in DIRECTIONS.items()),
        ],
        direction=direction,
        rows=[(row, client_address(row.slug, **at.query), _backers(row)) for row in shown],
        ways_words=DIRECTIONS,
        files=[
            Link(words, address(f"/api/v1{PATH}", query, direction=direction, format=words.lower()))
            for words in ("CSV", "XLSX")
        ],
        people=choices(everybody(visit)),
        structures=structure_choices(),
        statuses=status_choices(),
        sizes=size_choices(),
        empty=_empty(visit, filters.is_set or only is not None),
    )


@router.get("/drift/card")
def show_card(visit: Visiting, at: At) -> Response:
    """Drift at a glance, for the page of all reports."""
    with visit.views() as connection:
        rows = drifted(connection, visit, at)
    ways = [f"{sum(row.direction is way for row in rows)} {words.lower()}" for way, words in DIRECTIONS.items()]
    card = Card(Markup(), f"{counted(len(rows), 'client')}: {', '.join(ways)}")
    return HTMLResponse(environment().get_template("pages/report_card.html").render(card=card))


def drifted(
    connection: Connection,
    visit: Visit,
    at: Times,
    *,
    chosen: ClientFilter = EVERY_CLIENT,
    among: Collection[UUID] | None = None,
) -> tuple[DriftRow, ...]:
    """The clients in drift that the visitor may see, all of them or those among some."""
    visible = visit.visible if among is None else frozenset(among)
    first, last = last_quarters(at.as_of, visit.house.fiscal_year_start_month)
    return drift_report(connection, ReportParameters(first, last, at.as_of, at.known_at, chosen, visible)).rows


_WHAT = {
    Direction.OUTGROWN: "more is advised than is held",
    Direction.AHEAD_OF_ITSELF: "less is advised than is held",
}


def _direction(text: str) -> Direction | None:
    if not text:
        return None
    found = next((way for way in DIRECTIONS if way.value == text), None)
    if found is None:
        raise invalid(("direction", "must be one of " + ", ".join(way.value for way in DIRECTIONS)))
    return found


def _backers(row: DriftRow) -> str:
    return ", ".join(framework_title(one) for one in row.frameworks)


def _empty(visit: Visit, is_filtered: bool) -> Empty:
    if is_filtered:
        return Empty("No client in drift matches all of that.", Link("Without the filters", PATH))
    return Empty(
        "No client has a structure that differs from what its newest answers and its profile advise.",
        Link("Assess a client", "/assess") if visit.may_record else None,
        'curl "$SEATLINE/api/v1/reports/drift" -H "Authorization: Bearer $SEATLINE_KEY"',
    )
