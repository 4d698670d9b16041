"""People and clients in the filters of lists and reports: found by typing, with an address that holds only values."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import RedirectResponse, Response

from web.components import Field
from web.form_fields import FormField, Reads, Typed
from web.pages.clients.picker_fields import with_clients
from web.pages.page_context import PageContext
from web.pages.people.picker_fields import with_people
from web.pages.picker import NAME, PICK, STANDS_FOR
from web.pages.urls import address

_BLANK = {Reads.PERSON: "Anyone", Reads.CLIENT: "All clients"}
LED_BY, HELD_BY = {"practice_lead": "Practice lead"}, {"holder": "Seat held by"}


def people_filters(
    page: PageContext, labels: Mapping[str, str], clients: Mapping[str, str] = MappingProxyType({})
) -> tuple[Mapping[str, Field], Response | None]:
    """The fields of filters that take a person or a client, by name, and the shorter address where there is one.

    `labels` are the labels of those that take a person, `clients` of those that take a client.

    A form sends a name along with every id. The page's own address has the id alone, or, where a name does not mean
    exactly one person, the name alone; then nothing is filtered by it and the field asks which person to use.
    """
    asks = [FormField(name, label, Reads.PERSON, is_addable=False) for name, label in labels.items()]
    asks += [FormField(name, label, Reads.CLIENT) for name, label in clients.items()]
    params = list(page.request.query_params.multi_items())
    typed = with_clients(page, asks, with_people(page, asks, Typed(params)))
    fields = {
        ask.name: ask.field(typed.of(ask), picked=typed.picked[ask.name], blank=_BLANK[ask.reads]) for ask in asks
    }
    sent = {ask.name + suffix for ask in asks for suffix in ("", NAME, STANDS_FOR, PICK)}
    ids = [(ask.name, typed.of(ask)) for ask in asks]
    unclear = [(name + NAME, typed.picked[name].text) for name, _ in typed.unclear()]
    others = [(name, text) for name, text in params if name not in sent and text]
    shortest = address(page.request.url.path, others, ids, unclear)
    has_names = any(name.endswith((NAME, STANDS_FOR, PICK)) for name, _ in params)
    now = address(page.request.url.path, params)
    return fields, RedirectResponse(shortest, 303) if has_names and shortest != now else None
