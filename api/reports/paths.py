"""The paths report: sequences of structures, most common first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.paging import MAX_LIMIT
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import LinksAnswer, links
from api.reports.query import (
    OpenQuestion,
    ScopeAnswer,
    scope_answer,
)
from api.schemas.scalars import Answer
from domain.seats import Structure
from projections.reports.paths import REPORT, Paths

router = APIRouter(prefix="/reports", tags=["reports"])


class PathRowAnswer(Answer):
    """Clients with the same sequence of structures; null in the path is a gap between two engagements.

    `median_days` is the time from a client's first day to its last structure, `step_days` the time in each step but
    the last. `ended` counts the clients whose engagements ended.
    """

    path: list[Structure | None]
    clients: int
    ended: int
    median_days: float
    step_days: list[float]
    links: LinksAnswer


class PathsAnswer(Answer):
    """Sequences of structures, most common first. `clients` and `distinct` include those beyond the limit."""

    parameters: ScopeAnswer
    rows: list[PathRowAnswer]
    clients: int
    distinct: int


@router.get("/paths", response_model=PathsAnswer, summary="Paths", responses=TABLES)
def show_paths(
    query: ViewerQuery,
    question: OpenQuestion,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The maximum number of paths.")] = MAX_LIMIT,
    file_format: Formatted = Format.JSON,
) -> PathsAnswer | Response:
    """List sequences of structures up to `as_of`, most common first. CSV and XLSX contain all of them.

    They run over all engagements of a client. The first quarter excludes clients that were no longer engaged, the
    last quarter truncates the sequences at its end.
    """
    return respond(
        query, file_format, REPORT, question, _body, rows={"limit": limit if file_format is Format.JSON else None}
    )


def _body(answer: Paths, known_at: datetime) -> PathsAnswer:
    return PathsAnswer(
        parameters=scope_answer(answer.question, known_at),
        rows=[PathRowAnswer.of(row, links=links(row.link)) for row in answer.rows],
        clients=answer.clients,
        distinct=answer.distinct,
    )
