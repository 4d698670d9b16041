"""Milestones: every version of every milestone, with who said so, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from domain.milestones import Kind, Precision


class Said(StrEnum):
    """What a recording did to a milestone."""

    LOGGED = "logged"
    CORRECTED = "corrected"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class MilestoneVersion:
    """A milestone as one recording left it.

    `version` counts the milestone's own recordings from 1; `engagement_version` is the stream's at that recording,
    `position` its place in the whole log. `takes_effect_on` differs from `effective_on` where the period of an
    imprecise date holds the engagement's opening. `details` are as the API shows them; `reason` is null for a
    milestone that was logged, `retraction_links` are the sources of a retraction.
    """

    id: UUID
    engagement: UUID
    client: UUID
    kind: Kind
    effective_on: date
    takes_effect_on: date
    precision: Precision
    order: int
    details: Mapping[str, object]
    note: str | None
    links: tuple[str, ...]
    reported_on: date | None
    version: int
    said: Said
    reason: str | None
    retraction_links: tuple[str, ...]
    recorded_at: datetime
    recorded_by: UUID
    engagement_version: int
    position: int


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """Some milestones; `next` is the cursor of the page after this one, null on the last."""

    items: tuple[MilestoneVersion, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class MilestoneHistory:
    """All versions of one milestone, oldest first; the last one is a retraction when it is retracted."""

    versions: tuple[MilestoneVersion, ...]

    @property
    def latest(self) -> MilestoneVersion:
        """The milestone as it stands, or as it stood when it was retracted."""
        return next(v for v in reversed(self.versions) if v.said is not Said.RETRACTED)

    @property
    def retraction(self) -> MilestoneVersion | None:
        """The recording that retracted it; null while it stands."""
        last = self.versions[-1]
        return last if last.said is Said.RETRACTED else None


def milestones_of(
    connection: Connection,
    *,
    engagement: UUID | None = None,
    client: UUID | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
    kind: Kind | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> MilestonePage:
    """The milestones that stand in one engagement, or in all of one client's, in effective order.

    Exactly one of `engagement` and `client` is given. `as_of` leaves out what takes effect later (null: plans too).
    Raises `InvalidCursor`.
    """
    raise NotImplementedError


def milestone_history(
    connection: Connection, engagement: UUID, milestone: UUID, *, known_at: datetime | None = None
) -> MilestoneHistory | None:
    """One milestone with all its versions; null when the engagement has none of that id."""
    raise NotImplementedError


def recent_milestones(
    connection: Connection,
    *,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> MilestonePage:
    """What was logged, corrected and retracted over the portfolio, newest recording first; raises `InvalidCursor`."""
    raise NotImplementedError
