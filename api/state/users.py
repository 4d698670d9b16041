"""Users: people who sign in with a browser, with a role, optionally limited to some clients."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, type_coerce, update

from api.state.addresses import email_key
from api.state.checked_columns import DamagedValue, expect, is_list_of_ids, one_of, reporting
from api.state.identities import delete_identities
from api.state.people import Employer, Person, add_person
from api.state.readable_rows import Damage, named, note_damage, row_that_opens, rows_of
from api.state.roles import Role, clients_from_json, clients_to_json
from api.state.tables import people, sessions, sign_in_links, users

expect(one_of(Role), users.c.role, sign_in_links.c.role)
expect(is_list_of_ids, users.c.clients, sign_in_links.c.clients)


class Standing(StrEnum):
    """The state of a user; only active users can sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class User:
    """A stored user; `id` is the id of their person. `clients` null means all."""

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
        """The state of the user."""
        if self.disabled_at is not None:
            return Standing.DISABLED
        return Standing.INVITED if self.joined_at is None else Standing.ACTIVE


@dataclass(frozen=True, slots=True)
class SignInCredentials:
    """The credentials of an account: the user's id and the password hash (null: not set)."""

    user: UUID
    password: str | None


def add_user(
    connection: Connection,
    user_id: UUID,
    name: str | None,
    email: str | None,
    role: Role,
    clients: Collection[UUID] | None,
    *,
    made_by: UUID,
    at: datetime,
    joined_at: datetime | None = None,
) -> None:
    """Store a new user and, given a `name`, their person.

    Without a `name` the person must exist. Without `joined_at` the user is invited.
    """
    if name is not None:
        add_person(connection, Person(user_id, name, email, Employer.FIRM), made_by=made_by, made_at=at)
    connection.execute(
        insert(users).values(
            id=user_id,
            email=None if email is None else email_key(email),
            role=role.value,
            clients=clients_to_json(clients),
            made_at=at,
            joined_at=joined_at,
        )
    )


def has_users(connection: Connection) -> bool:
    """Whether any user exists, including invited ones."""
    return connection.execute(select(users.c.id).limit(1)).first() is not None


def find_user(connection: Connection, user_id: UUID) -> User | None:
    """A user by id, or null; users of erased people are left out."""
    row = named(user_id, connection.execute(_select_users().where(users.c.id == user_id)).one_or_none)
    return None if row is None else _user(row)


def credentials_of(connection: Connection, email: str) -> SignInCredentials | None:
    """The credentials of an email address, or null if no active user has it."""
    query = select(users).where(
        users.c.email == email_key(email), users.c.disabled_at.is_(None), users.c.joined_at.is_not(None)
    )
    row = row_that_opens(connection, query)
    return None if row is None else SignInCredentials(row.id, row.password)


def find_invited(connection: Connection, email: str) -> UUID | None:
    """The id of the user with an address, whether joined or not; null for disabled ones."""
    user_id: UUID | None = connection.execute(
        select(users.c.id).where(users.c.email == email_key(email), users.c.disabled_at.is_(None))
    ).scalar_one_or_none()
    return user_id


def is_taken(connection: Connection, email: str, *, except_id: UUID | None = None) -> bool:
    """Whether another user has the address."""
    user_id = connection.execute(select(users.c.id).where(users.c.email == email_key(email))).scalar_one_or_none()
    return user_id is not None and user_id != except_id


def list_users(connection: Connection, *, limit: int, after: tuple[datetime, UUID] | None = None) -> Sequence[User]:
    """All users, oldest first, including disabled ones."""
    query = _select_users().order_by(users.c.made_at, users.c.id)
    if after is not None:
        made_at, user_id = after
        query = query.where((users.c.made_at > made_at) | ((users.c.made_at == made_at) & (users.c.id > user_id)))
    return [_user(row) for row in rows_of(connection, query, limit=limit)]


def change_user(connection: Connection, user_id: UUID, changes: Mapping[str, Any]) -> None:
    """Change a user's email, role or clients."""
    if changes:
        connection.execute(update(users).where(users.c.id == user_id).values(**changes))


def set_password(connection: Connection, user_id: UUID, password: str) -> None:
    """Set a user's password hash."""
    connection.execute(update(users).where(users.c.id == user_id).values(password=password))


def mark_joined(connection: Connection, user_id: UUID, *, at: datetime) -> None:
    """Mark an invited user as joined."""
    connection.execute(update(users).where(users.c.id == user_id, users.c.joined_at.is_(None)).values(joined_at=at))


def disable_user(connection: Connection, user_id: UUID, *, at: datetime) -> None:
    """Disable a user and end their sessions and links."""
    connection.execute(update(users).where(users.c.id == user_id, users.c.disabled_at.is_(None)).values(disabled_at=at))
    connection.execute(
        update(sessions).where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None)).values(ended_at=at)
    )
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user_id))


def enable_user(connection: Connection, user_id: UUID) -> None:
    """Enable a disabled user."""
    connection.execute(update(users).where(users.c.id == user_id).values(disabled_at=None))


def remove_user(connection: Connection, user_id: UUID) -> None:
    """Remove a user's access; their person stays on record."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user_id))
    delete_identities(connection, user_id)
    connection.execute(delete(users).where(users.c.id == user_id))


def has_admin(connection: Connection) -> bool:
    """Whether an active admin with access to all clients exists."""
    rows = connection.execute(
        select(users.c.id)
        .where(
            users.c.role == Role.ADMIN.value,
            users.c.clients.is_(None),
            users.c.disabled_at.is_(None),
            users.c.joined_at.is_not(None),
        )
        .limit(1)
    )
    return rows.first() is not None


def _select_users() -> Select[Any]:
    seen = select(func.max(sessions.c.last_used_at)).where(sessions.c.user_id == users.c.id).scalar_subquery()
    return (
        select(
            users, people.c.name.label("name"), type_coerce(seen, reporting(sessions.c.last_used_at)).label("seen_at")
        )
        .join(people, people.c.id == users.c.id)
        .where(people.c.erased_at.is_(None))
    )


def _last_seen(row: Row[Any]) -> datetime | None:
    """When a user was last seen. A session that cannot be read does not hide its user."""
    seen_at: datetime | DamagedValue | None = row.seen_at
    if isinstance(seen_at, DamagedValue):
        note_damage([Damage(sessions.name, "last_used_at")])
        return None
    return seen_at


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
        _last_seen(row),
        row.password is not None,
    )
