"""One-time sign-in links and browser sessions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from api.state.checked_columns import expect, one_of
from api.state.people import change_person
from api.state.readable_rows import row_that_opens, rows_of
from api.state.roles import Role, clients_from_json, clients_to_json
from api.state.secrets import hash_of, new_secret
from api.state.tables import people, sessions, sign_in_links, users
from api.state.users import add_user, mark_joined, set_password

LINK_LIFETIME = timedelta(days=1)
INVITATION_LIFETIME = timedelta(days=7)
SESSION_LIFETIME = timedelta(days=30)
SESSION_IDLE_TIMEOUT = timedelta(days=7)
USE_INTERVAL = timedelta(minutes=5)
"""The shortest time between two stored uses of a session, because each one is a write."""


class Purpose(StrEnum):
    """The purpose of a one-time link."""

    ENTER = "enter"
    """Created by a local operator; creates a user without a password."""
    INVITATION = "invitation"
    """An invited user enters their name and chooses a password."""
    RESET = "reset"
    """A user chooses a new password."""


expect(one_of(Purpose), sign_in_links.c.purpose)


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A one-time sign-in link for a user, or (null) for a new user with this role."""

    user: UUID | None
    role: Role
    clients: frozenset[UUID] | None
    expires_at: datetime
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Session:
    """A browser session of a user."""

    id: UUID
    user: UUID
    name: str
    role: Role
    clients: frozenset[UUID] | None
    made_at: datetime
    last_used_at: datetime
    expires_at: datetime
    browser: str | None


def create_sign_in_link(
    connection: Connection,
    *,
    at: datetime,
    user_id: UUID | None = None,
    role: Role = Role.ADMIN,
    clients: Collection[UUID] | None = None,
    lifetime: timedelta = LINK_LIFETIME,
    purpose: Purpose = Purpose.ENTER,
    token: str | None = None,
) -> str:
    """Create a one-time link and return its token, which is part of the URL `/sign-in/{token}`.

    Earlier links of the user become invalid.
    """
    token = token or new_secret()
    if user_id is not None:
        delete_links(connection, user_id)
    connection.execute(
        insert(sign_in_links).values(
            token_hash=hash_of(token),
            user_id=user_id,
            role=role.value,
            clients=clients_to_json(clients),
            made_at=at,
            expires_at=at + lifetime,
            purpose=purpose.value,
        )
    )
    return token


def find_sign_in_link(connection: Connection, token: str, *, at: datetime) -> SignInLink | None:
    """An unused, unexpired link, or null. Finding it does not use it up."""
    query = select(sign_in_links).where(
        sign_in_links.c.token_hash == hash_of(token),
        sign_in_links.c.used_at.is_(None),
        sign_in_links.c.expires_at > at,
    )
    row = row_that_opens(connection, query)
    if row is None:
        return None
    return SignInLink(row.user_id, Role(row.role), clients_from_json(row.clients), row.expires_at, Purpose(row.purpose))


def link_expiry_of(connection: Connection, user_id: UUID, *, at: datetime) -> datetime | None:
    """When the user's unused link expires; null without one."""
    expires_at: datetime | None = connection.execute(
        select(sign_in_links.c.expires_at).where(
            sign_in_links.c.user_id == user_id, sign_in_links.c.used_at.is_(None), sign_in_links.c.expires_at > at
        )
    ).scalar_one_or_none()
    return expires_at


def delete_links(connection: Connection, user_id: UUID) -> None:
    """Delete the user's links."""
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user_id))


