"""The audit: who did what to the doors, the people and the settings, from which key or session, and when.

What happens to clients is in the log of events; together they tell everything. Acts are kept for good: the table
refuses every change and deletion, and holds ids where a person is meant, so that an erasure leaves it whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Row, and_, insert, or_, select

from api.state.tables import acts

if TYPE_CHECKING:
    from api.auth.access import Caller

Detail: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]


class Act(StrEnum):
    """What can be done beside recording events: the thing, then what became of it."""

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
    PASSWORD_SET = "password.set"  # noqa: S105  (an act, and no password)
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
    IMPORT_CARRIED_OUT = "import.carried_out"
    VIEW_SHARED = "view.shared"
    VIEW_FORGOTTEN = "view.forgotten"
    SETTINGS_CHANGED = "settings.changed"
    READ_MODELS_REBUILT = "read_models.rebuilt"


@dataclass(frozen=True, slots=True)
class Done:
    """An act that is kept; `number` grows. `caller`, `door` and `door_id` are null where it was nobody we know."""

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
    """Keep that somebody has done something; to be called in the very transaction that does it.

    `caller` is null when nobody is signed in (a sign-in that fails, a link that is used), `subject` the id of what it
    was done to: a user's, a person's, a key's, a session's. `detail` says more in words and ids (`{"role": "viewer"}`):
    no names, no addresses, no secrets, because it can never be taken back.
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
) -> Sequence[Done]:
    """Acts, newest first, before an instant and number.

    Of one caller, of some kinds (null: all), in `[since, until)`.
    """
    query = select(acts).order_by(acts.c.at.desc(), acts.c.number.desc()).limit(limit)
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
    return [_done(row) for row in connection.execute(query)]


def _done(row: Row[tuple[object, ...]]) -> Done:
    return Done(row.number, row.at, Act(row.act), row.caller, row.door, row.door_id, row.subject, row.detail or {})
