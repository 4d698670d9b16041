"""Roles undefined (A06) and leaders who do not meet (A07), with dates worked out by hand."""

from __future__ import annotations

from sign_cases import runs, words
from sign_story import met, owns, pair
from story import DANA, IRIS, SOFIA, TECHNOLOGY, chosen, day, given, on, split, two_hats

from domain.kinds.engagement import Closed, Paused, Resumed
from domain.kinds.seats import HandedOver
from domain.signs.runs import ThresholdChange, ThresholdHistory


def test_roles_are_undefined_thirty_days_after_both_functions_are_held() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)))
    assert words(runs("A06", story)) == ["2024-03-02.. medium"]


def test_roles_are_defined_once_architecture_and_ai_risk_have_an_owner() -> None:
    held = given(chosen("2024-02-01", two_hats(DANA)))
    one_area = held.when(owns("2024-02-10", "architecture"))
    assert words(runs("A06", one_area)) == ["2024-03-02.. medium"]
    assert words(runs("A06", one_area.when(owns("2024-03-01", "ai_risk")))) == []
    assert words(runs("A06", one_area.when(owns("2024-03-20", "ai_risk")))) == ["2024-03-02..2024-03-20 medium"]


def test_undefined_roles_are_severe_once_there_are_two_seats() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)), split("2024-04-01", DANA, IRIS))
    assert words(runs("A06", story)) == ["2024-03-02.. medium until 2024-04-01, high"]


def test_paused_days_are_not_days_of_grace() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA)), on("2024-02-11", Paused()), on("2024-03-01", Resumed())
    )  # ten days before the pause, so twenty after it
    assert words(runs("A06", story)) == ["2024-03-21.. medium"]


def test_a_pause_ends_a_run_and_a_new_one_begins_on_the_day_of_the_resumption() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)), on("2024-03-10", Paused()), on("2024-04-01", Resumed()))
    assert words(runs("A06", story)) == ["2024-03-02..2024-03-10 medium", "2024-04-01.. medium"]


def test_a_close_clears_every_sign_on_its_day() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)), on("2024-06-30", Closed("done")))
    assert words(runs("A06", story)) == ["2024-03-02..2024-06-30 medium"]


def test_a_changed_threshold_leaves_earlier_days_as_they_were_judged() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)))
    stricter = ThresholdHistory({"A06": (ThresholdChange(day("2024-02-20").toordinal(), {"grace": 10}),)})
    assert words(runs("A06", story, thresholds=stricter)) == ["2024-02-20.. medium"]
    looser = ThresholdHistory({"A06": (ThresholdChange(day("2024-03-10").toordinal(), {"grace": 60}),)})
    assert words(runs("A06", story, thresholds=looser)) == ["2024-03-02..2024-03-10 medium", "2024-04-01.. medium"]
    rejudged = looser.throughout(day("2024-05-01").toordinal())
    assert words(runs("A06", story, thresholds=rejudged)) == ["2024-04-01.. medium"]


def test_two_leaders_who_never_met_do_not_talk_from_the_twenty_second_day() -> None:
    assert words(runs("A07", given(pair("2024-02-01")))) == ["2024-02-23.. medium until 2024-03-15, high"]


def test_a_meeting_of_both_holders_ends_the_silence_and_starts_the_count_anew() -> None:
    story = given(pair("2024-02-01"), met("2024-02-20", DANA, IRIS), met("2024-03-20", IRIS, DANA, SOFIA))
    assert words(runs("A07", story)) == [
        "2024-03-13..2024-03-20 medium",
        "2024-04-11.. medium until 2024-05-02, high",
    ]


def test_a_meeting_without_one_of_the_holders_does_not_count() -> None:
    story = given(pair("2024-02-01"), met("2024-02-20", DANA, SOFIA))
    assert words(runs("A07", story)) == ["2024-02-23.. medium until 2024-03-15, high"]


def test_a_hand_over_does_not_restart_the_count_and_the_new_holder_must_take_part() -> None:
    story = given(
        pair("2024-02-01"),
        on("2024-02-10", HandedOver((TECHNOLOGY,), SOFIA)),
        met("2024-03-01", DANA, IRIS),
        met("2024-03-05", SOFIA, IRIS),
    )
    assert words(runs("A07", story))[0] == "2024-02-23..2024-03-05 medium"
