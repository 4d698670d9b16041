"""Which rules of a framework could still change its decisions, whatever the missing answers turn out to be."""

from __future__ import annotations

from collections.abc import Sequence

from domain.assessment.framework import Dimension, Framework, Method, RuleVote
from domain.assessment.predicates import Values
from domain.assessment.voting import Decided, Decisions, State, fitting_votes, lists_of

_TERMS = (Dimension.TECHNOLOGY, Dimension.AI, Dimension.FIRST)


def could_change(framework: Framework, states: Sequence[State], decisions: Decisions, values: Values) -> set[int]:
    """The indexes of open rules that may still matter: unknown, or fired but possibly set aside by a missing answer.

    Conservative: a rule that is not returned cannot change anything, whatever the missing answers are.
    """
    still_open, unsafe = _open_rules(framework, states, values)
    if framework.method is Method.LISTS:
        return _open_bullets(framework, states, still_open, unsafe)
    mattering = _contending(framework, states, decisions.seats, framework.votes[Dimension.SEATS], still_open, unsafe)
    may_settle = any(settlement.condition.holds(values) is None for settlement in framework.settlements)
    seats_are_final = not mattering and not may_settle
    for dimension in _TERMS:
        if dimension is not Dimension.FIRST and decisions.is_silent:
            continue
        votes: Sequence[RuleVote] = framework.votes[dimension]
        if seats_are_final:
            seats = decisions.seats.value if decisions.seats is not None else None
            fitting = fitting_votes(framework, dimension, seats)
            decided = decisions.given(seats).of(dimension)
            mattering |= _contending(framework, states, decided, fitting, still_open, unsafe)
        else:
            mattering.update(vote.place for vote in votes if vote.place in still_open)
    return mattering


def emphasis_could_change(framework: Framework, states: Sequence[State], values: Values) -> set[int]:
    """The indexes of open rules that may change how much a decision counts among the frameworks, if not the decision.

    A stronger rule makes it more binding, and some rules make it count double.
    """
    still_open, unsafe = _open_rules(framework, states, values)
    places: set[int] = set()
    for votes in framework.votes.values():
        floor = max([vote.modality for vote in votes if states[vote.place] and vote.place not in unsafe], default=0)
        doubled = {vote.place for vote in votes if vote.modality == floor} & framework.doubled
        places |= still_open & (doubled | {vote.place for vote in votes if vote.modality > floor})
    return places


def silence_could_change(framework: Framework, states: Sequence[State], values: Values) -> tuple[str, ...]:
    """The missing answers that could silence the framework on commitment, if any of its rules may speak of it."""
    silence = framework.commitments_unless
    if silence is None or silence.holds(values) is not None:
        return ()
    votes = (*framework.votes[Dimension.TECHNOLOGY], *framework.votes[Dimension.AI])
    speaks = any(states[vote.place] is not False for vote in votes)
    return silence.missing(values) if speaks else ()


def _open_rules(framework: Framework, states: Sequence[State], values: Values) -> tuple[set[int], set[int]]:
    """The indexes of rules whose state may change, and of those among them that fired."""
    unsafe = {
        place
        for place, rule in enumerate(framework.rules)
        if rule.unless is not None and states[place] and rule.unless.holds(values) is None
    }
    return {place for place, state in enumerate(states) if state is None} | unsafe, unsafe


def _contending(
    framework: Framework,
    states: Sequence[State],
    decided: Decided | None,
    votes: Sequence[RuleVote],
    still_open: set[int],
    unsafe: set[int],
) -> set[int]:
    """The open rules among these votes on one dimension that could change its decision."""
    if decided is not None and decided.settled_by is not None:
        return set()
    firm = [vote for vote in votes if states[vote.place] and vote.place not in unsafe]
    floor = firm[0].modality if firm else 0
    firm = [vote for vote in firm if vote.modality == floor]
    agreed = len({vote.value for vote in firm}) == 1
    contending = [vote for vote in votes if vote.place in still_open and vote.modality >= floor]
    if firm and not agreed and framework.method is Method.STRONGEST:
        contending = [vote for vote in contending if vote.modality > floor]
    if agreed and all(vote.value is firm[0].value for vote in contending):
        return set()
    if framework.method is Method.WEIGHED and decided is not None and _is_out_of_reach(decided, firm, contending):
        return set()
    return {vote.place for vote in contending}


def _is_out_of_reach(decided: Decided, firm: list[RuleVote], contending: list[RuleVote]) -> bool:
    """Whether the decision outweighs all rules that could still vote against it."""
    if any(vote.modality > decided.modality for vote in contending):
        return False
    backing = sum(vote.weight for vote in firm if vote.value is decided.value)
    return backing > sum(vote.weight for vote in (*firm, *contending) if vote.value is not decided.value)


def _open_bullets(framework: Framework, states: Sequence[State], still_open: set[int], unsafe: set[int]) -> set[int]:
    """The open bullets of lists that could still decide, unless a list that no other outweighs has already decided."""
    firm = [state if place not in unsafe else None for place, state in enumerate(states)]
    votes = framework.votes[Dimension.SEATS]
    deciding = {one.seats for one in lists_of(framework, firm) if one.decides(one.seats in framework.whole_lists)}
    floor = max([vote.modality for vote in votes if vote.value in deciding], default=0)
    mattering: set[int] = set()
    for one in lists_of(framework, states):
        places = [vote.place for vote in votes if vote.value is one.seats and vote.modality > floor]
        if one.seats in framework.whole_lists and one.failing:
            continue
        mattering.update(place for place in places if place in still_open)
    return mattering
