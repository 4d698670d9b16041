"""Combines five verdicts into one recommendation. The fast core: it produces no text.

The seats are decided first. The other dimensions follow from rules that vote for these seats or for none: a package
stands or falls whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from domain.assessment.five_questions import FIVE_QUESTIONS
from domain.assessment.framework import Advised, Choice, Dimension, First, Framework, Modality, Seats
from domain.assessment.hire_first import HIRE_FIRST
from domain.assessment.mandates import MANDATES
from domain.assessment.outcome import Outcome, outcome_of
from domain.assessment.predicates import Values
from domain.assessment.seam import SEAM
from domain.assessment.two_hats import TWO_HATS
from domain.assessment.voting import Cast, Decided, Decisions, Terms, filled_alone

FRAMEWORKS: tuple[Framework, ...] = (SEAM, FIVE_QUESTIONS, MANDATES, HIRE_FIRST, TWO_HATS)
"""The five frameworks, in their fixed order."""

_LESS_IS = {
    Seats.NONE: 0,
    Seats.SINGLE: 1,
    Seats.ONE: 2,
    Seats.TWO: 3,
    Advised.NONE: 0,
    Advised.FRACTIONAL: 1,
    Advised.FULL_TIME: 2,
}
"""Our own rule for a tie in votes and in strength: fewer seats and less commitment, since splitting later is easier."""


class How(StrEnum):
    """How a dimension was decided."""

    MUST = "must"
    VOTES = "votes"
    STRONGER = "stronger"
    TIE = "tie"
    FOLLOWS = "follows"
    NOT_ASKED = "not_asked"
    UNDECIDED = "undecided"


class Silence(StrEnum):
    """Why a framework's verdict on a dimension does not count in the combination."""

    SEAT_HELD = "seat_held"
    PACKAGE_LOST = "package_lost"
    CONSIDER_ONLY = "consider_only"
    NOT_FILLED = "not_filled"
    NO_ORDER = "no_order"


