"""Links events to the session in which they were recorded. Events recorded with a key name it themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, insert, select

from api.state.readable_rows import rows_of
from api.state.tables import keys, recorded_in


def store_session_of_events(connection: Connection, session_id: UUID, positions: Collection[int]) -> None:
    """Store that events were recorded in a session. Must be called in their transaction."""
    if positions:
        rows = [{"position": position, "session_id": session_id} for position in positions]
        connection.execute(insert(recorded_in), rows)


def sessions_of_events(connection: Connection, positions: Collection[int]) -> Mapping[int, UUID]:
    """The sessions of events by position; events recorded with a key are left out."""
    if not positions:
        return {}
    query = select(recorded_in.c.position, recorded_in.c.session_id).where(recorded_in.c.position.in_(positions))
    return {row.position: row.session_id for row in rows_of(connection, query)}


def key_ids_among(connection: Connection, ids: Collection[UUID]) -> Collection[UUID]:
    """The ids that belong to API keys, including revoked ones."""
    return {row.id for row in rows_of(connection, select(keys.c.id).where(keys.c.id.in_(ids)))}
