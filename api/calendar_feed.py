"""The calendar behind a calendar link, as iCalendar (RFC 5545)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Path, Response
from starlette.requests import Request

from api.auth.access import Caller
from api.auth.makers import maker_now
from api.context import AppContext, AppContextDep
from api.http.openapi import refuses
from api.http.problems import UNKNOWN_CALENDAR_LINK, Problem
from api.http.public_address import public_address_of
from api.state.calendar_links import CalendarLink, calendar_link_with
from api.state.readable_rows import if_readable
from domain.milestones import Precision
from domain.seats import Function
from projections.agenda import Agenda, AgendaEntry, AgendaKind, agenda

if TYPE_CHECKING:
    from icalendar import Event

router = APIRouter(prefix="/calendar", tags=["calendar"])

MEDIA_TYPE = "text/calendar"
MOST_ENTRIES = 2000
REFRESH_INTERVAL = timedelta(hours=1)
_ENTITY_TAG = re.compile(r'"[^"]*"|\*')

_TITLES: Mapping[AgendaKind, str] = {
    AgendaKind.NOTICE: "Last day to give notice",
    AgendaKind.RENEWAL: "Renewal of the engagement letter",
    AgendaKind.FIRST_QUARTER: "First-quarter deliverables due",
    AgendaKind.FIRST_90_DAYS: "Deliverables of the first 90 days due",
    AgendaKind.ALIGNMENT: "Alignment meeting due",
}
_CATEGORIES: Mapping[AgendaKind, str] = {
    AgendaKind.PLANNED: "Planned milestone",
    AgendaKind.NOTICE: "Notice",
    AgendaKind.RENEWAL: "Renewal",
    AgendaKind.FIRST_QUARTER: "First quarter",
    AgendaKind.FIRST_90_DAYS: "First 90 days",
    AgendaKind.ALIGNMENT: "Alignment",
}
_FUNCTIONS: Mapping[Function, str] = {Function.TECHNOLOGY: "technology", Function.AI: "AI"}


@router.get(
    "/{token}.ics",
    response_class=Response,
    summary="Read a calendar",
    operation_id="read_calendar",
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
        304: {"description": "The calendar has not changed."},
        **refuses(404),
    },
    openapi_extra={"security": []},
)
def show_calendar(
    token: Annotated[str, Path(max_length=100, description="The secret part of the link's `url`.")],
    request: Request,
    context: AppContextDep,
    if_none_match: Annotated[
        str | None, Header(max_length=1000, description="The `ETag` of the calendar that the program has.")
    ] = None,
) -> Response:
    """Return planned milestones, renewals, last days of notice, due dates and expected alignment meetings as iCalendar.

    The link is the credential. What is overdue stays on its day.
    """
    link, maker = _authorized(context, token)
    now = context.now()
    limits = [limit for limit in (maker.visible, link.clients) if limit is not None]
    visible = frozenset.intersection(*limits) if limits else None
    with context.views.reading(None) as snapshot:
        content = agenda(snapshot, today=context.today(), day_of=context.day_of, visible=visible, limit=MOST_ENTRIES)
    context.calendar_uses.note(link.id, now, context.log)
    body = calendar_text(content, link.name or context.firm.firm_name or "Seatline", public_address_of(request))
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    if if_none_match is not None and not {etag, "*"}.isdisjoint(_ENTITY_TAG.findall(if_none_match)):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=MEDIA_TYPE)


def _authorized(context: AppContext, token: str) -> tuple[CalendarLink, Caller]:
    """A valid link and its maker as of now. Raises the same `Problem` 404 for all other tokens."""
    with context.log.engine.connect() as connection:
        link = calendar_link_with(connection, token)
        made_by = None if link is None or link.revoked_at else link.made_by
        maker = if_readable(lambda: maker_now(connection, made_by, context.now())) if made_by else None
    if link is None or maker is None:
        raise Problem(UNKNOWN_CALENDAR_LINK)
    return link, maker


def calendar_text(content: Agenda, name: str, base_url: str) -> bytes:
    """The agenda as an iCalendar stream, whose bytes are the same while nothing changes."""
    # imported here: it takes a twentieth of the startup time, and most starts serve no calendar
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Seatline//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    if content.total > len(content.entries):
        left_out = content.total - len(content.entries)
        text = f"The {len(content.entries)} dates nearest to today; {left_out} more are left out."
        calendar.add("description", text)
        calendar.add("x-wr-caldesc", text)
    for entry in content.entries:
        calendar.add_component(_event(entry, base_url))
    stream: bytes = calendar.to_ical()
    return stream


def _event(entry: AgendaEntry, base_url: str) -> Event:
    """An all-day event that does not block time. Notes, amounts and names of people are left out."""
    from icalendar import Event

    event = Event()
    event.add("uid", str(entry.id))
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.revision)
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + timedelta(days=1))
    event.add("summary", f"{entry.name}: {_title(entry)}")
    event.add("categories", [_CATEGORIES[entry.kind]])
    event.add("url", f"{base_url.rstrip('/')}/clients/{entry.client}")
    event.add("transp", "TRANSPARENT")
    return event


def _title(entry: AgendaEntry) -> str:
    if entry.milestone is not None:
        return f"{entry.milestone.label} (planned{_period(entry)})"
    owes = "" if entry.function is None else f" ({_FUNCTIONS[entry.function]})"
    return f"{_TITLES[entry.kind]}{owes}"


def _period(entry: AgendaEntry) -> str:
    """The period of a day that is known only roughly."""
    match entry.precision:
        case Precision.MONTH:
            return f" for {entry.on:%B %Y}"
        case Precision.QUARTER:
            return f" for Q{(entry.on.month + 2) // 3} {entry.on.year}"
        case Precision.YEAR:
            return f" for {entry.on.year}"
        case _:
            return ""
