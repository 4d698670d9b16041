"""Five verdicts into one recommendation, dimension by dimension. The fast core: no words are made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from domain.assessment.five_questions import FIVE_QUESTIONS
from domain.assessment.framework import Advised, Choice, Dimension, First, Framework, Modality, Seats
from domain.assessment.hire_first import HIRE_FIRST
from domain.assessment.mandates import MANDATES
from domain.assessment.outcome import Outcome, outcome_of
from domain.assessment.predicates import Values
from domain.assessment.seam import SEAM
from domain.assessment.two_hats import TWO_HATS
from domain.assessment.voting import Cast, Decided, Decisions

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
    columns = zip(*[one.all() for one in decisions], strict=True)
    held = _held(values)
    return outcome_of(
        [
            _prevailing(dimension, _heard(dimension, column, held))[0]
            for dimension, column in zip(Dimension, columns, strict=True)
        ]
    )


def tally(decisions: Sequence[Decisions], values: Values) -> Tallies:
    """How each dimension came out, vote by vote."""
    columns = zip(*[one.all() for one in decisions], strict=True)
    held = _held(values)
    return {dimension: _counted(dimension, column, held) for dimension, column in zip(Dimension, columns, strict=True)}


def _counted(dimension: Dimension, column: Sequence[Decided | None], held: Held) -> Tally:
    heard = _heard(dimension, column, held)
    ballots = [
        Ballot(
            framework.id,
            decided.value,
            decided.modality,
            cast.counts if cast is not None else 0,
            tuple([framework.rules[place].key for place in decided.rules]),
        )
        for framework, decided, cast in zip(FRAMEWORKS, column, heard, strict=True)
        if decided is not None
    ]
    return Tally(dimension, *_prevailing(dimension, heard), tuple(ballots))


def _heard(dimension: Dimension, column: Sequence[Decided | None], held: Held) -> tuple[Cast | None, ...]:
    """The votes cast on a dimension, framework by framework, without those that are moot."""
    casts = tuple([one.cast if one is not None else None for one in column])
    if dimension is not Dimension.FIRST:
        return casts
    return tuple([cast if cast is not None and not _is_moot(cast.value, held) else None for cast in casts])


@lru_cache(maxsize=4096)
def _prevailing(dimension: Dimension, casts: tuple[Cast | None, ...]) -> tuple[Choice | None, How]:
    """A MUST outweighs all but another MUST; otherwise votes are counted; a draw goes to less.

    Kept, for there are few ways in which five frameworks can vote.
    """
    heard = [cast for cast in casts if cast is not None]
    musts = [cast for cast in heard if cast.must]
    weights: dict[Choice, int] = {}
    for cast in musts or heard:
        weights[cast.value] = weights.get(cast.value, 0) + cast.counts
    if not weights:
        return None, How.UNDECIDED
    most = max(weights.values())
    leaders = [value for value, weight in weights.items() if weight == most]
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
