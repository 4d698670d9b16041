"""Clients: registered, listed, shown, and their profiles changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from starlette.requests import Request

from api.commands import PendingCommand, Recording, RecordingWhole
from api.filters import Chosen
from api.http.etags import etag_of
from api.http.formats import TABLES, Format, Formatted, table_of_items
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ClientInPath
from api.latin import in_latin_letters
from api.queries import At, Reading
from api.replies import Reply
from api.reports.drilldown import ReportRow
from api.reports.files import about_list
from api.schemas.clients import (
    ClientAnswer,
    ClientBody,
    ClientRecorded,
    ClientRetracted,
    ClientsAnswer,
    ClientSummary,
    ProfileAnswer,
    ProfileChangeBody,
    ProfileChangeRecorded,
    WholeRetractionBody,
    client_fields,
    engagement_answer,
    people_in,
    span_answer,
)
from api.state.people import names_of
from domain.client import Client
from domain.profile import PROFILE_FIELDS
from domain.unit_of_work import UnitOfWork
from projections.clients import list_clients, profile_history
from projections.engagements import engagements_of
from projections.log import Recorded

router = APIRouter(prefix="/clients", tags=["clients"])


@router.post("", status_code=201, response_model=ClientRecorded, summary="Register a client", responses=refuses(409))
def create_client(body: ClientBody, write: RecordingWhole) -> Response:
    """Register a client under a slug of its own; its first profile holds since ever."""

    def register(unit: UnitOfWork) -> Client:
        return unit.register_client(
            write.context.new_id(),
            body.name,
            body.slug,
            body.profile.given(),
            body.fiscal_year_start_month,
            recorded_by=write.caller.id,
            latin_name=in_latin_letters(body.name),
        )

    def answer(client: Client, recorded: Sequence[Recorded]) -> Reply:
        position, event = next(r for r in recorded if isinstance(r.event, Client.Created))
        assert isinstance(event, Client.Created)  # noqa: S101  (for the type checker)
        known = ClientRecorded(
            id=client.id,
            slug=event.slug,
            name=event.name,
            fiscal_year_start_month=event.fiscal_year_start_month,
            profile=ProfileAnswer.model_validate({**dict.fromkeys(PROFILE_FIELDS), **event.profile}),
            recorded_at=event.recorded_at,
            recorded_by=event.recorded_by,
            version=event.originator_version,
            position=position,
        )
        return Reply.of(201, known, Location=f"/api/v1/clients/{client.id}", ETag=etag_of(known.version))

    return write.run(PendingCommand(register, answer))


@router.get("", response_model=ClientsAnswer, operation_id="list_clients", summary="List clients", responses=TABLES)
def show_clients(
    request: Request,
    response: Response,
    read: Reading,
    at: At,
    chosen: Chosen,
    behind: ReportRow,
    page: Annotated[Page, Depends(paged(str, UUID))],
    written: Formatted = Format.JSON,
) -> ClientsAnswer | Response:
    """Clients by name, as they stand on `as_of`. A table has all of them unless a `limit` is given."""
    with read.snapshot() as snapshot:
        found = list_clients(
            snapshot.connection,
            chosen,
            as_of=at.as_of,
            known_at=at.known_at,
            visible=behind.visible(snapshot),
            limit=page.limit,
            after=page.after,
        )
    items = [ClientSummary(**client_fields(row)) for row in found.items]
    cursor = page.cursor(found.next)
    link_next(request, response, cursor)
    if written is not Format.JSON:
        about = about_list(read, request, "clients", at)
        return table_of_items(written, "clients", ClientSummary, items, response.headers, about)
    return ClientsAnswer(items=items, next=cursor)


@router.get("/{client_id}", summary="Show a client", responses=refuses(404))
def show_client(client: ClientInPath, response: Response, read: Reading, at: At) -> ClientAnswer:
    """One client: its profile, structure, seats and open engagement on `as_of`, and its profile over time."""
    with read.views() as connection:
        row = read.client(connection, client, at)
        spans = profile_history(connection, row.id, known_at=at.known_at)
        engagements = engagements_of(connection, row.id, as_of=at.as_of, known_at=at.known_at)
    with read.kept() as connection:
        people = names_of(connection, people_in(row, engagements))
    response.headers["ETag"] = etag_of(row.version)
    return ClientAnswer(
        **client_fields(row),
        profile_history=[span_answer(span) for span in spans],
        engagements=[engagement_answer(engagement) for engagement in engagements],
        people={str(person): name for person, name in people.items()},
    )


@router.post(
    "/{client_id}/profile-changes",
    status_code=201,
    response_model=ProfileChangeRecorded,
    summary="Change a profile",
    responses=refuses(404, 409, 412),
)
def change_profile(client: ClientInPath, body: ProfileChangeBody, write: Recording) -> Response:
    """From `effective_on` on the fields named are these, a new name included; the others stay."""
    client_id = write.context.client_id(client)

    def change(unit: UnitOfWork) -> Client:
        found = write.client(unit, client_id)
        found.change_profile(body.effective_on, body.name, body.given(), recorded_by=write.caller.id)
        return found

    def answer(found: Client, recorded: Sequence[Recorded]) -> Reply:
        position, event = recorded[-1]
        assert isinstance(event, Client.ProfileChanged)  # noqa: S101  (for the type checker)
        said: dict[str, Any] = dict(event.profile)
        known = ProfileChangeRecorded(
            client=found.id,
            effective_on=event.effective_on,
            name=event.name,
            profile=said,
            recorded_at=event.recorded_at,
            recorded_by=event.recorded_by,
            version=event.originator_version,
            position=position,
        )
        return Reply.of(201, known, Location=f"/api/v1/clients/{found.id}", ETag=etag_of(known.version))

    return write.run(PendingCommand(change, answer))


@router.post(
    "/{client_id}/retraction",
    status_code=201,
    response_model=ClientRetracted,
    summary="Retract a client",
    responses=refuses(404, 409, 412),
)
def retract_client(client: ClientInPath, body: WholeRetractionBody, write: Recording) -> Response:
    """Retract a client that was registered by mistake: from now on it never was.

    Refused while one of its engagements stands. What was known before stays answerable through `known_at`. Its slug
    stays taken, so that no address comes to mean another company.
    """
    client_id = write.context.client_id(client)

    def retract(unit: UnitOfWork) -> Client:
        write.client(unit, client_id)
        return unit.retract_client(client_id, body.reason, recorded_by=write.caller.id)

    def answer(retracted: Client, recorded: Sequence[Recorded]) -> Reply:
        position, event = recorded[-1]
        answered = ClientRetracted(
            client=retracted.id,
            reason=body.reason,
            recorded_at=event.timestamp,
            recorded_by=event.recorded_by,
            version=event.originator_version,
            position=position,
        )
        return Reply.of(201, answered)

    return write.run(PendingCommand(retract, answer))
