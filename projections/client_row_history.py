"""Everything that was ever known of some clients, and their rows as known at any instant without another query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import select

from domain.signs.facts import EngagementFacts
from projections.client_rows import (
    ACTIVE_ROWS,
    MILESTONE_ROWS,
    PROFILE_ROWS,
    SEAT_ROWS,
    SLUG_ROWS,
    STRUCTURE_ROWS,
    ClientRows,
    StoredRow,
    TableRead,
    stored_rows,
)
from projections.read_model import id_in
from projections.snapshot import Snapshot

STILL_KNOWN: Final = 2**63 - 1
"""`known_to` of rows that are still known, in microseconds."""

NO_MILESTONE: Final = ""
"""Stands for a row of another table among the kinds of milestones that changed."""

InstantByClient: TypeAlias = Mapping[bytes, int]
"""An instant (microseconds) for each of some clients."""

_EVERY_TABLE: Final = (SLUG_ROWS, PROFILE_ROWS, MILESTONE_ROWS, SEAT_ROWS, STRUCTURE_ROWS, ACTIVE_ROWS)


class _KnownRow(NamedTuple):
    """A row that was known over `[known_from, known_to)`."""

    known_from: int
    known_to: int
    row: StoredRow


class RowHistory:
    """All rows of some clients that were ever known.

    `changes` has the instants at which the rows of a client changed, in order, each with the kinds of the milestones
    that changed, and `NO_MILESTONE` where others did.
    """

    def __init__(self, snapshot: Snapshot, clients: Collection[UUID]) -> None:
        """Read them."""
        self._snapshot = snapshot
        self._clients = clients
        self._rows = {read.table.name: self._read(read) for read in _EVERY_TABLE}
        self.changes: Mapping[bytes, Mapping[int, frozenset[str]]] = self._changes()

    def as_known(self, instants: InstantByClient, facts: dict[bytes, tuple[EngagementFacts, ...]]) -> ClientRows:
        """The rows of some clients, each as known at an instant of its own, and what was made of them before."""
        return _RowsAsKnown(self._snapshot, self._clients, None, facts=facts, read=partial(self._known, instants))

    def _known(self, instants: InstantByClient, read: TableRead) -> Sequence[StoredRow]:
        rows = self._rows[read.table.name]
        return [
            one.row
            for client, instant in instants.items()
            for one in rows.get(client, ())
            if one.known_from <= instant < one.known_to
        ]

    def _read(self, read: TableRead) -> Mapping[bytes, Sequence[_KnownRow]]:
        times = read.table.c.known_from, read.table.c.known_to
        query = select(*times, *read.columns).where(id_in(read.client_id, self._clients), *read.conditions)
        rows: dict[bytes, list[_KnownRow]] = defaultdict(list)
        for known_from, known_to, *row in stored_rows(self._snapshot, query):
            rows[row[0]].append(_KnownRow(known_from, STILL_KNOWN if known_to is None else known_to, tuple(row)))
        return rows

    def _changes(self) -> Mapping[bytes, Mapping[int, frozenset[str]]]:
        changes: dict[bytes, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for table, rows in self._rows.items():
            is_of_milestones = table == MILESTONE_ROWS.table.name
            for client, of_client in rows.items():
                for known_from, known_to, row in of_client:
                    what = row[1] if is_of_milestones else NO_MILESTONE
                    changes[client][known_from].add(what)
                    if known_to != STILL_KNOWN:
                        changes[client][known_to].add(what)
        return {
            client: {instant: frozenset(what) for instant, what in sorted(at.items())} for client, at in changes.items()
        }


@dataclass(frozen=True)
class _RowsAsKnown(ClientRows):
    """Rows that were read already; `read` gives those of a table."""

    read: Any = None

    def _rows(self, read: TableRead, *more: Any) -> Sequence[StoredRow]:
        rows: Sequence[StoredRow] = self.read(read)
        return rows
