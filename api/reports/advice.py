"""The advice report: what became of assessments, by quarter."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import Field

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import LinksAnswer, links
from api.reports.query import BoundedQuestion, ParametersAnswer, parameters_answer
from api.schemas.scalars import Answer
from projections.reports.advice import REPORT, AdviceReport, AdviceRow

router = APIRouter(prefix="/reports", tags=["reports"])


class AdviceLinksAnswer(LinksAnswer):
    """Links to the clients that were assessed in a quarter: all, and those with each status."""

    followed: str
    in_part: str
    declined: str
    open: str


class AdviceRowAnswer(Answer):
    """The assessments of a quarter by what became of their advice by `as_of`.

    A client with several assessments counts once for each. `median_days` is the median number of days from the
    assessment until the advice was followed, null if none was.
    """

    quarter: str = Field(examples=["2026-Q1"])
    followed: int
    in_part: int
    declined: int
    open: int
    median_days: float | None
    links: AdviceLinksAnswer


class AdviceAnswer(Answer):
    """What became of assessments, by the quarter in which they were taken."""

    parameters: ParametersAnswer
    rows: list[AdviceRowAnswer]


@router.get("/advice", response_model=AdviceAnswer, summary="Advice followed or declined", responses=TABLES)
def show_advice(
    query: ViewerQuery, question: BoundedQuestion, file_format: Formatted = Format.JSON
) -> AdviceAnswer | Response:
    """Count assessments whose advice was followed, followed in part, declined or is open, by quarter of the assessment.

    Quarters without an assessment have no row.
    """
    return respond(query, file_format, REPORT, question, _body)


def _body(report: AdviceReport, known_at: datetime) -> AdviceAnswer:
    return AdviceAnswer(
        parameters=parameters_answer(report.question, known_at), rows=[_row_answer(row) for row in report.rows]
    )


def _row_answer(row: AdviceRow) -> AdviceRowAnswer:
    by_status = {status.value: links(link).clients for status, link in row.links.items()}
    row_links = AdviceLinksAnswer(clients=links(row.link).clients, **by_status)
    return AdviceRowAnswer.of(row, quarter=row.quarter.label, links=row_links)
