"""The columnar cache of the spans: loads it, keeps it up to date, and gives readers a view at their position."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, LargeBinary, func, select, type_coerce

from domain.engagement import Engagement
from domain.seats import Structure
from projections.client_filter import EVERY_CLIENT
from projections.columnar import FROM_CLIENTS
from projections.columnar.append_only_table import (
    ALWAYS,
    AppendOnlyTable,
    Array,
    ArrayColumn,
    IdNumbers,
    RowSelection,
)
from projections.columnar.cache_file import CachedTable, CacheFiles
from projections.columnar.lru import LruCache
from projections.log import Log
from projections.log.entries import microseconds
from projections.profiles import CLIENTS, PROFILES
from projections.reports.question import ReportQuestion
from projections.spans import STRUCTURE_SPANS, TRANSITIONS

EVENTS_AT_ONCE = 2_000
STREAMS_AT_ONCE = 500
MOST_EVENTS_FOLLOWED = 200_000
"""A table that lags further behind is loaded again."""
_CACHED_CHOICES = 8
_CACHED_LABELS = 4

_WORDS: Mapping[str | None, int] = {None: -1} | {str(word): number for number, word in enumerate(Structure)}
_TABLES: Mapping[str, tuple[ArrayColumn, ...]] = {
    STRUCTURE_SPANS.name: (
        ArrayColumn("structure", np.int8, words=_WORDS),
        ArrayColumn("starts_on", np.int32),
        ArrayColumn("ends_on", np.int32, null=ALWAYS),
    ),
    TRANSITIONS.name: (
        ArrayColumn("before", np.int8, words=_WORDS),
        ArrayColumn("after", np.int8, words=_WORDS),
        ArrayColumn("made_on", np.int32),
    ),
}


class Labels(NamedTuple):
    """The label of each client or engagement by its number, as an index into `names`; -1 without a label."""

    codes: Array
    names: Sequence[str]


class CacheState:
    """The loaded tables, and LRU caches of what was computed from them."""

    def __init__(self) -> None:
        """No tables."""
        self.lock = Lock()
        self.streams, self.clients = IdNumbers(), IdNumbers()
        self.tables: dict[str, AppendOnlyTable] = {}
        self.written_at: dict[str, int] = {}
        self.choices: LruCache[Hashable, Array] = LruCache(_CACHED_CHOICES)
        self.labels: LruCache[Hashable, Labels] = LruCache(_CACHED_LABELS)


class ColumnarCache:
    """Loads each table when it is first needed, if the firm is large enough."""

    def __init__(self, log: Log, from_clients: int = FROM_CLIENTS, files: CacheFiles | None = None) -> None:
        """An empty cache. `log` tells which streams have changed; `files` stores the tables for the next start."""
        self._log = log
        self._files = files
        self._from_clients = from_clients
        self._is_large = False
        self._state = CacheState()

    def columns(self, connection: Connection, position: int) -> ColumnarView | None:
        """The view at the position of a connection's snapshot; null when the firm is too small for the cache."""
        state = self._state
        if not self._is_large:
            enough = select(CLIENTS.c.row_no).limit(self._from_clients).subquery()
            counted = connection.execute(select(func.count()).select_from(enough)).scalar_one()
            self._is_large = counted >= self._from_clients
            if not self._is_large:
                return None
        instant = connection.exec_driver_sql("SELECT recorded_at FROM read_models LIMIT 1").scalar_one()
        return ColumnarView(self, state, connection, position, int(instant or 0))

    def load_all(self, connection: Connection, position: int) -> None:
        """Load all tables now and write their files, if the firm is large enough, so that no request has to wait."""
        if self.columns(connection, position) is not None:
            for name in _TABLES:
                self.table(self._state, name, connection, position)
            self.write_files()

    def write_files(self, after_events: int = 1) -> None:
        """Write the files of tables that have moved on by at least `after_events` positions since they were written."""
        state = self._state
        if self._files is None:
            return
        for table in tuple(state.tables.values()):
            if table.position - state.written_at.get(table.name, 0) < after_events:
                continue
            with state.lock:
                cached = CachedTable(table.position, table.sorted_columns(), tuple(state.streams), tuple(state.clients))
                state.written_at[table.name] = table.position
            self._files.write(table, cached)

    def clear(self) -> None:
        """Drop the cache, because the views were replaced; current readers go on with their tables."""
        self._state = CacheState()
        self._is_large = False

    def table(self, state: CacheState, name: str, connection: Connection, position: int) -> AppendOnlyTable:
        """A table, at a position of the log or after it."""
        with state.lock:
            table = state.tables.get(name) or self._read_file(state, name)
            if table is None or position - table.position > MOST_EVENTS_FOLLOWED:
                table = AppendOnlyTable(name, _TABLES[name], state.streams, state.clients)
                table.load(connection, position)
            elif table.position < position:
                self._follow(table, connection, position)
            state.tables[name] = table
            return table

    def _read_file(self, state: CacheState, name: str) -> AppendOnlyTable | None:
        """The table from its file; null if there is no usable file."""
        table = AppendOnlyTable(name, _TABLES[name], state.streams, state.clients)
        cached = None if self._files is None else self._files.read(table)
        if cached is None:
            return None
        arrays = dict(cached.arrays)
        for column, ids, numbers in (
            ("stream", cached.streams, state.streams),
            ("client", cached.clients, state.clients),
        ):
            arrays[column] = np.array([numbers[stored] for stored in ids], np.int32)[arrays[column]]
        table.restore(arrays, cached.position)
        state.written_at[name] = cached.position
        return table

    def _follow(self, table: AppendOnlyTable, connection: Connection, position: int) -> None:
        """Bring a table up to the position of a connection's snapshot."""
        reached, changed = table.position, set[bytes]()
        while reached < position:
            for recorded in self._log.read(reached, min(EVENTS_AT_ONCE, position - reached)):
                if isinstance(recorded.event, Engagement.Event):
                    changed.add(recorded.event.originator_id.bytes)
                reached = recorded.position
        streams = sorted(changed)
        for first in range(0, len(streams), STREAMS_AT_ONCE):
            table.follow(connection, streams[first : first + STREAMS_AT_ONCE])
        table.show(position)


