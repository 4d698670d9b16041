"""The people that a table names, and those that rows of their own add."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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
    has_row: bool = False
    """Whether a row of their own adds the person."""
    has_ref: bool = False
    """Whether that row has a ref, which is then the ref of the person."""

    @property
    def employer(self) -> Employer:
        """The client if every cell that gives an employer gives the client, otherwise the firm."""
        return Employer.CLIENT if self.employers == {Employer.CLIENT.value} else Employer.FIRM

    @property
    def is_bare_name(self) -> bool:
        """Whether only a name is given, which can stand for a person of whom the table says more."""
        return self.email is None and self.id is None and not self.has_row

    @property
    def words(self) -> str:
        """How a cell can name this person and no other."""
        return f"{self.name} <{self.email}>" if self.email else self.ref if self.has_ref else self.name


@dataclass(slots=True)
class PeopleInTable:
    """The people that the cells of a table name, by ref. Cells with the same folded name share a ref."""

    by_ref: dict[str, PersonInTable] = field(default_factory=dict)
    _by_name: dict[str, list[PersonInTable]] = field(default_factory=dict)

    def ref_of(self, cell: str, employer: str | None) -> str:
        """The ref of the person that a cell names. `employer` is what the row says about them."""
        person = _person(cell.strip())
        person = self.by_ref.setdefault(person.ref, person)
        if employer is not None and not person.has_row:
            person.employers.add(employer)
        return person.ref

    def add(self, ref: str, name: str, email: str | None, employer: str | None) -> PersonInTable:
        """Add the person of a row; returns the person of an earlier row if it has the same ref or the same name."""
        key = ref or _person(f"{name} <{email}>" if email else name).ref
        person = self.by_ref.get(key)
        if person is None or not person.has_row:
            employers = set() if employer is None else {employer}
            person = PersonInTable(key, name, email, None, employers, has_row=True, has_ref=bool(ref))
            self.by_ref[key] = person
        return person

    def settle(self) -> None:
        """Let cells stand for the people of whom the table says more.

        A ref or an address stands for the person whose row has it, and a name without an address for the one person of
        that name with an address or a row.
        """
        rows = [person for person in self.by_ref.values() if person.has_row]
        by_ref = {person.ref: person for person in rows if person.has_ref}
        by_address = {email_key(person.email): person for person in rows if person.email is not None}
        for ref, person in self.by_ref.items():
            if person.has_row:
                continue
            meant = by_ref.get(person.id or person.name)
            if meant is None and person.email is not None:
                meant = by_address.get(email_key(person.email))
            if meant is not None:
                self.by_ref[ref] = meant
        self._by_name = by_folded_name(self.by_ref.values())
        for ref, person in self.by_ref.items():
            namesakes = self.namesakes(person)
            if len(namesakes) == 1:
                if not namesakes[0].has_row:
                    namesakes[0].employers |= person.employers
                self.by_ref[ref] = namesakes[0]

    def namesakes(self, person: PersonInTable) -> Sequence[PersonInTable]:
        """The people of the table for whom a bare name can stand; empty for others than bare names."""
        return self._by_name.get(fold(person.name), ()) if person.is_bare_name else ()


def by_folded_name(people: Iterable[PersonInTable]) -> dict[str, list[PersonInTable]]:
    """The people with an address or a row of their own, by their folded names."""
    by_name: dict[str, list[PersonInTable]] = {}
    for person in {id(person): person for person in people}.values():
        if person.name and (person.has_row or person.email is not None):
            by_name.setdefault(fold(person.name), []).append(person)
    return by_name


def stands_for_name(cell: str) -> bool:
    """Whether a cell with this name is read as a name, not as an address or an id."""
    person = _person(cell.strip())
    return person.name == cell and person.email is None and person.id is None


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
