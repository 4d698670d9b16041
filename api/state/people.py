"""People: the only place that stores names and addresses. Events hold only ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, bindparam, delete, insert, or_, select, update

from api.state.addresses import email_key
from api.state.checked_columns import DamagedValue, expect, one_of, reported
from api.state.readable_rows import Damage, named, note_damage, rows_of
from api.state.tables import former_names, keys, people
from domain.text import fold, key_of_name

UNREADABLE_NAME = "name that cannot be read"
"""Shown instead of a name that is damaged in the store."""
ERASED_NAME = "erased person"
"""Shown instead of the name of an erased person (see `api/people/erasure.py`)."""
OWNER = UUID("00000000-0000-4000-8000-5ea711e00001")
"""The id under which a local operator with direct access to the database is recorded."""
OWNER_NAME = "command line"
_BATCH_SIZE = 500


class Employer(StrEnum):
    """The employer of a person."""

    FIRM = "firm"
    CLIENT = "client"


expect(one_of(Employer), people.c.employer)


@dataclass(frozen=True, slots=True)
class Person:
    """A person who holds seats, leads engagements or logs milestones; `name` is null once erased.

    `name_key` is the stored folded name, by which people are sorted.
    """

    id: UUID
    name: str | None
    email: str | None
    employer: Employer
    erased_at: datetime | None = None
    name_key: str = field(default="", compare=False)


def add_person(connection: Connection, person: Person, *, made_by: UUID, made_at: datetime) -> None:
    """Store a new person."""
    add_people(connection, [person], made_by=made_by, made_at=made_at)


def add_people(connection: Connection, new_people: Collection[Person], *, made_by: UUID, made_at: datetime) -> None:
    """Store new people."""
    rows = [
        {
            "id": person.id,
            **_with_keys({"name": person.name, "email": person.email}),
            "employer": person.employer.value,
            "made_by": made_by,
            "made_at": made_at,
        }
        for person in new_people
    ]
    if rows:
        connection.execute(insert(people), rows)


def find_person(connection: Connection, person_id: UUID) -> Person | None:
    """A person by id, including erased ones, or null."""
    row = named(person_id, connection.execute(select(people).where(people.c.id == person_id)).one_or_none)
    return None if row is None else person_of_row(row)


def change_person(connection: Connection, person_id: UUID, changes: Mapping[str, object], *, at: datetime) -> None:
    """Change a person's name, email or employer. The previous name still finds them."""
    if not changes:
        return
    person = find_person(connection, person_id)
    if person and person.name is not None and changes.get("name", person.name) != person.name:
        _store_former_name(connection, person_id, person.name, at)
    connection.execute(update(people).where(people.c.id == person_id).values(**_with_keys(changes)))


def former_names_of(connection: Connection, person_id: UUID) -> Mapping[str, datetime]:
    """A person's former names, each with the instant until which it was used."""
    former = former_names.c
    query = select(former.name, former.until).where(former.person_id == person_id).order_by(former.until, former.name)
    return {row.name: row.until for row in rows_of(connection, query)}


def _store_former_name(connection: Connection, person_id: UUID, name: str, until: datetime) -> None:
    former = former_names.c
    connection.execute(delete(former_names).where(former.person_id == person_id, former.name == name))
    row = {"person_id": person_id, "name": name, "name_key": key_of_name(name), "until": until}
    connection.execute(insert(former_names).values(**row))


def _with_keys(changes: Mapping[str, object]) -> dict[str, object]:
    """The columns of a person with the derived keys of the name and the address."""
    row = dict(changes)
    for column, key_of in (("name", key_of_name), ("email", email_key)):
        if column in row:
            text = row[column]
            row[f"{column}_key"] = key_of(text) if isinstance(text, str) else None
    return row


def unknown_people(connection: Connection, ids: Collection[UUID]) -> Sequence[UUID]:
    """The ids that belong to no person or to an erased one."""
    id_set = set(ids)
    if not id_set:
        return ()
    return sorted(id_set.difference(connection.execute(_EXISTING_IDS, {"ids": id_set}).scalars()))


_EXISTING_IDS = select(people.c.id).where(
    people.c.id.in_(bindparam("ids", expanding=True)), people.c.erased_at.is_(None)
)


def ids_made_by(connection: Connection, ids: Collection[UUID], maker: UUID) -> frozenset[UUID]:
    """The ids of people who were added by a given maker."""
    rows = connection.execute(select(people.c.id).where(people.c.id.in_(ids), people.c.made_by == maker))
    return frozenset(rows.scalars())


