"""Loads a PostgreSQL table as numpy columns: the server concatenates binary values, and numpy reads the buffer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from projections.columnar.array_column import ArrayColumn

_PARTS: Final = 64
"""The number of parts that the streams are loaded in, by the first byte of their ids."""
_AFTER_ALL_IDS: Final = b"\xff" * 17


class LoadedPart(NamedTuple):
    """Streams with all their rows, in order: the client and number of rows of each stream, and the columns."""

    streams: Sequence[bytes]
    clients: Sequence[bytes]
    counts: npt.NDArray[Any]
    columns: Sequence[npt.NDArray[Any]]


def load_parts(connection: Connection, table: str, columns: Sequence[ArrayColumn]) -> Iterator[LoadedPart]:
    """All rows of a table in a connection's snapshot, in ranges of stream ids."""
    expressions = [
        "stream_id",
        "client_id",
        "int4send(row_no)",
        *(f"int{_width(column)}send(CAST({_number(column)} AS int{_width(column)}))" for column in columns),
    ]
    rows = np.dtype(
        [
            ("stream", [("high", ">u8"), ("low", ">u8")]),
            ("client", "V16"),
            ("row_no", ">i4"),
            *((column.name, f">i{_width(column)}") for column in columns),
        ]
    )
    statement = text(
        f"SELECT string_agg({' || '.join(expressions)}, CAST('' AS bytea)) FROM {table} "  # noqa: S608  (our own names)
        "WHERE stream_id >= :first AND stream_id < :after"
    )
    bounds = [*(bytes([256 * part // _PARTS]) for part in range(_PARTS)), _AFTER_ALL_IDS]
    for first, after in pairwise(bounds):
        data = connection.execute(statement, {"first": first, "after": after}).scalar_one()
        if data is not None:
            yield _part(np.frombuffer(bytes(data), rows), columns)


def _part(rows: npt.NDArray[Any], columns: Sequence[ArrayColumn]) -> LoadedPart:
    high, low = rows["stream"]["high"], rows["stream"]["low"]
    rows = rows[np.lexsort((rows["row_no"], low, high))]
    stream = rows["stream"]
    begins = np.flatnonzero(np.concatenate(([True], stream[1:] != stream[:-1])))
    return LoadedPart(
        [bytes(stored) for stored in np.ascontiguousarray(stream[begins]).view("V16").tolist()],
        [bytes(stored) for stored in rows["client"][begins].tolist()],
        np.diff(begins, append=len(rows)),
        [rows[column.name].astype(column.kind) for column in columns],
    )


def _width(column: ArrayColumn) -> int:
    """The width of a column's numbers in bytes, at least two."""
    return max(np.dtype(column.kind).itemsize, 2)


def _number(column: ArrayColumn) -> str:
    """The SQL expression of a column as a number."""
    if column.words is None:
        return column.expression
    cases = " ".join(f"WHEN '{word}' THEN {number}" for word, number in column.words.items() if word is not None)
    return f"CASE {column.name} {cases} ELSE {column.words[None]} END"
