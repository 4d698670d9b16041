"""The columnar cache of the spans: loads it, keeps it up to date, and gives readers a view at their position."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sqlalchemy import Connection, func, select

from domain.engagement import Engagement
from domain.seats import Structure
from projections.columnar import FROM_CLIENTS
from projections.columnar.append_only_table import ALWAYS, AppendOnlyTable
from projections.columnar.array_column import ArrayColumn
from projections.columnar.cache_file import CachedTable, CacheFiles
from projections.columnar.columnar_view import CacheState, ColumnarView
from projections.log import Log
from projections.profiles import CLIENTS
from projections.spans import STRUCTURE_SPANS, TRANSITIONS

EVENTS_AT_ONCE = 2_000
STREAMS_AT_ONCE = 500
MOST_EVENTS_FOLLOWED = 200_000
"""A table that lags further behind is loaded again."""

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


class ColumnarCache:
    """Loads each table when it is first needed, if the firm is large enough."""

    def __init__(self, log: Log, from_clients: int = FROM_CLIENTS, files: CacheFiles | None = None) -> None:
        """An empty cache. `log` knows which streams have changed; `files` stores the tables for the next start."""
        self._log = log
        self._files = files
        self._from_clients = from_clients
        self._is_large = False
        self.state = CacheState()
        """The tables of new readers."""

    def columns(self, connection: Connection, position: int, state: CacheState) -> ColumnarView | None:
        """The view at the position of a connection's snapshot; null when the firm is too small for the cache.

        `state` has the tables of the reader.
        """
        if not self._is_large:
            enough = select(CLIENTS.c.row_no).limit(self._from_clients).subquery()
            counted = connection.execute(select(func.count()).select_from(enough)).scalar_one()
            self._is_large = counted >= self._from_clients
            if not self._is_large:
                return None
        instant = connection.exec_driver_sql("SELECT recorded_at FROM read_models LIMIT 1").scalar_one()

        def table(name: str) -> AppendOnlyTable:
            return self.table(state, name, connection, position)

        return ColumnarView(table, state, connection, int(instant or 0))

    def write_files(self, after_events: int = 1) -> None:
        """Write the files of tables that have moved on by at least `after_events` positions since they were written."""
        state = self.state
        if self._files is None:
            return
        for table in tuple(state.tables.values()):
            if table.position - state.written_at.get(table.name, 0) < after_events:
                continue
            with state.lock:
                cached = CachedTable(table.position, table.sorted_columns(), tuple(state.streams), tuple(state.clients))
                state.written_at[table.name] = table.position
            self._files.write(table, cached, state.generation)

    def clear(self, generation: int = 0) -> None:
        """Drop the cache, because rows were replaced; current readers keep their tables.

        `generation` is that of the stopped streams.
        """
        self.state = CacheState(generation)
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
        cached = None if self._files is None else self._files.read(table, state.generation)
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
            batch = self._log.scan(reached, min(EVENTS_AT_ONCE, position - reached))
            if batch.position == reached:
                break
            changed.update(event.stream.bytes for event in batch.unreadable)
            for recorded in batch.events:
                if isinstance(recorded.event, Engagement.Event):
                    changed.add(recorded.event.originator_id.bytes)
            reached = batch.position
        streams = sorted(changed)
        for first in range(0, len(streams), STREAMS_AT_ONCE):
            table.follow(connection, streams[first : first + STREAMS_AT_ONCE])
        table.show(position)
