"""Outcomes of AI initiatives on a day: from the start to production to what was measured, and who answers for it.

Days are ordinals (`date.toordinal()`). Nothing that takes effect after the day counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.kinds.engagement import Closed
from domain.kinds.kind import Kind
from domain.kinds.work import InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.seats import Function
from domain.signs.facts import EngagementFacts, Entry

KINDS: Final = (Kind.OPENED, Kind.CLOSED, Kind.INITIATIVE_STARTED, Kind.INITIATIVE_LIVE, Kind.OUTCOME_MEASURED)
"""The kinds of milestones on which outcomes depend."""


class Stage(StrEnum):
    """The stage that an initiative has reached."""

    STARTED = "started"
    LIVE = "live"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Measurement:
    """The newest value of a metric. `baseline` is the newest one given in the same unit, null without one."""

    metric: str
    baseline: Decimal | None
    value: Decimal
    unit: str
    measured_on: date

    @property
    def change(self) -> Decimal | None:
        """The value minus the baseline; null without a baseline."""
        return None if self.baseline is None else self.value - self.baseline


@dataclass(frozen=True, slots=True)
class Initiative:
    """An initiative with its metrics, in the order in which they were first measured.

    `owner` is the person who holds the AI function on the day, or did on the last day of a closed engagement; null
    while it is vacant.
    """

    name: str
    started_on: date
    live_on: date | None
    measurements: tuple[Measurement, ...]
    owner: UUID | None

    @property
    def stage(self) -> Stage:
        """The stage reached. A measured initiative counts as measured even if it never went into production."""
        if self.measurements:
            return Stage.MEASURED
        return Stage.STARTED if self.live_on is None else Stage.LIVE

    @property
    def days_to_live(self) -> int | None:
        """Days from the start until it was live; null before that."""
        return None if self.live_on is None else (self.live_on - self.started_on).days


def initiatives_on(facts: EngagementFacts, day: int) -> Iterator[Initiative]:
    """The initiatives of an engagement that were started by a day, in the order of their start."""
    live = {entry.details.initiative: entry.day for entry in facts.entries(InitiativeLive) if entry.day <= day}
    measured: dict[str, list[Entry[OutcomeMeasured]]] = {}
    for entry in facts.entries(OutcomeMeasured):
        if entry.day <= day:
            measured.setdefault(entry.details.initiative, []).append(entry)
    owner = _owner(facts, day)
    for start in facts.entries(InitiativeStarted):
        name = start.details.initiative
        if start.day <= day:
            yield Initiative(
                name,
                date.fromordinal(start.day),
                date.fromordinal(live[name]) if name in live else None,
                tuple(_measurements(measured.get(name, ()))),
                owner,
            )


def _measurements(entries: list[Entry[OutcomeMeasured]] | tuple[()]) -> Iterator[Measurement]:
    by_metric: dict[str, list[Entry[OutcomeMeasured]]] = {}
    for entry in entries:
        by_metric.setdefault(entry.details.metric, []).append(entry)
    for metric, of_metric in by_metric.items():
        newest = of_metric[-1]
        unit = newest.details.unit
        baselines = [
            entry.details.baseline
            for entry in of_metric
            if entry.details.unit == unit and entry.details.baseline is not None
        ]
        yield Measurement(
            metric,
            baselines[-1] if baselines else None,
            newest.details.value,
            unit,
            date.fromordinal(newest.day),
        )


def _owner(facts: EngagementFacts, day: int) -> UUID | None:
    """The holder of the AI function on a day, or on the last day before the close."""
    closed = facts.entries(Closed)
    if closed and closed[0].day <= day:
        day = closed[0].day - 1
    return facts.holder_of(Function.AI, day)
