"""Engagements: their bounds, names and leads, as they are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection

from domain.seats import Structure
from domain.timeline import Status


@dataclass(frozen=True, slots=True)
class EngagementRow:
    """An engagement as it stands on a day. `status` and `structure` are null before it starts.

    `outcome` is what its close says; `version` is the stream's, as known.
    """

    id: UUID
    client: UUID
    name: str
    started_on: date
    closed_on: date | None
    outcome: str | None
    status: Status | None
    structure: Structure | None
    practice_lead: UUID | None
    version: int


def find_engagement(
    connection: Connection,
    engagement: UUID,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
) -> EngagementRow | None:
    """One engagement; null when there is none, or none of a client the caller may see."""
    raise NotImplementedError


def engagements_of(
    connection: Connection, client: UUID, *, as_of: date, known_at: datetime | None = None
) -> tuple[EngagementRow, ...]:
    """A client's engagements, in the order in which they start."""
    raise NotImplementedError
