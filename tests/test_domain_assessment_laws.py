"""What holds of every assessment, whatever the answers."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.assessment import (
    FRAMEWORKS,
    QUESTIONS,
    AnswerKind,
    Answers,
    Dimension,
    Framework,
    Modality,
    Outcome,
    Recommendation,
    Verdict,
    advice,
    answers_mapping,
    assessment_mapping,
    evaluate,
    parse_answers,
    verdicts_mapping,
)
from domain.assessment.answers import weighable
from domain.assessment.combination import How
from domain.assessment.predicates import Answered
from domain.assessment.voting import state_of
from domain.seats import Structure

NUMBERS = {
    "headcount": [0, 1, 12, 24, 25, 29, 30, 60, 99, 100, 101, 499, 500, 900],
    "engineers": [0, 3, 24, 25, 80],
    "products": [0, 1, 2, 5],
    "ai_people": [0, 8, 20, 21],
    "ai_initiatives": [0, 4, 5],
    "ai_use_cases": [0, 1, 2, 3],
    "senior_leader_budget": [0, 1, 2],
}
DOLLARS = {
    "annual_revenue": ["999999.99", "1000000", "4000000", "10000000", "10000000.01", "49999999", "50000000"],
    "ai_spend": ["0", "5000000", "5000000.01"],
}


def values_of(name: str) -> st.SearchStrategy[object]:
    """Values on both sides of every threshold, in JSON."""
    question = QUESTIONS[name]
    choices = list(question.choices)
    match question.kind:
        case AnswerKind.WHOLE_NUMBER:
            return st.sampled_from(NUMBERS[name])
        case AnswerKind.MONEY:
            return st.sampled_from(DOLLARS[name]).map(lambda amount: {"amount": amount, "currency": "USD"})
        case AnswerKind.YES_NO:
            return st.booleans()
        case AnswerKind.CHOICE:
            return st.sampled_from(choices)
        case AnswerKind.CHOICES:
            return st.lists(st.sampled_from(choices), unique=True)
        case AnswerKind.TEXT:
            return st.sampled_from(["fintech", "digital health", "legal services", "retail"])
        case AnswerKind.DATE:
            return st.sampled_from(["2026-01-05", "2026-03-30", "2026-04-01"])


def consistent(answers: dict[str, Any]) -> dict[str, Any]:
    """No part of a company is larger than the company."""
    return {n: min(v, answers["headcount"]) if n in ("engineers", "ai_people") else v for n, v in answers.items()}


WHOLE = st.fixed_dictionaries({name: values_of(name) for name in QUESTIONS}).map(consistent)
"""Every question answered."""


SUBSETS = st.integers(0, 2 ** len(QUESTIONS) - 1)


@st.composite
def partly(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every question answered, and some of those answers (few, half or nearly all)."""
    whole = draw(WHOLE)
    one, other = draw(SUBSETS), draw(SUBSETS)
    chosen = draw(st.sampled_from([one & other, one, one | other]))
    return {name: value for place, (name, value) in enumerate(whole.items()) if chosen >> place & 1}, whole


def verdicts(answers: dict[str, Any]) -> dict[str, Verdict]:
    return {one.framework: one for one in evaluate(parse_answers(answers)).verdicts}


def recommended(answers: dict[str, Any]) -> Recommendation:
    return evaluate(parse_answers(answers)).recommendation


def dimensions(one: Verdict | Recommendation | Outcome) -> tuple[object, ...]:
    return (one.seats, one.technology, one.ai, one.first)


def test_nothing_known_fires_nothing_and_decides_nothing() -> None:
    assessment = evaluate(Answers())
    assert not any(one.fired or one.nearly or one.decided_by for one in assessment.verdicts)
    assert all(one.value is None for one in assessment.recommendation.tallies.values())
    unknown = evaluate(parse_answers(dict.fromkeys(QUESTIONS, "unknown")))
    assert unknown.verdicts == assessment.verdicts
    assert verdicts_mapping(unknown) == verdicts_mapping(assessment)


