"""What was judged of every client, in columns: rows that each hold on the days `[start, end)`.

A report counts rows in columns in milliseconds, where objects would take seconds and gigabytes for a large firm. The
few rows that a page shows are judged again, with everything that they name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, NamedTuple, Self, TypeAlias
from uuid import UUID

import numpy as np

from projections.columnar.array_column import Array

ROWS_AT_ONCE: Final = 10_000
"""How many rows are converted to arrays at once."""

ID: Final = "S16"
"""The type of a column of ids. Numpy leaves out zeros at the end of an id that it returns; see `id_at`."""

_ID_BYTES: Final = 16
_CLIENT, _START, _END = "client", "start", "end"

JudgedClient: TypeAlias = tuple[bytes, Sequence[tuple[Any, ...]]]
"""The id of a client, and its rows: the first day, the day after the last, and the values of its own columns."""


class Column(NamedTuple):
    """A column: its name, numpy type, and whether its values are words, which are numbered."""

    name: str
    kind: Any
    is_word: bool = False

    @classmethod
    def of_words(cls, name: str) -> Self:
        """A column of words."""
        return cls(name, np.int32, is_word=True)


def stored_columns(columns: Sequence[Column]) -> Sequence[Column]:
    """All columns of rows with these of their own, but for the client."""
    return (Column(_START, np.int32), Column(_END, np.int32), *columns)


class Words:
    """Consecutive numbers of words, in the order of first use."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Number these words."""
        self.names = list(names)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._lock = Lock()

    def number(self, word: str) -> int:
        """The number of a word, which is assigned if it is new."""
        number = self._numbers.get(word)
        if number is None:
            with self._lock:
                number = self._numbers.get(word)
                if number is None:
                    number = len(self.names)
                    self.names.append(word)
                    self._numbers[word] = number
        return number

    def in_order(self) -> tuple[Sequence[str], Array]:
        """The words in the order of code points, and by number the place of each word in that order."""
        names = tuple(self.names)
        ranks = np.empty(len(names), np.int32)
        ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names), dtype=np.int32)
        return sorted(names), ranks


@dataclass(frozen=True, eq=False)
class DatedRows:
    """Rows by client, in the order of the ids, and those of a client in the order in which they were judged.

    Immutable: `replaced` returns new rows. `ids` are those of clients, sorted; the column `client` has their places.
    """

    columns: tuple[Column, ...]
    words: Words
    ids: Array
    arrays: Mapping[str, Array] = field(repr=False)

    @classmethod
    def of(cls, columns: tuple[Column, ...], words: Words, judged: Iterable[JudgedClient]) -> DatedRows:
        """Take the rows of clients, each of whom comes once, in any order."""
        collected = CollectedRows(columns, words)
        for client, of_client in judged:
            collected.add(client, of_client)
        return collected.rows()

    def __getitem__(self, column: str) -> Array:
        """The values of a column: `client`, `start`, `end`, or one of its own."""
        return self.arrays[column]

    def __len__(self) -> int:
        return len(self.arrays[_CLIENT])

    @property
    def weight(self) -> int:
        """The memory used, in bytes."""
        return self.ids.nbytes + sum(array.nbytes for array in self.arrays.values())

    def replaced(self, clients: Collection[UUID], judged: Iterable[JudgedClient]) -> DatedRows:
        """The rows without those of some clients, and with what is judged of them now."""
        return self.with_rows(clients, DatedRows.of(self.columns, self.words, judged))

    def with_rows(self, clients: Collection[UUID], new: DatedRows) -> DatedRows:
        """The rows without those of some clients, and with others, whose words are numbered alike."""
        ids = self.ids if np.isin(new.ids, self.ids).all() else np.union1d(self.ids, new.ids)
        before, after = self._clients_in(ids), new._clients_in(ids)
        gone = np.union1d(np.array([client.bytes for client in clients], ID), new.ids)
        places = np.searchsorted(ids, gone[np.isin(gone, ids)])
        ranges = [
            np.searchsorted(of_row, places, side).tolist() for of_row in (before, after) for side in ("left", "right")
        ]

        def spliced(own: Array, other: Array) -> Array:
            parts, reached = list[Array](), 0
            for start, end, first, last in zip(*ranges, strict=True):
                parts += [own[reached:start], other[first:last]]
                reached = end
            return np.concatenate([*parts, own[reached:]])

        arrays = {name: spliced(self.arrays[name], new.arrays[name]) for name in self.arrays if name != _CLIENT}
        return DatedRows(self.columns, self.words, ids, {_CLIENT: spliced(before, after), **arrays})

    def _clients_in(self, ids: Array) -> Array:
        """The column `client`, as places in other ids that contain all of `ids`."""
        if ids is self.ids:
            return self[_CLIENT]
        return np.searchsorted(ids, self.ids).astype(np.int32)[self[_CLIENT]]

    def is_of(self, clients: Array) -> Array:
        """For each of `ids`, whether it is among some ids of clients."""
        among = np.zeros(len(self.ids), bool)
        if len(self.ids) and len(clients):
            places = np.minimum(np.searchsorted(self.ids, clients), len(self.ids) - 1)
            among[places[self.ids[places] == clients]] = True
        return among

    def on(self, day: int) -> Array:
        """The places of the rows that hold on a day."""
        return np.flatnonzero((self[_START] <= day) & (day < self[_END]))

    def client_ids(self, places: Array) -> list[UUID]:
        """The ids of clients, by their places in `ids`."""
        return [UUID(bytes=id_at(self.ids, place)) for place in places]


