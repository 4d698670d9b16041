"""The audit for admins: who did what, from which key or session, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access import Door
from api.audit import check_kind, cursor_before, is_act
from api.kept.audit import Act
from api.paging import key_of, number
from api.problems import invalid
from api.shapes.events import TYPE_PREFIX
from api.shapes.scalars import as_id, as_instant, instant_text
from api.trail import RECORDED, Asked, Entry, Place, names_in, trail
from projections.clients import names_of
from web.charts.wording import KINDS
from web.forms import Unreadable, read_day
from web.pages.addresses import address, client_address, milestone_address
from web.pages.settings_places import places
from web.pages.visit import Governing, Visit
from web.parts import Choice, Empty, Link, Pages

PATH = "/settings/audit"
router = APIRouter(prefix=PATH, include_in_schema=False)

A_PAGE = 50

THINGS: Mapping[str, str] = {
    RECORDED: "What was recorded of clients",
    "session": "Signing in and out",
    "sign_in_link": "Sign-in links",
    "password": "Passwords",
    "user": "Users",
    "key": "API keys",
    "person": "People",
    "share_link": "Share links",
    "import": "Imports",
    "webhook": "Webhooks",
    "setting": "Settings",
}
DONE: Mapping[str, str] = {
    Act.SIGNED_IN: "Signed in",
    Act.SIGN_IN_FAILED: "A sign-in failed",
    Act.SIGNED_OUT: "A session ended",
    Act.USER_INVITED: "Invited a user",
    Act.USER_MADE: "Became a user",
    Act.USER_CHANGED: "Changed a user",
    Act.USER_DISABLED: "Disabled a user",
    Act.USER_ENABLED: "Let a user in again",
    Act.USER_REMOVED: "Removed a user",
    Act.SIGN_IN_LINK_MADE: "Made a sign-in link",
    Act.PASSWORD_SET: "Set a password",
    Act.KEY_MADE: "Made an API key",
    Act.KEY_ROTATED: "Rotated an API key",
    Act.KEY_REVOKED: "Revoked an API key",
    Act.PERSON_KEPT: "Added a person",
    Act.PERSON_CHANGED: "Changed somebody's particulars",
    Act.PERSON_ERASED: "Erased a person",
    Act.PERSONAL_DATA_EXPORTED: "Took out what is held on a person",
    Act.SHARE_LINK_MADE: "Shared a timeline",
    Act.SHARE_LINK_REVOKED: "Revoked a share link",
    Act.SHARE_LINK_REFUSED: "A wrong password for a share link",
    Act.IMPORT_CARRIED_OUT: "Imported a file",
    Act.IMPORT_UNDONE: "Undid an import",
    Act.SETTING_CHANGED: "Changed a setting",
    Act.WEBHOOK_MADE: "Made a webhook",
    Act.WEBHOOK_CHANGED: "Changed a webhook",
    Act.WEBHOOK_REMOVED: "Removed a webhook",
    f"{TYPE_PREFIX}slug.taken": "Took a short name",
    f"{TYPE_PREFIX}client.registered": "Registered a client",
    f"{TYPE_PREFIX}client.profile_changed": "Changed the profile",
    f"{TYPE_PREFIX}client.engagement_bounded": "Set the days of an engagement",
    f"{TYPE_PREFIX}engagement.opened": "Opened an engagement",
    f"{TYPE_PREFIX}engagement.milestone_logged": "Logged",
    f"{TYPE_PREFIX}engagement.milestone_corrected": "Corrected",
    f"{TYPE_PREFIX}engagement.milestone_retracted": "Retracted a milestone",
    f"{TYPE_PREFIX}engagement.milestones_changed": "Changed several milestones together",
}
_OWN = frozenset({Act.SIGNED_IN, Act.USER_MADE, Act.PASSWORD_SET})
"""What somebody does to themselves before they are signed in."""
_DOORS: Mapping[Door, str] = {
    Door.KEY: "with a key",
    Door.SESSION: "in a browser",
    Door.COMMAND_LINE: "at the command line",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the list shows it."""

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
    visit: Governing,
    by: Annotated[str, Query(max_length=36)] = "",
    kind: Annotated[str, Query(max_length=100)] = "",
    from_: Annotated[str, Query(alias="from", max_length=40)] = "",
    to: Annotated[str, Query(max_length=40)] = "",
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """Acts and recorded events, newest first; of somebody, of a kind, between two days."""
    check_kind(kind or None)
    asked = Asked(_id(by), kind or None, _begin("from", from_), _begin("to", to, days=1))
    before = Place(*key_of(cursor, (as_instant, is_act, number))) if cursor else None
    entries, more = trail(visit.house, asked, limit=A_PAGE, before=before)
    query = {"by": by, "kind": kind, "from": from_, "to": to}
    exported = {
        "by": by,
        "kind": kind,
        "since": instant_text(asked.since) if asked.since else "",
        "until": instant_text(asked.until) if asked.until else "",
    }
    return visit.page(
        "audit",
        "Audit",
        here="settings",
        places=places(visit, PATH),
        crumbs=(Link("Settings", "/settings"), Link("Audit")),
        rows=_rows(visit, entries, query),
        query=query,
        path=PATH,
        who=_name_of(visit, asked.by),
        things=[Choice(value, label) for value, label in THINGS.items()],
        csv=address("/api/v1/audit", exported, format="csv", limit=500),
        pages=Pages(
            "",
            address(PATH, query) if cursor else None,
            address(PATH, query, cursor=cursor_before(more)) if more else None,
        ),
        empty=Empty("Nothing of that kind was done."),
    )


