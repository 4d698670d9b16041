"""Signs about who holds which role (A09, A10, A11), with dates worked out by hand."""

from __future__ import annotations

import pytest
from sign_cases import answers, runs, words
from story import (
    AI,
    DANA,
    IRIS,
    SOFIA,
    TECHNOLOGY,
    chosen,
    correct,
    day,
    given,
    named,
    on,
    retract,
    seat,
    split,
    terms,
    two_hats,
)

from domain.areas import DecisionOwner, Resolver
from domain.decisions import Log
from domain.kinds.agreements import ConflictRaised, ConflictResolvedBy, DecisionRightAssigned
from domain.kinds.engagement import Closed, Paused, Resumed
from domain.kinds.seats import HandedOver, HatAdded, MergedToOneRole, SeatFilled, SeatVacated
from domain.kinds.work import DeliverableIssued, InitiativeStarted
from domain.signs.runs import Run, ThresholdChange, ThresholdHistory

SMALL = answers(("profile:2024-01-15", {"headcount": 29}))


def evidence(run: Run, on: str) -> tuple[object, ...]:
    stretch = run.on(day(on).toordinal())
    assert stretch is not None
    return stretch.finding.evidence_on(day(on).toordinal())


def alone(text: str) -> Log:
    return chosen(text, seat(IRIS, AI), called="AI alone")


def pair(text: str) -> Log:
    return chosen(text, seat(DANA, TECHNOLOGY), seat(IRIS, AI), called="the pair")


# A09: a CAIO where nobody holds technology


def test_ai_without_technology_is_noticed_on_the_first_day() -> None:
    assert words(runs("A09", given(alone("2024-02-01")))) == ["2024-02-01.. medium"]


def test_ai_without_technology_ends_on_the_day_on_which_technology_is_filled() -> None:
    filled = given(alone("2024-02-01"), on("2024-05-01", SeatFilled(seat(DANA, TECHNOLOGY))))
    assert words(runs("A09", filled)) == ["2024-02-01..2024-05-01 medium"]
    second_hat = given(alone("2024-02-01"), on("2024-05-01", HatAdded(TECHNOLOGY)))
    assert words(runs("A09", second_hat)) == ["2024-02-01..2024-05-01 medium"]


def test_ai_without_technology_ends_when_ai_becomes_vacant_and_may_begin_again() -> None:
    story = given(
        pair("2024-02-01"),
        on("2024-03-01", SeatVacated((TECHNOLOGY,))),
        on("2024-04-01", SeatVacated((AI,))),
        on("2024-05-01", SeatFilled(seat(SOFIA, AI))),
    )
    assert words(runs("A09", story)) == ["2024-03-01..2024-04-01 medium", "2024-05-01.. medium"]


def test_ai_without_technology_is_severe_from_the_first_plan_that_needs_a_platform() -> None:
    story = given(
        on("2024-01-20", InitiativeStarted("before")),
        alone("2024-02-01"),
        on("2024-03-10", DeliverableIssued("ai_capability_map", AI)),
        on("2024-03-20", DeliverableIssued("ai_strategy", AI), "the strategy"),
        on("2024-04-01", InitiativeStarted("assistant"), "the assistant"),
    )
    assert words(runs("A09", story)) == ["2024-02-01.. medium until 2024-03-20, high"]
    run = runs("A09", story)[0]
    assert evidence(run, "2024-03-19") == (named("AI alone"),)
    assert evidence(run, "2024-04-01") == (named("AI alone"), named("the strategy"), named("the assistant"))
    assert words(runs("A09", story.when(retract("the strategy")))) == ["2024-02-01.. medium until 2024-04-01, high"]


@pytest.mark.parametrize("owner", ["vp_engineering", "full_time", "fractional"])
def test_an_owner_of_technology_of_the_client_s_own_clears_it(owner: str) -> None:
    known = answers(("2024-01-20", {"technology_seat": "none"}), ("2024-04-01", {"technology_seat": owner}))
    assert words(runs("A09", given(alone("2024-02-01")), known)) == ["2024-02-01..2024-04-01 medium"]


