"""Saved views: the page that lists a user's own and the firm's, and the form that saves the current page."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.cursors import LONGEST_CURSOR, Place
from api.http.paging import EVERYTHING
from api.http.problems import Problem
from api.saved_views import ViewBody, delete_view, may_delete, post_view
from api.state.roles import Role
from api.state.saved_views import SavedView, list_views
from domain.text import key_of_name
from web.components import Empty, Link
from web.form_fields import FormField, FormSection, Reads, Typed, painted
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, validated, writer_of
from web.pages.page_context import Form, PageContext, ViewerPage
from web.pages.paging import cut_page, place_in

PATH = "/views"
NAME = FormField("name", "Name", required=True, options={"maxlength": "200", "autocomplete": "off"})
SHARED = FormField("shared", "For the whole firm", Reads.FLAG)
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
    """Save a page as a view and return to it, or show the form again with the errors.

    Raises `Problem` 422 if it is not a list or report.
    """
    content = {"name": typed.text("name").strip(), "url": typed.text("url"), "shared": bool(typed.text("shared"))}
    try:
        body = validated(ViewBody, content, typed.unstorable())
    except Problem as problem:
        if any(field != NAME.name for field, _ in problem.errors):
            raise
        return _form_page(page, typed, problem)
    post_view(body, writer_of(page, typed))
    return page.redirect(body.url, Flash("view-saved"))


def _form_page(page: PageContext, typed: Typed, problem: Problem) -> Response:
    """The form that saves a view, with its errors."""
    url = typed.text("url")
    fields = (NAME, SHARED) if may_share(page) else (NAME,)
    return page.render(
        "save_view",
        "Save this view",
        here="views",
        crumbs=(Link("Saved views", PATH), Link("Save this view")),
        status=problem.status_code,
        fields=painted((FormSection("", fields),), typed, errors_of(problem))[0][1],
        url=url,
        refusal=refusal_of(problem, {NAME.name: (NAME.field("").id, NAME.label)}),
    )


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
