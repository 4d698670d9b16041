"""Quarters against a naive oracle that walks the calendar day by day."""

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.quarters import (
    FIRST_DAY,
    LAST_DAY,
    InvalidQuarter,
    Quarter,
    parse_quarter,
    quarter_of,
    quarters_between,
)

ONE_DAY = timedelta(days=1)
start_months = st.integers(1, 12)
days = st.dates(FIRST_DAY, LAST_DAY)
inner_days = st.dates(date(1901, 1, 1), date(2195, 12, 31))
outer_days = st.dates(max_value=FIRST_DAY - ONE_DAY) | st.dates(min_value=LAST_DAY + ONE_DAY)


def naive_label(day: date, start_month: int) -> str:
    """Walk month by month to the fiscal year's first month; it ends eleven months later."""
    year, month, walked = day.year, day.month, 0
    while month != start_month:
        year, month, walked = (year, month - 1, walked + 1) if month > 1 else (year - 1, 12, walked + 1)
    for _ in range(11):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return f"{'' if start_month == 1 else 'FY'}{year}-Q{'111222333444'[walked]}"


@cache
def naive_labels(start_month: int) -> frozenset[str]:
    """The labels of every month whose days we know."""
    months = (date(year, month, 1) for year in range(FIRST_DAY.year, LAST_DAY.year + 1) for month in range(1, 13))
    return frozenset(naive_label(month, start_month) for month in months)


@pytest.mark.parametrize(
    ("day", "start_month", "label", "start", "end"),
    [
        ("2026-01-01", 1, "2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-11-22", 1, "2026-Q4", "2026-10-01", "2026-12-31"),
        ("2024-02-29", 1, "2024-Q1", "2024-01-01", "2024-03-31"),
        ("2025-03-31", 4, "FY2025-Q4", "2025-01-01", "2025-03-31"),
        ("2025-04-01", 4, "FY2026-Q1", "2025-04-01", "2025-06-30"),
        ("2025-07-04", 7, "FY2026-Q1", "2025-07-01", "2025-09-30"),
        ("2025-10-01", 10, "FY2026-Q1", "2025-10-01", "2025-12-31"),
        ("2026-01-31", 2, "FY2026-Q4", "2025-11-01", "2026-01-31"),
        ("2026-02-01", 2, "FY2027-Q1", "2026-02-01", "2026-04-30"),
        ("2025-12-01", 12, "FY2026-Q1", "2025-12-01", "2026-02-28"),
        ("2027-12-31", 12, "FY2028-Q1", "2027-12-01", "2028-02-29"),
        ("2026-11-30", 12, "FY2026-Q4", "2026-09-01", "2026-11-30"),
    ],
)
def test_a_quarter_is_labelled_by_the_year_its_fiscal_year_ends_in(
    day: str, start_month: int, label: str, start: str, end: str
) -> None:
    quarter = quarter_of(date.fromisoformat(day), start_month)
    assert quarter.label == str(quarter) == label
    assert (quarter.start, quarter.end) == (date.fromisoformat(start), date.fromisoformat(end))


@given(days, start_months)
@example(FIRST_DAY, 2)
@example(FIRST_DAY, 3)
@example(LAST_DAY, 12)
def test_every_day_lies_in_the_quarter_the_naive_walk_finds(day: date, start_month: int) -> None:
    quarter = quarter_of(day, start_month)
    assert quarter.label == naive_label(day, start_month)
    assert quarter.contains(day)
    assert f"{quarter.year}-Q{quarter.number}" == quarter.label.removeprefix("FY")


@given(days, start_months)
def test_a_quarter_is_three_whole_months_of_one_label(day: date, start_month: int) -> None:
    quarter = quarter_of(day, start_month)
    dates = [quarter.start + timedelta(days=offset) for offset in range((quarter.end - quarter.start).days + 1)]
    assert len({(each.year, each.month) for each in dates}) == 3
    assert dates[0].day == (dates[-1] + ONE_DAY).day == 1
    assert {naive_label(each, start_month) for each in dates} == {quarter.label}
    assert all(quarter.contains(each) for each in dates)
    assert not quarter.contains(quarter.start - ONE_DAY)
    assert not quarter.contains(quarter.end + ONE_DAY)


@given(inner_days, start_months)
def test_neighbours_touch_and_lead_back(day: date, start_month: int) -> None:
    quarter = quarter_of(day, start_month)
    assert quarter.next.start == quarter.end + ONE_DAY
    assert quarter.previous.end == quarter.start - ONE_DAY
    assert quarter.next.previous == quarter == quarter.previous.next
    assert quarter.previous < quarter < quarter.next
    assert {quarter, quarter_of(quarter.end, start_month), quarter.next.previous} == {quarter}


@given(days, start_months)
def test_a_label_reads_back_as_its_quarter(day: date, start_month: int) -> None:
    quarter = quarter_of(day, start_month)
    assert parse_quarter(quarter.label, start_month) == quarter


