"""Identities: as whom somebody is known to a provider of single sign-on, by its issuer and its own name for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from api.state.tables import identities


def user_of_identity(connection: Connection, issuer: str, subject: str) -> UUID | None:
    """The user whom a provider means; null for one who has not come in that way yet."""
    found: UUID | None = connection.execute(
        select(identities.c.user_id).where(identities.c.issuer == issuer, identities.c.subject == subject)
    ).scalar_one_or_none()
    return found


def is_linked(connection: Connection, user: UUID, issuer: str) -> bool:
    """Whether a provider means the user already, by whatever name."""
    query = select(identities.c.subject).where(identities.c.user_id == user, identities.c.issuer == issuer)
    return connection.execute(query.limit(1)).first() is not None


def link_identity(connection: Connection, user: UUID, issuer: str, subject: str, *, at: datetime) -> None:
    """Know the user by that identity from now on."""
    connection.execute(insert(identities).values(issuer=issuer, subject=subject, user_id=user, made_at=at))


def forget_identities(connection: Connection, user: UUID) -> None:
    """Know the user by no identity any more."""
    connection.execute(delete(identities).where(identities.c.user_id == user))
