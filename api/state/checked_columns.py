"""Column types that refuse what the program never stored: a damaged value raises `UnreadableState`, whoever reads it.

SQLite stores any value in any column, and either database any text where only some words have a meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Uuid,
    type_coerce,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from api.state.instants import InstantColumn

Check: TypeAlias = Callable[[Any], object]
"""Raises an exception, or returns false, for a value that has no meaning in a column."""

Convert: TypeAlias = Callable[[Any], Any]
_CHECKS: Final[dict[str, Check]] = {}


class UnreadableState(Exception):  # noqa: N818  (a condition that passes once the row is repaired)
    """A stored row that cannot be read. All other rows can."""

    def __init__(self, table: str, column: str, key: str | None = None) -> None:
        """`key` is the primary key of the row, where it is known."""
        row = f"A row of the table {table}" if key is None else f"The row {key} of the table {table}"
        super().__init__(f"{row} cannot be read: the value of {column} is damaged.")
        self.table = table
        self.column = column
        self.key = key


@dataclass(frozen=True, slots=True)
class DamagedValue:
    """Stands for a damaged value where a search for damage reads it; `stored` is what the database has."""

    stored: object


_STORED_AS: Final[tuple[tuple[type[TypeEngine[Any]], frozenset[type]], ...]] = (
    (Boolean, frozenset({bool, int})),
    (InstantColumn, frozenset({int})),
    (Integer, frozenset({int})),
    (LargeBinary, frozenset({bytes, memoryview})),
    (Date, frozenset({str, date})),
    (Uuid, frozenset({str, UUID})),
    (String, frozenset({str})),
)
"""What a driver may return for a column of a type; JSON is checked by its content."""


class CheckedColumn(TypeDecorator[Any]):
    """A column's type that also checks what is read. `place` is its table and column."""

    impl = String
    cache_ok = True

    def __init__(self, inner: TypeEngine[Any], place: str, *, reports: bool = False) -> None:
        """`reports`: a damaged value is returned as a `DamagedValue`, and not raised."""
        super().__init__()
        self.impl = inner  # type: ignore[assignment]
        self.inner = inner
        self.place = place
        self.reports = reports

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """The type of a value that the column is compared with."""
        return self.inner.coerce_compared_value(op, value)

    def copy(self, **_: Any) -> CheckedColumn:
        """The same type for another column."""
        return CheckedColumn(self.inner, self.place, reports=self.reports)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], Any]:
        """Converts and checks a stored value."""
        convert = self.inner.dialect_impl(dialect).result_processor(dialect, coltype)
        types = next((types for kind, types in _STORED_AS if isinstance(self.inner, kind)), None)
        check = _CHECKS.get(self.place)

        def refuse(stored: Any, fault: Exception | None = None) -> Any:
            if self.reports:
                return DamagedValue(stored)
            raise UnreadableState(*self.place.split(".")) from fault

        if isinstance(self.inner, Boolean):
            return _reader(_boolean, types, check, refuse)
        return _reader(convert, types, check, refuse)


def _reader(
    convert: Convert | None, types: Collection[type] | None, check: Check | None, refuse: Callable[..., Any]
) -> Callable[[Any], Any]:
    """What reads a value of one of these types. Most values need little, and large lists have many of them."""

    def read_plain(stored: Any) -> Any:
        return stored if stored is None or types is None or stored.__class__ in types else refuse(stored)

    def read(stored: Any) -> Any:
        if stored is None:
            return None
        if types is not None and stored.__class__ not in types:
            return refuse(stored)
        try:
            value = stored if convert is None else convert(stored)
            if check is None or value is None or check(value) is not False:
                return value
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as fault:
            return refuse(stored, fault)
        return refuse(stored)

    return read_plain if convert is None and check is None else read


def _boolean(stored: Any) -> bool:
    if stored not in (0, 1):
        raise ValueError(stored)
    return bool(stored)


def check_columns(metadata: MetaData) -> None:
    """Let all columns check what is read from them."""
    for table in metadata.tables.values():
        for column in table.columns:
            column.type = CheckedColumn(column.type, f"{table.name}.{column.name}")


def expect(check: Check, *columns: Column[Any]) -> None:
    """State what the values of columns must be, besides their type. Must be called before the columns are read."""
    for column in columns:
        _CHECKS[f"{column.table.name}.{column.name}"] = check


def plain_type(column: Column[Any]) -> TypeEngine[Any]:
    """The type of a column without its check."""
    return column.type.inner if isinstance(column.type, CheckedColumn) else column.type


def reporting(column: Column[Any]) -> CheckedColumn:
    """The type of a column that returns damaged values as `DamagedValue`."""
    return CheckedColumn(plain_type(column), f"{column.table.name}.{column.name}", reports=True)


def damaged_in(row: Row[Any]) -> Sequence[str]:
    """The names of the columns of which a row, read with `reporting` types, has damaged values."""
    return [name for name, value in row._mapping.items() if isinstance(value, DamagedValue)]


def reported(*columns: Column[Any]) -> Sequence[ColumnElement[Any]]:
    """Columns to select that return damaged values as `DamagedValue`."""
    return [type_coerce(column, reporting(column)).label(column.name) for column in columns]


def one_of(words: type[Enum] | Collection[str]) -> Check:
    """Values that are among these words."""
    allowed = frozenset(word.value for word in words) if isinstance(words, type) else frozenset(words)
    return lambda value: value in allowed


def is_list_of_ids(value: object) -> bool:
    """Whether a JSON value is a list of ids."""
    return isinstance(value, list) and all(isinstance(one, str) and UUID(one) for one in value)


def is_list_of_texts(value: object) -> bool:
    """Whether a JSON value is a list of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_object(value: object) -> bool:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_json_bytes(value: bytes) -> bool:
    """Whether bytes are JSON."""
    json.loads(value)
    return True