@given(st.text(max_size=12) | st.from_regex(r"(FY|fy|)[0-9]{3,5}-?[Qq][0-9]\s?", fullmatch=True), start_months)
@example("٢٠٢٦-Q1", 1)
@example("2026-Q1\n", 1)
@example("0000-Q1", 1)
@example("FY0000-Q1", 4)
@example("9999-Q4", 1)
def test_any_other_text_is_refused_by_name(text: str, start_month: int) -> None:
    if text in naive_labels(start_month):
        assert parse_quarter(text, start_month).label == text
        return
    with pytest.raises(InvalidQuarter) as refused:
        parse_quarter(text, start_month)
    assert refused.value.text == text
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "start_month", "message"),
    [
        ("2026-Q1", 4, "'2026-Q1' is not a quarter written like FY2026-Q1, of fiscal years from April"),
        ("FY2026-Q1", 1, "'FY2026-Q1' is not a quarter written like 2026-Q1"),
        ("2026-Q5", 1, "'2026-Q5' is not a quarter written like 2026-Q1"),
        ("0001-Q1", 1, "'0001-Q1' is not between 1900-01-01 and 2200-12-31"),
        ("1899-Q4", 1, "'1899-Q4' is not between 1900-01-01 and 2200-12-31"),
        ("FY1900-Q3", 4, "'FY1900-Q3' is not between 1900-01-01 and 2200-12-31"),
        ("2201-Q1", 1, "'2201-Q1' is not between 1900-01-01 and 2200-12-31"),
    ],
)
def test_a_refusal_says_which_form_was_expected(text: str, start_month: int, message: str) -> None:
    with pytest.raises(InvalidQuarter) as refused:
        parse_quarter(text, start_month)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("length", "repeated"),
    [(39, "Q" * 39), (40, "Q" * 40), (41, "Q" * 40 + "…"), (42, "Q" * 40 + "…"), (100_000, "Q" * 40 + "…")],
)
def test_a_refusal_repeats_at_most_forty_characters_of_a_text(length: int, repeated: str) -> None:
    with pytest.raises(InvalidQuarter) as refused:
        parse_quarter("Q" * length)
    assert refused.value.text == repeated
    assert str(refused.value) == f"{repeated!r} is not {refused.value.expected}"
    assert refused.value.expected == "a quarter written like 2026-Q1"


@given(outer_days, start_months)
@example(date.min, 1)
@example(date.max, 12)
def test_days_out_of_reach_are_refused(day: date, start_month: int) -> None:
    with pytest.raises(InvalidQuarter) as refused:
        quarter_of(day, start_month)
    assert str(refused.value) == f"'{day}' is not between 1900-01-01 and 2200-12-31"
    with pytest.raises(InvalidQuarter):
        Quarter(day.replace(day=1), day.month)


@pytest.mark.parametrize("start_month", range(1, 13))
def test_the_calendar_ends_where_its_days_do(start_month: int) -> None:
    first, last = quarter_of(FIRST_DAY, start_month), quarter_of(LAST_DAY, start_month)
    with pytest.raises(InvalidQuarter):
        _ = first.previous
    with pytest.raises(InvalidQuarter):
        _ = last.next


def test_the_first_and_the_last_quarter_may_hold_a_single_known_month() -> None:
    assert quarter_of(FIRST_DAY, 2).start == date(1899, 11, 1)
    assert quarter_of(LAST_DAY, 3).end == date(2201, 2, 28)


@given(days, start_months)
def test_a_quarter_starts_only_on_the_first_day_of_one(day: date, start_month: int) -> None:
    if day == quarter_of(day, start_month).start:
        assert Quarter(day, start_month) == quarter_of(day, start_month)
    else:
        with pytest.raises(InvalidQuarter) as refused:
            Quarter(day, start_month)
        assert str(refused.value) == f"'{day}' is not the first day of a quarter"


@pytest.mark.parametrize("start_month", [0, 13, -1])
def test_a_fiscal_year_starts_in_one_of_twelve_months(start_month: int) -> None:
    with pytest.raises(ValueError, match="1 to 12"):
        quarter_of(date(2026, 1, 1), start_month)
    with pytest.raises(ValueError, match="1 to 12"):
        parse_quarter("2026-Q1", start_month)
    with pytest.raises(ValueError, match="1 to 12"):
        Quarter(date(2026, 1, 1), start_month)


@given(inner_days, st.integers(0, 12), start_months)
def test_between_two_quarters_lie_those_met_on_the_way(day: date, steps: int, start_month: int) -> None:
    first = last = quarter_of(day, start_month)
    met = [first]
    for _ in range(steps):
        last = last.next
        met.append(last)
    assert quarters_between(first, last) == tuple(met)
    assert quarters_between(last.next, first) == ()


def test_quarters_reach_from_the_first_day_to_the_last() -> None:
    assert len(quarters_between(quarter_of(FIRST_DAY), quarter_of(LAST_DAY))) == 301 * 4


def test_between_quarters_of_two_calendars_lies_nothing() -> None:
    with pytest.raises(ValueError, match="2026-Q1 and FY2027-Q1 are quarters of different calendars"):
        quarters_between(quarter_of(date(2026, 1, 1)), quarter_of(date(2026, 4, 1), 4))


@given(inner_days, start_months, st.integers(-200, 200), st.none() | st.integers(-50, 400))
def test_a_span_holds_the_days_a_quarter_shares_with_it(
    day: date, start_month: int, shift: int, length: int | None
) -> None:
    quarter = quarter_of(day, start_month)
    start = quarter.start + timedelta(days=shift)
    end = None if length is None else start + timedelta(days=length)
    each = [quarter.start + timedelta(days=offset) for offset in range((quarter.end - quarter.start).days + 1)]
    assert quarter.days_held(start, end) == sum(start <= one and (end is None or one < end) for one in each)
