"""Governance of an engagement on a day: what was issued, who decides what, and when the two functions last met.

The artifact pack is that of S4:L24, the deliverables of the first 90 days those of S4:L34, the two of the first quarter
those of S4:L55. Every function looks at one engagement and at what takes effect by the day; days are ordinals
(`date.toordinal()`), and periods include paused days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple, Self
from uuid import UUID

from domain.areas import DECISION_AREAS, GOVERNANCE_PACK, DecisionOwner, Resolver
from domain.kinds.agreements import (
    AlignmentHeld,
    ConflictRaised,
    ConflictResolvedBy,
    DecisionRightAssigned,
    SpendingLimitSet,
)
from domain.kinds.engagement import Closed, Opened
from domain.kinds.kind import Kind
from domain.kinds.work import DeliverableIssued, HoursReported
from domain.seats import Function, Money
from domain.signs.facts import EngagementFacts
from domain.signs.periods import FOREVER, Periods

FIRST_90_DAYS: Mapping[Function, tuple[str, ...]] = {
    Function.TECHNOLOGY: ("roadmap", "architecture_read", "hiring_plan", "decision_log"),
    Function.AI: ("ai_capability_map", "ai_strategy", "governance_framework"),
}
"""The deliverables expected of each function in its first 90 days (S4:L34)."""

FIRST_QUARTER: Mapping[Function, tuple[str, ...]] = {
    Function.TECHNOLOGY: ("technology_read",),
    Function.AI: ("ai_capability_map", "governance_framework"),
}
"""The deliverables by which each function shows its work in the first quarter (S4:L55); AI owes both of its two."""

FIRST_QUARTER_DAYS: Final = 90
"""Days from the first day on which a function is held until its deliverables of the first quarter are due."""

KINDS: Final = (
    Kind.OPENED,
    Kind.CLOSED,
    Kind.DELIVERABLE_ISSUED,
    Kind.DECISION_RIGHT_ASSIGNED,
    Kind.SPENDING_LIMIT_SET,
    Kind.ALIGNMENT_HELD,
    Kind.CONFLICT_RAISED,
    Kind.CONFLICT_RESOLVED,
    Kind.HOURS_REPORTED,
)
"""The kinds of milestones on which governance depends."""

_DAYS_OF_WEEK: Final = 7


class IssuedDeliverable(NamedTuple):
    """A deliverable issued under a function."""

    day: int
    deliverable: str
    function: Function


class DecisionRight(NamedTuple):
    """An area with its owner from a day on."""

    day: int
    area: str
    owner: DecisionOwner


class SpendingLimit(NamedTuple):
    """What a function may spend alone, per month, from a day on."""

    day: int
    function: Function
    limit: Money


class Conflict(NamedTuple):
    """A conflict; `resolved_on` is `FOREVER` while it is open."""

    raised_on: int
    resolved_on: int
    resolved_by: Resolver | None


class WorkedHours(NamedTuple):
    """Hours reported on a day for the month that starts on `month`."""

    day: int
    month: int
    function: Function
    hours: Decimal


@dataclass(frozen=True, slots=True)
class GovernanceFacts:
    """The facts of one engagement on which its governance depends, each in effective order, plans included.

    `active` are the days on which the engagement is open and not paused, `closed_on` is `FOREVER` without a close.
    """

    engagement: UUID
    opened_on: int
    closed_on: int
    active: Periods
    held_periods: Mapping[Function, Periods]
    two_seats: Periods
    issued: tuple[IssuedDeliverable, ...]
    rights: tuple[DecisionRight, ...]
    limits: tuple[SpendingLimit, ...]
    meetings: tuple[int, ...]
    conflicts: tuple[Conflict, ...]
    hours: tuple[WorkedHours, ...]

    @classmethod
    def of(cls, facts: EngagementFacts) -> Self:
        """Select the facts on which governance depends."""
        closed = facts.entries(Closed)
        return cls(
            facts.engagement,
            min((entry.day for entry in facts.entries(Opened)), default=facts.started_on),
            closed[0].day if closed else FOREVER,
            facts.active.periods,
            facts.held,
            facts.two_seats,
            tuple(
                IssuedDeliverable(entry.day, entry.details.deliverable, entry.details.function)
                for entry in facts.entries(DeliverableIssued)
            ),
            tuple(
                DecisionRight(entry.day, entry.details.area, entry.details.owner)
                for entry in facts.entries(DecisionRightAssigned)
            ),
            tuple(
                SpendingLimit(entry.day, entry.details.function, entry.details.limit)
                for entry in facts.entries(SpendingLimitSet)
            ),
            tuple(entry.day for entry in facts.entries(AlignmentHeld)),
            tuple(_conflicts(facts)),
            tuple(
                WorkedHours(
                    entry.day,
                    date.fromisoformat(f"{entry.details.month}-01").toordinal(),
                    entry.details.function,
                    entry.details.hours,
                )
                for entry in facts.entries(HoursReported)
            ),
        )

    def is_open_on(self, day: int) -> bool:
        """Whether the engagement is open, or paused, on a day."""
        return self.opened_on <= day < self.closed_on


def _conflicts(facts: EngagementFacts) -> Iterator[Conflict]:
    resolved = {entry.details.conflict: entry for entry in facts.entries(ConflictResolvedBy)}
    for raised in facts.entries(ConflictRaised):
        end = resolved.get(raised.details.conflict)
        yield Conflict(raised.day, end.day, end.details.resolved_by) if end else Conflict(raised.day, FOREVER, None)


@dataclass(frozen=True, slots=True)
class Governance:
    """The governance of an engagement on a day.

    `issued` has the first day on which the client had each deliverable, `held_functions` are those held on the day.
    `due_on` has the day by which each function that was ever held owes its deliverables of the first quarter, `areas`
    the owner of each area that has one.
    """

    day: date
    issued: Mapping[str, date]
    held_functions: frozenset[Function]
    due_on: Mapping[Function, date]
    areas: Mapping[str, DecisionOwner]
    spending_limits: Mapping[Function, Money]
    last_alignment: date | None
    open_conflicts: int
    oldest_conflict_on: date | None

    @property
    def artifacts(self) -> Mapping[str, date | None]:
        """When each artifact of the pack was first issued."""
        return {slug: self.issued.get(slug) for slug in GOVERNANCE_PACK}

    @property
    def pack(self) -> int:
        """The number of artifacts of the pack that were issued."""
        return sum(slug in self.issued for slug in GOVERNANCE_PACK)

    @property
    def first_90_days(self) -> Mapping[str, date | None]:
        """When each deliverable of the first 90 days was first issued."""
        return {slug: self.issued.get(slug) for slug in chain.from_iterable(FIRST_90_DAYS.values())}

    def first_quarter(self, function: Function) -> date | None:
        """The day on which a function had issued all that it owes in the first quarter; null until then."""
        days = [self.issued.get(slug) for slug in FIRST_QUARTER[function]]
        issued = [day for day in days if day is not None]
        return max(issued) if len(issued) == len(days) else None

    def is_overdue(self, function: Function) -> bool:
        """Whether a function that is held still owes deliverables of the first quarter after the day they are due."""
        return (
            function in self.held_functions
            and self.due_on[function] < self.day
            and self.first_quarter(function) is None
        )

    @property
    def first_due_on(self) -> date | None:
        """The first of these days, which follows the first seat of the engagement; null before a seat is held."""
        return min(self.due_on.values(), default=None)

    @property
    def joint(self) -> int:
        """The number of areas that both functions own together."""
        return sum(owner is DecisionOwner.JOINT for owner in self.areas.values())

    @property
    def unsettled(self) -> tuple[str, ...]:
        """The named areas without an owner."""
        return tuple(area for area in DECISION_AREAS if area not in self.areas)

    @property
    def days_since_alignment(self) -> int | None:
        """Days since the two functions last met; null if they never did."""
        return None if self.last_alignment is None else (self.day - self.last_alignment).days


def governance_on(facts: GovernanceFacts, day: int) -> Governance:
    """The governance of an engagement on a day; after its close, as it was on the closing day."""
    day = min(day, facts.closed_on)
    issued: dict[str, date] = {}
    for entry in facts.issued:
        if entry.day <= day:
            issued.setdefault(entry.deliverable, date.fromordinal(entry.day))
    unresolved = [
        conflict.raised_on for conflict in facts.conflicts if conflict.raised_on <= day < conflict.resolved_on
    ]
    return Governance(
        day=date.fromordinal(day),
        issued=issued,
        held_functions=frozenset(function for function, periods in facts.held_periods.items() if day in periods),
        due_on={
            function: date.fromordinal(periods.spans[0][0] + FIRST_QUARTER_DAYS)
            for function, periods in facts.held_periods.items()
            if periods and periods.spans[0][0] <= day
        },
        areas={right.area: right.owner for right in facts.rights if right.day <= day},
        spending_limits={limit.function: limit.limit for limit in facts.limits if limit.day <= day},
        last_alignment=_latest(facts.meetings, day),
        open_conflicts=len(unresolved),
        oldest_conflict_on=date.fromordinal(min(unresolved)) if unresolved else None,
    )


def _latest(days: Iterable[int], until: int) -> date | None:
    latest = max((day for day in days if day <= until), default=None)
    return None if latest is None else date.fromordinal(latest)


def next_alignment(facts: GovernanceFacts, day: int) -> int | None:
    """The day by which the two functions are next expected to meet, which lies in the past while they are late.

    A week after the last meeting, or after the first day of the two seats (S1:L30, S0:L19). Null where no meeting is
    expected: one is planned, the engagement is not active, or its two functions are not held in two seats.
    """
    period = facts.two_seats.around(day)
    if period is None or day not in facts.active or any(meeting > day for meeting in facts.meetings):
        return None
    return max([period[0], *facts.meetings]) + _DAYS_OF_WEEK


class WeekState(StrEnum):
    """Whether the two functions met in a week.

    `pending`: a meeting is expected in the current week and was not held yet. `not_expected`: not the whole week was
    worked with two seats held, so that no meeting was missed.
    """

    MET = "met"
    MISSED = "missed"
    PENDING = "pending"
    NOT_EXPECTED = "not_expected"


class AlignmentWeek(NamedTuple):
    """A week from Monday, and whether the two functions met in it."""

    monday: date
    state: WeekState


def alignment_weeks(facts: GovernanceFacts, day: int, count: int) -> tuple[AlignmentWeek, ...]:
    """The last `count` weeks up to the one that contains a day (S1:L30, S0:L19: the two functions meet every week)."""
    met = {_monday(meeting) for meeting in facts.meetings if meeting <= day}
    expected = facts.two_seats & facts.active
    mondays = range(_monday(day) - _DAYS_OF_WEEK * (count - 1), _monday(day) + 1, _DAYS_OF_WEEK)
    return tuple(AlignmentWeek(date.fromordinal(monday), _week_state(monday, day, met, expected)) for monday in mondays)


def _week_state(monday: int, day: int, met: set[int], expected: Periods) -> WeekState:
    if monday in met:
        return WeekState.MET
    last = min(monday + _DAYS_OF_WEEK - 1, day)
    around = expected.around(monday)
    if around is None or around[1] <= last:
        return WeekState.NOT_EXPECTED
    return WeekState.PENDING if last == day and day < monday + _DAYS_OF_WEEK - 1 else WeekState.MISSED


def _monday(day: int) -> int:
    return day - date.fromordinal(day).weekday()


@dataclass(frozen=True, slots=True)
class HatActivity:
    """What was done under one function in some days: hours of their months, decisions and deliverables.

    A decision is a right that was assigned to the function, or a conflict that it resolved.
    """

    hours: Decimal = Decimal(0)
    decisions: int = 0
    deliverables: int = 0

    def plus(self, other: HatActivity) -> HatActivity:
        """The sum of both."""
        return HatActivity(
            self.hours + other.hours, self.decisions + other.decisions, self.deliverables + other.deliverables
        )


NO_ACTIVITY: Final = HatActivity()


def activity_between(facts: GovernanceFacts, function: Function, start: int, end: int, day: int) -> HatActivity:
    """What was done under a function in `[start, end)` (whole months), as far as it took effect by `day`."""
    end_of_effect = min(end, day + 1)
    rights = sum(right.owner == function.value and start <= right.day < end_of_effect for right in facts.rights)
    resolved = sum(
        conflict.resolved_by == function.value and start <= conflict.resolved_on < end_of_effect
        for conflict in facts.conflicts
    )
    return HatActivity(
        sum(
            (
                report.hours
                for report in facts.hours
                if report.function is function and start <= report.month < end and report.day <= day
            ),
            Decimal(0),
        ),
        rights + resolved,
        sum(entry.function is function and start <= entry.day < end_of_effect for entry in facts.issued),
    )


def total_activity(activities: Sequence[HatActivity]) -> HatActivity:
    """The sum of several."""
    total = NO_ACTIVITY
    for activity in activities:
        total = total.plus(activity)
    return total
