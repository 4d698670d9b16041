"""The rows of all tables but those of events, in a form that is the same for both databases.

Tables and columns are read from the database, so a table of any version needs no code here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import Enum
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    cast,
    column,
    delete,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA

from api.backup.archive import Json, bytes_from_json, bytes_to_json
from api.state.migrate import VERSIONS

OF_THE_LOG = frozenset({"stored_events", "chain", "chain_end", "head", "serving"})
"""The tables that `projections.log` fills."""

DAMAGED = "damaged"
"""The member under which bytes are written that stand where no bytes belong."""

_ROWS_AT_ONCE = 500
_LARGE_AT_ONCE = 10
"""The number of rows with files in them that are in memory at once."""


class ColumnKind(Enum):
    """How a column's values are written."""

    PLAIN = "plain"
    """As they are: texts and whole numbers, of which instants are one kind."""
    UUID = "uuid"
    BOOLEAN = "boolean"
    BYTES = "bytes"
    DATE = "date"
    JSON = "json"
    """As a text, so that numbers and nulls stay as they were stored."""


_KINDS: Sequence[tuple[type[Any], ColumnKind]] = (
    (Uuid, ColumnKind.UUID),
    (CHAR, ColumnKind.UUID),  # of 32 characters: the form of an id in SQLite
    (Boolean, ColumnKind.BOOLEAN),
    (BYTEA, ColumnKind.BYTES),
    (LargeBinary, ColumnKind.BYTES),
    (Date, ColumnKind.DATE),
    (JSON, ColumnKind.JSON),
)

_ENCODE: dict[ColumnKind, Callable[[Any], object]] = {
    ColumnKind.UUID: lambda value: str(UUID(value) if isinstance(value, str) else value),
    ColumnKind.BOOLEAN: bool,
    ColumnKind.BYTES: bytes_to_json,
    ColumnKind.DATE: lambda value: value.isoformat() if isinstance(value, date) else value,
}


def kind_of(column: Column[Any]) -> ColumnKind:
    """How the values of a column are written."""
    return next((kind for type_, kind in _KINDS if isinstance(column.type, type_)), ColumnKind.PLAIN)


def tables_of(connection: Connection) -> list[Table]:
    """The tables of a store but those of the log, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name not in OF_THE_LOG | {VERSIONS.name}]


def count_rows(connection: Connection, source: Table) -> int:
    """The number of rows of a table."""
    return int(connection.execute(text(f'SELECT count(*) FROM "{source.name}"')).scalar_one())  # noqa: S608


def read_rows(connection: Connection, source: Table) -> Iterator[Json]:
    """Every row of a table, by primary key; few are in memory at once."""
    kinds = {str(column.name): kind_of(column) for column in source.columns}
    # the columns have no types here, so that the driver's values are neither converted nor checked
    columns = [
        cast(column(name), Text).label(name) if kind is ColumnKind.JSON else column(name)
        for name, kind in kinds.items()
    ]
    query = select(*columns).select_from(table(source.name)).order_by(*(column(c.name) for c in source.primary_key))
    has_files = source.name != "commands" and ColumnKind.BYTES in kinds.values()
    size = _LARGE_AT_ONCE if has_files else _ROWS_AT_ONCE
    encoders = [(name, _ENCODE.get(kind, _as_it_is)) for name, kind in kinds.items()]
    for row in connection.execute(query, execution_options={"yield_per": size}):
        yield {
            name: None if value is None else _encoded(encode, value)
            for (name, encode), value in zip(encoders, row, strict=True)
        }


def _encoded(encode: Callable[[Any], object], value: object) -> object:
    """The value as it is written. A damaged one is kept as it is stored, so that it does not prevent a backup."""
    try:
        encoded = encode(value)
    except (ValueError, TypeError, AttributeError):
        encoded = value
    return encoded if not isinstance(encoded, bytes) else {DAMAGED: bytes_to_json(encoded)}


def insert_rows(connection: Connection, target: Table, rows: Iterable[Json]) -> None:
    """Fill a table with rows. Raises `KeyError`, `TypeError` and `ValueError` for those of another table."""
    if connection.execute(text(f'SELECT 1 FROM "{target.name}" LIMIT 1')).first() is not None:  # noqa: S608
        connection.execute(delete(target))  # what a migration put there
    decoders = [(str(c.name), _decoder(connection, kind_of(c))) for c in target.columns]
    has_files = target.name != "commands" and any(kind_of(c) is ColumnKind.BYTES for c in target.columns)
    statement = insert(table(target.name, *(column(c.name) for c in target.columns)))
    remaining = iter(rows)
    while batch := list(islice(remaining, _LARGE_AT_ONCE if has_files else _ROWS_AT_ONCE)):
        connection.execute(
            statement,
            [{name: _decoded(connection, decode, row[name]) for name, decode in decoders} for row in batch],
        )


def _decoded(connection: Connection, decode: Callable[[Any], object], value: object) -> object:
    """The value as it is stored. SQLite takes a damaged one as it was. Raises `ValueError` where no table takes it."""
    if value is None:
        return None
    is_sqlite = connection.dialect.name == "sqlite"
    if isinstance(value, dict) and DAMAGED in value:
        if not is_sqlite:
            raise ValueError
        return bytes_from_json(value[DAMAGED])
    try:
        return decode(value)
    except (ValueError, TypeError, AttributeError):
        if not is_sqlite:
            raise
        return value


def _decoder(connection: Connection, kind: ColumnKind) -> Callable[[Any], object]:
    if kind is ColumnKind.BYTES:
        return bytes_from_json
    if kind is ColumnKind.UUID and connection.dialect.name == "sqlite":
        return lambda value: UUID(value).hex
    return _as_it_is


def _as_it_is(value: object) -> object:
    return value
