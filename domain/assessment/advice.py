"""What the frameworks advise, without the words: for questions that are asked of many clients at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from domain.assessment.answers import Answers, weighable
from domain.assessment.combination import FRAMEWORKS, combine, tally
from domain.assessment.outcome import Outcome
from domain.assessment.voting import decide, states_of


@dataclass(frozen=True, slots=True)
class Advice:
    """The four dimensions, and the frameworks whose vote is what came out in at least one of them."""

    outcome: Outcome
    frameworks: tuple[str, ...]


@lru_cache(maxsize=4096)
def advice(answers: Answers) -> Advice:
    """What `evaluate` recommends of the same answers. Pure; kept, as many days of a client give the same answers."""
    values = weighable(answers)
    decisions = [decide(f, states_of(f, values), values) for f in FRAMEWORKS]
    backing = {
        ballot.framework
        for one in tally(decisions, values).values()
        for ballot in one.ballots
        if one.value is not None and ballot.counts and ballot.value is one.value
    }
    return Advice(combine(decisions, values), tuple(f.id for f in FRAMEWORKS if f.id in backing))
