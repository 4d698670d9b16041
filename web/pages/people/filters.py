"""Filters for people and clients that are searched by name; URLs contain only their ids or slugs."""

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
    form_fields = [FormField(name, label, Reads.PERSON, is_addable=False) for name, label in labels.items()]
    form_fields += [FormField(name, label, Reads.CLIENT) for name, label in clients.items()]
    params = list(page.request.query_params.multi_items())
    typed = with_clients(page, form_fields, with_people(page, form_fields, Typed(params)))
    fields = {
        form_field.name: form_field.field(
            typed.of(form_field), picked=typed.picked[form_field.name], blank=_BLANK[form_field.reads]
        )
        for form_field in form_fields
    }
    sent = {form_field.name + suffix for form_field in form_fields for suffix in ("", NAME, STANDS_FOR, PICK)}
    ids = [(form_field.name, typed.of(form_field)) for form_field in form_fields]
    unclear = [(name + NAME, typed.picked[name].text) for name, _ in typed.unclear()]
    others = [(name, text) for name, text in params if name not in sent and text]
    shortest = address(page.request.url.path, others, ids, unclear)
    has_names = any(name.endswith((NAME, STANDS_FOR, PICK)) for name, _ in params)
    now = address(page.request.url.path, params)
    return fields, RedirectResponse(shortest, 303) if has_names and shortest != now else None
