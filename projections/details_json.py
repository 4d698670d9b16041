"""The JSON form of a milestone's details.

Ids and dates are strings, hours and measurements are numbers, and money is `{"amount": "8500.00", "currency": "USD"}`.
Null fields are included; unchanged terms (`KEEP`), and functions without agreed hours, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import EnumMeta
from typing import Any, TypeVar, cast
from uuid import UUID

from domain.currencies import in_currency
from domain.field_types import field_specs, people_in_json
from domain.milestones import DETAILS, KEEP, Details, Kind
from domain.seats import BOTH, Hours, Money, SeatTerms, SeatWithFunctions
from projections.log.payloads import details_reader

D = TypeVar("D", bound=Details)

REQUIRED_FIELDS: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(spec.name for spec in field_specs(details) if spec.is_required) for kind, details in DETAILS.items()
}
"""The names of the fields of each kind that have no default."""


def details_to_json(details: Details | SeatTerms) -> dict[str, object]:
    """The fields of a milestone's details, or of a seat's terms, in their order."""
    return _of_fields(details)


def money_to_json(money: Money) -> dict[str, object]:
    """Money, with the amount as a string with the decimals of its currency."""
    return {"amount": f"{in_currency(money.amount, money.currency):f}", "currency": money.currency}


def number_to_json(number: Decimal) -> int | float:
    """An integer if the number is whole, or else a float."""
    return int(number) if number == number.to_integral_value() else float(number)


def hours_to_json(hours: Hours) -> dict[str, object]:
    """Agreed hours a month, by function."""
    agreed = ((function, hours.of(function)) for function in BOTH)
    return {str(function): number_to_json(number) for function, number in agreed if number is not None}


def details_from_json(details: type[D], content: Mapping[str, object]) -> D:
    """The details that `details_to_json` wrote. Fields that are missing have their defaults."""
    _, _, read = details_reader(details.kind)
    return cast(D, read(content))


def people_named(kind: Kind, details: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, UUID]]:
    """The people that a milestone's details name, each with the dotted path of the field, below `path`."""
    return people_in_json(DETAILS[kind], details, path)


def _of_fields(value_object: Any) -> dict[str, object]:
    state: dict[str, object] = {}
    for name in _NAMES[type(value_object)]:
        value = getattr(value_object, name)
        if value is None:
            state[name] = None
        elif value is not KEEP:
            state[name] = _shape(value)
    return state


def _shape(value: Any) -> object:
    shape = _SHAPES.get(type(value))
    # booleans, and answers, which are already JSON
    return value if shape is None else shape(value)


def _list(values: tuple[Any, ...]) -> list[object]:
    return [_shape(value) for value in values]


_SHAPED: tuple[type[Any], ...] = (*DETAILS.values(), SeatTerms, SeatWithFunctions)
_NAMES = {kind: tuple(spec.name for spec in field_specs(kind)) for kind in _SHAPED}
_ENUMS = {spec.value for kind in _SHAPED for spec in field_specs(kind) if isinstance(spec.value, EnumMeta)}

_SHAPES: Mapping[type, Callable[[Any], object]] = {
    **dict.fromkeys((UUID, str, *_ENUMS), str),
    date: date.isoformat,
    Decimal: number_to_json,
    Money: money_to_json,
    Hours: hours_to_json,
    tuple: _list,
    SeatTerms: _of_fields,
    SeatWithFunctions: _of_fields,
}
