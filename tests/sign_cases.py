"""For tests of detectors: the runs of a sign in a story, written as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from story import Story, day

from domain.assessment import parse_answers
from domain.signs.catalog import DETECTORS
from domain.signs.facts import AnswerHistory, AnswerLayer, EngagementFacts, facts_of
from domain.signs.observed import observed_runs
from domain.signs.periods import FOREVER
from domain.signs.runs import DEFAULT_THRESHOLDS, Run, ThresholdHistory, runs_of

ENGAGEMENT = UUID(int=77)


def answers(*layers: tuple[str, dict[str, object]]) -> AnswerHistory:
    """The answers of assessments on these days; a key of the form `profile:2024-01-15` is a fact of the profile."""
    built = []
    for place, (text, values) in enumerate(layers):
        source, _, on = text.rpartition(":")
        taken_on = day(on)
        milestone = None if source == "profile" else UUID(int=1000 + place)
        built.append(AnswerLayer(taken_on, parse_answers(values, as_of=taken_on), milestone))
    return AnswerHistory(built)


def facts(story: Story, known: AnswerHistory | None = None) -> EngagementFacts:
    """The facts of a story's engagement."""
    return facts_of(ENGAGEMENT, story.timeline, known or AnswerHistory())


def runs(
    sign: str, story: Story, known: AnswerHistory | None = None, thresholds: ThresholdHistory = DEFAULT_THRESHOLDS
) -> tuple[Run, ...]:
    """The runs of a sign."""
    return runs_of(DETECTORS[sign], facts(story, known), thresholds)


def observed(story: Story) -> list[str]:
    """The runs of observed signs, each with its sign in front: `W01 2024-03-01..2024-04-01`."""
    return [f"{run.sign} {_day(run.since)}..{_day(run.end)}" for run in observed_runs(facts(story))]


def words(found: Iterable[Run]) -> list[str]:
    """`2024-03-01..2024-04-01 medium until 2024-03-15, high`: since, until, and the severities; a subject in front."""
    return [_words(run) for run in found]


def _words(run: Run) -> str:
    severities = [
        f"{severity} until {_day(end)}" if end != run.end else str(severity) for _, end, severity in run.severities()
    ]
    subject = f"{run.subject}: " if run.subject else ""
    return f"{subject}{_day(run.since)}..{_day(run.end)} {', '.join(severities)}"


def _day(ordinal: int) -> str:
    return "" if ordinal >= FOREVER else date.fromordinal(ordinal).isoformat()
