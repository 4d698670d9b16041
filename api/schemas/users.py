"""Schemas for users, their sessions and their one-time links."""

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
    """A user to invite: the `name` of a new person, or the id of an existing `person`."""

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
    """Changes to a user; missing fields are unchanged. `active` false disables the user."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "viewer", "clients": ["halcyon-health"]}]})
    name: Name = Field(default="", json_schema_extra=without_default)
    email: Email = Field(default="", json_schema_extra=without_default)
    role: Role = Field(default=Role.VIEWER, json_schema_extra=without_default)
    clients: Clients | None = None
    active: bool = Field(default=True, json_schema_extra=without_default)


class UserAnswer(Answer):
    """A user; `id` is the id of their person. `clients` null means all."""

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
    """A one-time link. `url` is returned only once; earlier links are invalid."""

    purpose: Purpose
    url: str
    expires_at: Instant


class InvitedAnswer(UserAnswer):
    """An invited user and the link to send to them."""

    link: LinkAnswer


class UsersAnswer(Answer):
    """A page of users, oldest first."""

    items: list[UserAnswer]
    next: str | None


class SessionAnswer(Answer):
    """A browser session; `last_used_at` is exact to five minutes."""

    id: Id
    browser: str | None
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    is_this: bool


class SessionsAnswer(Answer):
    """A page of a user's sessions, most recently used first."""

    items: list[SessionAnswer]
    next: str | None


def user_answer(user: User) -> UserAnswer:
    """The response for a user."""
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


def session_answer(session: Session, own_id: UUID | None) -> SessionAnswer:
    """The response for a session. `own_id` is the id of the caller's own session."""
    return SessionAnswer(
        id=session.id,
        browser=session.browser,
        created_at=session.made_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        is_this=session.id == own_id,
    )
