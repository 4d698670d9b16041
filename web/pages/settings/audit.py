"""The audit for admins: who did what, from which key or session, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.activity_feed import FeedEntry, FeedPosition, FeedQuery, names_in_feed, read_feed
from api.audit import check_kind
from api.auth.access import Door
from api.http.cursors import LONGEST_CURSOR
from api.http.problems import invalid
from api.schemas.scalars import as_id, as_instant, instant_text
from api.state.audit import Act
from api.state.sessions import browsers_of
from projections.clients import names_of
from projections.engagements import find_engagement
from web.components import Choice, Empty, Link, Pages
from web.forms import Unreadable, read_day
from web.kinds import KIND_NAMES
from web.pages.clients.picker_fields import OFF_RECORD
from web.pages.page_context import GovernorPage, PageContext
from web.pages.paging import next_address, place_in
from web.pages.settings.audit_wording import DONE, THINGS, door_words, how
from web.pages.settings.sections import places
from web.pages.urls import address, client_address, milestone_address

PATH = "/settings/audit"
router = APIRouter(prefix=PATH, include_in_schema=False)

A_PAGE = 50

_NOBODY: Mapping[str, str] = {Act.WEBHOOK_DISABLED: "the server"}
_OWN = frozenset({Act.SIGNED_IN, Act.USER_MADE, Act.PASSWORD_SET})
"""What somebody does to themselves before they are signed in."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry of the audit page."""

    at: datetime
    by: str
    by_href: str
    door: str
    what: str
    subject: str
    subject_href: str | None
    more: str


@router.get("")
def show_audit(
    page: GovernorPage,
    by: Annotated[str, Query(max_length=36)] = "",
    kind: Annotated[str, Query(max_length=100)] = "",
    from_: Annotated[str, Query(alias="from", max_length=40)] = "",
    to: Annotated[str, Query(max_length=40)] = "",
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
) -> Response:
    """Acts and recorded events, newest first, filtered by actor, kind and days."""
    check_kind(kind or None)
    feed_query = FeedQuery(_id(by), kind or None, _begin("from", from_), _begin("to", to, days=1))
    query = {"by": by, "kind": kind, "from": from_, "to": to}
    after = place_in(cursor, (datetime, bool, int), PATH, query)
    entries, more = read_feed(page.context, feed_query, limit=A_PAGE, before=FeedPosition(*after) if after else None)
    exported = {
        "by": by,
        "kind": kind,
        "since": instant_text(feed_query.since) if feed_query.since else "",
        "until": instant_text(feed_query.until) if feed_query.until else "",
    }
    return page.render(
        "audit",
        "Audit",
        here="settings",
        places=places(page, PATH),
        crumbs=(Link("Settings", "/settings"), Link("Audit")),
        rows=_rows(page, entries, query),
        query=query,
        path=PATH,
        who=_name_of(page, feed_query.by),
        things=[Choice(value, label) for value, label in THINGS.items()],
        csv=address("/api/v1/audit", exported, format="csv"),
        pages=Pages(
            "",
            address(PATH, query) if cursor else None,
            next_address(more, PATH, query),
        ),
        empty=Empty("No matching entries."),
    )


def _rows(page: PageContext, entries: list[FeedEntry], query: Mapping[str, str]) -> list[AuditRow]:
    concerned = {client for entry in entries if (client := _client(entry))}
    with page.queries.state() as connection:
        names = names_in_feed(connection, entries)
        browsers = browsers_of(connection, {entry.door_id for entry in entries if entry.door is Door.SESSION})
    today = page.context.today()
    with page.snapshot() as snapshot:
        clients = names_of(snapshot, concerned, as_of=today)
        engagements = {
            text
            for text in {entry.detail.get("engagement") for entry in entries}
            if text is not None and find_engagement(snapshot, UUID(text), as_of=today) is not None
        }
    return [_row(entry, names, clients, browsers, query, engagements) for entry in entries]


def _row(
    entry: FeedEntry,
    names: Mapping[UUID, str],
    clients: Mapping[UUID, str],
    browsers: Mapping[UUID, str | None],
    query: Mapping[str, str],
    engagements: Collection[str],
) -> AuditRow:
    """A row of the table. Clients and `engagements` that were retracted have no page to link to."""
    subject, href = "", None
    client = _client(entry)
    if client is not None:
        subject = clients.get(client, OFF_RECORD)
        href = client_address(str(client)) if client in clients else None
    elif entry.subject is not None:
        subject = names.get(entry.subject, "")
        href = f"/people/{entry.subject}" if subject and entry.kind.startswith(("person", "user")) else None
    what, milestone = _told(entry)
    if milestone is not None:
        href = milestone if entry.detail["engagement"] in engagements else None
    by = entry.subject if entry.by is None and entry.kind in _OWN else entry.by
    return AuditRow(
        at=entry.place.at,
        by=_NOBODY.get(entry.kind, "not signed in") if by is None else names.get(by, "somebody"),
        by_href="" if entry.by is None else address(PATH, query, by=str(entry.by)),
        door=door_words(entry, browsers),
        what=what,
        subject=subject,
        subject_href=href,
        more=how(entry),
    )


def _told(entry: FeedEntry) -> tuple[str, str | None]:
    """What was done, and the URL of the milestone."""
    words = DONE.get(entry.kind, entry.kind.replace(".", " ").replace("_", " ").capitalize())
    changes = entry.detail.get("changes", ())
    if entry.position is None or len(changes) != 1:
        return words, None
    (change,) = changes
    named = KIND_NAMES.get(change.get("kind", ""), "")
    milestone = next(UUID(change[how]) for how in ("logged", "corrected", "retracted") if how in change)
    href = milestone_address(UUID(entry.detail["engagement"]), milestone)
    return (f"{words}: {named}" if named and words in ("Logged", "Corrected") else words), href


def _client(entry: FeedEntry) -> UUID | None:
    if entry.client is not None:
        return entry.client
    named = entry.detail.get("client")
    return UUID(named) if isinstance(named, str) else None


def _name_of(page: PageContext, by: UUID | None) -> str:
    return "" if by is None else page.naming({by})(by)


def _id(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return as_id(text)
    except ValueError as fault:
        raise invalid(("by", str(fault))) from None


def _begin(name: str, text: str, days: int = 0) -> datetime | None:
    """The first instant of a day plus `days`; null for an empty text."""
    if not text.strip():
        return None
    try:
        day = read_day(text) + timedelta(days=days)
    except (Unreadable, OverflowError) as fault:
        raise invalid((name, str(fault))) from None
    return as_instant(f"{day.isoformat()}T00:00:00Z")
