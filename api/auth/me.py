"""Whoever asks: who they are, their password, and the browsers in which they are signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Connection

from api.auth.access import Caller, Door
from api.auth.passwords import fits, hash_password, in_line, weakness_of
from api.auth.sign_in import take_turn
from api.auth.users import end_one, sessions_answer
from api.commands import CommandContext, Owning, with_keyed_hash
from api.http.openapi import refuses
from api.http.paging import Page, paged
from api.http.path_parameters import SessionInPath
from api.http.problems import EMAIL_TAKEN, Problem, invalid
from api.queries import OwnReading, Reading
from api.replies import Reply
from api.schemas.scalars import Answer, Body, Email, Id, Name, Secret
from api.schemas.users import SessionsAnswer
from api.state.addresses import email_key
from api.state.audit import Act, audit
from api.state.login_attempts import forgive, on_account
from api.state.people import change_person
from api.state.roles import Role
from api.state.sessions import delete_links, end_sessions, sessions_of
from api.state.users import User, change_user, find_user, is_taken, lock_of, set_password

router = APIRouter(prefix="/me", tags=["access"])


class MeAnswer(Answer):
    """Whoever asks, and by what they came in; `clients` null: all of them. A key has no address and no password."""

    id: Id
    name: str
    role: Role
    clients: list[Id] | None
    door: Door
    email: str | None
    has_password: bool


class MeBody(Body):
    """What changes about oneself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Dana Whitfield"}]})
    name: Name


class PasswordBody(Body):
    """A new password, and the `current` one where there is one; an address to sign in with where there is none yet."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"current": "plum harbour quilt", "new": "seven lanterns uphill"}]}
    )
    current: Secret | None = None
    new: Secret
    email: Email | None = Field(default=None, description="Only where no address is set yet; an admin changes one.")


@router.get("", summary="Show oneself")
def show_me(read: Reading) -> MeAnswer:
    """Who asks, with which role, limited to which clients."""
    with read.kept() as connection:
        user = find_user(connection, read.caller.id) if read.caller.door is Door.SESSION else None
    return _told(read.caller, user)


@router.patch("", response_model=MeAnswer, summary="Change oneself")
def patch_me(body: MeBody, write: Owning) -> Response:
    """Change one's name."""
    user = write.caller.id

    def change(connection: Connection) -> Reply:
        now = write.context.now()
        change_person(connection, user, {"name": body.name}, at=now)
        audit(connection, write.caller, Act.PERSON_CHANGED, user, at=now, detail={"fields": ["name"]})
        known = find_user(connection, user)
        return Reply.of(200, _told(write.caller, known))

    return write.change_state(change)


@router.post(
    "/password",
    status_code=204,
    operation_id="set_own_password",
    summary="Choose a password",
    responses=refuses(409, 429),
)
def post_password(body: PasswordBody, write: Owning) -> Response:
    """Choose a password; every other session ends, and so do links to a new one."""

    def choose() -> Reply:
        _choose_password(write, body)
        return Reply(204, b"")

    return with_keyed_hash(write).answer(choose)


@router.get("/sessions", operation_id="list_own_sessions", summary="List one's sessions")
def show_own_sessions(
    request: Request, response: Response, read: OwnReading, page: Annotated[Page, Depends(paged(datetime, UUID))]
) -> SessionsAnswer:
    """The browsers in which one is signed in."""
    with read.kept() as connection:
        sessions = sessions_of(connection, read.caller.id, at=read.context.now())
    return sessions_answer(request, response, page, sessions, read.caller.door_id)


@router.delete("/sessions", status_code=204, summary="End one's other sessions")
def delete_other_sessions(write: Owning) -> Response:
    """Sign out everywhere else."""
    user = write.caller.id

    def end(connection: Connection) -> Reply:
        now = write.context.now()
        ended = end_sessions(connection, user, at=now, but=write.caller.door_id)
        audit(connection, write.caller, Act.SIGNED_OUT, user, at=now, detail={"sessions": ended})
        return Reply(204, b"")

    return write.change_state(end)


@router.delete("/sessions/{session_id}", status_code=204, summary="End one of one's sessions", responses=refuses(404))
def delete_own_session(session: SessionInPath, write: Owning) -> Response:
    """Sign out in one browser."""
    user = write.caller.id
    return write.change_state(lambda connection: end_one(connection, user, session, write))


def _choose_password(write: CommandContext, body: PasswordBody) -> None:
    context, caller = write.context, write.caller
    with context.log.engine.connect() as connection:
        user = find_user(connection, caller.id)
        lock = lock_of(connection, user.email) if user and user.email else None
    email = user.email if user and user.email else body.email
    if user is None or email is None:
        raise invalid(("email", "must be given: you have none to sign in with"))
    if user.email is not None and body.email is not None and email_key(body.email) != user.email:
        raise invalid(("email", "is changed by an admin"))
    if weakness := weakness_of(body.new, (user.name, email)):
        raise invalid(("new", weakness))
    kept = lock.password if lock else None
    with in_line():
        if kept is not None:
            take_turn(context, [on_account(email_key(email))])
            if not fits(kept, body.current or ""):
                raise invalid(("current", "is not your password"))
        anew = hash_password(body.new)

    def change(connection: Connection) -> None:
        if user.email is None:
            if is_taken(connection, email, but_by=user.id):
                raise Problem(EMAIL_TAKEN)
            change_user(connection, user.id, {"email": email_key(email)})
        set_password(connection, user.id, anew)
        forgive(connection, on_account(email_key(email)))
        delete_links(connection, user.id)
        end_sessions(connection, user.id, at=context.now(), but=caller.door_id)
        audit(connection, caller, Act.PASSWORD_SET, user.id, at=context.now())

    context.log.write(change)


def _told(caller: Caller, user: User | None) -> MeAnswer:
    told: dict[str, Any] = {"name": caller.name, "email": None, "has_password": False}
    if user is not None:
        told = {"name": user.name, "email": user.email, "has_password": user.has_password}
    return MeAnswer(
        id=caller.id,
        role=caller.role,
        clients=None if caller.visible is None else sorted(caller.visible),
        door=caller.door,
        **told,
    )