def names_of(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The names of people and API keys that are mentioned in events, by id."""
    id_set = set(ids)
    if not id_set:
        return {}
    names: dict[UUID, str] = {OWNER: OWNER_NAME} if OWNER in id_set else {}
    names |= {person: name or ERASED_NAME for person, name in _names_in(connection, people, id_set)}
    if missing := id_set.difference(names):
        names.update((key, name or "") for key, name in _names_in(connection, keys, missing))
    return names


def _names_in(connection: Connection, table: Table, ids: Collection[UUID]) -> Iterator[tuple[UUID, str | None]]:
    """The ids and names in a table; a damaged name has a word that says so."""
    for row in connection.execute(select(table.c.id, *reported(table.c.name)).where(table.c.id.in_(ids))):
        is_damaged = isinstance(row.name, DamagedValue)
        if is_damaged:
            note_damage([Damage(table.name, "name")])
        yield row.id, UNREADABLE_NAME if is_damaged else row.name


def names_with_keys(connection: Connection, keys: Collection[str]) -> Mapping[str, str]:
    """For each folded key (a few hundred at most), the name of one person who has it."""
    query = select(people.c.name_key, people.c.name).where(people.c.name_key.in_(keys), people.c.erased_at.is_(None))
    return {row.name_key: row.name for row in rows_of(connection, query)}


@dataclass(frozen=True, slots=True)
class PersonFound:
    """A person found by name or address."""

    id: UUID
    employer: Employer


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """People found by folded name, current or else former, and by the key of their address."""

    current: Mapping[str, Sequence[PersonFound]]
    former: Mapping[str, Sequence[PersonFound]]
    by_email: Mapping[str, Sequence[PersonFound]]

    def named(self, name: str) -> Sequence[PersonFound]:
        """The people who have a name, or else those who had it."""
        key = key_of_name(name)
        return self.current.get(key) or self.former.get(key, ())

    def with_email(self, address: str) -> Sequence[PersonFound]:
        """The people with an address."""
        return self.by_email.get(email_key(address), ())


def people_by_names(connection: Connection, keys: Collection[str], addresses: Collection[str]) -> PeopleFound:
    """The people with these folded names, current or former, and those with these addresses; no erased ones."""
    rows = [
        (people.c.name_key, select(people.c.name_key.label("key"), people), keys),
        (
            former_names.c.name_key,
            select(former_names.c.name_key.label("key"), people).join(people, people.c.id == former_names.c.person_id),
            keys,
        ),
        (people.c.email_key, select(people.c.email_key.label("key"), people), {email_key(one) for one in addresses}),
    ]
    matches_by_key = []
    for column, query, searched in rows:
        by_key: dict[str, dict[UUID, PersonFound]] = {}
        ordered = sorted(searched - {""} if isinstance(searched, set) else searched)
        for start in range(0, len(ordered), _KEYS_AT_ONCE):
            batch = ordered[start : start + _KEYS_AT_ONCE]
            for row in rows_of(connection, query.where(column.in_(batch), people.c.erased_at.is_(None))):
                person = PersonFound(row.id, Employer(row.employer))
                by_key.setdefault(row.key, {})[row.id] = person
        matches_by_key.append({key: tuple(matches.values()) for key, matches in by_key.items()})
    return PeopleFound(*matches_by_key)


_KEYS_AT_ONCE = 500


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
    """People sorted by folded name and id, without erased ones.

    `q` is part of a current or former name, or a whole address. `after` is the place of the previous page's last row.
    `among` limits the list to these ids and to people added by `made_by` (null: everyone).
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
    query = select(people).where(*conditions).order_by(name, people.c.id)
    return [person_of_row(row) for row in rows_of(connection, query, limit=limit)]


def all_people(connection: Connection) -> Iterator[Person]:
    """Everyone, erased people included, by id, read in batches."""
    last: UUID | None = None
    while True:
        query = select(people).order_by(people.c.id)
        query = query if last is None else query.where(people.c.id > last)
        rows = rows_of(connection, query, limit=_BATCH_SIZE)
        yield from (person_of_row(row) for row in rows)
        if len(rows) < _BATCH_SIZE:
            return
        last = rows[-1].id


def people_by_id(connection: Connection, ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """People by id, erased ones included."""
    rows = rows_of(connection, select(people).where(people.c.id.in_(ids)))
    return {row.id: person_of_row(row) for row in rows}


def is_named(q: str) -> ColumnElement[bool]:
    """The condition that a current or former name contains a text, both folded, or that the address equals it."""
    part = fold(q)
    had_name = select(former_names.c.person_id).where(former_names.c.name_key.contains(part, autoescape=True))
    return or_(
        people.c.name_key.contains(part, autoescape=True),
        people.c.email_key == email_key(q),
        people.c.id.in_(had_name),
    )


def person_of_row(row: Row[tuple[object, ...]]) -> Person:
    """The person of a table row."""
    return Person(row.id, row.name, row.email, Employer(row.employer), row.erased_at, row.name_key or "")
