"""Drift: clients whose structure is not what their newest answers advise."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from api.http.formats import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT, Page, link_next, paged
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import ClientLinkAnswer, link_to
from api.reports.query import (
    BoundedQuestion,
    ParametersAnswer,
    parameters_answer,
)
from api.schemas.scalars import Answer, Day, Id
from domain.assessment import Direction
from domain.seats import Structure
from domain.text import key_of_name
from projections.reports.drift import REPORT, DriftReport, DriftRow

router = APIRouter(prefix="/reports", tags=["reports"])


class DriftRowAnswer(Answer):
    """A client whose structure is not what is advised; `recommended` is null where the advice is no one structure.

    `since` is the first day from which it has been so without a break; `frameworks` are those that advise it.
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
    links: ClientLinkAnswer


class DriftAnswer(Answer):
    """Clients in drift on `as_of`, by name."""

    parameters: ParametersAnswer
    clients: int = Field(description="How many are in drift, on all pages.")
    rows: list[DriftRowAnswer]
    next: str | None = Field(description="The cursor of the next page.")


@router.get("/drift", response_model=DriftAnswer, summary="Drift", responses=TABLES)
def show_drift(
    request: Request,
    response: Response,
    read: ViewerQuery,
    question: BoundedQuestion,
    page: Annotated[Page, Depends(paged(str, UUID, default_limit=MAX_LIMIT))],
    direction: Annotated[Direction | None, Query(description="Only those that drifted this way.")] = None,
    written: Formatted = Format.JSON,
) -> DriftAnswer | Response:
    """Clients whose structure on `as_of` is not what their newest answers and their profile advise. A table has all
    unless a `limit` is given.
    """

    def body(report: DriftReport, known_at: datetime) -> DriftAnswer:
        shown, cursor = page.slice(report.rows, _place)
        link_next(request, response, cursor)
        return DriftAnswer(
            parameters=parameters_answer(report.question, known_at),
            clients=len(report.rows),
            next=cursor,
            rows=[DriftRowAnswer.of(row, links=link_to(row.slug)) for row in shown],
        )

    def in_file(report: DriftReport) -> DriftReport:
        return replace(report, rows=tuple(page.slice(report.rows, _place)[0]))

    return respond(read, written, REPORT, question, body, options={"direction": direction}, in_file=in_file)


def _place(row: DriftRow) -> tuple[str, UUID]:
    """Where a client stands in the report."""
    return key_of_name(row.name), row.client
