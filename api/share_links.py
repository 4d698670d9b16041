"""Share links: one client's timeline for whoever has the address, made and revoked by an admin."""

from __future__ import annotations

import json
from collections.abc import Collection
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
from api.commands import Administering, AdministeringChange, CommandContext, with_keyed_hash
from api.context import AppContext
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import ShareLinkInPath
from api.http.problems import SECRET_SHOWN_ONCE, UNKNOWN_SHARE_LINK, Problem, invalid
from api.http.public_address import public_address_of
from api.queries import AdminReading, Moment, QueryContext
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

router = APIRouter(prefix="/share-links", tags=["access"])

SHARED = "/s/"
"""Where links lead to."""

FREE_TRIES = 10
FORGOTTEN_AFTER = timedelta(days=1)
"""How many passwords may be tried without waiting, and after what time tries are forgotten."""


class ShareLinkBody(Body):
    """A link to one client's timeline.

    `money` shows fees and sums, `notes` what was written beside milestones: both are left out unless asked for. `as_of`
    and `known_at` pin what is shown; left out, it is what holds and is known on the day it is looked at. `embed` lets
    other sites show the drawing; it cannot have a `password`.
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
    as_of: Day | None = None
    known_at: Instant | None = None
    password: Annotated[str, StringConstraints(min_length=SHORTEST, max_length=200)] | None = None


class ShareLinkAnswer(Answer):
    """What is kept of a link; `uses` counts how often the timeline was shown."""

    id: Id
    client: Id
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


class NewShareLinkAnswer(ShareLinkAnswer):
    """A new link; `url` is what to pass on, shown this once."""

    url: str


class ShareLinksAnswer(Answer):
    """A page of links, newest first."""

    items: list[ShareLinkAnswer]
    next: str | None


@router.post(
    "", status_code=201, response_model=NewShareLinkAnswer, summary="Share a timeline", responses=refuses(404, 409, 429)
)
def post_share_link(body: ShareLinkBody, write: Administering, request: Request) -> Response:
    """Make a link. Its address is in this answer and kept nowhere."""
    client = _client_shared(body, write)
    password = None
    if body.password is not None:
        write = with_keyed_hash(write)
        with hashing_slot():
            password = hash_password(body.password)
    now = write.context.now()

    def create(connection: Connection) -> Reply:
        salt = new_secret()
        link = ShareLink(
            id=write.context.new_id(),
            client=client,
            money=body.money,
            notes=body.notes,
            embed=body.embed,
            as_of=body.as_of,
            known_at=body.known_at,
            password=password,
            made_by=write.caller.id,
            made_at=now,
            expires_at=body.expires_at,
        )
        store_share_link(connection, link, derived_secret(write.credential, salt))
        audit(connection, write.caller, Act.SHARE_LINK_MADE, link.id, at=now, detail=_detail(link))
        answer = NewShareLinkAnswer(**share_link_fields(link), url=salt)
        return Reply.of(201, answer, Location=f"/api/v1/share-links/{link.id}", ETag=_etag(link))

    return write.change_state(create, lambda reply: _with_address(reply, write, public_address_of(request)))


@router.get("", operation_id="list_share_links", summary="List share links", responses=refuses(404))
def show_share_links(
    request: Request,
    response: Response,
    read: AdminReading,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    client: Annotated[str | None, Query(max_length=80, description="Only links to this client (id or slug).")] = None,
) -> ShareLinksAnswer:
    """All links to the clients that the caller sees, newest first, expired and revoked ones included."""
    clients = _clients_asked(read, client)
    items, cursor = page.cut(
        share_links_of(read, clients, limit=page.limit + 1, before=page.after),
        lambda link: (link.made_at, link.id),
    )
    link_next(request, response, cursor)
    return ShareLinksAnswer(items=[ShareLinkAnswer(**share_link_fields(link)) for link in items], next=cursor)


@router.get("/{share_link_id}", summary="Show a share link", responses=refuses(404))
def show_share_link(share_link: ShareLinkInPath, read: AdminReading, response: Response) -> ShareLinkAnswer:
    """One link, without its address."""
    read.context.share_uses.flush(read.context.log)
    with read.kept() as connection:
        link = _find(connection, share_link, read.visible)
    response.headers["ETag"] = _etag(link)
    return ShareLinkAnswer(**share_link_fields(link))


@router.delete(
    "/{share_link_id}",
    status_code=204,
    operation_id="revoke_share_link",
    summary="Revoke a share link",
    responses=refuses(404, 412),
)
def delete_share_link(share_link: ShareLinkInPath, write: AdministeringChange) -> Response:
    """Revoke a link: from now on it opens nothing, for nobody."""

    def revoke(connection: Connection) -> Reply:
        link, now = _find(connection, share_link, write.caller.visible), write.context.now()
        write.expected.check_tag(_etag(link))
        if link.revoked_at is None:
            revoke_share_link(connection, share_link, at=now)
            detail = {"client": str(link.client)}
            audit(connection, write.caller, Act.SHARE_LINK_REVOKED, share_link, at=now, detail=detail)
        return Reply(204, b"")

    return write.change_state(revoke)


def share_links_of(
    read: QueryContext,
    clients: Collection[UUID] | None,
    *,
    limit: int,
    before: tuple[Any, ...] | None = None,
) -> list[ShareLink]:
    """Links to some clients (null: to all), newest first, with all uses counted."""
    read.context.share_uses.flush(read.context.log)
    with read.kept() as connection:
        return list(list_share_links(connection, limit=limit, before=before, clients=clients))


def try_password(context: AppContext, link: ShareLink, password: str, *, address: str) -> bool:
    """Whether a password is the link's. Raises `Problem` 429 when it must wait: few are tried, whoever tries them.

    A wrong one is in the audit.
    """
    subject, origin = Subject(f"share link:{link.id}", FREE_TRIES, FORGOTTEN_AFTER), on_address(address)
    with hashing_slot():
        throttle(context, (subject, origin))
        is_right = verify_password(link.password, password)
    now = context.now()

    def note(connection: Connection) -> None:
        if is_right:
            reset_attempts(connection, subject)
            undo_attempt(connection, origin, at=now)
        else:
            audit(connection, None, Act.SHARE_LINK_REFUSED, link.id, at=now, detail={"client": str(link.client)})

    context.log.write(note)
    return is_right


def opened_by(context: AppContext, token: str, now: datetime) -> ShareLink | None:
    """The link that a token opens; null when it opens nothing (any more)."""
    with context.log.engine.connect() as connection:
        link = share_link_with(connection, token)
    return link if link is not None and link.is_valid(now) else None


def share_link_fields(link: ShareLink) -> dict[str, Any]:
    """What is told of a link."""
    return {
        "id": link.id,
        "client": link.client,
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
    }


def _etag(link: ShareLink) -> str:
    """The entity tag of a link; following it changes nothing of it."""
    return etag_of_content(ShareLinkAnswer(**share_link_fields(link)), "uses", "last_used_at")


def _client_shared(body: ShareLinkBody, write: CommandContext) -> UUID:
    """The client to be shared; refuses what no link can be."""
    now = write.context.now()
    wrong = []
    if body.expires_at <= now:
        wrong.append(("expires_at", "must lie in the future"))
    if body.known_at is not None and body.known_at > now:
        wrong.append(("known_at", "must not lie in the future"))
    if body.embed and body.password is not None:
        wrong.append(("embed", "must be false where there is a password: other sites cannot ask for it"))
    if body.password is not None and (weakness := weakness_of(body.password)):
        wrong.append(("password", weakness))
    if wrong:
        raise invalid(*wrong)
    read = QueryContext(write.context, write.caller, None)
    moment = Moment(body.as_of or write.context.today(), body.known_at)
    with read.views() as connection:
        client = read.client(connection, body.client, Moment(moment.as_of, None))
        try:
            read.client(connection, body.client, moment)
        except UnknownClient:
            raise invalid(("known_at", "must not lie before the client was on record")) from None
    return client.id


def _clients_asked(read: QueryContext, client: str | None) -> Collection[UUID] | None:
    if client is None:
        return read.visible
    with read.views() as connection:
        return {read.client(connection, client, Moment(read.context.today(), None)).id}


def _with_address(reply: Reply, write: CommandContext, base_url: str) -> Reply:
    """The answer with the address, which only its maker's own credential and what was kept give together."""
    body = json.loads(reply.body)
    token = derived_secret(write.credential, body["url"])
    with write.context.log.engine.connect() as connection:
        if share_link_with(connection, token) is None:
            raise Problem(SECRET_SHOWN_ONCE)
    address = f"{base_url.rstrip('/')}{SHARED}{token}"
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
        "has_password": link.password is not None,
        "expires_at": instant_text(link.expires_at),
    }
