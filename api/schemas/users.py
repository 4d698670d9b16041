"""Users, their sessions and their one-time links, as they are asked for and told."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.scalars import Answer, Body, Email, Id, Instant, Name, without_default
from api.state.roles import Role
from api.state.sessions import Purpose, Session
from api.state.users import Standing, User

Clients = Annotated[list[str], Field(max_length=1000, description="Ids or slugs; null: all clients.")]


class InvitationBody(Body):
    """Somebody to be let in: a new person's `name`, or the id of a `person` who is on record already."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"email": "dana@example.org", "name": "Dana Whitfield", "role": "recorder", "clients": None}]
        }
    )
    email: Email
    name: Name = Field(default="", json_schema_extra=without_default)
    person: Id | None = None
    role: Role
    clients: Clients | None = None


class UserChangeBody(Body):
    """What changes about a user; what is left out stays. `active` false lets them in no more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "viewer", "clients": ["halcyon-health"]}]})
    name: Name = Field(default="", json_schema_extra=without_default)
    email: Email = Field(default="", json_schema_extra=without_default)
    role: Role = Field(default=Role.VIEWER, json_schema_extra=without_default)
    clients: Clients | None = None
    active: bool = Field(default=True, json_schema_extra=without_default)


class UserAnswer(Answer):
    """A user; `id` is that of the person they are. `clients` null: all of them."""

    id: Id
    name: str
    email: str | None
    role: Role
    clients: list[Id] | None
    standing: Standing
    created_at: Instant
    joined_at: Instant | None
    disabled_at: Instant | None
    last_seen_at: Instant | None


class LinkAnswer(Answer):
    """A one-time link; `url` is shown this once, and the one before it opens nothing any more."""

    purpose: Purpose
    url: str
    expires_at: Instant


class InvitedAnswer(UserAnswer):
    """A user who has just been invited, and the link to be sent to them."""

    link: LinkAnswer


class UsersAnswer(Answer):
    """A page of users, oldest first."""

    items: list[UserAnswer]
    next: str | None


class SessionAnswer(Answer):
    """A browser that is signed in; `last_used_at` is exact to five minutes."""

    id: Id
    browser: str | None
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    is_this: bool


class SessionsAnswer(Answer):
    """A page of somebody's sessions, the one last used first."""

    items: list[SessionAnswer]
    next: str | None


def user_answer(user: User) -> UserAnswer:
    """What is told of a user."""
    return UserAnswer(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        clients=None if user.clients is None else sorted(user.clients),
        standing=user.standing,
        created_at=user.made_at,
        joined_at=user.joined_at,
        disabled_at=user.disabled_at,
        last_seen_at=user.last_seen_at,
    )


def session_answer(session: Session, this: UUID | None) -> SessionAnswer:
    """What is told of a session; `this` is the one that asks."""
    return SessionAnswer(
        id=session.id,
        browser=session.browser,
        created_at=session.made_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        is_this=session.id == this,
    )
