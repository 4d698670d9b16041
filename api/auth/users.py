"""Users who sign in with a browser. An admin with access to all clients invites, limits, disables and removes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.keys import client_ids_of
from api.auth.last_admin import require_admin_remains
from api.auth.one_time_links import make_link, with_url
from api.commands import CommandContext, FirmAdminChange, FirmAdminCommand
from api.context import AppContext
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import SessionInPath, UserInPath
from api.http.problems import ALREADY_A_USER, EMAIL_TAKEN, UNKNOWN_SESSION, UNKNOWN_USER, Problem, invalid
from api.http.public_address import public_address_of
from api.queries import FirmAdminQuery
from api.replies import Reply
from api.schemas.users import (
    InvitationBody,
    InvitedAnswer,
    LinkAnswer,
    SessionAnswer,
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
from api.state.roles import clients_to_json
from api.state.saved_views import delete_private_views
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
from api.state.visits import forget_visits

router = APIRouter(prefix="/users", tags=["access"])


@router.post(
    "",
    status_code=201,
    response_model=InvitedAnswer,
    operation_id="invite_user",
    summary="Invite a user",
    responses=refuses(404, 409),
)
def post_user(body: InvitationBody, command: FirmAdminCommand, request: Request) -> Response:
    """Invite a user. The one-time link is returned once and is not stored; it is valid for a week."""
    return invite(body, command, public_address_of(request))


def invite(body: InvitationBody, command: CommandContext, url: str) -> Response:
    """Invite a user; `url` is the public address under which the link is built."""
    if (body.person is None) is (body.name == ""):
        raise invalid(("name", "is required unless `person` is given; enter one of them"))
    clients = None if body.clients is None else client_ids_of(command.context, body.clients)
    user_id = body.person or command.context.new_id()

    def keep(connection: Connection) -> Reply:
        if is_taken(connection, body.email):
            raise Problem(EMAIL_TAKEN)
        if body.person is not None:
            person = find_person(connection, user_id)
            if person is None or person.erased_at is not None:
                raise invalid(("person", "must be the id of an existing person"))
            if find_user(connection, user_id) is not None:
                raise Problem(ALREADY_A_USER)
        add_user(
            connection,
            user_id,
            body.name or None,
            body.email,
            body.role,
            clients,
            made_by=command.caller.id,
            at=command.context.now(),
        )
        detail = {"role": body.role.value, "clients": clients_to_json(clients)}
        audit(connection, command.caller, Act.USER_INVITED, user_id, at=command.context.now(), detail=detail)
        invited = existing_user(connection, user_id)
        link = make_link(connection, command, invited)
        answer_user = user_answer(invited)
        answer = InvitedAnswer(**answer_user.model_dump(), link=link)
        return Reply.of(201, answer, Location=f"/api/v1/users/{user_id}", ETag=user_etag(answer_user))

    return command.change_state(keep, lambda reply: with_url(reply, command, url))


@router.get("", response_model=UsersAnswer, operation_id="list_users", summary="List users", responses=TABLES)
def show_users(
    request: Request,
    response: Response,
    query: FirmAdminQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> UsersAnswer | Response:
    """List all users, oldest first, including invited and disabled ones; CSV and XLSX contain all of them."""
    with query.state() as connection:
        users = list_users(connection, limit=page.limit + 1, after=page.after)
    items, cursor = page.cut(users, lambda user: (user.made_at, user.id))
    link_next(request, response, cursor)
    answers = [user_answer(user) for user in items]
    if file_format is not Format.JSON:
        return table_of_items(file_format, "users", UserAnswer, answers, response.headers)
    return UsersAnswer(items=answers, next=cursor)


@router.get("/{user_id}", summary="Show a user", responses=refuses(404))
def show_user(user_id: UserInPath, query: FirmAdminQuery, response: Response) -> UserAnswer:
    """Return one user."""
    with query.state() as connection:
        answer = user_answer(existing_user(connection, user_id))
    response.headers["ETag"] = user_etag(answer)
    return answer


def user_etag(user: UserAnswer) -> str:
    """The entity tag of a user. Being active does not change it."""
    return etag_of_content(user, "last_seen_at")


@router.patch("/{user_id}", response_model=UserAnswer, summary="Change a user", responses=refuses(404, 409, 412))
def patch_user(user_id: UserInPath, body: UserChangeBody, command: FirmAdminChange) -> Response:
    """Change the given fields, with immediate effect in every session.

    The last admin of all clients cannot be removed.
    """
    fields = body.model_fields_set
    changes: dict[str, Any] = {}
    if "role" in fields:
        changes["role"] = body.role.value
    if "clients" in fields:
        clients = (
            None
            if body.clients is None
            else client_ids_of(command.context, body.clients, _limit_of(command.context, user_id))
        )
        changes["clients"] = clients_to_json(clients)
    if "email" in fields:
        changes["email"] = email_key(body.email)

    def change(connection: Connection) -> Reply:
        command.expected.check_tag(user_etag(user_answer(existing_user(connection, user_id))))
        if "email" in fields and is_taken(connection, body.email, except_id=user_id):
            raise Problem(EMAIL_TAKEN)
        with require_admin_remains(connection):
            change_user(connection, user_id, changes)
            if "name" in fields:
                change_person(connection, user_id, {"name": body.name}, at=command.context.now())
            if "active" in fields:
                _set_active(connection, user_id, command, active=body.active)
        if changed := sorted(fields - {"active"}):
            detail: dict[str, Any] = {name: changes[name] for name in ("role", "clients") if name in changes}
            detail["fields"] = changed
            audit(connection, command.caller, Act.USER_CHANGED, user_id, at=command.context.now(), detail=detail)
        answer = user_answer(existing_user(connection, user_id))
        return Reply.of(200, answer, ETag=user_etag(answer))

    return command.change_state(change)


def _limit_of(context: AppContext, user_id: UUID) -> frozenset[UUID]:
    with context.log.engine.connect() as connection:
        return existing_user(connection, user_id).clients or frozenset()


@router.delete("/{user_id}", status_code=204, summary="Remove a user", responses=refuses(404, 409, 412))
def delete_user(user_id: UserInPath, command: FirmAdminChange) -> Response:
    """Remove a user's access. The person stays on record, with name and address, until they are erased."""

    def remove(connection: Connection) -> Reply:
        command.expected.check_tag(user_etag(user_answer(existing_user(connection, user_id))))
        with require_admin_remains(connection):
            remove_user(connection, user_id)
        delete_private_views(connection, user_id)
        forget_visits(connection, user_id)
        audit(connection, command.caller, Act.USER_REMOVED, user_id, at=command.context.now())
        return Reply(204, b"")

    return command.change_state(remove)


