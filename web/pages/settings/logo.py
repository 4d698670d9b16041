"""The firm's logo: the picture itself, and the form to change it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.context import AppContextDep
from api.firm_settings import SettingsBody, change_settings
from api.http.parameters import checked_parameters
from api.http.problems import MALFORMED, NOT_FOUND, Problem
from api.schemas.logo import logo_of
from api.state.firm_settings import find_logo
from web.components import Link
from web.form_fields import Typed
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, writer_of
from web.pages.page_context import Form, GovernorPage, PageContext
from web.pages.urls import address

router = APIRouter(include_in_schema=False)

PATH = "/settings/logo"
FILES = "/logo"
NO_LOGO = "none"
EarlierLogo = Annotated[str, Query(max_length=100)]
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "inline",
}


@router.get(f"{FILES}/{{name}}", dependencies=[Depends(checked_parameters)])
def show_logo(name: str, context: AppContextDep) -> Response:
    """The firm's picture, for everyone: it is on shared pages and at the top of PDFs."""
    if name != context.firm.logo:
        raise Problem(NOT_FOUND)
    with context.log.engine.connect() as connection:
        logo = find_logo(connection, name[:100])
    if logo is None:
        raise Problem(NOT_FOUND)
    return Response(logo.content, media_type=logo.media_type, headers=_HEADERS)


@router.get(PATH)
def show_logo_form(page: GovernorPage, undo: EarlierLogo = "") -> Response:
    """The form with the current logo, and a button for the one before it (`undo` is its name, or `none`)."""
    return _page(page, undo=undo)


async def uploaded(request: Request) -> tuple[Typed, bytes]:
    """Dependency that reads a form with one file. Raises `Problem` 400 for a malformed form."""
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("logo")
            content = await file.read() if isinstance(file, UploadFile) else b""
            typed = Typed((name, text) for name, text in form.multi_items() if isinstance(text, str))
    except ClientDisconnect:
        raise Problem(MALFORMED, "The form was only partly received. Send it again.") from None
    return typed, content


@router.post(PATH)
def change_logo(page: GovernorPage, upload: Annotated[tuple[Typed, bytes], Depends(uploaded)]) -> Response:
    """Save a new logo."""
    typed, content = upload
    before = page.context.firm.logo
    if not content:
        return _page(page, "Choose a file", 422)
    try:
        logo = logo_of(content)
        change_settings(SettingsBody(logo=logo.data_url), writer_of(page, Typed([*typed.pairs(), ("logo", logo.name)])))
    except ValueError as fault:
        return _page(page, str(fault), 422)
    except Problem as problem:
        if problem.status_code >= 500:
            raise
        return _page(page, errors_of(problem).get("logo", str(problem.detail)), problem.status_code)
    return _changed(page, before)


@router.post(f"{PATH}/remove")
def remove_logo(page: GovernorPage, typed: Form) -> Response:
    """Take the logo away."""
    before = page.context.firm.logo
    change_settings(SettingsBody(logo=None), writer_of(page, typed))
    return _changed(page, before)


@router.post(f"{PATH}/restore")
def restore_logo(page: GovernorPage, typed: Form) -> Response:
    """Save the logo before the last change again, which is stored until the next one."""
    before = page.context.firm.logo
    with page.queries.state() as connection:
        earlier = find_logo(connection, typed.text("name")[:100])
    if earlier is None:
        return _page(page, "The earlier picture is no longer stored. Choose a file", 422)
    change_settings(SettingsBody(logo=earlier.data_url), writer_of(page, typed))
    return _changed(page, before)


def _changed(page: PageContext, before: str | None) -> Response:
    """Back to the settings, with a notice that leads to the form that undoes the change, if it was one."""
    undo = "" if before == page.context.firm.logo else address(PATH, undo=before or NO_LOGO)
    return page.redirect("/settings", Flash("firm-settings", undo=undo))


def _page(page: PageContext, error: str = "", status: int = 200, undo: str = "") -> Response:
    return page.render(
        "logo",
        "Logo",
        status=status,
        here="settings",
        crumbs=(Link("Settings", "/settings"), Link("Logo")),
        logo=page.context.firm.logo,
        undo=undo,
        error=error[:1].upper() + error[1:],
        form_id=page.context.new_id(),
        version=page.context.firm.version,
    )
