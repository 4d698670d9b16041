"""Undoing what is no milestone: the address of a form that is filled in with what held before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.requests import Request

from web.form_fields import FormField, Typed
from web.pages.urls import address

RESET = "default:"
"""Begins the value of the button that sets one field of a form to its default."""
_NAMES = "undo"


def undo_address(path: str, before: Mapping[str, str], **query: object) -> str:
    """A form filled in with the values that some of its fields had before; an empty text empties the field."""
    return address(path, query, before, {_NAMES: " ".join(before)})


def changed_back(path: str, before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """`undo_address` for the values that differ; empty if none does."""
    changed = {name: text for name, text in before.items() if text != now.get(name)}
    return undo_address(path, changed) if changed else ""


def filled_in(request: Request, form_fields: Iterable[FormField], current: Typed) -> Typed:
    """The current values of a form, with those that its address (see `undo_address`) names instead."""
    names = set(request.query_params.get(_NAMES, "").split()) & {form_field.name for form_field in form_fields}
    others = [(name, text) for name, text in current.pairs() if name not in names]
    return Typed([*others, *((name, request.query_params.get(name, "")) for name in sorted(names))])


def reset_to_default(form_fields: Iterable[FormField], typed: Typed) -> Typed | None:
    """The submitted form with the default of the field whose button was pressed; null for any other button."""
    pressed = typed.text("do")
    defaults = {RESET + one.name: (one.name, one.default.value) for one in form_fields if one.default is not None}
    if pressed not in defaults:
        return None
    name, value = defaults[pressed]
    return Typed([*((other, text) for other, text in typed.pairs() if other != name), (name, value)])
