"""How rules decide, what could still change a decision, and how frameworks combine, by small cases."""

from __future__ import annotations

from typing import Any

import pytest
from small_frameworks import SOURCE

from domain.assessment.combination import How, Silence, combine, tally
from domain.assessment.conditions import yes
from domain.assessment.framework import (
    Advised,
    Choice,
    Dimension,
    First,
    Framework,
    Method,
    Modality,
    Rule,
    Seats,
    Settlement,
    Vote,
)
from domain.assessment.openness import could_change, emphasis_could_change, silence_could_change
from domain.assessment.predicates import Values
from domain.assessment.voting import Decisions, decide, lists_of, states_of

CONSIDER, CAN, USUALLY, MUST = Modality.CONSIDER, Modality.CAN, Modality.USUALLY, Modality.MUST
SEATS, TECHNOLOGY, AI, ORDER = Dimension.SEATS, Dimension.TECHNOLOGY, Dimension.AI, Dimension.FIRST
ONE, TWO, SINGLE = Vote(seats=Seats.ONE), Vote(seats=Seats.TWO), Vote(seats=Seats.SINGLE)
FRACTIONAL, FULL_TIME = Vote(technology=Advised.FRACTIONAL), Vote(technology=Advised.FULL_TIME)
TECHNOLOGY_FIRST, AI_FIRST = Vote(first=First.TECHNOLOGY), Vote(first=First.AI)

QUESTIONS = ("regulated", "service_business", "operator_ceo_led", "mid_market", "ai_in_product")
EXCEPTION, SETTLING, SILENCING = "has_dev_team", "basic_infrastructure", "needs_custom_technology"
FIRES, FAILS, OPEN = True, False, None

RuleCase = tuple[Vote, Modality, bool | None] | tuple[Vote, Modality, bool | None, int]
"""A rule's vote and strength, whether it fires (null: open), and its weight."""


def framework(*cases: RuleCase, method: Method = Method.STRONGEST, unless: int | None = None, **rest: Any) -> Framework:
    """A framework of these rules, each on a question of its own; the one at `unless` has an exception."""
    rules = tuple(
        Rule(
            f"R{place}",
            yes(QUESTIONS[place]),
            vote,
            modality,
            f"R{place} holds.",
            "S9:L1",
            unless=yes(EXCEPTION) if place == unless else None,
            weight=weight[0] if weight else 1,
        )
        for place, (vote, modality, _, *weight) in enumerate(cases)
    )
    return Framework("made_up", 1, "Made up", SOURCE, "A made-up framework", method, rules, **rest)


def values_of(*cases: RuleCase, **others: bool) -> Values:
    return Values({QUESTIONS[place]: case[2] for place, case in enumerate(cases) if case[2] is not None} | others)


def decided(*cases: RuleCase, known: dict[str, bool] | None = None, **rest: Any) -> Decisions:
    made = framework(*cases, **rest)
    values = values_of(*cases, **(known or {}))
    return decide(made, states_of(made, values), values)


def value(decisions: Decisions, dimension: Dimension) -> Choice | None:
    one = decisions.of(dimension)
    return one.value if one is not None else None


WEIGHED: dict[str, Any] = {"method": Method.WEIGHED}
LISTS: dict[str, Any] = {"method": Method.LISTS, "whole_lists": frozenset({Seats.ONE})}
SILENT: dict[str, Any] = {"commitments_unless": yes(SILENCING)}


@pytest.mark.parametrize(("one", "two", "seats"), [(3, 1, Seats.ONE), (1, 3, Seats.TWO), (2, 2, None)])
def test_rules_of_equal_strength_that_disagree_decide_only_by_weight(one: int, two: int, seats: Seats | None) -> None:
    cases: tuple[RuleCase, ...] = ((ONE, USUALLY, FIRES, one), (TWO, USUALLY, FIRES, two), (SINGLE, CAN, FIRES, 9))
    assert value(decided(*cases, **WEIGHED), SEATS) is seats
    assert value(decided(*cases), SEATS) is None


def test_the_weights_of_rules_that_agree_add_up() -> None:
    cases: tuple[RuleCase, ...] = ((ONE, USUALLY, FIRES, 2), (TWO, USUALLY, FIRES, 3), (ONE, USUALLY, FIRES, 2))
    seats = decided(*cases, **WEIGHED).seats
    assert seats is not None
    assert (seats.value, seats.rules) == (Seats.ONE, (0, 2))


