"""What is judged of every client, as known at any instant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

from projections.changed_clients import clients_touched
from projections.snapshot import Snapshot

V = TypeVar("V")

Judge: TypeAlias = Callable[[Collection[UUID] | None, datetime | None], Mapping[UUID, V]]
"""Judges some clients, or all (null), as known at an instant (null: now), and leaves out those without a value."""

FEW_CLIENTS = 100
"""So few clients are judged directly, without judging all others for the cache."""


def judged(
    snapshot: Snapshot,
    key: Hashable,
    judge: Judge[V],
    clients: Collection[UUID] | None = None,
    *,
    known_at: datetime | None = None,
) -> Mapping[UUID, V]:
    """The values of some clients, or of all (null), as known at an instant (null: now).

    `key` names the judgement and all that it depends on besides the log. A client without recordings after
    `known_at` has its current value; only the others are judged again.
    """
    if clients is not None and len(clients) <= FEW_CLIENTS:
        return judge(clients, known_at)
    values = snapshot.judged(key, lambda changed: judge(changed, None))
    if known_at is not None:
        touched = clients_touched(snapshot, known_at, None)
        again = touched if clients is None else touched & frozenset(clients)
        values = {client: value for client, value in values.items() if client not in touched} | (
            dict(judge(again, known_at)) if again else {}
        )
    if clients is None:
        return values
    return {client: values[client] for client in clients if client in values}
