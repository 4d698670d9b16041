"""A client's profile: facts about the company that change over time, as JSON-ready values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from domain.currencies import check_amount, check_currency, in_currency
from domain.errors import InvalidField
from domain.field_types import Count, Fact, FieldSpec, FieldType, field_specs
from domain.seats import Money
from domain.text import UncleanText, clean


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts about a company on a day; null: unknown. Counts are as of that day, amounts are money a year."""

    sector: Fact | None = None
    headcount: Count | None = None
    engineers: Count | None = None
    products: Count | None = None
    annual_revenue: Money | None = None
    ai_spend: Money | None = None
    ai_people: Count | None = None
    ai_initiatives: Count | None = None
    funding_stage: Fact | None = None
    regulated: bool | None = None


PROFILE_FIELDS: Mapping[str, FieldSpec] = {spec.name: spec for spec in field_specs(Profile)}
"""The fields of a profile by name."""

_MOST = 10_000_000
_LONGEST = 100
_MOST_MONEY = Decimal(10) ** 15


def check_profile(profile: Mapping[str, object]) -> dict[str, object]:
    """The profile fields as they are stored. Refuses (`InvalidField`) unknown fields and values of the wrong type.

    A null value means that the fact is (no longer) known.
    """
    return {field: _checked(field, value) for field, value in profile.items()}


def _checked(field: str, value: object) -> object:
    if value is None:
        return None
    if field not in PROFILE_FIELDS:
        raise InvalidField(field, "is not a field of a profile")
    spec = PROFILE_FIELDS[field]
    return _CHECKS[spec.type or spec.value](field, value)


def _count(field: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise InvalidField(field, f"must be a whole number from 0 to {_MOST}")
    return value


def _fact(field: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise InvalidField(field, f"must be a text of 1 to {_LONGEST} characters")
    try:
        return clean(value)
    except UncleanText as fault:
        raise InvalidField(field, str(fault)) from None


def _flag(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidField(field, "must be true or false")
    return value


def _money(field: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
        raise InvalidField(field, "must be money: an amount and a currency")
    currency = check_currency(f"{field}.currency", value["currency"])
    try:
        amount = Decimal(str(value["amount"]))
    except InvalidOperation:
        raise InvalidField(f"{field}.amount", "must be a decimal number") from None
    check_amount(f"{field}.amount", amount, currency, _MOST_MONEY)
    return {"amount": f"{in_currency(amount, currency):f}", "currency": currency}


_CHECKS: Mapping[object, Callable[[str, object], object]] = {
    FieldType.COUNT: _count,
    FieldType.FACT: _fact,
    bool: _flag,
    Money: _money,
}
