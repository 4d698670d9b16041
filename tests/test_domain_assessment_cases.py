"""The worked cases of the catalogue, as its author computed them by hand, and the rules' boundary values."""

from __future__ import annotations

import pytest

from domain.assessment import Advised, Assessment, Dimension, First, Modality, Seats, Verdict, evaluate, parse_answers
from domain.assessment.combination import How
from domain.seats import Structure


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def assess(**answers: object) -> Assessment:
    return evaluate(parse_answers(answers))


def verdict(framework: str, **answers: object) -> Verdict:
    return next(one for one in assess(**answers).verdicts if one.framework == framework)


def says(assessment: Assessment, framework: str) -> Verdict:
    return next(one for one in assessment.verdicts if one.framework == framework)


def fired(framework: str, **answers: object) -> set[str]:
    return set(verdict(framework, **answers).fired_keys())


def bearing(assessment: Assessment) -> set[str]:
    return {one.id for one in assessment.recommendation.contradictions}


def warned(assessment: Assessment) -> dict[str, bool]:
    return {one.id: one.certain for one in assessment.recommendation.warnings}


REGULATED_FINTECH = {
    "headcount": 200,
    "sector": "fintech",
    "regulated": True,
    "ai_centrality": "core",
    "stack_complexity": "complex",
    "same_person_decides": False,
}
TWELVE_PEOPLE = {
    "headcount": 12,
    "products": 1,
    "builds_software_product": True,
    "ai_centrality": "feature",
    "technology_seat": "none",
    "senior_leader_budget": 1,
}
SIXTY_PEOPLE = {
    "headcount": 60,
    "technology_seat": "full_time",
    "ai_functions": ["sales", "customer_success", "operations", "finance"],
    "ai_centrality": "important",
}
SERVICE_BUSINESS = {
    "annual_revenue": usd("4000000"),
    "service_business": True,
    "headcount": 25,
    "technology_seat": "none",
    "generic_ai_tools_without_strategy": True,
}
HEALTH_START_UP = {"headcount": 20, "sector": "health", "senior_leader_budget": 1}
SIX_HUNDRED_PEOPLE = {
    "headcount": 600,
    "ai_spend": usd("1000000"),
    "ai_people": 8,
    "ai_use_cases": 1,
    "ai_in_product": False,
}


def test_case_1_a_regulated_fintech_of_200_needs_two_seats() -> None:
    case = assess(**REGULATED_FINTECH)
    assert says(case, "five_questions").structure is Structure.FULL_TIME_PAIR
    assert {"N03", "Q03.sector"} <= says(case, "five_questions").fired_keys()
    mandates = says(case, "mandates")
    assert mandates.seats is Seats.TWO
    assert {"Q05.regulated", "N11"} <= mandates.fired_keys()
    assert [conflict.contradiction for conflict in mandates.conflicts] == ["C18"]
    assert says(case, "two_hats").seats is Seats.TWO
    assert says(case, "two_hats").decided_by["seats"] == ("F-S4c.4.no",)
    assert case.recommendation.structure is Structure.FULL_TIME_PAIR
    assert {"C1", "C2", "C18"} <= bearing(case)


def test_case_1_a_budget_nobody_told_could_still_overrule_the_must() -> None:
    missing = {one.answer: one.could_change for one in verdict("five_questions", **REGULATED_FINTECH).missing}
    assert missing["senior_leader_budget"]
    assert not missing["products"]


def test_case_2_twelve_people_with_one_product_start_with_one_leader() -> None:
    case = assess(**TWELVE_PEOPLE)
    assert says(case, "five_questions").structure is Structure.UNIFIED_FRACTIONAL
    assert says(case, "seam").seats is Seats.ONE
    assert says(case, "mandates").seats is Seats.UNDECIDED
    assert says(case, "hire_first").first is First.TECHNOLOGY
    assert says(case, "two_hats").first is First.TECHNOLOGY
    assert "F-S4c.3.no" in says(case, "two_hats").fired_keys()
    assert case.recommendation.structure is Structure.UNIFIED_FRACTIONAL
    assert case.recommendation.first is None  # one leader fills both functions at once
    assert "D01" in {one.id for one in case.recommendation.depth}  # "if fluent"


