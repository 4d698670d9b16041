"""The people and clients that an import adds because rows of a table name them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from api.imports.lines import Line, LineType
from api.imports.refs import Refs
from api.imports.table_lines import TableLine
from api.state.people import Person


@dataclass(slots=True)
class ImpliedRecords:
    """The records added by name, by type and ref."""

    added: dict[tuple[LineType, str], UUID] = field(default_factory=dict)
    unused_clients: frozenset[str] = frozenset()
    """The refs of clients that only refused rows name."""

    def add(self, line: Line, record_id: UUID) -> None:
        """Add a record made from a name."""
        self.added[line.type, line.ref] = record_id

    def settle(
        self, lines: Sequence[TableLine], refused: Container[int], people: Sequence[Person], refs: Refs
    ) -> list[Person]:
        """Forget the people whom only refused rows name; returns the others. Notes such clients."""
        used = {(name.line.type, name.line.ref) for line in lines if line.number not in refused for name in line.names}
        unused = self.added.keys() - used
        forgotten = {self.added[key] for key in unused if key[0] is LineType.PERSON}
        for key in unused:
            if key[0] is LineType.PERSON:
                del self.added[key], refs.added[key]
        self.unused_clients = frozenset(ref for kind, ref in unused if kind is LineType.CLIENT)
        return [person for person in people if person.id not in forgotten]

    def announcements(self, lines: Sequence[TableLine], refused: Container[int]) -> dict[int, list[str]]:
        """What a preview says about the records: with the first row that names each."""
        notices: dict[int, list[str]] = {}
        announced = set()
        for line in sorted(lines, key=lambda line: line.number):
            if line.number in refused:
                continue
            for name in line.names:
                key = (name.line.type, name.line.ref)
                if key in self.added and key not in announced:
                    announced.add(key)
                    notices.setdefault(line.number, []).append(_announcement(name.line))
        return notices


def _announcement(line: Line) -> str:
    content = line.content
    if line.type is LineType.CLIENT:
        return f"Registers the new client “{content['name']}”."
    employer = "the firm" if content["employer"] == "firm" else "the client"
    return f"Adds the new person “{content['name']}”, employed by {employer}."
