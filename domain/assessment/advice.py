"""The advice alone, without explanations: for queries over many clients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from domain.assessment.answers import Answers, weighable
from domain.assessment.combination import FRAMEWORKS, tally
from domain.assessment.outcome import Outcome
from domain.assessment.voting import decide, states_of


@dataclass(frozen=True, slots=True)
class Advice:
    """The four dimensions, and the ids of the frameworks whose vote prevailed in at least one of them."""

    outcome: Outcome
    frameworks: tuple[str, ...]


@lru_cache(maxsize=4096)
def advice(answers: Answers) -> Advice:
    """The recommendation of `evaluate` without its explanations. Pure; cached, since answers rarely change."""
    values = weighable(answers)
    decisions = [decide(f, states_of(f, values), values) for f in FRAMEWORKS]
    tallies, outcome = tally(decisions, values)
    backing = {
        ballot.framework
        for one in tallies.values()
        for ballot in one.ballots
        if one.value is not None and ballot.counts and ballot.value is one.value
    }
    return Advice(outcome, tuple(f.id for f in FRAMEWORKS if f.id in backing))