def test_case_3_sixty_people_with_a_cto_are_told_of_a_caio_beside_and_of_one_role() -> None:
    case = assess(**SIXTY_PEOPLE)
    assert says(case, "five_questions").structure is Structure.FULL_TIME_CTO_FRACTIONAL_CAIO
    assert says(case, "mandates").seats is Seats.UNDECIDED
    assert says(case, "mandates").fired_keys() == {"N11"}
    assert case.recommendation.structure is Structure.FULL_TIME_CTO_FRACTIONAL_CAIO
    two_hats = says(case, "two_hats")
    assert "F-S4c.3.yes" in two_hats.fired_keys()
    assert two_hats.first is First.AI
    assert two_hats.ai is Advised.FRACTIONAL
    assert two_hats.seats is Seats.UNDECIDED
    assert "same_person_decides" in {one.answer for one in two_hats.missing if one.could_change}
    assert {"C2", "C13"} <= bearing(case)


@pytest.mark.parametrize(("same_person", "seats"), [(True, Seats.ONE), (False, Seats.TWO)])
def test_case_3_is_decided_by_the_fourth_question(same_person: bool, seats: Seats) -> None:
    assert assess(**SIXTY_PEOPLE, same_person_decides=same_person).recommendation.seats is seats


def test_case_4_a_service_business_without_a_cto_is_told_two_things_about_who_comes_first() -> None:
    case = assess(**SERVICE_BUSINESS)
    assert says(case, "hire_first").first is First.AI
    assert says(case, "two_hats").first is First.TECHNOLOGY
    assert says(case, "five_questions").structure is Structure.UNIFIED_FRACTIONAL
    assert case.recommendation.structure is Structure.UNIFIED_FRACTIONAL
    assert case.recommendation.first is None
    assert {"C3", "C4"} <= bearing(case)
    assert warned(case)["A09"] is True


def test_case_4_warns_of_an_ai_leader_alone_only_while_nobody_holds_technology() -> None:
    with_technology = {**SERVICE_BUSINESS, "technology_seat": "full_time"}
    unknown = {**SERVICE_BUSINESS, "technology_seat": "unknown"}
    assert "A09" not in warned(assess(**with_technology))
    assert warned(assess(**unknown))["A09"] is False  # a warning still, and not a certain one


def test_case_5_a_health_start_up_with_a_budget_for_one_is_unified_with_the_conflict_named() -> None:
    case = assess(**HEALTH_START_UP)
    own = says(case, "five_questions")
    assert {"N01", "Q03.sector", "Q04"} <= own.fired_keys()
    assert own.structure is Structure.UNIFIED_FRACTIONAL
    assert own.strengths["seats"] is Modality.MUST
    assert [(c.contradiction, c.dimension) for c in own.conflicts] == [("C6", "seats")]
    assert case.recommendation.structure is Structure.UNIFIED_FRACTIONAL
    assert "C6" in bearing(case)
    agreed = {(one.matter.value, one.subject): one for one in case.recommendation.day_one}
    assert agreed["decision_right", "ai_risk"].owner == "ai"
    assert ("trigger", "split") in agreed
    split = [t for t in case.recommendation.triggers if t.moves.get("seats") == ("one", "two")]
    assert [[(c.answer, c.was, c.becomes) for c in t.changes] for t in split] == [[("senior_leader_budget", 1, 2)]]


@pytest.mark.parametrize("budget", ["unknown", 2])
def test_case_5_without_a_known_budget_for_one_the_must_holds(budget: object) -> None:
    case = assess(**{**HEALTH_START_UP, "senior_leader_budget": budget})
    assert says(case, "five_questions").seats is Seats.TWO
    assert case.recommendation.seats is Seats.TWO
    assert case.recommendation.tallies[Dimension.SEATS].how is How.MUST
    assert "C6" not in bearing(case)


def test_case_6_six_hundred_people_with_little_ai_are_left_undecided_by_both_lists() -> None:
    case = assess(**SIX_HUNDRED_PEOPLE)
    mandates = says(case, "mandates")
    assert mandates.seats is Seats.UNDECIDED
    assert mandates.fired_keys() == {"N10", "Q08.internal"}
    assert [conflict.contradiction for conflict in mandates.conflicts] == ["C18"]
    assert "C18" in bearing(case)
    assert not says(case, "five_questions").decided_by
    assert {one.answer for one in mandates.missing if one.could_change} == {
        "ai_law_exposure",
        "regulated",
        "cto_bandwidth",
    }


