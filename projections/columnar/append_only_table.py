"""Columns of one table of rows that are known over a time: they grow, and rows in them end; nothing else changes.

That is why a reader needs no lock. It asks what was known at an instant no later than the last recording it may see: a
row that was added since is known from later on, and one that was ended since was still known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, bindparam, text

from projections.columnar.lru import LruCache
from projections.columnar.postgres_load import load_parts

Array: TypeAlias = npt.NDArray[Any]

FOREVER: Final = 2**63 - 1
"""The end of what is still known."""
ALWAYS: Final = 2**31 - 1
"""The end of a span that goes on; no date has that number."""

_OF_FIRST_ROW = "CASE row_no WHEN 0 THEN {} END"
ROWS_AT_ONCE = 500
"""So few that they stay near the processor while they are turned into columns."""
_CACHED_SELECTIONS = 2


class IdNumbers(dict[bytes, int]):
    """Numbers for ids, in the order in which they are first met."""

    def __missing__(self, stored: bytes) -> int:
        """The next number."""
        self[stored] = place = len(self)
        return place


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """A column of a table, how it is kept, the numbers of its words where it has such, and what stands for null."""

    name: str
    kind: type[Any]
    words: Mapping[str | None, int] | None = None
    null: int | None = None

    @property
    def expression(self) -> str:
        """What is asked for in SQL."""
        return self.name if self.null is None else f"coalesce({self.name}, {self.null})"

    def of(self, stored: Sequence[Any]) -> Array:
        """The values as they are kept."""
        words = self.words
        return np.array(stored if words is None else [words[word] for word in stored], self.kind)


_KNOWN_COLUMNS: Final = (ArrayColumn("known_from", np.int64), ArrayColumn("known_to", np.int64, null=FOREVER))


class RowSelection:
    """Those rows of some columns that were known at an instant, a column at a time as it is asked for."""

    def __init__(self, columns: Mapping[str, Array], instant: int) -> None:
        """Find them; `instant` is in microseconds."""
        self._columns = columns
        self._places = np.flatnonzero((columns["known_from"] <= instant) & (columns["known_to"] > instant))
        self._values: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        """The values of one column."""
        if name not in self._values:
            self._values[name] = self._columns[name][self._places]
        return self._values[name]


class AppendOnlyTable:
    """The copy of one table. One thread at a time may load and follow it; any may read what it shows."""

    def __init__(self, name: str, columns: Sequence[ArrayColumn], streams: IdNumbers, clients: IdNumbers) -> None:
        """Nothing yet. `streams` and `clients` number the ids, for all tables alike."""
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
        """Take in the whole table as a connection sees it, which is at that position of the log."""
        if connection.dialect.name == "postgresql":
            self._load_columns(connection)
        else:
            self._load_rows(connection)
        self._trim()
        self._find_streams()
        self.show(position)

    def _load_columns(self, connection: Connection) -> None:
        """By columns, as the server puts them together."""
        for part in load_parts(connection, self.name, (*_KNOWN_COLUMNS, *self._columns)):
            streams = np.array([self._streams[stored] for stored in part.streams], np.int32)
            clients = np.array([self._clients[stored] for stored in part.clients], np.int32)
            self._append(np.repeat(streams, part.counts), np.repeat(clients, part.counts), part.columns)

    def _load_rows(self, connection: Connection) -> None:
        """Row by row, as the file is read."""
        # who is whose is said with the first row of a stream: the others are nothing but numbers and words
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

    def take_up(self, arrays: Mapping[str, Array], position: int) -> None:
        """Take in columns as `in_order` gave them at a position, of streams and clients with the same numbers."""
        self._arrays = dict(arrays)
        self._size = len(self._arrays["stream"])
        self._find_streams()
        self.show(position)

    def in_order(self) -> dict[str, Array]:
        """A copy of all columns, the rows of each stream together and in their order."""
        order = np.argsort(self._visible["stream"], kind="stable")
        return {name: array[order] for name, array in self._visible.items()}

    def _find_streams(self) -> None:
        """Where the rows of each stream begin, and how many they are."""
        stream = self._arrays["stream"]
        begins = np.flatnonzero(np.diff(stream, prepend=-1))
        self._first = np.zeros(len(self._streams), np.int32)
        self._counts = np.zeros(len(self._streams), np.int32)
        self._first[stream[begins]] = begins
        self._counts[stream[begins]] = np.diff(begins, append=len(stream))

    def follow(self, connection: Connection, streams: Sequence[bytes]) -> None:
        """Take in what has changed in some streams, as a connection sees them; to be shown when it is all taken in."""
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

    def known(self, instant: int) -> RowSelection:
        """The rows that were known at an instant (microseconds)."""
        return self._selections.get(instant, lambda: RowSelection(self._visible, instant))

    @property
    def _expressions(self) -> str:
        """Since when and until when rows are known, and the table's own columns, in SQL."""
        return ", ".join(column.expression for column in (*_KNOWN_COLUMNS, *self._columns))

    def _arrays_of(self, stored: Sequence[Sequence[Any]]) -> Sequence[Array]:
        """Those columns as they are kept."""
        columns = (*_KNOWN_COLUMNS, *self._columns)
        return [column.of(values) for column, values in zip(columns, stored, strict=True)]

    def _rows(
        self, connection: Connection, selection: str, condition: str, streams: Sequence[bytes] = ()
    ) -> Iterator[Sequence[Any]]:
        """Rows in parts."""
        statement = text(f"{selection} FROM {self.name} {condition}")
        parameters: dict[str, Any] = {}
        if streams:
            statement = statement.bindparams(bindparam("streams", expanding=True))
            parameters["streams"] = list(streams)
        result = connection.execute(statement.execution_options(stream_results=not streams), parameters)
        if connection.dialect.name == "postgresql":
            yield from result.partitions(ROWS_AT_ONCE)
            return
        # by the driver's own cursor, which holds nothing back here: its plain tuples take half the time
        while rows := result.cursor.fetchmany(ROWS_AT_ONCE):
            yield rows
        result.close()

    def _append(self, stream: Array, client: Array, columns: Sequence[Array]) -> None:
        """Add rows: of which stream and client, since when and until when they are known, and the own columns."""
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
        """Show what was taken in: all that was recorded up to a position of the log."""
        self._visible = {name: array[: self._size] for name, array in self._arrays.items()}
        self.position = position

    def _places_of(self, stream: int) -> list[int]:
        """Where the rows of a stream are, by their numbers."""
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
