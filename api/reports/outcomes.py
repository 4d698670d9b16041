"""The outcomes report: AI initiatives from the start to production to what was measured."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT, Page, link_next, paged
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import ClientLinkAnswer, LinksAnswer, link_to, links
from api.reports.query import OpenQuestion, ScopeAnswer, scope_answer
from api.schemas.scalars import Answer, Day, Id, Number
from domain.outcomes import Stage
from projections.reports.outcomes import REPORT, OutcomeRow, OutcomesReport, link_to_stage

router = APIRouter(prefix="/reports", tags=["reports"])


class OutcomeRowAnswer(Answer):
    """A metric of an AI initiative; an initiative without a measurement has one row without a metric.

    `value` is the newest, `change` the value less the newest baseline in the same unit. `owner` is the person who holds
    the AI function on `as_of`, or held it when the engagement closed; null while it is vacant.
    """

    client: Id
    slug: str
    name: str
    engagement: Id
    initiative: str
    started_on: Day
    live_on: Day | None
    days_to_live: int | None
    metric: str | None
    baseline: Number | None
    value: Number | None
    change: Number | None
    unit: str | None
    measured_on: Day | None
    owner: Id | None
    links: ClientLinkAnswer


class StageCountAnswer(Answer):
    """The number of initiatives that have come exactly so far; the link leads to their clients."""

    stage: Stage
    initiatives: int
    links: LinksAnswer


class OutcomesAnswer(Answer):
    """Initiatives by client and start; the counts are of all of them, whatever the page."""

    parameters: ScopeAnswer
    initiatives: int
    stages: list[StageCountAnswer]
    median_days_to_live: float | None
    rows: list[OutcomeRowAnswer]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("/outcomes", response_model=OutcomesAnswer, summary="Outcomes", responses=TABLES)
def show_outcomes(
    request: Request,
    response: Response,
    query: ViewerQuery,
    question: OpenQuestion,
    page: Annotated[Page, Depends(paged(str, UUID, int, str, str, UUID, default_limit=MAX_LIMIT))],
    file_format: Formatted = Format.JSON,
) -> OutcomesAnswer | Response:
    """List the AI initiatives that were started by `as_of`, with the newest value of each of their metrics.

    With `from` or `to`, only initiatives that were started, live or measured in these quarters. CSV and XLSX contain
    all of them unless a `limit` is given.
    """

    def body(report: OutcomesReport, known_at: datetime) -> OutcomesAnswer:
        cursor = page.cursor(report.next)
        link_next(request, response, cursor)
        return OutcomesAnswer(
            parameters=scope_answer(report.question, known_at),
            initiatives=report.totals.initiatives,
            stages=[
                StageCountAnswer(
                    stage=stage,
                    initiatives=report.totals.stages.get(stage, 0),
                    links=links(link_to_stage(report.question, stage)),
                )
                for stage in Stage
            ],
            median_days_to_live=report.totals.median_days_to_live,
            rows=[_row(row) for row in report.rows],
            next=cursor,
        )

    return respond(
        query,
        file_format,
        REPORT,
        question,
        body,
        rows={"limit": None if page.is_whole else page.limit, "after": page.after},
        people=lambda answer: {row.initiative.owner for row in answer.rows if row.initiative.owner is not None},
    )


def _row(row: OutcomeRow) -> OutcomeRowAnswer:
    initiative, measured = row.initiative, row.measurement
    return OutcomeRowAnswer(
        client=row.client,
        slug=row.slug,
        name=row.name,
        engagement=row.engagement,
        initiative=initiative.name,
        started_on=initiative.started_on,
        live_on=initiative.live_on,
        days_to_live=initiative.days_to_live,
        metric=measured.metric if measured else None,
        baseline=measured.baseline if measured else None,
        value=measured.value if measured else None,
        change=measured.change if measured else None,
        unit=measured.unit if measured else None,
        measured_on=measured.measured_on if measured else None,
        owner=initiative.owner,
        links=link_to(row.slug),
    )
