"""Signing in: one-time links that let somebody in, and the browser sessions that follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, insert, select, update

from api.kept.people import Employer, Person, add_person
from api.kept.roles import Role, clients_in, clients_out
from api.kept.secrets import hash_of, new_secret
from api.kept.tables import people, sessions, sign_in_links, users

LINK_LASTS = timedelta(days=1)
SESSION_LASTS = timedelta(days=30)
SESSION_IDLES = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=5)
"""How exactly the last use of a session is known; each note is a write."""


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that lets somebody in once: a known user, or (null) a new one with this role."""

    user: UUID | None
    role: Role
    clients: frozenset[UUID] | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in, and as whom."""

    id: UUID
    user: UUID
    name: str
    role: Role
    clients: frozenset[UUID] | None
    made_at: datetime
    last_used_at: datetime
    expires_at: datetime


def create_sign_in_link(
    connection: Connection,
    *,
    at: datetime,
    user: UUID | None = None,
    role: Role = Role.ADMIN,
    clients: Collection[UUID] | None = None,
    lasts: timedelta = LINK_LASTS,
) -> str:
    """The token of a new one-time link; it stands in the address `/sign-in/{token}`."""
    token = new_secret()
    connection.execute(
        insert(sign_in_links).values(
            token_hash=hash_of(token),
            user_id=user,
            role=role.value,
            clients=clients_out(clients),
            made_at=at,
            expires_at=at + lasts,
        )
    )
    return token


def find_sign_in_link(connection: Connection, token: str, *, at: datetime) -> SignInLink | None:
    """An unused, unexpired link; looking does not use it up."""
    row = connection.execute(
        select(sign_in_links).where(
            sign_in_links.c.token_hash == hash_of(token),
            sign_in_links.c.used_at.is_(None),
            sign_in_links.c.expires_at > at,
        )
    ).one_or_none()
    return None if row is None else SignInLink(row.user_id, Role(row.role), clients_in(row.clients), row.expires_at)


def redeem(
    connection: Connection, token: str, *, name: str, new_user: UUID, session_id: UUID, at: datetime
) -> str | None:
    """Use a link up and begin a session; its token goes into the cookie. Null when the link opens nothing (any more).

    A link for a new user makes one, with a person of that name, under the id `new_user`.
    """
    link = find_sign_in_link(connection, token, at=at)
    if link is None:
        return None
    taken = connection.execute(
        update(sign_in_links)
        .where(sign_in_links.c.token_hash == hash_of(token), sign_in_links.c.used_at.is_(None))
        .values(used_at=at)
    )
    if taken.rowcount != 1:
        return None
    user = link.user
    if user is None:
        user = new_user
        add_user(connection, user, name, None, link.role, link.clients, made_by=user, at=at)
    return begin_session(connection, user, session_id=session_id, at=at)


def add_user(
    connection: Connection,
    user: UUID,
    name: str,
    email: str | None,
    role: Role,
    clients: Collection[UUID] | None,
    *,
    made_by: UUID,
    at: datetime,
) -> None:
    """Keep a new user, who is a person of the firm too: what they record carries that id."""
    add_person(connection, Person(user, name, email, Employer.FIRM), made_by=made_by, made_at=at)
    connection.execute(
        insert(users).values(id=user, email=email, role=role.value, clients=clients_out(clients), made_at=at)
    )


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in; `last_seen_at` is null for those without a session. `clients` null means all."""

    id: UUID
    name: str
    role: Role
    clients: frozenset[UUID] | None
    made_at: datetime
    last_seen_at: datetime | None


def list_users(connection: Connection) -> Sequence[User]:
    """Everybody who may sign in, by name; whoever was disabled or erased is left out."""
    last_seen = (
        select(sessions.c.user_id, func.max(sessions.c.last_used_at).label("last_seen_at"))
        .group_by(sessions.c.user_id)
        .subquery()
    )
    query = (
        select(users, people.c.name.label("name"), last_seen.c.last_seen_at)
        .join(people, people.c.id == users.c.id)
        .outerjoin(last_seen, last_seen.c.user_id == users.c.id)
        .where(users.c.disabled_at.is_(None), people.c.erased_at.is_(None))
        .order_by(func.lower(people.c.name), users.c.id)
    )
    return [
        User(row.id, row.name, Role(row.role), clients_in(row.clients), row.made_at, row.last_seen_at)
        for row in connection.execute(query)
    ]


def has_users(connection: Connection) -> bool:
    """Whether anybody can sign in already."""
    return connection.execute(select(users.c.id).limit(1)).first() is not None


def begin_session(connection: Connection, user: UUID, *, session_id: UUID, at: datetime) -> str:
    """Sign a user in; the token goes into the cookie and is kept nowhere."""
    token = new_secret()
    connection.execute(
        insert(sessions).values(
            id=session_id,
            token_hash=hash_of(token),
            user_id=user,
            made_at=at,
            last_used_at=at,
            expires_at=at + SESSION_LASTS,
        )
    )
    return token


_BY_TOKEN = (
    select(
        sessions,
        people.c.name.label("name"),
        users.c.role.label("role"),
        users.c.clients.label("clients"),
    )
    .join(users, users.c.id == sessions.c.user_id)
    .join(people, people.c.id == users.c.id)
    .where(
        sessions.c.token_hash == bindparam("token_hash"),
        sessions.c.ended_at.is_(None),
        users.c.disabled_at.is_(None),
        people.c.erased_at.is_(None),
    )
)


def session_with(connection: Connection, token: str, *, at: datetime) -> Session | None:
    """The session a cookie stands for, unless it ended, ran out, or lay idle for a week."""
    row = connection.execute(_BY_TOKEN, {"token_hash": hash_of(token)}).one_or_none()
    if row is None or at >= row.expires_at or at >= row.last_used_at + SESSION_IDLES:
        return None
    return Session(
        row.id,
        row.user_id,
        row.name,
        Role(row.role),
        clients_in(row.clients),
        row.made_at,
        row.last_used_at,
        row.expires_at,
    )


def note_session_use(connection: Connection, session_id: UUID, *, at: datetime) -> None:
    """Remember that a session is in use."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(last_used_at=at))


def end_session(connection: Connection, session_id: UUID, *, at: datetime) -> None:
    """Sign out; the cookie opens nothing from now on."""
    connection.execute(
        update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None)).values(ended_at=at)
    )
