"""Combines five verdicts into one recommendation, dimension by dimension. The fast core: it produces no text."""

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
"""The five frameworks, in their fixed order."""

_LESS_IS = {
    Seats.ONE: 0,
    Seats.TWO: 1,
    Advised.NONE: 0,
    Advised.FRACTIONAL: 1,
    Advised.FULL_TIME: 2,
}
"""A tie goes to fewer seats and less commitment: splitting later is easier than merging."""


class How(StrEnum):
    """How a dimension was decided."""

    MUST = "must"
    VOTES = "votes"
    TIE = "tie"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Ballot:
    """A framework's vote on a dimension; `counts` is its weight, 0 if it is moot (it asks to fill a held seat)."""

    framework: str
    value: Choice
    modality: Modality
    counts: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """The count of votes on one dimension. An undecided one has the `value` None."""

    dimension: Dimension
    value: Choice | None
    how: How
    ballots: tuple[Ballot, ...]


Tallies = Mapping[Dimension, Tally]

Held = tuple[bool, bool]
"""Whether the technology seat and the AI seat are known to be held."""


def combine(decisions: Sequence[Decisions], values: Values) -> Outcome:
    """The four dimensions, from the decisions of the five frameworks (in the order of FRAMEWORKS)."""
    columns = zip(*[one.all() for one in decisions], strict=True)
    held_seats = _held(values)
    return outcome_of(
        [
            _prevailing(dimension, _heard(dimension, column, held_seats))[0]
            for dimension, column in zip(Dimension, columns, strict=True)
        ]
    )


def tally(decisions: Sequence[Decisions], values: Values) -> Tallies:
    """The count of votes for each dimension."""
    columns = zip(*[one.all() for one in decisions], strict=True)
    held_seats = _held(values)
    return {
        dimension: _counted(dimension, column, held_seats) for dimension, column in zip(Dimension, columns, strict=True)
    }


def _counted(dimension: Dimension, column: Sequence[Decided | None], held_seats: Held) -> Tally:
    valid = _heard(dimension, column, held_seats)
    ballots = [
        Ballot(
            framework.id,
            decided.value,
            decided.modality,
            cast.counts if cast is not None else 0,
            tuple([framework.rules[place].key for place in decided.rules]),
        )
        for framework, decided, cast in zip(FRAMEWORKS, column, valid, strict=True)
        if decided is not None
    ]
    return Tally(dimension, *_prevailing(dimension, valid), tuple(ballots))


def _heard(dimension: Dimension, column: Sequence[Decided | None], held_seats: Held) -> tuple[Cast | None, ...]:
    """The votes cast on a dimension, by framework, with None for moot ones."""
    casts = tuple([one.cast if one is not None else None for one in column])
    if dimension is not Dimension.FIRST:
        return casts
    return tuple([cast if cast is not None and not _is_moot(cast.value, held_seats) else None for cast in casts])


@lru_cache(maxsize=4096)
def _prevailing(dimension: Dimension, casts: tuple[Cast | None, ...]) -> tuple[Choice | None, How]:
    """The winning choice: a MUST beats everything but another MUST; otherwise votes count; a tie goes to less.

    Cached, because five frameworks can vote in few different ways.
    """
    valid = [cast for cast in casts if cast is not None]
    musts = [cast for cast in valid if cast.must]
    weights: dict[Choice, int] = {}
    for cast in musts or valid:
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


def _is_moot(first: Choice, held_seats: Held) -> bool:
    """Whether the seat to fill first is known to be held."""
    technology, ai = held_seats
    if first is First.BOTH:
        return technology and ai
    return technology if first is First.TECHNOLOGY else ai
