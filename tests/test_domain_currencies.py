"""Amounts of money have the decimals of their currency, and are never negative."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.core import get_global
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from domain.currencies import (
    CODES,
    EXCEPTIONAL,
    MOST_DECIMALS,
    check_amount,
    check_currency,
    decimals_of,
    in_currency,
)
from domain.errors import InvalidField
from domain.profile import check_profile
from domain.seats import Money
from projections.column_types import from_ten_thousandths, to_ten_thousandths
from projections.details_json import money_to_json
from web.formatting import money_text

currencies = st.sampled_from(("USD", "EUR", "JPY", "KRW", "KWD", "BHD", "CLF", "IQD", "HUF"))


@st.composite
def amounts(draw: st.DrawFn) -> Money:
    currency = draw(currencies)
    return Money(Decimal(draw(st.integers(0, 10**15))).scaleb(-decimals_of(currency)), currency)


def test_currencies_are_those_of_the_unicode_locale_data() -> None:
    assert sorted(list_currencies()) == sorted(CODES)


def test_decimals_are_those_of_the_unicode_locale_data_but_where_it_rounds_for_daily_use() -> None:
    """The locale data has the digits that people write; ISO 4217 has those of the unit, where both differ."""
    digits = {code: rule[0] for code, rule in get_global("currency_fractions").items() if code in CODES}
    assert {code for code, number in digits.items() if number > 2} == {
        code for code, number in EXCEPTIONAL.items() if number > 2
    } - {"IQD"}
    assert {code for code, number in EXCEPTIONAL.items() if number == 0} <= {
        code for code, number in digits.items() if number == 0
    }
    assert all(decimals_of(code) == digits.get(code, 2) for code in ("USD", "EUR", "GBP", "CHF", "JPY", "KWD", "CLF"))
    assert max(EXCEPTIONAL.values()) == MOST_DECIMALS


@given(amounts())
def test_no_digit_of_an_amount_is_lost_in_the_read_models(money: Money) -> None:
    assert from_ten_thousandths(to_ten_thousandths(money.amount), money.currency) == money.amount
    shown = money_to_json(money)["amount"]
    assert Decimal(str(shown)) == money.amount
    assert len(str(shown).partition(".")[2]) == decimals_of(money.currency)
    check_amount("fee", money.amount, money.currency, Decimal(10) ** 16)


@given(amounts(), st.integers(1, 9))
def test_an_amount_finer_than_its_currency_is_refused(money: Money, digit: int) -> None:
    finer = money.amount + Decimal(digit).scaleb(-decimals_of(money.currency) - 1)
    with pytest.raises(InvalidField, match="decimals"):
        check_amount("fee", finer, money.currency, Decimal(10) ** 16)
    assert in_currency(finer, money.currency) == finer


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("1000000", "JPY", "1000000"),
        ("1000000.00", "JPY", "1000000"),
        ("1250.5", "KWD", "1250.500"),
        ("1250.500", "KWD", "1250.500"),
        ("40.1234", "CLF", "40.1234"),
        ("8500", "USD", "8500.00"),
    ],
)
def test_a_profile_takes_money_with_the_decimals_of_its_currency(amount: str, currency: str, shown: str) -> None:
    profile = {"annual_revenue": {"amount": amount, "currency": currency}}
    assert check_profile(profile) == {"annual_revenue": {"amount": shown, "currency": currency}}


@pytest.mark.parametrize(
    ("amount", "currency", "field", "message"),
    [
        ("-1", "USD", "amount", "not negative"),
        ("0.5", "JPY", "amount", "an amount in JPY has no decimals"),
        ("1.0005", "KWD", "amount", "an amount in KWD has at most 3 decimals"),
        ("1.000", "USD", "amount", "an amount in USD has at most 2 decimals"),
        ("1.00001", "CLF", "amount", "an amount in CLF has at most 4 decimals"),
        ("1", "ABC", "currency", "ISO 4217"),
        ("1", "usd", "currency", "ISO 4217"),
    ],
)
def test_money_that_does_not_fit_its_currency_is_refused(amount: str, currency: str, field: str, message: str) -> None:
    with pytest.raises(InvalidField, match=message) as refused:
        check_profile({"ai_spend": {"amount": amount, "currency": currency}})
    assert refused.value.field == f"ai_spend.{field}"


def test_what_is_no_code_is_no_currency() -> None:
    for value in (None, 5, "", "US"):
        with pytest.raises(InvalidField, match="ISO 4217"):
            check_currency("currency", value)


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("1000000", "JPY", "1,000,000 JPY"),
        ("1250.5", "KWD", "1,250.500 KWD"),
        ("1250", "KWD", "1,250 KWD"),
        ("8500.5", "USD", "8,500.50 USD"),
        ("999999999999999.99", "USD", "999,999,999,999,999.99 USD"),
        ("100.50", "JPY", "100.50 JPY"),  # recorded before such amounts were refused
    ],
)
def test_pages_show_money_with_the_decimals_of_its_currency(amount: str, currency: str, words: str) -> None:
    assert money_text({"amount": amount, "currency": currency}) == words
