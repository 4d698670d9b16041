"""Timelines: a client's evolution, what is said differently now, and what a milestone would do to it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.commands import Recording
from api.filters import QuarterText, quarter_named
from api.http.openapi import refuses
from api.http.path_parameters import ClientInPath, EngagementInPath
from api.http.problems import Problem, invalid, problem_of
from api.milestones import checked
from api.queries import At, Moment, Reading, check_past
from api.replies import Reply
from api.schemas.milestones import AnyMilestone
from api.schemas.scalars import Day, Instant
from api.schemas.timelines import (
    CheckAnswer,
    TimelineAnswer,
    TimelineChangesAnswer,
    changes_answer,
    preview_answer,
    timeline_answer,
)
from api.state.people import names_of
from domain.errors import Refusal, Unknown
from domain.timeline import Timeline
from domain.unit_of_work import UnitOfWork
from projections.details_json import people_named
from projections.timeline_changes import timeline_changes
from projections.timelines import ClientTimeline, timeline_of

router = APIRouter(tags=["timelines"])


@router.get("/clients/{client_id}/timeline", summary="Show a timeline", responses=refuses(404))
def show_timeline(
    client: ClientInPath,
    read: Reading,
    at: At,
    from_: Annotated[QuarterText, Query(alias="from", description="The first quarter.")] = None,
    to: Annotated[QuarterText, Query(description="The last quarter.")] = None,
) -> TimelineAnswer:
    """A client's evolution over all its engagements, in quarters of its own fiscal year, plans included."""
    with read.snapshot() as snapshot:
        row = read.client(snapshot.connection, client, at)
        month = row.fiscal_year_start_month or read.context.fiscal_year_start_month
        first, last = quarter_named("from", from_, month), quarter_named("to", to, month)
        if first is not None and last is not None and last < first:
            raise invalid(("to", "must not come before `from`"))
        timeline = timeline_of(
            snapshot.connection,
            row.id,
            as_of=at.as_of,
            known_at=at.known_at,
            first_quarter=first,
            last_quarter=last,
            fiscal_year_start_month=month,
        )
        known_at = read.known_at(snapshot, at.known_at)
    with read.kept() as connection:
        people = names_of(connection, _people_in(timeline))
    return timeline_answer(timeline, dict(people), known_at)


@router.get("/clients/{client_id}/timeline/changes", summary="Show what is said differently", responses=refuses(404))
def show_timeline_changes(
    client: ClientInPath,
    read: Reading,
    known_from: Annotated[Instant, Query(description="What had been recorded by then …")],
    known_to: Annotated[Instant | None, Query(description="… against what had been by then; now if left out.")] = None,
    as_of: Annotated[Day | None, Query(description="The day after which plans begin; today when left out.")] = None,
) -> TimelineChangesAnswer:
    """What is now said differently, milestone by milestone and span by span."""
    check_past(read.context, known_from=known_from, known_to=known_to)
    if known_to is not None and known_to < known_from:
        raise invalid(("known_to", "must not come before known_from"))
    with read.snapshot() as snapshot:
        day = as_of or read.context.today()
        row = read.client(snapshot.connection, client, Moment(day, None))
        changes = timeline_changes(snapshot.connection, row.id, as_of=day, known_from=known_from, known_to=known_to)
        return changes_answer(changes, read.known_at(snapshot, known_to))


@router.post(
    "/engagements/{engagement_id}/milestones:check",
    response_model=CheckAnswer,
    response_model_exclude_none=True,
    summary="Check a milestone",
    responses=refuses(404, 412),
)
def check_milestone(engagement: EngagementInPath, body: AnyMilestone, write: Recording) -> Response:
    """Say what logging it would do to the timeline, or why it would be refused; nothing is recorded."""

    def preview(unit: UnitOfWork) -> tuple[Timeline, Timeline]:
        write.engagement(unit, engagement)
        return unit.preview(engagement, [checked(write, body.to_log(write.context.new_id()))])

    def ask() -> Reply:
        try:
            before, after = write.context.log.engagements.query(preview)
        except Unknown:
            raise
        except Refusal as refusal:
            return _refused(problem_of(refusal))
        except Problem as problem:
            return _refused(problem)
        today = write.context.today()
        return _checked(
            CheckAnswer(
                fits=True,
                before=preview_answer(engagement, before, today),
                after=preview_answer(engagement, after, today),
            )
        )

    return write.answer(ask)


def _refused(problem: Problem) -> Reply:
    if problem.status_code not in (409, 422):
        raise problem
    return _checked(CheckAnswer(fits=False, refusal=problem.body()))


def _checked(answer: CheckAnswer) -> Reply:
    return Reply(200, answer.model_dump_json(by_alias=True, exclude_unset=True).encode())


def _people_in(timeline: ClientTimeline) -> set[UUID]:
    named = {person for seen in timeline.milestones for _, person in people_named(seen.kind, seen.details)}
    return named | {seen.recorded_by for seen in timeline.milestones} | {s.terms.holder for s in timeline.seat_spans}
