"""A client's profile: facts about the company that change over time, as JSON-ready values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from domain.currencies import check_amount, check_currency, in_currency
from domain.errors import InvalidField
from domain.text import UncleanText, clean

COUNTS = ("headcount", "engineers", "products", "ai_people", "ai_initiatives")
AMOUNTS = ("annual_revenue", "ai_spend")
TEXTS = ("sector", "funding_stage")
FLAGS = ("regulated",)
PROFILE_FIELDS = (
    "sector",
    "headcount",
    "engineers",
    "products",
    "annual_revenue",
    "ai_spend",
    "ai_people",
    "ai_initiatives",
    "funding_stage",
    "regulated",
)
"""Counts are of people or things today; amounts are money a year."""

_MOST = 10_000_000
_LONGEST = 100
_MOST_MONEY = Decimal(10) ** 15


def check_profile(profile: Mapping[str, object]) -> dict[str, object]:
    """The profile's fields as they are stored; refuses (`InvalidField`) an unknown field or a value of another type.

    A null says that the fact is not known (any more).
    """
    return {field: None if value is None else _checked(field, value) for field, value in profile.items()}


def _checked(field: str, value: object) -> object:
    if field in COUNTS:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
            raise InvalidField(field, f"must be a whole number from 0 to {_MOST}")
        return value
    if field in TEXTS:
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
            raise InvalidField(field, f"must be a text of 1 to {_LONGEST} characters")
        try:
            return clean(value)
        except UncleanText as fault:
            raise InvalidField(field, str(fault)) from None
    if field in FLAGS:
        if not isinstance(value, bool):
            raise InvalidField(field, "must be true or false")
        return value
    if field in AMOUNTS:
        return _money(field, value)
    raise InvalidField(field, "is not a field of a profile")


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
