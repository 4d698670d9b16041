"""The pages of reports: the same frame, filters, files and way to the clients for each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.http.problems import NOT_FOUND, Problem
from projections.reports.question import last_quarters
from web.charts.render import environment
from web.components import Empty, Field, Link, Pages
from web.pages.files import png_file, svg_file
from web.pages.filters import Filtered, size_choices, status_choices, structure_choices
from web.pages.navigation import navigation
from web.pages.page_context import PageContext, ViewerPage
from web.pages.paging import next_address
from web.pages.people.filters import HELD_BY, LED_BY, people_filters
from web.pages.reports import REPORTS
from web.pages.reports.page import ReportPage, Shown
from web.pages.reports.page_question import PageQuestion, question_of
from web.pages.settings.saved_views import may_share, views_under
from web.pages.time_params import At
from web.pages.urls import address

router = APIRouter(prefix="/reports", include_in_schema=False)

USUAL_RANGE = 8
HERE = "reports"
GLANCED = 520.0
BOARD = "A quarter of the portfolio, or of one client, on paper."


async def question(key: str, request: Request, page: ViewerPage, at: At, filters: Filtered) -> PageQuestion:
    """The dependency that reads what a report's page is asked. Raises `Problem` 404 and 422."""
    if key not in REPORTS:
        raise Problem(NOT_FOUND)
    return question_of(REPORTS[key], request.query_params, page, at, filters)


Asking = Annotated[PageQuestion, Depends(question)]


@router.get("")
def show_reports(page: ViewerPage, at: At) -> Response:
    """Every report at a glance; the pictures come one by one, so that the page is there at once."""
    places = [item for group in navigation() if group.label == "Reports" for item in group.items if item.key != HERE]
    return page.render(
        "reports",
        "Reports",
        here=HERE,
        at=at,
        reports=[
            (
                item,
                REPORTS[item.key].summary if item.key in REPORTS else BOARD,
                address(item.href, at.query),
                address(f"{item.href}/card", at.query) if item.key in REPORTS else "",
            )
            for item in places
        ],
        views=[Link(view.name, view.url) for view in page.saved_views if view.url.startswith("/reports")],
    )


@router.get("/{key}/card")
def show_card(page: ViewerPage, asking: Asking) -> Response:
    """A report at a glance, for the page of all of them."""
    context = replace(asking.context(page), width=GLANCED, uid=f"card-{asking.report.key}", is_still=True)
    with page.snapshot() as snapshot:
        card = asking.report.glance(snapshot, context)
    return HTMLResponse(environment().get_template("pages/report_card.html").render(card=card))


@router.get("/{key}.{suffix}")
def take_chart(suffix: str, page: ViewerPage, asking: Asking) -> Response:
    """A report's chart as an SVG or PNG file."""
    shown = _answer(page, asking)
    if shown.layout is None or suffix not in ("svg", "png"):
        raise Problem(NOT_FOUND)
    name = f"{asking.report.key}-{asking.at.as_of}"
    return (svg_file if suffix == "svg" else png_file)(shown.kind, shown.layout, name)


@router.get("/{key}")
def show_report(page: ViewerPage, asking: Asking) -> Response:
    """A report with its chart, its table and its filters."""
    report, filters, at = asking.report, asking.filters, asking.at
    own_people = {option.name: option.label for option in report.options if not option.choices}
    people, shorter = people_filters(page, {**HELD_BY, **LED_BY, **own_people})
    if shorter:
        return shorter
    shown = _answer(page, asking)
    own = [
        people[o.name]
        if o.name in people
        else Field(o.name, o.label, asking.own.get(o.name, ""), "select", choices=o.choices, blank=o.blank)
        for o in report.options
        if not o.is_way
    ]
    return page.render(
        "report",
        report.title,
        here=report.key,
        crumbs=(Link("Reports", "/reports"), Link(report.title)),
        report=report,
        shown=shown,
        at=at,
        path=asking.path,
        filters=filters,
        removable=asking.removable(page.naming((), asking.people)),
        heading=asking.heading,
        then_and_now=address(f"{asking.path}/then-and-now", asking.query, known_at=None, then=at.known_at_text),
        asking=asking,
        own=own,
        ways=_ways(asking),
        ranges=_ranges(page, asking),
        people=people,
        structures=structure_choices(),
        statuses=status_choices(),
        sizes=size_choices(),
        files=_files(asking, shown),
        pages=Pages(
            "",
            address(asking.path, asking.query) if asking.cursor else None,
            next_address(shown.next, asking.path, asking.query),
        ),
        empty=_empty(asking, page),
        views=views_under(page, asking.path),
        view_url=address(asking.path, asking.query),
        may_share=may_share(page),
    )


def _answer(page: PageContext, asking: PageQuestion) -> Shown:
    with page.snapshot() as snapshot:
        return asking.report.show(snapshot, asking.context(page))


def _ways(asking: PageQuestion) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The report's own ways to look, each a row of links."""
    return [
        (
            option.label,
            [
                (
                    choice.label,
                    address(
                        asking.path,
                        asking.query,
                        {option.name: None if choice.value == option.preset else choice.value},
                    ),
                    asking.own.get(option.name, "") == choice.value,
                )
                for choice in option.choices
            ],
        )
        for option in asking.report.options
        if option.is_way
    ]


def _ranges(page: PageContext, asking: PageQuestion) -> list[tuple[str, str, bool]]:
    """So many quarters up to the day, each a link; a report that is bounded by none has them all first."""
    report, month = asking.report, page.context.fiscal_year_start_month
    found = []
    if report.is_open and report.ranges:
        href = address(asking.path, asking.query, {"from": None, "to": None})
        found.append(("All", href, asking.bounds == (None, None)))
    for place, count in enumerate(report.ranges):
        first, last = last_quarters(asking.at.as_of, month, count)
        says_nothing = count == USUAL_RANGE and not report.is_open
        href = address(asking.path, asking.query, {"from": None if says_nothing else first.label, "to": None})
        is_current = asking.bounds == (first, None) if report.is_open else asking.quarters == (first, last)
        found.append((str(count) if place else f"{count} quarters", href, is_current))
    return found


def _files(asking: PageQuestion, shown: Shown) -> list[Link]:
    table = [
        Link(words, address(f"/api/v1{asking.path}", asking.api_query, format=words.lower()))
        for words in ("CSV", "XLSX", "JSON")
    ]
    if shown.layout is None or shown.is_empty:
        return table
    picture = [
        Link(words, address(f"{asking.path}.{words.lower()}", asking.query, cursor=asking.cursor))
        for words in ("SVG", "PNG")
    ]
    return picture + table


def _empty(asking: PageQuestion, page: PageContext) -> Empty:
    if asking.is_narrowed:
        return Empty("No clients match these filters in these quarters.", Link("Clear the filters", asking.path))
    report: ReportPage = asking.report
    return Empty(
        report.empty,
        Link("Log a milestone", "/milestones/new") if page.may_record else None,
        f'curl "$SEATLINE{address(f"/api/v1{asking.path}", asking.preset)}" -H "Authorization: Bearer $SEATLINE_KEY"',
    )
