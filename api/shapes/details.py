"""Milestones' details as JSON, made from the domain's own dataclasses: one place says what each kind holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from dataclasses import Field as DataclassField
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Annotated, Any, ClassVar, TypeVar, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, create_model

from api.shapes.scalars import (
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
    without_default,
)
from domain.currencies import in_currency
from domain.milestones import Details, Keep
from domain.seats import BOTH, Function, Money, SeatTerms, in_order
from projections.details import money_shape, number_shape

FUNCTIONS_OF: Mapping[str, tuple[Function, ...]] = {
    "technology": (Function.TECHNOLOGY,),
    "ai": (Function.AI,),
    "seat": BOTH,
}
"""The functions of a seat whose place says which they are; they may be sent all the same."""
MERGED = frozenset({*FUNCTIONS_OF, "answers"})
"""The details of which a correction sends only the members that change."""
NOT_FROM_OUTSIDE = frozenset({"verdicts"})
"""What the server adds to a milestone by itself."""

_SLUG = Annotated[str, StringConstraints(pattern=SLUG)]
_WORDS = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NOT_BLANK), CLEAN_NAME]
_TEXTS: Mapping[str, Any] = {
    "name": Name,
    "rationale": Annotated[str, StringConstraints(max_length=10_000), CLEAN_LINES],
    "reason": Annotated[str, StringConstraints(max_length=2000), CLEAN_LINES],
    "evidence": Annotated[str, StringConstraints(max_length=10_000), CLEAN_LINES],
    "currency": Currency,
    "area": _SLUG,
    "deliverable": _SLUG,
    "sign": Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NOT_BLANK), CLEAN_NAME],
    "month": Annotated[str, StringConstraints(pattern=MONTH), Field(examples=["2026-03"])],
}
_POINTERS: Mapping[str, Any] = {"assessment": MilestoneId}
_MOST_ITEMS: Mapping[str, int] = {"functions": 2, "seats": 2}
_ANSWERS = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=80), CLEAN_LINE], Annotated[Any, CLEAN_JSON]],
    Field(max_length=500),
]


class Part(Body):
    """A model made from one of the domain's dataclasses, which it can be turned back into."""

    domain_class: ClassVar[type]

    def to_domain(self) -> Any:
        """The domain's value. What was left out takes the domain's own default."""
        given = (f.name for f in fields(self.domain_class) if f.name in self.model_fields_set)
        return self.domain_class(**{name: _to_domain(getattr(self, name)) for name in given})


class MoneyPart(Part):
    """Money, which becomes the domain's with the decimals of its currency."""

    def to_domain(self) -> Money:
        """The domain's money."""
        money = super().to_domain()
        return Money(in_currency(money.amount, money.currency), money.currency)


@cache
def part_of(domain_class: Any) -> type[Part]:
    """The model of a seat, of hours, of money or of a kind's details."""
    name = f"{domain_class.__name__}Details" if issubclass(domain_class, Details) else domain_class.__name__
    return make_part(name, MoneyPart if domain_class is Money else Part, domain_class)


@cache
def _seat_model(place: str) -> type[Part]:
    """The model of a seat whose place in the details says which functions it carries."""
    wanted = FUNCTIONS_OF[place]

    def check(functions: list[Function]) -> list[Function]:
        if sorted(functions) != sorted(wanted):
            raise ValueError(f"must be {' and '.join(wanted)}, as this seat carries exactly that")
        return functions

    functions = Annotated[list[Function], AfterValidator(check)]
    model = create_model(
        {"technology": "TechnologySeat", "ai": "AISeat", "seat": "UnifiedSeat"}[place],
        __base__=part_of(SeatTerms),
        __doc__=(SeatTerms.__doc__ or "").strip(),
        functions=(functions, Field(default_factory=lambda: list(wanted))),
    )
    model.domain_class = SeatTerms
    return model


P = TypeVar("P", bound="Part")


def make_part(name: str, base: type[P], domain_class: type) -> type[P]:
    """A model with the fields of `base` and those of a dataclass of the domain."""
    described = (domain_class.__doc__ or "").strip()
    model = create_model(name, __base__=base, __doc__=described, **model_fields(domain_class))
    model.domain_class = domain_class
    return model


def model_fields(domain_class: type) -> dict[str, Any]:
    """The fields of a dataclass of the domain as pydantic wants them told."""
    hints = get_type_hints(domain_class)
    return {
        f.name: (_annotation(hints[f.name], f.name), _default(f))
        for f in fields(domain_class)
        if f.name not in NOT_FROM_OUTSIDE
    }


def merged(now: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """JSON details with some members changed.

    The fields of a seat and the answers of an assessment are merged one level deep; everything else is a value that
    replaces the one before it: hours, money, every list, and every single answer.
    """
    return {**now, **{name: _merged_member(name, now.get(name), member) for name, member in changes.items()}}


def _merged_member(name: str, now: Any, member: Any) -> Any:
    if name in MERGED and isinstance(now, Mapping) and isinstance(member, Mapping):
        return {**now, **member}
    return member


def as_recorded(before: Any, after: Any) -> Any:
    """Details made of changed JSON, with every part that reads the same in JSON as it is on record.

    Numbers and amounts of JSON have fewer digits than those on record: what was not changed keeps all of them.
    """
    if type(before) is not type(after):
        return after
    if isinstance(after, Decimal):
        return before if number_shape(before) == number_shape(after) else after
    if isinstance(after, Money):
        return before if money_shape(before) == money_shape(after) else after
    if isinstance(after, tuple):
        return tuple(as_recorded(_partner(before, member, place), member) for place, member in enumerate(after))
    if is_dataclass(after):
        parts = {f.name: as_recorded(getattr(before, f.name), getattr(after, f.name)) for f in fields(after)}
        return replace(cast(Any, after), **parts)
    return after


def _partner(before: tuple[Any, ...], member: Any, place: int) -> Any:
    """What a member of a list was before: the seat with the same functions, otherwise what had its place."""
    functions = getattr(member, "functions", None)
    if functions is not None:
        return next((one for one in before if one.functions == functions), None)
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


def _annotation(hint: Any, name: str) -> Any:
    options = get_args(hint)
    origin = get_origin(hint)
    if origin is tuple:
        item = _annotation(options[0], name)
        return Annotated[list[item], Field(max_length=_MOST_ITEMS.get(name, 50))]  # type: ignore[valid-type]
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _ANSWERS
    if NoneType in options:
        (wanted,) = (option for option in options if option not in (NoneType, Keep))
        return _annotation(wanted, name) | None
    if hint is UUID:
        return _POINTERS.get(name, PersonId)
    if hint is Decimal:
        return Amount if name == "amount" else Number
    if hint is date:
        return Day
    if hint is bool:
        return StrictBool
    if hint is str:
        return _TEXTS.get(name, _WORDS)
    if hint is SeatTerms:
        return _seat_model(name)
    if is_dataclass(hint):
        return part_of(hint)  # type: ignore[arg-type]
    return hint
