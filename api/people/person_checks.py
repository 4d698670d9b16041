"""Whom somebody may name: whoever a milestone names is a known person, and known to who writes it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from api.auth.access import Caller
from api.context import AppContext
from api.http.problems import invalid
from api.queries import QueryContext
from api.state.people import unknown_people
from domain.milestones import Details
from projections.details_json import details_to_json, people_named


def check_people(
    context: AppContext, caller: Caller, *named: tuple[str, Details], standing: Collection[UUID] = ()
) -> None:
    """Refuse (422, naming the field) details that name nobody whom the caller may know.

    Each comes with the field it was sent in. `standing` are people whom a milestone names already: they may stay,
    erased or not.
    """
    fields = [
        (field, person)
        for path, details in named
        for field, person in people_named(details.kind, details_to_json(details), path)
        if person not in standing
    ]
    if not fields:
        return
    people = {person for _, person in fields}
    if unknown := people - QueryContext(context, caller, None).acquainted(people - _unknown(context, people)):
        raise invalid(*((field, "must be the id of a known person") for field, person in fields if person in unknown))


def are_known_in_cache(context: AppContext, caller: Caller, details: Details) -> bool:
    """Whether `check_people` has nothing to read: it knows whom the details name, and the caller sees all."""
    mark = context.log.state_version()
    return caller.visible is None and all(
        context.people_read.find(mark, person) for _, person in people_named(details.kind, details_to_json(details))
    )


def _unknown(context: AppContext, people: Collection[UUID]) -> frozenset[UUID]:
    mark = context.log.state_version()
    asked = [person for person in people if not context.people_read.find(mark, person)]
    if not asked:
        return frozenset()
    with context.log.engine.connect() as connection:
        unknown = frozenset(unknown_people(connection, asked))
    for person in asked:
        if person not in unknown:
            context.people_read.keep(mark, person, True)
    return unknown
