"""The settings page: appearance in this browser, and a summary of the firm's settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from api.auth.access import Door
from api.http.problems import FORBIDDEN, Problem, invalid
from api.http.public_address import public_address_of
from api.state.roles import Role
from api.state.sessions import create_sign_in_link
from web.components import Link
from web.pages.flash import Flash
from web.pages.page_context import THEMES, AdminPage, StorableForm, ViewerPage
from web.pages.settings.sections import clients_of_limit, places
from web.pages.urls import is_own_path

router = APIRouter(prefix="/settings", include_in_schema=False)

_YEAR_SECONDS = 31_536_000


@router.get("")
def show_settings(page: ViewerPage) -> Response:
    """The settings page."""
    return page.render(
        "settings",
        "Settings",
        here="settings",
        crumbs=(Link("Settings"),),
        places=places(page, "/settings"),
        role=page.caller.role.value,
        limited=page.visible is not None,
        limit=clients_of_limit(page, page.visible),
        firm=page.context.firm,
        may_change_firm=page.governs and not page.context.is_read_only,
        served=public_address_of(page.request),
    )


@router.post("/appearance")
def set_appearance(
    page: ViewerPage, typed: StorableForm, back: Annotated[str, Query(max_length=2000)] = ""
) -> Response:
    """Store the theme and the choice of keyboard shortcuts in cookies."""
    response = page.redirect(back if is_own_path(back) else "/settings", Flash("appearance"))
    secure = page.request.url.scheme == "https"

    def keep(name: str, value: str) -> None:
        response.set_cookie(f"seatline_{name}", value, _YEAR_SECONDS, path="/", secure=secure, samesite="lax")

    theme = typed.text("theme")
    keep("theme", theme if theme in THEMES else "")
    if typed.text("keys") in ("on", "off"):
        keep("keys", typed.text("keys"))
    return response


@router.post("/sign-in-links")
def make_sign_in_link(page: AdminPage, typed: StorableForm) -> Response:
    """Create a sign-in link for a new user with a role; only an operator on the server can do this."""
    if page.caller.door is not Door.COMMAND_LINE:
        raise Problem(FORBIDDEN, "Only an operator of the server can create such a link.")
    if typed.text("role") not in set(Role):
        raise invalid(("role", "must be viewer, recorder or admin"))
    role, now = Role(typed.text("role")), page.context.now()
    token = page.context.log.write(lambda connection: create_sign_in_link(connection, at=now, role=role))
    return JSONResponse({"url": f"{public_address_of(page.request)}/sign-in/{token}"}, 201)
