"""Imports: what became of each line, kept to be read again."""

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
    """An import that was carried out; `position` is the place of its last event (null: it recorded none)."""

    id: UUID
    status: str
    rows: Sequence[Mapping[str, Any]]
    position: int | None
    made_by: UUID
    made_at: datetime


def keep_import(connection: Connection, done: Import) -> None:
    """Keep an import."""
    connection.execute(
        insert(imports).values(
            id=done.id,
            status=done.status,
            rows=list(done.rows),
            position=done.position,
            made_by=done.made_by,
            made_at=done.made_at,
        )
    )


def find_import(connection: Connection, import_id: UUID) -> Import | None:
    """An import by its id."""
    row = connection.execute(select(imports).where(imports.c.id == import_id)).one_or_none()
    return None if row is None else Import(row.id, row.status, row.rows, row.position, row.made_by, row.made_at)


def blind(ref: str) -> str:
    """What is kept of the ref of an erased person: enough to tell it when it comes again."""
    return "erased:" + hashlib.sha256(ref.encode()).hexdigest()
