"""Schemas for webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from api.http.etags import etag_of_content
from api.schemas.events import EventType
from api.schemas.scalars import Answer, Body, Id, Instant, without_default
from api.state.webhook_deliveries import Delivery, DeliveryStatus
from api.state.webhooks import DisabledReason, Webhook
from api.webhooks.target_address import LONGEST_URL

MOST_CLIENTS = 1000


def _without_repetitions(values: list[str] | None) -> list[str] | None:
    return None if values is None else list(dict.fromkeys(values))


Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_URL),
    Field(
        description="An `https` URL with a public address. It must not contain a user name, password or fragment.",
        examples=["https://example.org/seatline"],
    ),
]
Types = Annotated[
    list[EventType] | None,
    Field(min_length=1, max_length=100, description="CloudEvents types as in `GET /events`; null: all."),
    AfterValidator(_without_repetitions),
]
WebhookClients = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=80)]] | None,
    Field(min_length=1, max_length=MOST_CLIENTS, description="Ids or slugs; null: all that the maker may see."),
    AfterValidator(_without_repetitions),
]


class WebhookBody(Body):
    """A webhook to create. Events recorded from now on are sent to the `url`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://example.org/seatline",
                    "types": ["seatline.engagement.milestone_logged"],
                    "clients": ["halcyon-health"],
                }
            ]
        }
    )
    url: Url
    types: Types = None
    clients: WebhookClients = None


class WebhookChangeBody(Body):
    """Changes to a webhook; missing fields are unchanged.

    `enabled` true resumes where the webhook stopped: nothing recorded meanwhile is left out.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": False}]})
    url: Url = Field(default="", json_schema_extra=without_default)
    types: Types = None
    clients: WebhookClients = None
    enabled: bool = Field(default=True, json_schema_extra=without_default)


class WebhookAnswer(Answer):
    """A webhook without its secret.

    `disabled_reason`: an admin's request (`requested`), five days of failures (`failing`), the receiver's status 410
    (`gone`), or its maker's lost access (`maker`). `last_position` is the position in the log up to which events are
    queued, and `pending` how many of those are not delivered yet.
    """

    id: Id
    url: str
    types: list[str] | None
    clients: list[Id] | None
    enabled: bool
    disabled_at: Instant | None
    disabled_reason: DisabledReason | None
    failing_since: Instant | None = Field(description="The first failure after the last success.")
    created_by: Id
    created_at: Instant
    old_secret_until: Instant | None = Field(description="Until when the previous secret signs too, after a rotation.")
    last_position: int
    pending: int


class NewWebhookAnswer(WebhookAnswer):
    """A webhook with its secret (`whsec_...`), which is returned only once."""

    secret: str


class WebhooksAnswer(Answer):
    """A page of webhooks, oldest first."""

    items: list[WebhookAnswer]
    next: str | None


class DeliveryAnswer(Answer):
    """An event that a webhook sends, and what came of the last attempt.

    `message_id` is the `webhook-id` of the requests. `position` and `client` are null for a test. `withheld`: the
    filters or the maker's access no longer include the event. `next_attempt_at` is null for a pending delivery that
    waits for an earlier event of its client.
    """

    id: Id
    message_id: str
    position: int | None
    type: str
    client: Id | None
    status: DeliveryStatus
    attempts: int
    created_at: Instant
    last_attempt_at: Instant | None
    next_attempt_at: Instant | None
    last_status: int | None = Field(description="The HTTP status of the last answer; null without an answer.")
    last_error: str | None = Field(description="Why the last attempt failed.")


class DeliveriesAnswer(Answer):
    """A page of deliveries, newest first."""

    items: list[DeliveryAnswer]
    next: str | None


def webhook_answer(webhook: Webhook, pending: int, visible: Collection[UUID] | None) -> WebhookAnswer:
    """The response for a webhook; clients that the caller may not see are left out."""
    clients = webhook.clients
    if clients is not None and visible is not None:
        clients = clients.intersection(visible)
    return WebhookAnswer(
        id=webhook.id,
        url=webhook.url,
        types=None if webhook.types is None else list(webhook.types),
        clients=None if clients is None else sorted(clients),
        enabled=webhook.is_enabled,
        disabled_at=webhook.disabled_at,
        disabled_reason=webhook.disabled_reason,
        failing_since=webhook.failing_since,
        created_by=webhook.made_by,
        created_at=webhook.made_at,
        old_secret_until=webhook.old_secret_until,
        last_position=webhook.position,
        pending=pending,
    )


def webhook_etag(answer: WebhookAnswer) -> str:
    """The entity tag of a webhook. What it sends does not change it."""
    return etag_of_content(answer, "secret", "failing_since", "last_position", "pending")


def delivery_answer(delivery: Delivery) -> DeliveryAnswer:
    """The response for a delivery."""
    return DeliveryAnswer(
        id=delivery.id,
        message_id=delivery.message_id,
        position=delivery.position,
        type=delivery.type,
        client=delivery.client,
        status=delivery.status,
        attempts=delivery.attempts,
        created_at=delivery.made_at,
        last_attempt_at=delivery.last_at,
        next_attempt_at=delivery.next_at,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
    )
