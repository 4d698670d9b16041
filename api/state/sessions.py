"""Signing in: one-time links that let somebody in, and the browser sessions that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from api.state.people import change_person
from api.state.roles import Role, clients_in, clients_out
from api.state.secrets import hash_of, new_secret
from api.state.tables import people, sessions, sign_in_links, users
from api.state.users import add_user, let_in, set_password

LINK_LASTS = timedelta(days=1)
INVITATION_LASTS = timedelta(days=7)
SESSION_LASTS = timedelta(days=30)
SESSION_IDLES = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=5)
"""How exactly the last use of a session is known; each note is a write."""


class Purpose(StrEnum):
    """What a one-time link is for."""

    ENTER = "enter"
    """Made by whoever has the store in their hands: it makes a user, who needs no password."""
    INVITATION = "invitation"
    """An invited user says who they are and chooses a password."""
    RESET = "reset"
    """A user chooses a new password."""


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that lets somebody in once: a known user, or (null) a new one with this role."""

    user: UUID | None
    role: Role
    clients: frozenset[UUID] | None
    expires_at: datetime
    purpose: Purpose


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
    browser: str | None


def create_sign_in_link(
    connection: Connection,
    *,
    at: datetime,
    user: UUID | None = None,
    role: Role = Role.ADMIN,
    clients: Collection[UUID] | None = None,
    lasts: timedelta = LINK_LASTS,
    purpose: Purpose = Purpose.ENTER,
    token: str | None = None,
) -> str:
    """The token of a new one-time link; it stands in the address `/sign-in/{token}`.

    Links that the user had before open nothing any more.
    """
    token = token or new_secret()
    if user is not None:
        delete_links(connection, user)
    connection.execute(
        insert(sign_in_links).values(
            token_hash=hash_of(token),
            user_id=user,
            role=role.value,
            clients=clients_out(clients),
            made_at=at,
            expires_at=at + lasts,
            purpose=purpose.value,
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
    if row is None:
        return None
    return SignInLink(row.user_id, Role(row.role), clients_in(row.clients), row.expires_at, Purpose(row.purpose))


def open_link_of(connection: Connection, user: UUID, *, at: datetime) -> datetime | None:
    """Until when a link of the user opens something; null when they have none."""
    found: datetime | None = connection.execute(
        select(sign_in_links.c.expires_at).where(
            sign_in_links.c.user_id == user, sign_in_links.c.used_at.is_(None), sign_in_links.c.expires_at > at
        )
    ).scalar_one_or_none()
    return found


def delete_links(connection: Connection, user: UUID) -> None:
    """The user's links open nothing any more."""
    connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user))


def redeem(
    connection: Connection,
    token: str,
    *,
    new_user: UUID,
    session_id: UUID,
    at: datetime,
    name: str = "",
    email: str | None = None,
    password: str | None = None,
    browser: str | None = None,
) -> str | None:
    """Use a link up and begin a session; its token goes into the cookie. Null when the link opens nothing (any more).

    A link for a new user makes one, with a person of that name, under the id `new_user`. `password` is a hash; where
    it replaces another, the user's other sessions end.
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
        add_user(connection, user, name, email, link.role, link.clients, made_by=user, at=at, joined_at=at)
    else:
        let_in(connection, user, at=at)
        if name:
            change_person(connection, user, {"name": name}, at=at)
    if password is not None:
        set_password(connection, user, password)
        end_sessions(connection, user, at=at)
    return begin_session(connection, user, session_id=session_id, at=at, browser=browser)


def begin_session(
    connection: Connection, user: UUID, *, session_id: UUID, at: datetime, browser: str | None = None
) -> str:
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
            browser=browser,
        )
    )
    return token


_TOLD = (
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
_BY_TOKEN = _TOLD.where(sessions.c.token_hash == bindparam("token_hash"))


def session_with(connection: Connection, token: str, *, at: datetime) -> Session | None:
    """The session a cookie stands for, unless it ended, ran out, or lay idle for a week."""
    row = connection.execute(_BY_TOKEN, {"token_hash": hash_of(token)}).one_or_none()
    if row is None or at >= row.expires_at or at >= row.last_used_at + SESSION_IDLES:
        return None
    return _session(row)


def sessions_of(connection: Connection, user: UUID, *, at: datetime) -> Sequence[Session]:
    """The sessions in which a user is signed in, the one last used first."""
    rows = connection.execute(
        _TOLD.where(
            sessions.c.user_id == user,
            sessions.c.expires_at > at,
            sessions.c.last_used_at > at - SESSION_IDLES,
        ).order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())
    )
    return [_session(row) for row in rows]


def browsers_of(connection: Connection, ids: Collection[UUID | None]) -> Mapping[UUID, str | None]:
    """In which browser sessions were begun, ended ones included; null where that is not known."""
    rows = connection.execute(select(sessions.c.id, sessions.c.browser).where(sessions.c.id.in_(ids)))
    return {row.id: row.browser for row in rows}


def note_session_use(connection: Connection, session_id: UUID, *, at: datetime) -> None:
    """Remember that a session is in use."""
    connection.execute(update(sessions).where(sessions.c.id == session_id).values(last_used_at=at))


def end_session(connection: Connection, session_id: UUID, *, at: datetime) -> None:
    """Sign out; the cookie opens nothing from now on."""
    connection.execute(
        update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None)).values(ended_at=at)
    )


def end_sessions(connection: Connection, user: UUID, *, at: datetime, but: UUID | None = None) -> int:
    """Sign a user out everywhere, `but` in one session; tells how many ended."""
    where = [sessions.c.user_id == user, sessions.c.ended_at.is_(None)]
    if but is not None:
        where.append(sessions.c.id != but)
    return connection.execute(update(sessions).where(*where).values(ended_at=at)).rowcount


def _session(row: Row[Any]) -> Session:
    return Session(
        row.id,
        row.user_id,
        row.name,
        Role(row.role),
        clients_in(row.clients),
        row.made_at,
        row.last_used_at,
        row.expires_at,
        row.browser,
    )