def test_an_unknown_technology_owner_does_not_clear_it_and_a_leaving_one_brings_it_back() -> None:
    unknown = answers(("2024-04-01", {"technology_seat": "unknown"}))
    assert words(runs("A09", given(alone("2024-02-01")), unknown)) == ["2024-02-01.. medium"]
    left = answers(("2024-01-20", {"technology_seat": "full_time"}), ("2024-04-01", {"technology_seat": "none"}))
    assert words(runs("A09", given(alone("2024-02-01")), left)) == ["2024-04-01.. medium"]


def test_ai_without_technology_is_not_noticed_in_a_pause() -> None:
    story = given(
        on("2024-01-20", Paused()), alone("2024-02-01"), on("2024-03-01", Resumed()), on("2024-06-01", Closed("done"))
    )
    assert words(runs("A09", story)) == ["2024-03-01..2024-06-01 medium"]


def test_a_corrected_date_moves_the_days_of_ai_without_technology() -> None:
    story = given(alone("2024-02-01")).when(correct("AI alone", "2024-02-10"))
    assert words(runs("A09", story)) == ["2024-02-10.. medium"]


# A10: two seats at once, before the company needs two


def test_two_seats_filled_in_one_quarter_are_too_early_at_a_small_company() -> None:
    story = given(
        on("2024-01-15", SeatFilled(seat(DANA, TECHNOLOGY)), "the CTO"),
        on("2024-03-31", SeatFilled(seat(IRIS, AI)), "the CAIO"),
    )
    assert words(runs("A10", story, SMALL)) == ["2024-03-31.. medium"]
    assert evidence(runs("A10", story, SMALL)[0], "2024-03-31") == (named("the CTO"), named("the CAIO"))


def test_two_seats_filled_in_different_quarters_are_not_at_once() -> None:
    story = given(on("2024-03-31", SeatFilled(seat(DANA, TECHNOLOGY))), on("2024-04-01", SeatFilled(seat(IRIS, AI))))
    assert words(runs("A10", story, SMALL)) == []


@pytest.mark.parametrize(
    ("size", "is_small"),
    [
        ({"headcount": 29}, True),
        ({"headcount": 30}, False),
        ({"products": 1, "engineers": 24}, True),
        ({"products": 1, "engineers": 25}, False),
        ({"products": 2, "engineers": 24}, False),
        ({"headcount": 30, "products": 1, "engineers": 24}, True),
        ({"engineers": 3}, False),
        ({"products": 1, "headcount": "unknown"}, False),
        ({}, False),
    ],
)
def test_a_company_is_too_small_for_two_seats_by_headcount_or_by_its_one_product(
    size: dict[str, object], is_small: bool
) -> None:
    found = runs("A10", given(pair("2024-02-01")), answers(("profile:2024-01-15", size)))
    assert words(found) == (["2024-02-01.. medium"] if is_small else [])


def test_two_seats_are_no_longer_too_early_once_the_company_has_passed_the_size() -> None:
    grown = answers(("profile:2024-01-15", {"headcount": 20}), ("2024-06-01", {"headcount": 30}))
    assert words(runs("A10", given(pair("2024-02-01")), grown)) == ["2024-02-01..2024-06-01 medium"]


def test_two_seats_that_were_right_when_filled_are_not_too_early_after_the_company_shrank() -> None:
    shrunk = answers(("profile:2024-01-15", {"headcount": 40}), ("2024-06-01", {"headcount": 12}))
    assert words(runs("A10", given(pair("2024-02-01")), shrunk)) == []
    late = answers(("2024-06-01", {"headcount": 12}))
    assert words(runs("A10", given(pair("2024-02-01")), late)) == []


def test_two_seats_made_by_a_split_are_not_too_early() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)), split("2024-03-01", DANA, IRIS))
    assert words(runs("A10", story, SMALL)) == []
    same_day = given(chosen("2024-02-01", two_hats(DANA)), split("2024-02-01", DANA, IRIS))
    assert words(runs("A10", same_day, SMALL)) == []
    chosen_anew = given(chosen("2024-02-01", two_hats(DANA)), pair("2024-03-01"))
    assert words(runs("A10", chosen_anew, SMALL)) == []


