"""The clients that a table names, and what its rows say about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.imports.tables.people import client_ref
from domain.text import fold

SLUG = "slug"


@dataclass(slots=True)
class ClientInTable:
    """What the rows of a table say about one client."""

    ref: str
    name: str
    slug: str | None = None
    has_ref: bool = False
    """Whether a row of its own gives the client a ref."""
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """The line that gave each value."""

    def content(self) -> Mapping[str, Any]:
        """The content of the line that registers the client."""
        profile = {name.partition(".")[2]: value for name, value in self.values.items() if name.startswith("profile.")}
        others = {name: value for name, value in self.values.items() if not name.startswith("profile.")}
        return {"type": "client", "ref": self.ref, "name": self.name, "profile": profile, **others}

    def differing(self, values: Mapping[str, Any], line: int) -> Mapping[str, int]:
        """Add what a line says about the client; returns what differs from earlier lines, with these lines."""
        differing = {}
        for name, value in values.items():
            earlier = self.values.setdefault(name, value)
            earlier_line = self.lines.setdefault(name, line)
            if earlier != value:
                differing[name] = earlier_line
        return differing

    @property
    def words(self) -> str:
        """How a cell can name this client and no other."""
        return self.slug or self.ref


@dataclass(slots=True)
class ClientsInTable:
    """The clients of a table by ref: the ref of their own row, or else one made from the folded name."""

    by_ref: dict[str, ClientInTable] = field(default_factory=dict)
    _with_ref: dict[str, list[ClientInTable]] = field(default_factory=dict)

    def add(self, ref: str, name: str, slug: str | None) -> None:
        """Add a client whose row has a ref, unless an earlier row has the same ref."""
        if ref in self.by_ref:
            return
        client = self.by_ref[ref] = ClientInTable(ref, name, slug, has_ref=True)
        self._with_ref.setdefault(fold(name), []).append(client)

    def settle(self) -> None:
        """Let slugs stand for the clients whose rows have them, where no name is written the same."""
        for client in self.by_ref.values():
            if client.slug is not None:
                self._with_ref.setdefault(fold(client.slug), [client])

    def named(self, cell: str) -> Sequence[ClientInTable]:
        """The clients that a cell can mean, by their ref, name or slug; one without a row is added."""
        if (own := self.by_ref.get(cell)) is not None and own.has_ref:
            return [own]
        if namesakes := self._with_ref.get(fold(cell)):
            return namesakes
        ref = client_ref(cell)
        return [self.by_ref.setdefault(ref, ClientInTable(ref, cell))]


def client_names(clients: Iterable[tuple[str, str, str]]) -> Mapping[str, str]:
    """How cells name clients, by id, from their ids, names and slugs: by name, or else by slug or id."""
    table = ClientsInTable()
    listed = list(clients)
    for client_id, name, slug in listed:
        table.add(client_id, name, slug)
    table.settle()
    return {
        client_id: next(cell for cell in (name, slug, client_id) if [c.ref for c in table.named(cell)] == [client_id])
        for client_id, name, slug in listed
    }


_TOTALS = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sub-total", "sum", "summe", "gesamt", "gesamtsumme"),
        *("somme", "totale", "suma", "soma", "razem", "totaal"),
    )
)
_NOTES = ("*", "†", "‡", "note:", "notes:", "n.b.", "nb:", "source:", "remark:")


def is_total_or_note(name: str) -> bool:
    """Whether a name that stands alone in its row is more likely that of a total, or a note, than a client's."""
    folded = fold(name)
    return folded.rstrip(" :") in _TOTALS or folded.startswith(_NOTES)
