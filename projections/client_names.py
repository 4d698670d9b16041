"""The clients in the order of their names, in which reports list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
from sqlalchemy import Select, select

from projections.client_rows import stored_rows
from projections.columnar.array_column import Array
from projections.dated_rows import ID, id_at
from projections.profiles import PROFILES
from projections.read_model import id_in, known_at_instant, span_contains
from projections.snapshot import Snapshot, cached


@dataclass(frozen=True)
class ClientNames:
    """All clients on record by their folded names on a day, and of one name by id. `ids` are in this order."""

    names: tuple[str, ...]
    ids: Array

    @property
    def weight(self) -> int:
        """The memory used, in units of one report row."""
        return len(self.names) // 4

    def keys(self, ids: Array) -> tuple[tuple[str, ...], Array]:
        """The different names in order, and the place in them of the name of each of some ids."""
        names, sorted_ids, of_client = self._by_id
        places = np.minimum(np.searchsorted(sorted_ids, ids), max(len(sorted_ids) - 1, 0))
        return names, of_client[places] if len(sorted_ids) else np.zeros(len(ids), np.int32)

    def name_of(self, client: bytes) -> str | None:
        """The name of a client; null if it is not on record."""
        names, sorted_ids, of_client = self._by_id
        place = int(np.searchsorted(sorted_ids, np.bytes_(client)))
        if place == len(sorted_ids) or id_at(sorted_ids, place) != client:
            return None
        return names[int(of_client[place])]

    @cached_property
    def _by_id(self) -> tuple[tuple[str, ...], Array, Array]:
        """The different names in order, the ids in order, and for each of these the place of its name."""
        names = tuple(dict.fromkeys(self.names))
        numbers = {name: number for number, name in enumerate(names)}
        of_client = np.array([numbers[name] for name in self.names], np.int32)
        by_id = np.argsort(self.ids)
        return names, self.ids[by_id], of_client[by_id]


@cached
def client_names(snapshot: Snapshot, as_of: date, known_at: datetime | None) -> ClientNames:
    """The names on a day, as known at an instant (null: now)."""
    latest = snapshot.answers.latest
    earlier = latest.get((__name__, as_of, known_at))
    names: ClientNames
    if earlier is not None and _are_still(snapshot, *earlier, as_of, known_at):
        names = earlier[1]
    else:
        query = _query(as_of, known_at).order_by(PROFILES.c.sort_name, PROFILES.c.stream_id)
        rows = stored_rows(snapshot, query)
        names = ClientNames(tuple(name for name, _ in rows), np.array([client for _, client in rows], ID))
    latest.put((__name__, as_of, known_at), snapshot.position, names)
    return names


def _are_still(snapshot: Snapshot, position: int, names: ClientNames, as_of: date, known_at: datetime | None) -> bool:
    """Whether the names at another position are those of the snapshot: no client with new events has another."""
    changed = snapshot.changed_clients(*sorted((position, snapshot.position)))
    if changed is None:
        return False
    query = _query(as_of, known_at).where(id_in(PROFILES.c.stream_id, changed))
    current = {client: name for name, client in stored_rows(snapshot, query)}
    return all(names.name_of(client.bytes) == current.get(client.bytes) for client in changed)


def _query(as_of: date, known_at: datetime | None) -> Select[Any]:
    return select(PROFILES.c.sort_name, PROFILES.c.stream_id).where(
        known_at_instant(PROFILES, known_at), span_contains(PROFILES, as_of)
    )
