"""Saved views: the page that lists a user's own and the firm's, and the form that saves the current page."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationError
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR, Place
from api.http.paging import EVERYTHING
from api.http.problems import invalid
from api.saved_views import ViewBody, delete_view, may_delete, post_view
from api.schemas.messages import message_of
from api.state.roles import Role
from api.state.saved_views import SavedView, list_views
from domain.text import key_of_name
from web.components import Empty, Link
from web.pages.flash import Flash
from web.pages.form_submit import writer_of
from web.pages.page_context import Form, PageContext, ViewerPage
from web.pages.paging import cut_page, place_in

PATH = "/views"
router = APIRouter(prefix=PATH, include_in_schema=False)


@router.get("")
def show_views(page: ViewerPage, cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "") -> Response:
    """One page of the caller's saved views by name, those of the firm first."""
    after = place_in(cursor, (bool, str, UUID), PATH)
    with page.queries.state() as connection:
        views = list_views(connection, page.caller.id, with_shared=page.visible is None, limit=EVERYTHING)
    rest = [view for view in sorted(views, key=_place) if after is None or _place(view) > after]
    views, pages = cut_page(rest, _place, PATH, after)
    naming = page.naming({view.made_by for view in views})
    return page.render(
        "saved_views",
        "Saved views",
        here="views",
        pages=pages,
        views=[(view, naming(view.made_by), may_delete(page.caller, view)) for view in views],
        empty=Empty(
            "No saved views yet. Filter the clients or a report, then choose “Save this view”.",
            Link("Show clients", "/clients"),
            'curl -X POST "$SEATLINE/api/v1/views" -H "Authorization: Bearer $SEATLINE_KEY" \\\n'
            '  -H "Content-Type: application/json" \\\n'
            '  -d \'{"name": "Ready to split", "url": "/clients?structure=unified_fractional"}\'',
        ),
    )


@router.post("")
def save_view(page: ViewerPage, typed: Form) -> Response:
    """Save a page as a view and return to it. Raises `Problem` 422 if it is not a list or report."""
    content = {"name": typed.text("name").strip(), "url": typed.text("url"), "shared": bool(typed.text("shared"))}
    try:
        body = ViewBody.model_validate(content)
    except ValidationError as fault:
        raise invalid(*((str(e["loc"][0]), message_of(e["msg"])) for e in fault.errors())) from None
    post_view(body, writer_of(page, typed))
    return page.redirect(body.url, Flash("view-saved"))


@router.post("/{view}/delete")
def forget_view(view: UUID, page: ViewerPage, typed: Form) -> Response:
    """Delete a view."""
    delete_view(view, writer_of(page, typed))
    return page.redirect("/views", Flash("view-forgotten"))


def _place(view: SavedView) -> Place:
    return not view.is_shared, key_of_name(view.name), view.id


def may_share(page: PageContext) -> bool:
    """Whether the caller may share views with the firm."""
    return page.visible is None and page.caller.may(Role.RECORDER)


def views_under(page: PageContext, path: str) -> list[Link]:
    """The caller's views of pages whose URL starts with `path`."""
    return [Link(view.name, view.url) for view in page.saved_views if view.url.startswith(path)]
