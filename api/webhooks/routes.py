"""Routes for webhooks: created by an admin, limited as their maker is, with the history of what they sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.access import Caller
from api.auth.keys import client_ids_of
from api.auth.makers import admin_now
from api.commands import AdminChange, AdminCommand, CommandContext
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import WebhookInPath
from api.http.problems import (
    SECRET_SHOWN_ONCE,
    TOO_MANY_WEBHOOKS,
    UNKNOWN_WEBHOOK,
    WEBHOOK_MAKER_WITHOUT_ACCESS,
    Problem,
    invalid,
)
from api.queries import AdminQuery, QueryContext
from api.replies import Reply
from api.schemas.webhooks import (
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookBody,
    WebhookChangeBody,
    WebhooksAnswer,
    webhook_answer,
    webhook_etag,
)
from api.state.audit import Act, audit
from api.state.roles import clients_to_json
from api.state.secrets import hash_of
from api.state.webhook_deliveries import (
    count_pending,
    restart_pending,
)
from api.state.webhooks import (
    DisabledReason,
    Webhook,
    change_webhook,
    count_webhooks,
    find_webhook,
    list_webhooks,
    new_signing_secret,
    remove_webhook,
    rotate_webhook_secret,
    store_webhook,
)
from api.webhooks.name_lookup import resolve_within
from api.webhooks.target_address import check_addresses, parse_target

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

GRACE = timedelta(hours=24)
"""How long the previous secret signs too after a rotation."""
MOST_WEBHOOKS = 1000
LOOKUP_SECONDS = 5.0


@router.post(
    "",
    status_code=201,
    response_model=NewWebhookAnswer,
    operation_id="create_webhook",
    summary="Make a webhook",
    responses=refuses(409),
)
def post_webhook(body: WebhookBody, command: AdminCommand) -> Response:
    """Create a webhook. Its secret is returned once.

    It sends the events that are recorded from now on and that its maker may see, as CloudEvents, in order for each
    client. What is not delivered is sent again after 5 seconds, 5 minutes, 30 minutes, 2, 5, 10, 14, 20 and 24 hours.
    After five days without a success the webhook is disabled.
    """
    url = check_url(body.url, allow_private=command.context.webhooks_allow_private)
    clients = _client_ids(command, body.clients)
    head = command.context.log.head()

    def create(connection: Connection) -> Reply:
        if count_webhooks(connection) >= MOST_WEBHOOKS:
            raise Problem(TOO_MANY_WEBHOOKS, f"There are {MOST_WEBHOOKS} webhooks already.")
        now, caller = command.context.now(), command.caller
        webhook = Webhook(
            id=command.context.new_id(),
            url=url,
            types=None if body.types is None else tuple(body.types),
            clients=clients,
            secret=new_signing_secret(),
            old_secret=None,
            old_secret_until=None,
            made_by=caller.id,
            made_at=now,
            position=head,
        )
        store_webhook(connection, webhook)
        detail = {"types": body.types, "clients": clients_to_json(clients)}
        audit(connection, caller, Act.WEBHOOK_MADE, webhook.id, at=now, detail=detail)
        return _reply_without_secret(webhook, command.caller, Location=f"/api/v1/webhooks/{webhook.id}")

    return command.change_state(create, lambda reply: _with_secret(reply, command))


@router.get("", response_model=WebhooksAnswer, operation_id="list_webhooks", summary="List webhooks", responses=TABLES)
def show_webhooks(
    request: Request,
    response: Response,
    query: AdminQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> WebhooksAnswer | Response:
    """List webhooks without their secrets, including disabled ones; an admin of some clients sees only their own."""
    rows = webhooks_of(query, limit=page.limit + 1, after=page.after)
    items, cursor = page.cut(rows, lambda row: (row.created_at, row.id))
    link_next(request, response, cursor)
    if file_format is not Format.JSON:
        return table_of_items(file_format, "webhooks", WebhookAnswer, items, response.headers)
    return WebhooksAnswer(items=list(items), next=cursor)


@router.get("/{webhook_id}", summary="Show a webhook", responses=refuses(404))
def show_webhook(webhook_id: WebhookInPath, query: AdminQuery, response: Response) -> WebhookAnswer:
    """Return one webhook without its secret."""
    with query.state() as connection:
        answer = _answer(connection, visible_webhook(connection, webhook_id, query.caller), query.caller)
    response.headers["ETag"] = webhook_etag(answer)
    return answer


@router.patch(
    "/{webhook_id}", response_model=WebhookAnswer, summary="Change a webhook", responses=refuses(404, 409, 412)
)
def patch_webhook(webhook_id: WebhookInPath, body: WebhookChangeBody, command: AdminChange) -> Response:
    """Change the given fields. `enabled` false stops it, and true resumes where it stopped.

    New filters hold for queued events too: what they no longer include is withheld.
    """
    fields = body.model_fields_set
    changes: dict[str, Any] = {}
    if "url" in fields:
        changes["url"] = check_url(body.url, allow_private=command.context.webhooks_allow_private)
    if "types" in fields:
        changes["types"] = body.types
    if "clients" in fields:
        clients = _client_ids(command, body.clients, _current_clients(command, webhook_id))
        changes["clients"] = clients_to_json(clients)

    def change(connection: Connection) -> Reply:
        webhook, now = visible_webhook(connection, webhook_id, command.caller), command.context.now()
        command.expected.check_tag(webhook_etag(_answer(connection, webhook, command.caller)))
        change_webhook(connection, webhook_id, changes)
        if "enabled" in fields:
            _set_enabled(connection, webhook, enabled=body.enabled, at=now)
        if "url" in changes and changes["url"] != webhook.url:
            change_webhook(connection, webhook_id, {"failing_since": None})
            restart_pending(connection, webhook_id, at=now)
        if fields:
            detail: dict[str, Any] = {name: changes[name] for name in ("types", "clients") if name in changes}
            detail["fields"] = sorted(fields)
            if "enabled" in fields:
                detail["enabled"] = body.enabled
            audit(connection, command.caller, Act.WEBHOOK_CHANGED, webhook_id, at=now, detail=detail)
        answer = _answer(connection, visible_webhook(connection, webhook_id, command.caller), command.caller)
        return Reply.of(200, answer, ETag=webhook_etag(answer))

    return command.change_state(change)


@router.delete("/{webhook_id}", status_code=204, summary="Delete a webhook", responses=refuses(404, 412))
def delete_webhook(webhook_id: WebhookInPath, command: AdminChange) -> Response:
    """Delete a webhook, its queue and its history. Nothing is sent any more."""

    def remove(connection: Connection) -> Reply:
        webhook = visible_webhook(connection, webhook_id, command.caller)
        command.expected.check_tag(webhook_etag(_answer(connection, webhook, command.caller)))
        remove_webhook(connection, webhook_id)
        audit(connection, command.caller, Act.WEBHOOK_REMOVED, webhook_id, at=command.context.now())
        return Reply(204, b"")

    return command.change_state(remove)


@router.post(
    "/{webhook_id}/secret-rotation",
    status_code=201,
    response_model=NewWebhookAnswer,
    operation_id="rotate_webhook_secret",
    summary="Rotate a webhook's secret",
    responses=refuses(404, 409, 412),
)
def post_secret_rotation(webhook_id: WebhookInPath, command: AdminChange) -> Response:
    """Replace the secret, which is returned once. For 24 hours requests are signed with the previous one too."""

    def rotate(connection: Connection) -> Reply:
        webhook, now = visible_webhook(connection, webhook_id, command.caller), command.context.now()
        command.expected.check_tag(webhook_etag(_answer(connection, webhook, command.caller)))
        rotate_webhook_secret(connection, webhook, new_signing_secret(), old_until=now + GRACE)
        audit(connection, command.caller, Act.WEBHOOK_SECRET_ROTATED, webhook_id, at=now)
        rotated = visible_webhook(connection, webhook_id, command.caller)
        pending = count_pending(connection, [webhook_id]).get(webhook_id, 0)
        return _reply_without_secret(rotated, command.caller, pending=pending)

    return command.change_state(rotate, lambda reply: _with_secret(reply, command))


def webhooks_of(query: QueryContext, *, limit: int, after: tuple[Any, ...] | None = None) -> Sequence[WebhookAnswer]:
    """The webhooks that the caller may see, oldest first."""
    made_by = None if query.visible is None else query.caller.id
    with query.state() as connection:
        webhooks = list_webhooks(connection, limit=limit, after=after, made_by=made_by)
        pending = count_pending(connection, [webhook.id for webhook in webhooks])
    return [webhook_answer(webhook, pending.get(webhook.id, 0), query.visible) for webhook in webhooks]


def check_url(url: str, *, allow_private: bool) -> str:
    """The URL of a webhook in its canonical form. Raises `Problem` 422 for one that it may not be sent to.

    A name that cannot be looked up now is accepted: every attempt looks it up and checks its addresses again.
    """
    try:
        target = parse_target(url, allow_private=allow_private)
        if target.address is None and not allow_private:
            check_addresses(_addresses_now(target.host, target.port), allow_private=False)
    except ValueError as error:
        raise invalid(("url", str(error))) from None
    return target.url


def _addresses_now(host: str, port: int) -> list[Any]:
    try:
        return list(resolve_within(host, port, LOOKUP_SECONDS))
    except OSError:
        return []


def _client_ids(
    command: CommandContext, ids_or_slugs: Sequence[str] | None, current: frozenset[UUID] = frozenset()
) -> frozenset[UUID] | None:
    """The ids of clients that the caller may see. Raises `Problem` 422, naming the others."""
    if ids_or_slugs is None:
        return None
    unknown, ids = [], set()
    for number, text in enumerate(ids_or_slugs):
        try:
            (client_id,) = client_ids_of(command.context, [text], current)
        except Problem:
            client_id = None
        if client_id is None or not command.caller.sees(client_id):
            unknown.append((f"clients.{number}", "must be the id or the slug of a client"))
        else:
            ids.add(client_id)
    if unknown:
        raise invalid(*unknown)
    return frozenset(ids)


def _current_clients(command: CommandContext, webhook_id: UUID) -> frozenset[UUID]:
    with command.context.log.engine.connect() as connection:
        return visible_webhook(connection, webhook_id, command.caller).clients or frozenset()


def _set_enabled(connection: Connection, webhook: Webhook, *, enabled: bool, at: datetime) -> None:
    if enabled is webhook.is_enabled:
        return
    if not enabled:
        stop = {"disabled_at": at, "disabled_reason": DisabledReason.REQUESTED.value}
        change_webhook(connection, webhook.id, stop)
        return
    if admin_now(connection, webhook.made_by, at) is None:
        raise Problem(WEBHOOK_MAKER_WITHOUT_ACCESS)
    change_webhook(connection, webhook.id, {"disabled_at": None, "disabled_reason": None, "failing_since": None})
    restart_pending(connection, webhook.id, at=at)


def _reply_without_secret(webhook: Webhook, caller: Caller, pending: int = 0, **headers: str) -> Reply:
    """The response as it is stored: with the hash of the secret instead of the secret."""
    answer = webhook_answer(webhook, pending, caller.visible)
    etag = webhook_etag(answer)
    secret_hash = hash_of(webhook.secret).hex()
    return Reply.of(201, NewWebhookAnswer(**answer.model_dump(), secret=secret_hash), ETag=etag, **headers)


def _with_secret(reply: Reply, command: CommandContext) -> Reply:
    """The response with the secret, as long as it is the current one. Raises `Problem` 409 afterwards."""
    body: Mapping[str, Any] = json.loads(reply.body)
    with command.context.log.engine.connect() as connection:
        webhook = find_webhook(connection, UUID(body["id"]))
    if webhook is None or hash_of(webhook.secret).hex() != body["secret"]:
        raise Problem(SECRET_SHOWN_ONCE)
    encoded = json.dumps({**body, "secret": webhook.secret}, separators=(",", ":")).encode()
    return replace(reply, body=encoded)


def _answer(connection: Connection, webhook: Webhook, caller: Caller) -> WebhookAnswer:
    pending = count_pending(connection, [webhook.id]).get(webhook.id, 0)
    return webhook_answer(webhook, pending, caller.visible)


def visible_webhook(connection: Connection, webhook_id: UUID, caller: Caller) -> Webhook:
    """A webhook that the caller may see: an admin of some clients sees only their own. Raises `Problem` 404."""
    webhook = find_webhook(connection, webhook_id)
    if webhook is None or (caller.visible is not None and webhook.made_by != caller.id):
        raise Problem(UNKNOWN_WEBHOOK)
    return webhook
