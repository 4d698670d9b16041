"""Refs: the caller's own keys, kept with what they stood for and with what the line said then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, insert, select

from api.imports.lines import LineType
from api.state.imports import blind
from api.state.tables import import_refs


@dataclass(frozen=True, slots=True)
class Known:
    """What a ref stands for: the id that the line made, the hash of what it meant, and what holds it.

    A milestone is held by its engagement, a correction by the milestone, an engagement by its client.
    """

    id: UUID
    content_hash: bytes
    within: UUID | None
    field_hashes: bytes | None = None
    """Short hashes of the line's fields; null here for a ref of an earlier import."""


@dataclass(slots=True)
class Refs:
    """The refs known before an import, and those that its lines add."""

    known: dict[tuple[LineType, str], Known]
    added: dict[tuple[LineType, str], Known] = field(default_factory=dict)
    read_field_hashes: Callable[[LineType, str], bytes | None] = lambda kind, ref: None

    def find(self, kind: LineType, ref: str) -> Known | None:
        """What a ref stands for by now."""
        key = (kind, ref)
        return self.added.get(key) or self.known.get(key) or self.known.get((kind, blind(ref)))

    def add(self, kind: LineType, ref: str, known: Known) -> None:
        """A line made something."""
        self.added[kind, ref] = known

    def fresh(self) -> Refs:
        """The same, without what was added: for deciding anew."""
        return Refs(self.known, read_field_hashes=self.read_field_hashes)

    def field_hashes(self, kind: LineType, ref: str) -> bytes | None:
        """Short hashes of the fields of the line that a ref stands for; null where they were not kept."""
        added = self.added.get((kind, ref))
        return self.read_field_hashes(kind, ref) if added is None else added.field_hashes


@dataclass(frozen=True, slots=True)
class Pointer:
    """The refs of one type as a validator looks them up."""

    refs: Refs
    kind: LineType

    def __contains__(self, ref: object) -> bool:
        """Whether a ref is known by now."""
        return isinstance(ref, str) and self.refs.find(self.kind, ref) is not None

    def __getitem__(self, ref: str) -> UUID:
        """What it stands for."""
        found = self.refs.find(self.kind, ref)
        if found is None:
            raise KeyError(ref)
        return found.id


def context_of(refs: Refs) -> dict[str, Any]:
    """What bodies are read with when refs stand where ids are expected."""
    return {"people": Pointer(refs, LineType.PERSON), "milestones": Pointer(refs, LineType.MILESTONE)}


def known_refs(connection: Connection, engine: Engine) -> Refs:
    """All refs of earlier imports; their fields' hashes are read from the engine when a line differs."""

    def read_field_hashes(kind: LineType, ref: str) -> bytes | None:
        table = import_refs.c
        query = select(table.field_hashes).where(table.type == kind.value, table.ref.in_((ref, blind(ref))))
        with engine.connect() as reading:
            return reading.execute(query).scalar()

    rows = connection.execute(
        select(
            import_refs.c.type,
            import_refs.c.ref,
            import_refs.c.id,
            import_refs.c.content_hash,
            import_refs.c.within_id,
        )
    )
    refs = {(LineType(row.type), row.ref): Known(row.id, row.content_hash, row.within_id) for row in rows}
    return Refs(refs, read_field_hashes=read_field_hashes)


def keep_refs(connection: Connection, added: Iterable[tuple[tuple[LineType, str], Known]], import_id: UUID) -> None:
    """Keep what an import's lines made."""
    rows = [
        {
            "type": kind.value,
            "ref": ref,
            "id": known.id,
            "content_hash": known.content_hash,
            "within_id": known.within,
            "field_hashes": known.field_hashes,
            "import_id": import_id,
        }
        for (kind, ref), known in added
    ]
    if rows:
        connection.execute(insert(import_refs), rows)
