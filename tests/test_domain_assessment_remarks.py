"""What goes with a recommendation: contradictions, warnings, tests of depth, agreements, and what would change it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.assessment import Recommendation, Seats, evaluate, parse_answers
from domain.assessment.advice_warnings import WARNING_RULES
from domain.assessment.contradictions import CONTRADICTIONS
from domain.assessment.triggers import Trigger
from domain.seats import Structure


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def recommended(**answers: object) -> Recommendation:
    return evaluate(parse_answers(answers)).recommendation


ONE: dict[str, Any] = {"headcount": 12, "senior_leader_budget": 1}
TWO: dict[str, Any] = {"same_person_decides": False}
MIDDLE: dict[str, Any] = {"headcount": 60, "ai_centrality": "important", "same_person_decides": False}
SMB: dict[str, Any] = {"annual_revenue": usd("4000000")}
SMALL_TEAM: dict[str, Any] = {"products": 1, "engineers": 24, "ai_centrality": "feature", "ai_people": 21}

BEARING: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "C1": (TWO, ONE),
    "C2": ({"headcount": 60, "ai_centrality": "important"}, {"headcount": 600, "ai_centrality": "important"}),
    "C3": ({**SMB, "headcount": 12}, {**ONE, "annual_revenue": usd("40000000")}),
    "C4": ({**SMB, "technology_seat": "none"}, {**SMB, "technology_seat": "full_time"}),
    "C5": (ONE, TWO),
    "C6": ({**ONE, "stakes": "regulatory_or_safety"}, {**ONE, "stakes": "low", "sector": "retail"}),
    "C7": (TWO, {"ai_use_cases": 1}),
    "C8": ({**TWO, "ai_use_cases": 1}, {**TWO, "ai_use_cases": 0}),
    "C9": ({"ai_build_or_buy_pending": True}, {"ai_build_or_buy_pending": "unknown"}),
    "C10": ({"builds_software_product": True}, {"builds_software_product": False}),
    "C11": ({**TWO, "conflict_resolver": "cto"}, {**TWO, "conflict_resolver": "joint"}),
    "C12": (TWO, ONE),
    "C13": (
        {**MIDDLE, "ai_functions": ["sales", "support", "operations", "finance"]},
        {**MIDDLE, "ai_functions": ["sales"]},
    ),
    "C14": (ONE, MIDDLE),
    "C15": ({**ONE, "technology_seat": "full_time"}, {**ONE, "technology_seat": "none"}),
    "C16": (
        {"platform_state": "stable", "ai_centrality": "core"},
        {"platform_state": "stable", "ai_centrality": "core", "technology_seat": "full_time"},
    ),
    "C17": (ONE, TWO),
    "C18": ({"headcount": 200, "regulated": True}, {"headcount": 200}),
    "C19": (SMB, ONE),
    "C20": (SMALL_TEAM, {"headcount": 800}),
    "C21": ({**MIDDLE, "technology_seat": "none"}, MIDDLE),
    "C22": (TWO, ONE),
    "C23": ({**ONE, "stakes": "regulatory_or_safety"}, {**ONE, "stakes": "low"}),
}


def test_every_contradiction_is_tried() -> None:
    assert list(BEARING) == [one.id for one in CONTRADICTIONS]


@pytest.mark.parametrize("name", BEARING)
def test_a_contradiction_is_shown_where_it_bears_and_nowhere_else(name: str) -> None:
    bears, does_not = BEARING[name]
    assert name in {one.id for one in recommended(**bears).contradictions}
    assert name not in {one.id for one in recommended(**does_not).contradictions}


def test_with_nothing_known_nothing_bears_and_nothing_is_warned_of() -> None:
    nothing = recommended()
    assert not nothing.contradictions
    assert not nothing.warnings
    assert not nothing.depth
    assert not nothing.day_one
    assert not nothing.triggers


FIVE_FUNCTIONS = ["sales", "support", "operations", "finance", "product"]
LACKING = {**ONE, "same_person_decides": True, "technology_seat": "full_time", "cto_ai_depth": "uses_tools"}
WARNED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "A01": (TWO, ONE),
    "A03": ({**ONE, "ai_functions": FIVE_FUNCTIONS}, {**ONE, "ai_functions": FIVE_FUNCTIONS[1:]}),
    "A04": (
        {"technology_seat": "full_time", "ai_seat": "none", "ai_centrality": "core"},
        {"technology_seat": "full_time", "ai_seat": "fractional", "ai_centrality": "core"},
    ),
    "A05": (
        {"ai_seat": "fractional", "caio_ai_depth": "uses_tools"},
        {"ai_seat": "fractional", "caio_ai_depth": "shipped_production_ai"},
    ),
    "A08": ({**LACKING, "cto_bandwidth": "full"}, {**LACKING, "cto_bandwidth": "spare"}),
    "A09": ({**SMB, "technology_seat": "none"}, {**SMB, "technology_seat": "vp_engineering"}),
    "A10": (
        {
            **ONE,
            "technology_seat": "fractional",
            "ai_seat": "fractional",
            "technology_seat_since": "2026-01-01",
            "ai_seat_since": "2026-03-31",
        },
        {**ONE, "technology_seat": "fractional", "ai_seat": "fractional", "ai_seat_since": "2026-03-31"},
    ),
    "A11": (LACKING, {**LACKING, "cto_ai_depth": "shipped_production_ai"}),
    "A12": (ONE, TWO),
}


def test_every_warning_is_tried() -> None:
    assert list(WARNED) == [one.id for one in WARNING_RULES]


@pytest.mark.parametrize("name", WARNED)
def test_a_warning_goes_with_the_case_it_is_for_and_with_no_other(name: str) -> None:
    warns, does_not = WARNED[name]
    assert {one.id: one.certain for one in recommended(**warns).warnings}[name] is True
    assert name not in {one.id for one in recommended(**does_not).warnings}


def test_a_warning_that_rests_on_an_unknown_answer_is_not_certain() -> None:
    assert {one.id: one.certain for one in recommended(**SMB).warnings}["A09"] is False
    assert {one.id: one.certain for one in recommended(**ONE).warnings}["A11"] is False


@pytest.mark.parametrize(
    ("answers", "tests"),
    [
        (ONE, {"D01", "D02", "D04", "D05"}),
        (TWO, {"D03", "D06", "D07"}),
        (MIDDLE, {"D01", "D03", "D06", "D07"}),
        ({}, set()),
    ],
)
def test_the_leader_advised_must_meet_the_conditions_of_depth(answers: dict[str, Any], tests: set[str]) -> None:
    assert {one.id for one in recommended(**answers).depth} == tests


@pytest.mark.parametrize(
    ("depth", "met"),
    [
        ("uses_tools", {"D01": False, "D02": False, "D04": False, "D05": None}),
        ("shipped_production_ai", {"D01": True, "D02": False, "D04": True, "D05": None}),
        ("built_ai_at_scale_and_led", {"D01": True, "D02": True, "D04": True, "D05": None}),
        ("unknown", dict.fromkeys(("D01", "D02", "D04", "D05"))),
    ],
)
def test_depth_speaks_of_the_leader_who_is_there(depth: str, met: dict[str, bool | None]) -> None:
    there = recommended(**ONE, same_person_decides=True, technology_seat="fractional", cto_ai_depth=depth)
    assert {one.id: one.met for one in there.depth} == met


def test_of_a_leader_still_to_be_found_depth_is_to_be_shown() -> None:
    nobody = recommended(**ONE, technology_seat="none", cto_ai_depth="shipped_production_ai")
    assert {one.met for one in nobody.depth} == {None}


def test_day_one_names_who_decides_and_where_work_is_shared() -> None:
    agreed = {(one.matter.value, one.subject): one.owner for one in recommended(**TWO).day_one}
    assert agreed["decision_right", "architecture"] == "technology"
    assert agreed["decision_right", "ai_risk"] == "ai"
    assert agreed["decision_right", "ai_team_hiring"] == "joint"
    assert {owner for (matter, _), owner in agreed.items() if matter == "seam_area"} == {"joint"}
    assert ("cadence", "weekly_alignment") in agreed
    assert ("cadence", "which_hat_is_on") not in agreed


def test_two_hats_agree_on_which_hat_is_on_and_need_no_meeting_with_themselves() -> None:
    agreed = {one.subject for one in recommended(**ONE).day_one}
    assert "which_hat_is_on" in agreed
    assert "weekly_alignment" not in agreed


def moves(trigger: Trigger) -> dict[str, object]:
    return {one.answer: one.becomes for one in trigger.changes}


def test_a_second_product_or_the_25th_engineer_would_split_the_seat() -> None:
    """One seat by two votes to one: two frameworks count products and engineers, one counts the people on AI."""
    small = recommended(**SMALL_TEAM)
    assert small.seats is Seats.ONE
    splits = [moves(one) for one in small.triggers if one.moves.get("seats") == ("one", "two")]
    assert {"products": 2} in splits
    assert {"engineers": 25} in splits


def test_a_trigger_is_worked_out_and_not_told_where_it_would_change_nothing() -> None:
    """With the budget for one, neither a second product nor the 25th engineer splits anything."""
    bound = recommended(**{**SMALL_TEAM, "same_person_decides": True, "senior_leader_budget": 1})
    assert not [one for one in bound.triggers if one.moves.get("seats") == ("one", "two") and "products" in moves(one)]


def test_a_team_that_grows_past_the_company_takes_the_company_along() -> None:
    tiny = recommended(products=2, engineers=6, headcount=12, senior_leader_budget=2)
    grown = [moves(one) for one in tiny.triggers if "engineers" in moves(one)]
    assert grown == [{"engineers": 25, "headcount": 25}]
    (split,) = [one for one in tiny.triggers if "engineers" in moves(one)]
    assert split.when == "engineers: 25 or more; and headcount: 25 or more"


def test_a_team_that_grows_to_the_size_of_the_company_leaves_the_company_as_it_is() -> None:
    full = recommended(products=2, engineers=6, headcount=25, senior_leader_budget=2)
    assert [moves(one) for one in full.triggers if "engineers" in moves(one)] == [{"engineers": 25}]


def test_a_company_that_is_too_large_for_advice_on_commitment_may_shrink_into_it() -> None:
    large = recommended(same_person_decides=True, headcount=150)
    assert large.technology.value == "undecided"
    smaller = next(one for one in large.triggers if moves(one) == {"headcount": 99})
    assert smaller.moves["technology"] == ("undecided", "fractional")


def test_a_trigger_says_in_words_what_becomes_of_which_answer() -> None:
    band = recommended(headcount=29, ai_centrality="important")
    crossing = next(one for one in band.triggers if moves(one) == {"headcount": 30})
    assert crossing.when == "headcount: 30 or more"
    assert crossing.moves == {"seats": ("one", "two"), "technology": ("fractional", "full_time")}
    assert crossing.structure is Structure.FULL_TIME_CTO_FRACTIONAL_CAIO


def test_one_seat_for_two_different_needs_is_as_large_as_the_larger() -> None:
    small = recommended(**SMB, products=1, engineers=10, ai_centrality="feature", daily_hands_on_cto=True)
    assert (small.seats.value, small.technology.value, small.ai.value) == ("one", "full_time", "fractional")
    assert small.structure is Structure.UNIFIED_FULL_TIME


def test_filling_a_seat_that_is_held_is_moot() -> None:
    """The source says to begin with a CTO where software is built; there is one."""
    recommendation = recommended(**TWO, builds_software_product=True, technology_seat="full_time")
    assert recommendation.first is not None
    assert recommendation.first.value == "ai"
    moot = [one for one in recommendation.dissent if one.moot]
    assert [(one.framework, one.says) for one in moot] == [("hire_first", "technology")]


def test_the_most_wanted_answer_comes_first() -> None:
    missing = recommended(**ONE).missing
    counts = [len(one.frameworks) for one in missing]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1