def _rows(visit: Visit, entries: list[Entry], query: Mapping[str, str]) -> list[Row]:
    concerned = {client for entry in entries if (client := _client(entry))}
    with visit.reader.kept() as connection:
        names = names_in(connection, entries)
    with visit.views() as connection:
        clients = names_of(connection, concerned, as_of=visit.house.today())
    return [_row(entry, names, clients, query) for entry in entries]


def _row(entry: Entry, names: Mapping[UUID, str], clients: Mapping[UUID, str], query: Mapping[str, str]) -> Row:
    subject, href = "", None
    client = _client(entry)
    if client is not None:
        subject, href = clients.get(client, "a client"), client_address(str(client))
    elif entry.subject is not None:
        subject = names.get(entry.subject, "")
        href = f"/people/{entry.subject}" if subject and entry.kind.startswith(("person", "user")) else None
    what, milestone = _told(entry)
    if milestone is not None:
        href = milestone
    by = entry.subject if entry.by is None and entry.kind in _OWN else entry.by
    return Row(
        at=entry.place.at,
        by="nobody signed in" if by is None else names.get(by, "somebody"),
        by_href="" if entry.by is None else address(PATH, query, by=str(entry.by)),
        door=_DOORS.get(entry.door, "") if entry.door else "",
        what=what,
        subject=subject,
        subject_href=href,
        more=_more(entry),
    )


def _told(entry: Entry) -> tuple[str, str | None]:
    """What was done, and the address of the milestone that it was done to."""
    words = DONE.get(entry.kind, entry.kind.replace(".", " ").replace("_", " ").capitalize())
    changes = entry.detail.get("changes", ())
    if entry.position is None or len(changes) != 1:
        return words, None
    (change,) = changes
    named = KINDS.get(change.get("kind", ""), "")
    milestone = next(UUID(change[how]) for how in ("logged", "corrected", "retracted") if how in change)
    href = milestone_address(UUID(entry.detail["engagement"]), milestone)
    return (f"{words}: {named}" if named and words in ("Logged", "Corrected") else words), href


def _more(entry: Entry) -> str:
    if entry.position is not None:
        return f"event {entry.position:,}"
    shown = [
        f"{name.replace('_', ' ')} {_value(name, value)}".strip()
        for name, value in entry.detail.items()
        if name != "client" and value not in (None, False, [], "")
    ]
    return ", ".join(shown)


def _value(name: str, value: object) -> str:
    """A detail's value; what is so goes by its name alone."""
    if value is True:
        return ""
    if isinstance(value, list):
        return f"{len(value)}" if name == "clients" else ", ".join(map(str, value)).replace("_", " ")
    return str(value)[:10] if name.endswith("_at") else str(value)


def _client(entry: Entry) -> UUID | None:
    if entry.client is not None:
        return entry.client
    named = entry.detail.get("client")
    return UUID(named) if isinstance(named, str) else None


def _name_of(visit: Visit, by: UUID | None) -> str:
    return "" if by is None else visit.naming({by})(by)


def _id(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return as_id(text)
    except ValueError as fault:
        raise invalid(("by", str(fault))) from None


def _begin(name: str, text: str, days: int = 0) -> datetime | None:
    """The first instant of a day, or of one some days later; null where nothing was typed."""
    if not text.strip():
        return None
    try:
        day = read_day(text) + timedelta(days=days)
    except (Unreadable, OverflowError) as fault:
        raise invalid((name, str(fault))) from None
    return as_instant(f"{day.isoformat()}T00:00:00Z")
