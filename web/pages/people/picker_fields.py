"""Pickers for people in forms: searched by name, with details that tell namesakes apart.

The values of the fields are ids (see `web.pages.picker`): people who are erased or not visible to the caller stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from api.http.problems import Problem
from api.people.routes import PersonBody, create_person
from api.state.addresses import email_key
from api.state.people import Employer, Person
from api.state.people_search import find_people, people_of
from api.state.roles import Role
from domain.client import is_uuid
from domain.text import fold
from projections.seat_holders import clients_by_holder
from web.bidi import isolate
from web.components import Choice, Picked
from web.form_fields import FormField, Reads, Typed
from web.pages.form_submit import response_body, validated, writer_of
from web.pages.page_context import PageContext
from web.pages.picker import MAX_MATCHES, NAME, Matches, Source, look_up, with_values
from web.pages.urls import address

ADD = "add"

_NOBODY = "No person with this name."
_ADD = " Check the spelling, or add the person."
_SEVERAL = "Several people have this name. Choose one."
_SIMILAR = "No person with exactly this name. Did you mean one of these?"


def with_people(
    page: PageContext,
    form_fields: Iterable[FormField],
    typed: Typed,
    *,
    standing: Collection[UUID] = (),
    client: str = "",
) -> Typed:
    """The form with the people of its pickers resolved.

    `standing` are people named in the record that the form changes; the caller may see them for that reason.
    `client` is the slug of the client whose people are offered first.
    """
    fields = [form_field for form_field in form_fields if form_field.reads in (Reads.PERSON, Reads.PEOPLE)]
    if not fields:
        return typed
    picked: dict[str, Picked] = {}
    values: dict[str, list[str]] = {}
    for form_field in fields:
        values[form_field.name], picked[form_field.name] = _look_up(page, form_field, typed, frozenset(standing))
        people = picked[form_field.name].people
        offered = [one for one in form_field.choices if one.value not in {person.value for person in people}]
        can_add = "" if form_field.is_addable else "no"
        find = address("/people.json", client=client, add=can_add)
        picked[form_field.name] = replace(picked[form_field.name], people=(*people, *offered), find=find)
    return with_values(typed, values, picked, (ADD,))


def wants_person(typed: Typed) -> bool:
    """Whether the form was sent to add a person, not to record."""
    return typed.has(ADD)


def people_matching(page: PageContext, text: str, limit: int = MAX_MATCHES) -> tuple[Sequence[Person], bool]:
    """The people that match a text, the best first, and whether there are more."""
    with page.queries.state() as connection:
        people = find_people(connection, text, limit=limit + 1, among=page.queries.people(), made_by=page.caller.id)
    return people[:limit], len(people) > limit


def people_by_id(page: PageContext, ids: Sequence[UUID]) -> list[Person]:
    """People by their ids, in that order; erased and unknown ids are left out."""
    with page.queries.state() as connection:
        on_record = people_of(connection, ids)
    return [on_record[person] for person in ids if person in on_record and on_record[person].name is not None]


def described(page: PageContext, people: Sequence[Person]) -> tuple[Choice, ...]:
    """People as choices, with employer, clients of today and email to tell namesakes apart."""
    with page.snapshot() as snapshot:
        clients = clients_by_holder(
            snapshot, {person.id for person in people}, as_of=page.context.today(), visible=page.visible
        )
    return tuple(
        Choice(str(person.id), person.name or "", _about(person, clients.get(person.id, ()))) for person in people
    )


def _about(person: Person, clients: Sequence[str]) -> str:
    places = ", ".join(map(isolate, clients[:2])) + (f" and {len(clients) - 2} more" if len(clients) > 2 else "")
    employer = "Employed by us" if person.employer is Employer.FIRM else "Employed by a client"
    return " · ".join(part for part in (employer, places, person.email or "") if part)


def _look_up(
    page: PageContext, form_field: FormField, typed: Typed, standing: frozenset[UUID]
) -> tuple[list[str], Picked]:
    takes_several = form_field.reads is Reads.PEOPLE
    text = " ".join(typed.text(form_field.name + NAME).split())
    if added := _added(page, form_field, typed, text):
        people = described(page, [added])
        if takes_several:
            ids = typed.of(form_field).split()
            return [*ids, str(added.id)], Picked((*_named(page, ids, standing), *people), is_new=True)
        return [str(added.id)], Picked(people, added.name or "", added.name or "", is_new=True)
    is_addable = page.may_record and form_field.is_addable
    source = Source(
        is_value=is_uuid,
        describe=lambda ids: _named(page, ids, standing),
        search=lambda text: _matches(page, text),
        nothing=_NOBODY + (_ADD if is_addable else ""),
        several=_SEVERAL,
        similar=_SIMILAR,
        addable=is_addable,
    )
    return look_up(form_field, typed, source, takes_several=takes_several)


def _matches(page: PageContext, text: str) -> Matches:
    people, more = people_matching(page, text)
    exact = [person for person in people if _is_meant(person, text)]
    return Matches(described(page, exact), described(page, people), more)


def _is_meant(person: Person, text: str) -> bool:
    """Whether a text is a person's full name after folding, or their email address."""
    if person.email is not None and email_key(person.email) == email_key(text):
        return True
    return person.name is not None and fold(person.name) == fold(text)


def _named(page: PageContext, ids: Iterable[str], standing: frozenset[UUID]) -> tuple[Choice, ...]:
    """People by their ids; people the caller may not see get a placeholder."""
    people = [UUID(text) for text in ids if is_uuid(text)]
    visible = standing | page.queries.visible_people([person for person in people if person not in standing])
    shown = [person for person in people if person in visible]
    labels = {choice.value: choice for choice in described(page, people_by_id(page, shown))}
    naming = page.naming(shown)
    return tuple(labels.get(str(person), Choice(str(person), naming(person))) for person in people)


def _added(page: PageContext, form_field: FormField, typed: Typed, text: str) -> Person | None:
    """The person added with the form's button; `add` holds the field's name and the employer."""
    name, _, employer = typed.text(ADD).rpartition(":")
    if name != form_field.name or not text or employer not in set(Employer) or not page.caller.may(Role.RECORDER):
        return None
    try:
        body = validated(PersonBody, {"name": text, "employer": employer})
        made = response_body(create_person(body, writer_of(page, Typed([*typed.pairs(), (NAME, form_field.name)]))))
    except Problem as problem:
        if problem.status_code not in (409, 422):
            raise
        return None
    return Person(UUID(made["id"]), made["name"], made["email"], Employer(made["employer"]))
