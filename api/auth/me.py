"""The caller's own account: identity, password and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Connection

from api.auth.access import Caller, Door
from api.auth.passwords import hash_password, hashing_slot, verify_password, weakness_of
from api.auth.sign_in import throttle
from api.auth.users import end_one, sessions_answer
from api.commands import CommandContext, OwnAccountCommand, with_keyed_hash
from api.http.csv_xlsx import TABLES, Format, Formatted
from api.http.openapi import refuses
from api.http.paging import Page, paged
from api.http.path_parameters import SessionInPath
from api.http.problems import EMAIL_TAKEN, Problem, invalid
from api.queries import OwnAccountQuery, ViewerQuery
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Email, Id, Name, Secret
from api.schemas.users import SessionsAnswer
from api.state.addresses import email_key
from api.state.audit import Act, audit
from api.state.login_attempts import on_account, reset_attempts
from api.state.people import change_person
from api.state.roles import Role
from api.state.sessions import delete_links, end_sessions, sessions_of
from api.state.users import User, change_user, credentials_of, find_user, is_taken, set_password

router = APIRouter(prefix="/me", tags=["access"])


class MeAnswer(Answer):
    """The caller and how they authenticated. `clients` null means all; an API key has no email and no password."""

    id: Id
    name: str
    role: Role
    clients: list[Id] | None
    door: Door
    email: str | None
    has_password: bool


class MeBody(Body):
    """Changes to the caller's own account."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Dana Whitfield"}]})
    name: Name


class PasswordBody(Body):
    """A new password. `current` is required if a password is set, `email` if no address is set."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"current": "plum harbour quilt", "new": "seven lanterns uphill"}]}
    )
    current: Secret | None = None
    new: Secret
    email: Email | None = Field(default=None, description="Only if no address is set yet; ask an admin to change it.")


@router.get("", summary="Show the caller")
def show_me(query: ViewerQuery) -> MeAnswer:
    """Return the caller, their role and the clients they are limited to."""
    with query.state() as connection:
        user = find_user(connection, query.caller.id) if query.caller.door is Door.SESSION else None
    return _me_answer(query.caller, user)


@router.patch("", response_model=MeAnswer, summary="Change the caller")
def patch_me(body: MeBody, command: OwnAccountCommand) -> Response:
    """Change the caller's name."""
    user_id = command.caller.id

    def change(connection: Connection) -> Reply:
        now = command.context.now()
        change_person(connection, user_id, {"name": body.name}, at=now)
        audit(connection, command.caller, Act.PERSON_CHANGED, user_id, at=now, detail={"fields": ["name"]})
        user = find_user(connection, user_id)
        return Reply.of(200, _me_answer(command.caller, user))

    return command.change_state(change)


@router.post(
    "/password",
    status_code=204,
    operation_id="set_own_password",
    summary="Choose a password",
    responses=refuses(409, 429),
)
def post_password(body: PasswordBody, command: OwnAccountCommand) -> Response:
    """Set a new password. Every other session ends, and unused password links become invalid."""

    def choose() -> Reply:
        _choose_password(command, body)
        return Reply(204, b"")

    return with_keyed_hash(command).answer(choose)


@router.get(
    "/sessions",
    response_model=SessionsAnswer,
    operation_id="list_own_sessions",
    summary="List the caller's sessions",
    responses=TABLES,
)
def show_own_sessions(
    request: Request,
    response: Response,
    query: OwnAccountQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> SessionsAnswer | Response:
    """List the browsers in which the caller is signed in."""
    with query.state() as connection:
        sessions = sessions_of(connection, query.caller.id, at=query.context.now())
    return sessions_answer(request, response, page, file_format, sessions, query.caller.door_id)


@router.delete("/sessions", status_code=204, summary="End the caller's other sessions")
def delete_other_sessions(command: OwnAccountCommand) -> Response:
    """Sign out in all other browsers."""
    user_id = command.caller.id

    def end(connection: Connection) -> Reply:
        now = command.context.now()
        count = end_sessions(connection, user_id, at=now, except_id=command.caller.door_id)
        audit(connection, command.caller, Act.SIGNED_OUT, user_id, at=now, detail={"sessions": count})
        return Reply(204, b"")

    return command.change_state(end)


@router.delete("/sessions/{session_id}", status_code=204, summary="End a session of the caller", responses=refuses(404))
def delete_own_session(session_id: SessionInPath, command: OwnAccountCommand) -> Response:
    """Sign out in one browser."""
    user_id = command.caller.id
    return command.change_state(lambda connection: end_one(connection, user_id, session_id, command))


def _choose_password(command: CommandContext, body: PasswordBody) -> None:
    context, caller = command.context, command.caller
    with context.log.engine.connect() as connection:
        user = find_user(connection, caller.id)
        credentials = credentials_of(connection, user.email) if user and user.email else None
    email = user.email if user and user.email else body.email
    if user is None or email is None:
        raise invalid(("email", "is required: you have no address to sign in with"))
    if user.email is not None and body.email is not None and email_key(body.email) != user.email:
        raise invalid(("email", "can only be changed by an admin"))
    if weakness := weakness_of(body.new, (user.name, email)):
        raise invalid(("new", weakness))
    password_hash = credentials.password if credentials else None
    with hashing_slot():
        if password_hash is not None:
            throttle(context, [on_account(email_key(email))])
            if not verify_password(password_hash, body.current or ""):
                raise invalid(("current", "is not your current password"))
        new_hash = hash_password(body.new)

    def change(connection: Connection) -> None:
        if user.email is None:
            if is_taken(connection, email, except_id=user.id):
                raise Problem(EMAIL_TAKEN)
            change_user(connection, user.id, {"email": email_key(email)})
        set_password(connection, user.id, new_hash)
        reset_attempts(connection, on_account(email_key(email)))
        delete_links(connection, user.id)
        end_sessions(connection, user.id, at=context.now(), except_id=caller.door_id)
        audit(connection, caller, Act.PASSWORD_SET, user.id, at=context.now())

    context.check_writable()
    context.log.write(change)


def _me_answer(caller: Caller, user: User | None) -> MeAnswer:
    account: dict[str, Any] = {"name": caller.name, "email": None, "has_password": False}
    if user is not None:
        account = {"name": user.name, "email": user.email, "has_password": user.has_password}
    return MeAnswer(
        id=caller.id,
        role=caller.role,
        clients=None if caller.visible is None else sorted(caller.visible),
        door=caller.door,
        **account,
    )