def test_a_hand_over_does_not_make_a_seat_younger() -> None:
    story = given(
        on("2024-01-20", SeatFilled(seat(DANA, TECHNOLOGY))),
        on("2024-04-10", HandedOver((TECHNOLOGY,), SOFIA)),
        on("2024-05-01", SeatFilled(seat(IRIS, AI))),
    )
    assert words(runs("A10", story, SMALL)) == []
    at_once = given(pair("2024-02-01"), on("2024-05-01", HandedOver((AI,), SOFIA)))
    assert words(runs("A10", at_once, SMALL)) == ["2024-02-01.. medium"]


def test_a_seat_for_the_same_role_chosen_anew_does_not_make_it_younger() -> None:
    story = given(chosen("2024-01-20", seat(DANA, TECHNOLOGY)), pair("2024-05-01"))
    assert words(runs("A10", story, SMALL)) == []
    at_once = given(pair("2024-02-01"), chosen("2024-05-01", seat(DANA, TECHNOLOGY), seat(SOFIA, AI)))
    assert words(runs("A10", at_once, SMALL)) == ["2024-02-01.. medium"]


def test_two_seats_filled_in_one_quarter_after_a_vacancy_are_at_once() -> None:
    story = given(
        chosen("2024-01-20", seat(DANA, TECHNOLOGY)),
        on("2024-05-01", SeatVacated((TECHNOLOGY,))),
        on("2024-08-01", SeatFilled(seat(SOFIA, TECHNOLOGY))),
        on("2024-09-01", SeatFilled(seat(IRIS, AI))),
    )
    assert words(runs("A10", story, SMALL)) == ["2024-09-01.. medium"]


def test_a_seat_filled_anew_in_a_later_quarter_does_not_bring_it_back() -> None:
    story = given(
        pair("2024-02-01"), on("2024-03-01", SeatVacated((AI,))), on("2024-05-01", SeatFilled(seat(SOFIA, AI)))
    )
    assert words(runs("A10", story, SMALL)) == ["2024-02-01..2024-03-01 medium"]


def test_two_seats_too_early_end_with_a_merger() -> None:
    story = given(pair("2024-02-01"), on("2024-04-01", MergedToOneRole(terms(DANA))))
    assert words(runs("A10", story, SMALL)) == ["2024-02-01..2024-04-01 medium"]


def test_two_seats_too_early_are_severe_while_a_conflict_is_open_for_four_weeks() -> None:
    story = given(
        pair("2024-02-01"),
        on("2024-03-01", ConflictRaised("cluster", "who pays")),
        on("2024-04-10", ConflictResolvedBy("cluster", Resolver.CEO)),
    )
    assert words(runs("A10", story, SMALL)) == ["2024-02-01.. medium until 2024-03-29, high until 2024-04-10, medium"]


def test_a_lower_limit_counts_from_its_day_on() -> None:
    lower = ThresholdHistory({"A10": (ThresholdChange(day("2024-03-15").toordinal(), {"headcount": 20}),)})
    assert words(runs("A10", given(pair("2024-02-01")), SMALL, lower)) == ["2024-02-01..2024-03-15 medium"]


# A11: a generalist with the CAIO label


def test_a_holder_whose_depth_nobody_recorded_is_unverified_after_ninety_days() -> None:
    assert words(runs("A11", given(chosen("2024-02-01", two_hats(DANA))))) == ["2024-05-01.. low"]


@pytest.mark.parametrize("depth", ["none", "uses_tools"])
def test_a_holder_without_depth_is_a_generalist_from_the_answer_on(depth: str) -> None:
    known = answers(("2024-03-01", {"cto_ai_depth": depth}), ("2024-07-01", {"cto_ai_depth": "shipped_production_ai"}))
    story = given(chosen("2024-02-01", two_hats(DANA)))
    assert words(runs("A11", story, known)) == ["2024-03-01..2024-07-01 high"]


def test_an_answer_with_depth_clears_what_was_unverified() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)))
    deep = answers(("2024-06-01", {"cto_ai_depth": "built_ai_at_scale_and_led"}))
    assert words(runs("A11", story, deep)) == ["2024-05-01..2024-06-01 low"]
    shallow = answers(("2024-06-01", {"cto_ai_depth": "none"}))
    assert words(runs("A11", story, shallow)) == ["2024-05-01.. low until 2024-06-01, high"]
    unknown = answers(("2024-06-01", {"cto_ai_depth": "unknown"}))
    assert words(runs("A11", story, unknown)) == ["2024-05-01.. low"]


