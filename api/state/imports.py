"""Completed imports and the outcome of each line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from api.state.tables import imports


@dataclass(frozen=True, slots=True)
class Import:
    """A completed import. `position` is that of its last event (null: it recorded none)."""

    id: UUID
    status: str
    rows: Sequence[Mapping[str, Any]]
    position: int | None
    made_by: UUID
    made_at: datetime


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
        )
    )


def find_import(connection: Connection, import_id: UUID) -> Import | None:
    """An import by id, or null."""
    row = connection.execute(select(imports).where(imports.c.id == import_id)).one_or_none()
    return None if row is None else Import(row.id, row.status, row.rows, row.position, row.made_by, row.made_at)


def hashed_ref(ref: str) -> str:
    """The stored form of an erased person's ref: a hash that still recognizes the ref when it is imported again."""
    return "erased:" + hashlib.sha256(ref.encode()).hexdigest()