class ColumnarView:
    """The cache as seen by one reader: everything up to the position of its snapshot."""

    def __init__(
        self, cache: ColumnarCache, state: CacheState, connection: Connection, position: int, instant: int
    ) -> None:
        """`instant` is the timestamp of the event at `position`, in microseconds."""
        self._cache = cache
        self._state = state
        self._connection = connection
        self._position = position
        self._instant = instant

    def structures(self, known_at: datetime | None) -> RowSelection:
        """The structure spans known at an instant: `stream`, `client`, `structure`, `starts_on`, `ends_on`."""
        return self._known(STRUCTURE_SPANS.name, known_at)

    def transitions(self, known_at: datetime | None) -> RowSelection:
        """The transitions known at an instant: `stream`, `client`, `before`, `after`, `made_on`."""
        return self._known(TRANSITIONS.name, known_at)

    def selected_mask(self, question: ReportQuestion) -> Array | None:
        """A mask of the selected and visible clients, by number; null when that is every client."""
        if question.filters == EVERY_CLIENT and question.visible is None:
            return None
        key = (
            question.filters,
            question.as_of,
            question.known_at,
            question.visible,
            self._instant,
            len(self._state.clients),
        )
        return self._state.choices.get(key, lambda: self._choose(question))

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
        return self._cache.table(self._state, table, self._connection, self._position).known_at(instant)

    def _choose(self, question: ReportQuestion) -> Array:
        numbers = self._state.clients
        if question.filters == EVERY_CLIENT:
            ids = [client.bytes for client in question.visible or ()]
        else:
            query = select(PROFILES.c.stream_id).where(question.includes(PROFILES.c.stream_id))
            # stored ids: converting many of them would be slow
            stored = query.with_only_columns(type_coerce(PROFILES.c.stream_id, LargeBinary))
            ids = [bytes(client) for client in self._connection.execute(stored).scalars()]
        chosen: Array = np.zeros(len(numbers), np.bool_)
        chosen[[numbers[client] for client in ids if client in numbers]] = True
        return chosen

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
