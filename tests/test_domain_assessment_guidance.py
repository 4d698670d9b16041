"""What helps to act on an assessment: what changes for whom, what decides, what to ask next and what to watch."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from test_domain_assessment_laws import partly

from domain.assessment import (
    FRAMEWORKS,
    QUESTIONS,
    Answer,
    Answers,
    Recommendation,
    Seats,
    advice,
    evaluate,
    parse_answers,
    short_set,
)
from domain.assessment.answers import weighable
from domain.assessment.growth import GROWING, Changed, urgency
from domain.assessment.predicates import Values, Way
from domain.assessment.replacements import Effect


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def recommended(**answers: Any) -> Recommendation:
    return evaluate(parse_answers(answers)).recommendation


def warned(**answers: Any) -> dict[tuple[str, str], bool]:
    return {(one.id, one.applies_to.value): one.certain for one in recommended(**answers).warnings}


UNIFIED = {"same_person_decides": True}
PAIR = {"headcount": 60, "ai_centrality": "important"}

REMARKS: list[tuple[dict[str, Any], list[tuple[str, str, Effect]]]] = [
    ({**UNIFIED, "technology_seat": "full_time"}, [("technology", "full_time", Effect.BECOMES_FRACTIONAL)]),
    ({**UNIFIED, "technology_seat": "fractional"}, []),
    (
        {**UNIFIED, "technology_seat": "fractional", "ai_seat": "fractional"},
        [("technology", "fractional", Effect.MERGES), ("ai", "fractional", Effect.MERGES)],
    ),
    ({**PAIR, "technology_seat": "fractional"}, [("technology", "fractional", Effect.BECOMES_FULL_TIME)]),
    ({**PAIR, "technology_seat": "full_time", "ai_seat": "fractional"}, []),
    ({**PAIR, "ai_seat": "full_time"}, [("ai", "full_time", Effect.BECOMES_FRACTIONAL)]),
    (
        {**PAIR, "technology_seat": "full_time", "ai_seat": "same_person"},
        [("technology", "full_time", Effect.SPLITS)],
    ),
    (
        {**UNIFIED, "technology_seat": "full_time", "ai_seat": "same_person"},
        [("technology", "full_time", Effect.BECOMES_FRACTIONAL)],
    ),
    (
        {"annual_revenue": usd("5000000"), "full_time_ai_oversight": True, "ai_seat": "fractional"},
        [("ai", "fractional", Effect.BECOMES_FULL_TIME)],
    ),
    ({"technology_seat": "full_time"}, []),
    ({**UNIFIED, "technology_seat": "vp_engineering"}, []),
    ({**UNIFIED, "ai_seat": "same_person"}, []),
]


@pytest.mark.parametrize(("answers", "remarks"), REMARKS)
def test_advice_says_what_it_would_do_to_a_seat_that_is_held(
    answers: dict[str, Any], remarks: list[tuple[str, str, Effect]]
) -> None:
    said = [(one.function.value, one.commitment.value, one.effect) for one in recommended(**answers).remarks]
    assert said == remarks


def test_a_remark_says_since_when_and_what_would_become_of_the_seat() -> None:
    (remark,) = recommended(**UNIFIED, technology_seat="full_time", technology_seat_since="2025-03-01").remarks
    assert remark.since == date(2025, 3, 1)
    assert remark.sentence == "Technology is held full-time; this advice would make that seat fractional."


def test_one_leader_of_both_is_told_once_of_a_second_leader() -> None:
    (remark,) = recommended(**PAIR, technology_seat="fractional", ai_seat="same_person").remarks
    assert remark.sentence == (
        "Technology is held fractional together with AI; "
        "this advice would hand one of the two functions to a second leader."
    )


def test_a_generalist_in_both_roles_is_warned_of_whatever_the_advice() -> None:
    held = {**PAIR, "technology_seat": "fractional", "ai_seat": "same_person"}
    assert warned(**held, cto_ai_depth="uses_tools")["A11", "held"] is True
    assert warned(**held)["A11", "held"] is False
    assert ("A11", "held") not in warned(**held, cto_ai_depth="shipped_production_ai")
    assert ("A11", "advice") not in warned(**held, cto_ai_depth="uses_tools")


FIVE_FUNCTIONS = ["sales", "support", "operations", "finance", "product"]
SEATS = {"technology_seat": "fractional", "ai_seat": "fractional"}
HELD: list[tuple[str, dict[str, Any], bool]] = [
    ("A01", {**SEATS, "conflict_resolver": "cto"}, True),
    ("A01", SEATS, False),
    ("A03", {"technology_seat": "full_time", "ai_seat": "none", "ai_functions": FIVE_FUNCTIONS}, True),
    ("A08", {**SEATS, "ai_seat": "same_person", "cto_ai_depth": "none", "cto_bandwidth": "full"}, True),
    (
        "A08",
        {**SEATS, "ai_outcome_owner": "cto_in_theory", "cto_ai_depth": "none", "cto_bandwidth": "stretched"},
        True,
    ),
    ("A09", {"technology_seat": "none", "ai_seat": "full_time"}, True),
    ("A12", {**SEATS, "ai_seat": "same_person"}, True),
]


@pytest.mark.parametrize(("warning", "answers", "certain"), HELD)
def test_what_is_held_is_warned_of_too(warning: str, answers: dict[str, Any], certain: bool) -> None:
    assert warned(**answers)[warning, "held"] is certain


def test_ai_in_many_functions_is_no_bottleneck_of_two_leaders() -> None:
    assert ("A03", "held") not in warned(**SEATS, ai_functions=FIVE_FUNCTIONS)


def test_two_leaders_whose_conflicts_are_resolved_together_have_no_clean_boundary() -> None:
    assert ("A01", "held") not in warned(**SEATS, conflict_resolver="joint")


def test_the_depth_of_an_ai_leader_in_place_is_measured() -> None:
    two = {"same_person_decides": False, "ai_seat": "fractional"}
    for depth, met in (("uses_tools", False), ("shipped_production_ai", True), ("unknown", None)):
        depths = {one.id: one.met for one in recommended(**two, caio_ai_depth=depth).depth}
        assert depths["D03"] is met


def test_the_contradictions_that_decide_a_case_come_first() -> None:
    case = recommended(headcount=20, stakes="regulatory_or_safety", senior_leader_budget=1)
    ids = [one.id for one in case.contradictions]
    assert case.deciding_contradictions
    assert tuple(ids[: len(case.deciding_contradictions)]) == case.deciding_contradictions
    assert "C6" in case.deciding_contradictions
    assert "C22" not in case.deciding_contradictions


def test_where_no_rules_disagree_no_contradiction_decides() -> None:
    assert recommended(same_person_decides=False).deciding_contradictions == ()


@given(partly())
def test_at_most_three_contradictions_decide_and_all_of_them_bear(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    recommendation = recommended(**answers[0])
    ids = [one.id for one in recommendation.contradictions]
    decisive = recommendation.deciding_contradictions
    assert len(decisive) <= 3
    assert tuple(ids[: len(decisive)]) == decisive


def changes_of_rules(values: Values) -> list[Way]:
    """The ways to make each rule's condition hold or fail, and the exception of each whose condition holds."""
    rules = [rule for framework in FRAMEWORKS for rule in framework.rules]
    conditions = [rule.condition for rule in rules]
    conditions += [rule.unless for rule in rules if rule.unless is not None and rule.condition.holds(values)]
    return [way for condition in conditions for holds in (True, False) for way in condition.ways_to(holds, values)]