def test_case_7_two_seats_filled_in_one_quarter_at_28_people_are_too_many_too_soon() -> None:
    pair = {"headcount": 28, "technology_seat": "fractional", "ai_seat": "fractional"}
    together = assess(**pair, technology_seat_since="2026-01-05", ai_seat_since="2026-03-30")
    apart = assess(**pair, technology_seat_since="2026-01-05", ai_seat_since="2026-04-01")
    assert together.recommendation.seats is Seats.ONE
    assert warned(together)["A10"] is True
    assert "A10" not in warned(apart)


def test_case_7_is_no_warning_where_two_seats_are_right() -> None:
    pair = {**REGULATED_FINTECH, "technology_seat": "full_time", "ai_seat": "full_time"}
    assert "A10" not in warned(assess(**pair, technology_seat_since="2026-01-05", ai_seat_since="2026-03-30"))


def test_case_8_a_unified_engagement_is_warned_of_the_weaker_hat_and_told_to_deliver_twice() -> None:
    case = assess(**TWELVE_PEOPLE)
    assert warned(case)["A12"] is True
    papers = {one.subject: one.owner for one in case.recommendation.day_one if one.matter.value == "deliverable"}
    assert papers == {"technology_read": "technology", "ai_capability_map": "ai", "governance_framework": "ai"}


def test_case_8_a_cto_without_ai_depth_or_room_is_warned_of_dropping_the_ai_half() -> None:
    case = assess(
        **{**TWELVE_PEOPLE, "technology_seat": "fractional", "cto_ai_depth": "uses_tools", "cto_bandwidth": "full"},
        same_person_decides=True,
    )
    assert case.recommendation.seats is Seats.ONE
    assert warned(case)["A08"] is True
    assert warned(case)["A11"] is True


# Boundaries


@pytest.mark.parametrize(("headcount", "rules"), [(29, {"N01"}), (30, {"N02"}), (100, {"N02"}), (101, set())])
def test_the_smallest_band_ends_below_30_and_the_middle_one_at_100(headcount: int, rules: set[str]) -> None:
    assert fired("five_questions", headcount=headcount, ai_centrality="important") == rules


@pytest.mark.parametrize(("headcount", "rules"), [(99, {"N02"}), (100, {"N03"})])
def test_the_largest_band_begins_at_100(headcount: int, rules: set[str]) -> None:
    assert fired("five_questions", headcount=headcount, ai_centrality="core", stack_complexity="complex") == rules


@pytest.mark.parametrize("lacking", ["headcount", "stack_complexity", "ai_centrality"])
def test_the_largest_band_wants_all_three_of_its_conditions(lacking: str) -> None:
    answers = {"headcount": 200, "stack_complexity": "complex", "ai_centrality": "core"}
    others = {"headcount": 50, "stack_complexity": "moderate", "ai_centrality": "peripheral"}
    assert "N03" not in fired("five_questions", **{**answers, lacking: others[lacking]})
    assert "N03" not in fired("five_questions", **{**answers, lacking: "unknown"})


@pytest.mark.parametrize(("engineers", "alone"), [(24, True), (25, False)])
def test_the_25th_engineer_ends_the_single_seat_in_both_sources(engineers: int, alone: bool) -> None:
    one = {"products": 1, "engineers": engineers, "ai_centrality": "feature"}
    assert ("N06" in fired("seam", **one)) == alone
    assert ("N05.small" in fired("five_questions", **one)) == alone
    assert ("N05" in fired("five_questions", products=2, engineers=engineers)) == (not alone)


@pytest.mark.parametrize(("products", "rule"), [(1, "N05.small"), (2, None)])
def test_a_second_product_ends_it_too(products: int, rule: str | None) -> None:
    assert fired("five_questions", products=products, engineers=10) == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("answers", "rule", "fires"),
    [
        ({"ai_spend": usd("5000000.00")}, "N08", False),
        ({"ai_spend": usd("5000000.01")}, "N08", True),
        ({"ai_people": 20}, "N09", False),
        ({"ai_people": 21}, "N09", True),
        ({"headcount": 500}, "N11", False),
        ({"headcount": 499}, "N11", True),
        ({"ai_use_cases": 2}, "N10", True),
        ({"ai_use_cases": 3}, "N10", False),
    ],
)
def test_the_lists_of_mandates_do_not_include_their_figures(answers: dict[str, object], rule: str, fires: bool) -> None:
    assert (rule in fired("mandates", **answers)) == fires


