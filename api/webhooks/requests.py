"""What a webhook sends: CloudEvents, signed as the Standard Webhooks specification says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from standardwebhooks import Webhook as Signature

from api.context import AppContext
from api.events import EventSelection
from api.schemas.events import TYPE_PREFIX, CloudEvent
from api.schemas.scalars import instant_text
from api.state.webhook_deliveries import Delivery

CONTENT_TYPE = "application/cloudevents+json"
USER_AGENT = "Seatline-Webhooks/1"
TEST_TYPE = f"{TYPE_PREFIX}webhook.test"


def body_of(context: AppContext, delivery: Delivery) -> bytes:
    """The body of a delivery: every attempt sends the same bytes. Raises `UnreadableEvent`; the delivery then waits."""
    if delivery.position is None or delivery.client is None:
        return _test_body(delivery)
    context.log.read(delivery.position - 1, 1)  # raises where the selection would pass over the event
    selection = EventSelection(context, None, None, None)
    events, _ = selection.read(delivery.position - 1, 1)
    event: CloudEvent = next(one for one in events if one.position == delivery.position)
    return event.model_dump_json().encode()


def signed_headers(message_id: str, body: bytes, secrets: Sequence[str], *, at: datetime) -> dict[str, str]:
    """The headers of a request, with a signature by each secret."""
    signatures = [Signature(secret).sign(message_id, at, body.decode()) for secret in secrets]
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _test_body(delivery: Delivery) -> bytes:
    """An event that is in no log, so it has no position."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(delivery.id),
            "source": f"/api/v1/webhooks/{delivery.webhook_id}",
            "type": TEST_TYPE,
            "subject": str(delivery.webhook_id),
            "time": instant_text(delivery.made_at),
            "datacontenttype": "application/json",
            "data": {"webhook": str(delivery.webhook_id)},
        }
    )