@examples(40)
@given(partly())
def test_no_change_that_a_rule_names_and_that_changes_the_advice_is_left_out(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    read = parse_answers(answers[0])
    recommendation = evaluate(read).recommendation
    triggers = [{(one.answer, one.becomes) for one in trigger.changes} for trigger in recommendation.triggers]
    for way in changes_of_rules(weighable(read)):
        if any(change.name in answers[0] for change in way):
            after = advice(Answers({**read, **{change.name: Answer(change.value) for change in way}})).outcome
            if after.seats not in (recommendation.seats, Seats.UNDECIDED):
                changes = {(change.name, change.value) for change in way}
                assert any(trigger <= changes for trigger in triggers), changes


@given(partly())
def test_triggers_of_growth_come_before_those_nobody_waits_for(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    keys = [urgency([(c.answer, c.was, c.becomes) for c in one.changes]) for one in recommended(**answers[0]).triggers]
    assert keys == sorted(keys)


def test_a_company_is_told_of_its_growth_before_its_decline() -> None:
    middle = recommended(headcount=60, ai_centrality="important", products=1, engineers=24)
    kinds = [urgency([(c.answer, c.was, c.becomes) for c in one.changes])[0] for one in middle.triggers]
    assert kinds[0] == 0
    assert kinds[-1] == 2
    assert set(GROWING) <= QUESTIONS.keys()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ([("headcount", 29, 30)], 0),
        ([("headcount", 29, 30), ("ai_centrality", "feature", "core")], 0),
        ([("headcount", 30, 29)], 2),
        ([("headcount", 29, 30), ("ai_centrality", "core", "feature")], 2),
        ([("headcount", None, 30)], 1),
        ([("headcount", 29, 30), ("same_person_decides", False, True)], 1),
        ([("ai_functions", ("sales",), ("legal",))], 1),
        ([("ai_functions", ("sales",), ("sales", "legal"))], 0),
    ],
)
def test_growth_comes_first_and_decline_last(changes: list[Changed], kind: int) -> None:
    assert urgency(changes) == (kind, len(changes))


