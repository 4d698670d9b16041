"""Shared parts of the settings pages: their tabs, and the fields for roles and client limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from api.auth.access import Door
from api.http.problems import Problem, invalid
from domain.text import key_of_name
from web.components import Choice, Link
from web.form_fields import FormField, Reads, Typed
from web.pages.clients.picker_fields import clients_by_value
from web.pages.form_submit import validated
from web.pages.page_context import PageContext
from web.pages.urls import client_address

Shape = TypeVar("Shape", bound=BaseModel)

ROLE = FormField(
    "role",
    "Role",
    Reads.CHOICE,
    required=True,
    choices=(
        Choice("viewer", "Viewer", "Can see everything"),
        Choice("recorder", "Recorder", "Can also log milestones"),
        Choice("admin", "Admin", "Can also manage people, users, keys and imports"),
    ),
    preset="viewer",
)
ALL, SOME = "all", "some"
SCOPE = FormField(
    "scope",
    "Clients",
    Reads.CHOICE,
    required=True,
    choices=(Choice(ALL, "All clients"), Choice(SOME, "Only the clients below")),
    preset=ALL,
)
CLIENTS = FormField("clients", "Only these clients", Reads.CLIENTS, hint="Type part of a name.")
LIMIT = (SCOPE, CLIENTS)


def limited(content: Mapping[str, Any], standing: Collection[UUID] | None = None) -> dict[str, Any]:
    """The content of a form with the fields `LIMIT`, with `clients` as the API expects it: null for all.

    Raises `Problem` 422 where the choice and the clients contradict each other, so that no limit is widened or
    narrowed by mistake. `standing` is the current limit, which may hold no clients. A form without the choice leaves
    the limit unchanged unless it names clients.
    """
    rest = {name: value for name, value in content.items() if name not in (SCOPE.name, CLIENTS.name)}
    clients = content.get(CLIENTS.name, [])
    match content.get(SCOPE.name, SOME if clients else None):
        case None:
            return rest
        case "all" if clients:
            raise invalid((SCOPE.name, "Choose “Only the clients below”, or remove the clients"))
        case "all":
            return {**rest, CLIENTS.name: None}
        case "some" if clients or standing == frozenset():
            return {**rest, CLIENTS.name: clients}
        case "some":
            raise invalid((CLIENTS.name, "Choose at least one client"))
        case _:
            raise invalid((SCOPE.name, "Choose all clients or only some"))


def limited_body(
    shape: type[Shape],
    content: Mapping[str, Any],
    typed: Typed,
    *,
    standing: Collection[UUID] | None = None,
    faults: Sequence[tuple[str, str]] = (),
) -> Shape:
    """The request body of the API from the content of a form with the fields `LIMIT`.

    Raises `Problem` 422 naming every field that is not valid, those of `faults` and of ambiguous names as well.
    """
    unread = [*typed.unclear(), *faults]
    try:
        content = limited(content, standing)
    except Problem as problem:
        unread += problem.errors
        content = {name: value for name, value in content.items() if name not in (SCOPE.name, CLIENTS.name)}
    return validated(shape, content, unread)


def limit_as_typed(clients: Collection[UUID] | None) -> list[tuple[str, str]]:
    """The form values of a client limit."""
    return [(SCOPE.name, ALL if clients is None else SOME), *((CLIENTS.name, str(client)) for client in clients or ())]


def places(page: PageContext, here: str) -> list[tuple[str, str, bool]]:
    """The settings pages that the caller may see: label, URL, and whether it is the current one."""
    sections = [("General", "/settings")]
    if page.caller.door is Door.SESSION:
        sections.append(("Your account", "/settings/account"))
    if page.governs:
        sections += [("Users", "/settings/users"), ("API keys", "/settings/keys")]
    if page.is_admin:
        sections.append(("Share links", "/settings/share-links"))
    sections.append(("Calendar links", "/settings/calendar-links"))
    if page.is_admin:
        sections.append(("Webhooks", "/settings/webhooks"))
    if page.governs:
        sections.append(("Audit", "/settings/audit"))
    return [(words, href, href == here) for words, href in sections]


def clients_of_limit(page: PageContext, clients: Collection[UUID] | None) -> list[Link]:
    """Links to the clients in a limit, by name, without retracted ones; empty without a limit."""
    rows = clients_by_value(page, map(str, clients or ()))
    ordered = sorted(rows.values(), key=lambda row: (key_of_name(row.name), row.id))
    return [Link(row.name, client_address(row.slug)) for row in ordered]
