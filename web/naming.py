"""Looks up the names of people for a query."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from api.queries import QueryContext
from api.state.people import names_of
from web.kinds.page import UNNAMED, Naming


def naming_in(queries: QueryContext, people: Collection[UUID]) -> Naming:
    """A lookup of the names of these people."""
    with queries.state() as connection:
        names = names_of(connection, people)
    return lambda person: names.get(person, UNNAMED)
