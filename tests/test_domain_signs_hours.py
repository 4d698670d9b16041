"""Signs about hours: one role always wins (A12), and too few hours for many functions (X03); dates by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sign_cases import answers, runs, words
from story import (
    AI,
    DANA,
    FULL_TIME,
    IRIS,
    SOFIA,
    TECHNOLOGY,
    chosen,
    correct,
    day,
    given,
    hours,
    on,
    seat,
    split,
    two_hats,
)

from domain.decisions import Log
from domain.kinds.engagement import Paused, Resumed
from domain.kinds.seats import HandedOver, SeatFilled, TermsChanged, TransitionedToFullTime
from domain.kinds.work import HoursReported
from domain.seats import Function, Hours
from domain.signs.runs import ThresholdChange, ThresholdHistory

BOTH_ROLES = (TECHNOLOGY, AI)
QUARTER = ("2024-02", "2024-03", "2024-04")


def one_seat(agreed: Hours | None = None) -> Log:
    return chosen("2024-02-01", two_hats(DANA, hours_per_month=agreed), called="one seat")


def worked(month: str, technology: str, ai: str | None, reported: str | None = None) -> list[Log]:
    """Hours of a month, reported on the fifth of the next month unless said otherwise; null: not reported."""
    year, number = map(int, month.split("-"))
    when = reported or f"{year + number // 12}-{number % 12 + 1:02}-05"
    return [
        on(when, HoursReported(month, function, Decimal(amount)), f"{function} {month}")
        for function, amount in ((TECHNOLOGY, technology), (AI, ai))
        if amount is not None
    ]


def months(*each: tuple[str, str, str | None]) -> list[Log]:
    return [report for one in each for report in worked(*one)]


def test_a_role_loses_after_three_months_below_half_of_its_agreed_share_dated_to_the_end_of_the_third() -> None:
    story = given(one_seat(hours(20, 20)), *months(*((month, "31", "10") for month in QUARTER)))
    (run,) = runs("A12", story)
    assert words([run]) == ["2024-04-30.. medium"]
    assert run.start == day("2024-05-05").toordinal()
    assert run.stretches[0].finding.details_on(run.start) == ("ai",)


def test_half_of_the_agreed_share_is_enough() -> None:
    story = given(one_seat(hours(20, 20)), *months(*((month, "30", "10") for month in QUARTER)))
    assert words(runs("A12", story)) == []


def test_technology_may_lose_as_well() -> None:
    story = given(one_seat(hours(20, 20)), *months(*((month, "10", "31") for month in QUARTER)))
    (run,) = runs("A12", story)
    assert words([run]) == ["2024-04-30.. medium"]
    assert run.stretches[0].finding.details_on(run.start) == ("technology",)


@pytest.mark.parametrize("agreed", [None, Hours(technology=Decimal(20)), hours(0, 0)])
@pytest.mark.parametrize(("ai", "loses"), [("1.99", True), ("2", False)])
def test_without_agreed_hours_for_both_a_role_needs_a_fifth_of_the_hours(
    agreed: Hours | None, ai: str, loses: bool
) -> None:
    technology = str(10 - Decimal(ai))
    story = given(one_seat(agreed), *months(*((month, technology, ai) for month in QUARTER)))
    assert bool(runs("A12", story)) is loses


def test_a_seat_without_any_report_says_nothing_about_hours() -> None:
    assert words(runs("A12", given(one_seat(hours(20, 20))))) == []


def test_a_role_without_a_report_where_the_other_has_one_got_no_hours() -> None:
    story = given(one_seat(), *months(*((month, "30", None) for month in QUARTER)))
    assert words(runs("A12", story)) == ["2024-04-30.. high"]


def test_it_is_severe_only_while_the_newest_three_months_have_no_hours_at_all() -> None:
    story = given(
        one_seat(), *months(*((month, "30", None) for month in QUARTER), ("2024-05", "30", "1"), ("2024-06", "30", "1"))
    )
    assert words(runs("A12", story)) == ["2024-04-30.. high until 2024-06-05, medium"]


def test_a_balanced_month_clears_it_on_the_day_of_its_report() -> None:
    story = given(one_seat(), *months(*((month, "30", "1") for month in QUARTER), ("2024-05", "30", "10")))
    # the hours of technology come first, on the same day: no day sees them alone
    assert words(runs("A12", story)) == ["2024-04-30..2024-06-05 medium"]


def test_two_losing_months_or_three_that_do_not_follow_each_other_are_not_enough() -> None:
    two = given(one_seat(), *months(("2024-02", "30", "1"), ("2024-03", "30", "1")))
    assert words(runs("A12", two)) == []
    gap = two.when(*worked("2024-05", "30", "1"))
    assert words(runs("A12", gap)) == []
    filled_late = gap.when(*worked("2024-04", "30", "1", reported="2024-06-20"))
    assert words(runs("A12", filled_late)) == ["2024-04-30.. medium"]
    assert runs("A12", filled_late)[0].start == day("2024-06-20").toordinal()


def test_hours_reported_later_for_one_of_the_months_clear_it() -> None:
    story = given(
        one_seat(),
        *months(*((month, "30", "1") for month in QUARTER)),
        on("2024-05-20", HoursReported("2024-03", AI, Decimal(20))),
    )
    assert words(runs("A12", story)) == ["2024-04-30..2024-05-20 medium"]


def test_hours_reported_within_their_month_count_from_its_last_day() -> None:
    story = given(
        one_seat(),
        *months(("2024-02", "30", "1"), ("2024-03", "30", "1")),
        *worked("2024-04", "30", "1", reported="2024-04-20"),
    )
    assert words(runs("A12", story)) == ["2024-04-30.. medium"]
    assert runs("A12", story)[0].start == day("2024-04-30").toordinal()


def test_the_share_is_that_agreed_on_the_last_day_of_the_month() -> None:
    story = given(
        one_seat(hours(38, 2)),
        *months(*((month, "90", "10") for month in QUARTER)),
        on("2024-02-29", TermsChanged(BOTH_ROLES, hours(20, 20))),
        on("2024-04-30", TermsChanged(BOTH_ROLES, hours(30, 20))),
    )
    assert words(runs("A12", story)) == ["2024-04-30.. medium"]
    agreed_again = story.when(on("2024-04-30", TermsChanged(BOTH_ROLES, hours(38, 2)), "agreed again"))
    assert words(runs("A12", agreed_again)) == []


def test_only_months_that_end_in_a_unified_seat_count_and_a_split_ends_it() -> None:
    story = given(
        on("2024-01-20", SeatFilled(seat(DANA, TECHNOLOGY))),
        *worked("2024-01", "30", None),
        chosen("2024-03-31", two_hats(DANA)),
        *months(("2024-02", "30", None), ("2024-03", "30", None), ("2024-04", "30", None), ("2024-05", "30", None)),
        split("2024-08-01", DANA, IRIS),
    )
    assert words(runs("A12", story)) == ["2024-05-31..2024-08-01 high"]


def test_a_hand_over_does_not_clear_it_and_a_pause_suspends_it() -> None:
    story = given(
        one_seat(),
        *months(*((month, "30", "1") for month in QUARTER)),
        on("2024-05-10", HandedOver(BOTH_ROLES, SOFIA)),
        on("2024-06-01", Paused()),
        on("2024-07-01", Resumed()),
    )
    assert words(runs("A12", story)) == ["2024-04-30..2024-06-01 medium", "2024-07-01.. medium"]


def test_it_is_not_dated_back_into_a_pause() -> None:
    story = given(
        one_seat(),
        *months(*((month, "30", "1") for month in QUARTER)),
        on("2024-04-25", Paused()),
        on("2024-05-03", Resumed()),
    )
    assert words(runs("A12", story)) == ["2024-05-03.. medium"]


def test_it_is_not_dated_back_before_a_day_on_which_it_was_cleared() -> None:
    story = given(
        one_seat(),
        *months(*((month, "30", "1") for month in QUARTER)),
        on("2024-06-05", HoursReported("2024-05", AI, Decimal(20))),
        on("2024-06-15", HoursReported("2024-05", TECHNOLOGY, Decimal(300))),
    )
    assert words(runs("A12", story)) == ["2024-04-30..2024-06-05 medium", "2024-06-15.. medium"]


def test_a_corrected_report_is_judged_as_corrected() -> None:
    story = given(one_seat(), *months(*((month, "30", "1") for month in QUARTER)))
    corrected = story.when(correct("ai 2024-03", details=lambda _: HoursReported("2024-03", AI, Decimal(9))))
    assert words(runs("A12", corrected)) == []


def test_the_number_of_months_is_the_firm_s() -> None:
    story = given(one_seat(), *months(("2024-02", "30", "1"), ("2024-03", "30", "1")))
    sooner = ThresholdHistory({"A12": (ThresholdChange(day("2024-05-01").toordinal(), {"months": 2}),)})
    assert words(runs("A12", story, thresholds=sooner)) == ["2024-05-01.. medium"]
    always = sooner.throughout(day("2024-05-01").toordinal())
    assert words(runs("A12", story, thresholds=always)) == ["2024-03-31.. medium"]


# X03: hours too few for the functions they must serve

FOUR = ["sales", "support", "operations", "finance"]


def ai_seat(agreed: int | None, **rest: object) -> Log:
    terms = {"hours_per_month": None if agreed is None else hours(ai=agreed), **rest}
    return chosen("2024-02-01", seat(IRIS, Function.AI, **terms))  # type: ignore[arg-type]


@pytest.mark.parametrize(("agreed", "are_few"), [(12, True), (20, True), (21, False), (None, False)])
def test_twenty_hours_are_few_for_four_functions(agreed: int | None, are_few: bool) -> None:
    found = runs("X03", given(ai_seat(agreed)), answers(("2024-01-20", {"ai_functions": FOUR})))
    assert words(found) == (["2024-02-01.. medium"] if are_few else [])


def test_engineering_does_not_count_as_a_function_to_serve() -> None:
    known = answers(
        ("2024-01-20", {"ai_functions": [*FOUR[:3], "engineering"]}),
        ("2024-03-01", {"ai_functions": [*FOUR, "engineering"]}),
        ("2024-04-01", {"ai_functions": "unknown"}),
        ("2024-05-01", {"ai_functions": FOUR[:3]}),
    )
    assert words(runs("X03", given(ai_seat(12)), known)) == ["2024-03-01..2024-05-01 medium"]


def test_more_hours_or_a_full_time_seat_are_enough_for_many_functions() -> None:
    known = answers(("2024-01-20", {"ai_functions": FOUR}))
    more = given(ai_seat(12), on("2024-04-01", TermsChanged((AI,), hours(ai=24))))
    assert words(runs("X03", more, known)) == ["2024-02-01..2024-04-01 medium"]
    full_time = given(ai_seat(12), on("2024-04-01", TransitionedToFullTime((AI,), IRIS, hours_per_month=hours(ai=12))))
    assert words(runs("X03", full_time, known)) == ["2024-02-01..2024-04-01 medium"]
    assert words(runs("X03", given(ai_seat(12, commitment=FULL_TIME)), known)) == []


def test_the_ai_hours_of_a_unified_seat_may_be_too_few() -> None:
    known = answers(("2024-01-20", {"ai_functions": FOUR}))
    assert words(runs("X03", given(one_seat(hours(40, 12))), known)) == ["2024-02-01.. medium"]
    assert words(runs("X03", given(one_seat(hours(12, 40))), known)) == []
