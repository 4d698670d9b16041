"""The queue and the history of what webhooks send.

The events of one client are one lane of a webhook: only the first pending delivery of a lane has an instant at which it
is sent (`next_at`); the others wait for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from api.state.checked_columns import expect, one_of
from api.state.readable_rows import named, rows_of
from api.state.tables import webhook_deliveries as deliveries
from api.state.tables import webhooks

MOST_PENDING = 100_000
"""How many undelivered events of a webhook are queued; beyond that they wait in the log."""
KEPT_FINISHED = 10_000
"""How many finished deliveries of a webhook are kept."""


class DeliveryStatus(StrEnum):
    """The state of a delivery; `withheld`: the filters or the maker's access no longer include its event."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"


expect(one_of(DeliveryStatus), deliveries.c.status)


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """An event to send."""

    position: int
    client: UUID
    type: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stored delivery; `position` and `client` are null for a test."""

    id: UUID
    webhook_id: UUID
    position: int | None
    client: UUID | None
    type: str
    status: DeliveryStatus
    attempts: int
    made_at: datetime
    next_at: datetime | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None

    @property
    def message_id(self) -> str:
        """The id that the receiver gets; every attempt has the same one."""
        return f"msg_{self.id.hex}"


def store_test_delivery(connection: Connection, delivery: Delivery) -> None:
    """Store a test, to be sent at once."""
    connection.execute(insert(deliveries).values(**_columns(delivery)))


def queue_events(
    connection: Connection,
    webhook_id: UUID,
    events: Sequence[QueuedEvent],
    *,
    after: int,
    up_to: int,
    ids: Sequence[UUID],
    at: datetime,
) -> bool:
    """Queue events of the log between two positions, and move the webhook on.

    Returns false, and queues nothing, if the queue is full, or if the webhook is no longer enabled and at the position
    `after`: an admin or another server changed it.
    """
    pending: dict[UUID, int] = {}
    if events:
        counts = select(deliveries.c.client, func.count().label("number")).where(
            deliveries.c.webhook_id == webhook_id, deliveries.c.status == DeliveryStatus.PENDING.value
        )
        pending = {row.client: row.number for row in rows_of(connection, counts.group_by(deliveries.c.client))}
    if sum(pending.values()) >= MOST_PENDING:
        return False
    moved = connection.execute(
        update(webhooks)
        .where(webhooks.c.id == webhook_id, webhooks.c.position == after, webhooks.c.disabled_at.is_(None))
        .values(position=up_to)
    )
    if not moved.rowcount:
        return False
    rows, busy = [], set(pending)
    for number, (event, delivery_id) in enumerate(zip(events, ids, strict=True)):
        queued = Delivery(
            id=delivery_id,
            webhook_id=webhook_id,
            position=event.position,
            client=event.client,
            type=event.type,
            status=DeliveryStatus.PENDING,
            attempts=0,
            made_at=at + timedelta(microseconds=number),  # the history is ordered by it
            next_at=None if event.client in busy else at,
        )
        rows.append(_columns(queued))
        busy.add(event.client)
    if rows:
        connection.execute(insert(deliveries), rows)
    return True


def due_deliveries(
    connection: Connection, *, at: datetime, limit: int, busy_webhooks: Collection[UUID]
) -> Sequence[Delivery]:
    """Deliveries to send now, longest due first: of enabled webhooks that are not busy, and tests."""
    query = (
        select(deliveries)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook_id)
        .where(
            deliveries.c.next_at <= at,
            or_(webhooks.c.disabled_at.is_(None), deliveries.c.position.is_(None)),
        )
        .order_by(deliveries.c.next_at)
    )
    if busy_webhooks:
        query = query.where(deliveries.c.webhook_id.not_in(busy_webhooks))
    return [_delivery(row) for row in rows_of(connection, query, limit=limit)]


def finish_delivery(
    connection: Connection, delivery: Delivery, status: DeliveryStatus, *, at: datetime, attempt: Mapping[str, Any]
) -> None:
    """Record the end of a delivery and let the next one of its lane go. `attempt` holds the columns of the attempt."""
    _change(connection, delivery, {"status": status.value, "next_at": None, **attempt})
    advance_lane(connection, delivery, at=at)


def retry_delivery(
    connection: Connection, delivery: Delivery, *, next_at: datetime, attempt: Mapping[str, Any]
) -> None:
    """Record a failed attempt of a delivery that is sent again."""
    _change(connection, delivery, {"next_at": next_at, **attempt})


def send_again(connection: Connection, delivery: Delivery, *, at: datetime) -> None:
    """Queue a delivery again, with the same message id, before later events of its client."""
    restart = {"status": DeliveryStatus.PENDING.value, "attempts": 0, "first_at": None, "next_at": at}
    connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(**restart))
    advance_lane(connection, delivery, at=at)


def advance_lane(connection: Connection, delivery: Delivery, *, at: datetime) -> None:
    """Let the first pending delivery of a lane go, and the others wait for it."""
    if delivery.client is None:
        return
    lane = and_(
        deliveries.c.webhook_id == delivery.webhook_id,
        deliveries.c.client == delivery.client,
        deliveries.c.status == DeliveryStatus.PENDING.value,
    )
    first = connection.execute(select(func.min(deliveries.c.position)).where(lane)).scalar_one()
    if first is None:
        return
    connection.execute(
        update(deliveries)
        .where(lane, deliveries.c.position == first, deliveries.c.next_at.is_(None))
        .values(next_at=at)
    )
    connection.execute(
        update(deliveries)
        .where(lane, deliveries.c.position != first, deliveries.c.next_at.is_not(None))
        .values(next_at=None)
    )


def restart_pending(connection: Connection, webhook_id: UUID, *, at: datetime) -> None:
    """Send what waits for a retry at once, and restart its schedule."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.webhook_id == webhook_id,
            deliveries.c.status == DeliveryStatus.PENDING.value,
            deliveries.c.next_at.is_not(None),
        )
        .values(next_at=at, attempts=0, first_at=None)
    )


