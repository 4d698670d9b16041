"""A framework's verdict: its advice, the reasons, rules that nearly fired, and missing answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

from domain.assessment.answers import Answers, plain_value, why_unweighable
from domain.assessment.framework import Advised, Dimension, First, Framework, Method, Modality, Rule, Seats
from domain.assessment.openness import could_change, silence_could_change
from domain.assessment.outcome import outcome_of
from domain.assessment.predicates import Values
from domain.assessment.reading import reading_of
from domain.assessment.voting import Decided, Decisions, State, decide, filled_alone, lists_of, states_of
from domain.seats import Structure


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that fired, with the answers that made it fire (JSON-ready) and its line in the source."""

    rule: str
    clause: str
    answers: Mapping[str, object]
    source: str
    modality: Modality
    sentence: str
    speaks_for: Mapping[str, str]

    @property
    def key(self) -> str:
        """The rule's id with its clause."""
        return f"{self.rule}.{self.clause}" if self.clause else self.rule


@dataclass(frozen=True, slots=True)
class NearlyFired:
    """A rule that one more answer or a slightly different number would fire; any one of `lacks` is enough."""

    rule: str
    clause: str
    answers: Mapping[str, object]
    source: str
    lacks: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A missing answer, and whether it could still change the verdict. `reason` is set if there is a specific one."""

    answer: str
    could_change: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """A rule in a conflict, and its vote."""

    rule: str
    modality: Modality
    says: str


@dataclass(frozen=True, slots=True)
class InternalConflict:
    """Conflicting rules of one framework, the outcome, and the contradiction of the sources it matches, if any.

    `outcome` is a sentence; `prevails` has the keys of the rules that prevail (empty if nothing is decided).
    """

    dimension: Dimension
    voices: tuple[Voice, ...]
    outcome: str
    contradiction: str | None = None
    prevails: tuple[str, ...] = ()


class Openness(NamedTuple):
    """What could still change a verdict: rules that nearly fired, and missing answers."""

    nearly: tuple[NearlyFired, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class Verdict:
    """The verdict of one framework version on the answers; `reading` explains it in sentences.

    What could still change it is worked out by `seek` when it is first asked for: it takes as long as all the rest.
    """

    framework: str
    version: int
    seats: Seats
    technology: Advised
    ai: Advised
    first: First | None
    structure: Structure | None
    strength: Modality | None
    strengths: Mapping[str, Modality]
    decided_by: Mapping[str, tuple[str, ...]]
    fired: tuple[Fired, ...]
    conflicts: tuple[InternalConflict, ...]
    reading: tuple[str, ...]
    seek: Callable[[], Openness] = field(repr=False, compare=False)

    @cached_property
    def openness(self) -> Openness:
        """What could still change it."""
        return self.seek()

    @property
    def nearly(self) -> tuple[NearlyFired, ...]:
        """The rules that nearly fired."""
        return self.openness.nearly

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The missing answers, those first that could change it."""
        return self.openness.missing

    def fired_keys(self) -> frozenset[str]:
        """The keys (id and clause) of the rules that fired."""
        return frozenset(fired.key for fired in self.fired)


def judge(framework: Framework, answers: Answers, values: Values) -> Verdict:
    """The verdict of one framework. `values` come from `answers.weighable`."""
    states = states_of(framework, values)
    return explain(framework, states, decide(framework, states, values), answers, values)


def explain(
    framework: Framework, states: Sequence[State], decisions: Decisions, answers: Answers, values: Values
) -> Verdict:
    """The full verdict, from rule states and decisions already computed."""
    choices = [one.value if one is not None else None for one in decisions.all()]
    outcome = outcome_of(choices, filled_alone(choices[-1]))
    rules = framework.rules
    decided = decisions.items()
    return Verdict(
        framework=framework.id,
        version=framework.version,
        seats=outcome.seats,
        technology=outcome.technology,
        ai=outcome.ai,
        first=outcome.first,
        structure=outcome.structure,
        strength=max([one.modality for _, one in decided], default=None),
        strengths={dimension.value: one.modality for dimension, one in decided},
        decided_by={d.value: tuple(rules[place].key for place in one.rules) for d, one in decided},
        fired=tuple(_fired(rule, answers, values) for rule, state in zip(rules, states, strict=True) if state is True),
        conflicts=tuple(_conflicts(framework, states, decisions)),
        reading=reading_of(framework, states),
        seek=partial(_openness, framework, states, decisions, answers, values),
    )


def _openness(
    framework: Framework, states: Sequence[State], decisions: Decisions, answers: Answers, values: Values
) -> Openness:
    return Openness(
        tuple(_nearly(framework, states, answers, values)), _missing(framework, states, decisions, answers, values)
    )


