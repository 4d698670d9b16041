"""How a client got here: seats, structures and quarters over all its engagements, and what is now said differently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from domain.quarters import Quarter
from domain.seats import Function, SeatTerms, Structure
from projections.clients import ClientStatus
from projections.milestones import MilestoneVersion


@dataclass(frozen=True, slots=True)
class TimelineSeat:
    """One function in one seat on the same terms over `[start, end)`; `planned`: it starts after `as_of`."""

    engagement: UUID
    function: Function
    seat: UUID
    terms: SeatTerms
    start: date
    end: date | None
    planned: bool
    milestone: UUID


@dataclass(frozen=True, slots=True)
class TimelineStructure:
    """One structure over `[start, end)`, and the milestone that began it."""

    engagement: UUID
    structure: Structure
    start: date
    end: date | None
    planned: bool
    milestone: UUID


@dataclass(frozen=True, slots=True)
class TimelineTransition:
    """A boundary between structures; `before` null: the engagement begins, `after` null: it closes."""

    engagement: UUID
    before: Structure | None
    after: Structure | None
    on: date
    planned: bool
    milestone: UUID


@dataclass(frozen=True, slots=True)
class HeldDays:
    """For how many days of a quarter a structure held, as the whole timeline stands, plans included."""

    structure: Structure
    days: int


@dataclass(frozen=True, slots=True)
class TimelineQuarter:
    """A quarter of a client's evolution; `structure` and `status` are those of its last day (or of `as_of` in it).

    `milestones` are those that take effect in it, in effective order; `planned`: it starts after `as_of`.
    """

    quarter: Quarter
    structure: Structure | None
    held: tuple[HeldDays, ...]
    milestones: tuple[UUID, ...]
    status: ClientStatus
    planned: bool

    @property
    def start(self) -> date:
        """Its first day."""
        return self.quarter.start

    @property
    def end(self) -> date:
        """Its last day."""
        return self.quarter.end


@dataclass(frozen=True, slots=True)
class ClientTimeline:
    """A client's whole evolution, or the part that some quarters hold."""

    client: UUID
    as_of: date
    known_at: datetime | None
    seat_spans: tuple[TimelineSeat, ...]
    structure_spans: tuple[TimelineStructure, ...]
    quarters: tuple[TimelineQuarter, ...]
    milestones: tuple[MilestoneVersion, ...]
    transitions: tuple[TimelineTransition, ...]


class Difference(StrEnum):
    """How something is said differently."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class MilestoneDifference:
    """One milestone as it stood before and as it stands after; `recordings` are those in between that made it so."""

    milestone: UUID
    difference: Difference
    before: MilestoneVersion | None
    after: MilestoneVersion | None
    recordings: tuple[MilestoneVersion, ...]


@dataclass(frozen=True, slots=True)
class SeatDifference:
    """One seat span before and after; a pair is what the same milestone began for the same function."""

    difference: Difference
    before: TimelineSeat | None
    after: TimelineSeat | None


@dataclass(frozen=True, slots=True)
class StructureDifference:
    """One structure span before and after; a pair is what the same milestone began."""

    difference: Difference
    before: TimelineStructure | None
    after: TimelineStructure | None


@dataclass(frozen=True, slots=True)
class TimelineChanges:
    """What is said differently of a client at `known_to` (null: now) than at `known_from`; what is not, is left out."""

    client: UUID
    as_of: date
    known_from: datetime
    known_to: datetime | None
    milestones: tuple[MilestoneDifference, ...]
    seat_spans: tuple[SeatDifference, ...]
    structure_spans: tuple[StructureDifference, ...]


def timeline_of(
    connection: Connection,
    client: UUID,
    *,
    as_of: date,
    known_at: datetime | None = None,
    first_quarter: Quarter | None = None,
    last_quarter: Quarter | None = None,
    fiscal_year_start_month: int = 1,
) -> ClientTimeline:
    """A client's evolution in the quarters of one calendar (that of `fiscal_year_start_month`).

    Without bounds the quarters run from the first engagement's to the later of `as_of`'s and the last milestone's;
    with them, spans that touch these quarters and milestones in them are left. Raises `ValueError` when the bounds
    are of another calendar.
    """
    raise NotImplementedError


def timeline_changes(
    connection: Connection,
    client: UUID,
    *,
    as_of: date,
    known_from: datetime,
    known_to: datetime | None = None,
) -> TimelineChanges:
    """What is said differently at the later instant, milestone by milestone and span by span."""
    raise NotImplementedError
