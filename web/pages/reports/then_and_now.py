"""Then and now: a report as known at an earlier instant and now, and the clients that changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.problems import invalid
from api.schemas.scalars import instant_text
from domain.quarters import Quarter, quarter_of
from projections.reports.then_and_now import then_and_now
from web.components import Link, Pages
from web.forms import Unreadable, end_of, read_instant
from web.pages.page_context import PageContext, ViewerPage
from web.pages.paging import next_address, place_in
from web.pages.reports.differences import client_words, people_in
from web.pages.reports.page import RenderedReport
from web.pages.reports.page_question import PageQuestion
from web.pages.reports.routes import PageQuestionDep
from web.pages.settings.saved_views import may_share, views_under
from web.pages.time_params import known_text, known_words
from web.pages.urls import address

router = APIRouter(prefix="/reports", include_in_schema=False)

LISTED = 6
"""How many clients a page lists, each with all that changed there."""

BESIDE = 25
"""How many rows the charts have, of reports that are shown in pages."""

HALF = 500.0
WHOLE = 1120.0


@router.get("/{key}/then-and-now")
def show_then_and_now(
    page: ViewerPage, question: PageQuestionDep, then: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """A report then and now, and the clients and milestones that changed."""
    before = _then(then, page, question)
    width = WHOLE if question.report.is_wide else HALF
    path = f"{question.path}/then-and-now"
    query = {**question.query, "then": known_text(before, question.at.zone)}
    after = place_in(question.cursor, (str, UUID), path, query)
    now = replace(
        replace(question, cursor="").context(page), width=width, limit=BESIDE, uid="now", title_suffix="as known now"
    )
    known_before = replace(
        now,
        question=replace(now.question, known_at=before),
        times={**now.times, "known_at": known_text(before, question.at.zone)},
        uid="then",
        title_suffix="as known then",
    )
    by_client = question.report.report.compared_as[compared_as(question)]
    with page.snapshot() as snapshot:
        shown_then = question.report.show(snapshot, known_before)
        shown_now = question.report.show(snapshot, now)
        comparison = then_and_now(snapshot, by_client, now.question, before, limit=LISTED, after=after)
    naming = page.naming(set(people_in(comparison.clients)), question.people)
    rest = {name: text for name, text in query.items() if name not in ("from", "to", "as_of", "known_at", "then")}
    return page.render(
        "then_and_now",
        f"{question.report.title}, then and now",
        here=question.report.key,
        crumbs=(
            Link("Reports", "/reports"),
            Link(question.report.title, address(question.path, question.query)),
            Link("Then and now"),
        ),
        question=question,
        at=question.at,
        path=path,
        rest=rest,
        then_day=page.context.day_of(before).isoformat(),
        removable=question.removable(naming, path, {"then": known_text(before, question.at.zone)}),
        ranges=_instants(page, question, query, path, before),
        sides=_sides(question, before, shown_then, shown_now),
        count=comparison.count,
        pages=Pages("", address(path, query) if after else None, next_address(comparison.next, path, query)),
        views=views_under(page, path),
        view_url=address(path, query),
        may_share=may_share(page),
        clients=[client_words(one, question, naming) for one in comparison.clients],
        files=_files(question, before),
    )


def compared_as(question: PageQuestion) -> str:
    """The name of the comparison in the API; the page's options choose among several."""
    names = list(question.report.report.compared_as)
    endings = [text.replace("_", "-") for text in question.own.values()]
    return next((name for name in names for ending in endings if name.endswith(f"-{ending}")), names[0])


def _files(question: PageQuestion, before: datetime) -> list[Link]:
    """Links to the differences as files."""
    own = {option.name: None for option in question.report.options}
    compared = {"report": compared_as(question), "then": _full(before)}
    return [
        Link(words, address("/api/v1/reports/then-and-now", question.api_query, own, compared, format=words.lower()))
        for words in ("CSV", "XLSX", "JSON")
    ]


def _full(instant: datetime) -> str:
    return instant_text(instant)


def _then(text: str, page: PageContext, question: PageQuestion) -> datetime:
    """The earlier instant; by default the end of the last quarter. Raises `Problem` 422."""
    if not text.strip():
        return end_of(
            quarter_of(question.at.today, page.context.fiscal_year_start_month).previous.end, question.at.zone
        )
    try:
        then = read_instant(text, question.at.zone)
    except Unreadable as fault:
        raise invalid(("then", str(fault))) from None
    if then > (question.at.known_at or page.context.now()):
        raise invalid(("then", "must not come after what it is compared with"))
    return then


def _instants(
    page: PageContext, question: PageQuestion, query: dict[str, str], path: str, before: datetime
) -> list[tuple[str, str, bool]]:
    """Links to the ends of the last quarters as earlier instants."""
    quarter = quarter_of(question.at.today, page.context.fiscal_year_start_month).previous
    instants = []
    for back in (1, 2, 4):
        while_back = _before(quarter, back - 1)
        instant = end_of(while_back.end, question.at.zone)
        if question.at.known_at is None or instant <= question.at.known_at:
            instants.append(
                (
                    while_back.label,
                    address(path, query, then=known_text(instant, question.at.zone)),
                    instant == before,
                )
            )
    return instants


def _before(quarter: Quarter, count: int) -> Quarter:
    for _ in range(count):
        quarter = quarter.previous
    return quarter


def _sides(
    question: PageQuestion, before: datetime, then: RenderedReport, now: RenderedReport
) -> list[tuple[str, str, str, RenderedReport]]:
    """Both reports with a heading and the URL of the report at that instant."""
    at_then = address(question.path, question.query, known_at=known_text(before, question.at.zone))
    now_words = f"As known {question.at.known_words}" if question.at.known_at else "As known now"
    return [
        ("then", f"As known {known_words(before, question.at.zone)}", at_then, then),
        ("now", now_words, address(question.path, question.query), now),
    ]
