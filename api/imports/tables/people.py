"""The people and clients that a table names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from api.state.addresses import email_key
from api.state.people import Employer
from domain.text import fold

_WITH_EMAIL = re.compile(r"(.*?)\s*<\s*([^<>\s]+@[^<>\s]+)\s*>", re.DOTALL)
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class PersonInTable:
    """A person as cells name them: by a name, a name with an email address, an address or an id."""

    ref: str
    name: str
    email: str | None = None
    id: str | None = None
    employers: set[str] = field(default_factory=set)

    @property
    def employer(self) -> Employer:
        """The client if every cell that gives an employer gives the client, otherwise the firm."""
        return Employer.CLIENT if self.employers == {Employer.CLIENT.value} else Employer.FIRM


@dataclass(slots=True)
class PeopleInTable:
    """The people that the cells of a table name, by ref. Cells with the same folded name share a ref."""

    by_ref: dict[str, PersonInTable] = field(default_factory=dict)

    def ref_of(self, cell: str, employer: str | None) -> str:
        """The ref of the person that a cell names. `employer` is what the row says about them."""
        person = _person(cell.strip())
        person = self.by_ref.setdefault(person.ref, person)
        if employer is not None:
            person.employers.add(employer)
        return person.ref

    def settle(self) -> None:
        """Let a name without an address stand for the one person of that name with an address."""
        by_name: dict[str, list[PersonInTable]] = {}
        for person in self.by_ref.values():
            if person.email is not None and person.name:
                by_name.setdefault(fold(person.name), []).append(person)
        for ref, person in self.by_ref.items():
            namesakes = by_name.get(fold(person.name), ())
            if person.email is None and person.id is None and len(namesakes) == 1:
                namesakes[0].employers |= person.employers
                self.by_ref[ref] = namesakes[0]

    def namesakes(self, person: PersonInTable) -> list[PersonInTable]:
        """The people of the table with the same name and an address."""
        key = fold(person.name)
        return [other for other in self.by_ref.values() if other.email is not None and fold(other.name) == key]


def client_ref(cell: str) -> str:
    """The ref of the client that a cell names."""
    return f"client: {fold(cell)}"


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return _ID.fullmatch(text) is not None


def _person(cell: str) -> PersonInTable:
    if match := _WITH_EMAIL.fullmatch(cell):
        name, address = match[1].strip().strip('"').strip(), match[2]
        return PersonInTable(f"person: {fold(name)} <{email_key(address)}>", name, address)
    if _EMAIL.fullmatch(cell):
        return PersonInTable(f"person: <{email_key(cell)}>", "", cell)
    if is_id(cell):
        return PersonInTable(f"person: {cell.lower()}", "", id=cell.lower())
    return PersonInTable(f"person: {fold(cell)}", cell)
