"""Share links for admins: list with usage, create and revoke."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auth.access import credential_of
from api.auth.passwords import SHORTEST
from api.commands import CommandContext
from api.http.cursors import LONGEST_CURSOR
from api.http.problems import Problem, invalid
from api.share_links import ShareLinkBody, delete_share_link, post_share_link, share_links_of
from api.state.secrets import derived_secret
from api.state.share_links import ShareLink
from domain.errors import UnknownClient
from projections.clients import names_of
from web.charts.wording import day_words
from web.components import Empty, Link
from web.form_fields import FormField, FormSection, Reads, Typed, body_of, painted
from web.forms import Unreadable, date_text, end_of, read_day, read_known_at
from web.pages.clients.picker_fields import with_clients
from web.pages.flash import Flash
from web.pages.form_submit import errors_of, refusal_of, renamed, response_body, validated, writer_of
from web.pages.page_context import AdminPage, Form, PageContext
from web.pages.paging import A_PAGE, cut_page, place_in
from web.pages.settings.sections import places

ADDRESS = "/settings/share-links"
router = APIRouter(prefix=ADDRESS, include_in_schema=False)

USUALLY_OPEN = timedelta(days=90)
_FORM_FIELD_OF = {"expires_at": "expires_on", "known_at": "known_on"}

WHAT = FormSection(
    "",
    (
        FormField("client", "Client", Reads.CLIENT, required=True),
        FormField("expires_on", "Expires on", required=True, hint="A date, like 31 Mar 2027."),
        FormField("money", "Show fees and other amounts", Reads.FLAG),
        FormField("notes", "Show notes and reasons", Reads.FLAG, hint="Free text, which may mention amounts too."),
        FormField(
            "assessments",
            "Show assessments",
            Reads.FLAG,
            hint="For each: the advice, the reasons, what became of it, and the answers. Also as a PDF.",
        ),
    ),
)
PINNED = FormSection(
    "Freeze at a date",
    (
        FormField("as_of", "As of", hint="A date. Leave empty to use the day of viewing."),
        FormField(
            "known_on", "As known on", hint="Leaves out anything recorded later. Leave empty to always show the latest."
        ),
    ),
)
GUARDED = FormSection(
    "Password and embedding",
    (
        FormField(
            "password",
            "Password",
            hint=f"At least {SHORTEST} characters. Leave empty for no password.",
            options={"autocomplete": "off", "maxlength": "200", "spellcheck": "false"},
        ),
        FormField("embed", "Allow embedding", Reads.FLAG, hint="Not available with a password."),
    ),
)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A row of the list; `state` is empty while the link is valid."""

    link: ShareLink
    client: str
    shows: str
    pinned: str
    made_by: str
    state: str


@router.get("")
def show_links(
    page: AdminPage,
    client: Annotated[str, Query(max_length=80)] = "",
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
) -> Response:
    """One page of links, newest first, and the form for a new one."""
    return _page(page, _blank(page, client), cursor=cursor)


@router.post("")
def make_link(page: AdminPage, typed: Form) -> Response:
    """Create a link and show its URL once."""
    typed = with_clients(page, WHAT.form_fields, typed)
    try:
        made = response_body(post_share_link(_body(page, typed), _writer(page, typed), page.request))
    except UnknownClient:
        return _page(page, typed, problem=invalid(("client", "no client has this name")))
    except Problem as problem:
        if problem.status_code not in (409, 422, 429):
            raise
        return _page(page, typed, problem=renamed(problem, _FORM_FIELD_OF))
    return _page(page, _blank(page), made=made)


@router.post("/{share_link}/revoke")
def revoke_link(share_link: UUID, page: AdminPage, typed: Form) -> Response:
    """Revoke a link."""
    delete_share_link(share_link, writer_of(page, typed))
    return page.redirect(ADDRESS, Flash("link-revoked"))


def _blank(page: PageContext, client: str = "") -> Typed:
    until = page.context.today() + USUALLY_OPEN
    return with_clients(page, WHAT.form_fields, Typed([("client", client), ("expires_on", date_text(until))]))


def _page(
    page: PageContext,
    typed: Typed,
    *,
    made: Mapping[str, Any] | None = None,
    problem: Problem | None = None,
    cursor: str = "",
) -> Response:
    errors = errors_of(problem) if problem else {}
    today = page.context.today()
    before = place_in(cursor, (datetime, UUID), ADDRESS)
    with page.snapshot() as snapshot:
        listed = share_links_of(page.queries, page.visible, limit=A_PAGE + 1, before=before)
        links, pages = cut_page(listed, lambda link: (link.made_at, link.id), ADDRESS, before)
        names = names_of(snapshot, {link.client for link in links}, as_of=today)
    blocks = (WHAT, PINNED, GUARDED)
    naming = page.naming({link.made_by for link in links})
    labels = {
        form_field.name: (form_field.field("").id, form_field.label)
        for block in blocks
        for form_field in block.form_fields
    }
    return page.render(
        "share_links",
        "Share links",
        here="settings",
        places=places(page, ADDRESS),
        crumbs=(Link("Settings", "/settings"), Link("Share links")),
        status=201 if made else problem.status_code if problem else 200,
        made=made,
        blocks=painted(blocks, typed, errors),
        form_id=page.context.new_id(),
        refusal=refusal_of(problem, labels) if problem else None,
        rows=[_row(link, names, naming(link.made_by), page) for link in links],
        pages=pages,
        empty=Empty(
            "Nothing is shared yet. A link shows one client's timeline to anyone who has it, until it expires."
        ),
    )


def _row(link: ShareLink, names: Mapping[UUID, str], made_by: str, page: PageContext) -> LinkRow:
    shown = [
        *(["fees"] if link.money else []),
        *(["notes"] if link.notes else []),
        *(["assessments"] if link.assessments else []),
        *(["a password"] if link.password else []),
        *(["embedding"] if link.embed else []),
    ]
    pinned = [
        *([f"as of {day_words(link.as_of)}"] if link.as_of else []),
        *([f"known on {day_words(page.context.day_of(link.known_at))}"] if link.known_at else []),
    ]
    moment = ", ".join(pinned) or "live"
    state = "revoked" if link.revoked_at else "" if link.is_valid(page.context.now()) else "expired"
    return LinkRow(
        link,
        names.get(link.client, "a client"),
        f"with {', '.join(shown)}" if shown else "",
        moment[:1].upper() + moment[1:],
        made_by,
        state,
    )


def _writer(page: PageContext, typed: Typed) -> CommandContext:
    """The command context of the form: its stored request hash reveals nothing about the password."""
    pairs = [(name, text) for name, text in typed.pairs() if name != "password"]
    hidden = derived_secret(credential_of(page.request), typed.text("password"))
    return writer_of(page, Typed([*pairs, ("password", hidden)]))


def _time(page: PageContext, name: str, text: str) -> date | datetime:
    zone = page.context.firm.zone
    if name == "known_at":
        return read_known_at(text, zone, page.context.now())
    day = read_day(text)
    return day if name == "as_of" else end_of(day, zone)


def _body(page: PageContext, typed: Typed) -> ShareLinkBody:
    content = body_of((*WHAT.form_fields, *PINNED.form_fields, *GUARDED.form_fields), typed)
    wrong = typed.unclear()
    for name, form_field in {**_FORM_FIELD_OF, "as_of": "as_of"}.items():
        text = content.pop(form_field, None)
        if text is None:
            continue
        try:
            content[name] = _time(page, name, text)
        except Unreadable as fault:
            wrong.append((form_field, str(fault)))
    return validated(ShareLinkBody, content, wrong)
