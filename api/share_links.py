"""Routes for share links: one client's timeline for anyone with the link, created and revoked by an admin."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import ConfigDict, Field, StringConstraints
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.passwords import SHORTEST, hash_password, hashing_slot, verify_password, weakness_of
from api.auth.sign_in import throttle
from api.commands import AdminChange, AdminCommand, CommandContext, with_keyed_hash
from api.context import AppContext
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ShareLinkInPath
from api.http.problems import SECRET_SHOWN_ONCE, UNKNOWN_SHARE_LINK, Problem, invalid
from api.http.public_address import public_address_of
from api.queries import AdminQuery, Moment, QueryContext
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Day, Id, Instant, instant_text
from api.state.audit import Act, audit
from api.state.login_attempts import Subject, on_address, reset_attempts, undo_attempt
from api.state.secrets import derived_secret, new_secret
from api.state.share_links import (
    ShareLink,
    find_share_link,
    list_share_links,
    revoke_share_link,
    share_link_with,
    store_share_link,
)
from domain.errors import UnknownClient
from projections.clients import ClientRow, names_of

router = APIRouter(prefix="/share-links", tags=["access"])

SHARE_PREFIX = "/s/"
"""The path prefix of share links."""

FREE_TRIES = 10
FORGOTTEN_AFTER = timedelta(days=1)
"""How many password attempts need no wait, and when attempts expire."""


class ShareLinkBody(Body):
    """A share link to create.

    `money` includes fees and totals, `notes` the notes on milestones, `assessments` the written read of each
    assessment, with its answers and as a PDF, but without the sums and reasons that the link hides; all three are
    excluded by default. `as_of` and `known_at` freeze the timeline; by default it shows the current state on the day of
    viewing. `embed` allows other sites to show the drawing; it cannot be combined with a `password`.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"client": "halcyon-health", "expires_at": "2027-03-31T00:00:00.000000Z", "money": False}]
        }
    )
    client: Annotated[str, StringConstraints(min_length=1, max_length=80), Field(examples=["halcyon-health"])]
    expires_at: Instant
    money: bool = False
    notes: bool = False
    embed: bool = False
    assessments: bool = False
    as_of: Day | None = None
    known_at: Instant | None = None
    password: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=200)] | None = None


class ShareLinkAnswer(Answer):
    """A share link. `uses` counts how often the timeline was shown."""

    id: Id
    client: Id
    client_name: str | None = Field(description="Its current name; null once the client is retracted.")
    money: bool
    notes: bool
    embed: bool
    as_of: Day | None
    known_at: Instant | None
    has_password: bool
    created_by: Id
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None
    uses: int
    last_used_at: Instant | None
    assessments: bool


class NewShareLinkAnswer(ShareLinkAnswer):
    """A new share link. `url` is returned only once."""

    url: str


class ShareLinksAnswer(Answer):
    """A page of share links, newest first."""

    items: list[ShareLinkAnswer]
    next: str | None


@router.post(
    "", status_code=201, response_model=NewShareLinkAnswer, summary="Share a timeline", responses=refuses(404, 409, 429)
)
def post_share_link(body: ShareLinkBody, command: AdminCommand, request: Request) -> Response:
    """Create a share link. Its URL is returned once and is not stored."""
    client = _client_to_share(body, command)
    password = None
    if body.password is not None:
        command = with_keyed_hash(command)
        with hashing_slot():
            password = hash_password(body.password)
    now = command.context.now()

    def create(connection: Connection) -> Reply:
        salt = new_secret()
        link = ShareLink(
            id=command.context.new_id(),
            client=client.id,
            money=body.money,
            notes=body.notes,
            embed=body.embed,
            assessments=body.assessments,
            as_of=body.as_of,
            known_at=body.known_at,
            password=password,
            made_by=command.caller.id,
            made_at=now,
            expires_at=body.expires_at,
        )
        store_share_link(connection, link, derived_secret(command.credential, salt))
        audit(connection, command.caller, Act.SHARE_LINK_MADE, link.id, at=now, detail=_detail(link))
        answer = NewShareLinkAnswer(**share_link_fields(link, client.name), url=salt)
        return Reply.of(201, answer, Location=f"/api/v1/share-links/{link.id}", ETag=_etag(link))

    return command.change_state(create, lambda reply: _with_address(reply, command, public_address_of(request)))


