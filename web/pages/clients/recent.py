"""The clients at which something was recorded last, which pickers and forms offer first."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from projections.clients import ClientRow, find_clients, list_clients
from projections.milestones import recent_milestones
from projections.snapshot import Snapshot

_RECORDINGS = 60
"""How many of the last recordings are looked at."""


def offered_clients(
    snapshot: Snapshot, text: str, *, as_of: date, visible: frozenset[UUID] | None, limit: int
) -> tuple[ClientRow, ...]:
    """The clients that a text may mean, the likeliest first; without a text, those with the last recordings first."""
    clients = find_clients(snapshot, text, as_of=as_of, visible=visible, limit=limit)
    if text.strip() or len(clients) < 2:
        return clients
    recordings = recent_milestones(snapshot, visible=visible, limit=_RECORDINGS).items
    places = {client: place for place, client in enumerate(dict.fromkeys(one.client for one in recordings))}
    recent = list_clients(snapshot, as_of=as_of, visible=frozenset(places), limit=limit).items
    recent = tuple(sorted(recent, key=lambda row: places[row.id]))
    return (*recent, *(row for row in clients if row.id not in places))[:limit]
