"""The export of all personal data about a person, without secrets."""

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
from api.queries import FirmAdminQuery
from api.schemas.scalars import Answer, Instant, instant_text
from api.state.audit import Act, audit
from api.state.checked_columns import plain_type
from api.state.people import find_person, former_names_of
from api.state.readable_rows import rows_of
from api.state.tables import (
    acts,
    calendar_links,
    import_refs,
    keys,
    people,
    saved_views,
    sessions,
    share_links,
    sign_in_links,
    users,
    visits,
)
from projections.person_mentions import mentions_of_person, recording_totals

router = APIRouter(prefix="/people", tags=["people"])

MAX_MENTIONS = 10_000


class PersonalDataAnswer(Answer):
    """All personal data about a person.

    `named_in` lists up to 10,000 recordings of milestones that contain their id, `recorded` summarizes the milestones
    they recorded, and `acts` counts the audit entries by them or about them.
    """

    person: PersonAnswer
    former_names: dict[str, Instant]
    answered_at: Instant
    user: dict[str, Any] | None
    sessions: list[dict[str, Any]]
    sign_in_links: list[dict[str, Any]]
    keys_made: list[dict[str, Any]]
    share_links_made: list[dict[str, Any]]
    calendar_links_made: list[dict[str, Any]]
    saved_views: list[dict[str, Any]]
    visits: list[dict[str, Any]]
    import_refs: list[dict[str, Any]]
    named_in: list[dict[str, Any]]
    recorded: dict[str, Any]
    acts: int


@router.get(
    "/{person_id}/personal-data",
    response_model=PersonalDataAnswer,
    operation_id="get_personal_data",
    summary="Export personal data",
    responses=refuses(404),
)
def show_personal_data(person_id: PersonInPath, query: FirmAdminQuery, response: Response) -> PersonalDataAnswer:
    """Return all personal data about a person as a file. The export is recorded in the audit."""
    now = query.context.now()
    with query.state() as connection:
        record = find_person(connection, person_id)
        if record is None or record.erased_at is not None:
            raise Problem(UNKNOWN_PERSON)
        sections: dict[str, Any] = {
            "former_names": former_names_of(connection, person_id),
            "user": next(iter(_rows(connection, users, users.c.id == person_id)), None),
            "sessions": _rows(connection, sessions, sessions.c.user_id == person_id),
            "sign_in_links": _rows(connection, sign_in_links, sign_in_links.c.user_id == person_id),
            "keys_made": _rows(connection, keys, keys.c.made_by == person_id),
            "share_links_made": _rows(connection, share_links, share_links.c.made_by == person_id),
            "calendar_links_made": _rows(connection, calendar_links, calendar_links.c.made_by == person_id),
            "saved_views": _rows(connection, saved_views, saved_views.c.made_by == person_id),
            "visits": _rows(connection, visits, visits.c.user_id == person_id),
            "import_refs": _rows(
                connection, import_refs, (import_refs.c.type == "person") & (import_refs.c.id == person_id)
            ),
            "acts": connection.execute(
                select(func.count()).where(or_(acts.c.caller == person_id, acts.c.subject == person_id))
            ).scalar_one(),
        }
        origin = connection.execute(select(people.c.made_by, people.c.made_at).where(people.c.id == person_id)).one()
    with query.snapshot() as snapshot:
        mentions = [_dataclass_json(row) for row in mentions_of_person(snapshot, person_id, limit=MAX_MENTIONS)]
        recorded = _dataclass_json(recording_totals(snapshot, person_id))
    query.context.log.write(
        lambda transaction: audit(transaction, query.caller, Act.PERSONAL_DATA_EXPORTED, person_id, at=now)
    )
    response.headers["Content-Disposition"] = f'attachment; filename="personal-data-{person_id}.json"'
    recorded["kept_since"], recorded["kept_by"] = instant_text(origin.made_at), str(origin.made_by)
    return PersonalDataAnswer(
        person=person_answer(record), answered_at=now, named_in=mentions, recorded=recorded, **sections
    )


def _rows(connection: Connection, table: Table, condition: Any) -> list[dict[str, Any]]:
    rows = rows_of(connection, select(table).where(condition))
    return [_without_secrets(table, row) for row in rows]


def _without_secrets(table: Table, row: Row[Any]) -> dict[str, Any]:
    """A row as JSON without password hashes and secrets, which would grant access."""
    fields = {
        column.name: _json(row._mapping[column])
        for column in table.c
        if not isinstance(plain_type(column), LargeBinary) and column.name != "password"
    }
    if "password" in table.c:
        fields["has_password"] = row.password is not None
    return fields


def _dataclass_json(instance: Any) -> dict[str, Any]:
    """A frozen dataclass as JSON."""
    return {name: _json(getattr(instance, name)) for name in type(instance).__slots__}


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
