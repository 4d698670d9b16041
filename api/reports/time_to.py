"""The time-to-event report: survival curves, medians and the log-rank test."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.http.csv_xlsx import TABLES, Format, Formatted
from api.queries import ViewerQuery
from api.reports.files import respond
from api.reports.links import LinksAnswer, links
from api.reports.query import (
    OpenQuestion,
    ScopeAnswer,
    scope_answer,
)
from api.schemas.scalars import Answer
from domain.client import is_uuid
from domain.seats import Structure
from projections.reports.groups import Field as ClientField
from projections.reports.time_to import REPORT, TimeTo, TimeToEvent

router = APIRouter(prefix="/reports", tags=["reports"])


class StepAnswer(Answer):
    """A step of a group's curve: `at_risk` before the day, `survival` after it, with a 95% interval (log-log).

    The bounds are null where `survival` is 0, because the variance is undefined there.
    """

    group: str
    days: int
    at_risk: int
    events: int
    censored: int
    survival: float
    lower: float | None
    upper: float | None


class MedianAnswer(Answer):
    """The median time of a group with its 95% confidence interval, in days.

    Values are null if not reached or undefined. `small` marks a group too small for a reliable estimate.
    """

    group: str
    days: int | None
    lower: int | None
    upper: int | None
    engagements: int
    events: int
    clients: int
    small: bool
    links: LinksAnswer


class LogRankAnswer(Answer):
    """The log-rank test of equal survival across groups."""

    chi2: float
    df: int
    p_value: float


class TimeToAnswer(Answer):
    """Kaplan-Meier curves by group, their medians and the log-rank test (null: fewer than two groups)."""

    parameters: ScopeAnswer
    event: TimeToEvent
    by: ClientField | None
    first_arrangement: Structure | None
    rows: list[StepAnswer]
    medians: list[MedianAnswer]
    log_rank: LogRankAnswer | None


@router.get("/time-to", response_model=TimeToAnswer, summary="Time to an event", responses=TABLES)
def show_time_to(
    query: ViewerQuery,
    question: OpenQuestion,
    event: Annotated[TimeToEvent, Query(description="A unified role split, or any seat full-time.")],
    by: Annotated[ClientField | None, Query(description="The field that groups the engagements.")] = None,
    first_arrangement: Annotated[
        Structure | None, Query(description="Only engagements that began with this structure.")
    ] = None,
    file_format: Formatted = Format.JSON,
) -> TimeToAnswer | Response:
    """Estimate the time to an event; engagements without the event are censored.

    Quarters select engagements by the start of their first arrangement. Smaller groups are combined as `other`, and
    engagements without a known value are `unknown`.
    """
    options = {"event": event, "by": by, "first_arrangement": first_arrangement}
    return respond(query, file_format, REPORT, question, _body, options=options, people=_leads)


def _leads(answer: TimeTo) -> list[UUID]:
    """The practice leads whose ids are group names."""
    if answer.by is not ClientField.PRACTICE_LEAD:
        return []
    return [UUID(group.group) for group in answer.groups if is_uuid(group.group)]


def _body(answer: TimeTo, known_at: datetime) -> TimeToAnswer:
    log_rank = answer.survival.log_rank
    return TimeToAnswer(
        parameters=scope_answer(answer.question, known_at),
        event=answer.event,
        by=answer.by,
        first_arrangement=answer.first_arrangement,
        rows=[StepAnswer.of(step) for step in answer.survival.steps],
        medians=[
            MedianAnswer(
                group=group.group,
                days=median.days,
                lower=median.lower,
                upper=median.upper,
                engagements=group.engagements,
                events=median.events,
                clients=group.clients,
                small=median.small,
                links=links(group.link),
            )
            for group, median in zip(answer.groups, answer.survival.medians, strict=True)
        ],
        log_rank=(
            None if log_rank is None else LogRankAnswer(chi2=log_rank.chi2, df=log_rank.df, p_value=log_rank.p_value)
        ),
    )
