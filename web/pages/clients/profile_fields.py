"""The form fields of a profile, made from the types of its fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.field_types import FieldType
from domain.profile import PROFILE_FIELDS
from domain.seats import Money
from web.components import Choice
from web.form_fields import FormField, Reads
from web.forms import words_of

_NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}
_CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+", re.ASCII)
_STAGES = ("bootstrapped", "pre-seed", "seed", "series A", "series B", "series C", "later", "public")


@dataclass(frozen=True, slots=True)
class ProfileText:
    """The label and the suggestions of a profile field."""

    label: str
    proposals: tuple[str, ...] = ()


PROFILE_TEXTS: Mapping[str, ProfileText] = {
    "sector": ProfileText("Sector"),
    "headcount": ProfileText("People"),
    "engineers": ProfileText("Engineers"),
    "products": ProfileText("Products"),
    "annual_revenue": ProfileText("Revenue a year"),
    "ai_spend": ProfileText("AI spend a year"),
    "ai_people": ProfileText("People on AI"),
    "ai_initiatives": ProfileText("AI initiatives"),
    "funding_stage": ProfileText("Funding stage", _STAGES),
    "regulated": ProfileText("Regulated"),
}
"""The wording of every field of a profile."""

PROFILE_LABELS: Mapping[str, str] = {name: PROFILE_TEXTS[name].label for name in PROFILE_FIELDS}
"""The labels of the fields of a profile, in their order."""


def profile_form_fields(prefix: str) -> tuple[FormField, ...]:
    """The fields of a form for a profile; their names begin with `prefix`."""
    return tuple(form_field for name in PROFILE_FIELDS for form_field in _form_fields(name, f"{prefix}{name}"))


def _form_fields(name: str, path: str) -> tuple[FormField, ...]:
    spec, text = PROFILE_FIELDS[name], PROFILE_TEXTS[name]
    if spec.value is Money:
        return (
            FormField(f"{path}.amount", text.label, Reads.AMOUNT, options=_NUMERIC, row=path),
            FormField(f"{path}.currency", "Currency", Reads.CURRENCY, options={"maxlength": "3"}, row=path),
        )
    if spec.type is FieldType.COUNT:
        return (FormField(path, text.label, Reads.NUMBER, options=_NUMERIC),)
    if spec.value is bool:
        return (FormField(path, text.label, Reads.CHOICE, choices=(Choice("true", "Yes"), Choice("false", "No"))),)
    return (FormField(path, text.label, proposals=text.proposals),)


def profile_values(content: Mapping[str, Any]) -> dict[str, Any]:
    """A form's profile as JSON, with typed counts and booleans."""
    return {name: _value(name, value) for name, value in content.items()}


def shown_value(value: Any) -> Any:
    """A value as the form shows it: codes such as `series_a` in words, all else as it is on record."""
    return words_of(value) if isinstance(value, str) and _CODE.fullmatch(value) else value


def is_unchanged(before: Any, typed: Any) -> bool:
    """Whether the form still holds what it showed of a recorded value."""
    return typed == before or (before is not None and typed == shown_value(before))


def _value(name: str, value: Any) -> Any:
    spec = PROFILE_FIELDS.get(name)
    if spec is not None and spec.type is FieldType.COUNT and isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if spec is not None and spec.value is bool:
        return value == "true"
    return value
