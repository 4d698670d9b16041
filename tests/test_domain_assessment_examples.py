"""What version 2 of the frameworks makes of clients written from the articles."""

from __future__ import annotations

from typing import Any

import pytest

from domain.assessment import (
    Advised,
    Assessment,
    Dimension,
    Direction,
    First,
    Outcome,
    Recommendation,
    Seats,
    drift,
    edition_of,
    evaluate,
    headline,
    parse_answers,
)
from domain.assessment.advice_text import how_sentence
from domain.assessment.combination import FRAMEWORKS, How, Silence
from domain.seats import Structure


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def assess(**answers: Any) -> Assessment:
    return evaluate(parse_answers(answers))


def recommended(**answers: Any) -> Recommendation:
    return assess(**answers).recommendation


def verdict(framework: str, **answers: Any) -> Any:
    return next(one for one in assess(**answers).verdicts if one.framework == framework)


def warned(recommendation: Recommendation) -> set[tuple[str, str]]:
    return {(one.id, one.applies_to.value) for one in recommendation.warnings}


VERDICTS: list[tuple[dict[str, Any], str, Seats]] = [
    (
        {"headcount": 80, "ai_spend": usd("50000000"), "ai_people": 60, "cto_bandwidth": "stretched"},
        "mandates",
        Seats.TWO,
    ),
    ({"headcount": 40}, "mandates", Seats.UNDECIDED),
    ({"ai_spend": usd("2000000"), "ai_people": 21, "ai_in_product": False}, "mandates", Seats.TWO),
    ({"headcount": 600, "ai_law_exposure": "needs_an_executive"}, "mandates", Seats.TWO),
    ({"regulated": True}, "mandates", Seats.TWO),
    ({"regulated": True, "ai_law_exposure": "some"}, "mandates", Seats.UNDECIDED),
    (
        {"headcount": 499, "ai_use_cases": 2, "ai_in_product": False, "ai_law_exposure": "minimal"},
        "mandates",
        Seats.ONE,
    ),
    ({"headcount": 499, "ai_use_cases": 2, "ai_in_product": False}, "mandates", Seats.UNDECIDED),
    (
        {"headcount": 500, "ai_use_cases": 2, "ai_in_product": False, "ai_law_exposure": "minimal"},
        "mandates",
        Seats.UNDECIDED,
    ),
    ({"annual_revenue": usd("20000000")}, "hire_first", Seats.SINGLE),
    ({"annual_revenue": usd("49000000"), "ai_initiatives": 5}, "hire_first", Seats.TWO),
    ({"annual_revenue": usd("49000000"), "ai_initiatives": 4}, "hire_first", Seats.SINGLE),
    (
        {"annual_revenue": usd("20000000"), "ai_in_product": True, "ai_centrality": "core"},
        "hire_first",
        Seats.TWO,
    ),
    ({"platform_state": "debt", "generic_ai_tools_without_strategy": True}, "hire_first", Seats.TWO),
    (
        {"annual_revenue": usd("20000000"), "technology_seat": "full_time", "competitors_gaining_ai": True},
        "hire_first",
        Seats.TWO,
    ),
    ({"sector": "dental clinic", "stakes": "low", "regulated": False}, "five_questions", Seats.UNDECIDED),
    ({"sector": "dental clinic", "regulated": False}, "five_questions", Seats.TWO),
    ({"stakes": "moderate", "regulated": True}, "five_questions", Seats.UNDECIDED),
    ({"headcount": 40, "ai_centrality": "feature"}, "five_questions", Seats.UNDECIDED),
    ({"headcount": 40, "ai_centrality": "core"}, "five_questions", Seats.TWO),
]


@pytest.mark.parametrize(("answers", "framework", "seats"), VERDICTS)
def test_a_framework_concludes_what_its_author_would(answers: dict[str, Any], framework: str, seats: Seats) -> None:
    assert verdict(framework, **answers).seats is seats


@pytest.mark.parametrize("seat", ["vp_engineering", "unknown", "fractional", "full_time"])
def test_no_technology_leader_who_lacks_ai_fluency_covers_both_sides(seat: str) -> None:
    team = {"products": 1, "engineers": 10, "ai_centrality": "feature"}
    assert verdict("seam", **team).seats is Seats.ONE
    assert verdict("seam", **team, technology_seat=seat, cto_ai_depth="uses_tools").seats is Seats.TWO


