"""API keys: created by an admin, shown once, revoked with immediate effect."""

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

from api.commands import CommandContext, FirmAdminChange, FirmAdminCommand
from api.context import AppContext
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import KeyInPath
from api.http.problems import KEY_REVOKED, SECRET_SHOWN_ONCE, UNKNOWN_KEY, Problem, invalid
from api.queries import FirmAdminQuery
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Id, Instant, Name
from api.state.audit import Act, Detail, audit
from api.state.keys import Key, create_key, find_key, key_with_hash, list_keys, revoke_key, rotate_key
from api.state.roles import Role, clients_to_json
from api.state.secrets import derived_key, hash_of, new_secret
from domain.client import is_uuid
from domain.errors import UnknownClient
from domain.unit_of_work import UnitOfWork

router = APIRouter(prefix="/keys", tags=["access"])

LONGEST_GRACE_SECONDS = 30 * 24 * 60 * 60


class KeyBody(Body):
    """An API key to create. `clients` (ids or slugs) limits the clients it may see; null means all."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "nightly export", "role": "viewer", "clients": ["halcyon-health"]}]}
    )
    name: Name
    role: Role
    clients: Annotated[list[str], Field(max_length=1000)] | None = None
    expires_at: Instant | None = None


class RotationBody(Body):
    """How long the previous secret stays valid, in seconds; 0 invalidates it at once."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grace_seconds": 3600}]})
    grace_seconds: Annotated[int, Field(ge=0, le=LONGEST_GRACE_SECONDS)] = 0


class KeyAnswer(Answer):
    """An API key without its secret. `start` holds the first characters of the secret, to tell keys apart."""

    id: Id
    name: str
    start: str
    role: Role
    clients: list[Id] | None
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
    revoked_at: Instant | None
    old_secret_until: Instant | None = Field(
        description="Until when the previous secret remains valid after a rotation."
    )


class NewKeyAnswer(KeyAnswer):
    """A new API key. `key` is the secret; it is shown only once."""

    key: str


class KeysAnswer(Answer):
    """A page of API keys, oldest first."""

    items: list[KeyAnswer]
    next: str | None


@router.post("", status_code=201, response_model=NewKeyAnswer, summary="Create a key", responses=refuses(404, 409))
def post_key(body: KeyBody, command: FirmAdminCommand) -> Response:
    """Create an API key. The secret is returned once and is not stored."""
    now = command.context.now()
    if body.expires_at is not None and body.expires_at <= now:
        raise invalid(("expires_at", "must be in the future"))
    clients = None if body.clients is None else client_ids_of(command.context, body.clients)

    def create(connection: Connection) -> Reply:
        salt = new_secret()
        key = create_key(
            connection,
            command.context.new_id(),
            body.name,
            body.role,
            clients,
            derived_key(command.credential, salt),
            made_by=command.caller.id,
            made_at=now,
            expires_at=body.expires_at,
        )
        detail: Detail = {"role": key.role.value, "clients": clients_to_json(key.clients)}
        audit(connection, command.caller, Act.KEY_MADE, key.id, at=now, detail=detail)
        return Reply.of(
            201, NewKeyAnswer(**key_fields(key), key=salt), Location=f"/api/v1/keys/{key.id}", ETag=key_etag(key)
        )

    return command.change_state(create, lambda reply: _with_secret(reply, command))


