"""The short set: the unanswered questions that can still change most, worked out from the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.assessment.answers import Answers, weighable
from domain.assessment.combination import FRAMEWORKS, How, tally
from domain.assessment.framework import Dimension, Framework, Modality, Rule, Seats
from domain.assessment.openness import could_change, emphasis_could_change, silence_could_change
from domain.assessment.predicates import Values
from domain.assessment.questions import QUESTIONS
from domain.assessment.voting import Decisions, State, decide, states_of

_WEIGHTS: Mapping[Dimension, int] = {
    Dimension.SEATS: 4,
    Dimension.TECHNOLOGY: 2,
    Dimension.AI: 2,
    Dimension.FIRST: 1,
}
"""How much a dimension of the advice counts."""

_EMPHASIS = 0.001
"""How much a rule counts that can only make a decision more or less binding: all others come first."""

_SEATS_HELD = ("technology_seat", "ai_seat")

SHORT = 10
"""The number of questions in a short set."""


def short_set(answers: Answers, n: int = SHORT) -> tuple[str, ...]:
    """Up to `n` unanswered questions, those first that can still change most of the advice.

    Each open rule shares its strength among the answers that it lacks, so a question counts for much if a strong rule
    lacks nothing else, or if many rules need it. Rules that can only make a decision more or less binding come last,
    and those that can change nothing any more count for nothing.
    """
    values = weighable(answers)
    states = [states_of(framework, values) for framework in FRAMEWORKS]
    decisions = [decide(f, s, values) for f, s in zip(FRAMEWORKS, states, strict=True)]
    tallies, _ = tally(decisions, values)
    insisted = frozenset(one.dimension for one in tallies.values() if one.how is How.MUST)
    weights: dict[str, float] = defaultdict(float)
    if tallies[Dimension.SEATS].value in (Seats.SINGLE, Seats.TWO):  # who is in place decides what is left to fill
        weights.update(dict.fromkeys(_SEATS_HELD, float(_WEIGHTS[Dimension.FIRST] * Modality.USUALLY)))
    for framework, of_framework, decided in zip(FRAMEWORKS, states, decisions, strict=True):
        _weigh(framework, of_framework, decided, values, insisted, weights)
    places = {name: place for place, name in enumerate(QUESTIONS)}
    open_names = [name for name, weight in weights.items() if weight and not answers.of(name).is_known]
    ordered = sorted(open_names, key=lambda name: (-round(weights[name], 6), places[name]))
    return tuple(ordered[:n])


def _weigh(
    framework: Framework,
    states: Sequence[State],
    decisions: Decisions,
    values: Values,
    insisted: frozenset[Dimension],
    weights: dict[str, float],
) -> None:
    """Add the weights of one framework's open rules to the questions that they lack."""
    deciding = could_change(framework, states, decisions, values)
    for place in deciding | emphasis_could_change(framework, states, values):
        rule = framework.rules[place]
        missing = set(rule.condition.missing(values))
        if rule.unless is not None:
            missing.update(rule.unless.missing(values))
        counts = 1 if place in deciding else _EMPHASIS
        for name in missing:
            weights[name] += counts * _strength(framework, rule, insisted) / len(missing)
    silence = silence_could_change(framework, states, values)
    for name in silence:
        weights[name] += (_WEIGHTS[Dimension.TECHNOLOGY] + _WEIGHTS[Dimension.AI]) / len(silence)
    for settlement in framework.settlements:
        for name in settlement.condition.missing(values):
            weights[name] += _WEIGHTS[Dimension.SEATS] * Modality.USUALLY


def _strength(framework: Framework, rule: Rule, insisted: frozenset[Dimension]) -> int:
    """How much of the advice a rule can still change: nothing where another one insists, unless it insists too."""
    doubled = 2 if rule.key in framework.counts_double else 1
    counts = sum(
        _WEIGHTS[dimension]
        for dimension, _ in rule.vote.cast
        if dimension not in insisted or rule.modality is Modality.MUST
    )
    return doubled * rule.modality * counts
