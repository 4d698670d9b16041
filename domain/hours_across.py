"""The bound on a person's reported hours across engagements: at most 24 hours a day of a month in all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeAlias
from uuid import UUID

from domain.decisions import Change, Logged, Retracted, Standing
from domain.errors import TooManyHours
from domain.kinds.engagement import Opened
from domain.kinds.work import HoursReported
from domain.milestones import Milestone
from domain.precision import day_words, month_words
from domain.reported_hours import HolderMonth, hours_by_holder, hours_by_month, hours_text, most_hours, shares_of
from domain.timeline import Timeline, fold

EngagementsWithHours: TypeAlias = Callable[[str, UUID], Collection[UUID]]
"""Finds the engagements with hours reported for a month in which a person held a seat; others do no harm."""


class HoursElsewhere(NamedTuple):
    """An engagement: its client's name, and its current milestones."""

    client: str
    standing: Standing

    @property
    def milestones(self) -> Collection[Milestone]:
        """The current milestones."""
        return self.standing.milestones.values()

    @property
    def place(self) -> str:
        """The engagement in words."""
        (name,) = (one.details.name for one in self.milestones if isinstance(one.details, Opened))
        return f"in “{name}” at {self.client}"


@dataclass(frozen=True, slots=True)
class HoursAcrossEngagements:
    """Checks the hours that one command changes against those on record in other engagements."""

    find: EngagementsWithHours
    read: Callable[[UUID], HoursElsewhere | None]
    """Reads an engagement; null if it does not stand."""
    changed: dict[HolderMonth, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    """The engagements that the same command has changed before."""
    _reported: dict[UUID, tuple[Standing, Mapping[str, Decimal]]] = field(default_factory=dict)
    """The hours reported for each month in engagements, and the milestones they were summed up from."""

    def check(
        self, engagement: UUID, before: Callable[[], Timeline] | None, after: Timeline, changes: Sequence[Change]
    ) -> None:
        """Refuse (`TooManyHours`) if a person has more hours than before, and more than the month has.

        `before` is null for an engagement that is being opened.
        """
        if not any(isinstance(m.details, HoursReported) for m in after.milestones) or not _may_move_hours(changes):
            return
        months = _months_reported(changes)
        hours_after = hours_by_holder(after, months)
        too_many = {
            holder_month: hours
            for holder_month, hours in hours_after.items()
            if not self._surely_fits(engagement, *holder_month, hours)
        }
        hours_before: Mapping[HolderMonth, Fraction] = hours_by_holder(before(), months) if before and too_many else {}
        refusals = [
            refusal
            for (month, holder), hours in too_many.items()
            if hours > hours_before.get((month, holder), 0)
            and (refusal := self._refusal(engagement, month, holder, hours, after, changes))
        ]
        if refusals:
            raise min(refusals, key=lambda refusal: refusal.request or 0)
        for holder_month in hours_after:
            self.changed[holder_month].add(engagement)

    def _surely_fits(self, engagement: UUID, month: str, holder: UUID, hours: Fraction) -> bool:
        """Whether the hours fit even if the holder worked all hours that are reported elsewhere.

        Spares folding the timelines of all engagements in which the holder has a seat, for nearly every report.
        """
        others = self._others(engagement, month, holder)
        reported = sum((self._hours_in(other, month) for other in others), Decimal(0))
        return hours + Fraction(reported) <= most_hours(month)

    def _hours_in(self, engagement: UUID, month: str) -> Decimal:
        """The hours reported for a month in another engagement, by any holder."""
        elsewhere = self.read(engagement)
        if elsewhere is None:
            return Decimal(0)
        standing, by_month = self._reported.get(engagement, (None, {}))
        if standing is not elsewhere.standing:
            by_month = hours_by_month(elsewhere.milestones)
            self._reported[engagement] = elsewhere.standing, by_month
        return by_month.get(month, Decimal(0))

    def _others(self, engagement: UUID, month: str, holder: UUID) -> Collection[UUID]:
        """The other engagements in which hours for a month may be a person's."""
        return {*self.find(month, holder), *self.changed[month, holder]} - {engagement}

    def _elsewhere(self, engagement: UUID, month: str, holder: UUID) -> Iterator[HoursElsewhere]:
        """What is read of those engagements."""
        for other in self._others(engagement, month, holder):
            elsewhere = self.read(other)
            if elsewhere is not None:
                yield elsewhere

    def _refusal(
        self, engagement: UUID, month: str, holder: UUID, hours: Fraction, after: Timeline, changes: Sequence[Change]
    ) -> TooManyHours | None:
        on_record = [
            (other.place, worked)
            for other in self._elsewhere(engagement, month, holder)
            if (worked := hours_by_holder(fold(other.milestones), (month,)).get((month, holder)))
        ]
        most = most_hours(month)
        room = most - sum(worked for _, worked in on_record)
        if not on_record or hours <= room:
            return None
        places = " and ".join(f"{hours_text(worked)} h {place}" for place, worked in sorted(on_record))
        refusal = TooManyHours(
            f"{month_words(month)} has {most} hours. {places} are on record for that month and holder, "
            f"and {hours_text(hours)} h in this engagement do not fit beside them."
        )
        _locate(refusal, _refused_change(month, holder, hours - room, after, changes), changes)
        return refusal


def _may_move_hours(changes: Iterable[Change]) -> bool:
    """Whether changes can give a person more hours: by reports, or by who holds seats and on which days."""
    return any(
        isinstance(change, Retracted)
        or isinstance(change.milestone.details, HoursReported)
        or change.milestone.details.changes_holders
        for change in changes
    )


def _months_reported(changes: Iterable[Change]) -> Collection[str] | None:
    """The months for which hours are reported, if that is all that changes; otherwise null, which means any month."""
    months = set()
    for change in changes:
        if isinstance(change, Retracted) or not isinstance(details := change.milestone.details, HoursReported):
            return None
        months.add(details.month)
    return months


def _refused_change(month: str, holder: UUID, excess: Fraction, after: Timeline, changes: Sequence[Change]) -> int:
    """The index of the report with which the hours are too many, or else of the first change of who holds seats.

    `excess` is the number of hours that are too many after all changes.
    """
    reports = [
        (number, change, details)
        for number, change in enumerate(changes)
        if not isinstance(change, Retracted)
        and isinstance(details := change.milestone.details, HoursReported)
        and details.month == month
    ]
    worked = {
        number: Fraction(details.hours) * shares_of(after, month, details.function).get(holder, 0)
        for number, change, details in reports
        if isinstance(change, Logged)
    }
    excess -= sum(worked.values())
    for number, _, _ in reports:
        excess += worked.get(number, 0)
        if excess > 0:
            return number
    holders = (n for n, c in enumerate(changes) if not isinstance(c, Retracted) and c.milestone.details.changes_holders)
    return next(holders, 0)


def _locate(refusal: TooManyHours, number: int, changes: Sequence[Change]) -> None:
    """Name the refused change in a refusal."""
    refusal.request = number
    change = changes[number]
    if isinstance(change, Retracted):
        return
    milestone = change.milestone
    refusal.milestone = milestone.id
    refusal.is_new = isinstance(change, Logged)
    if len(changes) > 1:
        refusal.about = f"“{milestone.kind.label}” on {day_words(milestone.effective_on)} does not fit"
