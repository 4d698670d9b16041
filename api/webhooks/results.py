"""Records what came of attempts: delivered, sent again later, given up, or the webhook disabled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from api.context import AppContext
from api.state.webhook_deliveries import (
    Delivery,
    DeliveryStatus,
    finish_delivery,
    is_retrying,
    retry_delivery,
)
from api.state.webhooks import Webhook, change_webhook, find_webhook
from api.webhooks.queueing import disable
from api.webhooks.schedule import AttemptResult, after_failure


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that ended; `result` null means that the event was withheld and nothing was sent."""

    delivery: Delivery
    result: AttemptResult | None


def record_attempts(connection: Connection, attempts: Sequence[Attempt], context: AppContext) -> None:
    """Record attempts in the transaction of a connection; those of a webhook that was deleted meanwhile are dropped."""
    for attempt in attempts:
        webhook = find_webhook(connection, attempt.delivery.webhook_id)
        if webhook is not None:
            _record(connection, webhook, attempt, context)


def _record(connection: Connection, webhook: Webhook, attempt: Attempt, context: AppContext) -> None:
    delivery, result, now = attempt.delivery, attempt.result, context.now()
    if result is None:
        finish_delivery(connection, delivery, DeliveryStatus.WITHHELD, at=now, attempt={})
        _end_failing(connection, webhook)
        return
    columns = _attempt_columns(delivery, result)
    if delivery.position is None:
        status = DeliveryStatus.DELIVERED if result.is_delivered else DeliveryStatus.FAILED
        finish_delivery(connection, delivery, status, at=now, attempt=columns)
    elif result.is_delivered:
        finish_delivery(connection, delivery, DeliveryStatus.DELIVERED, at=now, attempt=columns)
        if webhook.failing_since is not None:
            change_webhook(connection, webhook.id, {"failing_since": None})
    else:
        _record_failure(connection, webhook, delivery, result, columns, context)


def _record_failure(
    connection: Connection,
    webhook: Webhook,
    delivery: Delivery,
    result: AttemptResult,
    columns: dict[str, Any],
    context: AppContext,
) -> None:
    then = after_failure(
        result, attempts=columns["attempts"], first_at=columns["first_at"], failing_since=webhook.failing_since
    )
    if then.next_at is None:
        finish_delivery(connection, delivery, DeliveryStatus.FAILED, at=context.now(), attempt=columns)
        _end_failing(connection, webhook)
        return
    retry_delivery(connection, delivery, next_at=then.next_at, attempt=columns)
    if webhook.failing_since != then.failing_since:
        change_webhook(connection, webhook.id, {"failing_since": then.failing_since})
    if then.disable is not None:
        disable(connection, webhook.id, then.disable, context)


def _end_failing(connection: Connection, webhook: Webhook) -> None:
    """Restart the five days with the next failure, unless something that failed is still to be sent."""
    if webhook.failing_since is not None and not is_retrying(connection, webhook.id):
        change_webhook(connection, webhook.id, {"failing_since": None})


def _attempt_columns(delivery: Delivery, result: AttemptResult) -> dict[str, Any]:
    return {
        "attempts": delivery.attempts + 1,
        "first_at": delivery.first_at or result.at,
        "last_at": result.at,
        "last_status": result.status,
        "last_error": result.error,
    }