@router.get("", response_model=KeysAnswer, operation_id="list_keys", summary="List keys", responses=TABLES)
def show_keys(
    request: Request,
    response: Response,
    query: FirmAdminQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> KeysAnswer | Response:
    """List all API keys without their secrets, including revoked ones; CSV and XLSX contain all of them."""
    with query.state() as connection:
        keys = list_keys(connection, limit=page.limit + 1, after=page.after)
    items, cursor = page.cut(keys, lambda key: (key.made_at, key.id))
    link_next(request, response, cursor)
    answers = [KeyAnswer(**key_fields(key)) for key in items]
    if file_format is not Format.JSON:
        return table_of_items(file_format, "keys", KeyAnswer, answers, response.headers)
    return KeysAnswer(items=answers, next=cursor)


@router.get("/{key_id}", summary="Show a key", responses=refuses(404))
def show_key(key_id: KeyInPath, query: FirmAdminQuery, response: Response) -> KeyAnswer:
    """Return one API key without its secret."""
    with query.state() as connection:
        key = _find(connection, key_id)
    response.headers["ETag"] = key_etag(key)
    return KeyAnswer(**key_fields(key))


@router.delete(
    "/{key_id}", status_code=204, operation_id="revoke_key", summary="Revoke a key", responses=refuses(404, 412)
)
def delete_key(key_id: KeyInPath, command: FirmAdminChange) -> Response:
    """Revoke an API key. When this is answered, the key is refused by every process."""

    def revoke(connection: Connection) -> Reply:
        now, key = command.context.now(), _find(connection, key_id)
        command.expected.check_tag(key_etag(key))
        if key.revoked_at is None:
            revoke_key(connection, key_id, at=now)
            audit(connection, command.caller, Act.KEY_REVOKED, key_id, at=now)
        return Reply(204, b"")

    return command.change_state(revoke, command.settled)


@router.post(
    "/{key_id}/rotation",
    status_code=201,
    response_model=NewKeyAnswer,
    operation_id="rotate_key",
    summary="Rotate a key",
    responses=refuses(404, 409, 412),
)
def post_rotation(key_id: KeyInPath, body: RotationBody, command: FirmAdminChange) -> Response:
    """Replace the secret of an API key.

    The new secret is returned once and is not stored; the key's id and history stay.
    """

    def rotate(connection: Connection) -> Reply:
        key = _find(connection, key_id)
        command.expected.check_tag(key_etag(key))
        if key.revoked_at is not None:
            raise Problem(KEY_REVOKED)
        now, salt = command.context.now(), new_secret()
        until = now + timedelta(seconds=body.grace_seconds)
        rotate_key(connection, key_id, derived_key(command.credential, salt), old_until=until)
        audit(connection, command.caller, Act.KEY_ROTATED, key_id, at=now, detail={"grace_seconds": body.grace_seconds})
        rotated = _find(connection, key_id)
        return Reply.of(201, NewKeyAnswer(**key_fields(rotated), key=salt), ETag=key_etag(rotated))

    return command.change_state(rotate, lambda reply: _with_secret(command.settled(reply), command))


def client_ids_of(
    context: AppContext,
    ids_or_slugs: Sequence[str],
    current_ids: Collection[UUID] = (),
    *,
    visible: Collection[UUID] | None = None,
) -> frozenset[UUID]:
    """The ids of the clients that ids or slugs refer to. Raises `Problem` 422 for unknown ones.

    `current_ids` holds the ids that are already in the limit: they stay, even if the client was retracted since.
    Clients that are not `visible` (null: all are) are as unknown as those that do not exist.
    """

    def check(unit: UnitOfWork) -> frozenset[UUID]:
        client_ids, unknown = set(), []
        for number, text in enumerate(ids_or_slugs):
            if is_uuid(text) and UUID(text) in current_ids:
                client_ids.add(UUID(text))
                continue
            try:
                client_id = unit.client(context.client_id(text)).id
                if visible is not None and client_id not in visible:
                    raise UnknownClient
                client_ids.add(client_id)
            except UnknownClient:
                unknown.append((f"clients.{number}", "must be the id or the slug of a client"))
        if unknown:
            raise invalid(*unknown)
        return frozenset(client_ids)

    return context.log.engagements.query(check)


def key_fields(key: Key) -> dict[str, Any]:
    """The fields of a key's response."""
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
    """The entity tag of a key. Using the key does not change it."""
    return etag_of_content(KeyAnswer(**key_fields(key)), "last_used_at")


def _with_secret(reply: Reply, command: CommandContext) -> Reply:
    """The response with the secret, which is derived from the creator's credential and the stored salt."""
    body = json.loads(reply.body)
    secret = derived_key(command.credential, body["key"])
    with command.context.log.engine.connect() as connection:
        if key_with_hash(connection, hash_of(secret)) is None:
            raise Problem(SECRET_SHOWN_ONCE)
    return replace(reply, body=json.dumps({**body, "key": secret}, separators=(",", ":")).encode())


def _find(connection: Connection, key_id: UUID) -> Key:
    key = find_key(connection, key_id)
    if key is None:
        raise Problem(UNKNOWN_KEY)
    return key