def test_a_settled_conflict_names_the_rules_for_the_settled_seats() -> None:
    settlement = Settlement("R0", yes(SETTLING), Seats.ONE, "The budget decides.", "S9:L2")
    rest: dict[str, Any] = {"settlements": (settlement,), "known": {SETTLING: True}}
    seats = decided((ONE, CAN, FIRES), (TWO, MUST, FIRES), **rest).seats
    assert seats is not None
    assert (seats.value, seats.modality, seats.rules, seats.settled_by) == (Seats.ONE, MUST, (0,), settlement)
    alone = decided((ONE, CAN, FAILS), (TWO, MUST, OPEN), **rest).seats
    assert alone is not None
    assert (alone.value, alone.modality, alone.rules) == (Seats.ONE, USUALLY, ())


def test_a_framework_that_is_silent_on_commitment_still_says_whom_to_hire_first() -> None:
    cases: tuple[RuleCase, ...] = ((FRACTIONAL, MUST, FIRES), (AI_FIRST, CAN, FIRES))
    silent, speaking = (decided(*cases, known={SILENCING: known}, **SILENT) for known in (True, False))
    assert (silent.is_silent, value(silent, TECHNOLOGY), value(silent, ORDER)) == (True, None, First.AI)
    assert silent.given(None).technology is None
    assert (speaking.is_silent, value(speaking, TECHNOLOGY)) == (False, Advised.FRACTIONAL)
    assert value(decided(*cases), TECHNOLOGY) is Advised.FRACTIONAL


def test_a_rule_for_seats_that_do_not_prevail_has_no_other_vote() -> None:
    package = Vote(seats=Seats.ONE, technology=Advised.FRACTIONAL)
    decisions = decided((package, USUALLY, FIRES), (FULL_TIME, CAN, FIRES))
    assert value(decisions, TECHNOLOGY) is Advised.FRACTIONAL
    for seats, technology in ((Seats.ONE, Advised.FRACTIONAL), (Seats.TWO, Advised.FULL_TIME)):
        term = decisions.given(seats).technology
        assert term is not None
        assert term.value is technology
    unsettled = decided((package, USUALLY, FIRES), (TWO, USUALLY, FIRES), (FULL_TIME, CAN, FIRES))
    assert (unsettled.seats, value(unsettled, TECHNOLOGY)) == (None, Advised.FULL_TIME)


def test_a_list_counts_the_bullets_that_match_and_those_that_fail() -> None:
    cases: tuple[RuleCase, ...] = ((ONE, CAN, FIRES), (ONE, CAN, FAILS), (ONE, CAN, OPEN), (TWO, USUALLY, FAILS))
    made = framework(*cases, **LISTS)
    counts = {one.seats: one for one in lists_of(made, states_of(made, values_of(*cases)))}
    one, two = counts[Seats.ONE], counts[Seats.TWO]
    assert (set(one.matching), set(one.failing), one.of) == ({"R0"}, {"R1"}, 3)
    assert (set(two.matching), set(two.failing), two.of) == (set(), {"R3"}, 1)


PACKAGE = Vote(seats=Seats.ONE, technology=Advised.FRACTIONAL)

