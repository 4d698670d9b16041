"""Users: list, invitations, changes and sessions; only for admins of all clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth.users import delete_session, delete_sessions, delete_user, existing_user, invite, link_for, patch_user
from api.http.cursors import LONGEST_CURSOR
from api.http.problems import Problem
from api.http.public_address import public_address_of
from api.schemas.users import InvitationBody, UserChangeBody
from api.state.people import find_person
from api.state.sessions import link_expiry_of, sessions_of
from api.state.users import Standing, User, list_users
from web.components import Link, Refusal
from web.form_fields import FormField, FormSection, Typed, body_of, painted, preset_of
from web.pages.clients.picker_fields import with_clients
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, response_body, unfilled, writer_of
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.paging import A_PAGE, cut_page, place_in
from web.pages.settings.sections import LIMIT, ROLE, limit_as_typed, limited_body, places
from web.pages.undo import changed_back, filled_in, undo_address

router = APIRouter(prefix="/settings/users", include_in_schema=False)

ADDRESS = "/settings/users"
NAME = FormField("name", "Name", required=True, options={"autocomplete": "off", "maxlength": "200"})
EMAIL = FormField(
    "email",
    "Email address",
    required=True,
    hint="They sign in with it. No email is sent: you send them the link.",
    options={"inputmode": "email", "autocomplete": "off", "maxlength": "254"},
)
INVITATION = FormSection("", (NAME, EMAIL, ROLE, *LIMIT))
INVITATION_OF_PERSON = FormSection("", (EMAIL, ROLE, *LIMIT))
CHANGE = FormSection("", (NAME, EMAIL, ROLE, *LIMIT))
STANDINGS: Mapping[Standing, tuple[str, str]] = {
    Standing.ACTIVE: ("active", "good"),
    Standing.INVITED: ("invited", ""),
    Standing.DISABLED: ("disabled", "warn"),
}
Person = Annotated[UUID | None, Query()]
Cursor = Annotated[str, Query(max_length=LONGEST_CURSOR)]


@router.get("")
def show_users(page: GovernorPage, person: Person = None, cursor: Cursor = "") -> Response:
    """One page of users, oldest first; `person` fills in the invitation form."""
    return _list(page, person, cursor=cursor)


@router.post("")
def invite_user(page: GovernorPage, typed: Form, person: Person = None) -> Response:
    """Invite a user and show the link once."""
    form_fields = (INVITATION_OF_PERSON if person else INVITATION).form_fields
    try:
        typed = with_clients(page, form_fields, typed)
        content = {**body_of(form_fields, typed), **({"person": str(person)} if person else {})}
        body = limited_body(InvitationBody, content, typed, faults=unfilled(form_fields[: -len(LIMIT)], typed))
        made = response_body(invite(body, writer_of(page, typed), public_address_of(page.request)))
    except Problem as problem:
        if problem.status_code not in (409, 422):
            raise
        return _list(page, person, problem, typed)
    return _list(page, made=made)


@router.get("/{user}")
def show_user(user: UUID, page: GovernorPage) -> Response:
    """One user."""
    return _one(page, user)


@router.post("/{user}")
def change_user(user: UUID, page: GovernorPage, typed: Form) -> Response:
    """Save the changes to a user."""
    typed = with_clients(page, CHANGE.form_fields, typed)
    with page.queries.state() as connection:
        before = existing_user(connection, user)
    try:
        content = body_of(CHANGE.form_fields, typed)
        faults = unfilled(_change_of(before).form_fields[: -len(LIMIT)], typed)
        body = limited_body(UserChangeBody, content, typed, standing=before.clients, faults=faults)
        response_body(patch_user(user, body, writer_of(page, typed)))
    except Problem as problem:
        if problem.status_code not in (409, 422):
            raise
        return _one(page, user, problem, typed)
    with page.queries.state() as connection:
        now = existing_user(connection, user)
    undo = changed_back(f"{ADDRESS}/{user}", _texts(before), _texts(now))
    return page.redirect(f"{ADDRESS}/{user}", Flash("user-changed", undo=undo))


@router.post("/{user}/active")
def set_active(user: UUID, page: GovernorPage, typed: Form) -> Response:
    """Disable or enable a user."""
    active = typed.text("active") == "true"
    try:
        patch_user(user, UserChangeBody(active=active), writer_of(page, typed))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _one(page, user, problem)
    done = Flash("user-enabled" if active else "user-disabled", undo=f"{ADDRESS}/{user}#doors")
    return page.redirect(f"{ADDRESS}/{user}", done)


@router.post("/{user}/remove")
def remove(user: UUID, page: GovernorPage, typed: Form) -> Response:
    """Remove a user's access permanently."""
    with page.queries.state() as connection:
        before = _texts(existing_user(connection, user))
    try:
        delete_user(user, writer_of(page, typed))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _one(page, user, problem)
    again = {name: text for name, text in before.items() if name != NAME.name}
    undo = undo_address(ADDRESS, again, person=user) + "#invite"
    return page.redirect(ADDRESS, Flash("user-removed", undo=undo))


