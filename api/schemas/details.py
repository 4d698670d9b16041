"""Schemas of milestone details, generated from the domain's dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from dataclasses import Field as DataclassField
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, create_model

from api.schemas.scalars import (
    CLEAN_JSON,
    CLEAN_LINE,
    CLEAN_LINES,
    CLEAN_NAME,
    MONTH,
    NOT_BLANK,
    SLUG,
    Amount,
    Body,
    Currency,
    Day,
    MilestoneId,
    Name,
    Number,
    PersonId,
    WholeNumber,
    without_default,
)
from domain.currencies import in_currency
from domain.field_types import FieldSpec, FieldType, field_specs
from domain.milestones import Details, Keep
from domain.seats import BOTH, Function, Money, SeatTerms, SeatWithFunctions, in_order
from projections.details_json import money_to_json, number_to_json

FUNCTIONS_OF: Mapping[str, tuple[Function, ...]] = {
    "technology": (Function.TECHNOLOGY,),
    "ai": (Function.AI,),
    "seat": BOTH,
}
"""The functions implied by a seat's field name; requests may repeat them."""
MERGED = frozenset({*FUNCTIONS_OF, "answers"})
"""The details that a correction merges member by member."""

_ANSWERS = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=80), CLEAN_LINE], Annotated[Any, CLEAN_JSON]],
    Field(max_length=500),
]
_SLUG = Annotated[str, StringConstraints(pattern=SLUG)]
_SIGN = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NOT_BLANK), CLEAN_NAME]
_LINE = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NOT_BLANK), CLEAN_NAME]
_BY_TYPE: Mapping[FieldType, Any] = {
    FieldType.NAME: Name,
    FieldType.LABEL: _LINE,
    FieldType.UNIT: _LINE,
    FieldType.SLUG: _SLUG,
    FieldType.SIGN: _SIGN,
    FieldType.STANDING_SIGN: _SIGN,
    FieldType.MONTH: Annotated[str, StringConstraints(pattern=MONTH), Field(examples=["2026-03"])],
    FieldType.LINE: _LINE,
    FieldType.REASON: Annotated[str, StringConstraints(max_length=2000), CLEAN_LINES],
    FieldType.TEXT: Annotated[str, StringConstraints(max_length=10_000), CLEAN_LINES],
    FieldType.PERSON: PersonId,
    FieldType.ASSESSMENT: MilestoneId,
    FieldType.ANSWERS: _ANSWERS,
    FieldType.WORKED_HOURS: Number,
    FieldType.AGREED_HOURS: Number,
    FieldType.MEASURE: Number,
    FieldType.AMOUNT: Amount,
    FieldType.CURRENCY: Currency,
    FieldType.COUNT: Annotated[WholeNumber, Field(ge=0, le=10_000_000)],
    FieldType.FACT: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=NOT_BLANK), CLEAN_NAME],
}
"""The schema of each field type. Verdicts are added by the server and are in no request body."""
_BY_CLASS: Mapping[Any, Any] = {date: Day, bool: StrictBool}
_MAX_ITEMS = 50
_MAX_ITEMS_OF: Mapping[Any, int] = {Function: 2, SeatWithFunctions: 2}


class Part(Body):
    """A model generated from a domain dataclass, convertible back to it."""

    domain_class: ClassVar[type]

    def to_domain(self) -> Any:
        """The domain value. Missing fields take the domain's defaults."""
        names = (f.name for f in fields(self.domain_class) if f.name in self.model_fields_set)
        return self.domain_class(**{name: _to_domain(getattr(self, name)) for name in names})


class MoneyPart(Part):
    """Money with the decimals of its currency."""

    def to_domain(self) -> Money:
        """The domain's money."""
        money = super().to_domain()
        return Money(in_currency(money.amount, money.currency), money.currency)


@lru_cache(maxsize=1024)
def part_of(domain_class: Any) -> type[Part]:
    """The model of a seat, of hours, of money or of a kind's details."""
    name = f"{domain_class.__name__}Details" if issubclass(domain_class, Details) else domain_class.__name__
    return make_part(name, MoneyPart if domain_class is Money else Part, domain_class)


