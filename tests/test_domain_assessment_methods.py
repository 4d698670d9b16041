"""Laws of how a framework decides and of what could still change it, on small frameworks with all answers tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from small_frameworks import SOURCE, completions, frameworks, some_answers

from domain.assessment import parse_answers
from domain.assessment.conditions import yes
from domain.assessment.framework import Choice, Dimension, First, Framework, Method, Modality, Rule, Seats, Vote
from domain.assessment.openness import emphasis_could_change
from domain.assessment.predicates import Values
from domain.assessment.verdict import judge
from domain.assessment.voting import Cast, Decided, decide, states_of

CAN, USUALLY, MUST = Modality.CAN, Modality.USUALLY, Modality.MUST


def fired(framework: Framework, values: Values) -> list[Rule]:
    """The rules whose condition holds and whose exception is not known to hold."""
    return [
        rule
        for rule in framework.rules
        if rule.condition.holds(values) and not (rule.unless is not None and rule.unless.holds(values))
    ]


def vote_of(rule: Rule, dimension: Dimension) -> Choice | None:
    return dict(rule.vote.cast).get(dimension)


def prevailing(framework: Framework, rules: Iterable[Rule], dimension: Dimension) -> tuple[Choice | None, list[Rule]]:
    """What the strongest of these rules agree on, or weigh most for; and those of them that say so."""
    voting = [rule for rule in rules if vote_of(rule, dimension) is not None]
    strongest = [rule for rule in voting if rule.modality == max(one.modality for one in voting)]
    values = {vote_of(rule, dimension) for rule in strongest}
    if framework.method is Method.WEIGHED:
        weights = {value: sum(one.weight for one in strongest if vote_of(one, dimension) is value) for value in values}
        values = {value for value in values if weights[value] == max(weights.values())}
    value = next(iter(values)) if len(values) == 1 else None
    return value, [rule for rule in strongest if value is not None and vote_of(rule, dimension) is value]


def seats_by_hand(framework: Framework, rules: list[Rule], values: Values) -> tuple[Choice | None, list[Rule]]:
    """The seats by a settlement, by lists (one bullet for two roles, or all bullets for one), or by the strongest."""
    for settlement in framework.settlements:
        if settlement.condition.holds(values):
            return settlement.seats, [rule for rule in rules if rule.vote.seats is settlement.seats]
    if framework.method is not Method.LISTS:
        return prevailing(framework, rules, Dimension.SEATS)
    lists = {seats: [rule for rule in framework.rules if rule.vote.seats is seats] for seats in (Seats.ONE, Seats.TWO)}
    two = [rule for rule in lists[Seats.TWO] if rule in rules]
    whole = bool(lists[Seats.ONE]) and all(rule in rules for rule in lists[Seats.ONE])
    return (Seats.TWO, two) if two else (Seats.ONE, lists[Seats.ONE]) if whole else (None, [])


def by_hand(framework: Framework, values: Values) -> dict[Dimension, tuple[Choice | None, list[Rule]]]:
    """What the framework decides on each dimension, and the rules that decide it."""
    rules = fired(framework, values)
    seats = seats_by_hand(framework, rules, values)
    fitting = [rule for rule in rules if rule.vote.seats in (None, seats[0])]
    decided = {dimension: prevailing(framework, fitting, dimension) for dimension in Dimension}
    decided[Dimension.SEATS] = seats
    first = decided[Dimension.FIRST][0]
    silence = framework.commitments_unless
    is_silent = silence is not None and silence.holds(values) is True
    for dimension, alone in ((Dimension.TECHNOLOGY, First.TECHNOLOGY), (Dimension.AI, First.AI)):
        if is_silent or (seats[0] is Seats.SINGLE and first is not alone):
            decided[dimension] = None, []
    return decided


def choice(decided: Decided | None) -> Choice | None:
    return decided.value if decided is not None else None


@examples(200)
@given(st.data())
def test_a_framework_decides_as_its_method_says(data: st.DataObject) -> None:
    framework = data.draw(frameworks())
    values = data.draw(some_answers(framework))
    decisions = decide(framework, states_of(framework, values), values)
    for dimension, (value, rules) in by_hand(framework, values).items():
        decided = decisions.of(dimension)
        assert choice(decided) is value, dimension
        if decided is not None:
            assert {framework.rules[place] for place in decided.rules} == set(rules)
            counts_double = dimension is Dimension.SEATS and any(rule.key in framework.counts_double for rule in rules)
            assert decided.cast.counts == (2 if counts_double and decided.settled_by is None else 1)
            if decided.settled_by is None:
                assert decided.modality is rules[0].modality
            else:
                voices = [rule.modality for rule in fired(framework, values) if rule.vote.seats is not None]
                assert decided.modality is max(voices, default=Modality.USUALLY)
    assert [dimension for dimension, _ in decisions.items()] == [one for one in Dimension if decisions.of(one)]


def outcome(framework: Framework, values: Values) -> tuple[Choice | None, ...]:
    return tuple(choice(one) for one in decide(framework, states_of(framework, values), values).all())


def emphasis(framework: Framework, values: Values) -> tuple[Cast | None, ...]:
    """What is decided, and how much each decision counts among the frameworks."""
    decided = decide(framework, states_of(framework, values), values).all()
    return tuple(one.cast if one is not None else None for one in decided)


def mattering(
    framework: Framework, values: Values, result_of: Callable[[Framework, Values], tuple[object, ...]] = outcome
) -> set[str]:
    """The missing answers that change the result in some way to answer all the others."""
    outcomes = [(one, result_of(framework, one)) for one in completions(framework, values)]
    names: set[str] = set()
    for name in framework.questions:
        by_others: dict[tuple[object, ...], set[tuple[object, ...]]] = {}
        for one, result in outcomes:
            by_others.setdefault(tuple(one[other] for other in one if other != name), set()).add(result)
        if any(len(results) > 1 for results in by_others.values()):
            names.add(name)
    return names - values.keys()


def listed(framework: Framework, values: Values) -> set[str]:
    verdict = judge(framework, parse_answers(values), values)
    assert {one.answer for one in verdict.missing} == set(framework.questions) - values.keys()
    return {one.answer for one in verdict.missing if one.could_change}


@examples(200)
@given(st.data())
def test_every_answer_that_could_change_a_verdict_is_listed_as_such(data: st.DataObject) -> None:
    framework = data.draw(frameworks())
    values = data.draw(some_answers(framework))
    assert mattering(framework, values) <= listed(framework, values)


@examples(200)
@given(st.data())
def test_an_answer_that_could_change_how_much_a_decision_counts_is_one_of_an_emphatic_rule_or_a_settlement(
    data: st.DataObject,
) -> None:
    framework = data.draw(frameworks())
    values = data.draw(some_answers(framework))
    rules = [framework.rules[n] for n in emphasis_could_change(framework, states_of(framework, values), values)]
    of_rules = {name for rule in rules for name in rule.needs} - values.keys()
    # what a settlement decides counts once, so its condition can take the double weight from a rule
    of_settlements = {name for settlement in framework.settlements for name in settlement.condition.missing(values)}
    assert mattering(framework, values, emphasis) <= listed(framework, values) | of_rules | of_settlements


def test_a_rule_as_strong_as_the_decision_changes_how_much_it_counts_only_if_it_counts_double() -> None:
    """Rules for one leader, of which the second counts double; the strongest is known to fire."""
    for place, modality, emphatic in ((1, USUALLY, True), (2, USUALLY, False), (1, CAN, False), (2, MUST, True)):
        rules = [
            Rule(f"R{number}", yes(question), Vote(seats=Seats.ONE), strength, "A sentence.", "S9:L1")
            for number, question, strength in ((0, "regulated", USUALLY), (place, "mid_market", modality))
        ]
        framework = Framework(
            "made_up", 1, "Made up", SOURCE, "", Method.STRONGEST, tuple(rules), counts_double=frozenset({"R1"})
        )
        values = Values({"regulated": True})
        assert emphasis_could_change(framework, states_of(framework, values), values) == ({1} if emphatic else set())


@examples(200)
@given(st.data())
def test_of_a_plain_framework_nothing_else_is_listed_but_what_says_the_same(data: st.DataObject) -> None:
    framework = data.draw(frameworks(plain=True))
    values = data.draw(some_answers(framework))
    idle = listed(framework, values) - mattering(framework, values)
    decided = set(outcome(framework, values))
    for rule in framework.rules:
        if rule.needs[0] in idle:
            assert {value for _, value in rule.vote.cast} <= decided
