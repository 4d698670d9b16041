"""What decisions amount to, how they were reached in words, and what goes with an outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from made_up_cases import case

from domain.assessment import Advised, Dimension, First, Modality, Outcome, Seats, advice, parse_answers
from domain.assessment.advice_text import how_sentence
from domain.assessment.advice_warnings import warnings_for
from domain.assessment.combination import Ballot, HeldSeats, How, Silence, Tally
from domain.assessment.day_one import agreements_for
from domain.assessment.depth import depth_conditions
from domain.assessment.framework import Choice
from domain.assessment.outcome import outcome_of, structure_advised
from domain.assessment.predicates import Values
from domain.assessment.replacements import Effect, seat_remarks

NONE, FRACTIONAL, FULL_TIME, UNDECIDED = Advised.NONE, Advised.FRACTIONAL, Advised.FULL_TIME, Advised.UNDECIDED


def test_two_leaders_of_vacant_functions_are_no_structure() -> None:
    assert structure_advised(Seats.TWO, NONE, NONE) is None


@pytest.mark.parametrize(
    ("alone", "technology", "ai"),
    [(First.TECHNOLOGY, FULL_TIME, NONE), (First.AI, NONE, FRACTIONAL), (None, UNDECIDED, UNDECIDED)],
)
def test_of_a_single_seat_the_other_function_has_none(alone: First | None, technology: Advised, ai: Advised) -> None:
    outcome = outcome_of([Seats.SINGLE, FULL_TIME, FRACTIONAL, alone], alone)
    assert outcome == Outcome(Seats.SINGLE, technology, ai, alone)


def test_without_seats_no_function_has_a_leader_and_without_a_decision_nothing_is_decided() -> None:
    assert outcome_of([Seats.NONE, FULL_TIME, FULL_TIME, None]) == Outcome(Seats.NONE, NONE, NONE, None)
    assert outcome_of([None, None, None, None]) == Outcome(Seats.UNDECIDED, UNDECIDED, UNDECIDED, None)
    assert outcome_of([Seats.TWO, FULL_TIME, None, First.BOTH], First.AI) == Outcome(
        Seats.TWO, FULL_TIME, UNDECIDED, First.BOTH
    )


def test_of_both_functions_it_is_asked_whether_one_of_them_is_held() -> None:
    held = {one: HeldSeats(technology="t" in one, ai="a" in one) for one in ("", "t", "a", "ta")}
    assert {first: [one for one in held if held[one].of(first)] for first in First} == {
        First.TECHNOLOGY: ["t", "ta"],
        First.AI: ["a", "ta"],
        First.BOTH: ["t", "a", "ta"],
    }
    assert [held[one].alone for one in held] == [None, First.TECHNOLOGY, First.AI, None]


def test_advice_names_the_frameworks_whose_votes_prevailed_in_their_order() -> None:
    answers = {"products": 1, "engineers": 10, "ai_centrality": "feature", "same_person_decides": True}
    assert advice(parse_answers(answers)).frameworks == ("seam", "five_questions", "two_hats")
    idle = {"caio_ai_depth": "uses_tools", "headcount": "unknown"}  # no rule compares it, and nothing is known
    assert advice(parse_answers({**answers, **idle})) is advice(parse_answers(answers))


def ballot(value: Choice, counts: int = 1, silent: Silence | None = None) -> Ballot:
    return Ballot("seam", value, Modality.USUALLY, counts, (), silent)


ONE, TWO = ballot(Seats.ONE), ballot(Seats.TWO)


def tally(how: How, *ballots: Ballot, dimension: Dimension = Dimension.SEATS, value: Choice | None = None) -> Tally:
    return Tally(dimension, value, how, ballots)


SENTENCES = [
    (tally(How.VOTES, ONE, value=Seats.ONE), "One framework decides this, and no other objects."),
    (
        tally(How.VOTES, ONE, ballot(Seats.TWO, 0, Silence.PACKAGE_LOST), value=Seats.ONE),
        "One framework decides this, and no other objects.",
    ),
    (tally(How.VOTES, ONE, ONE, value=Seats.ONE), "Both frameworks that decide this agree."),
    (tally(How.VOTES, ONE, ONE, ONE, value=Seats.ONE), "All three frameworks that decide this agree."),
    (tally(How.VOTES, ONE, ONE, ONE, ONE, value=Seats.ONE), "All four frameworks that decide this agree."),
    (tally(How.VOTES, ONE, ONE, ONE, ONE, ONE, value=Seats.ONE), "All five frameworks that decide this agree."),
    (tally(How.VOTES, ballot(Seats.ONE, 2), TWO, value=Seats.ONE), "By 2 votes to 1."),
    (tally(How.VOTES, ONE, TWO, TWO, TWO, value=Seats.TWO), "By 3 votes to 1."),
    (tally(How.MUST, ONE, TWO), "One article insists, which outweighs all other votes."),
    (tally(How.STRONGER, ONE, TWO), "The votes are even; the side whose article speaks more strongly prevails."),
    (
        tally(How.NOT_ASKED, dimension=Dimension.FIRST),
        "There is no order to decide: no two roles are to be filled one after the other.",
    ),
    (tally(How.FOLLOWS, dimension=Dimension.AI), "This follows from the number of leaders."),
    (
        tally(How.TIE, ONE, TWO),
        "The votes and their strength are even. Fewer leaders is our own rule, not an article's: splitting a role "
        "later is easier than merging two.",
    ),
    (
        tally(How.TIE, dimension=Dimension.FIRST),
        "The votes and their strength are even, so the articles leave the order open.",
    ),
    (
        tally(How.TIE, dimension=Dimension.TECHNOLOGY),
        "The votes and their strength are even. Less commitment is our own rule, not an article's: adding time later "
        "is easier than taking it away.",
    ),
    (
        tally(How.UNDECIDED, ballot(FULL_TIME, 0, Silence.CONSIDER_ONLY), dimension=Dimension.AI),
        "The articles that speak of the AI leader's commitment do so without a vote that counts here.",
    ),
    (
        tally(How.UNDECIDED, ballot(FULL_TIME, 0, Silence.PACKAGE_LOST), dimension=Dimension.TECHNOLOGY),
        "The articles that speak of the technology leader's commitment do so without a vote that counts here.",
    ),
    (
        tally(How.UNDECIDED, ballot(FULL_TIME, 0, Silence.NOT_FILLED), dimension=Dimension.FIRST),
        "No article decides which role to fill first for this company.",
    ),
    (tally(How.UNDECIDED), "No article decides the number of leaders for this company."),
]


@pytest.mark.parametrize(("decided", "sentence"), SENTENCES)
def test_how_a_dimension_was_decided_is_a_sentence(decided: Tally, sentence: str) -> None:
    assert how_sentence(decided) == sentence


TWO_LEADERS = Outcome(Seats.TWO, UNDECIDED, UNDECIDED, None)
ONE_LEADER = Outcome(Seats.ONE, UNDECIDED, UNDECIDED, None)
NOTHING = Outcome(Seats.UNDECIDED, UNDECIDED, UNDECIDED, None)


@pytest.mark.parametrize(
    "outcome",
    [
        TWO_LEADERS,
        ONE_LEADER,
        Outcome(Seats.SINGLE, UNDECIDED, UNDECIDED, None),
        Outcome(Seats.UNDECIDED, FULL_TIME, UNDECIDED, None),
        Outcome(Seats.UNDECIDED, UNDECIDED, FRACTIONAL, None),
    ],
)
def test_whatever_is_advised_is_agreed_on_at_the_start(outcome: Outcome) -> None:
    assert agreements_for(case(outcome=outcome))
    assert not agreements_for(case(outcome=NOTHING))


def test_one_leader_at_high_stakes_agrees_on_more() -> None:
    low = set(agreements_for(case(outcome=ONE_LEADER)))
    for rule in ("five_questions:Q03", "five_questions:Q03.sector"):
        assert len({*agreements_for(case(rule, outcome=ONE_LEADER))} - low) == 1
        assert agreements_for(case(rule, outcome=TWO_LEADERS)) == agreements_for(case(outcome=TWO_LEADERS))


@pytest.mark.parametrize(
    ("outcome", "is_asked"),
    [
        (TWO_LEADERS, True),
        (ONE_LEADER, False),
        (Outcome(Seats.SINGLE, NONE, FRACTIONAL, None), True),
        (Outcome(Seats.SINGLE, NONE, UNDECIDED, None), False),
        (Outcome(Seats.SINGLE, FRACTIONAL, FRACTIONAL, None), False),
    ],
)
def test_the_limits_of_each_leader_matter_where_ai_has_a_seat_of_its_own(outcome: Outcome, is_asked: bool) -> None:
    assert ("D07" in {one.id for one in depth_conditions(case(outcome=outcome))}) == is_asked


@pytest.mark.parametrize(
    ("seat", "is_met"), [("fractional", True), ("full_time", True), ("same_person", None), ("none", None)]
)
def test_depth_is_that_of_whoever_holds_the_seat(seat: str, is_met: bool | None) -> None:
    there = case(outcome=TWO_LEADERS, ai_seat=seat, caio_ai_depth="shipped_production_ai")
    assert {one.id: one.met for one in depth_conditions(there)}["D03"] is is_met


SEATED = {"technology_seat": "fractional", "ai_seat": "full_time"}
AI_ALONE = Outcome(Seats.UNDECIDED, UNDECIDED, FRACTIONAL, None)


@pytest.mark.parametrize(
    ("warning", "outcome", "answers", "certain"),
    [
        (("A01", "held"), NOTHING, {**SEATED, "conflict_resolver": "nobody"}, True),
        (("A01", "held"), NOTHING, {**SEATED, "conflict_resolver": "cto"}, True),
        (("A01", "held"), NOTHING, {**SEATED, "conflict_resolver": "ceo"}, None),
        (("A01", "held"), NOTHING, SEATED, False),
        (("A01", "held"), NOTHING, {"ai_seat": "full_time", "conflict_resolver": "cto"}, None),
        (("A04", "held"), NOTHING, {"technology_seat": "fractional", "ai_seat": "none", "ai_centrality": "core"}, True),
        (
            ("A04", "held"),
            NOTHING,
            {"technology_seat": "full_time", "ai_seat": "none", "ai_centrality": "differentiator"},
            True,
        ),
        (
            ("A04", "held"),
            NOTHING,
            {"technology_seat": "full_time", "ai_seat": "none", "ai_centrality": "feature"},
            None,
        ),
        (("A09", "advice"), AI_ALONE, {"technology_seat": "none"}, True),
        (("A09", "advice"), AI_ALONE, {}, False),
        (("A09", "advice"), AI_ALONE, {"technology_seat": "vp_engineering"}, None),
        (("A09", "advice"), Outcome(Seats.TWO, FRACTIONAL, FULL_TIME, None), {"technology_seat": "none"}, None),
        (("A09", "advice"), Outcome(Seats.ONE, UNDECIDED, FULL_TIME, None), {"technology_seat": "none"}, None),
        (("A09", "advice"), Outcome(Seats.TWO, UNDECIDED, UNDECIDED, First.AI), {"technology_seat": "none"}, True),
        (("A09", "advice"), Outcome(Seats.TWO, UNDECIDED, UNDECIDED, None), {"technology_seat": "none"}, None),
    ],
)
def test_a_warning_goes_with_what_is_advised_or_held(
    warning: tuple[str, str], outcome: Outcome, answers: dict[str, str], certain: bool | None
) -> None:
    """True and false: warned of, certainly or as far as is known; null: not warned of."""
    there = replace(case(outcome=outcome), values=Values(answers))
    warnings = {(one.id, one.applies_to.value): one.certain for one in warnings_for(there)}
    assert warnings.get(warning) is certain


@pytest.mark.parametrize(
    ("technology", "ai", "at_once"),
    [
        (date(2026, 1, 1), date(2026, 3, 31), True),
        (date(2026, 3, 31), date(2026, 4, 1), False),
        (date(2026, 6, 30), date(2026, 4, 1), True),
        (date(2026, 5, 5), date(2026, 6, 30), True),
        (date(2026, 10, 1), date(2026, 12, 31), True),
        (date(2025, 1, 1), date(2026, 1, 1), False),
    ],
)
def test_two_leaders_appointed_in_one_quarter_are_warned_of_where_one_would_do(
    technology: date, ai: date, at_once: bool
) -> None:
    since = {"technology_seat_since": technology, "ai_seat_since": ai}
    held = replace(case(outcome=ONE_LEADER), values=Values({**SEATED, **since}))
    assert ("A10" in {one.id for one in warnings_for(held)}) == at_once


@pytest.mark.parametrize(
    ("outcome", "answers", "effects"),
    [
        (TWO_LEADERS, {"technology_seat": "fractional", "ai_seat": "same_person"}, [Effect.SPLITS]),
        (
            Outcome(Seats.ONE, FULL_TIME, UNDECIDED, None),
            {"technology_seat": "fractional", "ai_seat": "same_person"},
            [Effect.BECOMES_FULL_TIME],
        ),
        (ONE_LEADER, {"technology_seat": "full_time", "ai_seat": "same_person"}, []),
        (
            Outcome(Seats.ONE, FRACTIONAL, UNDECIDED, None),
            {"technology_seat": "full_time", "ai_seat": "same_person"},
            [],
        ),
        (NOTHING, {"technology_seat": "full_time", "ai_seat": "same_person"}, []),
        (ONE_LEADER, {"technology_seat": "full_time", "ai_seat": "fractional"}, [Effect.MERGES, Effect.MERGES]),
        (ONE_LEADER, {"ai_seat": "fractional"}, []),
        (Outcome(Seats.NONE, NONE, NONE, None), {"technology_seat": "full_time"}, [Effect.IS_VACATED]),
        (
            Outcome(Seats.TWO, FULL_TIME, FRACTIONAL, None),
            {"technology_seat": "fractional", "ai_seat": "full_time"},
            [Effect.BECOMES_FULL_TIME, Effect.BECOMES_FRACTIONAL],
        ),
        (TWO_LEADERS, {"technology_seat": "vp_engineering", "ai_seat": "same_person"}, []),
    ],
)
def test_a_held_seat_is_remarked_on_if_the_advice_would_change_it(
    outcome: Outcome, answers: dict[str, str], effects: list[Effect]
) -> None:
    assert [one.effect for one in seat_remarks(outcome, Values(answers))] == effects


def test_a_remark_knows_since_when_each_seat_is_held() -> None:
    seats = {"technology_seat": "full_time", "technology_seat_since": 1, "ai_seat": "fractional", "ai_seat_since": 2}
    assert [one.since for one in seat_remarks(ONE_LEADER, Values(seats))] == [1, 2]
    assert [one.since for one in seat_remarks(TWO_LEADERS, Values({**seats, "ai_seat": "same_person"}))] == [1]