def _grounds(names: Sequence[str], answers: Answers) -> dict[str, object]:
    return {name: plain_value(answers.of(name).value) for name in names}


def _fired(rule: Rule, answers: Answers, values: Values) -> Fired:
    grounds = _grounds(rule.condition.grounds(values), answers)
    return Fired(rule.id, rule.clause, grounds, rule.source, rule.modality, rule.sentence, rule.vote.speaks_for)


def _nearly(framework: Framework, states: Sequence[State], answers: Answers, values: Values) -> list[NearlyFired]:
    nearly = []
    for rule, state in zip(framework.rules, states, strict=True):
        if state is True or values.keys().isdisjoint(rule.needs):
            continue
        lacks = rule.condition.short_of(values)
        if lacks is not None and (rule.unless is None or rule.unless.holds(values) is not True):
            answered = [name for name in rule.condition.needs if name in values]
            nearly.append(
                NearlyFired(rule.id, rule.clause, _grounds(answered, answers), rule.source, lacks, rule.sentence)
            )
    return nearly


def _missing(
    framework: Framework, states: Sequence[State], decisions: Decisions, answers: Answers, values: Values
) -> tuple[Missing, ...]:
    mattering: set[str] = set()
    for place in could_change(framework, states, decisions, values):
        rule = framework.rules[place]
        if values.keys().isdisjoint(rule.needs):
            mattering.update(rule.needs)
            continue
        mattering.update(rule.condition.missing(values))
        if rule.unless is not None:
            mattering.update(rule.unless.missing(values))
    mattering.update(silence_could_change(framework, states, values))
    for settlement in framework.settlements:
        if settlement.condition.holds(values) is None and _is_disputed(framework, states, decisions, settlement.seats):
            mattering.update(settlement.condition.missing(values))
    relevant: list[Missing] = []
    irrelevant: list[Missing] = []
    for name in framework.questions:
        if name not in values:
            matters = name in mattering
            reason = why_unweighable(name, answers.by_question[name]) if name in answers.by_question else None
            (relevant if matters else irrelevant).append(_missing_answer(name, matters, reason))
    return (*relevant, *irrelevant)


_missing_answer = lru_cache(maxsize=1024)(Missing)
"""Cached: the same few instances recur."""


def _is_disputed(framework: Framework, states: Sequence[State], decisions: Decisions, seats: Seats) -> bool:
    """Whether other seats than these are decided, or could still be."""
    decided = decisions.seats
    return decided is None or any(
        states[vote.place] is not False and vote.value is not seats and vote.modality >= decided.modality
        for vote in framework.votes[Dimension.SEATS]
    )


def _conflicts(framework: Framework, states: Sequence[State], decisions: Decisions) -> list[InternalConflict]:
    conflicts = []
    for dimension, votes in framework.votes.items():
        if len({vote.value for vote in votes if states[vote.place]}) > 1:
            fired = [(framework.rules[vote.place], vote.value) for vote in votes if states[vote.place]]
            voices = tuple(Voice(rule.key, rule.modality, value.value) for rule, value in fired)
            keys = {rule.key for rule, _ in fired}
            named = [id_ for id_, rules in framework.known_conflicts if rules <= keys]
            decided = decisions.of(dimension)
            winners = tuple(framework.rules[place] for place in decided.rules) if decided is not None else ()
            outcome = _outcome(decided, winners)
            prevails = tuple(rule.key for rule in winners)
            conflicts.append(InternalConflict(dimension, voices, outcome, named[0] if named else None, prevails))
    if framework.method is Method.LISTS and not conflicts and decisions.seats is None:
        conflicts.extend(_held_back(framework, states))
    return conflicts


def _outcome(decided: Decided | None, winners: Sequence[Rule]) -> str:
    if decided is None:
        return "Nothing is decided: neither side outweighs the other."
    if decided.settled_by is not None:
        return decided.settled_by.sentence
    return f"The stronger rule prevails: {' '.join(rule.sentence for rule in winners)}"


def _held_back(framework: Framework, states: Sequence[State]) -> list[InternalConflict]:
    """Lists that match in part and do not decide, because another of their bullets fails."""
    conflicts = []
    for one in lists_of(framework, states):
        if one.matching and one.failing:
            rules = [
                (framework.rules[vote.place], states[vote.place])
                for vote in framework.votes[Dimension.SEATS]
                if vote.value is one.seats and states[vote.place] is not None
            ]
            voices = tuple(
                Voice(rule.key, rule.modality, one.seats.value if state else f"does not match: {rule.condition.text}")
                for rule, state in rules
            )
            outcome = f"Nothing is decided: {len(one.matching)} of {one.of} conditions hold, and all of them must."
            named = framework.known_conflicts[0][0] if framework.known_conflicts else None
            conflicts.append(InternalConflict(Dimension.SEATS, voices, outcome, named))
    return conflicts
