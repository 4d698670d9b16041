"""Finds what would change a recommendation, by trying changes.

For every rule, the smallest changes of answers that make it fire or stop firing are tried on all five frameworks. Those
that change the advice are returned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.assessment.combination import FRAMEWORKS, combine
from domain.assessment.framework import Advised, Dimension, Framework, Seats
from domain.assessment.growth import urgency
from domain.assessment.outcome import Outcome
from domain.assessment.predicates import Change, Condition, Values, Way
from domain.assessment.voting import Decisions, State, decide, state_of
from domain.seats import Structure


@dataclass(frozen=True, slots=True)
class Becoming:
    """A change of an answer. An unknown answer has `was` None."""

    answer: str
    was: object
    becomes: object


@dataclass(frozen=True, slots=True)
class Trigger:
    """Changes of answers that change the advice, and the dimensions that change with it."""

    when: str
    changes: tuple[Becoming, ...]
    moves: Mapping[str, tuple[str, str]]
    structure: Structure | None


def find_triggers(
    states: Sequence[Sequence[State]], decisions: Sequence[Decisions], values: Values, now: Outcome
) -> tuple[Trigger, ...]:
    """The smallest changes that alter the advice: of known answers, with at most one unknown answer in addition.

    Those that growth brings come first, those that mean that the company shrinks come last.
    """
    triggers: dict[frozenset[tuple[str, object]], Trigger] = {}
    tried: set[frozenset[tuple[str, object]]] = set()
    for way in sorted(_ways(values), key=len):
        way = _made_whole(way, values)
        changes = frozenset([(change.name, change.value) for change in way])
        if changes in tried or any(smaller <= changes for smaller in triggers):
            continue
        tried.add(changes)
        then = _after(way, states, decisions, values)
        if moves := _moves(now, then):
            triggers[changes] = Trigger(
                "; and ".join([change.text for change in way]),
                tuple([Becoming(change.name, values.get(change.name), change.value) for change in way]),
                moves,
                then.structure,
            )
    return tuple(
        sorted(triggers.values(), key=lambda one: urgency([(c.answer, c.was, c.becomes) for c in one.changes]))
    )


def _ways(values: Values) -> Iterator[Way]:
    """The ways to turn the conditions on which some answer bears; a change must be of at least one known answer."""
    conditions: dict[Condition, None] = {}
    for framework in FRAMEWORKS:
        for rule in framework.rules:
            conditions[rule.condition] = None
            if rule.unless is not None and rule.condition.holds(values) is True:
                conditions[rule.unless] = None
        conditions.update(dict.fromkeys(settlement.condition for settlement in framework.settlements))
        if framework.commitments_unless is not None:
            conditions[framework.commitments_unless] = None
    for condition in conditions:
        if not values.keys().isdisjoint(condition.needs):
            for way in condition.ways_to(condition.holds(values) is not True, values):
                if any(change.name in values for change in way):
                    yield way


def _made_whole(way: Way, values: Values) -> Way:
    """Raise the headcount with a team that would otherwise exceed it."""
    engineers = next((change.value for change in way if change.name == "engineers"), None)
    headcount = values.get("headcount")
    grows = engineers is not None and headcount is not None and engineers > headcount
    if not grows or any(change.name == "headcount" for change in way):
        return way
    return (*way, Change("headcount", engineers, f"headcount: {engineers} or more"))


def _after(way: Way, states: Sequence[Sequence[State]], decisions: Sequence[Decisions], values: Values) -> Outcome:
    """The outcome after the changes."""
    changed = values.after(way)
    decided = list(decisions)
    names = [change.name for change in way]
    for index, framework in enumerate(FRAMEWORKS):
        new_states = _states_after(framework, names, states[index], changed)
        if new_states is not None:
            decided[index] = decide(framework, new_states, changed)
    return combine(decided, changed)


def _states_after(
    framework: Framework, names: Sequence[str], before: Sequence[State], changed: Values
) -> Sequence[State] | None:
    """The rules' states after these answers change; None if nothing in the framework changes."""
    after: list[State] | None = None if framework.context_questions.isdisjoint(names) else list(before)
    for name in names:
        for place in framework.rules_needing.get(name, ()):
            state = state_of(framework.rules[place], changed)
            if state is not before[place]:
                after = list(before) if after is None else after
                after[place] = state
    return after


def _moves(now: Outcome, then: Outcome) -> dict[str, tuple[str, str]]:
    """The structural dimensions whose decision changes; empty if they only become undecided."""
    pairs = {
        Dimension.SEATS: (now.seats, then.seats),
        Dimension.TECHNOLOGY: (now.technology, then.technology),
        Dimension.AI: (now.ai, then.ai),
    }
    moves = {d.value: (was.value, becomes.value) for d, (was, becomes) in pairs.items() if was != becomes}
    decided = any(becomes not in (str(Seats.UNDECIDED), str(Advised.UNDECIDED)) for _, becomes in moves.values())
    return moves if decided else {}
