"""Watches the stored state for rows that cannot be read, so that they are named before somebody needs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, takewhile
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Table

from api.state.damage import DamagedRow, find_again, find_damage_in
from api.state.readable_rows import Damage
from api.state.tables import metadata
from projections.log import Log

ROWS_AT_ONCE: Final = 1_000
"""How many rows of each table one pass reads; the next one goes on from there."""
EVERY_TICKS: Final = 10
"""Every which tick all tables have a pass. A table of which a reader met damage has one at the next tick."""
MOST_ROWS: Final = 1_000
"""How many damaged rows are remembered."""


class StateWatch:
    """The rows of the stored state that cannot be read, as far as they are known."""

    def __init__(self, log: Log) -> None:
        """A watch that knows of no damage yet."""
        self._log = log
        self._rows: dict[tuple[str, str], DamagedRow] = {}
        self._offsets: dict[str, int] = {}
        self._noticed: set[str] = set()
        self._ticks = 0
        self._lock = Lock()

    @property
    def rows(self) -> Sequence[DamagedRow]:
        """The rows that cannot be read, by table and key."""
        rows = self._rows
        return [rows[key] for key in sorted(rows)]

    def notice(self, damage: Iterable[Damage]) -> None:
        """Search these tables soon, because a reader met damage in them."""
        with self._lock:
            self._noticed.update(table for table, _ in damage if table in metadata.tables)

    def tick(self) -> bool:
        """Read known rows again, and search for others; whether what is known has changed."""
        is_pass = self._ticks % EVERY_TICKS == 0
        self._ticks += 1
        with self._lock:
            noticed, self._noticed = self._noticed, set()
        searched = list(metadata.tables) if is_pass else sorted(noticed)
        if not searched and not self._rows:
            return False
        rows: dict[tuple[str, str], DamagedRow] = {}
        with self._log.engine.connect() as connection:
            for earlier in self._rows.values():
                if (still := find_again(connection, earlier)) is not None:
                    rows[still.table, still.key] = still
            for name in searched:
                search = self._all_rows if name in noticed else self._next_rows
                for damaged in search(connection, metadata.tables[name]):
                    if len(rows) < MOST_ROWS:
                        rows[damaged.table, damaged.key] = damaged
        has_changed = rows != self._rows
        self._rows = rows
        return has_changed

    def _all_rows(self, connection: Connection, source: Table) -> Sequence[DamagedRow]:
        """Damaged rows of a whole table."""
        slices = (find_damage_in(connection, source, limit=ROWS_AT_ONCE, offset=o) for o in count(0, ROWS_AT_ONCE))
        return [damaged for rows in takewhile(lambda rows: rows is not None, slices) for damaged in rows or ()]

    def _next_rows(self, connection: Connection, source: Table) -> Sequence[DamagedRow]:
        """Damaged rows among the next ones of a table, from the first again after the last."""
        offset = self._offsets.get(source.name, 0)
        damaged = find_damage_in(connection, source, limit=ROWS_AT_ONCE, offset=offset)
        if damaged is None and offset:
            offset, damaged = 0, find_damage_in(connection, source, limit=ROWS_AT_ONCE, offset=0)
        self._offsets[source.name] = 0 if damaged is None else offset + ROWS_AT_ONCE
        return damaged or ()