@given(partly())
def test_an_unknown_answer_counts_neither_as_no_nor_as_yes(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """What a condition says of some answers it says of every way to complete them."""
    some, whole = (weighable(parse_answers(one)) for one in answers)
    for framework in FRAMEWORKS:
        for rule in framework.rules:
            before = rule.condition.holds(some)
            assert before is None or rule.condition.holds(whole) is before, rule.key


@given(partly())
def test_a_rule_that_fired_is_set_aside_by_a_known_exception_only(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    some, whole = (weighable(parse_answers(one)) for one in answers)
    for framework in FRAMEWORKS:
        for rule in framework.rules:
            if state_of(rule, some) is True and state_of(rule, whole) is not True:
                assert rule.unless is not None
                assert rule.unless.holds(some) is None
                assert rule.unless.holds(whole) is True


def test_a_rule_that_stands_in_is_set_aside_by_the_answer_itself() -> None:
    for framework in FRAMEWORKS:
        keys = {rule.key for rule in framework.rules}
        for rule in framework.rules:
            if rule.stands_in_for is not None:
                assert rule.stands_in_for in keys
                assert isinstance(rule.unless, Answered)


@given(partly(), st.data())
def test_one_more_answer_never_leaves_a_must_undecided(
    answers: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    """Only the stakes themselves can take back what the sector stands in for."""
    some, whole = answers
    name = data.draw(st.sampled_from([name for name in QUESTIONS if name != "stakes"]))
    more = {**some, name: whole[name]}
    before, after = evaluate(parse_answers(some)), evaluate(parse_answers(more))
    for earlier, later in zip(before.verdicts, after.verdicts, strict=True):
        for dimension, modality in earlier.strengths.items():
            if modality is Modality.MUST:
                assert later.strengths.get(dimension) is Modality.MUST
    for dimension, tally in before.recommendation.tallies.items():
        if tally.how is How.MUST:
            assert after.recommendation.tallies[dimension].how is How.MUST
            assert after.recommendation.tallies[dimension].value is not None


@given(partly(), st.randoms(use_true_random=False))
def test_the_order_of_the_answers_does_not_matter(answers: tuple[dict[str, Any], dict[str, Any]], dice: Any) -> None:
    some = list(answers[0].items())
    dice.shuffle(some)
    shuffled, given_first = parse_answers(dict(some)), parse_answers(answers[0])
    assert assessment_mapping(evaluate(shuffled)) == assessment_mapping(evaluate(given_first))


@given(partly())
def test_whatever_is_decided_cites_a_rule_that_fired(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assessment = evaluate(parse_answers(answers[0]))
    fired = {(one.framework, key) for one in assessment.verdicts for key in one.fired_keys()}
    for verdict in assessment.verdicts:
        for rules in verdict.decided_by.values():
            assert rules
            assert set(rules) <= verdict.fired_keys()
    recommendation = assessment.recommendation
    cited = {(one.framework, one.rule) for one in recommendation.cites}
    assert cited <= fired
    assert bool(cited) == any(one.value is not None for one in recommendation.tallies.values())


@given(partly())
def test_no_verdict_says_more_than_its_rules_vote_for(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    for framework, verdict in zip(FRAMEWORKS, evaluate(parse_answers(answers[0])).verdicts, strict=True):
        rules = {rule.key: rule for rule in framework.rules}
        for dimension, keys in verdict.decided_by.items():
            assert {rules[key].vote.speaks_for[dimension] for key in keys} == {getattr(verdict, dimension).value}


@given(partly(), st.data())
def test_an_answer_marked_idle_changes_no_verdict_however_the_others_come_out(
    answers: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    some, whole = answers
    before = verdicts(some)
    name = data.draw(st.sampled_from(list(QUESTIONS)))
    other = consistent({**whole, name: data.draw(values_of(name))})
    one, another = verdicts(whole), verdicts({**whole, name: other[name]})
    for framework, verdict in before.items():
        idle = {missing.answer for missing in verdict.missing if not missing.could_change}
        if name in idle and name != "headcount":  # which bounds two other answers, so that it cannot change alone
            assert dimensions(one[framework]) == dimensions(another[framework])


@given(partly())
def test_a_verdict_with_nothing_left_to_ask_is_final(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    some, whole = answers
    before, after = verdicts(some), verdicts(whole)
    for framework, verdict in before.items():
        if not any(missing.could_change for missing in verdict.missing):
            assert dimensions(verdict) == dimensions(after[framework])


@given(partly())
def test_every_unanswered_question_of_a_framework_is_listed_as_missing(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    for framework, verdict in zip(FRAMEWORKS, evaluate(parse_answers(answers[0])).verdicts, strict=True):
        assert {one.answer for one in verdict.missing} == set(framework.questions) - answers[0].keys()


@given(partly())
def test_a_rule_fires_or_nearly_fires_or_neither_but_never_both(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    for verdict in evaluate(parse_answers(answers[0])).verdicts:
        near = {f"{one.rule}.{one.clause}" if one.clause else one.rule for one in verdict.nearly}
        assert near.isdisjoint(verdict.fired_keys())
        assert all(one.lacks for one in verdict.nearly)


LESS = ["none", "single", "one", "two", "fractional", "full_time"]
STRENGTHS = ["consider", "can", "probably", "usually", "must"]
Voted = tuple[str, str, int]
"""A framework's vote: its value, its strength and how often it counts."""


def most_votes(votes: list[Voted], *, may_tie: bool = False) -> str | None:
    """A MUST first, then votes, then the strongest vote, then less."""
    votes = [vote for vote in votes if vote[1] == "must"] or votes
    if not votes:
        return None
    sides = {value: [vote for vote in votes if vote[0] == value] for value, _, _ in votes}
    rank = {
        value: (sum(count for _, _, count in side), max(STRENGTHS.index(strength) for _, strength, _ in side))
        for value, side in sides.items()
    }
    best = [value for value in rank if rank[value] == max(rank.values())]
    return (None if may_tie else min(best, key=LESS.index)) if len(best) > 1 else best[0]


def own_vote(framework: Framework, verdict: Verdict, dimension: str, seats: str | None) -> Voted | None:
    """What the fired rules for these seats, or for none, say on another dimension."""
    fired = [
        rule
        for rule in framework.rules
        if rule.key in verdict.fired_keys()
        and rule.vote.speaks_for.get("seats", seats) == seats
        and dimension in rule.vote.speaks_for
    ]
    strongest = [rule for rule in fired if rule.modality == max(one.modality for one in fired)]
    counts: Counter[str] = Counter()
    for rule in strongest:
        counts[rule.vote.speaks_for[dimension]] += rule.weight if framework.method == "weighed" else 1
    best = [value for value in counts if counts[value] == max(counts.values())]
    if len(best) != 1 or (len(counts) > 1 and framework.method != "weighed"):
        return None
    return best[0], strongest[0].modality.word, 1


def by_hand(assessed: tuple[Verdict, ...], answers: dict[str, Any]) -> dict[str, str | None]:
    """The combination as the documentation tells it, once more and naively."""
    values = weighable(parse_answers(answers))
    seats_votes = [
        (str(one.seats), one.strengths["seats"].word, 2 if any("F-S4c.4" in r for r in one.decided_by["seats"]) else 1)
        for one in assessed
        if one.seats != "undecided"
    ]
    seats = most_votes(seats_votes)
    held = [answers.get(f"{name}_seat") in ("fractional", "full_time", "same_person") for name in ("technology", "ai")]
    votes: dict[str, list[Voted]] = {"technology": [], "ai": [], "first": []}
    for framework, verdict in zip(FRAMEWORKS, assessed, strict=True):
        silence = framework.commitments_unless
        silent = silence is not None and silence.holds(values) is True
        for dimension, cast in votes.items():
            vote = own_vote(framework, verdict, dimension, seats)
            if vote is None or (dimension != "first" and (silent or vote[1] == "consider")):
                continue
            if dimension == "first" and any(
                held[n] and vote[0] != other for n, other in enumerate(("ai", "technology"))
            ):
                continue
            cast.append(vote)
    asked = (seats == "single" and not any(held)) or (seats == "two" and not all(held))
    first = most_votes(votes["first"], may_tie=True) if asked else None
    technology, ai = most_votes(votes["technology"]), most_votes(votes["ai"])
    if seats == "none":
        technology = ai = "none"
    if seats == "single":
        alone = ("technology" if held[0] else "ai") if sum(held) == 1 else first
        technology = technology if alone == "technology" else "none" if alone == "ai" else None
        ai = ai if alone == "ai" else "none" if alone == "technology" else None
    return {"seats": seats, "technology": technology, "ai": ai, "first": first}


@given(partly())
def test_frameworks_combine_dimension_by_dimension_as_a_naive_count_says(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    assessment = evaluate(parse_answers(answers[0]))
    expected = by_hand(assessment.verdicts, answers[0])
    for dimension, tally in assessment.recommendation.tallies.items():
        assert (tally.value.value if tally.value is not None else None) == expected[dimension], dimension
        combined = getattr(assessment.recommendation, dimension)
        assert combined == (expected[dimension] or (None if dimension == "first" else "undecided"))


@given(partly())
def test_a_package_that_lost_on_seats_has_no_other_vote(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    recommendation = evaluate(parse_answers(answers[0])).recommendation
    packages = {(one.id, rule.key): rule.vote.seats for one in FRAMEWORKS for rule in one.rules}
    for dimension in (Dimension.TECHNOLOGY, Dimension.AI, Dimension.FIRST):
        for ballot in recommendation.tallies[dimension].ballots:
            lost = any(packages[ballot.framework, key] not in (None, recommendation.seats) for key in ballot.rules)
            assert not (lost and ballot.counts)


@given(partly())
def test_a_tie_goes_to_the_stronger_side_and_only_then_to_less(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    for tally in evaluate(parse_answers(answers[0])).recommendation.tallies.values():
        strongest: dict[object, Modality] = {}
        for ballot in tally.ballots:
            if ballot.counts:
                strongest[ballot.value] = max(ballot.modality, strongest.get(ballot.value, ballot.modality))
        if tally.how is How.STRONGER and tally.value is not None:
            others = [modality for value, modality in strongest.items() if value != tally.value]
            assert strongest[tally.value] > min(others)
        if tally.how is How.TIE and tally.dimension is not Dimension.FIRST:
            best = [value for value in strongest if strongest[value] == max(strongest.values())]
            assert len(best) > 1


@given(partly())
def test_a_consider_never_votes_on_commitment(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    tallies = evaluate(parse_answers(answers[0])).recommendation.tallies
    for dimension in (Dimension.TECHNOLOGY, Dimension.AI):
        assert not [b for b in tallies[dimension].ballots if b.modality is Modality.CONSIDER and b.counts]


@given(partly())
def test_the_short_way_to_the_advice_comes_to_the_same(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    read = parse_answers(answers[0])
    assert advice(read).outcome == evaluate(read).recommendation.outcome


@given(partly())
def test_whoever_says_otherwise_is_heard_with_reasons(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    assessment = evaluate(parse_answers(answers[0]))
    recommendation = assessment.recommendation
    otherwise = {
        (ballot.framework, dimension)
        for dimension, tally in recommendation.tallies.items()
        for ballot in tally.ballots
        if ballot.value != tally.value and tally.how is not How.NOT_ASKED
    }
    assert {(one.framework, one.dimension) for one in recommendation.dissent} == otherwise
    decided = {(one.framework, Dimension(name)) for one in assessment.verdicts for name in one.decided_by}
    heard = {(b.framework, d) for d, tally in recommendation.tallies.items() for b in tally.ballots}
    assert decided <= heard
    assert all(one.because and one.says != one.instead_of for one in recommendation.dissent)


@given(partly())
def test_a_trigger_tried_gives_what_it_says(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    some = answers[0]
    recommendation = recommended(some)
    for trigger in recommendation.triggers:
        changed = {**some, **{one.answer: as_json(one.answer, one.becomes) for one in trigger.changes}}
        after = recommended(changed)
        assert after.structure == trigger.structure
        for dimension, (was, becomes) in trigger.moves.items():
            assert (getattr(recommendation, dimension), getattr(after, dimension)) == (was, becomes)
        assert any(one.answer in some for one in trigger.changes)
        assert any(becomes != "undecided" for _, becomes in trigger.moves.values())


def as_json(name: str, value: Any) -> object:
    if QUESTIONS[name].kind is AnswerKind.MONEY:
        return {"amount": str(value), "currency": "USD"}
    return list(value) if isinstance(value, tuple) else value


@given(partly())
def test_no_trigger_asks_for_more_than_another_that_does(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    changes = [
        frozenset((one.answer, str(one.becomes)) for one in trigger.changes)
        for trigger in recommended(answers[0]).triggers
    ]
    assert not any(one < other for one in changes for other in changes)
    assert len(changes) == len(set(changes))


@given(partly())
def test_a_structure_is_named_when_three_dimensions_decide_one_and_only_then(
    answers: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    assessment = evaluate(parse_answers(answers[0]))
    everyone: list[Verdict | Recommendation] = [*assessment.verdicts, assessment.recommendation]
    for one in everyone:
        undecided = "undecided" in (one.seats, one.technology, one.ai)
        assert (one.structure is None) == undecided
        if one.structure is not None:
            unified = one.structure in (Structure.UNIFIED_FRACTIONAL, Structure.UNIFIED_FULL_TIME)
            assert unified == (one.seats == "one")
            assert one.structure.value.startswith(("cto_only", "caio_only")) == (one.seats == "single")
            assert (one.structure is Structure.NONE) == (one.seats == "none")


@given(partly())
def test_an_assessment_survives_its_stored_form(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    read = parse_answers(answers[0])
    stored = assessment_mapping(evaluate(read))
    assert json.loads(json.dumps(stored)) == stored
    assert parse_answers(answers_mapping(read)) == read
    assert stored["versions"] == {framework.id: framework.version for framework in FRAMEWORKS}
