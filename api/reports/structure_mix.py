"""The structure mix report: the number of clients by structure at the end of each quarter."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

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
from projections.reports.structure_mix import REPORT, StructureMix

router = APIRouter(prefix="/reports", tags=["reports"])


class MixRowAnswer(Answer):
    """The number of clients with a structure at the end of a quarter."""

    quarter: str
    structure: Structure
    clients: int
    planned: bool
    links: LinksAnswer


class MixAnswer(Answer):
    """The number of clients by structure and quarter."""

    parameters: ParametersAnswer
    rows: list[MixRowAnswer]


@router.get("/structure-mix", response_model=MixAnswer, summary="Structure mix", responses=TABLES)
def show_structure_mix(
    query: ViewerQuery, question: BoundedQuestion, file_format: Formatted = Format.JSON
) -> MixAnswer | Response:
    """Return the number of clients by structure at the end of each quarter."""
    return respond(query, file_format, REPORT, question, _body)


def _body(mix: StructureMix, known_at: datetime) -> MixAnswer:
    return MixAnswer(
        parameters=parameters_answer(mix.question, known_at),
        rows=[MixRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in mix.rows],
    )
