"""Derives a framework's decisions from the rules that fire. The fast core: it produces no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from domain.assessment.framework import (
    Choice,
    Dimension,
    Framework,
    Method,
    Modality,
    Rule,
    RuleVote,
    Settlement,
)
from domain.assessment.predicates import Values

State = bool | None
"""State of a rule: fires, does not fire, or None while the answers do not decide it."""


class Cast(NamedTuple):
    """A framework's vote: its value, its weight among the frameworks, and whether it is a MUST."""

    value: Choice
    counts: int
    must: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided dimension: the vote, its strength, and the deciding rules (by their index in the framework)."""

    cast: Cast
    modality: Modality
    rules: tuple[int, ...]
    settled_by: Settlement | None = None

    @property
    def value(self) -> Choice:
        """The value voted for."""
        return self.cast.value


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """A framework's decisions by dimension; None where undecided."""

    seats: Decided | None = None
    technology: Decided | None = None
    ai: Decided | None = None
    first: Decided | None = None

    def of(self, dimension: Dimension) -> Decided | None:
        """The decision on one dimension."""
        decided: Decided | None = getattr(self, dimension)
        return decided

    def all(self) -> tuple[Decided | None, ...]:
        """The decisions on all dimensions, in order."""
        return (self.seats, self.technology, self.ai, self.first)

    def items(self) -> list[tuple[Dimension, Decided]]:
        """The decided dimensions with their decisions."""
        return [(dimension, one) for dimension, one in zip(Dimension, self.all(), strict=True) if one is not None]


def states_of(framework: Framework, values: Values) -> list[State]:
    """The state of every rule."""
    return [state_of(rule, values) for rule in framework.rules]


def state_of(rule: Rule, values: Values) -> State:
    """The state of one rule. Its `unless` condition sets it aside only if it is known to hold."""
    if values.keys().isdisjoint(rule.needs):
        return None
    if rule.unless is not None and rule.unless.holds(values) is True:
        return False
    return rule.condition.holds(values)


def decide(framework: Framework, states: Sequence[State], values: Values) -> Decisions:
    """A framework's decisions, by its own method."""
    settled = tuple([s for s in framework.settlements if s.condition.holds(values) is True])
    return _decide(framework, tuple(states), settled)


@lru_cache(maxsize=4096)
def _decide(framework: Framework, states: tuple[State, ...], settled: tuple[Settlement, ...]) -> Decisions:
    """Cached: the same states recur across clients and in every search for triggers."""
    if framework.method is Method.LISTS:
        return _by_lists(framework, states)
    decided: dict[str, Decided] = {}
    for dimension, votes in framework.votes.items():
        fired = [vote for vote in votes if states[vote[0]]]
        if fired:
            strongest = fired[0].modality
            strongest_votes = [vote for vote in fired if vote.modality is strongest]
            value = _prevailing(strongest_votes, framework.method is Method.WEIGHED)
            if value is not None:
                rules = tuple([vote.place for vote in strongest_votes if vote.value is value])
                counts = 2 if dimension is Dimension.SEATS and not framework.doubled.isdisjoint(rules) else 1
                decided[dimension.value] = _decided(value, strongest, rules, counts)
    for settlement in settled:
        decided[Dimension.SEATS.value] = _settled(framework, states, settlement)
    return Decisions(**decided)


def _decided(value: Choice, modality: Modality, rules: tuple[int, ...], counts: int = 1) -> Decided:
    return Decided(Cast(value, counts, modality is Modality.MUST), modality, rules)


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
    cast = Cast(settlement.seats, 1, strongest is Modality.MUST)
    return Decided(cast, strongest, rules, settlement)


def lists_of(framework: Framework, states: Sequence[State]) -> dict[Choice, tuple[list[int], bool]]:
    """For a framework with lists: by list, the bullets that match, and whether a known bullet fails."""
    lists: dict[Choice, tuple[list[int], bool]] = {}
    for place, value, _, _ in framework.votes[Dimension.SEATS]:
        matches, fails = lists.get(value, ([], False))
        state = states[place]
        lists[value] = ([*matches, place] if state else matches, fails or state is False)
    return lists


def _by_lists(framework: Framework, states: Sequence[State]) -> Decisions:
    lists = lists_of(framework, states)
    matching = [value for value, (matches, _) in lists.items() if matches]
    if len(matching) != 1:
        return Decisions()
    value = matching[0]
    matches, fails = lists[value]
    if fails:
        return Decisions()
    modality = max(framework.rules[place].modality for place in matches)
    return Decisions(seats=_decided(value, modality, tuple(matches)))


def could_change(framework: Framework, states: Sequence[State], decisions: Decisions, values: Values) -> set[int]:
    """The indexes of open rules that may still matter: unknown, or fired but possibly set aside by a missing answer.

    Conservative: a rule that is not returned cannot change anything, whatever the missing answers are.
    """
    unsafe = {
        place
        for place, rule in enumerate(framework.rules)
        if rule.unless is not None and states[place] and rule.unless.holds(values) is None
    }
    still_open = {place for place, state in enumerate(states) if state is None} | unsafe
    if framework.method is Method.LISTS:
        return _open_bullets(framework, states, still_open)
    mattering: set[int] = set()
    for dimension, votes in framework.votes.items():
        decided = decisions.of(dimension)
        if decided is not None and decided.settled_by is not None:
            continue
        firm = [vote for vote in votes if states[vote.place] and vote.place not in unsafe]
        floor = firm[0].modality if firm else 0
        firm = [vote for vote in firm if vote.modality == floor]
        agreed = len({vote.value for vote in firm}) == 1
        contending = [vote for vote in votes if vote.place in still_open and vote.modality >= floor]
        if firm and not agreed and framework.method is Method.STRONGEST:
            contending = [vote for vote in contending if vote.modality > floor]
        if agreed and all(vote.value is firm[0].value for vote in contending):
            continue
        if framework.method is Method.WEIGHED and decided is not None and _is_out_of_reach(decided, firm, contending):
            continue
        mattering.update(vote.place for vote in contending)
    return mattering


def _is_out_of_reach(decided: Decided, firm: list[RuleVote], contending: list[RuleVote]) -> bool:
    """Whether the decision outweighs all rules that could still vote against it."""
    if any(vote.modality > decided.modality for vote in contending):
        return False
    backing = sum(vote.weight for vote in firm if vote.value is decided.value)
    return backing > sum(vote.weight for vote in (*firm, *contending) if vote.value is not decided.value)


def _open_bullets(framework: Framework, states: Sequence[State], still_open: set[int]) -> set[int]:
    lists = lists_of(framework, states)
    matching = [value for value, (matches, _) in lists.items() if matches]
    failed = [value for value, (_, fails) in lists.items() if fails]
    if len(matching) > 1 or (matching and matching[0] in failed) or len(failed) == len(lists):
        return set()
    return still_open
