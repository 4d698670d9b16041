"""The transitions report: the number of clients that moved between structures."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
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
    """The number of clients that moved between two structures in a quarter; null means no engagement."""

    quarter: str
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    clients: int
    times: int
    links: LinksAnswer


class TransitionsAnswer(Answer):
    """Transitions between structures by quarter."""

    parameters: ParametersAnswer
    rows: list[TransitionRowAnswer]


@router.get("/transitions", response_model=TransitionsAnswer, summary="Transitions", responses=TABLES)
def show_transitions(
    query: ViewerQuery, question: BoundedQuestion, file_format: Formatted = Format.JSON
) -> TransitionsAnswer | Response:
    """Return transitions between structures up to `as_of`; a client counts once per row."""
    return respond(query, file_format, REPORT, question, _body)


def _body(transitions: Transitions, known_at: datetime) -> TransitionsAnswer:
    return TransitionsAnswer(
        parameters=parameters_answer(transitions.question, known_at),
        rows=[
            TransitionRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in transitions.rows
        ],
    )