@router.post("/{user}/link")
def make_link(user: UUID, page: GovernorPage, typed: Form) -> Response:
    """Create a sign-in link and show it once."""
    try:
        made = response_body(link_for(user, writer_of(page, typed), public_address_of(page.request)))
    except Problem as problem:
        if problem.status_code != 409:
            raise
        return _one(page, user, problem)
    return _one(page, user, link=made)


@router.post("/{user}/sessions/end")
def end_sessions(user: UUID, page: GovernorPage, typed: Form) -> Response:
    """Sign a user out everywhere."""
    delete_sessions(user, writer_of(page, typed))
    return page.redirect(f"{ADDRESS}/{user}#sessions", Flash("sessions-ended"))


@router.post("/{user}/sessions/{session}/end")
def end_session(user: UUID, session: UUID, page: GovernorPage, typed: Form) -> Response:
    """Sign a user out in one browser."""
    delete_session(user, session, writer_of(page, typed))
    return page.redirect(f"{ADDRESS}/{user}#sessions", Flash("session-ended"))


def _list(
    page: PageContext,
    person: UUID | None = None,
    problem: Problem | None = None,
    typed: Typed | None = None,
    made: Any = None,
    cursor: str = "",
) -> Response:
    after = place_in(cursor, (datetime, UUID), ADDRESS)
    with page.queries.state() as connection:
        found_users = list_users(connection, limit=A_PAGE + 1, after=after)
        invited_person = find_person(connection, person) if person else None
    users, pages = cut_page(found_users, lambda user: (user.made_at, user.id), ADDRESS, after)
    block = INVITATION_OF_PERSON if invited_person else INVITATION
    email = [("email", invited_person.email)] if invited_person and invited_person.email else []
    presets = Typed([*preset_of(block.form_fields).pairs(), *email])
    if made is None:
        presets = filled_in(page.request, block.form_fields, presets)
    blank = with_clients(page, block.form_fields, presets)
    return page.render(
        "users",
        "Users",
        here="settings",
        crumbs=(Link("Settings", "/settings"), Link("Users")),
        status=problem.status_code if problem else 201 if made else 200,
        places=places(page, ADDRESS),
        users=[(user, *STANDINGS[user.standing]) for user in users],
        pages=pages,
        person=invited_person,
        fields=painted((block,), typed or blank, errors_of(problem) if problem else {})[0][1],
        made=made,
        form_id=page.context.new_id(),
        refusal=_refusal(problem),
    )


def _one(
    page: PageContext,
    user: UUID,
    problem: Problem | None = None,
    typed: Typed | None = None,
    link: Any = None,
) -> Response:
    now = page.context.now()
    with page.queries.state() as connection:
        shown_user = existing_user(connection, user)
        sessions = sessions_of(connection, user, at=now)
        waiting = link_expiry_of(connection, user, at=now)
    words, tone = STANDINGS[shown_user.standing]
    errors = errors_of(problem) if problem else {}
    return page.render(
        "user",
        shown_user.name,
        here="settings",
        crumbs=(Link("Settings", "/settings"), Link("Users", ADDRESS), Link(shown_user.name)),
        status=problem.status_code if problem else 201 if link else 200,
        places=places(page, ADDRESS),
        shown_user=shown_user,
        standing=words,
        tone=tone,
        fields=painted((_change_of(shown_user),), typed or _as_typed(page, shown_user), errors)[0][1],
        sessions=sessions,
        this=page.caller.door_id,
        is_self=shown_user.id == page.caller.id,
        waiting=waiting,
        link=link,
        form_id=page.context.new_id(),
        refusal=_refusal(problem),
    )


def _change_of(user: User) -> FormSection:
    """The fields of a user: one who signs in by link need not get an email address to be changed."""
    email = EMAIL if user.email else replace(EMAIL, required=False)
    return FormSection("", (NAME, email, ROLE, *LIMIT))


def _as_typed(page: PageContext, user: User) -> Typed:
    current = Typed(_texts(user).items())
    return with_clients(page, CHANGE.form_fields, filled_in(page.request, CHANGE.form_fields, current))


def _texts(user: User) -> dict[str, str]:
    """A user as the form has them; several clients are separated by spaces."""
    limit = Typed(limit_as_typed(user.clients))
    texts = {form_field.name: limit.of(form_field) for form_field in LIMIT}
    return {"name": user.name, "email": user.email or "", "role": user.role.value, **texts}


def _refusal(problem: Problem | None) -> Refusal | None:
    if problem is None:
        return None
    return refusal_of(
        problem, {form_field.name: (form_field.field("").id, form_field.label) for form_field in CHANGE.form_fields}
    )
