"""Paths: the whole evolutions of clients, the most common first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.formats import TABLES, Format, Formatted
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
    """Clients with one and the same evolution; a null in the path is a time between two engagements.

    `median_days` go from a client's first day to the day on which its last structure was reached, `step_days` are
    those in each step but the last; so many of the clients have `ended`.
    """

    path: list[Structure | None]
    clients: int
    ended: int
    median_days: float
    step_days: list[float]
    links: LinksAnswer


class PathsAnswer(Answer):
    """Whole evolutions, most common first; `clients` and `distinct` count them all, also those not shown."""

    parameters: ScopeAnswer
    rows: list[PathRowAnswer]
    clients: int
    distinct: int


@router.get("/paths", response_model=PathsAnswer, summary="Paths", responses=TABLES)
def show_paths(
    read: ViewerQuery,
    question: OpenQuestion,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many paths at most.")] = MAX_LIMIT,
    written: Formatted = Format.JSON,
) -> PathsAnswer | Response:
    """Whole evolutions up to `as_of`, most common first. A table has all of them.

    They run over all engagements of a client. A first quarter leaves out clients that were no longer engaged by then,
    a last one cuts at its end.
    """
    return respond(read, written, REPORT, question, _body, rows={"limit": limit if written is Format.JSON else None})


def _body(answer: Paths, known_at: datetime) -> PathsAnswer:
    return PathsAnswer(
        parameters=scope_answer(answer.question, known_at),
        rows=[PathRowAnswer.of(row, links=links(row.link)) for row in answer.rows],
        clients=answer.clients,
        distinct=answer.distinct,
    )