@given(partly())
def test_the_short_set_asks_what_is_unanswered_and_can_still_matter(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    some = answers[0]
    read = parse_answers(some)
    ten = short_set(read)
    assert len(ten) <= 10
    assert len(set(ten)) == len(ten)
    assert not set(ten) & some.keys()
    assert ten == short_set(read, n=99)[:10]
    assert ten == short_set(parse_answers(dict(reversed(list(some.items())))))
    lacking = {missing.answer for verdict in evaluate(read).verdicts for missing in verdict.missing}
    assert set(short_set(read, n=99)) <= lacking | {"technology_seat", "ai_seat"}


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ({}, "ai_centrality same_person_decides technology_seat headcount senior_leader_budget platform_state"),
        (
            {"same_person_decides": True, "headcount": 20},
            "senior_leader_budget ai_centrality technology_seat platform_state daily_hands_on_cto stakes",
        ),
        (
            {"same_person_decides": False},
            "ai_centrality technology_seat headcount senior_leader_budget platform_state daily_hands_on_cto",
        ),
        (
            {"annual_revenue": usd("20000000")},
            "ai_centrality same_person_decides technology_seat headcount senior_leader_budget platform_state",
        ),
        (
            {"stakes": "regulatory_or_safety"},
            "ai_centrality technology_seat senior_leader_budget same_person_decides platform_state headcount",
        ),
        (
            {"stakes": "regulatory_or_safety", "senior_leader_budget": 1},
            "technology_seat ai_centrality same_person_decides platform_state daily_hands_on_cto "
            "full_time_ai_oversight",
        ),
    ],
)
def test_the_questions_that_can_change_most_are_asked_first(answers: dict[str, Any], first: str) -> None:
    """Many strong rules need the first ones. Where one article insists on the number of leaders, size falls behind."""
    assert short_set(parse_answers(answers), n=6) == tuple(first.split())


def test_who_is_in_place_is_asked_where_it_decides_whom_to_hire_first() -> None:
    assert "ai_seat" in short_set(parse_answers({"same_person_decides": False}), n=99)


def test_a_question_that_only_makes_a_decision_less_binding_is_asked_late() -> None:
    """With a budget for nobody the number of leaders is settled, as firmly as the sector makes the stakes."""
    settled: dict[str, Any] = {"sector": "fintech", "senior_leader_budget": 0, "same_person_decides": False}
    assert "stakes" in short_set(parse_answers(settled), n=99)
    assert "stakes" not in short_set(parse_answers(settled))
    assert recommended(**settled).seats is Seats.ONE
    assert recommended(**settled, stakes="low").seats is Seats.TWO


@given(partly(), st.data())
def test_a_question_outside_the_short_set_does_not_change_the_advice_by_itself(
    answers: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    some, whole = answers
    asked = {*short_set(parse_answers(some), n=99), *some}
    idle = [name for name in QUESTIONS if name not in asked]
    if idle:
        name = data.draw(st.sampled_from(idle))
        assert recommended(**{**some, name: whole[name]}).outcome == recommended(**some).outcome


def test_the_short_set_follows_the_answers() -> None:
    first = short_set(parse_answers({}))
    assert {"ai_centrality", "headcount", "same_person_decides", "technology_seat"} <= set(first)
    rest = short_set(parse_answers({"ai_centrality": "feature", "same_person_decides": True}))
    assert not {"ai_centrality", "same_person_decides"} & set(rest)
    assert rest != first[: len(rest)]


def test_a_sector_that_no_rule_recognizes_is_not_asked_again() -> None:
    assert "sector" not in short_set(parse_answers({"sector": "beekeeping"}), n=99)
