"""Validation of single fields, independent of everything else on record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias
from uuid import UUID

from domain.areas import SIGNS
from domain.currencies import check_amount, check_currency
from domain.errors import InvalidField
from domain.field_types import FieldSpec, FieldType, Keep, field_specs
from domain.seats import BOTH, Function, Hours, Money, SeatTerms, SeatWithFunctions

Check: TypeAlias = Callable[[str, Any], None]
"""Takes the name of a field and its value; raises `InvalidField`."""

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)
MOST_HOURS = Decimal(744)
MOST_MONEY = Decimal(10) ** 12
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,79}")
_SIGN = re.compile(r"(?=.{1,80}$)[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def check_fields(value: Any) -> None:
    """Refuse (`InvalidField`, naming the field) dataclass fields whose values their types do not allow."""
    for name, check in _checks(type(value)):
        member = getattr(value, name)
        if member is not None and not isinstance(member, Keep):
            check(name, member)


def _read_checks(owner: Any) -> tuple[tuple[str, Check], ...]:
    checks = ((spec.name, _check_of(spec)) for spec in field_specs(owner))
    return tuple((name, check) for name, check in checks if check is not None)


_checks: Callable[[Any], tuple[tuple[str, Check], ...]] = lru_cache(maxsize=1024)(_read_checks)


def _check_of(spec: FieldSpec) -> Check | None:
    if spec.is_list:
        return _BY_ITEM.get(spec.value) if spec.is_required else None
    if spec.value is str and spec.type not in _BY_TYPE:
        return check_text if spec.is_required else None
    return _BY_TYPE.get(spec.type) or _BY_CLASS.get(spec.value)


def check_date(field: str, day: date) -> None:
    """Refuse a date outside 1900 to 2199: most likely a typing error, and too far for the calendars."""
    if not EARLIEST <= day <= LATEST:
        raise InvalidField(field, f"must lie between {EARLIEST} and {LATEST}")


def check_text(field: str, text: str) -> None:
    """Refuse a text without a visible character."""
    if not text.strip():
        raise InvalidField(field, "must not be empty")


def check_sign(field: str, sign: str) -> None:
    """Refuse a sign that is neither a named sign's id nor a slug; `a07` is no slug beside the named A07."""
    if sign not in SIGNS and (named := sign.upper()) in SIGNS:
        raise InvalidField(field, f"must be written {named}, the id of a named sign")
    if sign not in SIGNS and not _SIGN.fullmatch(sign):
        raise InvalidField(field, "must be the id of a sign, like A07, or a slug of small letters and digits")


def check_functions(field: str, functions: Sequence[Function]) -> None:
    """Refuse a list of functions that is empty or has duplicates."""
    if not functions:
        raise InvalidField(field, "must name at least one function")
    if len(set(functions)) < len(functions):
        raise InvalidField(field, "must name a function once")


def check_terms(field: str, terms: SeatTerms | SeatWithFunctions, functions: tuple[Function, ...]) -> None:
    """Validate the hours and the fee of a seat with these functions."""
    check_hours(f"{field}.hours_per_month", terms.hours_per_month, functions)
    if terms.monthly_fee is not None:
        check_money(f"{field}.monthly_fee", terms.monthly_fee)


def check_hours(field: str, hours: Hours | Keep | None, functions: tuple[Function, ...]) -> None:
    """Refuse agreed hours for a function the seat does not carry, or more hours than a month has."""
    if hours is None or isinstance(hours, Keep):
        return
    if hours.technology is hours.ai is None:
        raise InvalidField(field, "must give the hours of at least one function")
    for function in BOTH:
        agreed = hours.of(function)
        if agreed is None:
            continue
        if function not in functions:
            raise InvalidField(f"{field}.{function}", "the seat does not have that function")
        _check_hours_number(f"{field}.{function}", agreed)
    if (hours.technology or 0) + (hours.ai or 0) > MOST_HOURS:
        raise InvalidField(field, f"must not add up to more than {MOST_HOURS}, the hours of the longest month")


def check_money(field: str, money: Money) -> None:
    """Refuse an unknown currency, or an amount that is negative, too large or too precise for its currency."""
    check_currency(f"{field}.currency", money.currency)
    check_amount(f"{field}.amount", money.amount, money.currency, MOST_MONEY)


def _check_hours_number(field: str, number: Decimal) -> None:
    if not number.is_finite() or not 0 <= number <= MOST_HOURS:
        raise InvalidField(field, f"must lie between 0 and {MOST_HOURS}")
    if number != number.quantize(Decimal("0.01")):
        raise InvalidField(field, "has at most two decimals")


def _check_measure(field: str, number: Decimal) -> None:
    if not (number.is_finite() and abs(number) <= 10**15):
        raise InvalidField(field, "must be a number of at most 15 digits")


def _check_slug(field: str, slug: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise InvalidField(field, "must be a slug of small letters, digits and underscores")


def _check_month(field: str, month: str) -> None:
    if not _MONTH.fullmatch(month) or not "1900" <= month[:4] <= "2199":
        raise InvalidField(field, "must be a month like 2026-03")


def _check_people(field: str, people: Sequence[UUID]) -> None:
    if not people:
        raise InvalidField(field, "must name at least one person")
    if len(set(people)) < len(people):
        raise InvalidField(field, "must name a person once")


_BY_TYPE: Mapping[FieldType | None, Check] = {
    FieldType.SLUG: _check_slug,
    FieldType.MONTH: _check_month,
    FieldType.WORKED_HOURS: _check_hours_number,
    FieldType.MEASURE: _check_measure,
}
_BY_ITEM: Mapping[Any, Check] = {Function: check_functions, UUID: _check_people}
_BY_CLASS: Mapping[Any, Check] = {Money: check_money, date: check_date}
