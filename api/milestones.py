"""Milestones: logged, corrected, retracted, changed together, listed, and shown with all their versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from starlette.requests import Request

from api.commands import CommandContext, PendingCommand, Recording
from api.http.etags import etag_of
from api.http.formats import TABLES, Format, Formatted, table_of_items
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import EngagementInPath, MilestoneInPath
from api.people.person_checks import check_people
from api.queries import At, Reading
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
from domain.changes import Correct, Log, Retracted
from domain.changes import Request as Asked
from domain.engagement import Engagement
from domain.errors import UnknownMilestone
from domain.milestones import Details, Kind, holders_of
from domain.unit_of_work import UnitOfWork
from projections.log import Recorded
from projections.milestones import milestone_history, milestones_of

router = APIRouter(prefix="/engagements/{engagement_id}", tags=["milestones"])


def log_milestone(engagement: UUID, body: AnyMilestone, write: CommandContext) -> Response:
    """Log a milestone from a page, as `POST .../milestones` does."""
    return write.run(log_command(write, engagement, body.to_log(write.context.new_id())))


def log_command(
    write: CommandContext, engagement: UUID, request: Log, *, check: bool = True
) -> PendingCommand[Engagement]:
    """The command that logs a milestone; `check` refuses (422) people who do not exist for the caller."""
    change = use_case(write, engagement, [request])

    def check_and_change(unit: UnitOfWork) -> Engagement:
        check_people(write.context, write.caller, ("", request.details))
        return change(unit)

    def answer(changed: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = event_of(engagement, recorded)
        milestone = recorded_answer(event, changed.client, changed.standing.milestones[request.milestone])
        location = f"/api/v1/engagements/{engagement}/milestones/{milestone.id}"
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
    engagement: EngagementInPath,
    request: Request,
    response: Response,
    read: Reading,
    at: At,
    page: Annotated[Page, Depends(paged(date, int))],
    kind: Kind | None = None,
    written: Formatted = Format.JSON,
) -> MilestonesAnswer | Response:
    """The milestones that stand, plans included, in effective order. A table has all unless a `limit` is given."""
    with read.views() as connection:
        read.engagement(connection, engagement, at)
        found = milestones_of(
            connection, engagement, known_at=at.known_at, kind=kind, limit=page.limit, after=page.after
        )
    cursor = page.cursor(found.next)
    link_next(request, response, cursor)
    items = [milestone_answer(seen) for seen in found.items]
    if written is not Format.JSON:
        about = about_list(read, request, "milestones", at)
        return table_of_items(written, "milestones", MilestoneAnswer, items, response.headers, about)
    return MilestonesAnswer(items=items, next=cursor)


@router.get("/milestones/{milestone_id}", summary="Show a milestone", responses=refuses(404))
def show_milestone(
    engagement: EngagementInPath, milestone: MilestoneInPath, response: Response, read: Reading, at: At
) -> MilestoneWithVersions:
    """One milestone with all its versions, and its retraction where it was taken back."""
    with read.views() as connection:
        row = read.engagement(connection, engagement, at)
        history = milestone_history(connection, engagement, milestone, known_at=at.known_at)
    if history is None:
        raise UnknownMilestone
    response.headers["ETag"] = etag_of(row.version)
    return history_answer(history)


@router.post(
    "/milestones/{milestone_id}/corrections",
    status_code=201,
    response_model=MilestoneWithVersions,
    summary="Correct a milestone",
    responses=refuses(404, 409, 412),
)
def correct_milestone(
    engagement: EngagementInPath, milestone: MilestoneInPath, body: CorrectionBody, write: Recording
) -> Response:
    """Say what was really so; what was known before stays answerable through `known_at`."""
    return _change_one(write, engagement, milestone, checked(write, body.to_correct(milestone)))


@router.post(
    "/milestones/{milestone_id}/retraction",
    status_code=201,
    response_model=MilestoneWithVersions,
    summary="Retract a milestone",
    responses=refuses(404, 409, 412),
)
def retract_milestone(
    engagement: EngagementInPath, milestone: MilestoneInPath, body: RetractionBody, write: Recording
) -> Response:
    """Say that it never happened."""
    return _change_one(write, engagement, milestone, body.to_retract(milestone))


@router.post(
    "/changes",
    status_code=201,
    response_model=ChangesAnswer,
    summary="Make several changes",
    responses=refuses(404, 409, 412),
)
def change_milestones(engagement: EngagementInPath, body: ChangesBody, write: Recording) -> Response:
    """Make changes that only fit together: checked after the last, recorded in one event or not at all."""
    requests = [
        checked(write, request, f"changes.{number}")
        for number, request in enumerate(body.to_requests(write.context.new_id))
    ]

    def answer(found: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = event_of(engagement, recorded)
        stream = _stream_with(write, event)
        known = ChangesAnswer(
            engagement=engagement,
            reason=body.reason,
            recorded_at=event.event.timestamp,
            recorded_by=event.event.recorded_by,
            version=event.event.originator_version,
            position=event.position,
            milestones=[recorded_history(stream, milestone) for milestone in _touched(event)],
        )
        location = f"/api/v1/engagements/{engagement}/milestones"
        return Reply.of(201, known, Location=location, ETag=etag_of(known.version))

    return write.run(PendingCommand(use_case(write, engagement, requests, reason=body.reason), answer))


def checked(write: CommandContext, request: Asked, path: str = "") -> Asked:
    """The request, with everybody it newly names known; refuses (422) those it names whom nobody knows."""
    match request:
        case Log():
            field = f"{path}.log" if path else ""
            return replace(request, check=lambda details: check_people(write.context, write.caller, (field, details)))
        case Correct(details=changed) if changed is not None:
            return replace(request, details=_checked_change(write, changed, f"{path}.correct" if path else ""))
        case _:
            pass
    return request


def _checked_change(
    write: CommandContext, change: Callable[[Details], Details], path: str
) -> Callable[[Details], Details]:
    def change_and_check(before: Details) -> Details:
        after = change(before)
        named = (f"{path}.details" if path else "details", after)
        check_people(write.context, write.caller, named, current=holders_of(before))
        return after

    return change_and_check


def use_case(
    write: CommandContext, engagement: UUID, requests: Sequence[Asked], *, reason: str | None = None
) -> Callable[[UnitOfWork], Engagement]:
    """The use case that makes changes in an engagement the caller may see, in the version they expect."""

    def change(unit: UnitOfWork) -> Engagement:
        write.engagement(unit, engagement)
        return unit.change(engagement, requests, recorded_by=write.caller.id, reason=reason)

    return change


def event_of(engagement: UUID, recorded: Sequence[Recorded]) -> Recorded:
    """What was recorded in the engagement itself; its client may have taken note of new bounds beside it."""
    return next(r for r in recorded if r.event.originator_id == engagement)


def _change_one(write: CommandContext, engagement: UUID, milestone: UUID, request: Asked) -> Response:
    def answer(found: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = event_of(engagement, recorded)
        known = recorded_history(_stream_with(write, event), milestone)
        location = f"/api/v1/engagements/{engagement}/milestones/{milestone}"
        return Reply.of(201, known, Location=location, ETag=etag_of(event.event.originator_version))

    return write.run(PendingCommand(use_case(write, engagement, [request]), answer))


def _stream_with(write: CommandContext, event: Recorded) -> Sequence[Recorded]:
    """The engagement's events up to one that was recorded just now, or is about to be."""
    version = event.event.originator_version
    before = write.context.log.stream(event.event.originator_id)
    return [*(r for r in before if r.event.originator_version < version), event]


def _touched(event: Recorded) -> Sequence[UUID]:
    assert isinstance(event.event, Engagement.Event)  # noqa: S101  (for the type checker: it is the engagement's)
    ids = (c.milestone if isinstance(c, Retracted) else c.milestone.id for c in event.event.changes)
    return tuple(dict.fromkeys(ids))
