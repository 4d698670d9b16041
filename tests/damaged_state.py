"""A sound row of every table of the stored state, and for each of its columns a row with a damaged value."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Boolean, Column, Date, Integer, LargeBinary, Table, Uuid
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from api.state.checked_columns import plain_type
from api.state.instants import InstantColumn
from api.state.tables import metadata, people
from projections.log.sqlite import FILE

SINGLE = ("firm_settings", "webhook_lease")
"""Tables of one row."""
AT = datetime.now(UTC)
_NUMBERS = count(1000)
_SOUND: Mapping[str, Any] = {
    "role": "viewer",
    "clients": None,
    "employer": "firm",
    "act": "key.made",
    "detail": {},
    "door": "key",
    "purpose": "enter",
    "disabled_reason": None,
    "types": None,
    "rows": [],
    "is_shared": True,
    "counts": {},
    "options": {},
    "columns": [],
    "date_order": None,
    "field_hashes": None,
    "url": "/clients",
    "sign": "A01",
    "email": None,
    "email_key": None,
    "expires_at": datetime(2199, 1, 1, tzinfo=UTC),
    "secret": "whsec_AAAA",
    "password": None,
    "logo": None,
    "problem": None,
}
_STATUS = {"imports": "recorded", "import_runs": "failed", "webhook_deliveries": "delivered"}
_ABSENT = ("erased_at", "disabled_at", "ended_at", "revoked_at", "used_at", "undone_at", "expires_at")
"""Columns of which a value would hide the row from some lists; null unless the column needs one."""


def sound_row(table: Table, ids: Mapping[str, UUID]) -> dict[str, Any]:
    """A new row that can be read. `ids` are those of rows that others refer to, by table."""
    return {column.name: _sound(column, ids) for column in table.columns}


def _sound(column: Column[Any], ids: Mapping[str, UUID]) -> Any:
    number = next(_NUMBERS)
    kind = plain_type(column)
    if column.nullable and column.name in _ABSENT:
        return None
    if column.name == "status":
        return _STATUS[column.table.name]
    if column.name == "type" and column.table.name == "import_refs":
        return "person"
    if column.name == "url" and column.table.name == "webhooks":
        return f"https://8.8.8.8/{number}"
    for key in column.foreign_keys:
        return ids[key.column.table.name]
    if column.name in _SOUND:
        return _SOUND[column.name]
    for types, value in (
        (Uuid, uuid4()),
        (InstantColumn, AT),
        (Date, date(2026, 1, 1)),
        (Boolean, False),
        (LargeBinary, number.to_bytes(32, "big")),
        (Integer, number),
    ):
        if isinstance(kind, types):
            return value
    return f"a {number}"


def damaged(column: Column[Any]) -> Any:
    """A value that SQLite stores in a column, and that can never have been meant."""
    kind = plain_type(column)
    if isinstance(kind, LargeBinary):
        return "text"
    if isinstance(kind, Boolean):
        return 7
    return b"\xff\xfe" if isinstance(kind, Integer) else b"{cut \xff"


def damaged_rows(folder: Path, ids: Mapping[str, UUID]) -> Iterator[tuple[str, str]]:
    """Store, for each column of each table, a row whose value there is damaged; yields table and column."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for table in metadata.sorted_tables:
            if table.name in SINGLE:
                continue
            for column in table.columns:
                if column.primary_key and isinstance(plain_type(column), Integer):
                    continue  # SQLite has nothing but whole numbers there
                if table.name == "users":  # each is a person
                    person = sound_row(people, ids)
                    store_raw(connection, people, _stored(people, person))
                    ids = {**ids, "people": person["id"]}
                row = sound_row(table, ids)
                store_raw(connection, table, {**_stored(table, row), column.name: damaged(column)})
                yield table.name, column.name


def store_raw(connection: sqlite3.Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Store values as they are, unchecked."""
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" for _ in values)
    connection.execute(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', tuple(values.values()))  # noqa: S608


def _stored(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row as SQLite stores them."""
    dialect = SQLiteDialect()
    values = {}
    for name, value in row.items():
        processor = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        values[name] = value if processor is None or value is None else processor(value)
        if isinstance(value, dict | list):
            values[name] = json.dumps(value)
    return values
