"""Calendar links: everybody's own, which admins of all clients can revoke as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.calendar_links import (
    CalendarLinkBody,
    calendar_links_of,
    delete_calendar_link,
    post_calendar_link,
)
from api.http.cursors import LONGEST_CURSOR
from api.http.problems import Problem
from api.state.calendar_links import CalendarLink
from web.charts.wording import counted
from web.components import Empty, Link
from web.form_fields import FormField, FormSection, Typed, body_of, painted, preset_of
from web.pages.clients.picker_fields import with_clients
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, response_body, writer_of
from web.pages.page_context import Form, PageContext, ViewerPage
from web.pages.paging import A_PAGE, cut_page, place_in
from web.pages.settings.sections import LIMIT, limited_body, places

ADDRESS = "/settings/calendar-links"
router = APIRouter(prefix=ADDRESS, include_in_schema=False)

LINK = FormSection(
    "", (FormField("name", "Name", hint="The name that your calendar program shows, for example Seatline."), *LIMIT)
)
LABELS = {form_field.name: (form_field.field("").id, form_field.label) for form_field in LINK.form_fields}


@dataclass(frozen=True, slots=True)
class CalendarLinkRow:
    """A row of the list."""

    link: CalendarLink
    name: str
    shows: str
    made_by: str


@router.get("")
def show_calendar_links(page: ViewerPage, cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "") -> Response:
    """One page of links, newest first, and the form for a new one."""
    return _page(page, cursor=cursor)


@router.post("")
def make_calendar_link(page: ViewerPage, typed: Form) -> Response:
    """Create a link and show its URL once."""
    typed = with_clients(page, LINK.form_fields, typed)
    try:
        body = limited_body(CalendarLinkBody, body_of(LINK.form_fields, typed), typed)
        made = response_body(post_calendar_link(body, writer_of(page, typed), page.request))
    except Problem as problem:
        if problem.status_code not in (404, 409, 422):
            raise
        return _page(page, typed, problem)
    return _page(page, made=made)


@router.post("/{calendar_link}/revoke")
def revoke_calendar_link(calendar_link: UUID, page: ViewerPage, typed: Form) -> Response:
    """Revoke a link."""
    delete_calendar_link(calendar_link, writer_of(page, typed))
    return page.redirect(ADDRESS, Flash("link-revoked"))


def _page(
    page: PageContext,
    typed: Typed | None = None,
    problem: Problem | None = None,
    *,
    made: Mapping[str, Any] | None = None,
    cursor: str = "",
) -> Response:
    before = place_in(cursor, (datetime, UUID), ADDRESS)
    listed = calendar_links_of(page.queries, limit=A_PAGE + 1, before=before)
    links, pages = cut_page(listed, lambda link: (link.made_at, link.id), ADDRESS, before)
    naming = page.naming({link.made_by for link in links})
    fields = typed or with_clients(page, LINK.form_fields, preset_of(LINK.form_fields))
    return page.render(
        "calendar_links",
        "Calendar links",
        here="settings",
        places=places(page, ADDRESS),
        crumbs=(Link("Settings", "/settings"), Link("Calendar links")),
        status=201 if made else problem.status_code if problem else 200,
        made=made,
        fields=painted((LINK,), fields, errors_of(problem) if problem else {})[0][1],
        form_id=page.context.new_id(),
        refusal=refusal_of(problem, LABELS) if problem else None,
        rows=[_row(link, naming(link.made_by)) for link in links],
        pages=pages,
        empty=Empty("There are no calendar links yet. Create one and subscribe to it in your calendar program."),
    )


def _row(link: CalendarLink, made_by: str) -> CalendarLinkRow:
    shows = "All that its maker may see" if link.clients is None else counted(len(link.clients), "client")
    return CalendarLinkRow(link, link.name or "Calendar", shows, made_by)
