"""Routes for timelines: the timeline of a client, changes in what is known about it, and previews of milestones."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.commands import RecorderChange
from api.filters import QuarterText, parse_quarter_parameter
from api.hours_bound import bound_hours
from api.http.openapi import refuses
from api.http.path_parameters import ClientInPath, EngagementInPath
from api.http.problems import Problem, invalid, problem_of
from api.milestones import with_people_checks
from api.queries import At, Moment, ViewerQuery, check_not_in_future
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
    id_or_slug: ClientInPath,
    query: ViewerQuery,
    at: At,
    from_: Annotated[QuarterText, Query(alias="from", description="The first quarter.")] = None,
    to: Annotated[QuarterText, Query(description="The last quarter.")] = None,
) -> TimelineAnswer:
    """Return a client's timeline over all engagements, in quarters of its own fiscal year, including plans."""
    with query.snapshot() as snapshot:
        row = query.client(snapshot, id_or_slug, at)
        month = row.fiscal_year_start_month or query.context.fiscal_year_start_month
        first, last = parse_quarter_parameter("from", from_, month), parse_quarter_parameter("to", to, month)
        if first is not None and last is not None and last < first:
            raise invalid(("to", "must not come before `from`"))
        timeline = timeline_of(
            snapshot,
            row.id,
            as_of=at.as_of,
            known_at=at.known_at,
            first_quarter=first,
            last_quarter=last,
            fiscal_year_start_month=month,
        )
        known_at = query.known_at(snapshot, at.known_at)
    with query.state() as connection:
        people = names_of(connection, _people_in(timeline))
    return timeline_answer(timeline, dict(people), known_at)


@router.get("/clients/{client_id}/timeline/changes", summary="Show changes in a timeline", responses=refuses(404))
def show_timeline_changes(
    id_or_slug: ClientInPath,
    query: ViewerQuery,
    known_from: Annotated[Instant, Query(description="The earlier instant of knowledge.")],
    known_to: Annotated[Instant | None, Query(description="The later instant of knowledge; defaults to now.")] = None,
    as_of: Annotated[Day | None, Query(description="The day after which plans begin; defaults to today.")] = None,
) -> TimelineChangesAnswer:
    """Compare what was known about a timeline at two instants, by milestone and by span."""
    check_not_in_future(query.context, known_from=known_from, known_to=known_to)
    if known_to is not None and known_to < known_from:
        raise invalid(("known_to", "must not come before known_from"))
    with query.snapshot() as snapshot:
        day = as_of or query.context.today()
        row = query.client(snapshot, id_or_slug, Moment(day, None))
        changes = timeline_changes(snapshot, row.id, as_of=day, known_from=known_from, known_to=known_to)
        return changes_answer(changes, query.known_at(snapshot, known_to))


@router.post(
    "/engagements/{engagement_id}/milestones:check",
    response_model=CheckAnswer,
    response_model_exclude_none=True,
    summary="Check a milestone",
    responses=refuses(404, 412),
)
def check_milestone(engagement_id: EngagementInPath, body: AnyMilestone, command: RecorderChange) -> Response:
    """Preview the effect of a milestone on the timeline, or the reason it would be refused. Nothing is recorded."""

    def preview(unit: UnitOfWork) -> tuple[Timeline, Timeline]:
        command.engagement(unit, engagement_id)
        bound_hours(command.context, command.caller, unit)
        return unit.preview(engagement_id, [with_people_checks(command, body.to_log(command.context.new_id()))])

    def ask() -> Reply:
        try:
            before, after = command.context.log.engagements.query(preview)
        except Unknown:
            raise
        except Refusal as refusal:
            return _refusal_reply(problem_of(refusal))
        except Problem as problem:
            return _refusal_reply(problem)
        today = command.context.today()
        return _reply_of(
            CheckAnswer(
                fits=True,
                before=preview_answer(engagement_id, before, today),
                after=preview_answer(engagement_id, after, today),
            )
        )

    return command.answer(ask)


def _refusal_reply(problem: Problem) -> Reply:
    if problem.status_code not in (409, 422):
        raise problem
    return _reply_of(CheckAnswer(fits=False, refusal=problem.body()))


def _reply_of(answer: CheckAnswer) -> Reply:
    return Reply(200, answer.model_dump_json(by_alias=True, exclude_unset=True).encode())


def _people_in(timeline: ClientTimeline) -> set[UUID]:
    people = {
        person for milestone in timeline.milestones for _, person in people_named(milestone.kind, milestone.details)
    }
    return (
        people
        | {milestone.recorded_by for milestone in timeline.milestones}
        | {s.terms.holder for s in timeline.seat_spans}
    )
