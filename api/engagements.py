"""Engagements: opened, listed and shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.commands import PendingCommand, Recording
from api.http.etags import etag_of
from api.http.formats import TABLES, Format, Formatted, table_of_items
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ClientInPath, EngagementInPath
from api.http.problems import Problem, problem_of
from api.people.person_checks import check_people
from api.queries import At, Reading
from api.replies import Reply
from api.reports.files import about_list
from api.schemas.clients import (
    EngagementAnswer,
    EngagementBody,
    EngagementRecorded,
    EngagementRetracted,
    EngagementsAnswer,
    WholeRetractionBody,
    engagement_answer,
)
from api.schemas.milestone_responses import recorded_answer
from domain.changes import Log
from domain.engagement import Engagement
from domain.errors import InvalidField, Refusal
from domain.kinds.engagement import Opened
from domain.unit_of_work import UnitOfWork
from projections.engagements import EngagementRow, engagements_of
from projections.log import Recorded

router = APIRouter(tags=["engagements"])


@router.post(
    "/clients/{client_id}/engagements",
    status_code=201,
    response_model=EngagementRecorded,
    summary="Open an engagement",
    responses=refuses(404, 409, 412),
)
def open_engagement(client: ClientInPath, body: EngagementBody, write: Recording) -> Response:
    """Open an engagement; its first milestone, `opened`, and all `milestones` are recorded with it, at one instant.

    It must not overlap with another engagement of the client: an earlier one comes with its close. A refusal names in
    `errors` the milestone that does not fit. `If-Match` compares with the client's version.
    """
    client_id = write.context.client_id(client)
    details = Opened(body.name, body.practice_lead)
    opening = Log(write.context.new_id(), body.started_on, details, body.precision, body.note, tuple(body.links))
    further = [milestone.to_log(write.context.new_id()) for milestone in body.milestones]
    named = [(f"milestones.{number}", request.details) for number, request in enumerate(further)]
    check_people(write.context, write.caller, ("", details), *named)

    def open_it(unit: UnitOfWork) -> Engagement:
        write.client(unit, client_id)
        try:
            return unit.open_engagement(
                write.context.new_id(), client_id, opening, further, recorded_by=write.caller.id
            )
        except Refusal as refusal:
            raise _naming_the_milestone(refusal) from None

    def answer(engagement: Engagement, recorded: Sequence[Recorded]) -> Reply:
        opened = next(r for r in recorded if isinstance(r.event, Engagement.Created))
        assert isinstance(opened.event, Engagement.Created)  # noqa: S101  (for the type checker)
        logged = [engagement.standing.milestones[request.milestone] for request in (opening, *further)]
        first, *others = (recorded_answer(opened, client_id, milestone) for milestone in logged)
        answered = EngagementRecorded(
            id=engagement.id,
            client=client_id,
            name=body.name,
            started_on=body.started_on,
            practice_lead=body.practice_lead,
            recorded_at=opened.event.recorded_at,
            recorded_by=opened.event.recorded_by,
            version=opened.event.originator_version,
            position=opened.position,
            milestone=first,
            milestones=others,
        )
        return Reply.of(201, answered, Location=f"/api/v1/engagements/{engagement.id}", ETag=etag_of(answered.version))

    return write.run(PendingCommand(open_it, answer))


def _naming_the_milestone(refusal: Refusal) -> Refusal | Problem:
    """A refusal of what is told at once, naming the milestone by its place in what was sent."""
    if not refusal.request:
        return refusal
    field = f"milestones.{refusal.request - 1}"
    if isinstance(refusal, InvalidField):
        return InvalidField(f"{field}.{refusal.field}", refusal.message)
    problem = problem_of(refusal)
    problem.errors = ((field, problem.detail),)
    return problem


@router.post(
    "/engagements/{engagement_id}/retraction",
    status_code=201,
    response_model=EngagementRetracted,
    summary="Retract an engagement",
    responses=refuses(404, 412),
)
def retract_engagement(engagement: EngagementInPath, body: WholeRetractionBody, write: Recording) -> Response:
    """Retract a whole engagement that was opened by mistake: from now on it never was.

    What was known before stays answerable through `known_at`; the client is free for another engagement.
    """

    def retract(unit: UnitOfWork) -> Engagement:
        write.engagement(unit, engagement)
        return unit.retract_engagement(engagement, body.reason, recorded_by=write.caller.id)

    def answer(retracted: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = next(r.event for r in recorded if r.event.originator_id == engagement)
        answered = EngagementRetracted(
            engagement=engagement,
            client=retracted.client,
            reason=body.reason,
            recorded_at=event.timestamp,
            recorded_by=event.recorded_by,
            version=event.originator_version,
            position=recorded[-1].position,
        )
        return Reply.of(201, answered)

    return write.run(PendingCommand(retract, answer))


@router.get(
    "/clients/{client_id}/engagements",
    response_model=EngagementsAnswer,
    operation_id="list_engagements",
    summary="List a client's engagements",
    responses={**TABLES, **refuses(404)},
)
def show_engagements(
    client: ClientInPath,
    request: Request,
    response: Response,
    read: Reading,
    at: At,
    page: Annotated[Page, Depends(paged(date, date, UUID))],
    written: Formatted = Format.JSON,
) -> EngagementsAnswer | Response:
    """A client's engagements in the order in which they start. A table has all of them unless a `limit` is given."""
    with read.views() as connection:
        row = read.client(connection, client, at)
        found = engagements_of(connection, row.id, as_of=at.as_of, known_at=at.known_at)
    shown, cursor = page.slice(found, _place)
    link_next(request, response, cursor)
    items = [engagement_answer(engagement) for engagement in shown]
    if written is not Format.JSON:
        about = about_list(read, request, "engagements", at)
        return table_of_items(written, "engagements", EngagementAnswer, items, response.headers, about)
    return EngagementsAnswer(items=items, next=cursor)


def _place(engagement: EngagementRow) -> tuple[date, date, UUID]:
    """Where an engagement stands among its client's; an open one comes after those of its first day that are closed."""
    return engagement.started_on, engagement.closed_on or date.max, engagement.id


@router.get("/engagements/{engagement_id}", summary="Show an engagement", responses=refuses(404))
def show_engagement(engagement: EngagementInPath, response: Response, read: Reading, at: At) -> EngagementAnswer:
    """One engagement as it stands on `as_of`."""
    with read.views() as connection:
        row = read.engagement(connection, engagement, at)
    response.headers["ETag"] = etag_of(row.version)
    return engagement_answer(row)
