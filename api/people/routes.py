"""Routes for people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.last_admin import require_admin_remains
from api.commands import FirmAdminChange, RecorderCommand
from api.http.csv_xlsx import TABLES, Format, Formatted, table_of_items
from api.http.etags import etag_of_content
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import PersonInPath
from api.http.problems import UNKNOWN_PERSON, Problem
from api.people.erasure import erase_person
from api.queries import QueryContext, ViewerQuery
from api.replies import Reply
from api.reports.files import about_list
from api.schemas.scalars import Answer, Body, Email, Id, Instant, Name, without_default
from api.state.audit import Act, audit
from api.state.people import ERASED_NAME, Employer, Person, add_person, change_person, find_person, list_people

router = APIRouter(prefix="/people", tags=["people"])


class PersonBody(Body):
    """A person to create."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Dana Whitfield", "email": "dana@example.org", "employer": "firm"}]}
    )
    name: Name
    email: Email | None = None
    employer: Employer


class PersonChangeBody(Body):
    """Changes to a person; missing fields are unchanged."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "dana.whitfield@example.org"}]})
    name: Name = Field(default="", json_schema_extra=without_default)
    email: Email | None = None
    employer: Employer = Field(default=Employer.FIRM, json_schema_extra=without_default)


class PersonAnswer(Answer):
    """A person who holds seats, leads engagements or logs milestones."""

    id: Id
    name: str
    email: str | None
    employer: Employer
    erased_at: Instant | None


class PeopleAnswer(Answer):
    """A page of people, sorted by name."""

    items: list[PersonAnswer]
    next: str | None


@router.post("", status_code=201, response_model=PersonAnswer, summary="Create a person")
def create_person(body: PersonBody, command: RecorderCommand) -> Response:
    """Create a person. Names and addresses are stored outside the event log; events hold only the id."""
    person = Person(command.context.new_id(), body.name, body.email, body.employer)

    def add(connection: Connection) -> Reply:
        now = command.context.now()
        add_person(connection, person, made_by=command.caller.id, made_at=now)
        audit(connection, command.caller, Act.PERSON_KEPT, person.id, at=now)
        answer = person_answer(person)
        return Reply.of(201, answer, Location=f"/api/v1/people/{person.id}", ETag=etag_of_content(answer))

    return command.change_state(add)


@router.get("", response_model=PeopleAnswer, operation_id="list_people", summary="List people", responses=TABLES)
def show_people(
    request: Request,
    response: Response,
    query: ViewerQuery,
    page: Annotated[Page, Depends(paged(str, UUID))],
    q: Annotated[str | None, Query(max_length=200, description="Part of a name, or an email address.")] = None,
    employer: Employer | None = None,
    file_format: Formatted = Format.JSON,
) -> PeopleAnswer | Response:
    """List people by name, without erased ones. CSV and XLSX contain all people unless a `limit` is given."""
    with query.state() as connection:
        rows = list_people(
            connection,
            limit=page.limit + 1,
            after=page.after,
            q=q,
            employer=employer,
            among=query.people(),
            made_by=query.caller.id,
        )
    items, cursor = page.cut(rows, lambda person: (person.name_key, person.id))
    link_next(request, response, cursor)
    answers = [person_answer(person) for person in items]
    if file_format is not Format.JSON:
        return table_of_items(
            file_format, "people", PersonAnswer, answers, response.headers, about_list(query, request, "people")
        )
    return PeopleAnswer(items=answers, next=cursor)


@router.get("/{person_id}", summary="Show a person", responses=refuses(404))
def show_person(person_id: PersonInPath, query: ViewerQuery, response: Response) -> PersonAnswer:
    """Return one person. An erased person has no name and no address."""
    answer = visible_person(person_id, query)
    response.headers["ETag"] = etag_of_content(answer)
    return answer


def visible_person(person_id: UUID, query: QueryContext) -> PersonAnswer:
    """A person who is visible to the caller. Raises `Problem` 404 for all others."""
    with query.state() as connection:
        row = find_person(connection, person_id)
    if row is None or not query.visible_people({person_id}):
        raise Problem(UNKNOWN_PERSON)
    return person_answer(row)


@router.patch("/{person_id}", response_model=PersonAnswer, summary="Change a person", responses=refuses(404, 412))
def patch_person(person_id: PersonInPath, body: PersonChangeBody, command: FirmAdminChange) -> Response:
    """Change the given fields; a null email removes the address."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}

    def change(connection: Connection) -> Reply:
        command.expected.check_tag(etag_of_content(person_answer(_find(connection, person_id))))
        now = command.context.now()
        change_person(connection, person_id, changes, at=now)
        detail = {"changed": sorted(changes)}
        audit(connection, command.caller, Act.PERSON_CHANGED, person_id, at=now, detail=detail)
        answer = person_answer(_find(connection, person_id))
        return Reply.of(200, answer, ETag=etag_of_content(answer))

    return command.change_state(change)


@router.delete(
    "/{person_id}",
    status_code=204,
    operation_id="erase_person",
    summary="Erase a person",
    responses=refuses(404, 409, 412),
)
def delete_person(person_id: PersonInPath, command: FirmAdminChange) -> Response:
    """Erase a person's personal data permanently. Records that name the person show "erased person" from then on."""

    def erase(connection: Connection) -> Reply:
        command.expected.check_tag(etag_of_content(person_answer(_find(connection, person_id))))
        now = command.context.now()
        with require_admin_remains(connection):
            erase_person(connection, person_id, at=now)
        audit(connection, command.caller, Act.PERSON_ERASED, person_id, at=now)
        return Reply(204, b"")

    return command.change_state(erase, command.settled)


def person_answer(person: Person) -> PersonAnswer:
    """A person as a response; of an erased person only the id and the time of the erasure remain."""
    return PersonAnswer(
        id=person.id,
        name=ERASED_NAME if person.name is None else person.name,
        email=person.email,
        employer=person.employer,
        erased_at=person.erased_at,
    )


def _find(connection: Connection, person_id: UUID) -> Person:
    person = find_person(connection, person_id)
    if person is None or person.erased_at is not None:
        raise Problem(UNKNOWN_PERSON)
    return person
