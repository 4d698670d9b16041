"""Import refs: the caller's own keys, stored with the record and the content hash of their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from api.imports.lines import LineType
from api.state.imports import hashed_ref
from api.state.tables import import_refs, imports
from domain.client import is_uuid


@dataclass(frozen=True, slots=True)
class ImportedRecord:
    """What a ref stands for: the id of the record, the hash of the line's content, and the parent's id.

    The parent of a milestone is its engagement, of a correction the milestone, of an engagement its client.
    """

    id: UUID
    content_hash: bytes
    within: UUID | None
    field_hashes: bytes | None = None
    """Short hashes of the line's fields; null for refs loaded from earlier imports."""


@dataclass(slots=True)
class Refs:
    """The refs of earlier imports and those added by this one.

    `by_name` and `aliases` have the names that rows of a table use for records, on record and new. They are not stored.
    """

    stored: dict[tuple[LineType, str], ImportedRecord]
    added: dict[tuple[LineType, str], ImportedRecord] = field(default_factory=dict)
    on_record: dict[tuple[LineType, str], ImportedRecord] = field(default_factory=dict)
    """Ids of records that were not imported, by which lines of this import refer to them."""
    undone: Mapping[tuple[LineType, str], str | None] = field(default_factory=dict)
    """The refs of undone imports, and the first line that an export has for what undid them."""
    read_field_hashes: Callable[[LineType, str], bytes | None] = lambda kind, ref: None
    by_name: dict[tuple[LineType, str], ImportedRecord] = field(default_factory=dict)
    aliases: dict[tuple[LineType, str], ImportedRecord] = field(default_factory=dict)

    def find(self, kind: LineType, ref: str) -> ImportedRecord | None:
        """The record that a ref stands for, or null."""
        key = (kind, ref)
        if (named := self.by_name.get(key) or self.aliases.get(key)) is not None:
            return named
        imported = self.added.get(key) or self.stored.get(key) or self.stored.get((kind, hashed_ref(ref)))
        return imported or self.on_record.get(key)

    def add(self, kind: LineType, ref: str, record: ImportedRecord) -> None:
        """Add the record created by a line."""
        self.added[kind, ref] = record

    def accept_id(self, kind: LineType, ref: object) -> None:
        """Let an id on record stand where a row of a table refers to a record, unless it is a ref."""
        if isinstance(ref, str) and is_uuid(ref) and self.find(kind, ref) is None:
            self.aliases[kind, ref] = ImportedRecord(UUID(ref), b"", None)

    def fresh(self) -> Refs:
        """The stored refs without the added ones, to repeat an import."""
        return Refs(self.stored, undone=self.undone, read_field_hashes=self.read_field_hashes, by_name=self.by_name)

    def field_hashes(self, kind: LineType, ref: str) -> bytes | None:
        """The short field hashes of a ref's line; null if they were not stored."""
        added = self.added.get((kind, ref))
        return self.read_field_hashes(kind, ref) if added is None else added.field_hashes


@dataclass(frozen=True, slots=True)
class RefResolver:
    """Resolves refs of one type during validation."""

    refs: Refs
    kind: LineType
    items: Mapping[str, UUID] = field(default_factory=dict)
    """Refs within the line that is validated, and the ids that they will have."""

    def __contains__(self, ref: object) -> bool:
        """Whether the ref is known."""
        return isinstance(ref, str) and (ref in self.items or self.refs.find(self.kind, ref) is not None)

    def __getitem__(self, ref: str) -> UUID:
        """The id that the ref stands for."""
        if ref in self.items:
            return self.items[ref]
        record = self.refs.find(self.kind, ref)
        if record is None:
            raise KeyError(ref)
        return record.id


def validation_context(refs: Refs, items: Mapping[str, UUID] | None = None) -> dict[str, Any]:
    """The validation context in which refs are accepted in place of ids; `items` are milestones within a line."""
    milestones = RefResolver(refs, LineType.MILESTONE, items or {})
    return {"people": RefResolver(refs, LineType.PERSON), "milestones": milestones}


def load_refs(connection: Connection, engine: Engine) -> Refs:
    """All refs of earlier imports. Field hashes are loaded on demand, when a line differs."""

    def read_field_hashes(kind: LineType, ref: str) -> bytes | None:
        table = import_refs.c
        query = select(table.field_hashes).where(table.type == kind.value, table.ref.in_((ref, hashed_ref(ref))))
        with engine.connect() as connection:
            return connection.execute(query).scalar()

    table = import_refs.c
    rows = connection.execute(
        select(table.type, table.ref, table.id, table.content_hash, table.within_id).where(~table.is_undone)
    )
    refs = {(LineType(row.type), row.ref): ImportedRecord(row.id, row.content_hash, row.within_id) for row in rows}
    of_undone = (
        select(table.type, table.ref, imports.c.undo_line).join_from(import_refs, imports).where(table.is_undone)
    )
    undone = {(LineType(row.type), row.ref): row.undo_line for row in connection.execute(of_undone)}
    return Refs(refs, undone=undone, read_field_hashes=read_field_hashes)


def store_refs(
    connection: Connection, added: Iterable[tuple[tuple[LineType, str], ImportedRecord]], import_id: UUID
) -> None:
    """Store the records created by an import. A ref of an undone import now stands for the new record."""
    added = list(added)
    if not added:
        return
    _forget_undone(connection, [key for key, _ in added])
    rows = [
        {
            "type": kind.value,
            "ref": ref,
            "id": record.id,
            "content_hash": record.content_hash,
            "within_id": record.within,
            "field_hashes": record.field_hashes,
            "import_id": import_id,
        }
        for (kind, ref), record in added
    ]
    connection.execute(insert(import_refs), rows)


def _forget_undone(connection: Connection, keys: Sequence[tuple[LineType, str]]) -> None:
    table = import_refs.c
    if connection.execute(select(table.ref).where(table.is_undone).limit(1)).first() is None:
        return
    of_key = table.is_undone & (table.type == bindparam("kind")) & (table.ref == bindparam("of_line"))
    connection.execute(delete(import_refs).where(of_key), [{"kind": kind.value, "of_line": ref} for kind, ref in keys])
