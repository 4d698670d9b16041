"""Completed imports and the outcome of each line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from api.state.readable_rows import named, rows_of
from api.state.tables import import_refs, imports


@dataclass(frozen=True, slots=True)
class Undo:
    """That an import was undone. `line` names the first line that an export has for it (null: it recorded nothing)."""

    reason: str
    position: int | None
    made_by: UUID
    made_at: datetime
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """A completed import. Its events are those from `first_position` to `position` (null: it recorded none).

    `counts` are the numbers of rows by outcome.
    """

    id: UUID
    status: str
    rows: Sequence[Mapping[str, Any]]
    position: int | None
    made_by: UUID
    made_at: datetime
    first_position: int | None = None
    file_name: str | None = None
    undone: Undo | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


def counts_of(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
    """The numbers of rows by outcome."""
    return Counter(row["outcome"] for row in rows)


def store_import(connection: Connection, record: Import) -> None:
    """Store an import."""
    connection.execute(
        insert(imports).values(
            id=record.id,
            status=record.status,
            rows=list(record.rows),
            position=record.position,
            made_by=record.made_by,
            made_at=record.made_at,
            first_position=record.first_position,
            file_name=record.file_name,
            counts=dict(counts_of(record.rows)),
        )
    )


def find_import(connection: Connection, import_id: UUID) -> Import | None:
    """An import by id, or null."""
    row = named(import_id, connection.execute(select(imports).where(imports.c.id == import_id)).one_or_none)
    return None if row is None else _import_of(row, row.rows)


def list_imports(
    connection: Connection, *, limit: int, before: tuple[datetime, UUID] | None = None
) -> Sequence[Import]:
    """Imports, newest first, without their rows. `before` is the place of the previous page's last import."""
    place = imports.c
    columns = [column for column in imports.columns if column.name != "rows"]
    query = select(*columns).order_by(place.made_at.desc(), place.id.desc())
    if before is not None:
        at, import_id = before
        query = query.where(or_(place.made_at < at, and_(place.made_at == at, place.id < import_id)))
    rows = rows_of(connection, query, limit=limit)
    early = [row.id for row in rows if row.counts is None]
    of_early = rows_of(connection, select(place.id, place.rows).where(place.id.in_(early)))
    counts = {row.id: counts_of(row.rows) for row in of_early}
    return [_import_of(row, (), counts.get(row.id)) for row in rows]


def mark_undone(connection: Connection, import_id: UUID, undo: Undo) -> bool:
    """Store that an import was undone, so that its refs mean nothing any more; false if it was already.

    People stay on record, so the refs of people do.
    """
    changed = connection.execute(
        update(imports)
        .where(imports.c.id == import_id, imports.c.undone_at.is_(None))
        .values(
            undone_at=undo.made_at,
            undone_by=undo.made_by,
            undo_reason=undo.reason,
            undo_position=undo.position,
            undo_line=undo.line,
        )
    )
    refs = import_refs.c
    connection.execute(
        update(import_refs).where(refs.import_id == import_id, refs.type != "person").values(is_undone=True)
    )
    return changed.rowcount == 1


def hashed_ref(ref: str) -> str:
    """The stored form of an erased person's ref: a hash that still recognizes the ref when it is imported again."""
    return "erased:" + hashlib.sha256(ref.encode()).hexdigest()


def _import_of(row: Row[Any], rows: Sequence[Mapping[str, Any]], counts: Mapping[str, int] | None = None) -> Import:
    undone = None
    if row.undone_at is not None:
        undone = Undo(row.undo_reason, row.undo_position, row.undone_by, row.undone_at, row.undo_line)
    return Import(
        row.id,
        row.status,
        rows,
        row.position,
        row.made_by,
        row.made_at,
        row.first_position,
        row.file_name,
        undone,
        row.counts or counts or counts_of(rows),
    )
