"""What is held on a person, for whoever has to tell them: everything that names them, and nothing that opens a door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection, LargeBinary, Row, Table, func, or_, select

from api.http.openapi import refuses
from api.http.path_parameters import PersonInPath
from api.http.problems import UNKNOWN_PERSON, Problem
from api.people.routes import PersonAnswer, person_answer
from api.queries import GoverningReading
from api.schemas.scalars import Answer, Instant, instant_text
from api.state.audit import Act, audit
from api.state.people import find_person, former_names_of
from api.state.tables import acts, import_refs, keys, people, saved_views, sessions, share_links, sign_in_links, users
from projections.person_mentions import mentions_of_person, recording_totals

router = APIRouter(prefix="/people", tags=["people"])

MOST_NAMED = 10_000


class Held(Answer):
    """What is held on a person.

    `named_in` are the recordings of milestones that hold their id (at most 10,000), `recorded` tells how much of the
    milestones they recorded themselves, `acts` how many acts of the audit are by them or about them.
    """

    person: PersonAnswer
    former_names: dict[str, Instant]
    answered_at: Instant
    user: dict[str, Any] | None
    sessions: list[dict[str, Any]]
    sign_in_links: list[dict[str, Any]]
    keys_made: list[dict[str, Any]]
    share_links_made: list[dict[str, Any]]
    saved_views: list[dict[str, Any]]
    import_refs: list[dict[str, Any]]
    named_in: list[dict[str, Any]]
    recorded: dict[str, Any]
    acts: int


@router.get(
    "/{person_id}/personal-data",
    response_model=Held,
    operation_id="get_personal_data",
    summary="Take out what is held on a person",
    responses=refuses(404),
)
def show_held(person: PersonInPath, read: GoverningReading, response: Response) -> Held:
    """Everything that is held on somebody, as a file. That it was taken out is in the audit."""
    now = read.context.now()
    with read.kept() as connection:
        found = find_person(connection, person)
        if found is None or found.erased_at is not None:
            raise Problem(UNKNOWN_PERSON)
        told: dict[str, Any] = {
            "former_names": former_names_of(connection, person),
            "user": next(iter(_rows(connection, users, users.c.id == person)), None),
            "sessions": _rows(connection, sessions, sessions.c.user_id == person),
            "sign_in_links": _rows(connection, sign_in_links, sign_in_links.c.user_id == person),
            "keys_made": _rows(connection, keys, keys.c.made_by == person),
            "share_links_made": _rows(connection, share_links, share_links.c.made_by == person),
            "saved_views": _rows(connection, saved_views, saved_views.c.made_by == person),
            "import_refs": _rows(
                connection, import_refs, (import_refs.c.type == "person") & (import_refs.c.id == person)
            ),
            "acts": connection.execute(
                select(func.count()).where(or_(acts.c.caller == person, acts.c.subject == person))
            ).scalar_one(),
        }
        kept = connection.execute(select(people.c.made_by, people.c.made_at).where(people.c.id == person)).one()
    with read.views() as views:
        named = [_plain(row) for row in mentions_of_person(views, person, limit=MOST_NAMED)]
        recorded = _plain(recording_totals(views, person))
    read.context.log.write(lambda writing: audit(writing, read.caller, Act.PERSONAL_DATA_EXPORTED, person, at=now))
    response.headers["Content-Disposition"] = f'attachment; filename="personal-data-{person}.json"'
    recorded["kept_since"], recorded["kept_by"] = instant_text(kept.made_at), str(kept.made_by)
    return Held(person=person_answer(found), answered_at=now, named_in=named, recorded=recorded, **told)


def _rows(connection: Connection, table: Table, which: Any) -> list[dict[str, Any]]:
    found = connection.execute(select(table).where(which)).all()
    return [_without_secrets(table, row) for row in found]


def _without_secrets(table: Table, row: Row[Any]) -> dict[str, Any]:
    """A row as JSON: hashes and passwords say nothing about anybody, and would let others in."""
    told = {
        column.name: _json(row._mapping[column])
        for column in table.c
        if not isinstance(column.type, LargeBinary) and column.name != "password"
    }
    if "password" in table.c:
        told["has_password"] = row.password is not None
    return told


def _plain(told: Any) -> dict[str, Any]:
    """A frozen dataclass as JSON."""
    return {name: _json(getattr(told, name)) for name in type(told).__slots__}


def _json(value: Any) -> Any:
    match value:
        case datetime():
            return instant_text(value)
        case date() | UUID():
            return str(value)
        case Mapping():
            return {name: _json(member) for name, member in value.items()}
        case _:
            return value
