"""The query parameters that reports share, for the API and for pages: one parser, one limit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field

from api.filters import ClientFilters, QuarterText, parse_quarter_parameter
from api.http.problems import invalid
from api.queries import At, Moment, QueryContext, ViewerQuery
from api.schemas.scalars import Answer, Day, Instant
from domain.quarters import InvalidQuarter
from projections.client_filter import ClientFilter
from projections.reports.question import ReportQuestion

MOST_QUARTERS = 120
"""The most quarters that a bounded report shows at once."""


class ParametersAnswer(Answer):
    """What a report was asked with, defaults filled in; `filters` pick the clients."""

    first: str = Field(serialization_alias="from", examples=["2025-Q1"])
    last: str = Field(serialization_alias="to", examples=["2026-Q4"])
    as_of: Day
    known_at: Instant
    filters: dict[str, str]


class ScopeAnswer(Answer):
    """What a report was asked with; `from` and `to` are null where nothing bounds it, `filters` pick the clients."""

    first: str | None = Field(serialization_alias="from", examples=["2025-Q1"])
    last: str | None = Field(serialization_alias="to", examples=["2026-Q4"])
    as_of: Day
    known_at: Instant
    filters: dict[str, str]


def parse_question(
    reader: QueryContext, at: Moment, filters: ClientFilter, first: str | None, last: str | None
) -> ReportQuestion:
    """The question that a query string asks; `first` and `last` are the labels of quarters. Refuses (422) bad ones."""
    month = reader.context.fiscal_year_start_month
    from_, to = parse_quarter_parameter("from", first, month), parse_quarter_parameter("to", last, month)
    if from_ is not None and to is not None and to < from_:
        raise invalid(("to", "must not come before `from`"))
    return ReportQuestion(from_, to, at.as_of, at.known_at, filters, reader.visible, month)


def bounded(question: ReportQuestion) -> ReportQuestion:
    """The question with the default quarters where it names none; refuses (422) too many quarters."""
    try:
        filled = question.bounded()
    except InvalidQuarter:
        raise invalid(("to", "lies too early")) from None
    if len(filled.quarters) > MOST_QUARTERS:
        raise invalid(("to", f"must lie at most {MOST_QUARTERS} quarters after `from`"))
    return filled


def report_question(
    read: ViewerQuery,
    at: At,
    filters: ClientFilters,
    from_: Annotated[QuarterText, Query(alias="from", description="The first quarter.")] = None,
    to: Annotated[QuarterText, Query(description="The last quarter.")] = None,
) -> ReportQuestion:
    """The dependency that reads a question; quarters bound it only where they are given."""
    return parse_question(read, at, filters, from_, to)


OpenQuestion = Annotated[ReportQuestion, Depends(report_question)]


def bounded_question(question: OpenQuestion) -> ReportQuestion:
    """The dependency that reads a question about some quarters: the last eight by default."""
    return bounded(question)


BoundedQuestion = Annotated[ReportQuestion, Depends(bounded_question)]


def filters_of(question: ReportQuestion) -> dict[str, str]:
    """The filters that pick the clients, as they stand in a query string."""
    return {name: text for name, text in question.link().items() if name not in ("as_of", "known_at")}


def parameters_answer(question: ReportQuestion, known_at: datetime) -> ParametersAnswer:
    """The parameters of a bounded report, with the instant whose knowledge it shows."""
    first, last = question.bounds
    return ParametersAnswer(
        first=first.label, last=last.label, as_of=question.as_of, known_at=known_at, filters=filters_of(question)
    )


def scope_answer(question: ReportQuestion, known_at: datetime) -> ScopeAnswer:
    """The parameters of a report that quarters need not bound, with the instant whose knowledge it shows."""
    return ScopeAnswer(
        first=question.first.label if question.first else None,
        last=question.last.label if question.last else None,
        as_of=question.as_of,
        known_at=known_at,
        filters=filters_of(question),
    )
