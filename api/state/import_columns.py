"""How tables were read whose columns were matched by hand, to read the next one with the same headers in that way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from api.state.readable_rows import rows_of
from api.state.tables import import_columns

MOST_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class RememberedColumns:
    """How a table was read. Names of headers are not stored, since they may be names of people.

    `columns` holds our column for each distinct header, in the order of their folded names (null: it was left out).
    """

    headers_hash: bytes
    columns: tuple[str | None, ...]
    date_order: str | None
    ignore_unknown: bool
    id: UUID | None = field(default=None, compare=False)
    """Null before it is stored."""


def list_remembered(connection: Connection) -> Mapping[bytes, RememberedColumns]:
    """All that is remembered, by the hash of the headers."""
    rows = rows_of(connection, select(import_columns))
    return {
        row.headers_hash: RememberedColumns(
            row.headers_hash, tuple(row.columns), row.date_order, row.ignore_unknown, row.id
        )
        for row in rows
    }


def remember(
    connection: Connection, columns: RememberedColumns, columns_id: UUID, *, made_by: UUID, made_at: datetime
) -> None:
    """Remember how a table was read, in place of an earlier one. The oldest go if there are too many."""
    table = import_columns.c
    forget(connection, columns.headers_hash)
    newest = select(table.id).order_by(table.made_at.desc(), table.id).limit(MOST_REMEMBERED - 1)
    recent = connection.execute(newest).scalars().all()
    connection.execute(delete(import_columns).where(table.id.not_in(recent)))
    connection.execute(
        insert(import_columns).values(
            id=columns_id,
            headers_hash=columns.headers_hash,
            columns=list(columns.columns),
            date_order=columns.date_order,
            ignore_unknown=columns.ignore_unknown,
            made_by=made_by,
            made_at=made_at,
        )
    )


def forget(connection: Connection, headers_hash: bytes) -> UUID | None:
    """Forget how tables with these headers are read; returns the id of what was remembered, or null."""
    table = import_columns.c
    columns_id: UUID | None = connection.execute(
        select(table.id).where(table.headers_hash == headers_hash)
    ).scalar_one_or_none()
    if columns_id is not None:
        connection.execute(delete(import_columns).where(table.id == columns_id))
    return columns_id


def forget_by_id(connection: Connection, columns_id: UUID) -> bool:
    """Forget how some tables are read; false if it is not remembered."""
    return connection.execute(delete(import_columns).where(import_columns.c.id == columns_id)).rowcount == 1