@lru_cache(maxsize=1024)
def _seat_model(place: str) -> type[Part]:
    """The model of a seat whose field name implies its functions."""
    expected = FUNCTIONS_OF[place]

    def check(functions: list[Function]) -> list[Function]:
        if sorted(functions) != sorted(expected):
            raise ValueError(f"must be {' and '.join(expected)}, the functions of this seat")
        return functions

    functions = Annotated[list[Function], AfterValidator(check)]
    model = create_model(
        {"technology": "TechnologySeat", "ai": "AISeat", "seat": "UnifiedSeat"}[place],
        __base__=part_of(SeatTerms),
        __doc__=(SeatTerms.__doc__ or "").strip(),
        functions=(functions, Field(default_factory=lambda: list(expected))),
    )
    model.domain_class = SeatTerms
    return model


P = TypeVar("P", bound="Part")


def make_part(name: str, base: type[P], domain_class: type, doc: str | None = None) -> type[P]:
    """A model with the fields of `base` and of a domain dataclass, with the dataclass's docstring or `doc`."""
    docstring = doc or (domain_class.__doc__ or "").strip()
    model = create_model(name, __base__=base, __doc__=docstring, **model_fields(domain_class))
    model.domain_class = domain_class
    return model


def model_fields(domain_class: type) -> dict[str, Any]:
    """The fields of a domain dataclass with annotations and defaults, for `create_model`."""
    defaults = {field.name: _default(field) for field in fields(domain_class)}
    return {
        spec.name: (_annotation(spec), defaults[spec.name])
        for spec in field_specs(domain_class)
        if spec.type is not FieldType.VERDICTS
    }


def merged(now: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """JSON details with some members changed.

    The fields of a seat and the answers of an assessment are merged one level deep. Everything else is replaced:
    hours, money, lists, and each answer.
    """
    return {**now, **{name: _merged_member(name, now.get(name), member) for name, member in changes.items()}}


def _merged_member(name: str, now: Any, member: Any) -> Any:
    if name in MERGED and isinstance(now, Mapping) and isinstance(member, Mapping):
        return {**now, **member}
    return member


def as_recorded(before: Any, after: Any) -> Any:
    """Changed details in which unchanged parts keep their stored precision.

    JSON numbers and amounts have fewer digits than the stored ones, so a part that reads the same in JSON is taken
    from `before`.
    """
    if type(before) is not type(after):
        return after
    if isinstance(after, Decimal):
        return before if number_to_json(before) == number_to_json(after) else after
    if isinstance(after, Money):
        return before if money_to_json(before) == money_to_json(after) else after
    if isinstance(after, tuple):
        return tuple(as_recorded(_partner(before, member, place), member) for place, member in enumerate(after))
    if is_dataclass(after):
        parts = {f.name: as_recorded(getattr(before, f.name), getattr(after, f.name)) for f in fields(after)}
        return replace(cast(Any, after), **parts)
    return after


def _partner(before: tuple[Any, ...], member: Any, place: int) -> Any:
    """The previous value of a list member: the seat with the same functions, else the member at the same index."""
    functions = getattr(member, "functions", None)
    if functions is not None:
        return next((seat for seat in before if seat.functions == functions), None)
    return before[place] if place < len(before) else None


def _to_domain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.to_domain()
    if isinstance(value, list):
        members = tuple(_to_domain(member) for member in value)
        if members and all(isinstance(m, Function) for m in members) and len(set(members)) == len(members):
            return in_order(members)
        return members
    return value


def _default(field: DataclassField[Any]) -> Any:
    if field.default is MISSING:
        return ...
    if isinstance(field.default, Keep):
        return Field(default=None, json_schema_extra=without_default)
    if field.default == ():
        return Field(default_factory=list)
    return field.default


def _annotation(spec: FieldSpec) -> Any:
    annotation = _value_annotation(spec)
    if spec.is_list:
        annotation = Annotated[list[annotation], Field(max_length=_MAX_ITEMS_OF.get(spec.value, _MAX_ITEMS))]  # type: ignore[valid-type]
    return annotation | None if spec.may_be_null else annotation


def _value_annotation(spec: FieldSpec) -> Any:
    if spec.type is not None:
        return _BY_TYPE[spec.type]
    if spec.value is SeatTerms:
        return _seat_model(spec.name)
    return part_of(spec.part) if spec.part else _BY_CLASS.get(spec.value, spec.value)
