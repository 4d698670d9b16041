"""Routes for calendar links: upcoming dates as a calendar, limited as the link's maker is, until it is revoked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.access import Caller
from api.auth.keys import client_ids_of
from api.commands import CommandContext, ViewerChange, ViewerCommand
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import CalendarLinkInPath
from api.http.prefix import PREFIX
from api.http.problems import SECRET_SHOWN_ONCE, UNKNOWN_CALENDAR_LINK, Problem
from api.http.public_address import public_address_of
from api.queries import QueryContext, ViewerQuery
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Id, Instant, Name
from api.state.audit import Act, audit
from api.state.calendar_links import (
    CalendarLink,
    calendar_link_with,
    find_calendar_link,
    list_calendar_links,
    revoke_calendar_link,
    store_calendar_link,
)
from api.state.roles import Role, clients_to_json
from api.state.secrets import derived_secret, new_secret

router = APIRouter(prefix="/calendar-links", tags=["calendar"])

MOST_CLIENTS = 1000


class CalendarLinkBody(Body):
    """A calendar link to create.

    `clients` (ids or slugs) limits it to some clients; by default it shows all that its maker may see at the time.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "My phone", "clients": ["halcyon-health"]}]})
    name: Name | None = None
    clients: Annotated[list[str], Field(min_length=1, max_length=MOST_CLIENTS)] | None = None


class CalendarLinkAnswer(Answer):
    """A calendar link. `uses` counts how often the calendar was read."""

    id: Id
    name: str | None
    clients: list[Id] | None
    created_by: Id
    created_at: Instant
    revoked_at: Instant | None
    uses: int
    last_used_at: Instant | None


class NewCalendarLinkAnswer(CalendarLinkAnswer):
    """A new calendar link. `url` is returned only once."""

    url: str


class CalendarLinksAnswer(Answer):
    """A page of calendar links, newest first."""

    items: list[CalendarLinkAnswer]
    next: str | None


@router.post(
    "",
    status_code=201,
    response_model=NewCalendarLinkAnswer,
    summary="Create a calendar link",
    responses=refuses(404, 409),
)
def post_calendar_link(body: CalendarLinkBody, command: ViewerCommand, request: Request) -> Response:
    """Create a calendar link for yourself. Its URL is returned once and is not stored.

    The calendar is limited as its maker is at the time of reading. It is not found any more once the link is revoked,
    or its maker is removed or disabled.
    """
    visible = command.caller.visible
    clients = None if body.clients is None else client_ids_of(command.context, body.clients, visible=visible)
    now = command.context.now()

    def create(connection: Connection) -> Reply:
        salt = new_secret()
        link = CalendarLink(command.context.new_id(), body.name, clients, command.caller.id, now)
        store_calendar_link(connection, link, derived_secret(command.credential, salt))
        detail = {"clients": clients_to_json(clients)}
        audit(connection, command.caller, Act.CALENDAR_LINK_MADE, link.id, at=now, detail=detail)
        answer = NewCalendarLinkAnswer(**calendar_link_fields(link), url=salt)
        return Reply.of(201, answer, Location=f"{PREFIX}/calendar-links/{link.id}", ETag=_etag(link))

    return command.change_state(create, lambda reply: _with_address(reply, command, public_address_of(request)))


@router.get(
    "",
    response_model=CalendarLinksAnswer,
    operation_id="list_calendar_links",
    summary="List calendar links",
    responses=TABLES,
)
def show_calendar_links(
    request: Request,
    response: Response,
    query: ViewerQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> CalendarLinksAnswer | Response:
    """List your own calendar links, newest first, including revoked ones. Admins of all clients see those of all."""
    links = calendar_links_of(query, limit=page.limit + 1, before=page.after)
    items, cursor = page.cut(links, lambda link: (link.made_at, link.id))
    link_next(request, response, cursor)
    answers = [CalendarLinkAnswer(**calendar_link_fields(link)) for link in items]
    if file_format is not Format.JSON:
        return table_of_items(file_format, "calendar-links", CalendarLinkAnswer, answers, response.headers)
    return CalendarLinksAnswer(items=answers, next=cursor)


@router.get("/{calendar_link_id}", summary="Show a calendar link", responses=refuses(404))
def show_calendar_link(link_id: CalendarLinkInPath, query: ViewerQuery, response: Response) -> CalendarLinkAnswer:
    """Return one calendar link without its URL."""
    query.context.calendar_uses.flush(query.context.log)
    with query.state() as connection:
        link = _find(connection, link_id, query.caller)
    response.headers["ETag"] = _etag(link)
    return CalendarLinkAnswer(**calendar_link_fields(link))


@router.delete(
    "/{calendar_link_id}",
    status_code=204,
    operation_id="revoke_calendar_link",
    summary="Revoke a calendar link",
    responses=refuses(404, 412),
)
def delete_calendar_link(link_id: CalendarLinkInPath, command: ViewerChange) -> Response:
    """Revoke a calendar link with immediate effect."""

    def revoke(connection: Connection) -> Reply:
        link, now = _find(connection, link_id, command.caller), command.context.now()
        command.expected.check_tag(_etag(link))
        if link.revoked_at is None:
            revoke_calendar_link(connection, link_id, at=now)
            audit(connection, command.caller, Act.CALENDAR_LINK_REVOKED, link_id, at=now)
        return Reply(204, b"")

    return command.change_state(revoke)


def calendar_links_of(
    query: QueryContext, *, limit: int, before: tuple[Any, ...] | None = None
) -> Sequence[CalendarLink]:
    """The calendar links that the caller manages, newest first, with current use counts."""
    query.context.calendar_uses.flush(query.context.log)
    made_by = None if _manages_all(query.caller) else query.caller.id
    with query.state() as connection:
        return list_calendar_links(connection, limit=limit, before=before, made_by=made_by)


def calendar_link_fields(link: CalendarLink) -> dict[str, Any]:
    """The fields of a calendar link's response."""
    return {
        "id": link.id,
        "name": link.name,
        "clients": None if link.clients is None else sorted(link.clients),
        "created_by": link.made_by,
        "created_at": link.made_at,
        "revoked_at": link.revoked_at,
        "uses": link.uses,
        "last_used_at": link.last_used_at,
    }


def _manages_all(caller: Caller) -> bool:
    return caller.may(Role.ADMIN) and caller.visible is None


def _etag(link: CalendarLink) -> str:
    """The entity tag of a link. Reading the calendar does not change it."""
    return etag_of_content(CalendarLinkAnswer(**calendar_link_fields(link)), "uses", "last_used_at")


def _with_address(reply: Reply, command: CommandContext, base_url: str) -> Reply:
    """The response with the URL, whose token is derived from the creator's credential and the stored salt."""
    body = json.loads(reply.body)
    token = derived_secret(command.credential, body["url"])
    with command.context.log.engine.connect() as connection:
        if calendar_link_with(connection, token) is None:
            raise Problem(SECRET_SHOWN_ONCE)
    address = f"{base_url.rstrip('/')}{PREFIX}/calendar/{token}.ics"
    return replace(reply, body=json.dumps({**body, "url": address}, separators=(",", ":")).encode())


def _find(connection: Connection, link_id: UUID, caller: Caller) -> CalendarLink:
    link = find_calendar_link(connection, link_id)
    if link is None or not (link.made_by == caller.id or _manages_all(caller)):
        raise Problem(UNKNOWN_CALENDAR_LINK)
    return link
