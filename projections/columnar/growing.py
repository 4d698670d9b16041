"""Columns of one table of rows that are known over a time: they grow, and rows in them end; nothing else changes.

That is why a reader needs no lock. It asks what was known at an instant no later than the last recording it may see: a
row that was added since is known from later on, and one that was ended since was still known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, bindparam, text

from projections.columnar.lately import Lately

Array: TypeAlias = npt.NDArray[Any]

FOREVER: Final = 2**63 - 1
"""The end of what is still known."""
ALWAYS: Final = 2**31 - 1
"""The end of a span that goes on; no date has that number."""

ROWS_AT_ONCE = 20_000
_KNOWN: Final = (("stream", np.int32), ("client", np.int32), ("known_from", np.int64), ("known_to", np.int64))
_SELECTIONS_KEPT = 2


class Places(dict[bytes, int]):
    """Numbers for ids, in the order in which they are first met."""

    def __missing__(self, stored: bytes) -> int:
        """The next number."""
        self[stored] = place = len(self)
        return place


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, how it is kept, its words (as their numbers, null as -1), and what stands for null."""

    name: str
    kind: type[Any]
    words: Sequence[str] = ()
    null: int | None = None

    @property
    def expression(self) -> str:
        """The number to be kept, in SQL: that is faster than to make it of each value."""
        if self.words:
            cases = " ".join(f"WHEN '{word}' THEN {number}" for number, word in enumerate(self.words))
            return f"CASE {self.name} {cases} ELSE -1 END"
        return self.name if self.null is None else f"coalesce({self.name}, {self.null})"


class Selection:
    """Those rows of some columns that were known at an instant, a column at a time as it is asked for."""

    def __init__(self, columns: Mapping[str, Array], instant: int) -> None:
        """Find them; `instant` is in microseconds."""
        self._columns = columns
        self._places = np.flatnonzero((columns["known_from"] <= instant) & (columns["known_to"] > instant))
        self._taken: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        """The values of one column."""
        if name not in self._taken:
            self._taken[name] = self._columns[name][self._places]
        return self._taken[name]


class GrowingTable:
    """The copy of one table. One thread at a time may load and follow it; any may read what it shows."""

    def __init__(self, name: str, columns: Sequence[Column], streams: Places, clients: Places) -> None:
        """Nothing yet. `streams` and `clients` number the ids, for all tables alike."""
        self.position = 0
        self.name = name
        self._columns = columns
        self._streams, self._clients = streams, clients
        self._size = 0
        kinds = (*_KNOWN, *((column.name, column.kind) for column in columns))
        self._arrays: dict[str, Array] = {column: np.empty(0, kind) for column, kind in kinds}
        self._first: Array = np.empty(0, np.int32)
        self._counts: Array = np.empty(0, np.int32)
        self._moved: dict[int, list[int]] = {}
        self._shown: dict[str, Array] = self._arrays
        self._selections: Lately[int, Selection] = Lately(_SELECTIONS_KEPT)

    @property
    def columns(self) -> Sequence[str]:
        """The names of all columns."""
        return tuple(self._arrays)

    def load(self, connection: Connection, position: int) -> None:
        """Take in the whole table as a connection sees it, which is at that position of the log."""
        for rows in self._rows(connection, ""):
            streams, _, *others = zip(*rows, strict=True)
            self._append((streams, *others))
        self._trim()
        self._find_streams()
        self.show(position)

    def take_up(self, arrays: Mapping[str, Array], position: int) -> None:
        """Take in columns as `in_order` gave them at a position, of streams and clients with the same numbers."""
        self._arrays = dict(arrays)
        self._size = len(self._arrays["stream"])
        self._find_streams()
        self.show(position)

    def in_order(self) -> dict[str, Array]:
        """A copy of all columns, the rows of each stream together and in their order."""
        order = np.argsort(self._shown["stream"], kind="stable")
        return {name: array[order] for name, array in self._shown.items()}

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
        rows = (row for some in self._rows(connection, "WHERE stream_id IN :streams", streams) for row in some)
        added: list[tuple[Any, ...]] = []
        for stored, of_stream in groupby(rows, itemgetter(0)):
            places = self._places_of(self._streams[stored])
            for row in of_stream:
                number, known_to = row[1], row[4]
                if number < len(places):
                    self._arrays["known_to"][places[number]] = known_to
                else:
                    places.append(self._size + len(added))
                    added.append((row[0], *row[2:]))
        if added:
            self._append(tuple(zip(*added, strict=True)))

    def known(self, instant: int) -> Selection:
        """The rows that were known at an instant (microseconds)."""
        return self._selections.get(instant, lambda: Selection(self._shown, instant))

    def _rows(self, connection: Connection, where: str, streams: Sequence[bytes] = ()) -> Iterator[Sequence[Any]]:
        """Rows in the order of streams, in parts."""
        own = ", ".join(column.expression for column in self._columns)
        known = f"known_from, coalesce(known_to, {FOREVER})"
        statement = text(
            f"SELECT stream_id, row_no, client_id, {known}, {own} FROM {self.name} {where} "  # noqa: S608  (our own names)
            "ORDER BY stream_id, row_no"
        )
        given: dict[str, Any] = {}
        if where:
            statement = statement.bindparams(bindparam("streams", expanding=True))
            given["streams"] = list(streams)
        result = connection.execute(statement.execution_options(stream_results=not where), given)
        yield from result.partitions(ROWS_AT_ONCE)

    def _append(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows: stream, client, since when and until when they are known, and the table's own columns."""
        stream, client, known_from, known_to, *own = columns
        streams, clients, count = self._streams, self._clients, len(stream)
        new: dict[str, Array] = {
            "stream": np.array([streams[stored] for stored in stream], np.int32),
            "client": np.array([clients[stored] for stored in client], np.int32),
            "known_from": np.array(known_from, np.int64),
            "known_to": np.array(known_to, np.int64),
        }
        for column, stored in zip(self._columns, own, strict=True):
            new[column.name] = np.array(stored, column.kind)
        end = self._size + count
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
        self._shown = {name: array[: self._size] for name, array in self._arrays.items()}
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
