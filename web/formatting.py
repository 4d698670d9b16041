"""Formats amounts, hours, seats and signs for display."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.areas import SIGNS
from domain.currencies import in_currency
from domain.seats import Function, Hours, Money, SeatTerms
from web.forms import words_of

FUNCTION_WORDS = {"technology": "technology", "ai": "AI"}
"""Names of the functions for use in a sentence."""


def seat_name(functions: list[str] | tuple[str, ...]) -> str:
    """The name of a seat with these functions."""
    if len(functions) > 1:
        return "Unified seat"
    return "CTO seat" if functions and functions[0] == "technology" else "CAIO seat"


def sign_title(sign: str) -> str:
    """The title of a named sign; otherwise its slug in words."""
    return SIGNS.get(sign) or words_of(sign)


def money_text(money: Mapping[str, Any] | Money | None) -> str:
    """`8,500 USD`, `1,250.500 KWD`: with the currency's decimals, or without if they are all zero."""
    if money is None:
        return ""
    amount, currency = (
        (money.amount, money.currency) if isinstance(money, Money) else (money["amount"], money["currency"])
    )
    return f"{amount_text(in_currency(Decimal(amount), currency))} {currency}"


def amount_text(amount: Decimal) -> str:
    """`25,500.50`, or `25,500` if the decimals are zero."""
    text = f"{amount:,f}"
    return text if amount != amount.to_integral_value() else text.partition(".")[0]


def number_text(number: object) -> str:
    """A number without trailing zeros."""
    if isinstance(number, int):
        return f"{number:,}"
    text = f"{Decimal(str(number)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def hours_text(hours: Hours | None) -> str:
    """`20 h technology, 12 h AI`."""
    if hours is None:
        return ""
    agreed = ((hours.of(function), FUNCTION_WORDS[function.value]) for function in Function)
    return ", ".join(f"{number_text(number)} h {function}" for number, function in agreed if number is not None)


def terms_text(terms: SeatTerms) -> str:
    """The known hours and fee of a seat."""
    parts = [hours_text(terms.hours_per_month), money_text(terms.monthly_fee)]
    return ", ".join(part for part in parts if part)
