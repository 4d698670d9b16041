"""Follows the log: decides which events go to which webhooks, and queues them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from operator import attrgetter
from uuid import UUID

import structlog
from sqlalchemy import Connection

from api.auth.access import Caller
from api.auth.makers import admin_now
from api.context import AppContext
from api.event_clients import EventClients
from api.schemas.events import TYPE_PREFIX, event_type
from api.state.audit import Act, audit
from api.state.checked_columns import UnreadableState
from api.state.webhook_deliveries import QueuedEvent, queue_events
from api.state.webhooks import DisabledReason, Webhook, disable_webhook
from projections.log import Batch, Unreadable
from projections.stopped_streams import client_of_stream

BATCH_SIZE = 500

log = structlog.get_logger("seatline")


class WebhookMakers:
    """The rights of the makers of webhooks. Webhooks whose maker lost access are disabled."""

    def __init__(self, context: AppContext) -> None:
        """`context` is that of the running application."""
        self._context = context

    def of(self, webhooks: Sequence[Webhook]) -> Mapping[UUID, Caller]:
        """The makers by webhook id; webhooks whose maker lost access are disabled and left out.

        Webhooks whose maker's access cannot be read wait until it can.
        """
        now = self._context.now()
        admins: dict[UUID, Caller | None] = {}
        with self._context.log.engine.connect() as connection:
            for maker in {webhook.made_by for webhook in webhooks}:
                with suppress(UnreadableState):
                    admins[maker] = admin_now(connection, maker, now)
        makers = {webhook.id: admins[webhook.made_by] for webhook in webhooks if webhook.made_by in admins}
        without_access = [webhook_id for webhook_id, maker in makers.items() if maker is None]
        if without_access:
            self._context.log.write(lambda connection: self._disable(connection, without_access))
        return {webhook_id: maker for webhook_id, maker in makers.items() if maker is not None}

    def _disable(self, connection: Connection, webhook_ids: Sequence[UUID]) -> None:
        for webhook_id in webhook_ids:
            disable(connection, webhook_id, DisabledReason.MAKER, self._context)


def disable(connection: Connection, webhook_id: UUID, reason: DisabledReason, context: AppContext) -> None:
    """Disable a webhook without a request, and record that in the audit."""
    now = context.now()
    if disable_webhook(connection, webhook_id, reason, at=now):
        audit(connection, None, Act.WEBHOOK_DISABLED, webhook_id, at=now, detail={"reason": reason.value})


def queue_new_events(context: AppContext, webhooks: Sequence[Webhook], makers: Mapping[UUID, Caller]) -> bool:
    """Queue the next events of the log for each webhook; whether there may be more.

    An event that cannot be read is queued as well, and sent once it can be: meanwhile only its client's events wait.
    """
    head = context.log.head()
    by_position: dict[int, list[Webhook]] = defaultdict(list)
    for webhook in webhooks:
        if webhook.position < head:
            by_position[webhook.position].append(webhook)
    has_more = False
    for position, waiting in by_position.items():
        batch = context.log.scan(position, BATCH_SIZE)
        if batch.position > position:
            moved = context.log.write(partial(_Batch(context, position, batch).queue, webhooks=waiting, makers=makers))
            has_more = has_more or (moved and batch.position < head)
    return has_more


class _Batch:
    """The events of the log after a position, to be queued for the webhooks that are there."""

    def __init__(self, context: AppContext, position: int, batch: Batch) -> None:
        clients = EventClients(context.log)
        self._context = context
        self._position = position
        self._up_to = batch.position
        events = [
            QueuedEvent(recorded.position, client, event_type(recorded.event))
            for recorded in batch.events
            if (client := clients.client_of(recorded.event)) is not None
        ]
        self._events = sorted((*events, *_queued_unreadable(context, batch.unreadable)), key=attrgetter("position"))

    def queue(self, connection: Connection, webhooks: Sequence[Webhook], makers: Mapping[UUID, Caller]) -> bool:
        """Queue the events that each webhook takes; whether any webhook was moved on."""
        now, moved = self._context.now(), False
        for webhook in webhooks:
            sees = makers[webhook.id].sees
            events = [event for event in self._events if webhook.takes(event.type, event.client) and sees(event.client)]
            ids = [self._context.new_id() for _ in events]
            after, up_to = self._position, self._up_to
            moved |= queue_events(connection, webhook.id, events, after=after, up_to=up_to, ids=ids, at=now)
        return moved


def _queued_unreadable(context: AppContext, unreadable: Sequence[Unreadable]) -> Iterator[QueuedEvent]:
    """Events that cannot be read yet, except where nothing tells whose they are."""
    for event in unreadable:
        client = client_of_stream(context.log, event)
        if client is None:
            log.warning("webhooks pass over an event of which the client cannot be read", position=event.position)
        else:
            yield QueuedEvent(event.position, client, TYPE_PREFIX + event.topic)
