"""Authentication and authorization: who the caller is and what they may do.

Every route depends on a `Viewer`, a `Recorder` or an `Admin`, or is on the public list; a test checks all routes.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from api.context import AppContext, app_context
from api.http.parameters import check_parameters
from api.http.problems import FORBIDDEN, UNAUTHENTICATED, Problem
from api.state.keys import Key, key_with_hash
from api.state.people import OWNER, OWNER_NAME
from api.state.roles import Role
from api.state.secrets import KEY_PREFIX, hash_of
from api.state.sessions import USE_INTERVAL, note_session_use, session_with
from projections.log import LogFault

COOKIE = "seatline"
SECURE_COOKIE = "__Host-seatline"
LONGEST_KEY = 100


class Door(StrEnum):
    """How the caller authenticated."""

    KEY = "key"
    SESSION = "session"
    COMMAND_LINE = "command line"
    SHARE_LINK = "share link"


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller.

    `id` is recorded in events; `visible` holds the ids of the clients the caller may see (null: all).
    """

    id: UUID
    name: str
    role: Role
    visible: frozenset[UUID] | None
    door: Door
    door_id: UUID

    def may(self, role: Role) -> bool:
        """Whether the caller's role covers a required role."""
        return self.role.covers(role)

    def sees(self, client: UUID) -> bool:
        """Whether the caller may see a client."""
        return self.visible is None or client in self.visible


THE_OWNER = Caller(OWNER, OWNER_NAME, Role.ADMIN, None, Door.COMMAND_LINE, OWNER)
"""A local operator with direct access to the database (full rights)."""


def caller_of(request: Request, *, notes_use: bool = True) -> Caller | None:
    """The caller of a request, or null when it carries no valid credential. Also used by the pages.

    A session counts as used unless `notes_use` is false, as for checks that no person caused.
    """
    context = app_context(request)
    if "authorization" in request.headers:
        secret = _api_key_of(request)
        return _by_key(context, secret) if secret else None
    token = credential_of(request)
    return _by_session(context, token, notes_use=notes_use) if token else None


def credential_of(request: Request) -> str:
    """The credential of a request: the bearer token if there is one, else the session cookie; empty without either."""
    if "authorization" in request.headers:
        scheme, _, secret = request.headers["authorization"].partition(" ")
        return secret.strip() if scheme.lower() == "bearer" else ""
    return request.cookies.get(cookie_name(request), "")


def needs(role: Role, door: Door | None = None, *, whole: bool = False) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency that requires a role, optionally a sign-in method (`door`) and access to all clients (`whole`)."""

    async def authorize(request: Request) -> Caller:
        caller = await caller_with(role, request, door, whole=whole)
        check_parameters(request)
        return caller

    return authorize


async def caller_with(role: Role, request: Request, door: Door | None = None, *, whole: bool = False) -> Caller:
    """The caller of a request if they meet the requirements. Raises `Problem` 401 or 403."""
    # A cached key needs no database access, and so no worker thread; switching threads costs more than the answer.
    caller = cached_caller(request) or await run_in_threadpool(caller_of, request)
    return check_may(caller, role, door, whole=whole)


def cached_caller(request: Request) -> Caller | None:
    """The caller of a request if their API key is cached; null says nothing about the request."""
    context = app_context(request)
    secret = _api_key_of(request)
    key = secret and context.key_cache.get(context.log.state_version(), hash_of(secret))
    return _with_key(context, key) if key else None


def check_may(caller: Caller | None, role: Role, door: Door | None = None, *, whole: bool = False) -> Caller:
    """Refuse unauthenticated callers (401) and those without the role, sign-in method or access needed (403)."""
    if caller is None:
        raise Problem(UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="seatline"'})
    if not caller.may(role):
        raise Problem(FORBIDDEN, f"This requires the role {role}.")
    if door is not None and caller.door is not door:
        raise Problem(FORBIDDEN, f"This requires a {door}; you authenticated with a {caller.door}.")
    if whole:
        check_sees_all(caller)
    return caller


Viewer = Annotated[Caller, Depends(needs(Role.VIEWER))]
Recorder = Annotated[Caller, Depends(needs(Role.RECORDER))]
Admin = Annotated[Caller, Depends(needs(Role.ADMIN))]
WholeRecorder = Annotated[Caller, Depends(needs(Role.RECORDER, whole=True))]
Governor = Annotated[Caller, Depends(needs(Role.ADMIN, whole=True))]
"""An admin with access to all clients, required for firm-wide settings."""
SignedIn = Annotated[Caller, Depends(needs(Role.VIEWER, Door.SESSION))]


def check_sees_all(caller: Caller) -> None:
    """Refuse (403) callers who are limited to some clients."""
    if caller.visible is not None:
        raise Problem(FORBIDDEN, "This requires access to all clients.")


def cookie_name(connection: HTTPConnection) -> str:
    """The name of the session cookie; on HTTPS with the `__Host-` prefix, which binds the cookie to this host."""
    return SECURE_COOKIE if connection.url.scheme == "https" else COOKIE


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Set the session cookie."""
    secure = request.url.scheme == "https"
    response.set_cookie(cookie_name(request), token, path="/", secure=secure, httponly=True, samesite="lax")


def clear_session_cookie(request: Request, response: Response) -> None:
    """Delete the session cookie."""
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="lax")


def _api_key_of(request: Request) -> str:
    """The bearer token if it looks like an API key, else empty."""
    secret = credential_of(request) if "authorization" in request.headers else ""
    return secret if secret.startswith(KEY_PREFIX) and len(secret) <= LONGEST_KEY else ""


def _by_key(context: AppContext, secret: str) -> Caller | None:
    if hmac.compare_digest(secret.encode(), context.owner_secret.encode()):
        return THE_OWNER
    secret_hash, mark = hash_of(secret), context.log.state_version()
    with context.log.engine.connect() as connection:
        key = key_with_hash(connection, secret_hash)
    if key is None:
        return None
    context.key_cache.put(mark, secret_hash, key)
    return _with_key(context, key)


def _with_key(context: AppContext, key: Key) -> Caller | None:
    now = context.now()
    if not key.is_valid(now):
        return None
    context.key_uses.note(key.id, now)
    return Caller(key.id, key.name, key.role, key.clients, Door.KEY, key.id)


def _by_session(context: AppContext, token: str, *, notes_use: bool) -> Caller | None:
    now = context.now()
    with context.log.engine.connect() as connection:
        session = session_with(connection, token, at=now)
    if session is None:
        return None
    if notes_use and now - session.last_used_at >= USE_INTERVAL:
        with suppress(LogFault):  # reading continues while nothing can be written; the use is noted later
            context.log.write(lambda connection: note_session_use(connection, session.id, at=now))
    return Caller(session.user, session.name, session.role, session.clients, Door.SESSION, session.id)
