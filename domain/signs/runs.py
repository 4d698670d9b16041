"""Runs: the periods in which a sign held, under thresholds that may change over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from domain.signs.detector import Detector, Finding, Severity, Thresholds
from domain.signs.facts import EngagementFacts
from domain.signs.periods import ALWAYS_BEFORE, Periods


@dataclass(frozen=True, slots=True)
class ThresholdChange:
    """New values of some thresholds of a detector from a day on."""

    day: int
    values: Thresholds


@dataclass(frozen=True, slots=True)
class ThresholdHistory:
    """How a firm changed thresholds, by detector, in the order of the days; of one day, the last counts.

    A day is judged by the thresholds in force on it, so that a change does not rewrite what was detected before.
    """

    changes: Mapping[str, tuple[ThresholdChange, ...]] = field(default_factory=dict)

    def editions(self, detector: Detector) -> Sequence[tuple[Periods, Thresholds]]:
        """The detector's thresholds with the days on which each set of them is in force."""
        editions: list[tuple[Periods, Thresholds]] = []
        start, values = ALWAYS_BEFORE, detector.defaults
        for change in self.changes.get(detector.id, ()):
            if start < change.day:
                editions.append((Periods(((start, change.day),)), values))
                start = change.day
            values = {**values, **change.values}
        return (*editions, (Periods.since(start), values))

    def throughout(self, day: int) -> ThresholdHistory:
        """The thresholds in force on a day, as if they had always been: for judging the past by them."""
        merged: dict[str, tuple[ThresholdChange, ...]] = {}
        for sign, changes in self.changes.items():
            values: dict[str, int] = {}
            for change in changes:
                if change.day <= day:
                    values |= change.values
            if values:
                merged[sign] = (ThresholdChange(ALWAYS_BEFORE, values),)
        return ThresholdHistory(merged)


DEFAULT_THRESHOLDS: Final = ThresholdHistory()


class Detected(StrEnum):
    """How a sign was noticed: by a detector's rule, or by a person."""

    RULE = "rule"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a run, `[start, end)`, with one finding under one set of thresholds."""

    start: int
    end: int
    finding: Finding
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Run:
    """An unbroken run of active days on which a sign held, `[start, end)`.

    `since` is the day since which it is said to hold; it differs from `start`, the first day on which it could be
    detected, only where the rule dates it back.
    """

    sign: str
    engagement: UUID
    since: int
    stretches: tuple[Stretch, ...]
    detected: Detected = Detected.RULE

    @property
    def start(self) -> int:
        """The first day on which it was detected."""
        return self.stretches[0].start

    @property
    def end(self) -> int:
        """The first day on which it no longer held; `FOREVER` if it still holds."""
        return self.stretches[-1].end

    @property
    def subject(self) -> str | None:
        """What it is about, where the detector has several subjects."""
        return self.stretches[0].finding.subject

    def on(self, day: int) -> Stretch | None:
        """The part of the run that contains a day; null if it does not hold then."""
        return next((stretch for stretch in self.stretches if stretch.start <= day < stretch.end), None)

    def severities(self) -> tuple[tuple[int, int, Severity], ...]:
        """The severity over time, as half-open days."""
        parts: list[tuple[int, int, Severity]] = []
        for stretch in self.stretches:
            edges = {stretch.start, stretch.end}
            for _, periods in stretch.finding.raised:
                edges.update(edge for span in periods for edge in span if stretch.start < edge < stretch.end)
            days = sorted(edges)
            for start, end in pairwise(days):
                severity = stretch.finding.severity_on(start)
                if parts and parts[-1][1:] == (start, severity):
                    parts[-1] = (parts[-1][0], end, severity)
                else:
                    parts.append((start, end, severity))
        return tuple(parts)


def runs_of(
    detector: Detector, facts: EngagementFacts, thresholds: ThresholdHistory = DEFAULT_THRESHOLDS
) -> tuple[Run, ...]:
    """All runs of a sign in an engagement, plans included, by subject and time.

    Whether a run holds on a day depends only on what takes effect by that day; ask for it with `Run.on`.
    """
    stretches: dict[str | None, list[Stretch]] = {}
    severe: Periods | None = None
    for in_force, values in thresholds.editions(detector):
        for finding in detector.find(facts, values):
            days = finding.holds & facts.active.periods & in_force
            if not days:
                continue
            if detector.severe_with:
                severe = _days_of(detector.severe_with, facts, thresholds) if severe is None else severe
                finding = replace(finding, raised=((Severity.HIGH, severe), *finding.raised))
            parts = stretches.setdefault(finding.subject, [])
            parts.extend(Stretch(a, b, finding, values) for a, b in days)
    return tuple(run for parts in stretches.values() for run in unbroken(detector.id, facts.engagement, parts))


def unbroken(
    sign: str, engagement: UUID, stretches: Iterable[Stretch], detected: Detected = Detected.RULE
) -> Iterator[Run]:
    """The runs that these stretches make up, by time: stretches that touch are one run."""
    parts: list[Stretch] = []
    for stretch in sorted(stretches, key=lambda stretch: stretch.start):
        if parts and stretch.start > parts[-1].end:
            yield Run(sign, engagement, _since(parts[0]), tuple(parts), detected)
            parts = []
        parts.append(stretch)
    if parts:
        yield Run(sign, engagement, _since(parts[0]), tuple(parts), detected)


def _days_of(detector: Detector, facts: EngagementFacts, thresholds: ThresholdHistory) -> Periods:
    return Periods.of((run.start, run.end) for run in runs_of(detector, facts, thresholds))


def _since(first: Stretch) -> int:
    return first.finding.dated_back.get(first.start, first.start)
