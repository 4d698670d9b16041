"""Laws of periods of days, and of the active days that detectors count."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.signs.periods import FOREVER, ActiveDays, Periods

HORIZON = 60
days = st.integers(1, HORIZON)
spans = st.lists(st.tuples(days, days), max_size=6)
periods = spans.map(Periods.of)


def members(of: Periods) -> set[int]:
    return {day for day in range(1, HORIZON + 1) if day in of}


@given(spans)
def test_periods_contain_the_days_of_all_their_spans(given_spans: list[tuple[int, int]]) -> None:
    expected = {day for start, end in given_spans for day in range(start, end)}
    assert members(Periods.of(given_spans)) == expected


@given(spans)
def test_periods_are_in_order_and_never_touch(given_spans: list[tuple[int, int]]) -> None:
    found = Periods.of(given_spans).spans
    assert all(start < end for start, end in found)
    assert all(end < start for (_, end), (start, _) in pairwise(found))


@given(periods, periods)
def test_periods_behave_like_sets_of_days(left: Periods, right: Periods) -> None:
    everything = set(range(1, HORIZON + 1))
    assert members(left & right) == members(left) & members(right)
    assert members(left | right) == members(left) | members(right)
    assert members(left - right) == members(left) - members(right)
    assert members(~left) == everything - members(left)
    assert ~~left == left


@given(periods, days, st.integers(0, HORIZON))
def test_the_day_after_n_active_days_is_the_first_active_day_that_has_n_before_it(
    active: Periods, start: int, count: int
) -> None:
    expected = next(
        (
            day
            for day in range(start, HORIZON + 1)
            if day in active and sum(d in active for d in range(start, day)) >= count
        ),
        FOREVER,
    )
    assert ActiveDays(active).after(start, count) == expected


@given(periods, periods, st.integers(0, 20))
def test_a_condition_has_lasted_when_enough_active_days_of_it_have_passed(
    active: Periods, condition: Periods, count: int
) -> None:
    clock = ActiveDays(active)
    expected = set()
    for start, end in condition:
        reached = False
        for day in range(start, end):
            reached = reached or (day in active and sum(d in active for d in range(start, day)) >= count)
            if reached:
                expected.add(day)
    assert members(clock.lasting(condition, count)) == expected


@given(periods, days, days)
def test_passed_counts_active_days_before_a_day(active: Periods, start: int, day: int) -> None:
    assert ActiveDays(active).passed(start, day) == sum(d in active for d in range(start, day))
