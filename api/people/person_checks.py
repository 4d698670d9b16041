"""Checks that every person a milestone refers to exists and is visible to the caller."""

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
    context: AppContext, caller: Caller, *details_by_path: tuple[str, Details], current: Collection[UUID] = ()
) -> None:
    """Raise `Problem` 422 for each field that names a person who is unknown or not visible to the caller.

    `details_by_path` pairs each field path with its details. `current` holds the people that the milestone already
    refers to: they may stay, even if erased.
    """
    fields = [
        (field, person)
        for path, details in details_by_path
        for field, person in people_named(details.kind, details_to_json(details), path)
        if person not in current
    ]
    if not fields:
        return
    people = {person for _, person in fields}
    if unknown := people - QueryContext(context, caller, None).visible_people(people - _unknown(context, people)):
        raise invalid(
            *((field, "must be the id of an existing person") for field, person in fields if person in unknown)
        )


def are_known_in_cache(context: AppContext, caller: Caller, details: Details) -> bool:
    """Whether `check_people` needs no database access: the people are cached, and the caller sees all clients."""
    mark = context.log.state_version()
    return caller.visible is None and all(
        context.person_cache.get(mark, person) for _, person in people_named(details.kind, details_to_json(details))
    )


def _unknown(context: AppContext, people: Collection[UUID]) -> frozenset[UUID]:
    mark = context.log.state_version()
    uncached = [person for person in people if not context.person_cache.get(mark, person)]
    if not uncached:
        return frozenset()
    with context.log.engine.connect() as connection:
        unknown = frozenset(unknown_people(connection, uncached))
    for person in uncached:
        if person not in unknown:
            context.person_cache.put(mark, person, True)
    return unknown
