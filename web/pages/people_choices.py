"""Whom a form may name: everybody the visitor may see, by name."""

from __future__ import annotations

from uuid import UUID

from api.kept.people import Person, list_people
from web.pages.visit import Visit
from web.parts import Choice

_A_READ = 500
MOST = 5000


def everybody(visit: Visit) -> list[Person]:
    """People in the order of their names; at most five thousand."""
    found: list[Person] = []
    after: tuple[str, UUID] | None = None
    with visit.reader.kept() as connection:
        while len(found) < MOST:
            part = list_people(
                connection, limit=_A_READ, after=after, among=visit.reader.people(), made_by=visit.caller.id
            )
            found += part
            if len(part) < _A_READ:
                break
            after = (part[-1].name_key, part[-1].id)
    return found


def choices(people: list[Person]) -> tuple[Choice, ...]:
    """People to choose from; two of one name are told apart by their address, else by whose they are."""
    names = [person.name for person in people]
    return tuple(
        Choice(
            str(person.id),
            f"{person.name} ({person.email or person.employer})" if names.count(person.name) > 1 else person.name or "",
        )
        for person in people
    )
