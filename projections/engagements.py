"""The read model of engagements (name, practice lead, first and last day), and its queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Text, and_, select

from domain.decisions import Change, Retracted
from domain.engagement import Engagement
from domain.kinds.engagement import Closed, Opened
from domain.milestones import Milestone
from domain.seats import Structure
from domain.timeline import Status
from projections.column_types import Day, Id, storable_text
from projections.milestones import versions_of
from projections.read_model import (
    CONTENT,
    ReadModel,
    Row,
    StreamRows,
    add_index,
    id_in,
    known_at_instant,
    span_contains,
    versioned_table,
)
from projections.snapshot import Snapshot
from projections.spans import STATUS_SPANS, STRUCTURE_SPANS


@dataclass(frozen=True, slots=True)
class EngagementRow:
    """An engagement as of a day; `status` and `structure` are null before it starts.

    `outcome` is null until it is closed; `version` is the stream's version at `known_at`.
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


ENGAGEMENTS = versioned_table(
    "engagements",
    Column("client_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("practice_lead_id", Id),
    Column("starts_on", Day, nullable=False),
    Column("ends_on", Day),
    Column("outcome", Text),
)
add_index(ENGAGEMENTS, "client_id")
add_index(ENGAGEMENTS, "practice_lead_id")


class EngagementProjector:
    """Projects the opening and the close of one engagement."""

    def __init__(self, stream: bytes) -> None:
        """Start before the engagement's first event."""
        self._rows = StreamRows(stream)
        self.rows = ((ENGAGEMENTS, self._rows),)
        self._client = b""
        self._opened: Milestone | None = None
        self._closed: Milestone | None = None
        self._row: Row | None = None

    def add(self, event: Engagement.Event, position: int, at: int) -> None:
        """Project the engagement's next event."""
        if isinstance(event, Engagement.Created):
            self._client = event.client.bytes
        touched = [self._apply(change) for change in event.changes]
        if any(touched):
            self._write(at)

    def _apply(self, change: Change) -> bool:
        """Apply a change; returns whether it concerns the opening or the close."""
        if isinstance(change, Retracted):
            if self._closed is None or self._closed.id != change.milestone:
                return False
            self._closed = None
        elif isinstance(change.milestone.details, Opened):
            self._opened = change.milestone
        elif isinstance(change.milestone.details, Closed):
            self._closed = change.milestone
        else:
            return False
        return True

    def _write(self, at: int) -> None:
        opened, closed = self._opened, self._closed
        if opened is None or not isinstance(opened.details, Opened):
            raise ValueError("the first milestone of an engagement is not its opening")
        lead = opened.details.practice_lead
        content = (
            self._client,
            storable_text(opened.details.name),
            lead.bytes if lead else None,
            opened.effective_on.toordinal(),
            closed.takes_effect_on(opened.effective_on).toordinal() if closed else None,
            storable_text(closed.details.outcome) if closed and isinstance(closed.details, Closed) else None,
        )
        if self._row is not None:
            if tuple(self._row[CONTENT:]) == content:
                return
            self._rows.close(self._row, at)
        self._row = self._rows.add(at, content)


MODEL = ReadModel("engagements", 1, (ENGAGEMENTS,), {Engagement.Event: EngagementProjector})


def find_engagement(
    snapshot: Snapshot,
    engagement: UUID,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
) -> EngagementRow | None:
    """One engagement; null when it does not exist or the caller may not see its client."""
    engagement_row = next(iter(_engagements(snapshot, ENGAGEMENTS.c.stream_id == engagement, as_of, known_at)), None)
    return (
        None
        if engagement_row is None or (visible is not None and engagement_row.client not in visible)
        else engagement_row
    )


def engagements_of(
    snapshot: Snapshot, client: UUID, *, as_of: date, known_at: datetime | None = None
) -> tuple[EngagementRow, ...]:
    """A client's engagements, by their first day."""
    return _engagements(snapshot, ENGAGEMENTS.c.client_id == client, as_of, known_at)


def _engagements(
    snapshot: Snapshot, which: ColumnElement[bool], as_of: date, known_at: datetime | None
) -> tuple[EngagementRow, ...]:
    order = (ENGAGEMENTS.c.starts_on, ENGAGEMENTS.c.ends_on.is_(None), ENGAGEMENTS.c.ends_on, ENGAGEMENTS.c.stream_id)
    rows = snapshot.connection.execute(
        select(ENGAGEMENTS).where(which, known_at_instant(ENGAGEMENTS, known_at)).order_by(*order)
    ).all()
    ids = [row.stream_id for row in rows]
    versions = versions_of(snapshot, ids, known_at=known_at)
    statuses = span_values_on(snapshot, STATUS_SPANS.c.status, ids, as_of, known_at)
    structures = span_values_on(snapshot, STRUCTURE_SPANS.c.structure, ids, as_of, known_at)
    return tuple(
        EngagementRow(
            id=row.stream_id,
            client=row.client_id,
            name=row.name,
            started_on=row.starts_on,
            closed_on=row.ends_on,
            outcome=row.outcome,
            status=None if as_of < row.starts_on else statuses.get(row.stream_id, Status.CLOSED),
            structure=structures.get(row.stream_id),
            practice_lead=row.practice_lead_id,
            version=versions[row.stream_id],
        )
        for row in rows
    )


def span_values_on(
    snapshot: Snapshot, column: Column[Any], engagements: Iterable[UUID], day: date, known_at: datetime | None
) -> dict[UUID, Any]:
    """The value of a span column on a day, by engagement; engagements without a span on that day are left out."""
    table = column.table
    query = select(table.c.stream_id, column).where(
        and_(id_in(table.c.stream_id, engagements), known_at_instant(table, known_at), span_contains(table, day))
    )
    return dict(snapshot.connection.execute(query).all())
