"""Types of milestone and profile fields, from which checks, JSON, forms and redaction are derived."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin, get_type_hints
from uuid import UUID


class FieldType(Enum):
    """The meaning of a field, where its Python type is not specific enough."""

    NAME = auto()
    LABEL = auto()
    UNIT = auto()
    SLUG = auto()
    SIGN = auto()
    STANDING_SIGN = auto()
    MONTH = auto()
    LINE = auto()
    REASON = auto()
    TEXT = auto()
    PERSON = auto()
    ASSESSMENT = auto()
    ANSWERS = auto()
    VERDICTS = auto()
    WORKED_HOURS = auto()
    MEASURE = auto()
    AMOUNT = auto()
    CURRENCY = auto()
    AGREED_HOURS = auto()
    COUNT = auto()
    FACT = auto()

    @property
    def is_free_text(self) -> bool:
        """Whether it holds free text, which share links without notes hide."""
        return self in (FieldType.LINE, FieldType.REASON, FieldType.TEXT)


Name: TypeAlias = Annotated[str, FieldType.NAME]
"""The name of an engagement."""
Label: TypeAlias = Annotated[str, FieldType.LABEL]
"""A one-line label, for example of an initiative or a metric."""
Unit: TypeAlias = Annotated[str, FieldType.UNIT]
"""The unit of the neighbouring measures. If it is a currency, the measures are money."""
Slug: TypeAlias = Annotated[str, FieldType.SLUG]
"""Lower-case letters, digits and underscores."""
Sign: TypeAlias = Annotated[str, FieldType.SIGN]
"""The id of a named sign, or a slug."""
StandingSign: TypeAlias = Annotated[str, FieldType.STANDING_SIGN]
"""A sign that was observed and not cleared."""
Month: TypeAlias = Annotated[str, FieldType.MONTH]
"""A calendar month such as `2026-03`."""
Line: TypeAlias = Annotated[str, FieldType.LINE]
"""Free text on one line."""
Reason: TypeAlias = Annotated[str, FieldType.REASON]
"""A reason in free text, up to 2,000 characters."""
Text: TypeAlias = Annotated[str, FieldType.TEXT]
"""Free text on several lines, up to 10,000 characters."""
PersonId: TypeAlias = Annotated[UUID, FieldType.PERSON]
AssessmentId: TypeAlias = Annotated[UUID, FieldType.ASSESSMENT]
"""The id of a milestone of the kind `assessment_taken`."""
Answers: TypeAlias = Annotated[Mapping[str, object], FieldType.ANSWERS]
"""Answers to the questions of the frameworks, as JSON values."""
Verdicts: TypeAlias = Annotated[Mapping[str, object], FieldType.VERDICTS]
"""The frameworks' verdicts on the answers: computed when the assessment is recorded, never sent by a client."""
WorkedHours: TypeAlias = Annotated[Decimal, FieldType.WORKED_HOURS]
"""Hours worked in a month, with at most two decimals."""
Measure: TypeAlias = Annotated[Decimal, FieldType.MEASURE]
"""A measured value, in the neighbouring unit."""
Amount: TypeAlias = Annotated[Decimal, FieldType.AMOUNT]
"""An amount of money, with the decimals of its currency."""
Currency: TypeAlias = Annotated[str, FieldType.CURRENCY]
"""An ISO 4217 code."""
AgreedHours: TypeAlias = Annotated[Decimal, FieldType.AGREED_HOURS]
"""Hours a month agreed for one function."""
Count: TypeAlias = Annotated[int, FieldType.COUNT]
"""A number of people or things."""
Fact: TypeAlias = Annotated[str, FieldType.FACT]
"""A short fact about a company, such as its sector: up to 100 characters."""


class Keep(Enum):
    """The value that leaves a seat's term unchanged; null means unknown."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The definition of one dataclass field.

    `value` is the Python class of the value, or of each item if `is_list`; `type` is null if that class is specific
    enough. A field is required if the dataclass has no default for it.
    """

    name: str
    value: Any
    type: FieldType | None
    is_list: bool
    is_required: bool
    may_be_null: bool
    may_be_kept: bool

    @property
    def part(self) -> Any:
        """The dataclass that the field holds, such as a seat; None for a plain value."""
        return self.value if is_dataclass(self.value) else None


def _field_specs(owner: Any) -> tuple[FieldSpec, ...]:
    hints = get_type_hints(owner, include_extras=True)
    return tuple(
        _spec(owner, f.name, hints[f.name], f.default is MISSING and f.default_factory is MISSING)
        for f in fields(owner)
    )


field_specs: Callable[[Any], tuple[FieldSpec, ...]] = lru_cache(maxsize=1024)(_field_specs)
"""The fields of a dataclass in their order. Raises `TypeError` for a text, an id or a number without a field type."""


def _spec(owner: Any, name: str, hint: Any, is_required: bool) -> FieldSpec:
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    (inner,) = (option for option in options if option not in (NoneType, Keep))
    is_list = get_origin(inner) is tuple
    if is_list:
        inner = get_args(inner)[0]
    value, field_type = inner, None
    if get_origin(inner) is Annotated:
        value, field_type = get_args(inner)
    elif value in (str, int, UUID, Decimal):
        raise TypeError(f"{owner.__name__}.{name} needs a type of domain.field_types")
    return FieldSpec(name, value, field_type, is_list, is_required, NoneType in options, Keep in options)


def _read_person_fields(owner: Any) -> tuple[tuple[str, bool, Any], ...]:
    """The fields of a dataclass that refer to people, directly or through a nested dataclass."""
    return tuple(
        (spec.name, spec.is_list, spec.part)
        for spec in field_specs(owner)
        if spec.type is FieldType.PERSON or (spec.part is not None and _person_fields(spec.part))
    )


_person_fields: Callable[[Any], tuple[tuple[str, bool, Any], ...]] = lru_cache(maxsize=1024)(_read_person_fields)


def people_in(value: Any) -> Iterator[UUID]:
    """The people a dataclass refers to, in field order."""
    for name, is_list, part in _person_fields(type(value)):
        member = getattr(value, name)
        for one in member if is_list else () if member is None else (member,):
            if part is None:
                yield one
            else:
                yield from people_in(one)


def people_in_json(owner: Any, shape: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, UUID]]:
    """The people that a dataclass's JSON refers to, each with the dotted path of the field."""
    for name, is_list, part in _person_fields(owner):
        member = shape.get(name)
        field = f"{path}.{name}" if path else name
        members = member if is_list else (member,)
        for number, one in enumerate(members or ()):
            if one is None:
                continue
            if part is None:
                yield field, UUID(one)
            else:
                yield from people_in_json(part, one, f"{field}.{number}" if is_list else field)