@pytest.mark.parametrize(
    ("answers", "rule", "fires"),
    [
        ({"annual_revenue": usd("50000000")}, "N12", False),
        ({"annual_revenue": usd("49999999.99")}, "N12", True),
        ({"ai_initiatives": 5}, "N13", True),
        ({"ai_initiatives": 4}, "N13", False),
        ({"annual_revenue": usd("1000000")}, "N14", True),
        ({"annual_revenue": usd("999999.99")}, "N14", False),
        ({"annual_revenue": usd("10000000")}, "N14", True),
        ({"annual_revenue": usd("10000000.01")}, "N14", False),
        ({"annual_revenue": usd("10000000")}, "N15.fractional_cto", True),
        ({"annual_revenue": usd("10000000.01")}, "N15.fractional_cto", False),
    ],
)
def test_hire_first_counts_one_and_ten_million_in_and_fifty_out(
    answers: dict[str, object], rule: str, fires: bool
) -> None:
    assert (rule in fired("hire_first", **answers)) == fires


SPREAD = ["sales", "customer_success", "operations", "finance", "product"]


def test_four_functions_want_full_attention_and_five_break_the_single_seat() -> None:
    assert "Q02" in fired("five_questions", ai_functions=SPREAD[:4])
    assert "Q02" not in fired("five_questions", ai_functions=SPREAD[1:])  # product is not beyond engineering's door
    assert "N07" in fired("seam", ai_functions=SPREAD)
    assert "N07" not in fired("seam", ai_functions=[*SPREAD[:4], "engineering"])


@pytest.mark.parametrize(
    ("stage", "fires"), [("seed", True), ("series_a", True), ("series_b", False), ("bootstrapped", False)]
)
def test_below_series_b_stops_at_series_b(stage: str, fires: bool) -> None:
    assert ("N18" in fired("two_hats", funding_stage=stage, ai_centrality="important")) == fires


SIGNALS: dict[str, object] = {
    "ai_centrality": "differentiator",
    "platform_state": "stable",
    "unanswered_questions_ai_shaped": True,
    "technology_seat": "vp_engineering",
}


@pytest.mark.parametrize(
    ("count", "tiers"),
    [(0, set()), (1, {"N17"}), (2, {"N17", "N17.decisive"}), (3, {"N17", "N17.decisive", "N17.not_a_cto"})],
)
def test_the_signals_for_a_caio_count_in_tiers(count: int, tiers: set[str]) -> None:
    rules = fired("two_hats", **dict(list(SIGNALS.items())[:count]))
    assert {rule for rule in rules if rule.startswith("N17")} == tiers
    assert ("C16" in bearing(assess(**dict(list(SIGNALS.items())[:count])))) == (count == 2)


def test_the_fourth_question_outweighs_all_that_speaks_against_it() -> None:
    early = {"funding_stage": "seed", "ai_centrality": "core", "operator_ceo_led": True, "mid_market": True}
    assert verdict("two_hats", **early).seats is Seats.ONE
    against = verdict("two_hats", **early, same_person_decides=False)
    assert against.seats is Seats.TWO
    assert against.conflicts[0].dimension == "seats"


def test_the_fourth_question_counts_double_among_the_frameworks() -> None:
    one_against_two = {"ai_people": 21, "headcount": 20, "senior_leader_budget": 1, "same_person_decides": False}
    seats = assess(**{**one_against_two, "headcount": 60}).recommendation.tallies[Dimension.SEATS]
    assert seats.value is Seats.TWO
    counts = {ballot.framework: ballot.counts for ballot in seats.ballots}
    assert counts == {"five_questions": 1, "mandates": 1, "two_hats": 2}


@pytest.mark.parametrize(
    "answers",
    [
        {"headcount": 300, "stack_complexity": "simple", "ai_centrality": "core"},
        {"headcount": 300, "stack_complexity": "complex", "ai_centrality": "important"},
        {"headcount": 60, "ai_centrality": "feature"},
    ],
)
def test_five_questions_has_no_band_where_its_source_has_none(answers: dict[str, object]) -> None:
    assert not verdict("five_questions", **answers).decided_by


def test_hire_first_makes_its_two_exceptions() -> None:
    smb = {"annual_revenue": usd("5000000")}
    assert verdict("hire_first", **smb).technology is Advised.FRACTIONAL
    assert verdict("hire_first", **smb, daily_hands_on_cto=True).technology is Advised.FULL_TIME
    assert verdict("hire_first", **smb, full_time_ai_oversight=True).ai is Advised.FULL_TIME


