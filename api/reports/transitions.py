"""Transitions: how many clients moved from which structure to which."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.formats import TABLES, Format, Formatted
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import LinksAnswer, links
from api.reports.query import (
    BoundedQuestion,
    ParametersAnswer,
    parameters_answer,
)
from api.schemas.scalars import Answer
from domain.seats import Structure
from projections.reports.transitions import REPORT, Transitions

router = APIRouter(prefix="/reports", tags=["reports"])


class TransitionRowAnswer(Answer):
    """So many clients moved from one structure to another in this quarter; null: entered, or left."""

    quarter: str
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    clients: int
    times: int
    links: LinksAnswer


class TransitionsAnswer(Answer):
    """Who moved from which structure to which, quarter by quarter."""

    parameters: ParametersAnswer
    rows: list[TransitionRowAnswer]


@router.get("/transitions", response_model=TransitionsAnswer, summary="Transitions", responses=TABLES)
def show_transitions(
    read: ViewerQuery, question: BoundedQuestion, written: Formatted = Format.JSON
) -> TransitionsAnswer | Response:
    """Who moved from which structure to which, up to `as_of`; a client counts once a row."""
    return respond(read, written, REPORT, question, _body)


def _body(moved: Transitions, known_at: datetime) -> TransitionsAnswer:
    return TransitionsAnswer(
        parameters=parameters_answer(moved.question, known_at),
        rows=[TransitionRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in moved.rows],
    )
