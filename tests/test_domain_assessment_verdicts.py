"""What a verdict tells besides its decisions: conflicts, what nearly fired, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from small_frameworks import SOURCE

from domain.assessment import parse_answers
from domain.assessment.answers import weighable
from domain.assessment.conditions import all_of, at_least, yes
from domain.assessment.framework import Advised, Dimension, Framework, Method, Modality, Rule, Seats, Settlement, Vote
from domain.assessment.predicates import Condition
from domain.assessment.verdict import InternalConflict, Verdict, Voice, judge

CAN, USUALLY, MUST = Modality.CAN, Modality.USUALLY, Modality.MUST
FIRST, SECOND, THIRD = "regulated", "service_business", "mid_market"
BUDGET = "basic_infrastructure"


def rule(key: str, question: str | Condition, vote: Seats | Advised, modality: Modality, **rest: Any) -> Rule:
    condition = yes(question) if isinstance(question, str) else question
    cast = Vote(seats=vote) if isinstance(vote, Seats) else Vote(technology=vote)
    return Rule(key, condition, cast, modality, f"{key} holds.", "S9:L1", **rest)


def judged(*rules: Rule, method: Method = Method.STRONGEST, given: dict[str, Any], **rest: Any) -> Verdict:
    framework = Framework("made_up", 1, "Made up", SOURCE, "A made-up framework", method, rules, **rest)
    answers = parse_answers(given)
    return judge(framework, answers, weighable(answers))


ONE, TWO = rule("R1", FIRST, Seats.ONE, USUALLY), rule("R2", SECOND, Seats.TWO, USUALLY)


def test_rules_that_vote_for_different_things_are_a_conflict() -> None:
    (conflict,) = judged(ONE, TWO, given={FIRST: True, SECOND: True}).conflicts
    voices = (Voice("R1", USUALLY, "one"), Voice("R2", USUALLY, "two"))
    assert conflict == InternalConflict(
        Dimension.SEATS, voices, "Nothing is decided: neither side outweighs the other.", None
    )
    assert judged(ONE, TWO, given={FIRST: True}).conflicts == ()
    assert judged(ONE, rule("R3", THIRD, Seats.ONE, CAN), given={FIRST: True, THIRD: True}).conflicts == ()


def test_the_rules_that_outweigh_the_rest_are_told_in_their_sentences() -> None:
    stronger = (rule("R3", THIRD, Seats.TWO, MUST), rule("R4", "ai_in_product", Seats.TWO, MUST))
    verdict = judged(ONE, *stronger, given={FIRST: True, THIRD: True, "ai_in_product": True})
    assert [one.outcome for one in verdict.conflicts] == ["The stronger rule prevails: R3 holds. R4 holds."]
    assert verdict.strength is MUST


def test_a_settled_conflict_is_told_in_the_sentence_that_settles_it() -> None:
    settlement = Settlement("R1", yes(BUDGET), Seats.ONE, "The budget decides.", "S9:L2")
    verdict = judged(ONE, TWO, given={FIRST: True, SECOND: True, BUDGET: True}, settlements=(settlement,))
    assert [one.outcome for one in verdict.conflicts] == ["The budget decides."]


@pytest.mark.parametrize(("named", "contradiction"), [({"R1", "R2"}, "C6"), ({"R1"}, "C6"), ({"R1", "R9"}, None)])
def test_a_conflict_of_all_the_rules_of_a_contradiction_matches_it(named: set[str], contradiction: str | None) -> None:
    verdict = judged(ONE, TWO, given={FIRST: True, SECOND: True}, known_conflicts=(("C6", frozenset(named)),))
    assert [one.contradiction for one in verdict.conflicts] == [contradiction]


def test_the_strength_of_a_verdict_is_that_of_its_strongest_decision() -> None:
    technology = rule("R3", THIRD, Advised.FULL_TIME, MUST)
    assert judged(ONE, technology, given={FIRST: True, THIRD: True}).strength is MUST
    assert judged(ONE, technology, given={FIRST: True}).strength is USUALLY
    assert judged(ONE, technology, given={}).strength is None


LISTS: dict[str, Any] = {"method": Method.LISTS, "whole_lists": frozenset({Seats.ONE})}
ALSO_ONE = rule("R3", THIRD, Seats.ONE, CAN)
ALONE = rule("R1", FIRST, Seats.ONE, CAN)


def test_a_list_that_matches_in_part_is_held_back_by_what_does_not_match() -> None:
    (conflict,) = judged(ALONE, TWO, ALSO_ONE, given={FIRST: True, SECOND: False, THIRD: False}, **LISTS).conflicts
    assert conflict.voices == (Voice("R1", CAN, "one"), Voice("R3", CAN, "does not match: mid-market: yes"))
    assert conflict.outcome == "Nothing is decided: 1 of 2 conditions hold, and all of them must."
    assert conflict.contradiction is None


def test_a_list_held_back_matches_the_contradiction_of_its_framework() -> None:
    answers = {FIRST: True, THIRD: False}
    known = judged(ALONE, ALSO_ONE, given=answers, known_conflicts=(("C18", frozenset({"R9"})),), **LISTS)
    assert [one.contradiction for one in known.conflicts] == ["C18"]


@pytest.mark.parametrize(
    "answers",
    [{FIRST: True}, {THIRD: False}, {FIRST: True, THIRD: True}, {FIRST: True, THIRD: False, SECOND: True}, {}],
)
def test_a_list_is_not_held_back_while_it_is_open_or_where_a_list_decides(answers: dict[str, Any]) -> None:
    outcomes = [one.outcome for one in judged(ALONE, TWO, ALSO_ONE, given=answers, **LISTS).conflicts]
    assert not [outcome for outcome in outcomes if outcome.startswith("Nothing is decided: 1 of")]


def test_only_lists_are_held_back() -> None:
    assert judged(ALONE, ALSO_ONE, given={FIRST: False, THIRD: False}).conflicts == ()
    drawn = judged(ONE, TWO, ALSO_ONE, given={FIRST: True, SECOND: True, THIRD: False})
    assert [one.outcome for one in drawn.conflicts] == ["Nothing is decided: neither side outweighs the other."]


def nearly(given: dict[str, Any], **rest: Any) -> list[tuple[str, tuple[str, ...], list[str]]]:
    both = rule("R1", all_of(yes(FIRST), at_least("headcount", 100)), Seats.ONE, USUALLY, **rest)
    return [(one.rule, one.lacks, list(one.answers)) for one in judged(both, given=given).nearly]


def test_a_rule_that_lacks_one_answer_nearly_fires_by_the_answers_that_are_there() -> None:
    assert nearly({FIRST: True}) == [("R1", ("headcount: 100 or more",), [FIRST])]
    assert nearly({FIRST: True, "headcount": 90}) == [("R1", ("headcount: 100 or more",), [FIRST, "headcount"])]
    assert nearly({"headcount": 100}) == [("R1", ("regulated: yes",), ["headcount"])]
    assert nearly({FIRST: True, "headcount": 100}) == []
    assert nearly({}) == []


def test_a_rule_that_is_set_aside_does_not_nearly_fire() -> None:
    assert nearly({FIRST: True, SECOND: True}, unless=yes(SECOND)) == []
    assert len(nearly({FIRST: True, SECOND: False}, unless=yes(SECOND))) == 1
    assert len(nearly({FIRST: True}, unless=yes(SECOND))) == 1


@pytest.mark.parametrize(
    ("answers", "other", "matters"),
    [
        ({FIRST: True, SECOND: False}, USUALLY, False),
        ({FIRST: True, SECOND: True}, USUALLY, True),
        ({FIRST: True}, USUALLY, True),
        ({FIRST: True}, MUST, True),
        ({FIRST: True}, CAN, False),
        ({FIRST: True, SECOND: True}, CAN, False),
        ({FIRST: False, SECOND: True}, USUALLY, True),
        ({}, USUALLY, True),
    ],
)
def test_what_settles_a_conflict_matters_while_other_seats_are_or_could_be_decided(
    answers: dict[str, Any], other: Modality, matters: bool
) -> None:
    settlement = Settlement("R1", yes(BUDGET), Seats.ONE, "The budget decides.", "S9:L2")
    rules = (ONE, rule("R2", SECOND, Seats.TWO, other), rule("R3", THIRD, Seats.ONE, CAN))
    verdict = judged(*rules, given={**answers, THIRD: False}, settlements=(settlement,))
    assert {one.answer: one.could_change for one in verdict.missing}[BUDGET] == matters


def test_what_could_change_the_verdict_is_listed_first() -> None:
    verdict = judged(ALONE, TWO, rule("R3", THIRD, Seats.ONE, MUST), given={THIRD: True})
    assert [(one.answer, one.could_change) for one in verdict.missing] == [(FIRST, False), (SECOND, False)]
    same = rule("R3", THIRD, Seats.ONE, USUALLY)
    verdict = judged(ALONE, rule("R2", SECOND, Seats.TWO, MUST), same, given={THIRD: True})
    assert [(one.answer, one.could_change) for one in verdict.missing] == [(SECOND, True), (FIRST, False)]
