"""Reports over whole evolutions: paths, times to an event, and what is planned."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.formats import TABLES, Format, Formatted
from api.paging import MOST
from api.reading import Reading
from api.report_files import report_file
from api.scopes import ScopeAnswer, Scoped, scope_answer
from api.shapes.reports import LinksAnswer, links
from api.shapes.scalars import Answer, Day, Id
from domain.client import is_uuid
from domain.seats import Structure
from projections.reports.groups import Field as ClientField
from projections.reports.paths import paths
from projections.reports.plan import plan
from projections.reports.time_to import Awaited, time_to

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


class StepAnswer(Answer):
    """One day on a group's curve: `at_risk` just before it, `survival` after it with its 95% band (log-log).

    The bounds are null where `survival` is 0: the variance is undefined there.
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
    """The first day by which it has happened to half of a group, with the bounds of its 95% confidence interval.

    Each is null where it is not reached, or where the interval is undefined. `small` marks a group of too few
    engagements to lean on.
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
    """The test that all groups have one curve."""

    chi2: float
    df: int
    p_value: float


class TimeToAnswer(Answer):
    """Kaplan-Meier curves of some groups, their medians and the test between them (null: nothing to compare)."""

    parameters: ScopeAnswer
    event: Awaited
    by: ClientField | None
    first_arrangement: Structure | None
    rows: list[StepAnswer]
    medians: list[MedianAnswer]
    log_rank: LogRankAnswer | None


class PlanRowAnswer(Answer):
    """Moves planned for a quarter; `from` null: engagements that will begin, `to` null: clients that will leave."""

    quarter: str
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    clients: int
    times: int
    first_on: Day
    links: LinksAnswer


class MoveAnswer(Answer):
    """One planned move of one client."""

    client: Id
    name: str
    engagement: Id
    on: Day
    quarter: str
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    milestone: Id


class PlanAnswer(Answer):
    """What is planned, by quarter; `moves` are the first of them, soonest first."""

    parameters: ScopeAnswer
    rows: list[PlanRowAnswer]
    moves: list[MoveAnswer]


@router.get("/paths", response_model=PathsAnswer, summary="Paths", responses=TABLES)
def show_paths(
    read: Reading,
    asked: Scoped,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many paths at most.")] = MOST,
    written: Formatted = Format.JSON,
) -> PathsAnswer | Response:
    """Whole evolutions up to `as_of`, most common first. A table has all of them.

    They run over all engagements of a client. A first quarter leaves out clients that were no longer engaged by then,
    a last one cuts at its end.
    """
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        answer = paths(snapshot, asked, limit=limit if written is Format.JSON else None)
    if written is not Format.JSON:
        return report_file(read, written, "paths", answer)
    return PathsAnswer(
        parameters=scope_answer(asked, known_at),
        rows=[PathRowAnswer.of(row, links=links(row.link)) for row in answer.rows],
        clients=answer.clients,
        distinct=answer.distinct,
    )


@router.get("/time-to", response_model=TimeToAnswer, summary="Time to an event", responses=TABLES)
def show_time_to(
    read: Reading,
    asked: Scoped,
    event: Annotated[Awaited, Query(description="A unified role split, or any seat full-time.")],
    by: Annotated[ClientField | None, Query(description="The field that groups the engagements.")] = None,
    first_arrangement: Annotated[
        Structure | None, Query(description="Only engagements that began with this structure.")
    ] = None,
    written: Formatted = Format.JSON,
) -> TimeToAnswer | Response:
    """How long it takes, with those to whom it has not happened counted as what they are.

    Quarters choose engagements by the date of their first arrangement; without them it is all. The largest groups are
    told apart, the rest are one (`other`), and so are those of whom the field is not known (`unknown`).
    """
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        answer = time_to(snapshot, asked, event, by=by, first_arrangement=first_arrangement)
    if written is not Format.JSON:
        leads = [UUID(g.group) for g in answer.groups if by is ClientField.PRACTICE_LEAD and is_uuid(g.group)]
        return report_file(
            read, written, "time-to", answer, leads, event=event, by=by, first_arrangement=first_arrangement
        )
    log_rank = answer.survival.log_rank
    return TimeToAnswer(
        parameters=scope_answer(asked, known_at),
        event=event,
        by=by,
        first_arrangement=first_arrangement,
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


@router.get("/plan", response_model=PlanAnswer, summary="Plan", responses=TABLES)
def show_plan(
    read: Reading,
    asked: Scoped,
    limit: Annotated[int, Query(ge=0, le=MOST, description="How many single moves at most.")] = 50,
    written: Formatted = Format.JSON,
) -> PlanAnswer | Response:
    """Transitions and exits after `as_of`, by quarter; all of them unless quarters bound it."""
    with read.snapshot() as snapshot:
        known_at = read.known_at(snapshot, asked.known_at)
        answer = plan(snapshot, asked, moves=limit)
    if written is not Format.JSON:
        return report_file(read, written, "plan", answer)
    return PlanAnswer(
        parameters=scope_answer(asked, known_at),
        rows=[PlanRowAnswer.of(row, quarter=row.quarter.label, links=links(row.link)) for row in answer.rows],
        moves=[MoveAnswer.of(move, quarter=move.quarter.label) for move in answer.moves],
    )
