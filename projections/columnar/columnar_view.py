"""The columnar cache as one reader sees it: what a snapshot gives to the reports."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from projections.columnar.append_only_table import AppendOnlyTable, IdNumbers, RowSelection
from projections.columnar.array_column import Array
from projections.columnar.lru import LruCache
from projections.log.entries import microseconds
from projections.spans import STRUCTURE_SPANS, TRANSITIONS

_CACHED_CHOICES = 8
_CACHED_LABELS = 4


class Labels(NamedTuple):
    """The label of each client or engagement by its number, as an index into `names`; -1 without a label."""

    codes: Array
    names: Sequence[str]


class CacheState:
    """The loaded tables, and LRU caches of what was computed from them."""

    def __init__(self, generation: int = 0) -> None:
        """No tables. `generation` is that of the stopped streams, on which the rows depend."""
        self.generation = generation
        self.lock = Lock()
        self.streams, self.clients = IdNumbers(), IdNumbers()
        self.tables: dict[str, AppendOnlyTable] = {}
        self.written_at: dict[str, int] = {}
        self.choices: LruCache[Hashable, Array] = LruCache(_CACHED_CHOICES)
        self.labels: LruCache[Hashable, Labels] = LruCache(_CACHED_LABELS)


class ColumnarView:
    """The cache as seen by one reader: everything up to the position of its snapshot."""

    def __init__(
        self, table: Callable[[str], AppendOnlyTable], state: CacheState, connection: Connection, instant: int
    ) -> None:
        """`table` brings a table up to the position of the snapshot, which `instant` (microseconds) is the time of."""
        self._table = table
        self._state = state
        self._connection = connection
        self._instant = instant

    def structures(self, known_at: datetime | None) -> RowSelection:
        """The structure spans known at an instant: `stream`, `client`, `structure`, `starts_on`, `ends_on`."""
        return self._known(STRUCTURE_SPANS.name, known_at)

    def transitions(self, known_at: datetime | None) -> RowSelection:
        """The transitions known at an instant: `stream`, `client`, `before`, `after`, `made_on`."""
        return self._known(TRANSITIONS.name, known_at)

    def load_all(self) -> None:
        """Load all tables now."""
        for name in (STRUCTURE_SPANS.name, TRANSITIONS.name):
            self._table(name)

    def mask_of_clients(self, question: Hashable, select: Callable[[Connection], Iterable[bytes]]) -> Array:
        """A mask, by number, of the clients whose ids `select` reads, cached by `question`."""
        key = (question, self._instant, len(self._state.clients))
        return self._state.choices.get(key, lambda: self._mask(select(self._connection)))

    def labels_of_clients(self, question: Hashable, make: Callable[[], Mapping[bytes, str]]) -> Labels:
        """The labels that `make` computes for the clients, cached by `question`."""
        return self._labels(question, make, self._state.clients)

    def labels_of_streams(self, question: Hashable, make: Callable[[], Mapping[bytes, str]]) -> Labels:
        """The labels that `make` computes for the engagements, cached by `question`."""
        return self._labels(question, make, self._state.streams)

    def number_of(self, client: UUID) -> int | None:
        """The number of a client; null for a client without an engagement."""
        return self._state.clients.get(client.bytes)

    def _known(self, table: str, known_at: datetime | None) -> RowSelection:
        instant = self._instant if known_at is None else min(microseconds(known_at), self._instant)
        return self._table(table).known_at(instant)

    def _mask(self, ids: Iterable[bytes]) -> Array:
        numbers = self._state.clients
        mask: Array = np.zeros(len(numbers), np.bool_)
        mask[[numbers[client] for client in ids if client in numbers]] = True
        return mask

    def _labels(self, question: Hashable, make: Callable[[], Mapping[bytes, str]], numbers: IdNumbers) -> Labels:
        key = (question, self._instant, len(numbers))
        return self._state.labels.get(key, lambda: self._label(make(), numbers))

    def _label(self, labels: Mapping[bytes, str], numbers: IdNumbers) -> Labels:
        names = sorted(set(labels.values()))
        codes = {name: code for code, name in enumerate(names)}
        label_codes: Array = np.full(len(numbers), -1, np.int32)
        for stored, label in labels.items():
            if stored in numbers:
                label_codes[numbers[stored]] = codes[label]
        return Labels(label_codes, names)