@pytest.mark.parametrize(
    ("cto", "rule"),
    [
        (
            {"cto_bandwidth": "spare", "cto_measured_on_ai_outcomes": True},
            "Q13",
        ),
        ({"cto_bandwidth": "spare"}, None),
        ({"cto_bandwidth": "full"}, "Q13.fails"),
        ({"cto_measured_on_ai_outcomes": False}, "Q13.fails"),
    ],
)
def test_a_cto_leads_ai_too_on_all_three_conditions_only(cto: dict[str, object], rule: str | None) -> None:
    rules = fired("hire_first", technology_seat="full_time", cto_ai_depth="shipped_production_ai", **cto)
    assert {one for one in rules if one.startswith("Q13")} == ({rule} if rule else set())


def test_both_questions_at_one_full_seat_ask_for_a_second_leader() -> None:
    full = {"ai_outcome_owner": "cto_in_theory", "conflict_resolver": "cto", "cto_bandwidth": "stretched"}
    assert verdict("seam", **full).seats is Seats.TWO
    assert verdict("seam", **full).ai is Advised.FRACTIONAL
    assert verdict("seam", **{**full, "conflict_resolver": "ceo"}).seats is Seats.UNDECIDED


def test_a_company_of_twelve_has_no_team_of_25_whoever_counted() -> None:
    assert "N06" in fired("seam", headcount=12, products=1, ai_centrality="feature")
    assert "N06" not in fired("seam", headcount=40, products=1, ai_centrality="feature")
    assert "N09" not in fired("mandates", headcount=21, ai_people="unknown")


def test_a_threshold_in_dollars_is_not_tried_on_other_money() -> None:
    case = assess(ai_spend={"amount": "9000000", "currency": "EUR"})
    mandates = says(case, "mandates")
    assert not mandates.fired
    missing = {one.answer: one for one in mandates.missing}
    assert missing["ai_spend"].could_change
    assert "EUR" in (missing["ai_spend"].reason or "")


def test_a_fired_rule_names_the_answers_that_fired_it() -> None:
    rule = next(one for one in verdict("mandates", ai_spend=usd("6000000.50")).fired)
    assert (rule.rule, rule.source, rule.answers) == ("N08", "S2:L27", {"ai_spend": usd("6000000.50")})


def test_a_rule_one_answer_short_nearly_fires() -> None:
    near = {(one.rule, one.clause): one.lacks for one in verdict("five_questions", products=2, engineers=24).nearly}
    assert near["N05", ""] == ("engineers: 25 or more",)
    spent = {one.rule for one in verdict("mandates", ai_spend=usd("4500000")).nearly}
    assert "N08" in spent
    assert "N08" not in {one.rule for one in verdict("mandates", ai_spend=usd("1000000")).nearly}


def test_the_outcome_of_a_conflict_is_a_sentence_and_names_its_rules_beside() -> None:
    """What prevails is told in its own words; its id (N09) has a field of its own."""
    judged = verdict("mandates", ai_people=25, headcount=40)
    (conflict,) = judged.conflicts
    assert conflict.prevails == ("N09",)
    assert conflict.outcome == "The stronger rule prevails: More than 20 people work on AI projects."
    drawn = verdict("five_questions", headcount=20, ai_centrality="differentiator", regulated=False, sector="retail")
    assert [one.prevails for one in drawn.conflicts] == [()]


def test_a_stronger_rule_still_open_could_end_a_draw_and_a_weaker_one_could_not() -> None:
    """N01 and Q01 are equally strong, for one seat and for two; Q03 is stronger, Q02 and N05 are weaker."""
    drawn = verdict("five_questions", headcount=20, ai_centrality="differentiator", senior_leader_budget=0)
    assert drawn.seats is Seats.ONE  # settled by the budget
    drawn = verdict("five_questions", headcount=20, ai_centrality="differentiator", regulated=False, sector="retail")
    assert drawn.seats is Seats.UNDECIDED
    assert [conflict.outcome for conflict in drawn.conflicts] == [
        "Nothing is decided: neither side outweighs the other."
    ]
    missing = {one.answer: one.could_change for one in drawn.missing}
    assert missing["stakes"]
    assert not missing["ai_functions"]
    assert not missing["products"]
