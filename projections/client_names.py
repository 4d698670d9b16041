"""The clients in the order of their names, in which reports list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy import select

from projections.client_rows import stored_rows
from projections.columnar.array_column import Array
from projections.dated_rows import ID
from projections.profiles import PROFILES
from projections.read_model import known_at_instant, span_contains
from projections.snapshot import Snapshot, cached


@dataclass(frozen=True)
class ClientNames:
    """All clients on record by their folded names on a day, and of one name by id. `ids` are in this order."""

    names: tuple[str, ...]
    ids: Array

    @property
    def weight(self) -> int:
        """The memory, in rows of other reports."""
        return len(self.names) // 4

    def keys(self, ids: Array) -> tuple[tuple[str, ...], Array]:
        """The different names in order, and the place in them of the name of each of sorted `ids`."""
        names = tuple(dict.fromkeys(self.names))
        numbers = {name: number for number, name in enumerate(names)}
        of_client = np.array([numbers[name] for name in self.names], np.int32)
        by_id = np.argsort(self.ids)
        places = np.minimum(np.searchsorted(self.ids[by_id], ids), max(len(self.ids) - 1, 0))
        return names, of_client[by_id][places] if len(self.ids) else np.zeros(len(ids), np.int32)


@cached
def client_names(snapshot: Snapshot, as_of: date, known_at: datetime | None) -> ClientNames:
    """The names on a day, as known at an instant (null: now)."""
    query = (
        select(PROFILES.c.sort_name, PROFILES.c.stream_id)
        .where(known_at_instant(PROFILES, known_at), span_contains(PROFILES, as_of))
        .order_by(PROFILES.c.sort_name, PROFILES.c.stream_id)
    )
    rows = stored_rows(snapshot, query)
    return ClientNames(tuple(name for name, _ in rows), np.array([client for _, client in rows], ID))