COULD_CHANGE: dict[str, tuple[tuple[RuleCase, ...], dict[str, Any], set[int]]] = {
    "a rule that agrees changes nothing": (((ONE, USUALLY, FIRES), (ONE, USUALLY, OPEN)), {}, set()),
    "one as strong that disagrees does": (((ONE, USUALLY, FIRES), (TWO, USUALLY, OPEN)), {}, {1}),
    "one that is weaker does not": (((ONE, USUALLY, FIRES), (TWO, CAN, OPEN)), {}, set()),
    "a draw is broken only by a stronger rule": (
        ((ONE, USUALLY, FIRES), (TWO, USUALLY, FIRES), (ONE, USUALLY, OPEN), (TWO, MUST, OPEN)),
        {},
        {3},
    ),
    "weighed, a draw is broken by another as strong": (
        ((ONE, USUALLY, FIRES, 2), (TWO, USUALLY, FIRES, 2), (TWO, USUALLY, OPEN, 1)),
        WEIGHED,
        {2},
    ),
    "weighed, what outweighs all that is open is out of reach": (
        ((ONE, USUALLY, FIRES, 4), (TWO, USUALLY, FIRES, 1), (TWO, USUALLY, OPEN, 2)),
        WEIGHED,
        set(),
    ),
    "weighed, a draw may come about": (((ONE, USUALLY, FIRES, 2), (TWO, USUALLY, OPEN, 2)), WEIGHED, {1}),
    "weighed, a stronger rule outweighs any weight": (
        ((ONE, USUALLY, FIRES, 9), (TWO, MUST, OPEN, 1)),
        WEIGHED,
        {1},
    ),
    "while seats are open every open rule matters": (
        ((ONE, USUALLY, OPEN), (FRACTIONAL, MUST, FIRES), (FULL_TIME, CAN, OPEN), (AI_FIRST, CAN, OPEN)),
        {},
        {0, 2, 3},
    ),
    "a rule for the seats that prevail may vote on the rest": (
        ((ONE, MUST, FIRES), (PACKAGE, USUALLY, OPEN)),
        {},
        {1},
    ),
    "a rule for other seats may not": (((TWO, MUST, FIRES), (PACKAGE, USUALLY, OPEN)), {}, set()),
    "weighed, commitments may be out of reach too": (
        ((FRACTIONAL, USUALLY, FIRES, 4), (FULL_TIME, USUALLY, OPEN, 1)),
        WEIGHED,
        set(),
    ),
    "weighed, also where the weight is that of rules for the seats": (
        ((PACKAGE, USUALLY, FIRES, 4), (FULL_TIME, USUALLY, OPEN, 1)),
        WEIGHED,
        set(),
    ),
    "a silent framework may still change whom to hire first": (
        ((FRACTIONAL, CAN, OPEN), (AI_FIRST, CAN, OPEN), (Vote(ai=Advised.FRACTIONAL), CAN, OPEN)),
        {**SILENT, "known": {SILENCING: True}},
        {1},
    ),
    "a list that may be set aside has not decided yet": (
        ((TWO, USUALLY, FIRES), (ONE, CAN, OPEN)),
        {**LISTS, "unless": 0},
        {0, 1},
    ),
    "a bullet of a whole list decides nothing by itself": (((ONE, CAN, FIRES), (ONE, CAN, OPEN)), LISTS, {1}),
    "a bullet that is only considered may decide": (((TWO, CONSIDER, OPEN),), LISTS, {0}),
    "another bullet of a list that has decided does not matter": (
        ((TWO, USUALLY, FIRES), (TWO, USUALLY, OPEN), (ONE, CAN, OPEN)),
        LISTS,
        set(),
    ),
    "a list that failed leaves the others open": (
        ((ONE, MUST, FAILS), (ONE, MUST, OPEN), (TWO, USUALLY, OPEN)),
        LISTS,
        {2},
    ),
}


@pytest.mark.parametrize("case", COULD_CHANGE)
def test_the_open_rules_that_could_change_a_decision_are_named(case: str) -> None:
    cases, rest, places = COULD_CHANGE[case]
    known = rest.get("known", {})
    made = framework(*cases, **{name: one for name, one in rest.items() if name != "known"})
    values = values_of(*cases, **known)
    states = states_of(made, values)
    assert could_change(made, states, decide(made, states, values), values) == places


def test_a_rule_that_is_only_considered_may_change_how_much_nothing_counts() -> None:
    cases: tuple[RuleCase, ...] = ((ONE, CONSIDER, OPEN),)
    made, values = framework(*cases), values_of(*cases)
    assert emphasis_could_change(made, states_of(made, values), values) == {0}


@pytest.mark.parametrize(("fires", "missing"), [(OPEN, (SILENCING,)), (FIRES, (SILENCING,)), (FAILS, ())])
def test_silence_matters_while_a_rule_may_speak_of_commitment(fires: bool | None, missing: tuple[str, ...]) -> None:
    cases: tuple[RuleCase, ...] = ((FRACTIONAL, CAN, fires), (ONE, CAN, FIRES))
    made, values = framework(*cases, **SILENT), values_of(*cases)
    assert silence_could_change(made, states_of(made, values), values) == missing


NOTHING: tuple[RuleCase, ...] = ()
HELD = {"technology_seat": "full_time"}


def counted(*votes: tuple[Vote, Modality], **values: Any) -> dict[str, Any]:
    """The count of five frameworks, of which each of the first has one rule with a vote."""
    decisions = [decided((vote, modality, FIRES)) for vote, modality in votes]
    decisions += [decided(*NOTHING)] * (5 - len(votes))
    tallies, outcome = tally(decisions, Values(values))
    assert combine(decisions, Values(values)) == outcome
    counts = {dimension.value: (one.value, one.how) for dimension, one in tallies.items()}
    silences = {dimension.value: [ballot.silent for ballot in one.ballots] for dimension, one in tallies.items()}
    return {"counts": counts, "silences": silences, "outcome": outcome}


