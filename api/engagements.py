"""Routes for engagements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.commands import PendingCommand, RecorderChange
from api.hours_bound import bound_hours
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ClientInPath, EngagementInPath
from api.http.problems import within_request
from api.people.person_checks import check_people
from api.queries import At, ViewerQuery
from api.replies import Reply
from api.reports.files import about_list
from api.schemas.clients import (
    EngagementAnswer,
    EngagementBody,
    EngagementsAnswer,
    WholeRetractionBody,
    engagement_answer,
)
from api.schemas.clients_recorded import EngagementRecorded, EngagementRetracted
from api.schemas.milestone_responses import recorded_answer
from domain.decisions import Log
from domain.engagement import Engagement
from domain.errors import Refusal
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
def open_engagement(id_or_slug: ClientInPath, body: EngagementBody, command: RecorderChange) -> Response:
    """Open an engagement; its first milestone, `opened`, and all `milestones` are recorded with it, at one instant.

    It must not overlap another engagement of the client, so include the close of a past one. `errors` names the
    milestone that is refused. `If-Match` is compared with the client's version.
    """
    client_id = command.context.client_id(id_or_slug)
    details = Opened(body.name, body.practice_lead)
    opening = Log(command.context.new_id(), body.started_on, details, body.precision, body.note, tuple(body.links))
    further = body.logs(command.context.new_id)
    details_by_path = [(f"milestones.{number}", request.details) for number, request in enumerate(further)]
    check_people(command.context, command.caller, ("", details), *details_by_path)

    def decide(unit: UnitOfWork) -> Engagement:
        command.client(unit, client_id)
        bound_hours(command.context, command.caller, unit)
        try:
            return unit.open_engagement(
                command.context.new_id(), client_id, opening, further, recorded_by=command.caller.id
            )
        except Refusal as refusal:
            if not refusal.request:
                raise
            raise within_request(refusal, f"milestones.{refusal.request - 1}") from None

    def answer(engagement: Engagement, recorded: Sequence[Recorded]) -> Reply:
        opened = next(r for r in recorded if isinstance(r.event, Engagement.Created))
        assert isinstance(opened.event, Engagement.Created)  # noqa: S101  (for the type checker)
        logged = [engagement.standing.milestones[request.milestone] for request in (opening, *further)]
        first, *others = (recorded_answer(opened, client_id, milestone) for milestone in logged)
        answer_body = EngagementRecorded(
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
        return Reply.of(
            201, answer_body, Location=f"/api/v1/engagements/{engagement.id}", ETag=etag_of(answer_body.version)
        )

    return command.run(PendingCommand(decide, answer))


@router.post(
    "/engagements/{engagement_id}/retraction",
    status_code=201,
    response_model=EngagementRetracted,
    summary="Retract an engagement",
    responses=refuses(404, 412),
)
def retract_engagement(engagement_id: EngagementInPath, body: WholeRetractionBody, command: RecorderChange) -> Response:
    """Retract an engagement that was opened by mistake.

    Earlier knowledge remains available through `known_at`; the client can have another engagement in its place.
    """

    def retract(unit: UnitOfWork) -> Engagement:
        command.engagement(unit, engagement_id)
        return unit.retract_engagement(engagement_id, body.reason, recorded_by=command.caller.id)

    def answer(engagement: Engagement, recorded: Sequence[Recorded]) -> Reply:
        event = next(r.event for r in recorded if r.event.originator_id == engagement_id)
        answer_body = EngagementRetracted(
            engagement=engagement_id,
            client=engagement.client,
            reason=body.reason,
            recorded_at=event.timestamp,
            recorded_by=event.recorded_by,
            version=event.originator_version,
            position=recorded[-1].position,
        )
        return Reply.of(201, answer_body)

    return command.run(PendingCommand(retract, answer))


@router.get(
    "/clients/{client_id}/engagements",
    response_model=EngagementsAnswer,
    operation_id="list_engagements",
    summary="List a client's engagements",
    responses={**TABLES, **refuses(404)},
)
def show_engagements(
    id_or_slug: ClientInPath,
    request: Request,
    response: Response,
    query: ViewerQuery,
    at: At,
    page: Annotated[Page, Depends(paged(date, date, UUID))],
    file_format: Formatted = Format.JSON,
) -> EngagementsAnswer | Response:
    """List a client's engagements by start date. CSV and XLSX contain all of them unless a `limit` is given."""
    with query.snapshot() as snapshot:
        row = query.client(snapshot, id_or_slug, at)
        rows = engagements_of(snapshot, row.id, as_of=at.as_of, known_at=at.known_at)
    page_rows, cursor = page.slice(rows, _place)
    link_next(request, response, cursor)
    items = [engagement_answer(engagement) for engagement in page_rows]
    if file_format is not Format.JSON:
        about = about_list(query, request, "engagements", at)
        return table_of_items(file_format, "engagements", EngagementAnswer, items, response.headers, about)
    return EngagementsAnswer(items=items, next=cursor)


def _place(engagement: EngagementRow) -> tuple[date, date, UUID]:
    """The sort position of an engagement; an open one comes after closed ones with the same start."""
    return engagement.started_on, engagement.closed_on or date.max, engagement.id


@router.get("/engagements/{engagement_id}", summary="Show an engagement", responses=refuses(404))
def show_engagement(
    engagement_id: EngagementInPath, response: Response, query: ViewerQuery, at: At
) -> EngagementAnswer:
    """Return one engagement as of `as_of`."""
    with query.snapshot() as snapshot:
        row = query.engagement(snapshot, engagement_id, at)
    response.headers["ETag"] = etag_of(row.version)
    return engagement_answer(row)
