"""The advised outcome: four dimensions, and the structure they amount to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.assessment.framework import Advised, Choice, First, Seats
from domain.seats import Structure

_PAIRS = {
    (Advised.FRACTIONAL, Advised.FRACTIONAL): Structure.FRACTIONAL_PAIR,
    (Advised.FULL_TIME, Advised.FRACTIONAL): Structure.FULL_TIME_CTO_FRACTIONAL_CAIO,
    (Advised.FRACTIONAL, Advised.FULL_TIME): Structure.FRACTIONAL_CTO_FULL_TIME_CAIO,
    (Advised.FULL_TIME, Advised.FULL_TIME): Structure.FULL_TIME_PAIR,
}
_ALONE = {
    (Advised.FRACTIONAL, Advised.NONE): Structure.CTO_ONLY_FRACTIONAL,
    (Advised.FULL_TIME, Advised.NONE): Structure.CTO_ONLY_FULL_TIME,
    (Advised.NONE, Advised.FRACTIONAL): Structure.CAIO_ONLY_FRACTIONAL,
    (Advised.NONE, Advised.FULL_TIME): Structure.CAIO_ONLY_FULL_TIME,
}


def structure_advised(seats: Seats, technology: Advised, ai: Advised) -> Structure | None:
    """The structure that three dimensions amount to; None if they are undecided or contradict one another.

    One seat for both functions takes the larger of the two commitments: a full-time seat has room for a fractional
    need.
    """
    if Advised.UNDECIDED in (technology, ai):
        return None
    if technology is Advised.NONE and ai is Advised.NONE:
        return Structure.NONE if seats is not Seats.TWO else None
    if seats is Seats.TWO:
        return _PAIRS.get((technology, ai))
    if Advised.NONE in (technology, ai):
        return _ALONE[technology, ai]
    if seats is Seats.ONE:
        whole = Advised.FULL_TIME in (technology, ai)
        return Structure.UNIFIED_FULL_TIME if whole else Structure.UNIFIED_FRACTIONAL
    return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The four dimensions; undecided ones are marked as such."""

    seats: Seats
    technology: Advised
    ai: Advised
    first: First | None

    @property
    def structure(self) -> Structure | None:
        """The structure they amount to; None while undecided."""
        return structure_advised(self.seats, self.technology, self.ai)


def outcome_of(decided: Sequence[Choice | None], alone: First | None = None) -> Outcome:
    """The outcome from the decision on each dimension (None: undecided).

    `alone` is the one function that is filled where a single one is advised; the other has no leader then. Without
    seats neither has.
    """
    seats, technology, ai, first = decided
    if seats is Seats.NONE:
        technology = ai = Advised.NONE
    elif seats is Seats.SINGLE:
        technology = Advised.NONE if alone is First.AI else technology if alone is First.TECHNOLOGY else None
        ai = Advised.NONE if alone is First.TECHNOLOGY else ai if alone is First.AI else None
    return Outcome(
        seats if isinstance(seats, Seats) else Seats.UNDECIDED,
        technology if isinstance(technology, Advised) else Advised.UNDECIDED,
        ai if isinstance(ai, Advised) else Advised.UNDECIDED,
        first if isinstance(first, First) else None,
    )
