"""Engagements: opened, listed and shown."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.acquaintances import check_people
from api.conditional import etag_of
from api.documented import refuses
from api.formats import TABLES, Format, Formatted, table_of_items
from api.reading import At, Reading
from api.report_files import about_list
from api.shapes.clients import (
    EngagementAnswer,
    EngagementBody,
    EngagementRecorded,
    EngagementsAnswer,
    engagement_answer,
)
from api.shapes.records import recorded_answer
from api.writing import Recording, Reply
from domain.application import Desk
from domain.changes import Log
from domain.engagement import Engagement
from domain.milestones import Opened
from projections.engagements import engagements_of
from projections.log import Recorded

router = APIRouter(tags=["engagements"])


@router.post(
    "/clients/{client}/engagements",
    status_code=201,
    response_model=EngagementRecorded,
    summary="Open an engagement",
    responses=refuses(404, 409, 412),
)
def open_engagement(client: str, body: EngagementBody, write: Recording) -> Response:
    """Open an engagement of a client that has none open; its first milestone, `opened`, is recorded with it.

    `If-Match` compares with the client's version.
    """
    client_id = write.house.client_id(client)
    details = Opened(body.name, body.practice_lead)
    check_people(write.house, write.caller, ("", details))

    def open_it(desk: Desk) -> Engagement:
        write.client(desk, client_id)
        opening = Log(write.house.new_id(), body.started_on, details, body.precision, body.note, tuple(body.links))
        return desk.open_engagement(write.house.new_id(), client_id, opening, recorded_by=write.caller.id)

    def answer(engagement: Engagement, recorded: Sequence[Recorded]) -> Reply:
        opened = next(r for r in recorded if isinstance(r.event, Engagement.Created))
        assert isinstance(opened.event, Engagement.Created)  # noqa: S101  (for the type checker)
        known = EngagementRecorded(
            id=engagement.id,
            client=client_id,
            name=body.name,
            started_on=body.started_on,
            practice_lead=body.practice_lead,
            recorded_at=opened.event.recorded_at,
            recorded_by=opened.event.recorded_by,
            version=opened.event.originator_version,
            position=opened.position,
            milestone=recorded_answer(opened, client_id, opened.event.logged.milestone),
        )
        return Reply.of(201, known, Location=f"/api/v1/engagements/{engagement.id}", ETag=etag_of(known.version))

    return write.tell(open_it, answer)


@router.get(
    "/clients/{client}/engagements",
    response_model=EngagementsAnswer,
    summary="List a client's engagements",
    responses={**TABLES, **refuses(404)},
)
def show_engagements(
    client: str, request: Request, read: Reading, at: At, written: Formatted = Format.JSON
) -> EngagementsAnswer | Response:
    """A client's engagements in the order in which they start; there are few, so there is one page."""
    with read.views() as connection:
        row = read.client(connection, client, at)
        found = engagements_of(connection, row.id, as_of=at.as_of, known_at=at.known_at)
    items = [engagement_answer(engagement) for engagement in found]
    if written is not Format.JSON:
        return table_of_items(
            written, "engagements", EngagementAnswer, items, {}, about_list(read, request, "engagements", at)
        )
    return EngagementsAnswer(items=items)


@router.get("/engagements/{engagement}", summary="Show an engagement", responses=refuses(404))
def show_engagement(engagement: UUID, response: Response, read: Reading, at: At) -> EngagementAnswer:
    """One engagement as it stands on `as_of`."""
    with read.views() as connection:
        row = read.engagement(connection, engagement, at)
    response.headers["ETag"] = etag_of(row.version)
    return engagement_answer(row)