def test_whom_to_hire_first_is_open_without_seats_and_no_question_where_one_leader_does_both() -> None:
    assert counted()["counts"]["first"] == (None, How.UNDECIDED)
    asked = counted((ONE, USUALLY), (AI_FIRST, USUALLY))
    assert asked["counts"]["first"] == (None, How.NOT_ASKED)
    assert asked["silences"]["first"] == [Silence.NO_ORDER]


def test_where_one_function_is_filled_it_is_the_one_that_comes_first() -> None:
    ai = Vote(ai=Advised.FRACTIONAL)
    result = counted((SINGLE, USUALLY), (AI_FIRST, USUALLY), (ai, USUALLY), (FULL_TIME, USUALLY))
    assert result["counts"] == {
        "seats": (Seats.SINGLE, How.VOTES),
        "technology": (Advised.NONE, How.FOLLOWS),
        "ai": (Advised.FRACTIONAL, How.VOTES),
        "first": (First.AI, How.VOTES),
    }
    assert result["silences"]["technology"] == [Silence.NOT_FILLED]
    outcome = result["outcome"]
    assert (outcome.technology, outcome.ai) == (Advised.NONE, Advised.FRACTIONAL)


def test_where_one_function_is_filled_it_is_the_one_that_is_held() -> None:
    result = counted((SINGLE, USUALLY), (FULL_TIME, USUALLY), (Vote(ai=Advised.FRACTIONAL), USUALLY), **HELD)
    assert result["counts"]["technology"] == (Advised.FULL_TIME, How.VOTES)
    assert result["counts"]["ai"] == (Advised.NONE, How.FOLLOWS)
    assert result["counts"]["first"] == (None, How.NOT_ASKED)


def test_where_it_is_open_which_function_is_filled_no_commitment_is_decided() -> None:
    result = counted((SINGLE, USUALLY), (FULL_TIME, USUALLY))
    assert result["counts"]["technology"] == result["counts"]["ai"] == (None, How.UNDECIDED)
    assert result["silences"]["technology"] == [Silence.NOT_FILLED]


def test_without_seats_no_function_is_filled() -> None:
    result = counted((Vote(seats=Seats.NONE), USUALLY), (FULL_TIME, MUST))
    assert result["counts"]["technology"] == result["counts"]["ai"] == (Advised.NONE, How.FOLLOWS)
    assert result["counts"]["first"] == (None, How.NOT_ASKED)


def test_a_commitment_that_is_only_considered_is_shown_without_a_vote() -> None:
    result = counted((TWO, USUALLY), (FULL_TIME, CONSIDER), (FRACTIONAL, CAN))
    assert result["counts"]["technology"] == (Advised.FRACTIONAL, How.VOTES)
    assert result["silences"]["technology"] == [Silence.CONSIDER_ONLY, None]
    assert counted((TWO, USUALLY), (FULL_TIME, CONSIDER))["counts"]["technology"] == (None, How.UNDECIDED)


def test_a_draw_goes_to_less_but_neither_function_is_the_lesser_one() -> None:
    result = counted((TWO, USUALLY), (TECHNOLOGY_FIRST, CAN), (AI_FIRST, CAN), (FULL_TIME, CAN), (FRACTIONAL, CAN))
    assert result["counts"]["first"] == (None, How.TIE)
    assert result["counts"]["technology"] == (Advised.FRACTIONAL, How.TIE)


def test_of_equally_many_votes_those_for_the_least_prevail() -> None:
    no_technology = Vote(technology=Advised.NONE)
    assert counted((ONE, CAN), (SINGLE, CAN))["counts"]["seats"] == (Seats.SINGLE, How.TIE)
    result = counted((TWO, USUALLY), (FULL_TIME, CAN), (FRACTIONAL, CAN), (no_technology, CAN))
    assert result["counts"]["technology"] == (Advised.NONE, How.TIE)


@pytest.mark.parametrize(
    ("first", "technology", "ai"),
    [(TECHNOLOGY_FIRST, Advised.FULL_TIME, None), (AI_FIRST, None, Advised.FRACTIONAL)],
)
def test_where_a_framework_fills_one_function_it_decides_no_commitment_for_the_other(
    first: Vote, technology: Advised | None, ai: Advised | None
) -> None:
    alone = decided(
        (SINGLE, CAN, FIRES), (first, CAN, FIRES), (FULL_TIME, CAN, FIRES), (Vote(ai=Advised.FRACTIONAL), CAN, FIRES)
    )
    assert (value(alone, TECHNOLOGY), value(alone, AI)) == (technology, ai)


def test_a_rule_rests_on_the_questions_of_its_exception_too() -> None:
    (rule,) = framework((ONE, CAN, FIRES), unless=0).rules
    assert rule.needs == (QUESTIONS[0], EXCEPTION)
