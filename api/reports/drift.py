"""The drift report: clients whose structure differs from the current advice."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT, Page, link_next, paged
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import ClientLinkAnswer, link_to
from api.reports.query import (
    BoundedQuestion,
    ParametersAnswer,
    parameters_answer,
)
from api.schemas.follow_ups import FollowUpAnswer
from api.schemas.scalars import Answer, Day, Id
from domain.assessment import Direction
from domain.seats import Structure
from projections.reports.drift import REPORT, DriftReport, DriftRow

router = APIRouter(prefix="/reports", tags=["reports"])


class DriftRowAnswer(Answer):
    """A client whose structure differs from the advice; `recommended` is null if the advice is not a single structure.

    `since` is the first day of the current drift; `frameworks` lists those that give the advice. `assessment` is the
    newest one by `as_of`, and `follow_up` what became of it.
    """

    client: Id
    slug: str
    name: str
    structure: Structure
    recommended: Structure | None
    direction: Direction = Field(examples=["outgrown"])
    since: Day
    frameworks: list[str]
    reasons: list[str]
    assessment: Id | None
    follow_up: FollowUpAnswer | None
    links: ClientLinkAnswer


class DriftAnswer(Answer):
    """Clients in drift on `as_of`, sorted by name."""

    parameters: ParametersAnswer
    clients: int = Field(description="The number of clients in drift on all pages.")
    rows: list[DriftRowAnswer]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("/drift", response_model=DriftAnswer, summary="Drift", responses=TABLES)
def show_drift(
    request: Request,
    response: Response,
    query: ViewerQuery,
    question: BoundedQuestion,
    page: Annotated[Page, Depends(paged(str, UUID, default_limit=MAX_LIMIT))],
    direction: Annotated[Direction | None, Query(description="Only drift in this direction.")] = None,
    file_format: Formatted = Format.JSON,
) -> DriftAnswer | Response:
    """List clients whose structure on `as_of` differs from the advice for their newest answers and profile.

    CSV and XLSX contain all of them unless a `limit` is given.
    """

    def body(report: DriftReport, known_at: datetime) -> DriftAnswer:
        cursor = page.cursor(report.next)
        link_next(request, response, cursor)
        return DriftAnswer(
            parameters=parameters_answer(report.question, known_at),
            clients=report.clients,
            next=cursor,
            rows=[_row_answer(row) for row in report.rows],
        )

    return respond(
        query,
        file_format,
        REPORT,
        question,
        body,
        options={"direction": direction},
        rows={"limit": None if page.is_whole else page.limit, "after": page.after},
    )


def _row_answer(row: DriftRow) -> DriftRowAnswer:
    follow_up = None if row.follow_up is None else FollowUpAnswer.of(row.follow_up)
    return DriftRowAnswer.of(row, links=link_to(row.slug), follow_up=follow_up)
