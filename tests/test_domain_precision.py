"""The precision of dates: which days stand for a period, and the last day of each."""

from __future__ import annotations

from datetime import date

import pytest

from domain.precision import FULL_MONTH_NAMES, Precision, month_number

DAY, MONTH, QUARTER, YEAR = Precision


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("2024-01-01", {DAY, MONTH, QUARTER, YEAR}),
        ("2024-02-01", {DAY, MONTH}),
        ("2024-03-01", {DAY, MONTH}),
        ("2024-04-01", {DAY, MONTH, QUARTER}),
        ("2024-07-01", {DAY, MONTH, QUARTER}),
        ("2024-10-01", {DAY, MONTH, QUARTER}),
        ("2024-12-01", {DAY, MONTH}),
        ("2024-01-02", {DAY}),
        ("2024-04-30", {DAY}),
    ],
)
def test_a_period_is_dated_by_its_first_day(text: str, periods: set[Precision]) -> None:
    assert {precision for precision in Precision if precision.is_first_day(date.fromisoformat(text))} == periods


@pytest.mark.parametrize(
    ("precision", "first", "last"),
    [
        (DAY, "2024-05-17", "2024-05-17"),
        (MONTH, "2024-02-01", "2024-02-29"),
        (MONTH, "2024-12-01", "2024-12-31"),
        (QUARTER, "2024-10-01", "2024-12-31"),
        (YEAR, "2023-01-01", "2023-12-31"),
        (MONTH, "9999-11-01", "9999-11-30"),
        (MONTH, "9999-12-01", "9999-12-31"),
        (QUARTER, "9999-10-01", "9999-12-31"),
        (YEAR, "9999-01-01", "9999-12-31"),
    ],
)
def test_a_period_ends_on_the_day_before_the_next_one(precision: Precision, first: str, last: str) -> None:
    assert precision.last_day(date.fromisoformat(first)) == date.fromisoformat(last)


def test_a_month_is_read_by_its_name_or_its_first_letters_in_any_case() -> None:
    assert [month_number(name) for name in FULL_MONTH_NAMES] == list(range(1, 13))
    assert [month_number(word) for word in ("jan", "MAY", "Sept", "sep", "DeCeMbEr")] == [1, 5, 9, 9, 12]
    assert [month_number(word) for word in ("ja", "Janu", "März", "", "13")] == [None] * 5
