"""What the pages of the settings share: the way between them, and how roles and limits are asked for."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from api.access import Door
from projections.clients import find_client
from web.pages.asking import Ask, Reads
from web.pages.visit import Visit
from web.parts import Choice

ROLE = Ask(
    "role",
    "Role",
    Reads.CHOICE,
    required=True,
    choices=(
        Choice("viewer", "Viewer", "looks at everything"),
        Choice("recorder", "Recorder", "and logs milestones"),
        Choice("admin", "Admin", "and people, users, keys and imports"),
    ),
    preset="viewer",
)
CLIENTS = Ask(
    "clients",
    "Only these clients",
    Reads.LINES,
    hint="Their short names (the last part of a client's address), one a line. Empty: all clients.",
)


def places(visit: Visit, here: str) -> list[tuple[str, str, bool]]:
    """The pages of the settings that the visitor may see: words, address, and whether they are there."""
    found = [("General", "/settings")]
    if visit.caller.door is Door.SESSION:
        found.append(("Your account", "/settings/account"))
    if governs(visit):
        found += [("Users", "/settings/users"), ("API keys", "/settings/keys")]
    if visit.is_admin:
        found.append(("Share links", "/settings/share-links"))
    if governs(visit):
        found.append(("Audit", "/settings/audit"))
    return [(words, href, href == here) for words, href in found]


def governs(visit: Visit) -> bool:
    """Whether the visitor is an admin of all clients, who alone lets people and programs in."""
    return visit.is_admin and visit.visible is None


def slugs_of(visit: Visit, clients: Collection[UUID] | None) -> list[str]:
    """The short names of the clients that somebody is limited to, in order; none where there is no limit."""
    if clients is None:
        return []
    today = visit.context.today()
    with visit.views() as connection:
        found = [
            find_client(connection, str(client), as_of=today, known_at=None, visible=visit.visible)
            for client in clients
        ]
    return sorted(client.slug for client in found if client is not None)
