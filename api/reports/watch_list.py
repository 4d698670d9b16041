"""The watch list: warning signs that hold on a day, or held within some quarters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT, Page, link_next, paged
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import ClientLinkAnswer, LinksAnswer, link_to, links
from api.reports.query import OpenQuestion, ScopeAnswer, scope_answer
from api.schemas.scalars import Answer, Day, Id
from api.schemas.signs import RemedyAnswer, remedies_of, sources_of
from domain.areas import sign_title
from domain.signs.detector import Severity
from domain.signs.runs import Detected
from projections.reports.watch_list import (
    REPORT,
    JudgedBy,
    SignCount,
    WatchList,
    WatchListRow,
    people_in,
)
from projections.reports.watch_list_places import Grouping

router = APIRouter(prefix="/reports", tags=["reports"])


class SignCountAnswer(Answer):
    """The runs of one sign of one severity, detected or observed, on all pages."""

    sign: str
    title: str
    severity: Severity
    detected: Detected
    clients: int
    runs: int
    links: LinksAnswer


class WatchListRowAnswer(Answer):
    """A warning sign at a client.

    `since` is the first day of the unbroken run, `until` the first day on which it no longer held (null: it holds).
    `severity`, `detail`, `evidence` and `thresholds` are those of `as_of`, or of the run's last day. `evidence` lists
    the milestones of the `engagement` on which it rests, `clears` what would end it.
    """

    client: Id
    slug: str
    name: str
    engagement: Id
    practice_lead: Id | None
    sign: str = Field(examples=["A07"])
    title: str
    since: Day
    until: Day | None
    severity: Severity
    detected: Detected = Field(description="Whether a rule detected it, or a person observed it.")
    detail: str | None
    evidence: list[Id]
    thresholds: dict[str, int] = Field(examples=[{"gap": 21}])
    clears: list[RemedyAnswer]
    source: str | None = Field(description="Lines of the source articles.", examples=["S1:L48, S0:L19"])
    links: ClientLinkAnswer


class WatchListAnswer(Answer):
    """Warning signs, the most severe first, and of those the longest."""

    parameters: ScopeAnswer
    clients: int = Field(description="The number of clients on all pages.")
    count: int = Field(description="The number of rows on all pages.")
    summary: list[SignCountAnswer]
    rows: list[WatchListRowAnswer]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("/watch-list", response_model=WatchListAnswer, summary="Watch list", responses=TABLES)
def show_watch_list(
    request: Request,
    response: Response,
    query: ViewerQuery,
    question: OpenQuestion,
    page: Annotated[Page, Depends(paged(str, int, date, UUID, str, str, str, default_limit=MAX_LIMIT))],
    sign: Annotated[str | None, Query(max_length=80, description="Only this sign.", examples=["A07"])] = None,
    severity: Annotated[Severity | None, Query(description="Only signs of this severity.")] = None,
    detected: Annotated[Detected | None, Query(description="Only detected, or only observed signs.")] = None,
    by: Annotated[Grouping, Query(description="The order of the rows.")] = Grouping.SEVERITY,
    thresholds: Annotated[
        JudgedBy, Query(description="Judge each day by the thresholds in force on it, or all days by those of `as_of`.")
    ] = JudgedBy.EACH_DAY,
    file_format: Formatted = Format.JSON,
) -> WatchListAnswer | Response:
    """List the warning signs that hold on `as_of`; with `from` or `to`, every run by then that overlaps the quarters.

    CSV and XLSX contain all of them unless a `limit` is given.
    """

    def body(report: WatchList, known_at: datetime) -> WatchListAnswer:
        cursor = page.cursor(report.next)
        link_next(request, response, cursor)
        return WatchListAnswer(
            parameters=scope_answer(report.question, known_at),
            clients=report.clients,
            count=report.runs,
            summary=[_count(count) for count in report.counts],
            rows=[_row(row) for row in report.rows],
            next=cursor,
        )

    return respond(
        query,
        file_format,
        REPORT,
        question,
        body,
        options={"sign": sign, "severity": severity, "detected": detected, "by": by, "thresholds": thresholds},
        rows={"limit": None if page.is_whole else page.limit, "after": page.after},
        people=people_in,
    )


def _count(count: SignCount) -> SignCountAnswer:
    return SignCountAnswer.of(count, title=sign_title(count.sign), links=links(count.link))


def _row(row: WatchListRow) -> WatchListRowAnswer:
    shown = row.shown
    return WatchListRowAnswer.of(
        shown,
        slug=row.slug,
        name=row.name,
        practice_lead=row.lead,
        title=sign_title(shown.sign),
        evidence=list(shown.evidence),
        thresholds=dict(shown.thresholds),
        clears=remedies_of(shown.sign, shown.detected),
        source=sources_of(shown.sign),
        links=link_to(row.slug),
    )
