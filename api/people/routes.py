"""People: kept with their names, erased for good when asked."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import ConfigDict, Field
from sqlalchemy import Connection
from starlette.requests import Request

from api.auth.last_admin import require_admin_remains
from api.commands import GoverningChange, RecordingNew
from api.http.etags import etag_of_content
from api.http.formats import TABLES, Format, Formatted, table_of_items
from api.http.openapi import refuses
from api.http.paging import Page, link_next, paged
from api.http.path_parameters import PersonInPath
from api.http.problems import UNKNOWN_PERSON, Problem
from api.people.erasure import erase_person
from api.queries import QueryContext, Reading
from api.replies import Reply
from api.reports.files import about_list
from api.schemas.scalars import Answer, Body, Email, Id, Instant, Name, without_default
from api.state.audit import Act, audit
from api.state.people import ERASED, Employer, Person, add_person, change_person, find_person, list_people

router = APIRouter(prefix="/people", tags=["people"])


class PersonBody(Body):
    """Somebody to be kept."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Dana Whitfield", "email": "dana@example.org", "employer": "firm"}]}
    )
    name: Name
    email: Email | None = None
    employer: Employer


class PersonChangeBody(Body):
    """What changes about somebody; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "dana.whitfield@example.org"}]})
    name: Name = Field(default="", json_schema_extra=without_default)
    email: Email | None = None
    employer: Employer = Field(default=Employer.FIRM, json_schema_extra=without_default)


class PersonAnswer(Answer):
    """Somebody who holds seats, leads engagements or logs milestones."""

    id: Id
    name: str
    email: str | None
    employer: Employer
    erased_at: Instant | None


class PeopleAnswer(Answer):
    """A page of people by name."""

    items: list[PersonAnswer]
    next: str | None


@router.post("", status_code=201, response_model=PersonAnswer, summary="Keep a person")
def create_person(body: PersonBody, write: RecordingNew) -> Response:
    """Keep somebody's name and address; events hold the id alone."""
    person = Person(write.context.new_id(), body.name, body.email, body.employer)

    def add(connection: Connection) -> Reply:
        now = write.context.now()
        add_person(connection, person, made_by=write.caller.id, made_at=now)
        audit(connection, write.caller, Act.PERSON_KEPT, person.id, at=now)
        answer = person_answer(person)
        return Reply.of(201, answer, Location=f"/api/v1/people/{person.id}", ETag=etag_of_content(answer))

    return write.change_state(add)


@router.get("", response_model=PeopleAnswer, operation_id="list_people", summary="List people", responses=TABLES)
def show_people(
    request: Request,
    response: Response,
    read: Reading,
    page: Annotated[Page, Depends(paged(str, UUID))],
    q: Annotated[str | None, Query(max_length=200, description="Part of a name, or an address.")] = None,
    employer: Employer | None = None,
    written: Formatted = Format.JSON,
) -> PeopleAnswer | Response:
    """People by name; whoever was erased is left out. A table has all of them unless a `limit` is given."""
    with read.kept() as connection:
        found = list_people(
            connection,
            limit=page.limit + 1,
            after=page.after,
            q=q,
            employer=employer,
            among=read.people(),
            made_by=read.caller.id,
        )
    items, cursor = page.cut(found, lambda person: (person.name_key, person.id))
    link_next(request, response, cursor)
    answers = [person_answer(person) for person in items]
    if written is not Format.JSON:
        return table_of_items(
            written, "people", PersonAnswer, answers, response.headers, about_list(read, request, "people")
        )
    return PeopleAnswer(items=answers, next=cursor)


@router.get("/{person_id}", summary="Show a person", responses=refuses(404))
def show_person(person: PersonInPath, read: Reading, response: Response) -> PersonAnswer:
    """One person; of an erased one only that there was one."""
    answer = person_seen(person, read)
    response.headers["ETag"] = etag_of_content(answer)
    return answer


def person_seen(person: UUID, read: QueryContext) -> PersonAnswer:
    """A person who exists for the caller; refuses (404) every other."""
    with read.kept() as connection:
        row = find_person(connection, person)
    if row is None or not read.acquainted({person}):
        raise Problem(UNKNOWN_PERSON)
    return person_answer(row)


@router.patch("/{person_id}", response_model=PersonAnswer, summary="Change a person", responses=refuses(404, 412))
def patch_person(person: PersonInPath, body: PersonChangeBody, write: GoverningChange) -> Response:
    """Change what is named; a null address is taken away."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}

    def change(connection: Connection) -> Reply:
        write.expected.check_tag(etag_of_content(person_answer(_find(connection, person))))
        now = write.context.now()
        change_person(connection, person, changes, at=now)
        detail = {"changed": sorted(changes)}
        audit(connection, write.caller, Act.PERSON_CHANGED, person, at=now, detail=detail)
        answer = person_answer(_find(connection, person))
        return Reply.of(200, answer, ETag=etag_of_content(answer))

    return write.change_state(change)


@router.delete(
    "/{person_id}",
    status_code=204,
    operation_id="erase_person",
    summary="Erase a person",
    responses=refuses(404, 409, 412),
)
def delete_person(person: PersonInPath, write: GoverningChange) -> Response:
    """Erase somebody's personal data for good; what was recorded names an erased person from now on."""

    def erase(connection: Connection) -> Reply:
        write.expected.check_tag(etag_of_content(person_answer(_find(connection, person))))
        now = write.context.now()
        with require_admin_remains(connection):
            erase_person(connection, person, at=now)
        audit(connection, write.caller, Act.PERSON_ERASED, person, at=now)
        return Reply(204, b"")

    return write.change_state(erase)


def person_answer(person: Person) -> PersonAnswer:
    """Somebody, or what is left of them."""
    return PersonAnswer(
        id=person.id,
        name=ERASED if person.name is None else person.name,
        email=person.email,
        employer=person.employer,
        erased_at=person.erased_at,
    )


def _find(connection: Connection, person_id: UUID) -> Person:
    person = find_person(connection, person_id)
    if person is None or person.erased_at is not None:
        raise Problem(UNKNOWN_PERSON)
    return person
