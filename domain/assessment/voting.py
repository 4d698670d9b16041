"""Derives a framework's decisions from the rules that fire. The fast core: it produces no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from domain.assessment.framework import (
    Choice,
    Dimension,
    First,
    Framework,
    Method,
    Modality,
    Rule,
    RuleVote,
    Seats,
    Settlement,
)
from domain.assessment.predicates import Judged, Outcomes

State = bool | None
"""State of a rule: fires, does not fire, or None while the answers do not decide it."""


class Cast(NamedTuple):
    """A framework's vote: its value, its weight among the frameworks, and its strength."""

    value: Choice
    counts: int
    modality: Modality


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided dimension: the vote, and the deciding rules (by their index in the framework)."""

    cast: Cast
    rules: tuple[int, ...]
    settled_by: Settlement | None = None

    @property
    def value(self) -> Choice:
        """The value voted for."""
        return self.cast.value

    @property
    def modality(self) -> Modality:
        """The strength of the vote."""
        return self.cast.modality


class Terms(NamedTuple):
    """What rules decide besides the seats: how much of each function, and which one first; None where undecided."""

    technology: Decided | None
    ai: Decided | None
    first: Decided | None

    def of(self, dimension: Dimension) -> Decided | None:
        """The decision on one of the three dimensions."""
        decided: Decided | None = getattr(self, dimension)
        return decided


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """A framework's decisions by dimension; None where undecided.

    `is_silent` is true where the framework says nothing about commitment to a company of this kind.
    """

    framework: Framework
    states: tuple[State, ...]
    is_silent: bool
    seats: Decided | None
    terms: Terms

    def of(self, dimension: Dimension) -> Decided | None:
        """The decision on one dimension."""
        return self.seats if dimension is Dimension.SEATS else self.terms.of(dimension)

    def all(self) -> tuple[Decided | None, ...]:
        """The decisions on all dimensions, in order."""
        return (self.seats, *self.terms)

    def items(self) -> list[tuple[Dimension, Decided]]:
        """The decided dimensions with their decisions."""
        return [(dimension, one) for dimension, one in zip(Dimension, self.all(), strict=True) if one is not None]

    def given(self, seats: Choice | None) -> Terms:
        """What the rules decide if these seats prevail: a rule for other seats has no vote on anything else."""
        return _terms(self.framework, self.states, self.is_silent, seats)


def states_of(framework: Framework, values: Judged) -> tuple[State, ...]:
    """The state of every rule."""
    return _states_of(framework, Outcomes(values.true & framework.bits, values.false & framework.bits))


@lru_cache(maxsize=8192)
def _states_of(framework: Framework, outcomes: Outcomes) -> tuple[State, ...]:
    """Cached: different answers often have the same outcomes."""
    return tuple([state_of(rule, outcomes) for rule in framework.rules])


def state_of(rule: Rule, values: Judged) -> State:
    """The state of one rule. Its `unless` condition sets it aside only if it is known to hold."""
    if not (values.true | values.false) & rule.bits:
        return None
    state = rule.condition.holds(values)
    if state is not False and rule.unless is not None and rule.unless.holds(values) is True:
        return False
    return state


def decide(framework: Framework, states: Sequence[State], values: Judged) -> Decisions:
    """A framework's decisions, by its own method."""
    settled = tuple([s for s in framework.settlements if s.condition.holds(values) is True])
    silence = framework.commitments_unless
    return _decide(framework, tuple(states), settled, silence is not None and silence.holds(values) is True)


def filled_alone(first: Choice | None) -> First | None:
    """The one function that is filled where a single one is advised: the one that comes first, if that is decided."""
    return first if first in (First.TECHNOLOGY, First.AI) and isinstance(first, First) else None


@lru_cache(maxsize=4096)
def _decide(
    framework: Framework, states: tuple[State, ...], settled: tuple[Settlement, ...], is_silent: bool
) -> Decisions:
    """Cached: the same states recur across clients and in every search for triggers."""
    if settled:
        seats: Decided | None = _settled(framework, states, settled[0])
    elif framework.method is Method.LISTS:
        seats = _by_lists(framework, states)
    else:
        votes = framework.votes[Dimension.SEATS]
        seats = _by_strength(framework, Dimension.SEATS, [vote for vote in votes if states[vote.place]])
    terms = _terms(framework, states, is_silent, seats.value if seats is not None else None)
    if seats is not None and seats.value is Seats.SINGLE:
        alone = filled_alone(terms.first.value if terms.first is not None else None)
        terms = Terms(
            terms.technology if alone is First.TECHNOLOGY else None,
            terms.ai if alone is First.AI else None,
            terms.first,
        )
    return Decisions(framework, states, is_silent, seats, terms)


