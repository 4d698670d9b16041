"""From where an event was recorded: a key is named in the event itself, a session is kept here, beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Connection, insert, select

from api.state.tables import keys, recorded_in


def keep_session(connection: Connection, session: UUID, positions: Collection[int]) -> None:
    """Keep that these events were recorded in a session; to be called in their transaction."""
    if positions:
        rows = [{"position": position, "session_id": session} for position in positions]
        connection.execute(insert(recorded_in), rows)


def sessions_of(connection: Connection, positions: Collection[int]) -> Mapping[int, UUID]:
    """The sessions in which events were recorded; those recorded with a key are left out."""
    if not positions:
        return {}
    query = select(recorded_in.c.position, recorded_in.c.session_id).where(recorded_in.c.position.in_(positions))
    return {row.position: row.session_id for row in connection.execute(query)}


def keys_among(connection: Connection, ids: Collection[UUID]) -> Collection[UUID]:
    """Those of the ids that are keys', revoked ones included."""
    return set(connection.execute(select(keys.c.id).where(keys.c.id.in_(ids))).scalars())
