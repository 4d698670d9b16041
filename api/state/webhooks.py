"""Webhooks: where events are sent, with which secrets, and up to which position of the log."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from api.state.checked_columns import expect, is_list_of_ids, is_list_of_texts, one_of
from api.state.readable_rows import named, rows_of
from api.state.roles import clients_from_json
from api.state.tables import webhook_deliveries, webhooks

SECRET_PREFIX = "whsec_"  # noqa: S105  (of the Standard Webhooks specification)
SECRET_BYTES = 32
LEASE_SECONDS = 15.0


class DisabledReason(StrEnum):
    """Why a webhook is disabled: by an admin, by failing too long, by the receiver (410), or by its maker's access."""

    REQUESTED = "requested"
    FAILING = "failing"
    GONE = "gone"
    MAKER = "maker"


expect(one_of(DisabledReason), webhooks.c.disabled_reason)
expect(is_list_of_texts, webhooks.c.types)
expect(is_list_of_ids, webhooks.c.clients)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A stored webhook; `types` and `clients` null mean all.

    Events up to `position` are queued or filtered out. `failing_since` is the first failure after the last success.
    """

    id: UUID
    url: str
    types: tuple[str, ...] | None
    clients: frozenset[UUID] | None
    secret: str = field(repr=False)
    old_secret: str | None = field(repr=False)
    old_secret_until: datetime | None
    made_by: UUID
    made_at: datetime
    position: int
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: DisabledReason | None = None

    @property
    def is_enabled(self) -> bool:
        """Whether events are sent."""
        return self.disabled_at is None

    def secrets_at(self, now: datetime) -> Sequence[str]:
        """The secrets that sign a request: the current one, and the previous one during its grace period."""
        if self.old_secret is None or self.old_secret_until is None or self.old_secret_until <= now:
            return (self.secret,)
        return (self.secret, self.old_secret)

    def takes(self, event_type: str, client: UUID) -> bool:
        """Whether an event of a client passes the filters. What the maker may see is not checked here."""
        return (self.types is None or event_type in self.types) and (self.clients is None or client in self.clients)


def new_signing_secret() -> str:
    """A random secret in the form of the Standard Webhooks specification."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def store_webhook(connection: Connection, webhook: Webhook) -> None:
    """Store a new webhook."""
    connection.execute(
        insert(webhooks).values(
            id=webhook.id,
            url=webhook.url,
            types=None if webhook.types is None else list(webhook.types),
            clients=None if webhook.clients is None else sorted(map(str, webhook.clients)),
            secret=webhook.secret,
            made_by=webhook.made_by,
            made_at=webhook.made_at,
            position=webhook.position,
        )
    )


def find_webhook(connection: Connection, webhook_id: UUID) -> Webhook | None:
    """A webhook by id."""
    row = named(webhook_id, connection.execute(select(webhooks).where(webhooks.c.id == webhook_id)).one_or_none)
    return None if row is None else _webhook(row)


def list_webhooks(
    connection: Connection,
    *,
    limit: int | None = None,
    after: tuple[datetime, UUID] | None = None,
    made_by: UUID | None = None,
) -> Sequence[Webhook]:
    """Webhooks, oldest first, including disabled ones; optionally of one maker."""
    query = select(webhooks).order_by(webhooks.c.made_at, webhooks.c.id)
    if after is not None:
        made_at, webhook_id = after
        query = query.where(
            (webhooks.c.made_at > made_at) | ((webhooks.c.made_at == made_at) & (webhooks.c.id > webhook_id))
        )
    if made_by is not None:
        query = query.where(webhooks.c.made_by == made_by)
    return [_webhook(row) for row in rows_of(connection, query, limit=limit)]


def count_webhooks(connection: Connection) -> int:
    """How many webhooks there are."""
    return connection.execute(select(func.count()).select_from(webhooks)).scalar_one()


def change_webhook(connection: Connection, webhook_id: UUID, changes: Mapping[str, Any]) -> None:
    """Change some columns of a webhook."""
    if changes:
        connection.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(**changes))


def rotate_webhook_secret(connection: Connection, webhook: Webhook, secret: str, *, old_until: datetime) -> None:
    """Replace the secret; the current one signs too until `old_until`, and the one before it no longer."""
    changes = {"secret": secret, "old_secret": webhook.secret, "old_secret_until": old_until}
    change_webhook(connection, webhook.id, changes)


def disable_webhook(connection: Connection, webhook_id: UUID, reason: DisabledReason, *, at: datetime) -> bool:
    """Disable a webhook; false if it was disabled or deleted before."""
    result = connection.execute(
        update(webhooks)
        .where(webhooks.c.id == webhook_id, webhooks.c.disabled_at.is_(None))
        .values(disabled_at=at, disabled_reason=reason.value)
    )
    return bool(result.rowcount)


def remove_webhook(connection: Connection, webhook_id: UUID) -> None:
    """Delete a webhook and its deliveries."""
    connection.execute(delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id))
    connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))


_TAKE_LEASE = text(
    "INSERT INTO webhook_lease (id, holder, until) "
    "VALUES (1, :holder, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) + :length) "
    "ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, until = excluded.until "
    "WHERE webhook_lease.holder = excluded.holder "
    "OR webhook_lease.until < CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
)
_FOREIGN_LEASE = text(
    "SELECT 1 FROM webhook_lease WHERE holder <> :holder "
    "AND until >= CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
)
_END_LEASE = text("UPDATE webhook_lease SET until = 0 WHERE holder = :holder")


def is_lease_free(connection: Connection, holder: UUID) -> bool:
    """Whether no other server has the lease; asking costs no write. PostgreSQL only."""
    return connection.execute(_FOREIGN_LEASE, {"holder": holder}).first() is None


def take_lease(connection: Connection, holder: UUID, seconds: float = LEASE_SECONDS) -> bool:
    """Take or extend the lease to send webhooks, unless another server has it. PostgreSQL only.

    Instants are those of the database, so that the clocks of the servers need not agree.
    """
    length = timedelta(seconds=seconds) // timedelta(microseconds=1)
    return bool(connection.execute(_TAKE_LEASE, {"holder": holder, "length": length}).rowcount)


def end_lease(connection: Connection, holder: UUID) -> None:
    """Give up the lease, if this server has it, so that another server need not wait until it lapses."""
    connection.execute(_END_LEASE, {"holder": holder})


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        row.id,
        row.url,
        None if row.types is None else tuple(row.types),
        clients_from_json(row.clients),
        row.secret,
        row.old_secret,
        row.old_secret_until,
        row.made_by,
        row.made_at,
        row.position,
        row.failing_since,
        row.disabled_at,
        None if row.disabled_reason is None else DisabledReason(row.disabled_reason),
    )