@lru_cache(maxsize=8192)
def _terms(framework: Framework, states: tuple[State, ...], is_silent: bool, seats: Choice | None) -> Terms:
    return Terms(
        None if is_silent else _term(framework, states, Dimension.TECHNOLOGY, seats),
        None if is_silent else _term(framework, states, Dimension.AI, seats),
        _term(framework, states, Dimension.FIRST, seats),
    )


def _term(
    framework: Framework, states: tuple[State, ...], dimension: Dimension, seats: Choice | None
) -> Decided | None:
    fitting = fitting_votes(framework, dimension, seats)
    return _by_strength(framework, dimension, [vote for vote in fitting if states[vote.place]])


@lru_cache(maxsize=256)
def fitting_votes(framework: Framework, dimension: Dimension, seats: Choice | None) -> tuple[RuleVote, ...]:
    """The votes on a dimension of rules that address no seats, or these."""
    return tuple([vote for vote in framework.votes[dimension] if vote.seats is None or vote.seats is seats])


def _by_strength(framework: Framework, dimension: Dimension, fired: Sequence[RuleVote]) -> Decided | None:
    """The decision of the strongest of these votes, which are ordered by strength."""
    if not fired:
        return None
    strongest = fired[0].modality
    strongest_votes = [vote for vote in fired if vote.modality is strongest]
    value = _prevailing(strongest_votes, framework.method is Method.WEIGHED)
    if value is None:
        return None
    rules = tuple([vote.place for vote in strongest_votes if vote.value is value])
    counts = 2 if dimension is Dimension.SEATS and not framework.doubled.isdisjoint(rules) else 1
    return Decided(Cast(value, counts, strongest), rules)


def _prevailing(votes: Sequence[RuleVote], weighed: bool) -> Choice | None:
    """The value that the strongest rules agree on or, if they are weighed, the one with the most weight."""
    value = votes[0].value
    if all(vote.value is value for vote in votes):
        return value
    if not weighed:
        return None
    weights: dict[Choice, int] = {}
    for vote in votes:
        weights[vote.value] = weights.get(vote.value, 0) + vote.weight
    most = max(weights.values())
    leaders = [value for value, weight in weights.items() if weight == most]
    return leaders[0] if len(leaders) == 1 else None


def _settled(framework: Framework, states: Sequence[State], settlement: Settlement) -> Decided:
    """A settled conflict is as binding as its strongest rule."""
    fired = [vote for vote in framework.votes[Dimension.SEATS] if states[vote.place]]
    strongest = fired[0].modality if fired else Modality.USUALLY
    rules = tuple([vote.place for vote in fired if vote.value is settlement.seats])
    return Decided(Cast(settlement.seats, 1, strongest), rules, settlement)


@dataclass(frozen=True, slots=True)
class ListCount:
    """How much of a list holds: the bullets that match, those known to fail, and all of them."""

    seats: Choice
    matching: frozenset[str]
    failing: frozenset[str]
    of: int

    def decides(self, as_a_whole: bool) -> bool:
        """Whether the list decides: by one bullet, or only as a whole."""
        return len(self.matching) >= (self.of if as_a_whole else 1)


def lists_of(framework: Framework, states: Sequence[State]) -> list[ListCount]:
    """For a framework with lists: how much of each holds."""
    counts = []
    for seats, of in framework.bullets.items():
        votes = [vote for vote in framework.votes[Dimension.SEATS] if vote.value is seats]
        matching = frozenset(framework.rules[vote.place].bullet for vote in votes if states[vote.place])
        failing = {framework.rules[vote.place].bullet for vote in votes if states[vote.place] is False}
        counts.append(ListCount(seats, matching, frozenset(failing - matching), of))
    return counts


def _by_lists(framework: Framework, states: Sequence[State]) -> Decided | None:
    deciding = {one.seats for one in lists_of(framework, states) if one.decides(one.seats in framework.whole_lists)}
    fired = [vote for vote in framework.votes[Dimension.SEATS] if states[vote.place] and vote.value in deciding]
    return _by_strength(framework, Dimension.SEATS, fired)
