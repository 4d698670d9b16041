"""Signing in with a one-time link, and signing out. Looking at a link does not use it up: a button does."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import Door, caller_of, clear_session_cookie, set_session_cookie
from api.house import InHouse
from api.kept.sessions import SignInLink, end_session, find_sign_in_link, has_users, redeem
from web.charts.painting import environment
from web.pages.addresses import address, is_own_path
from web.pages.asking import Ask
from web.pages.visit import Form, worn

router = APIRouter(include_in_schema=False)

_NAME = Ask(
    "name",
    "Your name",
    required=True,
    hint="It stands beside everything that you record.",
    options={"autocomplete": "name", "maxlength": "200"},
)


@router.get("/sign-in")
def show_sign_in(request: Request, house: InHouse, next: Annotated[str, Query(max_length=2000)] = "") -> Response:  # noqa: A002
    """Say how one signs in."""
    if caller_of(request) is not None:
        return RedirectResponse(_onward(next), 303)
    with house.log.engine.connect() as connection:
        first = not has_users(connection)
    return _plain(request, "sign_in", "Sign in", first=first)


@router.get("/sign-in/{token}")
def show_link(token: str, request: Request, house: InHouse) -> Response:
    """Show what a link opens, and the button that opens it."""
    with house.log.engine.connect() as connection:
        link = find_sign_in_link(connection, token, at=house.now())
    if link is None:
        return _spent(request)
    return _redeeming(request, token, link)


@router.post("/sign-in/{token}")
def use_link(token: str, request: Request, house: InHouse, form: Form) -> Response:
    """Use the link up and begin a session."""
    with house.log.engine.connect() as connection:
        link = find_sign_in_link(connection, token, at=house.now())
    if link is None:
        return _spent(request)
    name = " ".join(form.text("name").split())
    if link.user is None and not 1 <= len(name) <= 200:
        return _redeeming(request, token, link, error="Say how you are called.", status=422)

    def begin(connection: Connection) -> str | None:
        return redeem(connection, token, name=name, new_user=house.new_id(), session_id=house.new_id(), at=house.now())

    session = house.log.write(begin)
    if session is None:
        return _spent(request)
    response = RedirectResponse("/", 303)
    set_session_cookie(request, response, session)
    return response


@router.post("/sign-out")
def sign_out(request: Request, house: InHouse) -> Response:
    """End the session in every place it is open."""
    caller = caller_of(request)
    if caller is not None and caller.door is Door.SESSION:
        house.log.write(lambda connection: end_session(connection, caller.door_id, at=house.now()))
    response = RedirectResponse("/sign-in", 303)
    clear_session_cookie(request, response)
    return response


def to_sign_in(request: Request) -> Response:
    """On to signing in, and back to where one was after it."""
    path = request.url.path
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    target = address("/sign-in", next=wanted if request.method == "GET" and wanted != "/" else None)
    response = RedirectResponse(target, 303)
    if request.headers.get("hx-request"):
        response = HTMLResponse("", 204)  # type: ignore[assignment]
        response.headers["HX-Redirect"] = target
    return response


def _onward(wanted: str) -> str:
    return wanted if is_own_path(wanted) else "/"


def _redeeming(request: Request, token: str, link: SignInLink, error: str = "", status: int = 200) -> Response:
    return _plain(
        request,
        "sign_in_link",
        "Sign in",
        status=status,
        action=f"/sign-in/{token}",
        name=_NAME.field("", error) if link.user is None else None,
        link=link,
    )


def _spent(request: Request) -> Response:
    return _plain(request, "sign_in_spent", "This link opens nothing any more", status=404)


def _plain(request: Request, template: str, title: str, status: int = 200, **context: object) -> HTMLResponse:
    html = environment().get_template(f"pages/{template}.html").render(title=title, **worn(request), **context)
    return HTMLResponse(html, status, {"Referrer-Policy": "no-referrer"})