def redeem(
    connection: Connection,
    token: str,
    *,
    new_user_id: UUID,
    session_id: UUID,
    at: datetime,
    name: str = "",
    email: str | None = None,
    password: str | None = None,
    browser: str | None = None,
) -> str | None:
    """Redeem a link and begin a session; returns the cookie's token, or null if the link is unknown, used or expired.

    A link without a user creates one with the given name, under the id `new_user_id`. `password` is a hash; setting it
    ends the user's other sessions.
    """
    link = find_sign_in_link(connection, token, at=at)
    if link is None:
        return None
    result = connection.execute(
        update(sign_in_links)
        .where(sign_in_links.c.token_hash == hash_of(token), sign_in_links.c.used_at.is_(None))
        .values(used_at=at)
    )
    if result.rowcount != 1:
        return None
    user_id = link.user
    if user_id is None:
        user_id = new_user_id
        add_user(connection, user_id, name, email, link.role, link.clients, made_by=user_id, at=at, joined_at=at)
    else:
        mark_joined(connection, user_id, at=at)
        if name:
            change_person(connection, user_id, {"name": name}, at=at)
    if password is not None:
        set_password(connection, user_id, password)
        end_sessions(connection, user_id, at=at)
    return begin_session(connection, user_id, session_id=session_id, at=at, browser=browser)


def begin_session(
    connection: Connection, user_id: UUID, *, session_id: UUID, at: datetime, browser: str | None = None
) -> str:
    """Begin a session and return the cookie's token, which is not stored."""
    token = new_secret()
    connection.execute(
        insert(sessions).values(
            id=session_id,
            token_hash=hash_of(token),
            user_id=user_id,
            made_at=at,
            last_used_at=at,
            expires_at=at + SESSION_LIFETIME,
            browser=browser,
        )
    )
    return token


_ACTIVE_SESSIONS = (
    select(
        sessions,
        people.c.name.label("name"),
        users.c.role.label("role"),
        users.c.clients.label("clients"),
    )
    .join(users, users.c.id == sessions.c.user_id)
    .join(people, people.c.id == users.c.id)
    .where(sessions.c.ended_at.is_(None), users.c.disabled_at.is_(None), people.c.erased_at.is_(None))
)
_BY_TOKEN = _ACTIVE_SESSIONS.where(sessions.c.token_hash == bindparam("token_hash"))


def session_with(connection: Connection, token: str, *, at: datetime) -> Session | None:
    """The session of a cookie; null if it ended, expired, or was idle for a week."""
    row = row_that_opens(connection, _BY_TOKEN, {"token_hash": hash_of(token)})
    if row is None or at >= row.expires_at or at >= row.last_used_at + SESSION_IDLE_TIMEOUT:
        return None
    return _session(row)


def sessions_of(connection: Connection, user_id: UUID, *, at: datetime) -> Sequence[Session]:
    """The active sessions of a user, most recently used first."""
    query = _ACTIVE_SESSIONS.where(
        sessions.c.user_id == user_id,
        sessions.c.expires_at > at,
        sessions.c.last_used_at > at - SESSION_IDLE_TIMEOUT,
    ).order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())
    return [_session(row) for row in rows_of(connection, query)]


def browsers_of(connection: Connection, ids: Collection[UUID | None]) -> Mapping[UUID, str | None]:
    """The browsers of sessions by id, ended ones included; null where unknown."""
    rows = rows_of(connection, select(sessions.c.id, sessions.c.browser).where(sessions.c.id.in_(ids)))
    return {row.id: row.browser for row in rows}


def note_session_use(connection: Connection, session_id: UUID, *, at: datetime) -> None:
    """Store that a session was used."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(last_used_at=at))


def end_session(connection: Connection, session_id: UUID, *, at: datetime) -> None:
    """End a session."""
    connection.execute(
        update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None)).values(ended_at=at)
    )


def end_sessions(connection: Connection, user_id: UUID, *, at: datetime, except_id: UUID | None = None) -> int:
    """End all sessions of a user, optionally except one, and return how many ended."""
    where = [sessions.c.user_id == user_id, sessions.c.ended_at.is_(None)]
    if except_id is not None:
        where.append(sessions.c.id != except_id)
    return connection.execute(update(sessions).where(*where).values(ended_at=at)).rowcount


def _session(row: Row[Any]) -> Session:
    return Session(
        row.id,
        row.user_id,
        row.name,
        Role(row.role),
        clients_from_json(row.clients),
        row.made_at,
        row.last_used_at,
        row.expires_at,
        row.browser,
    )
