"""Compares a client's timeline as known at two instants, by milestone and by span."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from projections.milestone_versions import MilestoneVersion
from projections.milestones import recordings_of
from projections.snapshot import Snapshot
from projections.timelines import TimelineSeat, TimelineStructure, read_history

T = TypeVar("T")
N = TypeVar("N", bound=Hashable)


class DifferenceKind(StrEnum):
    """Whether something was added, changed or removed."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class MilestoneDifference:
    """A milestone before and after, and the `recordings` in between that changed it."""

    engagement: UUID
    milestone: UUID
    difference: DifferenceKind
    before: MilestoneVersion | None
    after: MilestoneVersion | None
    recordings: tuple[MilestoneVersion, ...]


@dataclass(frozen=True, slots=True)
class SeatDifference:
    """A seat span before and after; spans are paired by the milestone that began them, and by function."""

    difference: DifferenceKind
    before: TimelineSeat | None
    after: TimelineSeat | None


@dataclass(frozen=True, slots=True)
class StructureDifference:
    """A structure span before and after; spans are paired by the milestone that began them."""

    difference: DifferenceKind
    before: TimelineStructure | None
    after: TimelineStructure | None


@dataclass(frozen=True, slots=True)
class TimelineChanges:
    """The differences in a client's timeline between `known_from` and `known_to` (null: now)."""

    client: UUID
    as_of: date
    known_from: datetime
    known_to: datetime | None
    milestones: tuple[MilestoneDifference, ...]
    seat_spans: tuple[SeatDifference, ...]
    structure_spans: tuple[StructureDifference, ...]


def timeline_changes(
    snapshot: Snapshot,
    client: UUID,
    *,
    as_of: date,
    known_from: datetime,
    known_to: datetime | None = None,
) -> TimelineChanges:
    """Compare a client's timeline as known at two instants; what is the same is left out."""
    before = read_history(snapshot, client, as_of, known_from)
    after = read_history(snapshot, client, as_of, known_to)
    recordings = recordings_of(snapshot, client=client, known_at=known_to)
    return TimelineChanges(
        client=client,
        as_of=as_of,
        known_from=known_from,
        known_to=known_to,
        milestones=tuple(
            MilestoneDifference(
                engagement=engagement,
                milestone=milestone,
                difference=difference,
                before=old,
                after=new,
                recordings=tuple(v for v in recordings[engagement, milestone].versions if v.recorded_at > known_from),
            )
            for (engagement, milestone), difference, old, new in _pairs(
                before.milestones, after.milestones, lambda m: (m.engagement, m.id)
            )
        ),
        seat_spans=tuple(
            SeatDifference(difference, old, new)
            for _, difference, old, new in _pairs(
                before.seat_spans, after.seat_spans, lambda s: (s.engagement, s.function, s.milestone)
            )
        ),
        structure_spans=tuple(
            StructureDifference(difference, old, new)
            for _, difference, old, new in _pairs(
                before.structure_spans, after.structure_spans, lambda s: (s.engagement, s.milestone)
            )
        ),
    )


def _pairs(
    before: Iterable[T], after: Iterable[T], name: Callable[[T], N]
) -> Iterable[tuple[N, DifferenceKind, T | None, T | None]]:
    """The differences, paired by key; removed items come last."""
    old = {name(thing): thing for thing in before}
    for thing in after:
        was = old.pop(name(thing), None)
        if was is None:
            yield name(thing), DifferenceKind.ADDED, None, thing
        elif was != thing:
            yield name(thing), DifferenceKind.CHANGED, was, thing
    for gone, was in old.items():
        yield gone, DifferenceKind.REMOVED, was, None
