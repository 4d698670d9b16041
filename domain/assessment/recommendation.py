"""The complete assessment of a client: five verdicts and the recommendation they combine to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from domain.assessment.advice_warnings import AdviceWarning, warnings_for
from domain.assessment.answers import Answers, weighable, why_unweighable
from domain.assessment.case import Case
from domain.assessment.combination import FRAMEWORKS, Ballot, How, Tallies, Tally, tally
from domain.assessment.contradictions import Contradiction, bearing_on, deciding
from domain.assessment.day_one import Agreement, agreements_for
from domain.assessment.depth import DepthCondition, depth_conditions
from domain.assessment.framework import Advised, Dimension, First, Seats
from domain.assessment.outcome import Outcome
from domain.assessment.questions import QUESTIONS
from domain.assessment.replacements import SeatRemark, seat_remarks
from domain.assessment.triggers import Trigger, find_triggers
from domain.assessment.verdict import Verdict, explain
from domain.assessment.voting import decide, states_of
from domain.seats import Structure


@dataclass(frozen=True, slots=True)
class Dissent:
    """A framework that disagrees on a dimension, with its deciding rules and their sentences."""

    framework: str
    dimension: Dimension
    says: str
    instead_of: str
    rules: tuple[str, ...]
    because: tuple[str, ...]
    moot: bool


@dataclass(frozen=True, slots=True)
class StillMissing:
    """A missing answer that could change the verdict of these frameworks."""

    answer: str
    frameworks: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Cited:
    """A rule that supports the recommendation."""

    framework: str
    rule: str
    source: str


@dataclass(frozen=True)
class Recommendation:
    """The combined recommendation, with agreement, dissent, and everything that accompanies it.

    `contradictions` begin with those that decide this case, whose ids are in `deciding_contradictions`.
    """

    seats: Seats
    technology: Advised
    ai: Advised
    first: First | None
    structure: Structure | None
    tallies: Tallies
    dissent: tuple[Dissent, ...]
    cites: tuple[Cited, ...]
    contradictions: tuple[Contradiction, ...]
    deciding_contradictions: tuple[str, ...]
    warnings: tuple[AdviceWarning, ...]
    remarks: tuple[SeatRemark, ...]
    depth: tuple[DepthCondition, ...]
    day_one: tuple[Agreement, ...]
    seek: Callable[[], tuple[Trigger, ...]] = field(repr=False, compare=False)
    seek_missing: Callable[[], Sequence[StillMissing]] = field(repr=False, compare=False)

    @cached_property
    def triggers(self) -> tuple[Trigger, ...]:
        """Changes that would alter the recommendation. Computed on first use: as costly as all the rest."""
        return self.seek()

    @cached_property
    def missing(self) -> tuple[StillMissing, ...]:
        """The missing answers that could change a verdict, those that matter to most first. Computed on first use."""
        return tuple(self.seek_missing())

    @property
    def outcome(self) -> Outcome:
        """The four dimensions alone."""
        return Outcome(self.seats, self.technology, self.ai, self.first)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answers, the verdict of each framework, and the combined recommendation."""

    answers: Answers
    verdicts: tuple[Verdict, ...]
    recommendation: Recommendation


def evaluate(answers: Answers) -> Assessment:
    """Assess a client. Pure: equal answers give an equal assessment, in any order."""
    values = weighable(answers)
    states = [states_of(framework, values) for framework in FRAMEWORKS]
    decisions = [decide(f, s, values) for f, s in zip(FRAMEWORKS, states, strict=True)]
    verdicts = tuple(explain(f, s, d, answers, values) for f, s, d in zip(FRAMEWORKS, states, decisions, strict=True))
    tallies, outcome = tally(decisions, values)
    case = Case(
        values,
        {verdict.framework: verdict for verdict in verdicts},
        {verdict.framework: verdict.fired_keys() for verdict in verdicts},
        outcome,
    )
    contradictions, decisive = deciding(case, bearing_on(case))
    recommendation = Recommendation(
        seats=outcome.seats,
        technology=outcome.technology,
        ai=outcome.ai,
        first=outcome.first,
        structure=outcome.structure,
        tallies=tallies,
        dissent=tuple(_dissent(tallies, verdicts)),
        cites=tuple(_cites(tallies, verdicts)),
        contradictions=contradictions,
        deciding_contradictions=decisive,
        warnings=warnings_for(case),
        remarks=seat_remarks(outcome, values),
        depth=depth_conditions(case),
        day_one=agreements_for(case),
        seek=partial(find_triggers, states, decisions, values, outcome),
        seek_missing=partial(_missing, verdicts, answers),
    )
    return Assessment(answers, verdicts, recommendation)


def _dissent(tallies: Tallies, verdicts: Sequence[Verdict]) -> list[Dissent]:
    sentences = {(v.framework, fired.key): fired.sentence for v in verdicts for fired in v.fired}
    dissents = []
    for dimension, one in tallies.items():
        for ballot in one.ballots if one.how is not How.NOT_ASKED else ():
            if ballot.value != one.value:
                because = tuple(sentences[ballot.framework, rule] for rule in ballot.rules)
                instead_of = one.value.value if one.value is not None else Seats.UNDECIDED.value
                dissents.append(
                    Dissent(
                        ballot.framework,
                        dimension,
                        ballot.value.value,
                        instead_of,
                        ballot.rules,
                        because,
                        not ballot.counts,
                    )
                )
    return dissents


def _cites(tallies: Tallies, verdicts: Sequence[Verdict]) -> list[Cited]:
    sources = {(v.framework, fired.key): fired.source for v in verdicts for fired in v.fired}
    cited = {
        (ballot.framework, rule): sources[ballot.framework, rule]
        for one in tallies.values()
        for ballot in _backing(one)
        for rule in ballot.rules
    }
    return [Cited(framework, rule, source) for (framework, rule), source in cited.items()]


def _backing(one: Tally) -> list[Ballot]:
    return [ballot for ballot in one.ballots if ballot.value == one.value and ballot.counts]


def _missing(verdicts: Sequence[Verdict], answers: Answers) -> list[StillMissing]:
    frameworks_of: dict[str, list[str]] = {}
    for verdict in verdicts:
        for missing in verdict.missing:
            if missing.could_change:
                frameworks_of.setdefault(missing.answer, []).append(verdict.framework)
    names = sorted([name for name in QUESTIONS if name in frameworks_of], key=lambda name: -len(frameworks_of[name]))
    return [
        StillMissing(
            name,
            tuple(frameworks_of[name]),
            why_unweighable(name, answers.by_question[name]) if name in answers.by_question else None,
        )
        for name in names
    ]
