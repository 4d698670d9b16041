"""People found by what is typed of their names, and looked up by their ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select

from api.state.addresses import email_key
from api.state.people import Person, is_named, person_of_row
from api.state.tables import people
from domain.text import fold


def find_people(
    connection: Connection,
    text: str,
    *,
    limit: int,
    among: Collection[UUID] | None = None,
    made_by: UUID | None = None,
) -> Sequence[Person]:
    """People whose names, now or once, hold every word of a text, or whose address it is; erased people are left out.

    The order: whoever has that name or address, then names that begin with the text, then the others, each by name.
    An empty text finds everyone. `among` and `made_by` limit them as in `list_people`.
    """
    name, typed = people.c.name_key, fold(text)
    conditions: list[ColumnElement[bool]] = [people.c.erased_at.is_(None)]
    if typed:
        conditions.append(or_(is_named(text), and_(*(is_named(word) for word in typed.split()))))
    if among is not None:
        conditions.append(or_(people.c.id.in_(among), people.c.made_by == made_by))
    is_that = or_(name == typed, people.c.email_key == email_key(text))
    likeliest = case((is_that, 0), (name.startswith(typed, autoescape=True), 1), else_=2)
    query = select(people).where(*conditions).order_by(likeliest, name, people.c.id).limit(limit)
    return [person_of_row(row) for row in connection.execute(query)]


def people_of(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """People by their ids, erased ones included; ids of nobody are left out."""
    if not ids:
        return {}
    rows = connection.execute(select(people).where(people.c.id.in_(set(ids))))
    return {row.id: person_of_row(row) for row in rows}
