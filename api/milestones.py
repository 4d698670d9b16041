"""Routes for milestones: log, correct, retract, change several, list and show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from starlette.requests import Request

from api.commands import CommandContext, PendingCommand, RecorderChange
from api.hours_bound import bound_hours
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import EngagementInPath, MilestoneInPath
from api.people.person_checks import check_people
from api.queries import At, ViewerQuery
from api.replies import Reply
from api.reports.files import about_list
from api.schemas.milestone_responses import (
    ChangesAnswer,
    MilestoneAnswer,
    MilestonesAnswer,
    MilestoneWithVersions,
    history_answer,
    milestone_answer,
    recorded_answer,
    recorded_history,
)
from api.schemas.milestones import AnyMilestone, ChangesBody, CorrectionBody, RetractionBody
from domain.decisions import Correct, Log, Retracted
from domain.decisions import Request as Asked
from domain.engagement import Engagement
from domain.errors import Refusal, UnknownMilestone
from domain.milestones import Details, Kind, holders_of
from domain.unit_of_work import UnitOfWork
from projections.assessments import assessments_of
from projections.log import Recorded
from projections.milestones import milestone_history, milestones_of

router = APIRouter(prefix="/engagements/{engagement_id}", tags=["milestones"])


def log_milestone(engagement_id: UUID, body: AnyMilestone, command: CommandContext) -> Response:
    """Log a milestone from a page, like `POST .../milestones`."""
    return command.run(log_command(command, engagement_id, body.to_log(command.context.new_id())))


def log_command(
    command: CommandContext, engagement_id: UUID, request: Log, *, check: bool = True
) -> PendingCommand[Engagement]:
    """The command that logs a milestone.

    With `check` it raises `Problem` 422 for people who are not visible to the caller.
    """
    change = engagement_change(command, engagement_id, [request])

    def check_and_change(unit: UnitOfWork) -> Engagement:
        check_people(command.context, command.caller, ("", request.details))
        return change(unit)

    def answer(engagement: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = engagement_event(engagement_id, recorded)
        milestone = recorded_answer(event, engagement.client, engagement.standing.milestones[request.milestone])
        location = f"/api/v1/engagements/{engagement_id}/milestones/{milestone.id}"
        return Reply.of(201, milestone, Location=location, ETag=etag_of(milestone.version))

    return PendingCommand(check_and_change if check else change, answer)


@router.get(
    "/milestones",
    response_model=MilestonesAnswer,
    operation_id="list_milestones",
    summary="List milestones",
    responses={**TABLES, **refuses(404)},
)
def show_milestones(
    engagement_id: EngagementInPath,
    request: Request,
    response: Response,
    query: ViewerQuery,
    at: At,
    page: Annotated[Page, Depends(paged(date, int))],
    kind: Kind | None = None,
    file_format: Formatted = Format.JSON,
) -> MilestonesAnswer | Response:
    """List the current milestones, including plans, by effective date.

    CSV and XLSX contain all of them unless a `limit` is given.
    """
    with query.snapshot() as snapshot:
        query.engagement(snapshot, engagement_id, at)
        rows = milestones_of(
            snapshot, engagement_id, known_at=at.known_at, kind=kind, limit=page.limit, after=page.after
        )
    cursor = page.cursor(rows.next)
    link_next(request, response, cursor)
    items = [milestone_answer(row) for row in rows.items]
    if file_format is not Format.JSON:
        about = about_list(query, request, "milestones", at)
        return table_of_items(file_format, "milestones", MilestoneAnswer, items, response.headers, about)
    return MilestonesAnswer(items=items, next=cursor)


@router.get("/milestones/{milestone_id}", summary="Show a milestone", responses=refuses(404))
def show_milestone(
    engagement_id: EngagementInPath, milestone_id: MilestoneInPath, response: Response, query: ViewerQuery, at: At
) -> MilestoneWithVersions:
    """Return one milestone with all its versions, its retraction if there is one, and what became of an assessment."""
    with query.snapshot() as snapshot:
        row = query.engagement(snapshot, engagement_id, at)
        history = milestone_history(snapshot, engagement_id, milestone_id, known_at=at.known_at)
        if history is None:
            raise UnknownMilestone
        became = None
        if history.latest.kind is Kind.ASSESSMENT_TAKEN:
            assessments = assessments_of(snapshot, row.client, as_of=at.as_of, known_at=at.known_at)
            became = next((one.follow_up for one in assessments if one.milestone == milestone_id), None)
    response.headers["ETag"] = etag_of(row.version)
    return history_answer(history, became)


@router.post(
    "/milestones/{milestone_id}/corrections",
    status_code=201,
    response_model=MilestoneWithVersions,
    summary="Correct a milestone",
    responses=refuses(404, 409, 412),
)
def correct_milestone(
    engagement_id: EngagementInPath, milestone_id: MilestoneInPath, body: CorrectionBody, command: RecorderChange
) -> Response:
    """Correct a milestone. Earlier knowledge remains available through `known_at`."""
    return _change_one(command, engagement_id, milestone_id, with_people_checks(command, body.to_correct(milestone_id)))


@router.post(
    "/milestones/{milestone_id}/retraction",
    status_code=201,
    response_model=MilestoneWithVersions,
    summary="Retract a milestone",
    responses=refuses(404, 409, 412),
)
def retract_milestone(
    engagement_id: EngagementInPath, milestone_id: MilestoneInPath, body: RetractionBody, command: RecorderChange
) -> Response:
    """Retract a milestone that did not happen."""
    return _change_one(command, engagement_id, milestone_id, body.to_retract(milestone_id))


@router.post(
    "/changes",
    status_code=201,
    response_model=ChangesAnswer,
    summary="Make several changes",
    responses=refuses(404, 409, 412),
)
def change_milestones(engagement_id: EngagementInPath, body: ChangesBody, command: RecorderChange) -> Response:
    """Make several changes at once.

    The timeline is validated after the last one; they are recorded in one event or not at all.
    """
    requests = [
        with_people_checks(command, request, f"changes.{number}")
        for number, request in enumerate(body.to_requests(command.context.new_id))
    ]

    def answer(engagement: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = engagement_event(engagement_id, recorded)
        stream = _stream_with(command, event)
        answer_body = ChangesAnswer(
            engagement=engagement_id,
            reason=body.reason,
            recorded_at=event.event.timestamp,
            recorded_by=event.event.recorded_by,
            version=event.event.originator_version,
            position=event.position,
            milestones=[recorded_history(stream, milestone) for milestone in _touched(event)],
        )
        location = f"/api/v1/engagements/{engagement_id}/milestones"
        return Reply.of(201, answer_body, Location=location, ETag=etag_of(answer_body.version))

    change = engagement_change(command, engagement_id, requests, reason=body.reason)

    def decide(unit: UnitOfWork) -> Engagement:
        try:
            return change(unit)
        except Refusal as refusal:
            raise body.refused(refusal) from None

    return command.run(PendingCommand(decide, answer))


def with_people_checks(command: CommandContext, request: Asked, path: str = "") -> Asked:
    """The request with a check of the people that it newly refers to. Raises `Problem` 422 for unknown ones."""
    match request:
        case Log():
            field = f"{path}.log" if path else ""
            return replace(
                request, check=lambda details: check_people(command.context, command.caller, (field, details))
            )
        case Correct(details=changed) if changed is not None:
            return replace(request, details=_checked_change(command, changed, f"{path}.correct" if path else ""))
        case _:
            pass
    return request


def _checked_change(
    command: CommandContext, change: Callable[[Details], Details], path: str
) -> Callable[[Details], Details]:
    def change_and_check(before: Details) -> Details:
        after = change(before)
        details_by_path = (f"{path}.details" if path else "details", after)
        check_people(command.context, command.caller, details_by_path, current=holders_of(before))
        return after

    return change_and_check


def engagement_change(
    command: CommandContext, engagement_id: UUID, requests: Sequence[Asked], *, reason: str | None = None
) -> Callable[[UnitOfWork], Engagement]:
    """A function that makes changes in an engagement, if it is visible to the caller and has the expected version."""

    def change(unit: UnitOfWork) -> Engagement:
        command.engagement(unit, engagement_id)
        bound_hours(command.context, command.caller, unit)
        return unit.change(engagement_id, requests, recorded_by=command.caller.id, reason=reason)

    return change


def engagement_event(engagement_id: UUID, recorded: Sequence[Recorded]) -> Recorded:
    """The event of the engagement itself; an event of its client with new bounds may be recorded as well."""
    return next(r for r in recorded if r.event.originator_id == engagement_id)


def _change_one(command: CommandContext, engagement_id: UUID, milestone_id: UUID, request: Asked) -> Response:
    def answer(engagement: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = engagement_event(engagement_id, recorded)
        history = recorded_history(_stream_with(command, event), milestone_id)
        location = f"/api/v1/engagements/{engagement_id}/milestones/{milestone_id}"
        return Reply.of(201, history, Location=location, ETag=etag_of(event.event.originator_version))

    return command.run(PendingCommand(engagement_change(command, engagement_id, [request]), answer))


def _stream_with(command: CommandContext, event: Recorded) -> Sequence[Recorded]:
    """The engagement's events up to one that has just been recorded or is about to be."""
    version = event.event.originator_version
    events = command.context.log.stream(event.event.originator_id)
    return [*(r for r in events if r.event.originator_version < version), event]


def _touched(event: Recorded) -> Sequence[UUID]:
    assert isinstance(event.event, Engagement.Event)  # noqa: S101  (for the type checker: it is the engagement's)
    ids = (c.milestone if isinstance(c, Retracted) else c.milestone.id for c in event.event.changes)
    return tuple(dict.fromkeys(ids))
