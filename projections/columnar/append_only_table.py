"""An in-memory copy of a table as numpy arrays, to which rows are only appended, or closed.

Readers need no lock: they select the rows known at an instant no later than their snapshot. Rows appended since are
known from a later instant, and rows closed since were still known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, bindparam, text

from projections.columnar.array_column import Array, ArrayColumn
from projections.columnar.lru import LruCache
from projections.columnar.postgres_load import load_parts

FOREVER: Final = 2**63 - 1
"""`known_to` of rows that are still known, in microseconds."""
ALWAYS: Final = 2**31 - 1
"""The day number of the end of an open span; no date has it."""

_OF_FIRST_ROW = "CASE row_no WHEN 0 THEN {} END"
ROWS_AT_ONCE = 500
"""The number of rows converted at once; few enough to stay in the processor's cache."""
_CACHED_SELECTIONS = 2


class IdNumbers(dict[bytes, int]):
    """Assigns consecutive numbers to ids, in the order of first use."""

    def __missing__(self, stored: bytes) -> int:
        """Assign the next number."""
        self[stored] = place = len(self)
        return place


_KNOWN_COLUMNS: Final = (ArrayColumn("known_from", np.int64), ArrayColumn("known_to", np.int64, null=FOREVER))


class RowSelection:
    """The rows known at an instant; each column is selected on first use."""

    def __init__(self, columns: Mapping[str, Array], instant: int) -> None:
        """Select the rows; `instant` is in microseconds."""
        self._columns = columns
        self._places = np.flatnonzero((columns["known_from"] <= instant) & (columns["known_to"] > instant))
        self._values: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        """The values of one column."""
        if name not in self._values:
            self._values[name] = self._columns[name][self._places]
        return self._values[name]


