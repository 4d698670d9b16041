"""From the rules that fire to what a framework decides. The fast core: no words are made here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.assessment.conditions import Values
from domain.assessment.framework import (
    Advised,
    Dimension,
    First,
    Framework,
    Method,
    Modality,
    Seats,
    Settlement,
)

State = bool | None
"""Of a rule: it fires, it does not, or the answers do not say."""

Choice = Seats | Advised | First


@dataclass(frozen=True, slots=True)
class Decided:
    """One dimension decided: for what, how strongly, and by which rules (their places in the framework)."""

    value: Choice
    modality: Modality
    rules: tuple[int, ...]
    settled_by: Settlement | None = None


Decisions = dict[Dimension, Decided]
"""What is decided; a dimension that is not decided is not in it."""


def states_of(framework: Framework, values: Values) -> list[State]:
    """Which rules fire."""
    return [state_of(framework, place, values) for place in range(len(framework.rules))]


def state_of(framework: Framework, place: int, values: Values) -> State:
    """Whether one rule fires. What would set it aside does so only when it is known to hold."""
    rule = framework.rules[place]
    if rule.unless is not None and rule.unless.holds(values) is True:
        return False
    return rule.condition.holds(values)


def decide(framework: Framework, states: Sequence[State], values: Values) -> Decisions:
    """What a framework decides, by its own method."""
    if framework.method is Method.LISTS:
        return _by_lists(framework, states)
    decisions: Decisions = {}
    weighed = framework.method is Method.WEIGHED
    for dimension, ballots in framework.ballots.items():
        strongest = 0
        weights: dict[Choice, int] = {}
        for place, value, modality, weight in ballots:
            if states[place] is True:
                if modality > strongest:
                    strongest, weights = modality, {value: weight}
                elif modality == strongest:
                    weights[value] = weights.get(value, 0) + weight
        if weights:
            winner = _winner(weights, weighed)
            if winner is not None:
                decisions[dimension] = Decided(
                    winner,
                    Modality(strongest),
                    tuple(p for p, value, m, _ in ballots if value == winner and m == strongest and states[p] is True),
                )
    for settlement in framework.settlements:
        if settlement.condition.holds(values) is True:
            decisions[Dimension.SEATS] = _settled(framework, states, settlement)
    return decisions


def _winner(weights: dict[Choice, int], weighed: bool) -> Choice | None:
    if len(weights) == 1:
        return next(iter(weights))
    if not weighed:
        return None
    most = max(weights.values())
    leaders = [value for value, weight in weights.items() if weight == most]
    return leaders[0] if len(leaders) == 1 else None


def _settled(framework: Framework, states: Sequence[State], settlement: Settlement) -> Decided:
    """A settled quarrel is as binding as the strongest rule that was in it."""
    fired = [ballot for ballot in framework.ballots[Dimension.SEATS] if states[ballot[0]] is True]
    strongest = max((modality for _, _, modality, _ in fired), default=int(Modality.USUALLY))
    backing = tuple(place for place, value, _, _ in fired if value == settlement.seats)
    return Decided(settlement.seats, Modality(strongest), backing, settlement)


def lists_of(framework: Framework, states: Sequence[State]) -> dict[Choice, tuple[list[int], bool]]:
    """Of a framework with lists: for each list the bullets that match, and whether a known one fails."""
    found: dict[Choice, tuple[list[int], bool]] = {}
    for place, value, _, _ in framework.ballots[Dimension.SEATS]:
        matches, fails = found.get(value, ([], False))
        found[value] = (
            [*matches, place] if states[place] is True else matches,
            fails or states[place] is False,
        )
    return found


def _by_lists(framework: Framework, states: Sequence[State]) -> Decisions:
    lists = lists_of(framework, states)
    matching = [value for value, (matches, _) in lists.items() if matches]
    if len(matching) != 1:
        return {}
    value = matching[0]
    matches, fails = lists[value]
    if fails:
        return {}
    modality = max(framework.rules[place].modality for place in matches)
    return {Dimension.SEATS: Decided(value, modality, tuple(matches))}


def could_change(framework: Framework, states: Sequence[State], decisions: Decisions, values: Values) -> set[int]:
    """The places of the open rules (unknown, or fired and not yet safe from being set aside) that may still matter.

    It errs on one side only: a rule that it leaves out can change nothing, whatever the missing answers turn out to be.
    """
    unsafe = {
        place
        for place, rule in enumerate(framework.rules)
        if states[place] is True and rule.unless is not None and rule.unless.holds(values) is None
    }
    still_open = {place for place, state in enumerate(states) if state is None} | unsafe
    if framework.method is Method.LISTS:
        return _open_bullets(framework, states, still_open)
    mattering: set[int] = set()
    for dimension, ballots in framework.ballots.items():
        decided = decisions.get(dimension)
        if decided is not None and decided.settled_by is not None:
            continue
        firm = [b for b in ballots if states[b[0]] is True and b[0] not in unsafe]
        floor = max((modality for _, _, modality, _ in firm), default=0)
        firm = [b for b in firm if b[2] == floor]
        contending = [b for b in ballots if b[0] in still_open and b[2] >= floor]
        firm_values = {value for _, value, _, _ in firm}
        if len(firm_values) > 1 and framework.method is Method.STRONGEST:
            contending = [b for b in contending if b[2] > floor]
        if firm and {value for _, value, _, _ in contending} <= firm_values and len(firm_values) == 1:
            continue
        if decided is not None and _is_out_of_reach(framework, decided, firm, contending, floor):
            continue
        mattering.update(b[0] for b in contending)
    return mattering


def _is_out_of_reach(
    framework: Framework,
    decided: Decided,
    firm: list[tuple[int, Choice, int, int]],
    contending: list[tuple[int, Choice, int, int]],
    floor: int,
) -> bool:
    """Whether what is decided outweighs everything that could still be said against it."""
    if framework.method is not Method.WEIGHED or any(modality > floor for _, _, modality, _ in contending):
        return False
    backing = sum(weight for _, value, _, weight in firm if value == decided.value)
    against = sum(weight for _, value, _, weight in (*firm, *contending) if value != decided.value)
    return backing > against


def _open_bullets(framework: Framework, states: Sequence[State], still_open: set[int]) -> set[int]:
    lists = lists_of(framework, states)
    matching = [value for value, (matches, _) in lists.items() if matches]
    failed = [value for value, (_, fails) in lists.items() if fails]
    if len(matching) > 1 or (matching and matching[0] in failed) or len(failed) == len(lists):
        return set()
    return still_open
