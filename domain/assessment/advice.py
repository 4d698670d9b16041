"""The advice alone, without explanations: for queries over many clients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from domain.assessment.answers import UNKNOWN, Answer, Answers, Value, weighable
from domain.assessment.combination import FRAMEWORKS, HeldSeats, count_votes, held_seats
from domain.assessment.outcome import Outcome
from domain.assessment.predicates import Outcomes
from domain.assessment.voting import decide, states_of


@dataclass(frozen=True, slots=True)
class Advice:
    """The four dimensions, and the ids of the frameworks whose vote prevailed in at least one of them."""

    outcome: Outcome
    frameworks: tuple[str, ...]


def advice(answers: Answers) -> Advice:
    """The recommendation of `evaluate` without its explanations. Pure; cached by the values that rules compare."""
    by_question = answers.by_question
    compared = [(name, one.value) for name, one in by_question.items() if one.value is not UNKNOWN]
    return _advice(tuple([pair for pair in compared if pair[0] in _COMPARED]))


_COMPARED = frozenset(question for framework in FRAMEWORKS for question in framework.questions)


@lru_cache(maxsize=16_384)
def _advice(compared: tuple[tuple[str, Value], ...]) -> Advice:
    values = weighable({name: Answer(value) for name, value in compared})
    return _advice_for(Outcomes(values.true, values.false), held_seats(values))


@lru_cache(maxsize=16_384)
def _advice_for(outcomes: Outcomes, seats_held: HeldSeats) -> Advice:
    """Cached once more: different answers often have the same outcomes."""
    decisions = [decide(f, states_of(f, outcomes), outcomes) for f in FRAMEWORKS]
    tallies, outcome = count_votes(decisions, seats_held)
    backing = {
        ballot.framework
        for one in tallies.values()
        for ballot in one.ballots
        if one.value is not None and ballot.counts and ballot.value is one.value
    }
    return Advice(outcome, tuple(f.id for f in FRAMEWORKS if f.id in backing))