class CollectedRows:
    """The rows of clients that are judged one after the other, each of whom comes once, in any order."""

    def __init__(self, columns: tuple[Column, ...], words: Words) -> None:
        """Start without rows."""
        self._columns = columns
        self._words = words
        self._stored = stored_columns(columns)
        self._ids = list[bytes]()
        self._counts = list[int]()
        self._parts = list[list[Array]]()
        self._rows = list[tuple[Any, ...]]()

    def add(self, client: bytes, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add the rows of a client."""
        if rows:
            self._ids.append(client)
            self._counts.append(len(rows))
            self._rows.extend(rows)
        if len(self._rows) >= ROWS_AT_ONCE:
            self._convert()

    def rows(self) -> DatedRows:
        """All rows, by the ids of clients."""
        self._convert()
        order = sorted(range(len(self._ids)), key=self._ids.__getitem__)
        places = np.empty(len(order), np.int32)
        places[order] = np.arange(len(order), dtype=np.int32)
        of_row: Array = np.repeat(places, self._counts)
        by_client = np.argsort(of_row, kind="stable")
        arrays = {_CLIENT: of_row[by_client]}
        for column, values in zip(self._stored, zip(*self._parts, strict=True), strict=True):
            arrays[column.name] = np.concatenate(values)[by_client]
        return DatedRows(self._columns, self._words, np.array([self._ids[place] for place in order], ID), arrays)

    def _convert(self) -> None:
        self._parts.append(_arrays(self._stored, self._words, self._rows))
        self._rows = []


def id_at(ids: Array, place: int) -> bytes:
    """The id at a place, with its zeros."""
    return bytes(ids[place]).ljust(_ID_BYTES, b"\0")


def _arrays(columns: Sequence[Column], words: Words, rows: Sequence[tuple[Any, ...]]) -> list[Array]:
    values: Iterable[Iterable[Any]] = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return [
        np.array([words.number(word) for word in of_column] if column.is_word else of_column, column.kind)
        for column, of_column in zip(columns, values, strict=True)
    ]


def counted(*columns: Array, once: Array | None = None) -> Iterator[tuple[tuple[int, ...], int]]:
    """Every combination of values of these columns in order, and how often it occurs. No value is negative.

    Rows of one combination with the same value in `once`, such as a client, count as one.
    """
    if not len(columns[0]):
        return
    sizes = [int(column.max()) + 1 for column in columns]
    codes: Array = np.zeros(len(columns[0]), np.int64)
    for column, size in zip(columns, sizes, strict=True):
        codes = codes * size + column
    if once is not None:
        most = int(once.max()) + 1
        codes = np.unique(codes * most + once) // most
    combinations, counts = np.unique(codes, return_counts=True)
    for code, count in zip(combinations.tolist(), counts.tolist(), strict=True):
        values, rest = list[int](), code
        for size in reversed(sizes):
            rest, value = divmod(rest, size)
            values.append(value)
        yield tuple(reversed(values)), count