def test_without_a_technology_leader_nobody_lacks_ai_fluency() -> None:
    team = {"products": 1, "engineers": 10, "ai_centrality": "feature", "technology_seat": "none"}
    assert verdict("seam", **team, cto_ai_depth="uses_tools").seats is Seats.ONE


STRUCTURES: list[tuple[dict[str, Any], Structure]] = [
    ({"headcount": 150, "stack_complexity": "complex", "ai_centrality": "core"}, Structure.FULL_TIME_PAIR),
    ({"headcount": 100, "stack_complexity": "complex", "ai_centrality": "core"}, Structure.FULL_TIME_PAIR),
    ({"headcount": 30, "ai_centrality": "important"}, Structure.FULL_TIME_CTO_FRACTIONAL_CAIO),
    (
        {
            "headcount": 60,
            "ai_centrality": "important",
            "funding_stage": "series_a",
            "same_person_decides": False,
        },
        Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
    ),
    (
        {
            "technology_seat": "full_time",
            "ai_centrality": "core",
            "platform_state": "stable",
            "same_person_decides": True,
        },
        Structure.UNIFIED_FRACTIONAL,
    ),
    (
        {
            "annual_revenue": usd("4000000"),
            "products": 1,
            "engineers": 10,
            "ai_centrality": "feature",
            "daily_hands_on_cto": True,
        },
        Structure.UNIFIED_FULL_TIME,
    ),
    ({"platform_state": "debt", "competitors_gaining_ai": True}, Structure.FRACTIONAL_PAIR),
    (
        {"annual_revenue": usd("4000000"), "ai_initiatives": 5, "full_time_ai_oversight": True},
        Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
    ),
    (
        {"annual_revenue": usd("20000000"), "technology_seat": "none", "builds_software_product": True},
        Structure.CTO_ONLY_FRACTIONAL,
    ),
    ({"annual_revenue": usd("5000000"), "daily_hands_on_cto": True}, Structure.CTO_ONLY_FULL_TIME),
    (
        {"annual_revenue": usd("20000000"), "ai_centrality": "core", "platform_state": "stable"},
        Structure.CAIO_ONLY_FRACTIONAL,
    ),
    ({"annual_revenue": usd("5000000"), "full_time_ai_oversight": True}, Structure.CAIO_ONLY_FULL_TIME),
    (
        {
            "technology_seat": "vp_engineering",
            "platform_state": "stable",
            "ai_centrality": "feature",
            "unanswered_questions_ai_shaped": False,
            "ai_outcome_owner": "other",
        },
        Structure.NONE,
    ),
]


@pytest.mark.parametrize(("answers", "structure"), STRUCTURES)
def test_a_structure_is_advised_where_the_articles_advise_it(answers: dict[str, Any], structure: Structure) -> None:
    assert recommended(**answers).structure is structure


def test_every_structure_can_be_the_advice() -> None:
    assert {structure for _, structure in STRUCTURES} == set(Structure)


def test_two_leaders_without_a_word_on_how_much_is_an_answer() -> None:
    two = recommended(ai_people=21)
    assert (two.seats, two.structure) == (Seats.TWO, None)
    assert headline(two.outcome) == "Two leaders. How much of each, the articles do not say for this company."


def test_both_full_time_seats_on_record_are_what_a_large_company_needs() -> None:
    large = {"headcount": 300, "ai_centrality": "core", "stack_complexity": "complex"}
    held = recommended(**large, technology_seat="full_time", ai_seat="full_time")
    assert held.structure is Structure.FULL_TIME_PAIR
    assert drift(held.outcome, Structure.FULL_TIME_PAIR).direction is Direction.NONE
    assert held.remarks == ()
    assert held.first is None


def test_one_role_or_the_other_is_no_person_in_both_roles() -> None:
    single = recommended(annual_revenue=usd("20000000"))
    assert single.seats is Seats.SINGLE
    assert not {"A11", "A12"} & {one.id for one in single.warnings}
    assert not {"D02", "D05"} & {one.id for one in single.depth}


def test_upgrades_and_strategy_at_once_bring_both_roles_first() -> None:
    assert verdict("hire_first", platform_state="debt", generic_ai_tools_without_strategy=True).first is First.BOTH


