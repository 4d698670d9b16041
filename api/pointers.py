"""Ids that must be somebody's: whoever a milestone names is a known person."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from api.house import House
from api.kept.people import unknown_people
from api.problems import invalid
from domain.milestones import Details
from projections.details import shape_of

PERSON_FIELDS = frozenset({"holder", "practice_lead", "assessor", "participants"})


def people_named(shape: Any, path: str = "") -> Iterator[tuple[str, UUID]]:
    """Every person that JSON details name, with the dotted field that does."""
    if isinstance(shape, dict):
        for name, member in shape.items():
            field = f"{path}.{name}" if path else name
            if name in PERSON_FIELDS:
                ids = member if isinstance(member, list) else [member]
                yield from ((field, UUID(person)) for person in ids if person is not None)
            elif name != "answers":
                yield from people_named(member, field)
    elif isinstance(shape, list):
        for number, member in enumerate(shape):
            yield from people_named(member, f"{path}.{number}")


def check_people(house: House, *named: tuple[str, Details]) -> None:
    """Refuse (422, naming the field) details that name nobody known; each comes with the field it was sent in."""
    fields = [found for path, details in named for found in people_named(shape_of(details), path)]
    if not fields:
        return
    if unknown := _unknown(house, {person for _, person in fields}):
        raise invalid(*((field, "must be the id of a known person") for field, person in fields if person in unknown))


def are_known_at_hand(house: House, details: Details) -> bool:
    """Whether `check_people` has read everybody whom the details name, so that it need not now."""
    mark = house.log.kept_mark()
    return all(house.people_read.find(mark, person) for _, person in people_named(shape_of(details)))


def _unknown(house: House, people: Collection[UUID]) -> Collection[UUID]:
    mark = house.log.kept_mark()
    asked = [person for person in people if not house.people_read.find(mark, person)]
    if not asked:
        return ()
    with house.log.engine.connect() as connection:
        unknown = set(unknown_people(connection, asked))
    for person in asked:
        if person not in unknown:
            house.people_read.keep(mark, person, True)
    return unknown
