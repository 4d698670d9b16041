"""From the rules that fire to what a framework decides. The fast core: no words are made here."""

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
"""Of a rule: it fires, it does not, or the answers do not say."""


class Cast(NamedTuple):
    """A framework's vote among the others: for what, for how many votes it counts, and whether it is a MUST."""

    value: Choice
    counts: int
    must: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """One dimension decided: the vote to be cast, how strongly, and by which rules (their places in the framework)."""

    cast: Cast
    modality: Modality
    rules: tuple[int, ...]
    settled_by: Settlement | None = None

    @property
    def value(self) -> Choice:
        """For what."""
        return self.cast.value


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """What a framework decides, dimension by dimension; null where nothing."""

    seats: Decided | None = None
    technology: Decided | None = None
    ai: Decided | None = None
    first: Decided | None = None

    def of(self, dimension: Dimension) -> Decided | None:
        """What is decided on one dimension."""
        decided: Decided | None = getattr(self, dimension)
        return decided

    def all(self) -> tuple[Decided | None, ...]:
        """What is decided on every dimension, in their order."""
        return (self.seats, self.technology, self.ai, self.first)

    def items(self) -> list[tuple[Dimension, Decided]]:
        """The dimensions that are decided, with what."""
        return [(dimension, one) for dimension, one in zip(Dimension, self.all(), strict=True) if one is not None]


def states_of(framework: Framework, values: Values) -> list[State]:
    """Which rules fire."""
    return [state_of(rule, values) for rule in framework.rules]


def state_of(rule: Rule, values: Values) -> State:
    """Whether one rule fires. What would set it aside does so only when it is known to hold."""
    if values.keys().isdisjoint(rule.needs):
        return None
    if rule.unless is not None and rule.unless.holds(values) is True:
        return False
    return rule.condition.holds(values)


def decide(framework: Framework, states: Sequence[State], values: Values) -> Decisions:
    """What a framework decides, by its own method."""
    settled = tuple([s for s in framework.settlements if s.condition.holds(values) is True])
    return _decide(framework, tuple(states), settled)


@lru_cache(maxsize=4096)
def _decide(framework: Framework, states: tuple[State, ...], settled: tuple[Settlement, ...]) -> Decisions:
    """Kept, for the same few constellations come up for client after client, and in every search for triggers."""
    if framework.method is Method.LISTS:
        return _by_lists(framework, states)
    decided: dict[str, Decided] = {}
    for dimension, votes in framework.votes.items():
        fired = [vote for vote in votes if states[vote[0]]]
        if fired:
            strongest = fired[0].modality
            heard = [vote for vote in fired if vote.modality is strongest]
            value = _prevailing(heard, framework.method is Method.WEIGHED)
            if value is not None:
                rules = tuple([vote.place for vote in heard if vote.value is value])
                counts = 2 if dimension is Dimension.SEATS and not framework.doubled.isdisjoint(rules) else 1
                decided[dimension.value] = _decided(value, strongest, rules, counts)
    for settlement in settled:
        decided[Dimension.SEATS.value] = _settled(framework, states, settlement)
    return Decisions(**decided)


def _decided(value: Choice, modality: Modality, rules: tuple[int, ...], counts: int = 1) -> Decided:
    return Decided(Cast(value, counts, modality is Modality.MUST), modality, rules)


def _prevailing(heard: Sequence[RuleVote], weighed: bool) -> Choice | None:
    """What the strongest rules agree on; where they are weighed, what the most weight is for."""
    value = heard[0].value
    if all(vote.value is value for vote in heard):
        return value
    if not weighed:
        return None
    weights: dict[Choice, int] = {}
    for vote in heard:
        weights[vote.value] = weights.get(vote.value, 0) + vote.weight
    most = max(weights.values())
    leaders = [value for value, weight in weights.items() if weight == most]
    return leaders[0] if len(leaders) == 1 else None


def _settled(framework: Framework, states: Sequence[State], settlement: Settlement) -> Decided:
    """A settled quarrel is as binding as the strongest rule that was in it."""
    fired = [vote for vote in framework.votes[Dimension.SEATS] if states[vote.place]]
    strongest = fired[0].modality if fired else Modality.USUALLY
    rules = tuple([vote.place for vote in fired if vote.value is settlement.seats])
    cast = Cast(settlement.seats, 1, strongest is Modality.MUST)
    return Decided(cast, strongest, rules, settlement)


def lists_of(framework: Framework, states: Sequence[State]) -> dict[Choice, tuple[list[int], bool]]:
    """Of a framework with lists: for each list the bullets that match, and whether a known one fails."""
    found: dict[Choice, tuple[list[int], bool]] = {}
    for place, value, _, _ in framework.votes[Dimension.SEATS]:
        matches, fails = found.get(value, ([], False))
        state = states[place]
        found[value] = ([*matches, place] if state else matches, fails or state is False)
    return found


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
    """The places of the open rules (unknown, or fired and not yet safe from being set aside) that may still matter.

    It errs on one side only: a rule that it leaves out can change nothing, whatever the missing answers turn out to be.
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
    """Whether what is decided outweighs everything that could still be said against it."""
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
