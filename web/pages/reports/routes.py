"""Routes of the report pages: the list, each report, its chart and its card."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.http.problems import NOT_FOUND, Problem
from projections.reports.question import last_quarters
from web.charts.render import environment
from web.components import Choice, Empty, Field, Link, Pages
from web.forms import words_of
from web.pages.files import png_file, svg_file
from web.pages.filters import Filtered, size_choices, status_choices, structure_choices
from web.pages.navigation import navigation
from web.pages.page_context import PageContext, ViewerPage
from web.pages.paging import next_address
from web.pages.people.filters import HELD_BY, LED_BY, people_filters
from web.pages.reports import REPORTS
from web.pages.reports.annotations import COLUMNS as EXPLANATIONS
from web.pages.reports.page import RenderedReport, ReportOption, ReportPage
from web.pages.reports.page_question import PageQuestion, question_of
from web.pages.settings.saved_views import may_share, views_under
from web.pages.time_params import At
from web.pages.urls import address

router = APIRouter(prefix="/reports", include_in_schema=False)

USUAL_RANGE = 8
HERE = "reports"
CARD_WIDTH = 520.0
BOARD = "A PDF for the board, for the portfolio or one client."


async def question_in_url(key: str, request: Request, page: ViewerPage, at: At, filters: Filtered) -> PageQuestion:
    """Dependency that reads a report's question from the URL. Raises `Problem` 404 and 422."""
    if key not in REPORTS:
        raise Problem(NOT_FOUND)
    return question_of(REPORTS[key], request.query_params, page, at, filters)


PageQuestionDep = Annotated[PageQuestion, Depends(question_in_url)]


@router.get("")
def show_reports(page: ViewerPage, at: At) -> Response:
    """All reports as cards. The browser loads the cards one by one, so that the page appears immediately."""
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
def show_card(page: ViewerPage, question: PageQuestionDep) -> Response:
    """The card of one report, loaded by the reports page."""
    context = replace(question.context(page), width=CARD_WIDTH, uid=f"card-{question.report.key}", has_no_links=True)
    with page.snapshot() as snapshot:
        card = question.report.draw_card(snapshot, context)
    return HTMLResponse(environment().get_template("pages/report_card.html").render(card=card))


@router.get("/{key}.{suffix}")
def download_chart(suffix: str, page: ViewerPage, question: PageQuestionDep) -> Response:
    """A report's chart as an SVG or PNG file."""
    shown = _rendered(page, question)
    if shown.layout is None or suffix not in ("svg", "png"):
        raise Problem(NOT_FOUND)
    name = f"{question.report.key}-{question.at.as_of}"
    return (svg_file if suffix == "svg" else png_file)(shown.kind, shown.layout, name)


@router.get("/{key}")
def show_report(page: ViewerPage, question: PageQuestionDep) -> Response:
    """A report with its chart, its table and its filters."""
    report, filters, at = question.report, question.filters, question.at
    own_people = {option.name: option.label for option in report.options if not option.choices}
    people, shorter = people_filters(page, {**HELD_BY, **LED_BY, **own_people})
    if shorter:
        return shorter
    shown = _rendered(page, question)
    own = [
        people[o.name]
        if o.name in people
        else Field(
            *(o.name, o.label, question.own.get(o.name, ""), "select"),
            choices=_choices(o, question, shown),
            blank=o.blank,
        )
        for o in report.options
        if not o.is_segmented
    ]
    return page.render(
        "report",
        report.title,
        here=report.key,
        crumbs=(Link("Reports", "/reports"), Link(report.title)),
        report=report,
        shown=shown,
        explanations=EXPLANATIONS,
        at=at,
        path=question.path,
        filters=filters,
        removable=question.removable(page.naming((), question.people)),
        heading=question.heading,
        then_and_now=address(f"{question.path}/then-and-now", question.query, known_at=None, then=at.known_at_text),
        question=question,
        own=own,
        segments=_option_links(question),
        ranges=_ranges(page, question),
        people=people,
        structures=structure_choices(),
        statuses=status_choices(),
        sizes=size_choices(),
        files=_files(question, shown),
        pages=Pages(
            shown.position,
            address(question.path, question.query) if question.cursor else None,
            next_address(shown.next, question.path, question.query),
        ),
        empty=_empty(question, page),
        views=views_under(page, question.path),
        view_url=address(question.path, question.query),
        may_share=may_share(page),
    )


def _rendered(page: PageContext, question: PageQuestion) -> RenderedReport:
    with page.snapshot() as snapshot:
        return question.report.show(snapshot, question.context(page))


def _option_links(question: PageQuestion) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """The options of the report that are rows of links (segmented controls)."""
    return [
        (
            option.label,
            [
                (
                    choice.label,
                    address(
                        question.path,
                        question.query,
                        {option.name: None if choice.value == option.preset else choice.value},
                    ),
                    question.own.get(option.name, "") == choice.value,
                )
                for choice in option.choices
            ],
        )
        for option in question.report.options
        if option.is_segmented
    ]


def _choices(option: ReportOption, question: PageQuestion, shown: RenderedReport) -> tuple[Choice, ...]:
    """The choices of an option, with other values that are in use or chosen."""
    if not option.takes_others:
        return option.choices
    named = {choice.value for choice in option.choices}
    chosen = question.own.get(option.name)
    others = {*shown.in_use, *([chosen] if chosen else [])} - named
    return (*option.choices, *sorted((Choice(other, words_of(other)) for other in others), key=lambda c: c.label))


def _ranges(page: PageContext, question: PageQuestion) -> list[tuple[str, str, bool]]:
    """Links to ranges of quarters up to the day; reports of all quarters begin with "All"."""
    report, month = question.report, page.context.fiscal_year_start_month
    ranges = []
    if report.is_open and report.ranges:
        href = address(question.path, question.query, {"from": None, "to": None})
        label = "On the day" if report.holds_on_day else "All"
        ranges.append((label, href, question.bounds == (None, None)))
    for place, count in enumerate(report.ranges):
        first, last = last_quarters(question.at.as_of, month, count)
        is_default = count == USUAL_RANGE and not report.is_open
        href = address(question.path, question.query, {"from": None if is_default else first.label, "to": None})
        is_current = question.bounds == (first, None) if report.is_open else question.quarters == (first, last)
        ranges.append((str(count) if place else f"{count} quarters", href, is_current))
    return ranges


def _files(question: PageQuestion, shown: RenderedReport) -> list[Link]:
    table = [
        Link(words, address(f"/api/v1{question.path}", question.api_query, format=words.lower()))
        for words in ("CSV", "XLSX", "JSON")
    ]
    if shown.layout is None or shown.is_empty or not shown.chart:
        return table
    picture = [
        Link(words, address(f"{question.path}.{words.lower()}", question.query, cursor=question.cursor))
        for words in ("SVG", "PNG")
    ]
    return picture + table


def _empty(question: PageQuestion, page: PageContext) -> Empty:
    if question.is_narrowed:
        return Empty("No clients match these filters in these quarters.", Link("Clear the filters", question.path))
    report: ReportPage = question.report
    api_url = address(f"/api/v1{question.path}", question.preset)
    return Empty(
        report.empty,
        Link("Log a milestone", "/milestones/new") if page.may_record else None,
        f'curl "$SEATLINE{api_url}" -H "Authorization: Bearer $SEATLINE_KEY"',
    )
