"""Which clients have new events, for caches that follow the log."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, select, union

from domain.client import Client
from domain.engagement import Engagement
from projections.log import Log
from projections.milestone_versions import MILESTONES
from projections.profiles import CLIENT_RECORDINGS
from projections.read_model import id_in
from projections.snapshot import Snapshot

EVENTS_AT_ONCE: Final = 2_000
MOST_EVENTS: Final = 50_000
"""If there are more new events, every client counts as changed."""


def changed_clients(log: Log, snapshot: Snapshot, after: int, up_to: int) -> Collection[UUID] | None:
    """The clients with an event after position `after`, up to position `up_to` of the log; null if there are too many.

    Retracted clients and engagements are included.
    """
    if up_to - after > MOST_EVENTS:
        return None
    clients, engagements, reached = set[UUID](), set[UUID](), after
    while reached < up_to:
        batch = log.scan(reached, min(EVENTS_AT_ONCE, up_to - reached))
        if batch.position == reached:
            break
        for event in batch.unreadable:  # it may have been read before it was damaged
            clients.add(event.stream)
            engagements.add(event.stream)
        for recorded in batch.events:
            match recorded.event:
                case Engagement.Created(client=client):  # which the snapshot of an earlier position does not hold
                    clients.add(client)
                case Engagement.Event(originator_id=engagement):
                    engagements.add(engagement)
                case Client.Event(originator_id=client):
                    clients.add(client)
        reached = batch.position
    query = select(MILESTONES.c.client_id).where(id_in(MILESTONES.c.stream_id, engagements)).distinct()
    return clients | set(snapshot.connection.execute(query).scalars())


def clients_touched(snapshot: Snapshot, after: datetime, until: datetime | None) -> frozenset[UUID]:
    """The clients with recordings after one instant, up to and including another (null: now)."""
    engagements, clients = MILESTONES.c, CLIENT_RECORDINGS.c
    query = union(
        select(engagements.client_id).where(*_between(engagements.known_from, after, until)),
        select(clients.stream_id).where(*_between(clients.known_from, after, until)),
    )
    return frozenset(snapshot.connection.execute(query).scalars())


def _between(
    recorded_at: ColumnElement[datetime], after: datetime, until: datetime | None
) -> list[ColumnElement[bool]]:
    return [recorded_at > after, *([recorded_at <= until] if until is not None else [])]