def find_delivery(connection: Connection, webhook_id: UUID, delivery_id: UUID) -> Delivery | None:
    """A delivery of a webhook by id."""
    query = select(deliveries).where(deliveries.c.webhook_id == webhook_id, deliveries.c.id == delivery_id)
    row = named(delivery_id, connection.execute(query).one_or_none)
    return None if row is None else _delivery(row)


def list_deliveries(
    connection: Connection,
    webhook_id: UUID,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    status: DeliveryStatus | None = None,
    clients: Collection[UUID] | None = None,
) -> Sequence[Delivery]:
    """Deliveries of a webhook, newest first; optionally with one status, or of some clients (and tests)."""
    query = (
        select(deliveries)
        .where(deliveries.c.webhook_id == webhook_id)
        .order_by(deliveries.c.made_at.desc(), deliveries.c.id.desc())
    )
    if before is not None:
        made_at, delivery_id = before
        query = query.where(
            (deliveries.c.made_at < made_at) | ((deliveries.c.made_at == made_at) & (deliveries.c.id < delivery_id))
        )
    if status is not None:
        query = query.where(deliveries.c.status == status.value)
    if clients is not None:
        query = query.where(or_(deliveries.c.client.is_(None), deliveries.c.client.in_(clients)))
    return [_delivery(row) for row in rows_of(connection, query, limit=limit)]


def count_pending(connection: Connection, webhook_ids: Collection[UUID] | None = None) -> Mapping[UUID, int]:
    """How many deliveries are pending, by webhook (null: of all webhooks); webhooks without any are left out."""
    query = (
        select(deliveries.c.webhook_id, func.count().label("number"))
        .where(deliveries.c.status == DeliveryStatus.PENDING.value)
        .group_by(deliveries.c.webhook_id)
    )
    if webhook_ids is not None:
        query = query.where(deliveries.c.webhook_id.in_(webhook_ids))
    return {row.webhook_id: row.number for row in rows_of(connection, query)}


def count_pending_tests(connection: Connection, webhook_id: UUID) -> int:
    """How many tests of a webhook are pending."""
    return connection.execute(
        select(func.count())
        .select_from(deliveries)
        .where(
            deliveries.c.webhook_id == webhook_id,
            deliveries.c.client.is_(None),
            deliveries.c.status == DeliveryStatus.PENDING.value,
        )
    ).scalar_one()


def is_retrying(connection: Connection, webhook_id: UUID) -> bool:
    """Whether an event that was attempted without success is still to be sent."""
    query = select(deliveries.c.id).where(
        deliveries.c.webhook_id == webhook_id,
        deliveries.c.status == DeliveryStatus.PENDING.value,
        deliveries.c.position.is_not(None),
        deliveries.c.attempts > 0,
    )
    return connection.execute(query.limit(1)).first() is not None


def purge_deliveries(connection: Connection, *, before: datetime) -> None:
    """Delete finished deliveries that are older, or beyond the number kept for each webhook."""
    finished = deliveries.c.status != DeliveryStatus.PENDING.value
    connection.execute(delete(deliveries).where(finished, deliveries.c.made_at < before))
    for (webhook_id,) in rows_of(connection, select(webhooks.c.id)):
        oldest_kept = (
            select(deliveries.c.made_at)
            .where(finished, deliveries.c.webhook_id == webhook_id)
            .order_by(deliveries.c.made_at.desc())
            .offset(KEPT_FINISHED - 1)
            .limit(1)
        )
        at = connection.execute(oldest_kept).scalar_one_or_none()
        if at is not None:
            is_older = and_(finished, deliveries.c.webhook_id == webhook_id, deliveries.c.made_at < at)
            connection.execute(delete(deliveries).where(is_older))


def _change(connection: Connection, delivery: Delivery, changes: Mapping[str, Any]) -> None:
    """Change a delivery, unless it was finished or restarted since it was read."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.status == DeliveryStatus.PENDING.value,
            deliveries.c.attempts == delivery.attempts,
        )
        .values(**changes)
    )


def _columns(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in Delivery.__slots__} | {"status": delivery.status.value}


def _delivery(row: Row[Any]) -> Delivery:
    values = {name: getattr(row, name) for name in Delivery.__slots__}
    return Delivery(**values | {"status": DeliveryStatus(row.status)})
