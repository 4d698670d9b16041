"""Uploaded files that wait to be checked and imported. They are removed after a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from api.state.readable_rows import named
from api.state.tables import import_files

LIFETIME = timedelta(days=1)
MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """An uploaded file, its content type, and how it is read if it is a table."""

    id: UUID
    name: str
    content_type: str
    content: bytes
    options: Mapping[str, Any]
    made_by: UUID
    made_at: datetime


def store_file(connection: Connection, file: WaitingFile) -> None:
    """Store a file. Older ones go: those from before a day, and the oldest if there are too many."""
    table = import_files.c
    newest = select(table.id).order_by(table.made_at.desc(), table.id).limit(MOST_FILES - 1)
    recent = connection.execute(newest).scalars().all()
    connection.execute(delete(import_files).where((table.made_at < file.made_at - LIFETIME) | table.id.not_in(recent)))
    connection.execute(
        insert(import_files).values(
            id=file.id,
            name=file.name,
            content_type=file.content_type,
            content=file.content,
            options=dict(file.options),
            made_by=file.made_by,
            made_at=file.made_at,
        )
    )


def find_file(connection: Connection, file_id: UUID, now: datetime) -> WaitingFile | None:
    """A file by id; null if it does not exist or is too old."""
    table = import_files.c
    query = select(import_files).where(table.id == file_id, table.made_at >= now - LIFETIME)
    row = named(file_id, connection.execute(query).one_or_none)
    if row is None:
        return None
    return WaitingFile(row.id, row.name, row.content_type, row.content, row.options, row.made_by, row.made_at)


def change_options(connection: Connection, file_id: UUID, options: Mapping[str, Any]) -> None:
    """Change how a table is read."""
    connection.execute(update(import_files).where(import_files.c.id == file_id).values(options=dict(options)))


def remove_file(connection: Connection, file_id: UUID) -> None:
    """Remove a file."""
    connection.execute(delete(import_files).where(import_files.c.id == file_id))
