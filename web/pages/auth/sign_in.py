"""Signing in with an email address and a password or a one-time link, and signing out.

Looking at a link does not use it up: a button does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth.access import Door, caller_of, clear_session_cookie, cookie_name, set_session_cookie
from api.auth.passwords import LONGEST, SHORTEST
from api.auth.sign_in import Entry, asks_name, asks_password, browser_of, ip_address_of, redeem_link, sign_in
from api.context import AppContext, AppContextDep
from api.http.parameters import checked_parameters
from api.http.problems import TOO_MANY, Problem
from api.state.audit import Act, audit
from api.state.readable_rows import if_readable
from api.state.sessions import Purpose, SignInLink, end_session, find_sign_in_link
from api.state.users import User, find_user, has_users
from web.charts.render import environment
from web.components import Field, Link, Refusal
from web.pages.form_submit import errors_of
from web.pages.page_context import StorableForm, cookie_settings
from web.pages.urls import address, is_own_path

router = APIRouter(include_in_schema=False, dependencies=[Depends(checked_parameters)])

HOW_TO_CHOOSE = f"At least {SHORTEST} characters. A short phrase works well."
NEW_PASSWORD: Mapping[str, str] = {"autocomplete": "new-password", "maxlength": str(LONGEST)}
BUTTONS: Mapping[Purpose, str] = {
    Purpose.ENTER: "Sign in",
    Purpose.INVITATION: "Continue",
    Purpose.RESET: "Set password",
}


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    context: AppContextDep,
    next: Annotated[str, Query(max_length=2000)] = "",  # noqa: A002
) -> Response:
    """The sign-in form."""
    if caller_of(request) is not None:
        return RedirectResponse(onward_to(next), 303)
    return sign_in_page(request, context, onward=next)


@router.post("/sign-in")
def begin(request: Request, context: AppContextDep, form: StorableForm) -> Response:
    """Sign in. Every failure gives the same message, so that it does not reveal which accounts exist."""
    email, onward = form.text("email").strip(), form.text("next")
    try:
        cookie = sign_in(
            context,
            email,
            form.text("password"),
            address=ip_address_of(request),
            browser=browser_of(request),
            replaced_cookie=request.cookies.get(cookie_name(request), ""),
        )
    except Problem as problem:
        if problem.kind is not TOO_MANY:
            raise
        refusal = Refusal("Too many attempts", str(problem.detail))
        return sign_in_page(request, context, email, onward, refusal, 429, problem.headers)
    if cookie is None:
        refusal = Refusal("Wrong email or password", "Check both and try again.")
        return sign_in_page(request, context, email, onward, refusal, 422)
    response = RedirectResponse(onward_to(onward), 303)
    set_session_cookie(request, response, cookie)
    return response


@router.get("/sign-in/{token}")
def show_link(token: str, request: Request, context: AppContextDep) -> Response:
    """Show what a sign-in link is for, and the button that uses it."""
    link, user = _found(context, token)
    return _spent(request) if link is None else _redeeming(request, token, link, user, Entry())


@router.post("/sign-in/{token}")
def use_link(token: str, request: Request, context: AppContextDep, form: StorableForm) -> Response:
    """Redeem a sign-in link and start a session."""
    link, user = _found(context, token)
    if link is None:
        return _spent(request)
    entry = Entry(form.text("name"), form.text("email"), form.text("password"))
    if link.user is not None:
        entry = Entry(entry.name, "", entry.password)
    try:
        cookie = redeem_link(
            context,
            token,
            entry,
            browser=browser_of(request),
            replaced_cookie=request.cookies.get(cookie_name(request), ""),
        )
    except Problem as problem:
        if problem.status_code not in (409, 422, 429):
            raise
        return _redeeming(request, token, link, user, entry, problem)
    if cookie is None:
        return _spent(request)
    response = RedirectResponse("/", 303)
    set_session_cookie(request, response, cookie)
    return response


@router.post("/sign-out")
def sign_out(request: Request, context: AppContextDep) -> Response:
    """End the session on the server and delete its cookie."""
    caller = caller_of(request)
    if caller is not None and caller.door is Door.SESSION:
        now = context.now()

        def end(connection: Connection) -> None:
            end_session(connection, caller.door_id, at=now)
            audit(connection, caller, Act.SIGNED_OUT, caller.id, at=now)

        context.log.write(end)
    response = RedirectResponse("/sign-in", 303)
    clear_session_cookie(request, response)
    return response


def to_sign_in(request: Request) -> Response:
    """Redirect to the sign-in page, which returns to the requested page."""
    path = request.url.path
    requested_path = f"{path}?{request.url.query}" if request.url.query else path
    target = address("/sign-in", next=requested_path if request.method == "GET" and requested_path != "/" else None)
    response = RedirectResponse(target, 303)
    if request.headers.get("hx-request"):
        response = HTMLResponse("", 204)  # type: ignore[assignment]
        response.headers["HX-Redirect"] = target
    return response


def onward_to(target: str) -> str:
    """The page to open after sign-in: the requested one if it is a page of this application, else the overview."""
    return target if is_own_path(target) else "/"


def _found(context: AppContext, token: str) -> tuple[SignInLink | None, User | None]:
    """The sign-in link with a token, and its user (null: a new one)."""
    with context.log.engine.connect() as connection:
        link = find_sign_in_link(connection, token, at=context.now())
        user_id = link.user if link else None
        user = if_readable(lambda: find_user(connection, user_id)) if user_id else None
    if link is not None and link.user is not None and user is None:
        return None, None
    return link, user


def sign_in_page(
    request: Request,
    context: AppContext,
    email: str = "",
    onward: str = "",
    refusal: Refusal | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The sign-in page, with a link to single sign-on if it is configured."""
    with context.log.engine.connect() as connection:
        first = not has_users(connection)
    fields = (
        Field("email", "Email address", email, "email", required=True, options={"autocomplete": "username"}),
        Field("password", "Password", "", "password", required=True, options={"autocomplete": "current-password"}),
    )
    title = "Welcome" if first else "Sign in"
    elsewhere = None
    if context.provider is not None:
        elsewhere = Link(f"Sign in with {context.provider.name}", address("/single-sign-on", next=onward or None))
    values = {"first": first, "fields": fields, "onward": onward, "refusal": refusal, "elsewhere": elsewhere}
    return _plain(request, "sign_in", title, status, headers, **values)


