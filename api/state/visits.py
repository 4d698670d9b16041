"""When each user last looked at the Overview, and since when it shows what has changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from api.state.readable_rows import if_readable
from api.state.tables import visits

VISIT_ENDS_AFTER = timedelta(hours=4)
"""A user who returns later, or in another session, makes a new visit."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A user's last visit before this one: the instant (UTC) at which it ended, and the log's position then."""

    at: datetime
    position: int


def note_visit(connection: Connection, user: UUID, session: UUID, position: int, *, at: datetime) -> Visit | None:
    """Note that a user looks at the log up to a position; returns the last visit, null on the first one.

    The last visit stays the same while the user returns in the same session within `VISIT_ENDS_AFTER`.
    """
    row = if_readable(connection.execute(select(visits).where(visits.c.user_id == user)).one_or_none)
    seen = {"session_id": session, "seen_at": at, "seen_position": position}
    if row is None:
        forget_visits(connection, user)  # one that cannot be read
        connection.execute(insert(visits).values(user_id=user, since_at=None, since_position=None, **seen))
        return None
    since_at, since_position = row.since_at, row.since_position
    if row.session_id != session or at - row.seen_at >= VISIT_ENDS_AFTER:
        since_at, since_position = row.seen_at, row.seen_position
    connection.execute(
        update(visits).where(visits.c.user_id == user).values(since_at=since_at, since_position=since_position, **seen)
    )
    return None if since_at is None else Visit(since_at, since_position)


def last_visit_of(connection: Connection, user: UUID) -> Visit | None:
    """The last visit before the one that `note_visit` noted; null without one."""
    row = if_readable(connection.execute(select(visits).where(visits.c.user_id == user)).one_or_none)
    return None if row is None or row.since_at is None else Visit(row.since_at, row.since_position)


def forget_visits(connection: Connection, user: UUID) -> None:
    """Delete what is stored about a user's visits."""
    connection.execute(delete(visits).where(visits.c.user_id == user))