def test_ai_comes_first_unless_basic_infrastructure_is_known_to_be_missing() -> None:
    assert verdict("hire_first", competitors_gaining_ai=True).first is First.AI
    missing = verdict("hire_first", competitors_gaining_ai=True, basic_infrastructure=False)
    assert missing.first is First.BOTH
    assert verdict("hire_first", service_business=True, basic_infrastructure=False).first is First.TECHNOLOGY


@pytest.mark.parametrize(
    ("revenue", "technology"),
    [
        (usd("999999"), Advised.UNDECIDED),
        (usd("1000000"), Advised.FRACTIONAL),
        ("unknown", Advised.FRACTIONAL),
        (usd("10000000.01"), Advised.UNDECIDED),
    ],
)
def test_fractional_is_almost_always_right_for_small_businesses_only(revenue: object, technology: Advised) -> None:
    both = verdict("hire_first", platform_state="debt", competitors_gaining_ai=True, annual_revenue=revenue)
    assert (both.seats, both.technology, both.ai) == (Seats.TWO, technology, technology)


@pytest.mark.parametrize(
    ("size", "technology"),
    [
        ({}, Advised.FRACTIONAL),
        ({"headcount": 99}, Advised.FRACTIONAL),
        ({"headcount": 100}, Advised.UNDECIDED),
        ({"funding_stage": "series_a"}, Advised.FRACTIONAL),
        ({"funding_stage": "bootstrapped"}, Advised.FRACTIONAL),
        ({"funding_stage": "series_b"}, Advised.UNDECIDED),
        ({"headcount": 99, "funding_stage": "public"}, Advised.UNDECIDED),
    ],
)
def test_two_hats_speaks_of_fractional_leaders_to_early_and_mid_market_companies_only(
    size: dict[str, Any], technology: Advised
) -> None:
    assert verdict("two_hats", same_person_decides=True, **size).technology is technology
    assert verdict("two_hats", same_person_decides=True, **size).seats is Seats.ONE


def test_a_list_says_how_much_of_it_holds() -> None:
    three = verdict("mandates", ai_spend=usd("6000000"), ai_people=21, cto_bandwidth="stretched", headcount=60)
    assert three.reading == (
        "3 of 5 reasons for two roles hold; one is enough.",
        "1 of 4 conditions for one role hold; it takes all of them.",
    )
    assert [one.contradiction for one in three.conflicts] == ["C18"]


def test_an_answer_and_what_stands_in_for_it_are_one_reason() -> None:
    assert verdict("mandates", regulated=True).reading == ("1 of 5 reasons for two roles hold; one is enough.",)
    explicit = verdict("mandates", regulated=True, ai_law_exposure="needs_an_executive")
    assert explicit.reading == ("1 of 5 reasons for two roles hold; one is enough.",)
    assert explicit.fired_keys() == {"Q05"}


def test_two_hats_says_what_its_four_questions_lean_to() -> None:
    answers = {"ai_centrality": "core", "platform_state": "bottleneck", "technology_seat": "full_time"}
    assert verdict("two_hats", **answers, same_person_decides=False).reading == (
        "Questions 1 and 3 lean to a CAIO.",
        "Question 2 leans to a CTO.",
        "Question 4 points to two people.",
        "Question 4 weighs most when they disagree.",
    )


def test_a_package_that_lost_on_seats_says_nothing_on_commitment() -> None:
    """Question 4 has two votes for one leader; the rule for 30 to 100 people loses its full-time CTO with its seats."""
    middle = recommended(headcount=60, ai_centrality="important", same_person_decides=True)
    assert middle.structure is Structure.UNIFIED_FRACTIONAL
    lost = [b for b in middle.tallies[Dimension.TECHNOLOGY].ballots if b.silent is Silence.PACKAGE_LOST]
    assert [(ballot.framework, ballot.value, ballot.counts) for ballot in lost] == [
        ("five_questions", Advised.FULL_TIME, 0)
    ]


