"""API keys: made by an admin, shown once, revoked at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Connection
from starlette.requests import Request

from api.commands import CommandContext, Governing, GoverningChange
from api.context import AppContext
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import KeyInPath
from api.http.problems import KEY_REVOKED, SECRET_SHOWN_ONCE, UNKNOWN_KEY, Problem, invalid
from api.queries import GoverningReading
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Id, Instant, Name
from api.state.audit import Act, Detail, audit
from api.state.keys import Key, create_key, find_key, key_with_hash, list_keys, revoke_key, rotate_key
from api.state.roles import Role, clients_out
from api.state.secrets import derived_key, hash_of, new_secret
from domain.client import is_uuid
from domain.errors import UnknownClient
from domain.unit_of_work import UnitOfWork

router = APIRouter(prefix="/keys", tags=["access"])

LONGEST_GRACE_SECONDS = 30 * 24 * 60 * 60


class KeyBody(Body):
    """A key to be made; `clients` (ids or slugs) limit it, null does not."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "nightly export", "role": "viewer", "clients": ["halcyon-health"]}]}
    )
    name: Name
    role: Role
    clients: Annotated[list[str], Field(max_length=1000)] | None = None
    expires_at: Instant | None = None


class RotationBody(Body):
    """How long (seconds) the secret that a key had still opens the same: nothing at all unless told."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grace_seconds": 3600}]})
    grace_seconds: Annotated[int, Field(ge=0, le=LONGEST_GRACE_SECONDS)] = 0


class KeyAnswer(Answer):
    """What is kept of a key; `start` are its first characters, to tell keys apart by."""

    id: Id
    name: str
    start: str
    role: Role
    clients: list[Id] | None
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    revoked_at: Instant | None
    old_secret_until: Instant | None = Field(description="Until when the secret before the rotation opens the same.")


class NewKeyAnswer(KeyAnswer):
    """A new key; `key` is the secret, shown this once."""

    key: str


class KeysAnswer(Answer):
    """A page of keys, oldest first."""

    items: list[KeyAnswer]
    next: str | None


@router.post("", status_code=201, response_model=NewKeyAnswer, summary="Make a key", responses=refuses(404, 409))
def post_key(body: KeyBody, write: Governing) -> Response:
    """Make a key. The secret is in this answer and kept nowhere."""
    now = write.context.now()
    if body.expires_at is not None and body.expires_at <= now:
        raise invalid(("expires_at", "must lie in the future"))
    clients = None if body.clients is None else clients_named(write.context, body.clients)

    def create(connection: Connection) -> Reply:
        salt = new_secret()
        key = create_key(
            connection,
            write.context.new_id(),
            body.name,
            body.role,
            clients,
            derived_key(write.credential, salt),
            made_by=write.caller.id,
            made_at=now,
            expires_at=body.expires_at,
        )
        detail: Detail = {"role": key.role.value, "clients": clients_out(key.clients)}
        audit(connection, write.caller, Act.KEY_MADE, key.id, at=now, detail=detail)
        return Reply.of(
            201, NewKeyAnswer(**key_fields(key), key=salt), Location=f"/api/v1/keys/{key.id}", ETag=key_etag(key)
        )

    return write.change_state(create, lambda reply: _with_secret(reply, write))


@router.get("", operation_id="list_keys", summary="List keys")
def show_keys(
    request: Request,
    response: Response,
    read: GoverningReading,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
) -> KeysAnswer:
    """All keys, revoked ones included, without their secrets."""
    with read.kept() as connection:
        found = list_keys(connection, limit=page.limit + 1, after=page.after)
    items, cursor = page.cut(found, lambda key: (key.made_at, key.id))
    link_next(request, response, cursor)
    return KeysAnswer(items=[KeyAnswer(**key_fields(key)) for key in items], next=cursor)


@router.get("/{key_id}", summary="Show a key", responses=refuses(404))
def show_key(key: KeyInPath, read: GoverningReading, response: Response) -> KeyAnswer:
    """One key, without its secret."""
    with read.kept() as connection:
        found = _find(connection, key)
    response.headers["ETag"] = key_etag(found)
    return KeyAnswer(**key_fields(found))


@router.delete(
    "/{key_id}", status_code=204, operation_id="revoke_key", summary="Revoke a key", responses=refuses(404, 412)
)
def delete_key(key: KeyInPath, write: GoverningChange) -> Response:
    """Revoke a key: from now on it opens nothing, in no process."""

    def revoke(connection: Connection) -> Reply:
        now, found = write.context.now(), _find(connection, key)
        write.expected.check_tag(key_etag(found))
        if found.revoked_at is None:
            revoke_key(connection, key, at=now)
            audit(connection, write.caller, Act.KEY_REVOKED, key, at=now)
        return Reply(204, b"")

    return write.change_state(revoke)


@router.post(
    "/{key_id}/rotation",
    status_code=201,
    response_model=NewKeyAnswer,
    operation_id="rotate_key",
    summary="Rotate a key",
    responses=refuses(404, 409, 412),
)
def post_rotation(key: KeyInPath, body: RotationBody, write: GoverningChange) -> Response:
    """Give a key another secret, which is in this answer and kept nowhere. What it recorded stays its own."""

    def rotate(connection: Connection) -> Reply:
        found = _find(connection, key)
        write.expected.check_tag(key_etag(found))
        if found.revoked_at is not None:
            raise Problem(KEY_REVOKED)
        now, salt = write.context.now(), new_secret()
        until = now + timedelta(seconds=body.grace_seconds)
        rotate_key(connection, key, derived_key(write.credential, salt), old_until=until)
        audit(connection, write.caller, Act.KEY_ROTATED, key, at=now, detail={"grace_seconds": body.grace_seconds})
        rotated = _find(connection, key)
        return Reply.of(201, NewKeyAnswer(**key_fields(rotated), key=salt), ETag=key_etag(rotated))

    return write.change_state(rotate, lambda reply: _with_secret(reply, write))


def clients_named(context: AppContext, named: Sequence[str], standing: Collection[UUID] = ()) -> frozenset[UUID]:
    """The clients that ids or slugs stand for; refuses (422) those nobody has.

    `standing` are ids that the limit has already: they stay, also where the client was retracted since.
    """

    def check(unit: UnitOfWork) -> frozenset[UUID]:
        found, unknown = set(), []
        for number, text in enumerate(named):
            if is_uuid(text) and UUID(text) in standing:
                found.add(UUID(text))
                continue
            try:
                found.add(unit.client(context.client_id(text)).id)
            except UnknownClient:
                unknown.append((f"clients.{number}", "must be the id or the slug of a client"))
        if unknown:
            raise invalid(*unknown)
        return frozenset(found)

    return context.log.engagements.query(check)


def key_fields(key: Key) -> dict[str, Any]:
    """What is told of a key."""
    return {
        "id": key.id,
        "name": key.name,
        "start": key.start,
        "role": key.role,
        "clients": None if key.clients is None else sorted(key.clients),
        "created_at": key.made_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "old_secret_until": key.old_until,
    }


def key_etag(key: Key) -> str:
    """The entity tag of a key; using it changes nothing of it."""
    return etag_of_content(KeyAnswer(**key_fields(key)), "last_used_at")


def _with_secret(reply: Reply, write: CommandContext) -> Reply:
    """The answer with the secret, which only its maker's own credential and what was kept give together."""
    body = json.loads(reply.body)
    secret = derived_key(write.credential, body["key"])
    with write.context.log.engine.connect() as connection:
        if key_with_hash(connection, hash_of(secret)) is None:
            raise Problem(SECRET_SHOWN_ONCE)
    return replace(reply, body=json.dumps({**body, "key": secret}, separators=(",", ":")).encode())


def _find(connection: Connection, key_id: UUID) -> Key:
    key = find_key(connection, key_id)
    if key is None:
        raise Problem(UNKNOWN_KEY)
    return key
