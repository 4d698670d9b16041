"""What was recorded since the reader's last visit, by client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from api.auth.access import Door
from api.state.visits import Visit, last_visit_of, note_visit
from domain.text import fold
from projections.clients import find_client, names_of
from projections.log import LogFault
from projections.milestones import recordings_since
from projections.snapshot import Snapshot
from web.charts.wording import counted
from web.components import Link
from web.pages.clients.picker_fields import about_client
from web.pages.page_context import PageContext
from web.pages.urls import client_address

NAMED = 5
"""How many clients are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class ChangedClient:
    """A client with the number of its new milestones and changes in words, and what tells namesakes apart."""

    link: Link
    about: str
    apart: str = ""


@dataclass(frozen=True, slots=True)
class SinceLastVisit:
    """What was recorded since an instant: the clients with the most recordings, and how many others have some."""

    since: datetime
    clients: Sequence[ChangedClient]
    more: int


def last_visit(page: PageContext) -> Visit | None:
    """The reader's last visit; null on the first, and for readers without a session.

    This visit is noted, unless an open page only refreshes itself.
    """
    if page.caller.door is not Door.SESSION or page.context.is_read_only:
        return None
    if page.is_refresh:
        with page.queries.state() as connection:
            return last_visit_of(connection, page.caller.id)
    position, at = page.position, page.context.now()
    with suppress(LogFault):  # the Overview can still be read
        return page.context.log.write(
            lambda connection: note_visit(connection, page.caller.id, page.caller.door_id, position, at=at)
        )
    return None


def changes_since(snapshot: Snapshot, page: PageContext, visit: Visit) -> SinceLastVisit:
    """What was recorded since a visit at the clients that the reader may see."""
    counts = recordings_since(snapshot, visit.position, visible=page.visible)
    busiest = sorted(counts, key=lambda client: (-sum(counts[client]), client))[:NAMED]
    today = page.context.today()
    names = names_of(snapshot, busiest, as_of=today)
    namesakes = {name for name, times in Counter(map(fold, names.values())).items() if times > 1}
    alike = [client for client, name in names.items() if fold(name) in namesakes]
    rows = [find_client(snapshot, str(client), as_of=today, visible=page.visible) for client in alike]
    apart = {row.id: about_client(row) for row in rows if row}
    clients = [
        ChangedClient(
            Link(names[client], client_address(str(client)) + "#milestones"),
            _words(*counts[client]),
            apart.get(client, ""),
        )
        for client in busiest
        if client in names
    ]
    return SinceLastVisit(visit.at, clients, len(counts) - len(clients))


def _words(logged: int, changed: int) -> str:
    words = (
        counted(logged, "new milestone") if logged else "",
        counted(changed, "change") if changed else "",
    )
    return ", ".join(word for word in words if word)
