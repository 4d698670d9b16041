"""People: the only place where names and addresses are kept. Events hold a person's id alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, insert, or_, select, update

from api.state.addresses import email_key
from api.state.tables import former_names, keys, people
from domain.text import fold, key_of_name

ERASED = "erased person"
OWNER = UUID("00000000-0000-4000-8000-5ea711e00001")
"""Whoever works at the command line, with the store itself in their hands; they are recorded under this id."""
OWNER_NAME = "command line"


class Employer(StrEnum):
    """Whose person it is."""

    FIRM = "firm"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who holds seats, leads engagements or logs milestones; `name` is null once erased.

    `name_key` is the folded name as it is stored, by which people are ordered.
    """

    id: UUID
    name: str | None
    email: str | None
    employer: Employer
    erased_at: datetime | None = None
    name_key: str = field(default="", compare=False)


def add_person(connection: Connection, person: Person, *, made_by: UUID, made_at: datetime) -> None:
    """Keep a new person."""
    add_people(connection, [person], made_by=made_by, made_at=made_at)


def add_people(connection: Connection, many: Collection[Person], *, made_by: UUID, made_at: datetime) -> None:
    """Keep many new people."""
    rows = [
        {
            "id": person.id,
            **_with_keys({"name": person.name, "email": person.email}),
            "employer": person.employer.value,
            "made_by": made_by,
            "made_at": made_at,
        }
        for person in many
    ]
    if rows:
        connection.execute(insert(people), rows)


def find_person(connection: Connection, person_id: UUID) -> Person | None:
    """A person, erased ones included."""
    row = connection.execute(select(people).where(people.c.id == person_id)).one_or_none()
    return None if row is None else person_of_row(row)


def change_person(connection: Connection, person_id: UUID, changes: Mapping[str, object], *, at: datetime) -> None:
    """Change a person's name, email or employer; the name that they had until then still finds them."""
    if not changes:
        return
    before = find_person(connection, person_id)
    if before and before.name is not None and changes.get("name", before.name) != before.name:
        _keep_former_name(connection, person_id, before.name, at)
    connection.execute(update(people).where(people.c.id == person_id).values(**_with_keys(changes)))


def former_names_of(connection: Connection, person_id: UUID) -> Mapping[str, datetime]:
    """The names that a person had before, each with the instant until which it was theirs."""
    former = former_names.c
    query = select(former.name, former.until).where(former.person_id == person_id).order_by(former.until, former.name)
    return {row.name: row.until for row in connection.execute(query)}


def _keep_former_name(connection: Connection, person_id: UUID, name: str, until: datetime) -> None:
    former = former_names.c
    connection.execute(delete(former_names).where(former.person_id == person_id, former.name == name))
    row = {"person_id": person_id, "name": name, "name_key": key_of_name(name), "until": until}
    connection.execute(insert(former_names).values(**row))


def _with_keys(changes: Mapping[str, object]) -> dict[str, object]:
    """Columns of a person, with the keys that follow from the name and the address."""
    row = dict(changes)
    for column, key_of in (("name", key_of_name), ("email", email_key)):
        if column in row:
            text = row[column]
            row[f"{column}_key"] = key_of(text) if isinstance(text, str) else None
    return row


def unknown_people(connection: Connection, ids: Collection[UUID]) -> Sequence[UUID]:
    """Those of the ids that are nobody's, or an erased person's."""
    wanted = set(ids)
    if not wanted:
        return ()
    return sorted(wanted.difference(connection.execute(_KNOWN, {"ids": wanted}).scalars()))


_KNOWN = select(people.c.id).where(people.c.id.in_(bindparam("ids", expanding=True)), people.c.erased_at.is_(None))


def made_by(connection: Connection, ids: Collection[UUID], maker: UUID) -> frozenset[UUID]:
    """Those of the ids whose people somebody has put on record."""
    found = connection.execute(select(people.c.id).where(people.c.id.in_(ids), people.c.made_by == maker))
    return frozenset(found.scalars())


def names_of(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of those who are named in events: people, and keys that recorded something."""
    wanted = set(ids)
    if not wanted:
        return {}
    named: dict[UUID, str] = {OWNER: OWNER_NAME} if OWNER in wanted else {}
    named |= {
        row.id: row.name or ERASED
        for row in connection.execute(select(people.c.id, people.c.name).where(people.c.id.in_(wanted)))
    }
    if missing := wanted.difference(named):
        rows = connection.execute(select(keys.c.id, keys.c.name).where(keys.c.id.in_(missing)))
        named.update((row.id, row.name) for row in rows)
    return named


def names_with_keys(connection: Connection, keys: Collection[str]) -> Mapping[str, str]:
    """Of the people on record, a name for each of these folded keys (a few hundred at most) that somebody has."""
    query = select(people.c.name_key, people.c.name).where(people.c.name_key.in_(keys), people.c.erased_at.is_(None))
    return {row.name_key: row.name for row in connection.execute(query)}


def list_people(
    connection: Connection,
    *,
    limit: int,
    after: tuple[str, UUID] | None = None,
    q: str | None = None,
    employer: Employer | None = None,
    among: Collection[UUID] | None = None,
    made_by: UUID | None = None,
) -> Sequence[Person]:
    """People by the folded key of their names, then by id; erased ones are left out.

    `q` is part of a name, a former one included, or a whole address. `after` is the place of the last row of the page
    before. `among` limits them to these ids and to those `made_by` has made (null: everyone).
    """
    name = people.c.name_key
    conditions: list[ColumnElement[bool]] = [people.c.erased_at.is_(None)]
    if after is not None:
        conditions.append(or_(name > after[0], and_(name == after[0], people.c.id > after[1])))
    if q is not None:
        conditions.append(is_named(q))
    if employer is not None:
        conditions.append(people.c.employer == employer.value)
    if among is not None:
        conditions.append(or_(people.c.id.in_(among), people.c.made_by == made_by))
    found = connection.execute(select(people).where(*conditions).order_by(name, people.c.id).limit(limit))
    return [person_of_row(row) for row in found]


def is_named(q: str) -> ColumnElement[bool]:
    """Whether a row of people has a name, now or once, that holds a text when both are folded, or that address."""
    part = fold(q)
    had_name = select(former_names.c.person_id).where(former_names.c.name_key.contains(part, autoescape=True))
    return or_(
        people.c.name_key.contains(part, autoescape=True),
        people.c.email_key == email_key(q),
        people.c.id.in_(had_name),
    )


def person_of_row(row: Row[tuple[object, ...]]) -> Person:
    """The person of a row of the table."""
    return Person(row.id, row.name, row.email, Employer(row.employer), row.erased_at, row.name_key or "")
