"""The audit log: who changed access, people and settings, with which key or session, and when.

What happens to clients is in the event log. The table refuses changes and deletions, and refers to people by id, so
that an erasure leaves it intact.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row, and_, insert, or_, select

from api.state.checked_columns import expect, is_object, one_of
from api.state.readable_rows import rows_of
from api.state.tables import acts

if TYPE_CHECKING:
    from api.auth.access import Caller

Detail: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]


class Act(StrEnum):
    """Audited actions, as subject and past participle."""

    SIGNED_IN = "session.begun"
    SIGN_IN_FAILED = "session.refused"
    SIGNED_OUT = "session.ended"
    USER_INVITED = "user.invited"
    USER_MADE = "user.made"
    USER_CHANGED = "user.changed"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_REMOVED = "user.removed"
    SIGN_IN_LINK_MADE = "sign_in_link.made"
    PASSWORD_SET = "password.set"  # noqa: S105  (an action, not a password)
    KEY_MADE = "key.made"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    PERSON_KEPT = "person.kept"
    PERSON_CHANGED = "person.changed"
    PERSON_ERASED = "person.erased"
    PERSONAL_DATA_EXPORTED = "person.exported"
    SHARE_LINK_MADE = "share_link.made"
    SHARE_LINK_REVOKED = "share_link.revoked"
    SHARE_LINK_REFUSED = "share_link.refused"
    CALENDAR_LINK_MADE = "calendar_link.made"
    CALENDAR_LINK_REVOKED = "calendar_link.revoked"
    WEBHOOK_MADE = "webhook.made"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105  (an action, not a secret)
    WEBHOOK_TESTED = "webhook.tested"
    WEBHOOK_REDELIVERED = "webhook.redelivered"
    WEBHOOK_REMOVED = "webhook.removed"
    IMPORT_CARRIED_OUT = "import.carried_out"
    IMPORT_UNDONE = "import.undone"
    IMPORT_COLUMNS_FORGOTTEN = "import.columns_forgotten"
    VIEW_SHARED = "view.shared"
    VIEW_FORGOTTEN = "view.forgotten"
    SETTINGS_CHANGED = "settings.changed"
    THRESHOLDS_CHANGED = "settings.thresholds_changed"
    READ_MODELS_REBUILT = "read_models.rebuilt"
    LOG_VERIFIED = "log.verified"
    LOG_BACKED_UP = "log.backed_up"
    LOG_RESTORED = "log.restored"
    LOG_MIGRATED = "log.migrated"


expect(one_of(Act), acts.c.act)
expect(is_object, acts.c.detail)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A stored audit entry; `number` increases. `caller`, `door` and `door_id` are null for unauthenticated callers."""

    number: int
    at: datetime
    act: Act
    caller: UUID | None
    door: str | None
    door_id: UUID | None
    subject: UUID | None
    detail: Detail


def audit(
    connection: Connection,
    caller: Caller | None,
    act: Act,
    subject: UUID | None = None,
    *,
    at: datetime,
    detail: Detail | None = None,
) -> None:
    """Record an audit entry. Must be called in the transaction of the action itself.

    `caller` is null without a signed-in caller (a failed sign-in, a redeemed link); `subject` is the id of the affected
    user, person, key or session. `detail` holds words and ids like `{"role": "viewer"}`, but no names, addresses or
    secrets, because entries are permanent.
    """
    connection.execute(
        insert(acts).values(
            at=at,
            act=act.value,
            caller=None if caller is None else caller.id,
            door=None if caller is None else caller.door.value,
            door_id=None if caller is None else caller.door_id,
            subject=subject,
            detail=dict(detail or {}),
        )
    )


def list_acts(
    connection: Connection,
    *,
    limit: int,
    before: tuple[datetime, int] | None = None,
    caller: UUID | None = None,
    among: Collection[Act] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Sequence[AuditRecord]:
    """Audit entries, newest first, optionally before an instant and number.

    Filters: one caller, some actions (null: all), and `[since, until)`.
    """
    query = select(acts).order_by(acts.c.at.desc(), acts.c.number.desc())
    if before is not None:
        at, number = before
        query = query.where(or_(acts.c.at < at, and_(acts.c.at == at, acts.c.number < number)))
    if caller is not None:
        query = query.where(acts.c.caller == caller)
    if among is not None:
        query = query.where(acts.c.act.in_([act.value for act in among]))
    if since is not None:
        query = query.where(acts.c.at >= since)
    if until is not None:
        query = query.where(acts.c.at < until)
    return [_record_of_row(row) for row in rows_of(connection, query, limit=limit)]


def _record_of_row(row: Row[tuple[object, ...]]) -> AuditRecord:
    return AuditRecord(
        row.number, row.at, Act(row.act), row.caller, row.door, row.door_id, row.subject, row.detail or {}
    )