@dataclass(frozen=True, slots=True)
class Ballot:
    """A framework's vote on a dimension; `counts` is its weight, 0 if it does not count, for the reason in `silent`."""

    framework: str
    value: Choice
    modality: Modality
    counts: int
    rules: tuple[str, ...]
    silent: Silence | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The count of votes on one dimension. An undecided one has the `value` None."""

    dimension: Dimension
    value: Choice | None
    how: How
    ballots: tuple[Ballot, ...]


Tallies = Mapping[Dimension, Tally]


class HeldSeats(NamedTuple):
    """Whether the technology seat and the AI seat are known to be held."""

    technology: bool
    ai: bool

    @property
    def alone(self) -> First | None:
        """The only function that is known to be held, if there is exactly one."""
        if self.technology == self.ai:
            return None
        return First.TECHNOLOGY if self.technology else First.AI

    def of(self, first: Choice) -> bool:
        """Whether the function is known to be held; of "both", whether one of them is."""
        return (self.technology and first is not First.AI) or (self.ai and first is not First.TECHNOLOGY)


class _Count(NamedTuple):
    """The result on one dimension, and by framework what was decided and why it does not count."""

    value: Choice | None
    how: How
    column: tuple[Decided | None, ...]
    silences: tuple[Silence | None, ...]


def combine(decisions: Sequence[Decisions], values: Values) -> Outcome:
    """The four dimensions, from the decisions of the five frameworks (in the order of FRAMEWORKS)."""
    counts, alone = _counted(decisions, held_seats(values))
    return outcome_of([count.value for count in counts.values()], alone)


def tally(decisions: Sequence[Decisions], values: Values) -> tuple[Tallies, Outcome]:
    """The count of votes for each dimension, and what it comes to."""
    return count_votes(decisions, held_seats(values))


def count_votes(decisions: Sequence[Decisions], seats_held: HeldSeats) -> tuple[Tallies, Outcome]:
    """The same, of a client of whose answers only these are left to know."""
    counts, alone = _counted(decisions, seats_held)
    tallies = {dimension: _tally(dimension, count, decisions) for dimension, count in counts.items()}
    return tallies, outcome_of([count.value for count in counts.values()], alone)


def _counted(decisions: Sequence[Decisions], seats_held: HeldSeats) -> tuple[dict[Dimension, _Count], First | None]:
    seats = _count(Dimension.SEATS, tuple([one.seats for one in decisions]), (None,) * len(decisions))
    terms = [one.given(seats.value) for one in decisions]
    first = _first(seats.value, terms, seats_held)
    alone = seats_held.alone or filled_alone(first.value)  # matters only where a single seat is advised
    technology = _commitment(Dimension.TECHNOLOGY, seats.value, terms, alone)
    ai = _commitment(Dimension.AI, seats.value, terms, alone)
    counts = {Dimension.SEATS: seats, Dimension.TECHNOLOGY: technology, Dimension.AI: ai, Dimension.FIRST: first}
    return counts, alone


def _first(seats: Choice | None, terms: Sequence[Terms], seats_held: HeldSeats) -> _Count:
    """Which function to fill first: asked only where two are to be filled in turn and a leader is missing."""
    column = tuple([one.first for one in terms])
    is_order_open = (seats is Seats.SINGLE and not (seats_held.technology or seats_held.ai)) or (
        seats is Seats.TWO and not (seats_held.technology and seats_held.ai)
    )
    if not is_order_open:
        silences: tuple[Silence | None, ...] = (Silence.NO_ORDER,) * len(column)
        return _Count(None, How.NOT_ASKED if seats is not None else How.UNDECIDED, column, silences)
    silences = tuple([Silence.SEAT_HELD if one is not None and seats_held.of(one.value) else None for one in column])
    return _count(Dimension.FIRST, column, silences)


def _commitment(dimension: Dimension, seats: Choice | None, terms: Sequence[Terms], alone: First | None) -> _Count:
    """How much of a function: a "consider" is shown without a vote, and what is not filled takes no votes."""
    column = tuple([one.of(dimension) for one in terms])
    unfilled = seats is Seats.NONE or (seats is Seats.SINGLE and (alone is None or alone.value != dimension.value))
    if unfilled:
        silences: tuple[Silence | None, ...] = (Silence.NOT_FILLED,) * len(column)
        if seats is Seats.SINGLE and alone is None:
            return _Count(None, How.UNDECIDED, column, silences)
        return _Count(Advised.NONE, How.FOLLOWS, column, silences)
    silences = tuple(
        [Silence.CONSIDER_ONLY if one is not None and one.modality is Modality.CONSIDER else None for one in column]
    )
    return _count(dimension, column, silences)


def _count(dimension: Dimension, column: tuple[Decided | None, ...], silences: tuple[Silence | None, ...]) -> _Count:
    casts = tuple(
        [
            one.cast if one is not None and silence is None else None
            for one, silence in zip(column, silences, strict=True)
        ]
    )
    return _Count(*_prevailing(dimension, casts), column, silences)


@lru_cache(maxsize=4096)
def _prevailing(dimension: Dimension, casts: tuple[Cast | None, ...]) -> tuple[Choice | None, How]:
    """The winning choice: a MUST beats everything but another MUST; otherwise votes count.

    A tie goes to the side with the strongest vote; only a tie in that too goes to less. Cached, because five frameworks
    can vote in few different ways.
    """
    valid = [cast for cast in casts if cast is not None]
    musts = [cast for cast in valid if cast.modality is Modality.MUST]
    weights: dict[Choice, int] = {}
    strengths: dict[Choice, Modality] = {}
    for cast in musts or valid:
        weights[cast.value] = weights.get(cast.value, 0) + cast.counts
        strengths[cast.value] = max(strengths.get(cast.value, cast.modality), cast.modality)
    if not weights:
        return None, How.UNDECIDED
    leaders = _largest(weights)
    if len(leaders) == 1:
        return leaders[0], How.MUST if musts else How.VOTES
    leaders = _largest({value: strengths[value] for value in leaders})
    if len(leaders) == 1:
        return leaders[0], How.STRONGER
    if dimension is Dimension.FIRST:  # neither function is the lesser one
        return None, How.TIE
    return min(leaders, key=_LESS_IS.__getitem__), How.TIE


def _largest(numbers: Mapping[Choice, int]) -> list[Choice]:
    most = max(numbers.values())
    return [value for value, number in numbers.items() if number == most]


def _tally(dimension: Dimension, count: _Count, decisions: Sequence[Decisions]) -> Tally:
    ballots = []
    for framework, decision, counted, silence in zip(FRAMEWORKS, decisions, count.column, count.silences, strict=True):
        one = counted
        if one is None:  # what the framework says by itself, if it rests on seats that did not prevail
            one, silence = decision.of(dimension), Silence.PACKAGE_LOST
        if one is not None:
            rules = tuple([framework.rules[place].key for place in one.rules])
            weight = one.cast.counts if silence is None else 0
            ballots.append(Ballot(framework.id, one.value, one.modality, weight, rules, silence))
    return Tally(dimension, count.value, count.how, tuple(ballots))


_HELD = ("fractional", "full_time", "same_person")


def held_seats(values: Values) -> HeldSeats:
    """Which seats are known to be held; a VP of engineering owns technology without its seat."""
    return HeldSeats(values.get("technology_seat") in _HELD, values.get("ai_seat") in _HELD)
