"""Identities at single sign-on providers: issuer and subject of each linked user."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from api.state.readable_rows import row_that_opens
from api.state.tables import identities


def user_of_identity(connection: Connection, issuer: str, subject: str) -> UUID | None:
    """The user linked to an identity, or null."""
    query = select(identities.c.user_id).where(identities.c.issuer == issuer, identities.c.subject == subject)
    row = row_that_opens(connection, query)
    return None if row is None else row.user_id


def is_linked(connection: Connection, user_id: UUID, issuer: str) -> bool:
    """Whether the user is linked to any identity of an issuer."""
    query = select(identities.c.subject).where(identities.c.user_id == user_id, identities.c.issuer == issuer)
    return connection.execute(query.limit(1)).first() is not None


def link_identity(connection: Connection, user_id: UUID, issuer: str, subject: str, *, at: datetime) -> None:
    """Link an identity to a user."""
    connection.execute(insert(identities).values(issuer=issuer, subject=subject, user_id=user_id, made_at=at))


def delete_identities(connection: Connection, user_id: UUID) -> None:
    """Delete all identities of a user."""
    connection.execute(delete(identities).where(identities.c.user_id == user_id))
