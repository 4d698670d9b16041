"""Routes for what webhooks send: tests, the history of deliveries, and sending an event again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import Connection
from starlette.requests import Request

from api.commands import AdminCommand
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import DeliveryInPath, WebhookInPath
from api.http.problems import TOO_MANY, UNKNOWN_DELIVERY, WEBHOOK_DISABLED, Problem
from api.queries import AdminQuery, QueryContext
from api.replies import Reply
from api.schemas.webhooks import DeliveriesAnswer, DeliveryAnswer, delivery_answer
from api.state.audit import Act, audit
from api.state.webhook_deliveries import (
    Delivery,
    DeliveryStatus,
    count_pending_tests,
    find_delivery,
    list_deliveries,
    send_again,
    store_test_delivery,
)
from api.webhooks.requests import TEST_TYPE
from api.webhooks.routes import visible_webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

MOST_TESTS = 10
"""How many tests of a webhook may be pending."""


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    response_model=DeliveryAnswer,
    operation_id="test_webhook",
    summary="Send a test",
    responses=refuses(404),
)
def post_test(webhook_id: WebhookInPath, command: AdminCommand) -> Response:
    """Send an event of the type `seatline.webhook.test`, once. The history shows what came of it.

    It is sent to a disabled webhook too, and changes nothing about it.
    """

    def test(connection: Connection) -> Reply:
        webhook, now = visible_webhook(connection, webhook_id, command.caller), command.context.now()
        if count_pending_tests(connection, webhook.id) >= MOST_TESTS:
            raise Problem(TOO_MANY, "Other tests are not finished yet.", headers={"Retry-After": "15"})
        delivery = Delivery(
            id=command.context.new_id(),
            webhook_id=webhook.id,
            position=None,
            client=None,
            type=TEST_TYPE,
            status=DeliveryStatus.PENDING,
            attempts=0,
            made_at=now,
            next_at=now,
        )
        store_test_delivery(connection, delivery)
        audit(connection, command.caller, Act.WEBHOOK_TESTED, webhook_id, at=now)
        return Reply.of(202, delivery_answer(delivery))

    return command.change_state(test)


@router.get(
    "/{webhook_id}/deliveries",
    response_model=DeliveriesAnswer,
    operation_id="list_webhook_deliveries",
    summary="List deliveries",
    responses={**TABLES, **refuses(404)},
)
def show_deliveries(
    webhook_id: WebhookInPath,
    request: Request,
    response: Response,
    query: AdminQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    status: Annotated[DeliveryStatus | None, Query(description="Only deliveries with this status.")] = None,
    file_format: Formatted = Format.JSON,
) -> DeliveriesAnswer | Response:
    """List what the webhook has sent and will send, newest first. Finished deliveries are kept for 30 days."""
    rows = deliveries_of(query, webhook_id, limit=page.limit + 1, before=page.after, status=status)
    items, cursor = page.cut(rows, lambda row: (row.created_at, row.id))
    link_next(request, response, cursor)
    if file_format is not Format.JSON:
        return table_of_items(file_format, "deliveries", DeliveryAnswer, items, response.headers)
    return DeliveriesAnswer(items=list(items), next=cursor)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redelivery",
    status_code=202,
    response_model=DeliveryAnswer,
    operation_id="redeliver_webhook_event",
    summary="Send an event again",
    responses=refuses(404, 409),
)
def post_redelivery(webhook_id: WebhookInPath, delivery_id: DeliveryInPath, command: AdminCommand) -> Response:
    """Send an event again, with the same `webhook-id`, before later events of its client; a pending one at once."""

    def redeliver(connection: Connection) -> Reply:
        webhook, now = visible_webhook(connection, webhook_id, command.caller), command.context.now()
        delivery = find_delivery(connection, webhook_id, delivery_id)
        if delivery is None or (delivery.client is not None and not command.caller.sees(delivery.client)):
            raise Problem(UNKNOWN_DELIVERY)
        if not webhook.is_enabled and delivery.client is not None:
            raise Problem(WEBHOOK_DISABLED)
        send_again(connection, delivery, at=now)
        detail = {"delivery": str(delivery_id)}
        audit(connection, command.caller, Act.WEBHOOK_REDELIVERED, webhook_id, at=now, detail=detail)
        queued = find_delivery(connection, webhook_id, delivery_id)
        if queued is None:
            raise Problem(UNKNOWN_DELIVERY)
        return Reply.of(202, delivery_answer(queued))

    return command.change_state(redeliver)


def deliveries_of(
    query: QueryContext,
    webhook_id: UUID,
    *,
    limit: int,
    before: tuple[Any, ...] | None = None,
    status: DeliveryStatus | None = None,
) -> Sequence[DeliveryAnswer]:
    """The deliveries of a webhook that the caller may see, newest first. Raises `Problem` 404."""
    with query.state() as connection:
        visible_webhook(connection, webhook_id, query.caller)
        deliveries = list_deliveries(
            connection, webhook_id, limit=limit, before=before, status=status, clients=query.visible
        )
    return [delivery_answer(delivery) for delivery in deliveries]
