"""Downloads of a client's timeline: the chart, and its seats as CSV."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.csv_xlsx import Cell
from api.http.problems import NOT_FOUND, Problem
from projections.timelines import ClientTimeline
from web.charts.timeline import lay_out
from web.kinds.page import Naming
from web.pages.clients.client import SHORT_RANGE, drawing, read_client
from web.pages.clients.client_facts import seat_rows
from web.pages.files import csv_file, png_file, svg_file
from web.pages.page_context import ViewerPage
from web.pages.time_params import At

router = APIRouter(include_in_schema=False)

SEATS_HEADER = (
    "functions",
    "holder",
    "commitment",
    "provider",
    "interim",
    "reports_to",
    "hours_technology",
    "hours_ai",
    "fee",
    "currency",
    "start",
    "end",
    "planned",
)


@router.get("/clients/{client}/timeline.{suffix}")
def download_timeline(
    client: str,
    suffix: str,
    page: ViewerPage,
    at: At,
    range: Annotated[str, Query(max_length=10)] = "",  # noqa: A002
) -> Response:
    """The timeline as SVG, PNG or CSV, as known at `known_at`, without marks of later changes."""
    # a file lasts longer than a page: at an instant of knowledge it is the same for ever
    read = replace(read_client(page, client, at), now=None, changes=None)
    naming = page.naming(read.people)
    name = f"{read.client.slug}-{at.as_of}"
    if suffix == "csv":
        return csv_file(SEATS_HEADER, seats_table(read.timeline, naming), name)
    drawn = drawing(read, naming, at, SHORT_RANGE if range == str(SHORT_RANGE) else None)
    if drawn is None or suffix not in ("svg", "png"):
        raise Problem(NOT_FOUND)
    layout = lay_out(drawn)
    return svg_file("timeline", layout, name) if suffix == "svg" else png_file("timeline", layout, name)


def seats_table(timeline: ClientTimeline, naming: Naming) -> list[tuple[Cell, ...]]:
    """One row for each seat span with its terms, in the columns of `SEATS_HEADER`."""
    rows: list[tuple[Cell, ...]] = []
    for row in seat_rows(timeline.seat_spans):
        terms = row.terms
        rows.append(
            (
                "+".join(function.value for function in row.functions),
                naming(terms.holder),
                terms.commitment.value,
                terms.provider.value,
                terms.interim,
                terms.reports_to.value if terms.reports_to else None,
                terms.hours_per_month.technology if terms.hours_per_month else None,
                terms.hours_per_month.ai if terms.hours_per_month else None,
                terms.monthly_fee.amount if terms.monthly_fee else None,
                terms.monthly_fee.currency if terms.monthly_fee else None,
                row.start,
                row.end,
                row.planned,
            )
        )
    return rows