@router.get(
    "",
    response_model=ShareLinksAnswer,
    operation_id="list_share_links",
    summary="List share links",
    responses={**TABLES, **refuses(404)},
)
def show_share_links(
    request: Request,
    response: Response,
    query: AdminQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    client: Annotated[str | None, Query(max_length=80, description="Only links to this client (id or slug).")] = None,
    file_format: Formatted = Format.JSON,
) -> ShareLinksAnswer | Response:
    """List the share links of visible clients, newest first, including expired and revoked ones."""
    client_ids = _clients_to_list(query, client)
    items, cursor = page.cut(
        share_links_of(query, client_ids, limit=page.limit + 1, before=page.after),
        lambda link: (link.made_at, link.id),
    )
    link_next(request, response, cursor)
    names = _client_names(query, items)
    answers = [ShareLinkAnswer(**share_link_fields(link, names.get(link.client))) for link in items]
    if file_format is not Format.JSON:
        return table_of_items(file_format, "share-links", ShareLinkAnswer, answers, response.headers)
    return ShareLinksAnswer(items=answers, next=cursor)


@router.get("/{share_link_id}", summary="Show a share link", responses=refuses(404))
def show_share_link(link_id: ShareLinkInPath, query: AdminQuery, response: Response) -> ShareLinkAnswer:
    """Return one share link without its URL."""
    query.context.share_uses.flush(query.context.log)
    with query.state() as connection:
        link = _find(connection, link_id, query.visible)
    response.headers["ETag"] = _etag(link)
    return ShareLinkAnswer(**share_link_fields(link, _client_names(query, [link]).get(link.client)))


@router.delete(
    "/{share_link_id}",
    status_code=204,
    operation_id="revoke_share_link",
    summary="Revoke a share link",
    responses=refuses(404, 412),
)
def delete_share_link(link_id: ShareLinkInPath, command: AdminChange) -> Response:
    """Revoke a share link with immediate effect."""

    def revoke(connection: Connection) -> Reply:
        link, now = _find(connection, link_id, command.caller.visible), command.context.now()
        command.expected.check_tag(_etag(link))
        if link.revoked_at is None:
            revoke_share_link(connection, link_id, at=now)
            detail = {"client": str(link.client)}
            audit(connection, command.caller, Act.SHARE_LINK_REVOKED, link_id, at=now, detail=detail)
        return Reply(204, b"")

    return command.change_state(revoke)


def share_links_of(
    query: QueryContext,
    clients: Collection[UUID] | None,
    *,
    limit: int,
    before: tuple[Any, ...] | None = None,
) -> list[ShareLink]:
    """Share links of some clients (null: of all), newest first, with current use counts."""
    query.context.share_uses.flush(query.context.log)
    with query.state() as connection:
        return list(list_share_links(connection, limit=limit, before=before, clients=clients))


def check_password(context: AppContext, link: ShareLink, password: str, *, address: str) -> bool:
    """Whether a password matches the link's. Wrong ones are audited.

    Attempts are limited in total, not by address. Raises `Problem` 429 when the caller must wait.
    """
    subject, address_subject = Subject(f"share link:{link.id}", FREE_TRIES, FORGOTTEN_AFTER), on_address(address)
    with hashing_slot():
        throttle(context, (subject, address_subject))
        matches = verify_password(link.password, password)
    now = context.now()

    def record(connection: Connection) -> None:
        if matches:
            reset_attempts(connection, subject)
            undo_attempt(connection, address_subject, at=now)
        else:
            audit(connection, None, Act.SHARE_LINK_REFUSED, link.id, at=now, detail={"client": str(link.client)})

    context.log.write(record)
    return matches


