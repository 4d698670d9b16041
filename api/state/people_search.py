"""Finds people by typed text and by id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select

from api.state.addresses import email_key
from api.state.people import Person, is_named, person_of_row
from api.state.readable_rows import rows_of
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
    """People whose current or former names contain every word of a text, or who have that address; without erased ones.

    Exact matches come first, then names that begin with the text, then all others, each sorted by name. An empty text
    finds everyone. `among` and `made_by` limit the result as in `list_people`.
    """
    name, folded = people.c.name_key, fold(text)
    conditions: list[ColumnElement[bool]] = [people.c.erased_at.is_(None)]
    if folded:
        conditions.append(or_(is_named(text), and_(*(is_named(word) for word in folded.split()))))
    if among is not None:
        conditions.append(or_(people.c.id.in_(among), people.c.made_by == made_by))
    is_exact = or_(name == folded, people.c.email_key == email_key(text))
    relevance = case((is_exact, 0), (name.startswith(folded, autoescape=True), 1), else_=2)
    query = select(people).where(*conditions).order_by(relevance, name, people.c.id)
    return [person_of_row(row) for row in rows_of(connection, query, limit=limit)]


def people_of(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """People by id, including erased ones; unknown ids are left out."""
    if not ids:
        return {}
    rows = rows_of(connection, select(people).where(people.c.id.in_(set(ids))))
    return {row.id: person_of_row(row) for row in rows}
