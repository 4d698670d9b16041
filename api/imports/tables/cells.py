"""Writes a milestone as the cells of a row, which the reader of tables reads as the same milestone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from api.imports.tables.columns import FUNCTIONS, PROFILE
from api.imports.tables.values import UNKNOWN, quoted_word
from domain.field_types import FieldSpec, FieldType, field_specs
from domain.milestones import DETAILS, Kind
from domain.profile import PROFILE_FIELDS
from domain.seats import Function, Hours, Money, SeatTerms, SeatWithFunctions

NameOf = Callable[[str], str]


def cells_of(kind: Kind, details: Mapping[str, Any], person: NameOf = str, assessment: NameOf = str) -> dict[str, str]:
    """The cells of a milestone's details by column. `person` and `assessment` say how an id is written."""
    specs = {spec.name: spec for spec in field_specs(DETAILS[kind])}
    return {
        column: text
        for name, value in details.items()
        if name in specs
        for column, text in _cells(specs[name], name, value, (person, assessment))
    }


def profile_cells(profile: Mapping[str, Any]) -> dict[str, str]:
    """The cells of a profile by column; a null is written out."""
    return {
        column: text
        for name, value in profile.items()
        for column, text in (
            [(f"{PROFILE}{name}", UNKNOWN)]
            if value is None
            else _cells(PROFILE_FIELDS[name], f"{PROFILE}{name}", value, (str, str))
        )
    }


def _cells(spec: FieldSpec, path: str, value: Any, names: tuple[NameOf, NameOf]) -> Iterator[tuple[str, str]]:
    if value is None:
        if spec.may_be_kept:
            yield path, UNKNOWN
    elif spec.value in (SeatWithFunctions, SeatTerms):
        for seat in value if spec.is_list else (value,):
            yield from _seat(_place_of(seat) if spec.is_list else path, seat, names)
    elif spec.value is Money:
        yield path, f"{value['amount']} {value['currency']}"
    elif spec.value is Hours:
        yield from ((f"{path}.{name}", str(hours)) for name, hours in value.items() if hours is not None)
    elif spec.type is FieldType.ANSWERS:
        yield path, json.dumps(value, ensure_ascii=False)
    elif spec.type is not FieldType.VERDICTS:
        yield path, _text(spec, value, names)


def _place_of(seat: Mapping[str, Any]) -> str:
    """The columns of a seat in a list: those of its one function, or of a seat with the functions given."""
    functions = seat[FUNCTIONS]
    return str(functions[0]) if len(functions) == 1 else "seat"


def _seat(place: str, seat: Mapping[str, Any], names: tuple[NameOf, NameOf]) -> Iterator[tuple[str, str]]:
    if place == "seat" and FUNCTIONS in seat:
        yield FUNCTIONS, "+".join(seat[FUNCTIONS])
    for spec in field_specs(SeatTerms):
        if spec.name in seat:
            yield from _cells(spec, f"{place}.{spec.name}", seat[spec.name], names)


def _text(spec: FieldSpec, value: Any, names: tuple[NameOf, NameOf]) -> str:
    if isinstance(value, list | tuple):
        if spec.value is Function:
            return "+".join(value)
        return list_text([_text_of_one(spec, item, names) for item in value])
    return _text_of_one(spec, value, names)


def _text_of_one(spec: FieldSpec, value: Any, names: tuple[NameOf, NameOf]) -> str:
    match spec.type:
        case FieldType.PERSON:
            return names[0](str(value))
        case FieldType.ASSESSMENT:
            return names[1](str(value))
        case _ if isinstance(value, bool):
            return "yes" if value else "no"
        case _ if spec.value is str:
            return quoted_word(str(value))
        case _:
            return str(value)


def list_text(items: list[str]) -> str:
    """A list in one cell: separated by semicolons, or as JSON where an item has one itself."""
    if any(";" in item or item != item.strip() for item in items) or (items and items[0].startswith("[")):
        return json.dumps(items, ensure_ascii=False)
    return "; ".join(items)
