"""Texts of webhooks: event types, the state of a webhook, and what became of a delivery."""

from __future__ import annotations

from collections.abc import Mapping

from api.schemas.events import EVENT_TYPES, TYPE_PREFIX
from api.schemas.webhooks import DeliveryAnswer, WebhookAnswer
from api.state.webhook_deliveries import DeliveryStatus
from api.webhooks.requests import TEST_TYPE
from web.charts.wording import counted
from web.components import Choice
from web.forms import words_of
from web.pages.settings.audit_wording import DISABLED

_TYPES: Mapping[str, str] = {
    f"{TYPE_PREFIX}client.registered": "Client registered",
    f"{TYPE_PREFIX}client.profile_changed": "Profile changed",
    f"{TYPE_PREFIX}client.engagement_bounded": "Days of an engagement set",
    f"{TYPE_PREFIX}client.engagement_retracted": "Days of an engagement freed",
    f"{TYPE_PREFIX}client.retracted": "Client retracted",
    f"{TYPE_PREFIX}slug.taken": "Short name taken",
    f"{TYPE_PREFIX}engagement.opened": "Engagement opened",
    f"{TYPE_PREFIX}engagement.opened_with_milestones": "Engagement opened with milestones",
    f"{TYPE_PREFIX}engagement.retracted": "Engagement retracted",
    f"{TYPE_PREFIX}engagement.milestone_logged": "Milestone logged",
    f"{TYPE_PREFIX}engagement.milestone_corrected": "Milestone corrected",
    f"{TYPE_PREFIX}engagement.milestone_retracted": "Milestone retracted",
    f"{TYPE_PREFIX}engagement.milestones_changed": "Several milestones changed",
    TEST_TYPE: "Test",
}
STATUSES: Mapping[DeliveryStatus, str] = {
    DeliveryStatus.PENDING: "Waiting",
    DeliveryStatus.DELIVERED: "Delivered",
    DeliveryStatus.FAILED: "Failed",
    DeliveryStatus.WITHHELD: "Not sent",
}
TONES: Mapping[DeliveryStatus, str] = {DeliveryStatus.DELIVERED: "good", DeliveryStatus.FAILED: "bad"}


def type_words(event_type: str) -> str:
    """An event type in words."""
    return _TYPES.get(event_type) or words_of(event_type.removeprefix(TYPE_PREFIX).replace(".", "_"))


TYPE_CHOICES = tuple(
    sorted((Choice(event_type, type_words(event_type)) for event_type in EVENT_TYPES), key=lambda choice: choice.label)
)


def sends_words(webhook: WebhookAnswer) -> str:
    """Which events a webhook sends."""
    types = "All events" if webhook.types is None else ", ".join(map(type_words, webhook.types))
    clients = "all clients" if webhook.clients is None else counted(len(webhook.clients), "client")
    return f"{types}, of {clients}"


def state_words(webhook: WebhookAnswer) -> tuple[str, str, str]:
    """The state of a webhook: a word, its tone, and why."""
    if webhook.disabled_reason is not None:
        reason = DISABLED[webhook.disabled_reason]
        return "Disabled", "bad", reason[:1].upper() + reason[1:]
    if webhook.failing_since is not None:
        return "Failing", "warn", "It is disabled after five days without a delivery."
    return "Active", "good", ""


def outcome_words(delivery: DeliveryAnswer) -> str:
    """Why a delivery is not delivered; empty if it is, or if nothing was tried yet."""
    if delivery.status is DeliveryStatus.WITHHELD:
        return "The filters or the access of its maker no longer include this event."
    if delivery.status is DeliveryStatus.DELIVERED:
        return ""
    if delivery.status is DeliveryStatus.PENDING and delivery.next_attempt_at is None:
        return "Waits for an earlier event of its client."
    return delivery.last_error or ""
