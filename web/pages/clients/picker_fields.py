"""Pickers for clients in forms and filters, searched by name.

The values of the fields are slugs, or ids where a client has no page: one that is retracted stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from domain.client import is_uuid
from domain.text import fold
from projections.clients import ClientRow, find_client
from web.bidi import isolate
from web.charts.wording import STRUCTURES, day_words
from web.components import Choice, Picked
from web.form_fields import FormField, Reads, Typed
from web.pages.clients.recent import offered_clients
from web.pages.filters import STATUSES
from web.pages.page_context import PageContext
from web.pages.picker import MAX_MATCHES, Matches, Source, look_up, with_values

FIND = "/clients.json"
OFF_RECORD = "A client that is no longer on record"

_NOTHING = "No client with this name. Check the spelling."
_SEVERAL = "Several clients have this name. Choose one."
_SIMILAR = "No client with exactly this name. Did you mean one of these?"


def with_clients(page: PageContext, form_fields: Iterable[FormField], typed: Typed) -> Typed:
    """The form with the clients of its pickers resolved."""
    source = Source(
        is_value=lambda text: is_uuid(text) or bool(clients_by_value(page, [text])),
        describe=partial(_named, page),
        search=partial(_matches, page),
        nothing=_NOTHING,
        several=_SEVERAL,
        similar=_SIMILAR,
    )
    picked: dict[str, Picked] = {}
    values: dict[str, list[str]] = {}
    for form_field in form_fields:
        if form_field.reads in (Reads.CLIENT, Reads.CLIENTS):
            values[form_field.name], shown = look_up(
                form_field, typed, source, takes_several=form_field.reads is Reads.CLIENTS
            )
            picked[form_field.name] = replace(shown, find=FIND)
    return with_values(typed, values, picked) if values else typed


def clients_matching(page: PageContext, text: str) -> tuple[Sequence[ClientRow], bool]:
    """The clients that match a text, the best first (without one the most recent), and whether there are more."""
    with page.snapshot() as snapshot:
        today = page.context.today()
        rows = offered_clients(snapshot, text, as_of=today, visible=page.visible, limit=MAX_MATCHES + 1)
    return rows[:MAX_MATCHES], len(rows) > MAX_MATCHES


def clients_by_value(page: PageContext, values: Iterable[str]) -> dict[str, ClientRow]:
    """The clients with these ids or slugs, by id or slug; unknown ones are left out."""
    today = page.context.today()
    with page.snapshot() as snapshot:
        rows = {value: find_client(snapshot, value, as_of=today, visible=page.visible) for value in values}
    return {value: row for value, row in rows.items() if row is not None}


def described_clients(clients: Iterable[ClientRow]) -> tuple[Choice, ...]:
    """Clients as choices, with structure or status, sector and registration date to tell namesakes apart."""
    return tuple(Choice(client.slug, client.name, about_client(client)) for client in clients)


def about_client(client: ClientRow) -> str:
    """What tells a client from its namesakes: structure or status, sector and registration date."""
    state = STRUCTURES[client.structure].name if client.structure else STATUSES[client.status]
    registered = f"on record since {day_words(client.registered_at.date())}"
    return " · ".join(part for part in (state, isolate(client.profile.sector or ""), registered) if part)


def _named(page: PageContext, values: Iterable[str]) -> tuple[Choice, ...]:
    unique_values = list(dict.fromkeys(values))
    rows = clients_by_value(page, unique_values)
    return tuple(
        replace(described_clients([rows[value]])[0], value=value) if value in rows else Choice(value, OFF_RECORD)
        for value in unique_values
    )


def _matches(page: PageContext, text: str) -> Matches:
    clients, more = clients_matching(page, text)
    exact = [client for client in clients if fold(client.name) == fold(text) or client.slug == text]
    return Matches(described_clients(exact), described_clients(clients), more)
