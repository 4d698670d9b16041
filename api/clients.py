"""Routes for clients and their profiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from starlette.requests import Request

from api.client_order import OrderedPage, RequestedOrder
from api.commands import PendingCommand, RecorderChange, WholeRecorderCommand
from api.filters import DrillDownFilters
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of
from api.http.openapi import refuses
from api.http.paging import link_next
from api.http.path_parameters import ClientInPath
from api.latin import transliterate
from api.queries import At, Moment, QueryContext, ViewerQuery
from api.replies import Reply
from api.reports.drilldown import ReportRow
from api.reports.files import about_list
from api.schemas.clients import (
    ClientAnswer,
    ClientBody,
    ClientsAnswer,
    ClientSummary,
    ProfileAnswer,
    ProfileChangeBody,
    WholeRetractionBody,
    client_fields,
    engagement_answer,
    people_in,
    span_answer,
)
from api.schemas.clients_recorded import ClientRecorded, ClientRetracted, ProfileChangeRecorded
from api.state.people import names_of
from domain.client import Client
from domain.profile import PROFILE_FIELDS
from domain.unit_of_work import UnitOfWork
from projections.client_order import list_clients_in_order
from projections.clients import ClientRow, profile_history
from projections.engagements import engagements_of
from projections.log import Recorded
from projections.sign_runs import NO_SIGNS, SignCounts, sign_counts
from projections.snapshot import Snapshot

router = APIRouter(prefix="/clients", tags=["clients"])


@router.post("", status_code=201, response_model=ClientRecorded, summary="Register a client", responses=refuses(409))
def create_client(body: ClientBody, command: WholeRecorderCommand) -> Response:
    """Register a client under a unique slug. Its first profile applies from the beginning."""

    def register(unit: UnitOfWork) -> Client:
        return unit.register_client(
            command.context.new_id(),
            body.name,
            body.slug,
            body.profile.values_set(),
            body.fiscal_year_start_month,
            recorded_by=command.caller.id,
            latin_name=transliterate(body.name),
        )

    def answer(client: Client, recorded: Sequence[Recorded]) -> Reply:
        position, event = next(r for r in recorded if isinstance(r.event, Client.Created))
        assert isinstance(event, Client.Created)  # noqa: S101  (for the type checker)
        answer_body = ClientRecorded(
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
        return Reply.of(201, answer_body, Location=f"/api/v1/clients/{client.id}", ETag=etag_of(answer_body.version))

    return command.run(PendingCommand(register, answer))


@router.get("", response_model=ClientsAnswer, operation_id="list_clients", summary="List clients", responses=TABLES)
def show_clients(
    request: Request,
    response: Response,
    query: ViewerQuery,
    at: At,
    chosen: DrillDownFilters,
    report_row: ReportRow,
    order: RequestedOrder,
    page: OrderedPage,
    file_format: Formatted = Format.JSON,
) -> ClientsAnswer | Response:
    """List clients as of `as_of`, by name unless a `sort` is given.

    CSV and XLSX contain all clients unless a `limit` is given.
    """
    with query.snapshot() as snapshot:
        rows, following = list_clients_in_order(
            snapshot,
            chosen,
            order,
            as_of=at.as_of,
            known_at=at.known_at,
            visible=report_row.visible(snapshot),
            limit=page.limit,
            after=page.after,
        )
        counts = _sign_counts(query, snapshot, rows, at)
    items = [ClientSummary(**client_fields(row, counts.get(row.id, NO_SIGNS))) for row in rows]
    cursor = page.cursor(following)
    link_next(request, response, cursor)
    if file_format is not Format.JSON:
        about = about_list(query, request, "clients", at)
        return table_of_items(file_format, "clients", ClientSummary, items, response.headers, about)
    return ClientsAnswer(items=items, next=cursor)


@router.get("/{client_id}", summary="Show a client", responses=refuses(404))
def show_client(client_id: ClientInPath, response: Response, query: ViewerQuery, at: At) -> ClientAnswer:
    """Return one client: its profile, structure, seats and engagements as of `as_of`, and its profile history."""
    with query.snapshot() as snapshot:
        row = query.client(snapshot, client_id, at)
        spans = profile_history(snapshot, row.id, known_at=at.known_at)
        engagements = engagements_of(snapshot, row.id, as_of=at.as_of, known_at=at.known_at)
        counts = _sign_counts(query, snapshot, [row], at)
    with query.state() as connection:
        people = names_of(connection, people_in(row, engagements))
    response.headers["ETag"] = etag_of(row.version)
    return ClientAnswer(
        **client_fields(row, counts.get(row.id, NO_SIGNS)),
        profile_history=[span_answer(span) for span in spans],
        engagements=[engagement_answer(engagement) for engagement in engagements],
        people={str(person): name for person, name in people.items()},
    )


def _sign_counts(
    query: QueryContext, snapshot: Snapshot, rows: Sequence[ClientRow], at: Moment
) -> Mapping[UUID, SignCounts]:
    return sign_counts(
        snapshot,
        [row.id for row in rows],
        as_of=at.as_of,
        known_at=at.known_at,
        thresholds=query.context.thresholds,
    )


@router.post(
    "/{client_id}/profile-changes",
    status_code=201,
    response_model=ProfileChangeRecorded,
    summary="Change a profile",
    responses=refuses(404, 409, 412),
)
def change_profile(id_or_slug: ClientInPath, body: ProfileChangeBody, command: RecorderChange) -> Response:
    """Change the given profile fields, or the name, from `effective_on` on. Other fields are unchanged."""
    client_id = command.context.client_id(id_or_slug)

    def change(unit: UnitOfWork) -> Client:
        client = command.client(unit, client_id)
        client.change_profile(body.effective_on, body.name, body.values_set(), recorded_by=command.caller.id)
        return client

    def answer(client: Client, recorded: Sequence[Recorded]) -> Reply:
        position, event = recorded[-1]
        assert isinstance(event, Client.ProfileChanged)  # noqa: S101  (for the type checker)
        profile: dict[str, Any] = dict(event.profile)
        answer_body = ProfileChangeRecorded(
            client=client.id,
            effective_on=event.effective_on,
            name=event.name,
            profile=profile,
            recorded_at=event.recorded_at,
            recorded_by=event.recorded_by,
            version=event.originator_version,
            position=position,
        )
        return Reply.of(201, answer_body, Location=f"/api/v1/clients/{client.id}", ETag=etag_of(answer_body.version))

    return command.run(PendingCommand(change, answer))


@router.post(
    "/{client_id}/retraction",
    status_code=201,
    response_model=ClientRetracted,
    summary="Retract a client",
    responses=refuses(404, 409, 412),
)
def retract_client(id_or_slug: ClientInPath, body: WholeRetractionBody, command: RecorderChange) -> Response:
    """Retract a client that was registered by mistake.

    Refused while one of its engagements is not retracted. Earlier knowledge remains available through `known_at`. The
    slug stays taken, so that no URL changes its meaning.
    """
    client_id = command.context.client_id(id_or_slug)

    def retract(unit: UnitOfWork) -> Client:
        command.client(unit, client_id)
        return unit.retract_client(client_id, body.reason, recorded_by=command.caller.id)

    def answer(client: Client, recorded: Sequence[Recorded]) -> Reply:
        position, event = recorded[-1]
        answer_body = ClientRetracted(
            client=client.id,
            reason=body.reason,
            recorded_at=event.timestamp,
            recorded_by=event.recorded_by,
            version=event.originator_version,
            position=position,
        )
        return Reply.of(201, answer_body)

    return command.run(PendingCommand(retract, answer))