@router.post(
    "/{user_id}/sign-in-links",
    status_code=201,
    response_model=LinkAnswer,
    operation_id="create_sign_in_link",
    summary="Create a one-time link",
    responses=refuses(404, 409),
)
def post_link(user_id: UserInPath, command: FirmAdminCommand, request: Request) -> Response:
    """Create a new invitation for a user who has not signed in yet, or a password reset link.

    Earlier links become invalid.
    """
    return link_for(user_id, command, public_address_of(request))


def link_for(user_id: UUID, command: CommandContext, url: str) -> Response:
    """Create a one-time link for a user; `url` is the public address under which it is built."""

    def keep(connection: Connection) -> Reply:
        return Reply.of(201, make_link(connection, command, existing_user(connection, user_id)))

    return command.change_state(keep, lambda reply: with_url(reply, command, url))


@router.get(
    "/{user_id}/sessions",
    response_model=SessionsAnswer,
    operation_id="list_user_sessions",
    summary="List a user's sessions",
    responses={**TABLES, **refuses(404)},
)
def show_sessions(
    user_id: UserInPath,
    request: Request,
    response: Response,
    query: FirmAdminQuery,
    page: Annotated[Page, Depends(paged(datetime, UUID))],
    file_format: Formatted = Format.JSON,
) -> SessionsAnswer | Response:
    """List the browsers in which a user is signed in."""
    with query.state() as connection:
        existing_user(connection, user_id)
        sessions = sessions_of(connection, user_id, at=query.context.now())
    return sessions_answer(request, response, page, file_format, sessions, query.caller.door_id)


def sessions_answer(
    request: Request,
    response: Response,
    page: Page,
    file_format: Format,
    sessions: Sequence[Session],
    own_id: UUID,
) -> SessionsAnswer | Response:
    """A page of sessions, most recently used first. `own_id` is the id of the caller's own session."""
    before = page.after
    rest = [session for session in sessions if before is None or _session_place(session) < before]
    items, cursor = page.cut(rest, _session_place)
    link_next(request, response, cursor)
    answers = [session_answer(session, own_id) for session in items]
    if file_format is not Format.JSON:
        return table_of_items(file_format, "sessions", SessionAnswer, answers, response.headers)
    return SessionsAnswer(items=answers, next=cursor)


def _session_place(session: Session) -> tuple[datetime, UUID]:
    return session.last_used_at, session.id


@router.delete(
    "/{user_id}/sessions",
    status_code=204,
    operation_id="delete_user_sessions",
    summary="End a user's sessions",
    responses=refuses(404),
)
def delete_sessions(user_id: UserInPath, command: FirmAdminCommand) -> Response:
    """Sign a user out everywhere."""

    def end(connection: Connection) -> Reply:
        existing_user(connection, user_id)
        count = end_sessions(connection, user_id, at=command.context.now())
        audit(connection, command.caller, Act.SIGNED_OUT, user_id, at=command.context.now(), detail={"sessions": count})
        return Reply(204, b"")

    return command.change_state(end)


@router.delete(
    "/{user_id}/sessions/{session_id}",
    status_code=204,
    operation_id="delete_user_session",
    summary="End a user's session",
    responses=refuses(404),
)
def delete_session(user_id: UserInPath, session_id: SessionInPath, command: FirmAdminCommand) -> Response:
    """Sign a user out in one browser."""

    def end(connection: Connection) -> Reply:
        existing_user(connection, user_id)
        return end_one(connection, user_id, session_id, command)

    return command.change_state(end)


def end_one(connection: Connection, user_id: UUID, session_id: UUID, command: CommandContext) -> Reply:
    """End a session of a user. Raises `Problem` 404 if the user has no such session."""
    now = command.context.now()
    if session_id not in {session.id for session in sessions_of(connection, user_id, at=now)}:
        raise Problem(UNKNOWN_SESSION)
    end_session(connection, session_id, at=now)
    audit(connection, command.caller, Act.SIGNED_OUT, user_id, at=now, detail={"session": str(session_id)})
    return Reply(204, b"")


def _set_active(connection: Connection, user_id: UUID, command: CommandContext, *, active: bool) -> None:
    now = command.context.now()
    if active:
        enable_user(connection, user_id)
    else:
        disable_user(connection, user_id, at=now)
    audit(connection, command.caller, Act.USER_ENABLED if active else Act.USER_DISABLED, user_id, at=now)


def existing_user(connection: Connection, user_id: UUID) -> User:
    """A user by id. Raises `Problem` 404 for an unknown id."""
    user = find_user(connection, user_id)
    if user is None:
        raise Problem(UNKNOWN_USER)
    return user
