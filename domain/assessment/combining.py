"""Five verdicts into one recommendation, dimension by dimension. The fast core: no words are made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from domain.assessment.atoms import Values
from domain.assessment.deciding import Decisions
from domain.assessment.five_questions import FIVE_QUESTIONS
from domain.assessment.framework import Advised, Choice, Dimension, First, Framework, Modality, Seats
from domain.assessment.hire_first import HIRE_FIRST
from domain.assessment.mandates import MANDATES
from domain.assessment.outcome import Outcome, outcome_of
from domain.assessment.seam import SEAM
from domain.assessment.two_hats import TWO_HATS

FRAMEWORKS: tuple[Framework, ...] = (SEAM, FIVE_QUESTIONS, MANDATES, HIRE_FIRST, TWO_HATS)
"""The five frameworks, side by side."""

_LESS_IS = {
    Seats.ONE: 0,
    Seats.TWO: 1,
    Advised.NONE: 0,
    Advised.FRACTIONAL: 1,
    Advised.FULL_TIME: 2,
}
"""A draw goes to fewer seats and less commitment: it is easier to split later than to merge."""


class How(StrEnum):
    """How a dimension was decided."""

    MUST = "must"
    VOTES = "votes"
    TIE = "tie"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One framework's vote on a dimension; `counts` is its weight, nought where it is moot: to fill a held seat."""

    framework: str
    value: Choice
    modality: Modality
    counts: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How one dimension came out. `value` is null while nothing is decided."""

    dimension: Dimension
    value: Choice | None
    how: How
    ballots: tuple[Ballot, ...]


Tallies = Mapping[Dimension, Tally]

Held = tuple[bool, bool]
"""Whether the technology seat, and the AI seat, are known to be held."""


def combine(decisions: Sequence[Decisions], values: Values) -> Outcome:
    """The four dimensions, from what the five frameworks decide (in the order of FRAMEWORKS)."""
    return _combine(tuple(decisions), *_held(values))


@lru_cache(maxsize=4096)
def _combine(decisions: tuple[Decisions, ...], technology_held: bool, ai_held: bool) -> Outcome:
    """Kept, as what a framework decides is."""
    held = (technology_held, ai_held)
    return outcome_of([_prevailing(dimension, decisions, held)[0] for dimension in Dimension])


def tally(decisions: Sequence[Decisions], values: Values) -> Tallies:
    """How each dimension came out, vote by vote."""
    held = _held(values)
    return {dimension: _counted(dimension, decisions, held) for dimension in Dimension}


def _counted(dimension: Dimension, decisions: Sequence[Decisions], held: Held) -> Tally:
    ballots = []
    for framework, decided_by_it in zip(FRAMEWORKS, decisions, strict=True):
        decided = decided_by_it.of(dimension)
        if decided is not None:
            rules = tuple([framework.rules[place].key for place in decided.rules])
            counts = 0 if dimension is Dimension.FIRST and _is_moot(decided.value, held) else decided.counts
            ballots.append(Ballot(framework.id, decided.value, decided.modality, counts, rules))
    return Tally(dimension, *_prevailing(dimension, decisions, held), tuple(ballots))


def _prevailing(dimension: Dimension, decisions: Sequence[Decisions], held: Held) -> tuple[Choice | None, How]:
    """A MUST outweighs all but another MUST; otherwise votes are counted; a draw goes to less."""
    weights: dict[Choice, int] = {}
    musts: dict[Choice, int] = {}
    for decided_by_it in decisions:
        decided = decided_by_it.of(dimension)
        if decided is None or (dimension is Dimension.FIRST and _is_moot(decided.value, held)):
            continue
        heard = musts if decided.modality is Modality.MUST else weights
        heard[decided.value] = heard.get(decided.value, 0) + decided.counts
    heard = musts or weights
    if not heard:
        return None, How.UNDECIDED
    if len(heard) == 1:
        return next(iter(heard)), How.MUST if musts else How.VOTES
    most = max(heard.values())
    leaders = [value for value, weight in heard.items() if weight == most]
    if len(leaders) == 1:
        return leaders[0], How.MUST if musts else How.VOTES
    if dimension is Dimension.FIRST:  # neither function is the lesser one
        return None, How.TIE
    return min(leaders, key=_LESS_IS.__getitem__), How.TIE


_HELD = ("fractional", "full_time", "same_person")


def _held(values: Values) -> Held:
    return values.get("technology_seat") in _HELD, values.get("ai_seat") in _HELD


def _is_moot(first: Choice, held: Held) -> bool:
    """Whether a seat that somebody says to fill first is known to be held."""
    technology, ai = held
    if first is First.BOTH:
        return technology and ai
    return technology if first is First.TECHNOLOGY else ai
