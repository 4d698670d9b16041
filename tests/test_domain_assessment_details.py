"""Small laws of answers, seats on record, readings, dissent, day one and triggers, each told apart by one case."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from made_up_cases import case
from small_frameworks import SOURCE

from domain.assessment import Advised, Outcome, Seats, evaluate, parse_answers
from domain.assessment.answers import AnswersRefused
from domain.assessment.combination import How
from domain.assessment.conditions import all_of, any_of, count_of, yes
from domain.assessment.day_one import AGREEMENTS, Matter, agreements_for
from domain.assessment.framework import First, Framework, Method, Modality, Rule, Vote
from domain.assessment.predicates import Values
from domain.assessment.reading import reading_of
from domain.assessment.record import RECORD, SeatsOnRecord, evaluated_answers
from domain.kinds.engagement import AssessmentTaken
from domain.seats import Commitment, Function, Provider, SeatTerms
from domain.timeline import SeatSpan

MAY, JULY, SEPTEMBER = date(2025, 5, 1), date(2025, 7, 1), date(2025, 9, 1)
USUALLY = Modality.USUALLY
DANA = UUID(int=1)


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def refused(answers: dict[str, Any]) -> list[str]:
    with pytest.raises(AnswersRefused) as caught:
        parse_answers(answers)
    return [name for name, _ in caught.value.errors]


def test_every_refused_answer_is_named_whichever_comes_first() -> None:
    assert refused({"mood": "good", "headcount": -1, "weather": "fair"}) == ["mood", "headcount", "weather"]


def test_an_amount_beside_a_value_is_no_part_of_an_answer() -> None:
    assert refused({"ai_spend": {"value": usd("5.00"), "amount": "5.00"}}) == ["ai_spend.amount"]
    assert parse_answers({"ai_spend": {"value": usd("5.00")}}) == parse_answers({"ai_spend": usd("5.00")})


def test_answers_that_differ_have_different_hashes_and_equal_ones_the_same() -> None:
    few, many = parse_answers({"headcount": 3}), parse_answers({"headcount": 300})
    assert hash(few) == hash(parse_answers({"headcount": 3})) != hash(many)


def span(function: Function, start: date, end: date | None = None, *, seat: int = 1) -> SeatSpan:
    terms = SeatTerms(DANA, Commitment.FRACTIONAL, Provider.FIRM)
    return SeatSpan(function, UUID(int=seat), terms, start, end, UUID(int=9))


def test_a_copy_of_what_the_record_once_answered_does_not_stand() -> None:
    copied = parse_answers({"technology_seat": {"value": "fractional", "source": RECORD}, "headcount": 3})
    assert SeatsOnRecord().standing(copied) == parse_answers({"headcount": 3})


def test_ai_goes_on_where_it_passes_to_a_seat_that_gives_up_technology_that_day() -> None:
    seats = SeatsOnRecord.of_spans(
        [
            span(Function.AI, MAY, JULY, seat=2),
            span(Function.TECHNOLOGY, MAY, JULY, seat=1),
            span(Function.AI, JULY, seat=1),
        ]
    )
    assert seats.answers_on(SEPTEMBER)["ai_seat_since"].value == MAY


def test_answers_of_an_assessment_without_a_day_are_of_the_day_on_which_it_was_taken() -> None:
    assessment = AssessmentTaken({"headcount": 3}, DANA)
    assert evaluated_answers(assessment, JULY)["headcount"].as_of == JULY
    assert evaluated_answers(assessment)["headcount"].as_of is None


def test_the_record_beside_verdicts_is_a_mapping() -> None:
    with pytest.raises(TypeError, match=r"^the answers of the seats on record are stored as a mapping$"):
        evaluated_answers(AssessmentTaken({}, DANA, {RECORD: ["technology_seat"]}))


QUESTIONS = ("regulated", "service_business", "operator_ceo_led", "mid_market")


def reading(*rules: tuple[str, Vote], weighty: frozenset[str] = frozenset({"F-S4c.4"})) -> tuple[str, ...]:
    """The reading of a framework whose rules, by clause and vote, all fire."""
    framework = Framework(
        "made_up",
        1,
        "Made up",
        SOURCE,
        "A made-up framework",
        Method.STRONGEST,
        tuple(
            Rule("F-S4c", yes(question), vote, USUALLY, "A sentence.", "S9:L1", clause=clause)
            for (clause, vote), question in zip(rules, QUESTIONS, strict=False)
        ),
        counts_double=weighty,
    )
    return reading_of(framework, [True] * len(rules))


AI, TECHNOLOGY = Vote(first=First.AI), Vote(first=First.TECHNOLOGY)
TWO_PEOPLE = ("4", Vote(seats=Seats.TWO))


def test_numbered_questions_are_read_by_what_they_lean_to() -> None:
    assert reading(("1", AI)) == ("Question 1 leans to a CAIO.",)
    assert reading(("1.budget", AI), ("2.team.size", AI), ("3", AI)) == ("Questions 1, 2 and 3 lean to a CAIO.",)
    assert reading(("1", TECHNOLOGY), ("2", AI), ("3", TECHNOLOGY)) == (
        "Questions 1 and 3 lean to a CTO.",
        "Question 2 leans to a CAIO.",
    )


def test_question_four_weighs_most_only_where_others_lean() -> None:
    assert reading(TWO_PEOPLE) == ("Question 4 points to two people.",)
    assert reading(TWO_PEOPLE, ("1", AI)) == (
        "Question 1 leans to a CAIO.",
        "Question 4 points to two people.",
        "Question 4 weighs most when they disagree.",
    )


def test_only_a_framework_with_a_question_that_counts_double_is_read_by_its_questions() -> None:
    assert reading(("1", AI), weighty=frozenset()) == ()


CLIENTS: tuple[dict[str, Any], ...] = (
    {"headcount": 24, "engineers": 8, "products": 1, "senior_leader_budget": 1, "regulated": True},
    {"headcount": 600, "ai_spend": usd("6000000"), "annual_revenue": usd("40000000"), "ai_centrality": "core"},
    {"regulated": True, "technology_seat": "fractional", "ai_seat": "same_person", "headcount": 24},
    {"senior_leader_budget": 1, "needs_custom_technology": True, "has_dev_team": False, "cto_ai_depth": "none"},
    {"headcount": 24, "senior_leader_budget": 1, "stakes": "regulatory_or_safety", "engineers": 24, "products": 2},
)


def test_whoever_votes_for_something_else_dissents_unless_nothing_was_asked() -> None:
    said: Counter[How] = Counter()
    for answers in CLIENTS:
        recommendation = evaluate(parse_answers(answers)).recommendation
        expected = []
        for dimension, tally in recommendation.tallies.items():
            said[tally.how] += len(tally.ballots)
            for ballot in tally.ballots:
                if tally.how is not How.NOT_ASKED and ballot.value is not tally.value:
                    instead = "undecided" if tally.value is None else tally.value.value
                    expected.append((ballot.framework, dimension, ballot.value.value, instead, not ballot.counts))
        dissent = [(d.framework, d.dimension, d.says, d.instead_of, d.moot) for d in recommendation.dissent]
        assert dissent == expected
    assert said[How.NOT_ASKED]


def test_the_rules_that_are_cited_are_those_that_voted_for_what_is_advised() -> None:
    for answers in CLIENTS:
        recommendation = evaluate(parse_answers(answers)).recommendation
        expected = {
            (ballot.framework, rule)
            for tally in recommendation.tallies.values()
            for ballot in tally.ballots
            for rule in ballot.rules
            if ballot.value is tally.value and ballot.counts > 0
        }
        assert {(one.framework, one.rule) for one in recommendation.cites} == expected


def test_the_structure_is_reviewed_as_soon_as_one_seat_is_advised() -> None:
    undecided = Advised.UNDECIDED
    subjects = {
        seats: {one.subject for one in agreements_for(case(outcome=Outcome(seats, undecided, undecided, None)))}
        for seats in (Seats.ONE, Seats.SINGLE, Seats.TWO, Seats.UNDECIDED, Seats.NONE)
    }
    assert {seats for seats, names in subjects.items() if "review" in names} == {Seats.ONE, Seats.SINGLE, Seats.TWO}


def test_agreements_name_an_owner_where_the_sources_do() -> None:
    owners = {one.subject: one.owner for one in AGREEMENTS if one.matter is not Matter.SEAM_AREA}
    assert owners == {
        "architecture": "technology",
        "engineering_hiring": "technology",
        "ai_risk": "ai",
        "ai_strategy": "ai",
        "ai_governance": "ai",
        "ai_team_hiring": "joint",
        "spending_limits": None,
        "weekly_alignment": "joint",
        "which_hat_is_on": None,
        "review": None,
        "technology_read": "technology",
        "ai_capability_map": "ai",
        "governance_framework": "ai",
        "split": None,
        "second_leader": None,
    }
    assert {one.owner for one in AGREEMENTS if one.matter is Matter.SEAM_AREA} == {"joint"}
    assert {one.source for one in AGREEMENTS if one.matter is Matter.DELIVERABLE} == {"S4:L55"}


@pytest.mark.parametrize(
    ("seats", "warned"),
    [
        ({"technology_seat": "fractional", "ai_seat": "none"}, True),
        ({"ai_seat": "same_person"}, True),
        ({"technology_seat": "fractional"}, False),
        ({"ai_seat": "none"}, False),
        ({"technology_seat": "none", "ai_seat": "none"}, False),
    ],
)
def test_one_leader_in_place_for_work_in_five_functions_is_warned_of(seats: dict[str, Any], warned: bool) -> None:
    functions = ["sales", "marketing", "support", "finance", "legal"]
    warnings = evaluate(parse_answers({"ai_functions": functions, **seats})).recommendation.warnings
    assert any(one.id == "A03" and one.applies_to == "held" for one in warnings) == warned


def triggers_of(answers: dict[str, Any]) -> list[str]:
    return [one.when for one in evaluate(parse_answers(answers)).recommendation.triggers]


def test_the_exception_of_a_rule_is_tried_only_where_the_rule_fires() -> None:
    """The budget is described as in a rule of its own, not as in the exception of a rule that does not fire."""
    answers = {"senior_leader_budget": 1, "headcount": 24, "engineers": 24, "stakes": "regulatory_or_safety"}
    assert "senior leaders in the budget: 2 or more" in triggers_of(answers)


def test_what_needs_another_change_beside_one_that_suffices_is_no_trigger() -> None:
    answers = {
        "ai_centrality": "peripheral",
        "ai_build_or_buy_pending": False,
        "cto_ai_depth": "none",
        "engineers": 24,
        "needs_custom_technology": True,
        "ai_in_product": True,
    }
    assert triggers_of(answers) == [
        "the CTO's AI depth: shipped production AI or built AI at scale and led",
        "AI build-or-buy decision pending: yes",
        "AI centrality: core or differentiator; and state of the platform: stable",
        "AI centrality: core or differentiator; and technology seat: fractional or full time or VP engineering",
    ]


def test_each_part_that_fails_leaves_one_less_to_hold() -> None:
    parts = [all_of(yes(question), yes("ai_in_product")) for question in QUESTIONS]
    some = Values({"regulated": False})
    assert count_of(3, *parts).holds(some) is None
    assert count_of(4, *parts).holds(some) is False
    assert any_of(*parts[:2]).holds(some) is None
    assert any_of(*parts[:1]).holds(some) is False
