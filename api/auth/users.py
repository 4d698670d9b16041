"""Users: whoever signs in with a browser. An admin of all clients invites, limits, disables and removes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.keys import clients_named
from api.auth.last_admin import keeping_an_admin
from api.auth.one_time_links import make_link, with_url
from api.commands import CommandContext, Governing, GoverningChange
from api.context import AppContext
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import SessionInPath, UserInPath
from api.http.problems import ALREADY_A_USER, EMAIL_TAKEN, UNKNOWN_SESSION, UNKNOWN_USER, Problem, invalid
from api.http.public_address import address_of
from api.queries import GoverningReading
from api.replies import Reply
from api.schemas.users import (
    InvitationBody,
    InvitedAnswer,
    LinkAnswer,
    SessionsAnswer,
    UserAnswer,
    UserChangeBody,
    UsersAnswer,
    session_answer,
    user_answer,
)
from api.state.addresses import email_key
from api.state.audit import Act, audit
from api.state.people import change_person, find_person
from api.state.roles import clients_out
from api.state.saved_views import forget_views_of
from api.state.sessions import Session, end_session, end_sessions, sessions_of
from api.state.users import (
    User,
    add_user,
    change_user,
    disable_user,
    enable_user,
    find_user,
    is_taken,
    list_users,
    remove_user,
)

router = APIRouter(prefix="/users", tags=["access"])


@router.post(
    "",
    status_code=201,
    response_model=InvitedAnswer,
    operation_id="invite_user",
    summary="Invite a user",
    responses=refuses(404, 409),
)
def post_user(body: InvitationBody, write: Governing, request: Request) -> Response:
    """Invite somebody. The one-time link is in this answer and kept nowhere; it opens within a week."""
    return invite(body, write, address_of(request))


def invite(body: InvitationBody, write: CommandContext, url: str) -> Response:
    """Invite somebody to the application at an address."""
    if (body.person is None) is (body.name == ""):
        raise invalid(("name", "must be given, or else `person`, and not both"))
    clients = None if body.clients is None else clients_named(write.context, body.clients)
    user = body.person or write.context.new_id()

    def keep(connection: Connection) -> Reply:
        if is_taken(connection, body.email):
            raise Problem(EMAIL_TAKEN)
        if body.person is not None:
            person = find_person(connection, user)
            if person is None or person.erased_at is not None:
                raise invalid(("person", "must be the id of somebody on record"))
            if find_user(connection, user) is not None:
                raise Problem(ALREADY_A_USER)
        add_user(
            connection,
            user,
            body.name or None,
            body.email,
            body.role,
            clients,
            made_by=write.caller.id,
            at=write.context.now(),
        )
        detail = {"role": body.role.value, "clients": clients_out(clients)}
        audit(connection, write.caller, Act.USER_INVITED, user, at=write.context.now(), detail=detail)
        invited = found(connection, user)
        link = make_link(connection, write, invited)
        known = user_answer(invited)
        answer = InvitedAnswer(**known.model_dump(), link=link)
        return Reply.of(201, answer, Location=f"/api/v1/users/{user}", ETag=user_etag(known))

    return write.change_state(keep, lambda reply: with_url(reply, write, url))


@router.get("", operation_id="list_users", summary="List users")
def show_users(
    request: Request,
    response: Response,
    read: GoverningReading,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
) -> UsersAnswer:
    """All users, oldest first: the invited, the active and the disabled."""
    with read.kept() as connection:
        users = list_users(connection, limit=page.limit + 1, after=page.after)
    items, cursor = page.cut(users, lambda user: (user.made_at, user.id))
    link_next(request, response, cursor)
    return UsersAnswer(items=[user_answer(user) for user in items], next=cursor)


@router.get("/{user_id}", summary="Show a user", responses=refuses(404))
def show_user(user: UserInPath, read: GoverningReading, response: Response) -> UserAnswer:
    """One user."""
    with read.kept() as connection:
        answer = user_answer(found(connection, user))
    response.headers["ETag"] = user_etag(answer)
    return answer


def user_etag(user: UserAnswer) -> str:
    """The entity tag of a user; being seen changes nothing of them."""
    return etag_of_content(user, "last_seen_at")


@router.patch("/{user_id}", response_model=UserAnswer, summary="Change a user", responses=refuses(404, 409, 412))
def patch_user(user: UserInPath, body: UserChangeBody, write: GoverningChange) -> Response:
    """Change what is named; it holds at once, in every session. The last admin of all clients stays one."""
    given = body.model_fields_set
    changes: dict[str, Any] = {}
    if "role" in given:
        changes["role"] = body.role.value
    if "clients" in given:
        clients = (
            None if body.clients is None else clients_named(write.context, body.clients, _limit_of(write.context, user))
        )
        changes["clients"] = clients_out(clients)
    if "email" in given:
        changes["email"] = email_key(body.email)

    def change(connection: Connection) -> Reply:
        write.expected.check_tag(user_etag(user_answer(found(connection, user))))
        if "email" in given and is_taken(connection, body.email, but_by=user):
            raise Problem(EMAIL_TAKEN)
        with keeping_an_admin(connection):
            change_user(connection, user, changes)
            if "name" in given:
                change_person(connection, user, {"name": body.name}, at=write.context.now())
            if "active" in given:
                _set_active(connection, user, write, active=body.active)
        if told := sorted(given - {"active"}):
            detail: dict[str, Any] = {name: changes[name] for name in ("role", "clients") if name in changes}
            detail["fields"] = told
            audit(connection, write.caller, Act.USER_CHANGED, user, at=write.context.now(), detail=detail)
        answer = user_answer(found(connection, user))
        return Reply.of(200, answer, ETag=user_etag(answer))

    return write.change_state(change)


def _limit_of(context: AppContext, user: UUID) -> frozenset[UUID]:
    with context.log.engine.connect() as connection:
        return found(connection, user).clients or frozenset()


@router.delete("/{user_id}", status_code=204, summary="Remove a user", responses=refuses(404, 409, 412))
def delete_user(user: UserInPath, write: GoverningChange) -> Response:
    """Nobody signs in as them any more. The person stays on record, with name and address, until they are erased."""

    def remove(connection: Connection) -> Reply:
        write.expected.check_tag(user_etag(user_answer(found(connection, user))))
        with keeping_an_admin(connection):
            remove_user(connection, user)
        forget_views_of(connection, user)
        audit(connection, write.caller, Act.USER_REMOVED, user, at=write.context.now())
        return Reply(204, b"")

    return write.change_state(remove)


@router.post(
    "/{user_id}/sign-in-links",
    status_code=201,
    response_model=LinkAnswer,
    operation_id="create_sign_in_link",
    summary="Make a one-time link",
    responses=refuses(404, 409),
)
def post_link(user: UserInPath, write: Governing, request: Request) -> Response:
    """Invite somebody anew who has not come in yet, or let a user choose a new password. Earlier links are void."""
    return link_for(user, write, address_of(request))


def link_for(user: UUID, write: CommandContext, url: str) -> Response:
    """Make a one-time link for a user of the application at an address."""

    def keep(connection: Connection) -> Reply:
        return Reply.of(201, make_link(connection, write, found(connection, user)))

    return write.change_state(keep, lambda reply: with_url(reply, write, url))


@router.get(
    "/{user_id}/sessions", operation_id="list_user_sessions", summary="List a user's sessions", responses=refuses(404)
)
def show_sessions(
    user: UserInPath,
    request: Request,
    response: Response,
    read: GoverningReading,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
) -> SessionsAnswer:
    """The browsers in which a user is signed in."""
    with read.kept() as connection:
        found(connection, user)
        sessions = sessions_of(connection, user, at=read.context.now())
    return sessions_answer(request, response, page, sessions, read.caller.door_id)


def sessions_answer(
    request: Request, response: Response, page: Page, sessions: Sequence[Session], this: UUID
) -> SessionsAnswer:
    """A page of sessions that are sorted by their last use, the latest first; `this` is the one that asks."""
    before = page.after
    rest = [session for session in sessions if before is None or _session_place(session) < before]
    shown, cursor = page.cut(rest, _session_place)
    link_next(request, response, cursor)
    return SessionsAnswer(items=[session_answer(session, this) for session in shown], next=cursor)


def _session_place(session: Session) -> tuple[datetime, UUID]:
    return session.last_used_at, session.id


@router.delete(
    "/{user_id}/sessions",
    status_code=204,
    operation_id="delete_user_sessions",
    summary="End a user's sessions",
    responses=refuses(404),
)
def delete_sessions(user: UserInPath, write: Governing) -> Response:
    """Sign a user out everywhere."""

    def end(connection: Connection) -> Reply:
        found(connection, user)
        ended = end_sessions(connection, user, at=write.context.now())
        audit(connection, write.caller, Act.SIGNED_OUT, user, at=write.context.now(), detail={"sessions": ended})
        return Reply(204, b"")

    return write.change_state(end)


@router.delete(
    "/{user_id}/sessions/{session_id}",
    status_code=204,
    operation_id="delete_user_session",
    summary="End a user's session",
    responses=refuses(404),
)
def delete_session(user: UserInPath, session: SessionInPath, write: Governing) -> Response:
    """Sign a user out in one browser."""

    def end(connection: Connection) -> Reply:
        found(connection, user)
        return end_one(connection, user, session, write)

    return write.change_state(end)


def end_one(connection: Connection, user: UUID, session: UUID, write: CommandContext) -> Reply:
    """End a session of a user; refuses (404) what is none of theirs."""
    now = write.context.now()
    if session not in {open_one.id for open_one in sessions_of(connection, user, at=now)}:
        raise Problem(UNKNOWN_SESSION)
    end_session(connection, session, at=now)
    audit(connection, write.caller, Act.SIGNED_OUT, user, at=now, detail={"session": str(session)})
    return Reply(204, b"")


def _set_active(connection: Connection, user: UUID, write: CommandContext, *, active: bool) -> None:
    now = write.context.now()
    if active:
        enable_user(connection, user)
    else:
        disable_user(connection, user, at=now)
    audit(connection, write.caller, Act.USER_ENABLED if active else Act.USER_DISABLED, user, at=now)


def found(connection: Connection, user: UUID) -> User:
    """A user by their id; refuses (404) an id that is nobody's."""
    known = find_user(connection, user)
    if known is None:
        raise Problem(UNKNOWN_USER)
    return known
