"""Webhooks for admins: list, make, change, test, rotate, disable and delete, and the history of deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR
from api.http.problems import Problem
from api.schemas.webhooks import DeliveryAnswer, WebhookAnswer, WebhookBody, WebhookChangeBody
from api.state.webhook_deliveries import DeliveryStatus
from api.webhooks.delivery_routes import deliveries_of, post_redelivery, post_test
from api.webhooks.routes import (
    delete_webhook,
    patch_webhook,
    post_secret_rotation,
    post_webhook,
    show_webhook,
    webhooks_of,
)
from projections.clients import names_of
from web.components import Empty, Link
from web.form_fields import FormField, FormSection, Reads, Typed, body_of, painted, preset_of
from web.pages.clients.picker_fields import OFF_RECORD, with_clients
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, response_body, writer_of
from web.pages.page_context import AdminPage, Form, PageContext
from web.pages.paging import A_PAGE, cut_page, place_in
from web.pages.settings.sections import LIMIT, clients_of_limit, limit_as_typed, limited_body, places
from web.pages.settings.webhook_words import (
    STATUSES,
    TONES,
    TYPE_CHOICES,
    outcome_words,
    sends_words,
    state_words,
    type_words,
)

ADDRESS = "/settings/webhooks"
router = APIRouter(prefix=ADDRESS, include_in_schema=False)

WEBHOOK = FormSection(
    "",
    (
        FormField("url", "URL", required=True, hint="Where events are sent, like https://example.org/seatline."),
        FormField("types", "Events", Reads.SEVERAL, choices=TYPE_CHOICES, hint="Choose none to send all of them."),
        *LIMIT,
    ),
)
LABELS = {form_field.name: (form_field.field("").id, form_field.label) for form_field in WEBHOOK.form_fields}


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A row of the list; `state` is a word, its tone and why."""

    webhook: WebhookAnswer
    sends: str
    state: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A row of the history."""

    delivery: DeliveryAnswer
    what: str
    client: str
    status: str
    tone: str
    outcome: str


@router.get("")
def show_webhooks_page(page: AdminPage, cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "") -> Response:
    """One page of webhooks, oldest first, and the form for a new one."""
    return _list(page, cursor=cursor)


@router.post("")
def make_webhook(page: AdminPage, typed: Form) -> Response:
    """Create a webhook and show its secret once."""
    typed = with_clients(page, WEBHOOK.form_fields, typed)
    try:
        body = limited_body(WebhookBody, body_of(WEBHOOK.form_fields, typed), typed)
        made = response_body(post_webhook(body, writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (404, 409, 422):
            raise
        return _list(page, typed, problem)
    return _detail(page, UUID(made["id"]), made=made)


@router.get("/{webhook}")
def show_webhook_page(
    webhook: UUID,
    page: AdminPage,
    status: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
) -> Response:
    """One webhook and a page of its deliveries, newest first."""
    return _detail(page, webhook, status=status, cursor=cursor)


@router.post("/{webhook}")
def change_webhook_page(webhook: UUID, page: AdminPage, typed: Form) -> Response:
    """Change the URL, the events and the clients."""
    typed = with_clients(page, WEBHOOK.form_fields, typed)
    try:
        content = {"types": None, **body_of(WEBHOOK.form_fields, typed)}
        patch_webhook(webhook, limited_body(WebhookChangeBody, content, typed), writer_of(page, typed))
    except Problem as problem:
        if problem.status_code not in (409, 422):
            raise
        return _detail(page, webhook, problem=problem, typed=typed)
    return page.redirect(f"{ADDRESS}/{webhook}", Flash("webhook-changed"))


@router.post("/{webhook}/test")
def test_webhook_page(webhook: UUID, page: AdminPage, typed: Form) -> Response:
    """Send a test."""
    post_test(webhook, writer_of(page, typed))
    return page.redirect(f"{ADDRESS}/{webhook}#deliveries", Flash("webhook-tested"))


@router.post("/{webhook}/rotate")
def rotate_webhook_page(webhook: UUID, page: AdminPage, typed: Form) -> Response:
    """Replace the secret and show the new one once."""
    try:
        made = response_body(post_secret_rotation(webhook, writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _detail(page, webhook, problem=problem)
    return _detail(page, webhook, made=made)


@router.post("/{webhook}/enable")
def enable_webhook_page(webhook: UUID, page: AdminPage, typed: Form) -> Response:
    """Resume where the webhook stopped."""
    return _set_enabled(page, webhook, typed, enabled=True)


@router.post("/{webhook}/disable")
def disable_webhook_page(webhook: UUID, page: AdminPage, typed: Form) -> Response:
    """Send nothing until the webhook is enabled again."""
    return _set_enabled(page, webhook, typed, enabled=False)


@router.post("/{webhook}/delete")
def delete_webhook_page(webhook: UUID, page: AdminPage, typed: Form) -> Response:
    """Delete a webhook with its history."""
    delete_webhook(webhook, writer_of(page, typed))
    return page.redirect(ADDRESS, Flash("webhook-deleted"))


@router.post("/{webhook}/deliveries/{delivery}/redeliver")
def redeliver_page(webhook: UUID, delivery: UUID, page: AdminPage, typed: Form) -> Response:
    """Send an event again."""
    try:
        post_redelivery(webhook, delivery, writer_of(page, typed))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _detail(page, webhook, problem=problem)
    return page.redirect(f"{ADDRESS}/{webhook}#deliveries", Flash("webhook-sent-again"))


def _set_enabled(page: PageContext, webhook: UUID, typed: Typed, *, enabled: bool) -> Response:
    try:
        patch_webhook(webhook, WebhookChangeBody(enabled=enabled), writer_of(page, typed))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _detail(page, webhook, problem=problem)
    return page.redirect(f"{ADDRESS}/{webhook}", Flash("webhook-enabled" if enabled else "webhook-disabled"))


def _list(page: PageContext, typed: Typed | None = None, problem: Problem | None = None, cursor: str = "") -> Response:
    after = place_in(cursor, (datetime, UUID), ADDRESS)
    listed = webhooks_of(page.queries, limit=A_PAGE + 1, after=after)
    webhooks, pages = cut_page(listed, lambda webhook: (webhook.created_at, webhook.id), ADDRESS, after)
    fields = typed or with_clients(page, WEBHOOK.form_fields, preset_of(WEBHOOK.form_fields))
    return page.render(
        "webhooks",
        "Webhooks",
        here="settings",
        places=places(page, ADDRESS),
        crumbs=(Link("Settings", "/settings"), Link("Webhooks")),
        status=problem.status_code if problem else 200,
        fields=painted((WEBHOOK,), fields, _errors(problem))[0][1],
        form_id=page.context.new_id(),
        refusal=refusal_of(problem, LABELS) if problem else None,
        rows=[WebhookRow(webhook, sends_words(webhook), state_words(webhook)) for webhook in webhooks],
        pages=pages,
        empty=Empty("There are no webhooks yet. A webhook sends what is recorded to another system as it happens."),
    )


def _detail(
    page: PageContext,
    webhook_id: UUID,
    *,
    status: str = "",
    cursor: str = "",
    made: Mapping[str, Any] | None = None,
    problem: Problem | None = None,
    typed: Typed | None = None,
) -> Response:
    path = f"{ADDRESS}/{webhook_id}"
    webhook = show_webhook(webhook_id, page.queries, Response())
    query = {"status": status if status in set(DeliveryStatus) else ""}
    before = place_in(cursor, (datetime, UUID), path, query)
    chosen = DeliveryStatus(query["status"]) if query["status"] else None
    listed = deliveries_of(page.queries, webhook_id, limit=A_PAGE + 1, before=before, status=chosen)
    shown, pages = cut_page(listed, lambda delivery: (delivery.created_at, delivery.id), path, before)
    return page.render(
        "webhook",
        "Webhook",
        here="settings",
        places=places(page, ADDRESS),
        crumbs=(Link("Settings", "/settings"), Link("Webhooks", ADDRESS), Link("Webhook")),
        status=201 if made else problem.status_code if problem else 200,
        webhook=webhook,
        sends=sends_words(webhook),
        state=state_words(webhook),
        clients=clients_of_limit(page, webhook.clients),
        made_by=page.naming({webhook.created_by})(webhook.created_by),
        old_secret_until=_still(webhook.old_secret_until, page.context.now()),
        made=made,
        path=path,
        status_query=query["status"],
        statuses=STATUSES,
        rows=_rows(page, shown),
        pages=pages,
        fields=painted((WEBHOOK,), typed or _as_typed(page, webhook), _errors(problem))[0][1],
        form_id=page.context.new_id(),
        refusal=refusal_of(problem, LABELS) if problem else None,
        empty=Empty("Nothing was sent yet." if not status else "No deliveries with this status."),
    )


def _as_typed(page: PageContext, webhook: WebhookAnswer) -> Typed:
    """The form as it would have been filled for a webhook."""
    limit = limit_as_typed(webhook.clients)
    pairs = [("url", webhook.url), *(("types", event_type) for event_type in webhook.types or ()), *limit]
    return with_clients(page, WEBHOOK.form_fields, Typed(pairs))


def _rows(page: PageContext, deliveries: Sequence[DeliveryAnswer]) -> list[DeliveryRow]:
    concerned = {delivery.client for delivery in deliveries if delivery.client is not None}
    with page.snapshot() as snapshot:
        names = names_of(snapshot, concerned, as_of=page.context.today())
    return [
        DeliveryRow(
            delivery,
            type_words(delivery.type),
            "" if delivery.client is None else names.get(delivery.client, OFF_RECORD),
            STATUSES[delivery.status],
            TONES.get(delivery.status, ""),
            outcome_words(delivery),
        )
        for delivery in deliveries
    ]


def _still(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and until > now else None


def _errors(problem: Problem | None) -> dict[str, str]:
    return {} if problem is None else errors_of(problem)