def test_an_answer_from_before_counts_only_if_it_is_about_the_same_holder() -> None:
    known = answers(("2024-01-20", {"cto_ai_depth": "uses_tools"}))
    nobody_then = given(chosen("2024-02-01", two_hats(DANA)))
    assert words(runs("A11", nobody_then, known)) == ["2024-05-01.. low"]
    same = given(on("2024-01-16", SeatFilled(seat(DANA, TECHNOLOGY))), on("2024-02-01", HatAdded(AI)))
    assert words(runs("A11", same, known)) == ["2024-02-01.. high"]
    other = given(on("2024-01-16", SeatFilled(seat(SOFIA, TECHNOLOGY))), chosen("2024-02-01", two_hats(DANA)))
    assert words(runs("A11", other, known)) == ["2024-05-01.. low"]


def test_an_answer_on_the_day_on_which_the_holder_took_the_seat_is_about_the_holder() -> None:
    known = answers(("2024-02-01", {"cto_ai_depth": "uses_tools"}))
    assert words(runs("A11", given(chosen("2024-02-01", two_hats(DANA))), known)) == ["2024-02-01.. high"]


def test_a_hand_over_clears_a_generalist_and_the_new_holder_is_unverified_in_turn() -> None:
    known = answers(("2024-03-01", {"cto_ai_depth": "none"}))
    story = given(chosen("2024-02-01", two_hats(DANA)), on("2024-04-01", HandedOver((TECHNOLOGY, AI), SOFIA)))
    assert words(runs("A11", story, known)) == ["2024-03-01..2024-04-01 high", "2024-06-30.. low"]


def test_new_terms_of_the_same_holder_do_not_restart_the_ninety_days() -> None:
    story = given(chosen("2024-02-01", two_hats(DANA)), chosen("2024-03-01", two_hats(DANA), called="anew"))
    assert words(runs("A11", story)) == ["2024-05-01.. low"]


def test_a_split_clears_a_generalist_and_a_pause_suspends_it() -> None:
    known = answers(("2024-03-01", {"cto_ai_depth": "none"}))
    story = given(
        chosen("2024-02-01", two_hats(DANA)),
        on("2024-04-01", Paused()),
        on("2024-05-01", Resumed()),
        split("2024-06-01", DANA, IRIS),
    )
    assert words(runs("A11", story, known)) == ["2024-03-01..2024-04-01 high", "2024-05-01..2024-06-01 high"]
    assert words(runs("A11", story)) == ["2024-05-31..2024-06-01 low"]  # 60 days before the pause, 30 after it


def test_the_days_until_depth_is_unverified_are_the_firm_s() -> None:
    sooner = ThresholdHistory({"A11": (ThresholdChange(day("2024-03-15").toordinal(), {"unverified": 30}),)})
    assert words(runs("A11", given(chosen("2024-02-01", two_hats(DANA))), thresholds=sooner)) == ["2024-03-15.. low"]


def test_a_second_engagement_is_judged_by_its_own_milestones_and_the_answers_of_its_client() -> None:
    """The first one leaves an owner of AI risk and an open conflict; neither is carried over."""
    known = answers(("2024-01-20", {"cto_ai_depth": "uses_tools", "headcount": 12}))
    first = given(
        pair("2024-02-01"),
        on("2024-02-10", DecisionRightAssigned("ai_risk", DecisionOwner.AI)),
        on("2024-02-15", ConflictRaised("cluster", "who pays")),
        on("2024-05-01", Closed("done")),
    )
    assert words(runs("A10", first, known)) == ["2024-02-01..2024-05-01 medium until 2024-03-14, high"]
    assert words(runs("X04", first, known)) == []
    second = given(on("2024-07-01", SeatFilled(seat(DANA, TECHNOLOGY))), opened="2024-07-01").when(
        on("2024-08-15", SeatFilled(seat(IRIS, AI)))
    )
    assert words(runs("A10", second, known)) == ["2024-08-15.. medium"]
    assert words(runs("X01", second, known)) == []
    assert words(runs("X04", second, known)) == ["2024-11-13.. medium"]
