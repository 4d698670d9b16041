"""Whose hours those of a function in a month are: shared by the days on which it was held and worked."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from story import AI, DANA, IRIS, TECHNOLOGY, Story, chosen, given, on, seat, two_hats

from domain.kinds.engagement import Paused, Resumed
from domain.kinds.seats import HandedOver, SeatFilled, SeatVacated
from domain.kinds.work import HoursReported
from domain.reported_hours import hours_by_holder, hours_text, most_hours, shares_of

PAIR = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)))


def shares(story: Story, month: str) -> dict[UUID, Fraction]:
    return dict(shares_of(story.timeline, month, AI))


def test_a_month_has_24_hours_a_day() -> None:
    assert [most_hours(month) for month in ("2024-02", "2025-02", "2024-04")] == [696, 672, 720]


def test_a_month_is_shared_by_the_days_of_each_holder() -> None:
    handed_over = PAIR.when(on("2024-04-11", HandedOver((AI,), DANA)))
    assert shares(handed_over, "2024-03") == {IRIS: 1}
    assert shares(handed_over, "2024-04") == {IRIS: Fraction(10, 30), DANA: Fraction(20, 30)}
    assert shares(handed_over, "2024-05") == {DANA: 1}
    assert shares(handed_over, "2024-01") == {}


def test_a_holder_who_comes_back_in_the_same_month_has_all_of_those_days() -> None:
    back = PAIR.when(
        on("2024-04-11", SeatVacated((AI,))),
        on("2024-04-16", SeatFilled(seat(DANA, AI))),
        on("2024-04-21", HandedOver((AI,), IRIS)),
    )
    assert shares(back, "2024-04") == {IRIS: Fraction(20, 25), DANA: Fraction(5, 25)}


def test_paused_days_of_the_month_do_not_count() -> None:
    once = PAIR.when(on("2024-04-06", Paused()), on("2024-04-11", Resumed()), on("2024-04-13", HandedOver((AI,), DANA)))
    assert shares(once, "2024-04") == {IRIS: Fraction(7, 25), DANA: Fraction(18, 25)}
    paused = PAIR.when(
        on("2024-03-20", Paused(), "a pause before"),
        on("2024-03-25", Resumed(), "and its end"),
        on("2024-04-06", Paused()),
        on("2024-04-11", Resumed()),
        on("2024-04-13", HandedOver((AI,), DANA)),
        on("2024-05-02", Paused(), "a pause after"),
    )
    assert shares(paused, "2024-04") == {IRIS: Fraction(7, 25), DANA: Fraction(18, 25)}


def test_a_month_of_nothing_but_a_pause_is_shared_by_all_of_its_days() -> None:
    paused = PAIR.when(
        on("2024-03-20", Paused()),
        on("2024-04-11", HandedOver((AI,), DANA)),
        on("2024-04-21", HandedOver((AI,), IRIS), "back"),
    )
    assert shares(paused, "2024-04") == {IRIS: Fraction(20, 30), DANA: Fraction(10, 30)}


def test_hours_of_both_functions_add_up_by_person_and_month() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        on("2024-04-11", HandedOver((TECHNOLOGY, AI), IRIS)),
        on("2024-05-02", HoursReported("2024-04", TECHNOLOGY, Decimal(60)), "technology"),
        on("2024-05-03", HoursReported("2024-04", AI, Decimal(30)), "ai"),
        on("2024-06-03", HoursReported("2024-05", AI, Decimal(8)), "may"),
    )
    assert dict(hours_by_holder(story.timeline)) == {
        ("2024-04", DANA): 30,
        ("2024-04", IRIS): 60,
        ("2024-05", IRIS): 8,
    }


@pytest.mark.parametrize(
    ("hours", "text"),
    [(Fraction(10), "10"), (Fraction(100), "100"), (Fraction(25, 2), "12.5"), (Fraction(1, 3), "0.33")],
)
def test_hours_have_at_most_two_decimals(hours: Fraction, text: str) -> None:
    assert hours_text(hours) == text
