"""Finds rows of the stored state that cannot be read, and names each by its table and primary key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, LargeBinary, Row, Table, and_, column, select, table, type_coerce
from sqlalchemy.types import NullType

from api.state.checked_columns import damaged_in, reported
from api.state.tables import metadata

LONGEST_KEY: Final = 80
ROWS_AT_ONCE: Final = 500
BULKY: Final = frozenset({"imports.rows", "import_files.content", "firm_logo.content"})
"""Columns that only a search of everything reads."""

COMMANDS = table("commands", column("caller"), column("key"), column("answer", LargeBinary))
"""The answers stored under idempotency keys, which belong to the log."""


class DamagedRow(NamedTuple):
    """A row that cannot be read: its table, its primary key as a text, and the damaged columns.

    `primary_key` holds the values of the key as the database has them.
    """

    table: str
    key: str
    columns: tuple[str, ...]
    primary_key: tuple[object, ...]

    def __str__(self) -> str:
        """A sentence that names the row."""
        return f"The row {self.key} of the table {self.table} cannot be read: {', '.join(self.columns)}."


def find_damage(connection: Connection, progress: Callable[[int], None] = lambda rows: None) -> Iterator[DamagedRow]:
    """All rows of the stored state that cannot be read. `progress` is called with the rows done."""
    done = 0
    for source in metadata.sorted_tables:
        query = select(*reported(*source.columns), *_raw_key(source))
        for row in connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}):
            done += 1
            if done % ROWS_AT_ONCE == 0:
                progress(done)
            yield from _damaged(source, row)
    yield from _damaged_answers(connection)
    progress(done)


def find_damage_in(connection: Connection, source: Table, *, limit: int, offset: int) -> Sequence[DamagedRow] | None:
    """Damaged rows among some rows of a table, but for bulky columns; null where no rows are left."""
    key = _raw_key(source)
    query = select(*reported(*_light_columns(source)), *key).order_by(*key).limit(limit).offset(offset)
    rows = connection.execute(query).all()
    return [damaged for row in rows for damaged in _damaged(source, row)] if rows else None


def find_again(connection: Connection, damaged: DamagedRow) -> DamagedRow | None:
    """What is damaged of a row now; null if nothing is, or if the row is gone."""
    source = metadata.tables[damaged.table]
    key = _raw_key(source)
    is_row = and_(*(part == stored for part, stored in zip(key, damaged.primary_key, strict=True)))
    row = connection.execute(select(*reported(*_light_columns(source)), *key).where(is_row)).first()
    return None if row is None else next(_damaged(source, row), None)


def _light_columns(source: Table) -> Sequence[Any]:
    return [one for one in source.columns if f"{source.name}.{one.name}" not in BULKY]


def _raw_key(source: Table) -> Sequence[ColumnElement[Any]]:
    """The primary key as the database has it, unchecked."""
    return [type_coerce(part, NullType()).label(f"raw_{part.name}") for part in source.primary_key]


def _damaged(source: Table, row: Row[Any]) -> Iterator[DamagedRow]:
    if columns := damaged_in(row):
        key = tuple(row[-len(source.primary_key) :])
        names = ", ".join(_key_text(part, stored) for part, stored in zip(source.primary_key, key, strict=True))
        yield DamagedRow(source.name, names, tuple(columns), key)


def _key_text(part: Any, stored: object) -> str:
    if isinstance(stored, bytes | memoryview):
        return bytes(stored).hex()
    try:
        return str(UUID(stored)) if isinstance(stored, str) else str(stored)
    except ValueError:
        return stored[:LONGEST_KEY] if isinstance(stored, str) else str(stored)


def _damaged_answers(connection: Connection) -> Iterator[DamagedRow]:
    query = select(COMMANDS)
    for row in connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}):
        if not is_readable_answer(row.answer):
            yield DamagedRow("commands", f"{row.caller} {row.key}"[:LONGEST_KEY], ("answer",), (row.caller, row.key))


def is_readable_answer(answer: object) -> bool:
    """Whether an answer that was stored under an idempotency key begins as it should."""
    if not isinstance(answer, bytes):
        return False
    try:
        status, media_type, headers = json.loads(answer.partition(b"\n")[0])
    except (ValueError, TypeError):
        return False
    return isinstance(status, int) and isinstance(media_type, str) and isinstance(headers, dict)
