"""The revenue report: monthly fees in force by quarter."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Response
from pydantic import PlainSerializer, WithJsonSchema

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import LinksAnswer, links
from api.reports.query import (
    BoundedQuestion,
    ParametersAnswer,
    parameters_answer,
)
from api.schemas.scalars import Answer, Currency
from domain.seats import Structure
from projections.reports.revenue import REPORT, Hats, Revenue

router = APIRouter(prefix="/reports", tags=["reports"])


Total: TypeAlias = Annotated[
    Decimal,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]+(\.[0-9]{2,4})?$", "examples": ["25500.00"]}),
]
"""A sum of money with the decimals of its currency, not limited to the size of a single fee."""


class RevenueRowAnswer(Answer):
    """Fees in force in a quarter, in one currency. A seat with both functions is counted once, as `technology+ai`.

    `amount` covers the whole quarter including plans, `to_date` the part up to `as_of`.
    """

    quarter: str
    structure: Structure
    function: Hats
    amount: Total
    to_date: Total
    currency: Currency
    clients: int
    planned: bool
    links: LinksAnswer


class RevenueAnswer(Answer):
    """Monthly fees in force by quarter. Amounts in different currencies are never added."""

    parameters: ParametersAnswer
    rows: list[RevenueRowAnswer]


@router.get("/revenue", response_model=RevenueAnswer, summary="Revenue", responses=TABLES)
def show_revenue(
    query: ViewerQuery, question: BoundedQuestion, file_format: Formatted = Format.JSON
) -> RevenueAnswer | Response:
    """Return monthly fees in force, prorated by day; days on which an engagement is paused do not count."""
    return respond(query, file_format, REPORT, question, _body)


def _body(answer: Revenue, known_at: datetime) -> RevenueAnswer:
    return RevenueAnswer(
        parameters=parameters_answer(answer.question, known_at),
        rows=[RevenueRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in answer.rows],
    )
