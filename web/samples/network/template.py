"""A template: one client's history, simulated with the domain's own commands, to be instantiated for many clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError
from eventsourcing.domain import Aggregate

from domain.decisions import Request
from domain.engagement import Engagement
from domain.errors import Refusal
from domain.milestones import holders_of
from domain.seats import Function
from domain.unit_of_work import UnitOfWork

DAY_ZERO: Final = date(2000, 1, 3)
"""The day on which the client of a plot is registered: a Monday."""

ROLES: Final = 6
"""How many of the firm's people have a part in a plot."""

SCALE: Final = 1_000
"""What every count and amount of a plot's client is; another client has so many thousandths of its own."""

WATCHED_DAYS: Final = 45
"""The days for which an engagement stays open after a day on which hours were worked that are reported."""


class DateSensitive(Exception):  # noqa: N818  (not an error: the dice fell badly, and something else happens)
    """A change fits in the template's dates but might not on other dates."""


@dataclass(frozen=True, slots=True)
class TemplateStep:
    """The events of one command, and their delay from the beginning of the template's first day."""

    after: timedelta
    events: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A story in the order of its recording.

    `firm` are the ids of the firm's people in it, `hires` those of the people whom the client employs. `worked` says
    of each report of hours a day in its month on which the function was held.
    """

    steps: tuple[TemplateStep, ...]
    firm: tuple[UUID, ...]
    hires: tuple[UUID, ...]
    worked: Mapping[UUID, date]
    ends_open: bool

    @property
    def days(self) -> int:
        """The number of days from the first day to the last recording."""
        return self.steps[-1].after.days

    @property
    def events(self) -> int:
        """The number of events."""
        return sum(len(step.events) for step in self.steps)


class TemplateBuilder:
    """Simulates a template: holds its aggregates in memory and collects their events."""

    def __init__(self, dice: Random) -> None:
        """`dice` make all random choices."""
        self.dice = dice
        self.client = self.new_id()
        self.firm = tuple(self.new_id() for _ in range(ROLES))
        self.hires: list[UUID] = []
        self.worked: dict[UUID, tuple[Function, date]] = {}
        self.steps: list[TemplateStep] = []
        self.day = DAY_ZERO
        self._aggregates: dict[UUID, Aggregate] = {}

    def new_id(self) -> UUID:
        """A new id."""
        return UUID(int=self.dice.getrandbits(128), version=4)

    def hire(self) -> UUID:
        """A new employee of the client."""
        self.hires.append(self.new_id())
        return self.hires[-1]

    def tell(self, use_case: Callable[[UnitOfWork], object]) -> None:
        """Run a command today. Raises the refusals of the domain, in which case nothing changes."""
        unit = UnitOfWork(self._fetch)
        use_case(unit)
        events: list[Any] = []
        for aggregate in unit.aggregates:
            self._aggregates[aggregate.id] = aggregate
            events += aggregate.collect_events()
        at = timedelta(days=(self.day - DAY_ZERO).days, seconds=8 * 3600 + self.dice.randrange(9 * 3600))
        if self.steps:
            at = max(at, self.steps[-1].after + timedelta(seconds=61))
        self.steps.append(TemplateStep(at, tuple(events)))

    def engagement(self, engagement_id: UUID) -> Engagement:
        """An engagement, for reading only."""
        return cast("Engagement", self._aggregates[engagement_id])

    def change(self, engagement: UUID, requests: Sequence[Request], *, by: UUID, reason: str | None = None) -> None:
        """Change an engagement today. Raises the domain's refusals and `DateSensitive`."""
        timeline = self.engagement(engagement).decide(requests).timeline
        for function, day in self.worked_in(engagement):
            if timeline.arrangement_on(day).seat_of(function) is None:
                raise DateSensitive
            if timeline.closed_on is not None and timeline.closed_on < day + timedelta(days=WATCHED_DAYS):
                raise DateSensitive
        self.tell(lambda unit: unit.change(engagement, requests, recorded_by=by, reason=reason))

    def worked_in(self, engagement: UUID) -> Sequence[tuple[Function, date]]:
        """The functions and days in an engagement for which hours are reported."""
        standing = self.engagement(engagement).standing.milestones
        return [worked for milestone, worked in self.worked.items() if milestone in standing]

    def may(self, happen: Callable[[], None]) -> bool:
        """Try something; returns whether it was possible."""
        try:
            happen()
        except (Refusal, DateSensitive):
            return False
        return True

    def plot(self, *, ends_open: bool) -> Template:
        """The finished template."""
        seated = {
            person
            for aggregate in self._aggregates.values()
            if isinstance(aggregate, Engagement)
            for stood in (aggregate.standing.milestones, aggregate.standing.retracted)
            for milestone in stood.values()
            for person in holders_of(milestone.details)
        }
        return Template(
            tuple(self.steps),
            self.firm,
            tuple(person for person in self.hires if person in seated),
            {milestone: day for milestone, (_, day) in self.worked.items()},
            ends_open,
        )

    def _fetch(self, aggregate_id: UUID) -> Aggregate:
        if aggregate_id not in self._aggregates:
            raise AggregateNotFoundError(aggregate_id)
        return self._aggregates[aggregate_id]


def instant_of(day: date) -> datetime:
    """The beginning of a day (UTC)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