def test_a_tie_goes_to_the_stronger_article_before_it_goes_to_less() -> None:
    stronger = recommended(products=1, engineers=10, ai_people=21)  # CAN for one, PROBABLY for two
    assert stronger.tallies[Dimension.SEATS].how is How.STRONGER
    assert stronger.seats is Seats.TWO
    even = recommended(headcount=20, technology_seat="full_time", cto_bandwidth="full")  # USUALLY for one and for two
    assert even.tallies[Dimension.SEATS].how is How.TIE
    assert even.seats is Seats.ONE
    assert "our own rule" in how_sentence(even.tallies[Dimension.SEATS])


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ({"same_person_decides": False, "technology_seat": "none"}, First.TECHNOLOGY),
        ({"same_person_decides": False, "technology_seat": "full_time"}, First.AI),
        ({"same_person_decides": False, "technology_seat": "full_time", "ai_seat": "fractional"}, None),
        ({"same_person_decides": True, "technology_seat": "none"}, None),
        ({"technology_seat": "none"}, None),
    ],
)
def test_first_is_told_only_where_two_roles_are_to_be_filled_and_somebody_is_missing(
    answers: dict[str, Any], first: First | None
) -> None:
    assert recommended(**answers).first is first


def test_a_single_role_is_the_one_that_is_filled_already() -> None:
    held = recommended(annual_revenue=usd("20000000"), technology_seat="full_time")
    assert (held.seats, held.ai, held.first) == (Seats.SINGLE, Advised.NONE, None)
    assert held.remarks == ()


HEADLINES = [
    (Outcome(Seats.ONE, Advised.FULL_TIME, Advised.FRACTIONAL, None), "One full-time leader for technology and AI."),
    (Outcome(Seats.ONE, Advised.FRACTIONAL, Advised.FRACTIONAL, None), "One fractional leader for technology and AI."),
    (
        Outcome(Seats.ONE, Advised.UNDECIDED, Advised.FRACTIONAL, None),
        "One leader for technology and AI. How much, the articles do not say for this company.",
    ),
    (
        Outcome(Seats.TWO, Advised.FULL_TIME, Advised.FRACTIONAL, First.TECHNOLOGY),
        "Two leaders: a full-time CTO and a fractional CAIO. Fill the CTO role first.",
    ),
    (
        Outcome(Seats.TWO, Advised.FRACTIONAL, Advised.FRACTIONAL, First.BOTH),
        "Two leaders: a fractional CTO and a fractional CAIO. Fill both at once.",
    ),
    (
        Outcome(Seats.TWO, Advised.UNDECIDED, Advised.FRACTIONAL, None),
        "Two leaders: a CTO and a fractional CAIO. How much of a CTO, the articles do not say for this company.",
    ),
    (
        Outcome(Seats.TWO, Advised.FULL_TIME, Advised.UNDECIDED, None),
        "Two leaders: a full-time CTO and a CAIO. How much of a CAIO, the articles do not say for this company.",
    ),
    (Outcome(Seats.SINGLE, Advised.FRACTIONAL, Advised.NONE, First.TECHNOLOGY), "A fractional CTO, and no CAIO yet."),
    (
        Outcome(Seats.SINGLE, Advised.NONE, Advised.UNDECIDED, First.AI),
        "A CAIO, and no CTO yet. How much of a CAIO, the articles do not say for this company.",
    ),
    (
        Outcome(Seats.SINGLE, Advised.UNDECIDED, Advised.UNDECIDED, None),
        "One of the two roles, not both yet. Which one, the articles do not say for this company.",
    ),
    (Outcome(Seats.NONE, Advised.NONE, Advised.NONE, None), "Neither a CTO nor a CAIO for now."),
    (
        Outcome(Seats.UNDECIDED, Advised.UNDECIDED, Advised.UNDECIDED, None),
        "The articles do not decide how many leaders this company needs.",
    ),
]


@pytest.mark.parametrize(("outcome", "sentence"), HEADLINES)
def test_the_advice_is_a_sentence(outcome: Outcome, sentence: str) -> None:
    assert headline(outcome) == sentence


def test_earlier_versions_of_every_framework_stay_readable() -> None:
    for framework in FRAMEWORKS:
        first = edition_of(framework.id, 1)
        assert first is not None
        assert first["version"] == 1
        assert first["rules"] != edition_of(framework.id)["rules"]  # type: ignore[index]
        assert edition_of(framework.id, framework.version) == edition_of(framework.id)
        assert edition_of(framework.id, framework.version + 1) is None
    assert edition_of("astrology") is None
