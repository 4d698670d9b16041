"""The caller's account: name, password and sessions."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.auth.me import (
    MeBody,
    PasswordBody,
    delete_other_sessions,
    delete_own_session,
    patch_me,
    post_password,
    show_me,
)
from api.auth.passwords import LONGEST
from api.commands import CommandContext
from api.http.problems import Problem, invalid
from api.state.sessions import sessions_of
from web.components import Field, Link
from web.form_fields import Typed
from web.pages.auth.sign_in import HOW_TO_CHOOSE, NEW_PASSWORD
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, validated, writer_of
from web.pages.page_context import Form, OwnPage, PageContext
from web.pages.settings.sections import clients_of_limit, places

router = APIRouter(prefix="/settings/account", include_in_schema=False)

ADDRESS = "/settings/account"
_LABELS = {
    "name": ("f-name", "Name"),
    "email": ("f-email", "Email address"),
    "current": ("f-current", "Current password"),
    "new": ("f-new", "New password"),
}


@router.get("")
def show_account(page: OwnPage) -> Response:
    """The account page."""
    return _page(page)


@router.post("/name")
def change_name(page: OwnPage, typed: Form) -> Response:
    """Change the caller's name."""
    try:
        patch_me(validated(MeBody, {"name": " ".join(typed.text("name").split())}), writer_of(page, typed))
    except Problem as problem:
        if problem.status_code != 422:
            raise
        return _page(page, problem, typed)
    return page.redirect(ADDRESS, Flash("name-changed"))


@router.post("/password")
def choose_password(page: OwnPage, typed: Form) -> Response:
    """Choose a password. The form is not remembered as others are: nothing that it holds may be kept."""
    content = {name: typed.text(name) for name in ("current", "new", "email") if typed.text(name)}
    try:
        if unstorable := typed.unstorable():
            raise invalid(*unstorable)
        post_password(validated(PasswordBody, content), CommandContext(page.context, page.caller))
    except Problem as problem:
        if problem.status_code not in (409, 422, 429):
            raise
        return _page(page, problem, typed)
    return page.redirect(ADDRESS, Flash("password-chosen"))


@router.post("/sessions/end")
def end_others(page: OwnPage, typed: Form) -> Response:
    """Sign out everywhere else."""
    delete_other_sessions(writer_of(page, typed))
    return page.redirect(f"{ADDRESS}#sessions", Flash("sessions-ended"))


@router.post("/sessions/{session}/end")
def end_one(session: UUID, page: OwnPage, typed: Form) -> Response:
    """Sign out in one browser."""
    delete_own_session(session, writer_of(page, typed))
    return page.redirect(f"{ADDRESS}#sessions", Flash("session-ended"))


def _page(page: PageContext, problem: Problem | None = None, typed: Typed | None = None) -> Response:
    me = show_me(page.queries)
    with page.queries.state() as connection:
        sessions = sessions_of(connection, page.caller.id, at=page.context.now())
    errors = errors_of(problem) if problem else {}
    typed = typed or Typed(())
    return page.render(
        "account",
        "Your account",
        here="settings",
        crumbs=(Link("Settings", "/settings"), Link("Your account")),
        status=problem.status_code if problem else 200,
        places=places(page, ADDRESS),
        me=me,
        limit=clients_of_limit(page, page.visible),
        sessions=sessions,
        this=page.caller.door_id,
        name_field=Field(
            "name",
            "Name",
            typed.text("name") or me.name,
            error=errors.get("name", ""),
            hint="Shown next to everything you record.",
            required=True,
            options={"autocomplete": "name", "maxlength": "200"},
        ),
        password_fields=_password_fields(me.email, errors, typed, has_password=me.has_password),
        refusal=refusal_of(problem, _LABELS) if problem else None,
    )


def _password_fields(email: str | None, errors: dict[str, str], typed: Typed, *, has_password: bool) -> list[Field]:
    fields = []
    if email is None:
        fields.append(
            Field(
                "email",
                "Email address",
                typed.text("email"),
                "email",
                "You sign in with it.",
                errors.get("email", ""),
                required=True,
                options={"autocomplete": "username"},
            )
        )
    if has_password:
        fields.append(
            Field(
                "current",
                "Current password",
                "",
                "password",
                error=errors.get("current", ""),
                required=True,
                options={"autocomplete": "current-password", "maxlength": str(LONGEST)},
            )
        )
    fields.append(
        Field(
            *("new", "New password", "", "password", HOW_TO_CHOOSE, errors.get("new", "")),
            required=True,
            options=NEW_PASSWORD,
        )
    )
    return fields
