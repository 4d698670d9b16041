"""The engagements with hours reported for a month in which a person held a seat."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from domain.precision import Precision
from projections.hours import REPORTED_HOURS
from projections.read_model import id_in, known_at_instant
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS


def engagements_with_hours(
    snapshot: Snapshot, month: str, holder: UUID, *, visible: frozenset[UUID] | None
) -> frozenset[UUID]:
    """The engagements of visible clients (null: all) in which a person held a seat in a month with reported hours."""
    first = date.fromisoformat(f"{month}-01")
    after = Precision.MONTH.last_day(first) + timedelta(days=1)
    span, report = SEAT_SPANS.c, REPORTED_HOURS.c
    query = (
        select(span.stream_id)
        .join(REPORTED_HOURS, and_(report.stream_id == span.stream_id, report.month_starts_on == first))
        .where(
            span.holder_id == holder,
            span.starts_on < after,
            or_(span.ends_on.is_(None), span.ends_on > first),
            known_at_instant(SEAT_SPANS, None),
            known_at_instant(REPORTED_HOURS, None),
        )
        .distinct()
    )
    if visible is not None:
        query = query.where(id_in(span.client_id, visible))
    return frozenset(snapshot.connection.execute(query).scalars())
