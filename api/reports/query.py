"""The query parameters shared by reports, for the API and the pages."""

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

MAX_QUARTERS = 120
"""The maximum number of quarters of a bounded report."""


class ParametersAnswer(Answer):
    """The parameters of a report with defaults filled in; `filters` select the clients."""

    first: str = Field(serialization_alias="from", examples=["2025-Q1"])
    last: str = Field(serialization_alias="to", examples=["2026-Q4"])
    as_of: Day
    known_at: Instant
    filters: dict[str, str]


class ScopeAnswer(Answer):
    """The parameters of a report; `from` and `to` are null if it is not bounded, `filters` select the clients."""

    first: str | None = Field(serialization_alias="from", examples=["2025-Q1"])
    last: str | None = Field(serialization_alias="to", examples=["2026-Q4"])
    as_of: Day
    known_at: Instant
    filters: dict[str, str]


def parse_question(
    reader: QueryContext, at: Moment, filters: ClientFilter, first: str | None, last: str | None
) -> ReportQuestion:
    """The question of a query string; `first` and `last` are quarter labels. Raises `Problem` 422."""
    month = reader.context.fiscal_year_start_month
    from_, to = parse_quarter_parameter("from", first, month), parse_quarter_parameter("to", last, month)
    if from_ is not None and to is not None and to < from_:
        raise invalid(("to", "must not come before `from`"))
    return ReportQuestion(from_, to, at.as_of, at.known_at, filters, reader.visible, month, reader.context.thresholds)


def bounded(question: ReportQuestion) -> ReportQuestion:
    """The question with default quarters filled in. Raises `Problem` 422 for too many quarters."""
    try:
        bounded_question = question.bounded()
    except InvalidQuarter:
        raise invalid(("to", "is too early")) from None
    if len(bounded_question.quarters) > MAX_QUARTERS:
        raise invalid(("to", f"must be at most {MAX_QUARTERS} quarters after `from`"))
    return bounded_question


def report_question(
    query: ViewerQuery,
    at: At,
    filters: ClientFilters,
    from_: Annotated[QuarterText, Query(alias="from", description="The first quarter.")] = None,
    to: Annotated[QuarterText, Query(description="The last quarter.")] = None,
) -> ReportQuestion:
    """A dependency that reads a question, bounded by quarters only if they are given."""
    return parse_question(query, at, filters, from_, to)


OpenQuestion = Annotated[ReportQuestion, Depends(report_question)]


def bounded_question(question: OpenQuestion) -> ReportQuestion:
    """A dependency that reads a question about some quarters, by default the last eight."""
    return bounded(question)


BoundedQuestion = Annotated[ReportQuestion, Depends(bounded_question)]


def filters_of(question: ReportQuestion) -> dict[str, str]:
    """The filters that select the clients, as query parameters."""
    return {name: text for name, text in question.link().items() if name not in ("as_of", "known_at")}


def parameters_answer(question: ReportQuestion, known_at: datetime) -> ParametersAnswer:
    """The parameters of a bounded report, with its instant of knowledge."""
    first, last = question.bounds
    return ParametersAnswer(
        first=first.label, last=last.label, as_of=question.as_of, known_at=known_at, filters=filters_of(question)
    )


def scope_answer(question: ReportQuestion, known_at: datetime) -> ScopeAnswer:
    """The parameters of a report that need not be bounded, with its instant of knowledge."""
    return ScopeAnswer(
        first=question.first.label if question.first else None,
        last=question.last.label if question.last else None,
        as_of=question.as_of,
        known_at=known_at,
        filters=filters_of(question),
    )
