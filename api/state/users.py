"""Users: people of the firm who may sign in, with a role, limited or not to some clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from api.state.addresses import email_key
from api.state.identities import delete_identities
from api.state.people import Employer, Person, add_person
from api.state.roles import Role, clients_from_json, clients_to_json
from api.state.tables import people, sessions, sign_in_links, users


class Standing(StrEnum):
    """How far somebody is in: only the active sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class User:
    """What is told of a user; their id is that of the person they are. `clients` null means all."""

    id: UUID
    name: str
    email: str | None
    role: Role
    clients: frozenset[UUID] | None
    made_at: datetime
    joined_at: datetime | None
    disabled_at: datetime | None
    last_seen_at: datetime | None
    has_password: bool

    @property
    def standing(self) -> Standing:
        """How far they are in."""
        if self.disabled_at is not None:
            return Standing.DISABLED
        return Standing.INVITED if self.joined_at is None else Standing.ACTIVE


@dataclass(frozen=True, slots=True)
class Lock:
    """What stands between an address and its account: the user, and the hash of their password (null: none is set)."""

    user: UUID
    password: str | None


def add_user(
    connection: Connection,
    user: UUID,
    name: str | None,
    email: str | None,
    role: Role,
    clients: Collection[UUID] | None,
    *,
    made_by: UUID,
    at: datetime,
    joined_at: datetime | None = None,
) -> None:
    """Keep a new user, who is a person of the firm too: what they record carries that id.

    Without a `name` the person is on record already. Without `joined_at` they are invited.
    """
    if name is not None:
        add_person(connection, Person(user, name, email, Employer.FIRM), made_by=made_by, made_at=at)
    connection.execute(
        insert(users).values(
            id=user,
            email=None if email is None else email_key(email),
            role=role.value,
            clients=clients_to_json(clients),
            made_at=at,
            joined_at=joined_at,
        )
    )


def has_users(connection: Connection) -> bool:
    """Whether anybody has signed in already, or was asked to."""
    return connection.execute(select(users.c.id).limit(1)).first() is not None


def find_user(connection: Connection, user: UUID) -> User | None:
    """A user by their id, erased people left out."""
    row = connection.execute(_told().where(users.c.id == user)).one_or_none()
    return None if row is None else _user(row)


def lock_of(connection: Connection, email: str) -> Lock | None:
    """What an address has to open; null for one that nobody active signs in with."""
    row = connection.execute(
        select(users.c.id, users.c.password).where(
            users.c.email == email_key(email), users.c.disabled_at.is_(None), users.c.joined_at.is_not(None)
        )
    ).one_or_none()
    return None if row is None else Lock(row.id, row.password)


def find_invited(connection: Connection, email: str) -> UUID | None:
    """The user who was invited under an address, whether they have come in or not; null for disabled ones."""
    found: UUID | None = connection.execute(
        select(users.c.id).where(users.c.email == email_key(email), users.c.disabled_at.is_(None))
    ).scalar_one_or_none()
    return found


def is_taken(connection: Connection, email: str, *, but_by: UUID | None = None) -> bool:
    """Whether an address is another user's."""
    found = connection.execute(select(users.c.id).where(users.c.email == email_key(email))).scalar_one_or_none()
    return found is not None and found != but_by


def list_users(connection: Connection, *, limit: int, after: tuple[datetime, UUID] | None = None) -> Sequence[User]:
    """All users, oldest first, disabled ones included."""
    query = _told().order_by(users.c.made_at, users.c.id).limit(limit)
    if after is not None:
        made_at, user = after
        query = query.where((users.c.made_at > made_at) | ((users.c.made_at == made_at) & (users.c.id > user)))
    return [_user(row) for row in connection.execute(query)]


def change_user(connection: Connection, user: UUID, changes: Mapping[str, Any]) -> None:
    """Change a user's address, role or clients."""
    if changes:
        connection.execute(update(users).where(users.c.id == user).values(**changes))


def set_password(connection: Connection, user: UUID, password: str) -> None:
    """Let a user sign in with the password that this is the hash of."""
    connection.execute(update(users).where(users.c.id == user).values(password=password))


def let_in(connection: Connection, user: UUID, *, at: datetime) -> None:
    """The user has come in, now or before."""
    connection.execute(update(users).where(users.c.id == user, users.c.joined_at.is_(None)).values(joined_at=at))


def disable_user(connection: Connection, user: UUID, *, at: datetime) -> None:
    """From now on the user does not sign in; their sessions and links end."""
    connection.execute(update(users).where(users.c.id == user, users.c.disabled_at.is_(None)).values(disabled_at=at))
    connection.execute(
        update(sessions).where(sessions.c.user_id == user, sessions.c.ended_at.is_(None)).values(ended_at=at)
    )
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user))


def enable_user(connection: Connection, user: UUID) -> None:
    """The user may sign in again."""
    connection.execute(update(users).where(users.c.id == user).values(disabled_at=None))


def remove_user(connection: Connection, user: UUID) -> None:
    """Nobody signs in as this person any more; the person stays on record."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user))
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user))
    delete_identities(connection, user)
    connection.execute(delete(users).where(users.c.id == user))


def has_admin(connection: Connection) -> bool:
    """Whether somebody may do everything: an active admin who is not limited."""
    found = connection.execute(
        select(users.c.id)
        .where(
            users.c.role == Role.ADMIN.value,
            users.c.clients.is_(None),
            users.c.disabled_at.is_(None),
            users.c.joined_at.is_not(None),
        )
        .limit(1)
    )
    return found.first() is not None


def _told() -> Select[Any]:
    seen = select(func.max(sessions.c.last_used_at)).where(sessions.c.user_id == users.c.id).scalar_subquery()
    return (
        select(users, people.c.name.label("name"), seen.label("last_seen_at"))
        .join(people, people.c.id == users.c.id)
        .where(people.c.erased_at.is_(None))
    )


def _user(row: Row[Any]) -> User:
    return User(
        row.id,
        row.name,
        row.email,
        Role(row.role),
        clients_from_json(row.clients),
        row.made_at,
        row.joined_at,
        row.disabled_at,
        row.last_seen_at,
        row.password is not None,
    )
