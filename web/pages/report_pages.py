"""The pages of reports: the same frame, filters, files and way to the clients for each of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.filters import quarter_named
from api.problems import NOT_FOUND, Problem, invalid
from domain.quarters import quarters_between
from projections.reports.parameters import ReportParameters, last_quarters
from web.pages.addresses import address
from web.pages.files import png_file, svg_file
from web.pages.filters import Filtered, Filters, size_choices, status_choices, structure_choices
from web.pages.moments import At, Times
from web.pages.people_choices import choices, everybody
from web.pages.reports import REPORTS
from web.pages.reports.report import Asked, Report, Shown
from web.pages.visit import Visit, Visiting
from web.parts import Empty, Link, Pages

router = APIRouter(prefix="/reports", include_in_schema=False)

A_PAGE = 50
MOST_QUARTERS = 80
RANGES = ((4, "4 quarters"), (8, "8"), (16, "16"), (24, "24"))
QuarterText = Annotated[str, Query(max_length=12)]
From = Annotated[str, Query(alias="from", max_length=12)]


@router.get("")
def first_report(visit: Visiting) -> Response:
    """The first of them."""
    return visit.go(f"/reports/{next(iter(REPORTS))}")


@router.get("/{key}.{suffix}")
def take_chart(
    key: str,
    suffix: str,
    visit: Visiting,
    at: At,
    filters: Filtered,
    from_: From = "",
    to: QuarterText = "",
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """A report's chart as an SVG or PNG file."""
    report = _report(key)
    shown = _ask(visit, report, at, filters, from_, to, cursor)
    if shown.layout is None or suffix not in ("svg", "png"):
        raise Problem(NOT_FOUND)
    name = f"{report.key}-{at.as_of}"
    return (svg_file if suffix == "svg" else png_file)(shown.kind, shown.layout, name)


@router.get("/{key}")
def show_report(
    key: str,
    visit: Visiting,
    at: At,
    filters: Filtered,
    from_: From = "",
    to: QuarterText = "",
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """A report with its chart, its table and its filters."""
    report = _report(key)
    shown = _ask(visit, report, at, filters, from_, to, cursor)
    parameters = _parameters(visit, at, filters, from_, to)
    path = f"/reports/{report.key}"
    quarters = {"from": from_.strip(), "to": to.strip()}
    query = {**filters.query, **quarters, **at.query}
    naming = visit.naming(filters.people)
    return visit.page(
        "report",
        report.title,
        here=report.key,
        crumbs=(Link("Reports", "/reports"), Link(report.title)),
        report=report,
        shown=shown,
        at=at,
        path=path,
        filters=filters,
        removable=filters.removable(path, {**quarters, **at.query}, naming),
        first=parameters.first.label,
        last=parameters.last.label,
        quarter_from=quarters["from"],
        quarter_to=quarters["to"],
        quarters=len(quarters_between(parameters.first, parameters.last)),
        ranges=_ranges(visit, path, at, query, parameters),
        people=choices(everybody(visit)),
        structures=structure_choices(),
        statuses=status_choices(),
        sizes=size_choices(),
        files=_files(report, shown, query, cursor),
        pages=Pages(
            "",
            address(path, query) if cursor else None,
            address(path, query, cursor=shown.next) if shown.next else None,
        ),
        empty=_empty(filters.is_set, path, report, visit),
    )


def _report(key: str) -> Report:
    if key not in REPORTS:
        raise Problem(NOT_FOUND)
    return REPORTS[key]


def _ask(visit: Visit, report: Report, at: Times, filters: Filters, from_: str, to: str, cursor: str) -> Shown:
    asked = Asked(
        _parameters(visit, at, filters, from_, to), at.query, cursor or None, A_PAGE if report.paged else None
    )
    with visit.views() as connection:
        return report.show(connection, asked)


def _parameters(visit: Visit, at: Times, filters: Filters, from_: str, to: str) -> ReportParameters:
    """The quarters asked for; the last eight unless they are named. Raises `Problem` 422."""
    month = visit.house.fiscal_year_start_month
    usual_first, usual_last = last_quarters(at.as_of, month)
    last = quarter_named("to", to.strip() or None, month) or usual_last
    first = quarter_named("from", from_.strip() or None, month)
    if first is None:
        first = usual_first if usual_first <= last else last
    if last < first:
        raise invalid(("to", f"must not come before {first}"))
    if len(quarters_between(first, last)) > MOST_QUARTERS:
        raise invalid(("from", f"at most {MOST_QUARTERS} quarters are shown at once"))
    return ReportParameters(first, last, at.as_of, at.known_at, filters.chosen, visit.visible)


def _ranges(
    visit: Visit, path: str, at: Times, query: dict[str, str], parameters: ReportParameters
) -> list[tuple[str, str, bool]]:
    month = visit.house.fiscal_year_start_month
    found = []
    for count, words in RANGES:
        first, last = last_quarters(at.as_of, month, count)
        is_usual = count == 8
        href = address(path, query, {"from": None if is_usual else first.label, "to": None})
        found.append((words, href, (parameters.first, parameters.last) == (first, last)))
    return found


def _files(report: Report, shown: Shown, query: dict[str, str], cursor: str) -> list[Link]:
    table = [
        Link(words, address(f"/api/v1/reports/{report.key}", query, format=words.lower())) for words in ("CSV", "XLSX")
    ]
    if shown.layout is None or shown.is_empty:
        return table
    picture = [
        Link(words, address(f"/reports/{report.key}.{words.lower()}", query, cursor=cursor)) for words in ("SVG", "PNG")
    ]
    return picture + table


def _empty(is_filtered: bool, path: str, report: Report, visit: Visit) -> Empty:
    if is_filtered:
        return Empty("No client matches all of that in these quarters.", Link("Without the filters", path))
    return Empty(
        "There is nothing to show in these quarters yet. Reports fill themselves from the milestones you log.",
        Link("Log a milestone", "/milestones/new") if visit.may_record else None,
        f'curl "$SEATLINE/api/v1/reports/{report.key}" -H "Authorization: Bearer $SEATLINE_KEY"',
    )