def valid_share_link(context: AppContext, token: str, now: datetime) -> ShareLink | None:
    """The valid link of a token; null if it is unknown, expired or revoked."""
    with context.log.engine.connect() as connection:
        link = share_link_with(connection, token)
    return link if link is not None and link.is_valid(now) else None


def _client_names(query: QueryContext, links: Collection[ShareLink]) -> Mapping[UUID, str]:
    """The current names of the clients of links, by id; without those that are retracted."""
    with query.snapshot() as snapshot:
        return names_of(snapshot, {link.client for link in links}, as_of=query.context.today())


def share_link_fields(link: ShareLink, client_name: str | None) -> dict[str, Any]:
    """The fields of a share link's response."""
    return {
        "id": link.id,
        "client": link.client,
        "client_name": client_name,
        "money": link.money,
        "notes": link.notes,
        "embed": link.embed,
        "as_of": link.as_of,
        "known_at": link.known_at,
        "has_password": link.password is not None,
        "created_by": link.made_by,
        "created_at": link.made_at,
        "expires_at": link.expires_at,
        "revoked_at": link.revoked_at,
        "uses": link.uses,
        "last_used_at": link.last_used_at,
        "assessments": link.assessments,
    }


def _etag(link: ShareLink) -> str:
    """The entity tag of a link. Following the link and renaming the client do not change it."""
    return etag_of_content(ShareLinkAnswer(**share_link_fields(link, None)), "client_name", "uses", "last_used_at")


def _client_to_share(body: ShareLinkBody, command: CommandContext) -> ClientRow:
    """The client to share. Raises `Problem` 422 for a link that cannot be created."""
    now = command.context.now()
    errors = []
    if body.expires_at <= now:
        errors.append(("expires_at", "must be in the future"))
    if body.known_at is not None and body.known_at > now:
        errors.append(("known_at", "must not be in the future"))
    if body.embed and body.password is not None:
        errors.append(("embed", "must be false for a link with a password"))
    if body.password is not None and (weakness := weakness_of(body.password)):
        errors.append(("password", weakness))
    if errors:
        raise invalid(*errors)
    query = QueryContext(command.context, command.caller, None)
    moment = Moment(body.as_of or command.context.today(), body.known_at)
    with query.snapshot() as snapshot:
        client = query.client(snapshot, body.client, Moment(moment.as_of, None))
        try:
            query.client(snapshot, body.client, moment)
        except UnknownClient:
            raise invalid(("known_at", "must not be before the client was registered")) from None
    return client


def _clients_to_list(query: QueryContext, client: str | None) -> Collection[UUID] | None:
    if client is None:
        return query.visible
    with query.snapshot() as snapshot:
        return {query.client(snapshot, client, Moment(query.context.today(), None)).id}


def _with_address(reply: Reply, command: CommandContext, base_url: str) -> Reply:
    """The response with the URL, whose token is derived from the creator's credential and the stored salt."""
    body = json.loads(reply.body)
    token = derived_secret(command.credential, body["url"])
    with command.context.log.engine.connect() as connection:
        if share_link_with(connection, token) is None:
            raise Problem(SECRET_SHOWN_ONCE)
    address = f"{base_url.rstrip('/')}{SHARE_PREFIX}{token}"
    return replace(reply, body=json.dumps({**body, "url": address}, separators=(",", ":")).encode())


def _find(connection: Connection, link_id: UUID, visible: Collection[UUID] | None) -> ShareLink:
    link = find_share_link(connection, link_id)
    if link is None or (visible is not None and link.client not in visible):
        raise Problem(UNKNOWN_SHARE_LINK)
    return link


def _detail(link: ShareLink) -> dict[str, str | bool | None]:
    return {
        "client": str(link.client),
        "money": link.money,
        "notes": link.notes,
        "embed": link.embed,
        "assessments": link.assessments,
        "has_password": link.password is not None,
        "expires_at": instant_text(link.expires_at),
    }