class AppendOnlyTable:
    """The copy of one table. One thread at a time may load or follow it; any number may read."""

    def __init__(self, name: str, columns: Sequence[ArrayColumn], streams: IdNumbers, clients: IdNumbers) -> None:
        """An empty table. `streams` and `clients` number the ids and are shared by all tables."""
        self.position = 0
        self.name = name
        self._columns = columns
        self._streams, self._clients = streams, clients
        self._size = 0
        self._arrays: dict[str, Array] = {"stream": np.empty(0, np.int32), "client": np.empty(0, np.int32)}
        self._arrays |= {column.name: np.empty(0, column.kind) for column in (*_KNOWN_COLUMNS, *columns)}
        self._first: Array = np.empty(0, np.int32)
        self._counts: Array = np.empty(0, np.int32)
        self._moved: dict[int, list[int]] = {}
        self._visible: dict[str, Array] = self._arrays
        self._selections: LruCache[int, RowSelection] = LruCache(_CACHED_SELECTIONS)

    @property
    def columns(self) -> Sequence[str]:
        """The names of all columns."""
        return tuple(self._arrays)

    def load(self, connection: Connection, position: int) -> None:
        """Copy the whole table from a connection's snapshot, which is at `position`."""
        if connection.dialect.name == "postgresql":
            self._load_columns(connection)
        else:
            self._load_rows(connection)
        self._trim()
        self._find_streams()
        self.show(position)

    def _load_columns(self, connection: Connection) -> None:
        """Load binary columns that PostgreSQL concatenates."""
        for part in load_parts(connection, self.name, (*_KNOWN_COLUMNS, *self._columns)):
            streams = np.array([self._streams[stored] for stored in part.streams], np.int32)
            clients = np.array([self._clients[stored] for stored in part.clients], np.int32)
            self._append(np.repeat(streams, part.counts), np.repeat(clients, part.counts), part.columns)

    def _load_rows(self, connection: Connection) -> None:
        """Load rows."""
        # ids are selected in the first row of each stream only, because converting them is expensive
        selection = (
            f"SELECT {_OF_FIRST_ROW.format('stream_id')}, {_OF_FIRST_ROW.format('client_id')}, {self._expressions}"
        )
        begins, owners = list[int](), list[tuple[int, int]]()
        for rows in self._rows(connection, selection, "ORDER BY stream_id, row_no"):
            streams, clients, *columns = zip(*rows, strict=True)
            for place, (stream, client) in enumerate(zip(streams, clients, strict=True), self._size):
                if stream is not None:
                    begins.append(place)
                    owners.append((self._streams[stream], self._clients[client]))
            unset = np.zeros(len(rows), np.int32)
            self._append(unset, unset, self._arrays_of(columns))
        counts = np.diff(begins, append=self._size).astype(np.int64) if begins else np.zeros(0, np.int64)
        for name, numbers in zip(("stream", "client"), np.array(owners, np.int32).reshape(-1, 2).T, strict=True):
            self._arrays[name][: self._size] = np.repeat(numbers, counts)

    def restore(self, arrays: Mapping[str, Array], position: int) -> None:
        """Restore columns from `sorted_columns` at a position; streams and clients must have the same numbers."""
        self._arrays = dict(arrays)
        self._size = len(self._arrays["stream"])
        self._find_streams()
        self.show(position)

    def sorted_columns(self) -> dict[str, Array]:
        """A copy of all columns, with the rows of each stream together and in order."""
        order = np.argsort(self._visible["stream"], kind="stable")
        return {name: array[order] for name, array in self._visible.items()}

    def _find_streams(self) -> None:
        """Index the first row and the number of rows of each stream."""
        stream = self._arrays["stream"]
        begins = np.flatnonzero(np.diff(stream, prepend=-1))
        self._first = np.zeros(len(self._streams), np.int32)
        self._counts = np.zeros(len(self._streams), np.int32)
        self._first[stream[begins]] = begins
        self._counts[stream[begins]] = np.diff(begins, append=len(stream))

    def follow(self, connection: Connection, streams: Sequence[bytes]) -> None:
        """Copy the changes of some streams from a connection's snapshot; they become visible with `show`."""
        selection = f"SELECT stream_id, client_id, row_no, {self._expressions}"
        condition = "WHERE stream_id IN :streams ORDER BY stream_id, row_no"
        added: list[tuple[Any, ...]] = []
        for rows in self._rows(connection, selection, condition, streams):
            for stored, client, number, known_from, known_to, *own in rows:
                stream = self._streams[stored]
                places = self._places_of(stream)
                if number < len(places):
                    self._arrays["known_to"][places[number]] = known_to
                else:
                    places.append(self._size + len(added))
                    added.append((stream, self._clients[client], known_from, known_to, *own))
        if added:
            of_streams, of_clients, *columns = zip(*added, strict=True)
            self._append(np.array(of_streams, np.int32), np.array(of_clients, np.int32), self._arrays_of(columns))

    def known_at(self, instant: int) -> RowSelection:
        """The rows known at an instant (microseconds)."""
        return self._selections.get(instant, lambda: RowSelection(self._visible, instant))

    @property
    def _expressions(self) -> str:
        """The SQL expressions of `known_from`, `known_to` and the table's own columns."""
        return ", ".join(column.expression for column in (*_KNOWN_COLUMNS, *self._columns))

    def _arrays_of(self, stored: Sequence[Sequence[Any]]) -> Sequence[Array]:
        """Convert the values of those columns to arrays."""
        columns = (*_KNOWN_COLUMNS, *self._columns)
        return [column.array_of(values) for column, values in zip(columns, stored, strict=True)]

    def _rows(
        self, connection: Connection, selection: str, condition: str, streams: Sequence[bytes] = ()
    ) -> Iterator[Sequence[Any]]:
        """Select rows, in batches."""
        statement = text(f"{selection} FROM {self.name} {condition}")
        parameters: dict[str, Any] = {}
        if streams:
            statement = statement.bindparams(bindparam("streams", expanding=True))
            parameters["streams"] = list(streams)
        result = connection.execute(statement.execution_options(stream_results=not streams), parameters)
        if connection.dialect.name == "postgresql":
            yield from result.partitions(ROWS_AT_ONCE)
            return
        # the driver's cursor streams here, and its plain tuples take half the time
        while rows := result.cursor.fetchmany(ROWS_AT_ONCE):
            yield rows
        result.close()

    def _append(self, stream: Array, client: Array, columns: Sequence[Array]) -> None:
        """Append rows: stream, client, `known_from`, `known_to` and the table's own columns."""
        new: dict[str, Array] = {"stream": stream, "client": client}
        for column, values in zip((*_KNOWN_COLUMNS, *self._columns), columns, strict=True):
            new[column.name] = values
        end = self._size + len(stream)
        if end > len(self._arrays["stream"]):
            capacity = end + end // 4
            self._arrays = {name: _grown(array[: self._size], capacity) for name, array in self._arrays.items()}
        for name, values in new.items():
            self._arrays[name][self._size : end] = values
        self._size = end

    def _trim(self) -> None:
        self._arrays = {name: array[: self._size].copy() for name, array in self._arrays.items()}

    def show(self, position: int) -> None:
        """Make everything loaded so far visible, as of a position of the log."""
        self._visible = {name: array[: self._size] for name, array in self._arrays.items()}
        self.position = position

    def _places_of(self, stream: int) -> list[int]:
        """The indexes of a stream's rows, by row number."""
        if stream not in self._moved:
            first, count = (
                (int(self._first[stream]), int(self._counts[stream])) if stream < len(self._first) else (0, 0)
            )
            self._moved[stream] = list(range(first, first + count))
        return self._moved[stream]


def _grown(array: Array, capacity: int) -> Array:
    grown: Array = np.empty(capacity, array.dtype)
    grown[: len(array)] = array
    return grown
