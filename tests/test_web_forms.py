"""What people type is read kindly, and what cannot be read is refused in words."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.precision import Precision
from web.form_fields import FormField, Reads
from web.forms import (
    TypedDate,
    Unreadable,
    date_text,
    flattened,
    nested,
    read_amount,
    read_date,
    read_day,
    read_instant,
    read_known_at,
    read_number,
    slug_of,
    start_of,
    words_of,
)


@pytest.mark.parametrize(
    ("typed", "on", "precision"),
    [
        ("2026-03-01", date(2026, 3, 1), Precision.DAY),
        ("2026-3-1", date(2026, 3, 1), Precision.DAY),
        ("1 Mar 2026", date(2026, 3, 1), Precision.DAY),
        (" 1.  march, 2026 ", date(2026, 3, 1), Precision.DAY),
        ("March 1, 2026", date(2026, 3, 1), Precision.DAY),
        ("30 Sept 2026", date(2026, 9, 30), Precision.DAY),
        ("01.03.2026", date(2026, 3, 1), Precision.DAY),
        ("13/3/2026", date(2026, 3, 13), Precision.DAY),
        ("3/13/2026", date(2026, 3, 13), Precision.DAY),
        ("03/03/2026", date(2026, 3, 3), Precision.DAY),
        ("Mar 2026", date(2026, 3, 1), Precision.MONTH),
        ("2026-03", date(2026, 3, 1), Precision.MONTH),
        ("2026-Q1", date(2026, 1, 1), Precision.QUARTER),
        ("2026 q4", date(2026, 10, 1), Precision.QUARTER),
        ("Q2 2026", date(2026, 4, 1), Precision.QUARTER),
        ("2026", date(2026, 1, 1), Precision.YEAR),
    ],
)
def test_a_date_is_read_in_every_spelling_with_the_precision_it_was_typed_in(
    typed: str, on: date, precision: Precision
) -> None:
    assert read_date(typed) == TypedDate(on, precision)


@pytest.mark.parametrize(
    "typed", ["", "soon", "2026-13-01", "31 Feb 2026", "1 Foo 2026", "2026-Q5", "FY2026-Q1", "0000", "1/2/2026", "٢٠٢٦"]
)
def test_what_is_no_date_is_refused_and_says_how_dates_are_typed(typed: str) -> None:
    with pytest.raises(Unreadable, match=r"^[A-Z].*\.$"):
        read_date(typed)


def test_a_date_that_can_be_two_days_is_refused_and_both_are_named() -> None:
    with pytest.raises(Unreadable, match=r"^This can be two days\. Enter 3 Apr 2026 or 4 Mar 2026\.$"):
        read_date("03/04/2026")
    for typed in ("1/2/0000", "13/13/2026", "31.02.2026", "30/2/2026"):
        with pytest.raises(Unreadable, match="no such day"):
            read_date(typed)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(Precision))
def test_a_date_is_typed_as_it_is_read_back(day: date, precision: Precision) -> None:
    first = {
        Precision.DAY: day,
        Precision.MONTH: day.replace(day=1),
        Precision.QUARTER: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        Precision.YEAR: day.replace(month=1, day=1),
    }[precision]
    assert read_date(date_text(first, precision)) == TypedDate(first, precision)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(read_date(text), TypedDate)


def test_a_day_must_be_a_whole_day() -> None:
    assert read_day("1 Mar 2026") == date(2026, 3, 1)
    with pytest.raises(Unreadable, match="whole date"):
        read_day("Mar 2026")


def test_a_day_of_knowledge_stands_for_its_end_and_an_instant_for_itself() -> None:
    assert read_instant("2026-03-01") == datetime(2026, 3, 1, 23, 59, 59, 999_999, UTC)
    assert read_instant("2026-03-01", ZoneInfo("Asia/Tokyo")) == datetime(2026, 3, 1, 14, 59, 59, 999_999, UTC)
    assert read_instant("2026-03-01T10:00:00.5Z") == datetime(2026, 3, 1, 10, 0, 0, 500_000, UTC)
    assert read_instant("2026-03-01T10:00:00 02:00") == datetime(2026, 3, 1, 8, tzinfo=UTC)
    for text in ("2026-03-01T10:00:00", "T", "2026-03", "0001-01-01T00:00:00+14:00"):
        with pytest.raises(Unreadable):
            read_instant(text)


def test_knowledge_at_the_end_of_today_is_that_of_now() -> None:
    tokyo, now = ZoneInfo("Asia/Tokyo"), datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert read_known_at("2026-03-02", tokyo, now) == now
    assert read_known_at("2026-03-01", tokyo, now) == datetime(2026, 3, 1, 14, 59, 59, 999_999, UTC)
    assert read_known_at("2026-03-03", tokyo, now) == datetime(2026, 3, 3, 14, 59, 59, 999_999, UTC)
    assert start_of(date(2026, 3, 2), tokyo) == datetime(2026, 3, 1, 15, tzinfo=UTC)


def test_numbers_may_be_grouped_and_what_is_none_is_left_to_the_check() -> None:
    assert read_number(" 1,250.5 ") == Decimal("1250.5")
    assert read_number("12") == Decimal(12)
    assert read_number("1,25") == "1,25"
    assert read_number("NaN") == "NaN"
    assert read_amount("8,500") == "8500"
    assert read_amount("8500.00") == "8500.00"


def test_a_standing_sign_is_read_as_it_is_on_record() -> None:
    standing = FormField("sign", "Which sign", Reads.STANDING_SIGN)
    observed = FormField("sign", "Warning sign", Reads.SIGN)
    read = [standing.read(typed) for typed in ("a07", "A07", "ctO and CAIO do not talk ", " demo_theatre")]
    assert read == ["a07", "A07", "A07", "demo_theatre"]
    read = [observed.read(typed) for typed in ("a07", "CTO and CAIO do not talk", "Demo theatre")]
    assert read == ["A07", "A07", "demo_theatre"]


def test_slugs_come_from_words_and_read_as_words_again() -> None:
    assert slug_of(" Model evaluation ") == "model_evaluation"
    assert slug_of("AI build-or-buy") == "ai_build_or_buy"
    assert words_of("model_evaluation") == "Model evaluation"
    assert words_of("ai_risk") == "AI risk"


_LEAVES = st.text(max_size=5) | st.booleans() | st.lists(st.text(max_size=3), max_size=2)
_NAMES = st.text("abc_", min_size=1, max_size=4)
_TREES = st.recursive(_LEAVES, lambda inner: st.dictionaries(_NAMES, inner, min_size=1, max_size=3), max_leaves=6)


@given(st.dictionaries(_NAMES, _TREES | st.lists(st.dictionaries(_NAMES, _LEAVES, min_size=1), min_size=1, max_size=2)))
def test_dotted_names_and_nested_json_say_the_same(tree: dict[str, object]) -> None:
    assert nested(flattened(tree).items()) == tree
