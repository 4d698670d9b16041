"""Queries for the recordings that mention a person, and for what a person recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from domain.milestones import Kind
from projections.milestone_versions import MILESTONES, RecordingKind
from projections.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PersonMention:
    """A recording of a milestone that mentions a person."""

    milestone: UUID
    engagement: UUID
    client: UUID
    kind: Kind
    version: int
    recording_kind: RecordingKind
    effective_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class RecordingTotals:
    """The number of milestone versions a person recorded, and the first and last instant (null: none)."""

    recordings: int
    first_at: datetime | None
    last_at: datetime | None


def mentions_of_person(snapshot: Snapshot, person: UUID, *, limit: int) -> Sequence[PersonMention]:
    """At most `limit` recordings that mention a person, oldest first. Scans all recordings."""
    table = MILESTONES.c
    query = (
        select(MILESTONES)
        .where(table.content.contains(str(person), autoescape=True))
        .order_by(table.position, table.row_no)
        .limit(limit)
    )
    return [
        PersonMention(
            row.milestone_id,
            row.stream_id,
            row.client_id,
            row.kind,
            row.version,
            row.said,
            row.effective_on,
            row.known_from,
        )
        for row in snapshot.connection.execute(query)
    ]


def recording_totals(snapshot: Snapshot, person: UUID) -> RecordingTotals:
    """The number and period of a person's recordings of milestones."""
    table = MILESTONES.c
    query = select(func.count(), func.min(table.known_from), func.max(table.known_from))
    return RecordingTotals(*snapshot.connection.execute(query.where(table.recorded_by == person)).one())