def _redeeming(
    request: Request,
    token: str,
    link: SignInLink,
    user: User | None,
    entry: Entry,
    problem: Problem | None = None,
) -> Response:
    errors = errors_of(problem) if problem else {}
    refusal = None if problem is None or errors else Refusal(problem.kind.title.rstrip("."), str(problem.detail))
    return _plain(
        request,
        "sign_in_link",
        "Sign in",
        200 if problem is None else problem.status_code,
        problem.headers if problem else None,
        action=f"/sign-in/{token}",
        fields=_fields(link, user, entry, errors),
        link=link,
        user=user,
        button=BUTTONS[link.purpose],
        refusal=refusal,
    )


def _fields(link: SignInLink, user: User | None, entry: Entry, errors: Mapping[str, str]) -> list[Field]:
    fields = []
    if asks_name(link):
        name = entry.name or (user.name if user else "")
        hint = "Shown next to everything you record."
        options = {"autocomplete": "name", "maxlength": "200"}
        fields.append(Field("name", "Your name", name, "text", hint, errors.get("name", ""), True, options=options))
    if link.user is None:
        hint = "Add an email and password to sign in again without a link."
        options = {"autocomplete": "username"}
        fields.append(
            Field("email", "Email address", entry.email, "email", hint, errors.get("email", ""), options=options)
        )
    if link.user is None or asks_password(link):
        label = "New password" if link.purpose is Purpose.RESET else "Password"
        fields.append(
            Field(
                *("password", label, "", "password", HOW_TO_CHOOSE, errors.get("password", ""), asks_password(link)),
                options=NEW_PASSWORD,
            )
        )
    return fields


def _spent(request: Request) -> Response:
    return _plain(request, "sign_in_spent", "This link has expired", 404)


def _plain(
    request: Request,
    template: str,
    title: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    html = (
        environment().get_template(f"pages/{template}.html").render(title=title, **cookie_settings(request), **context)
    )
    return HTMLResponse(html, status, {"Referrer-Policy": "no-referrer", **(headers or {})})
