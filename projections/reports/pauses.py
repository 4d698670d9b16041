"""The spans of days on which engagements were paused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import LargeBinary, select, type_coerce

from domain.timeline import Status
from projections.read_model import known_at_instant
from projections.reports.proration import day_number, end_number, meets_days
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot
from projections.spans import STATUS_SPANS

Pauses: TypeAlias = Mapping[bytes, Sequence[tuple[int, int]]]
"""By engagement (id as stored): the pauses in order, each from its first day to the day work resumes (day numbers)."""


def pauses_in(snapshot: Snapshot, question: ReportQuestion) -> Pauses:
    """The pauses that overlap the quarters of the question; engagements without any are left out."""
    table = STATUS_SPANS.c
    query = (
        select(type_coerce(table.stream_id, LargeBinary), day_number(table.starts_on), end_number(table.ends_on))
        .where(
            known_at_instant(STATUS_SPANS, question.known_at),
            table.status == Status.PAUSED,
            question.includes(table.client_id),
            meets_days(STATUS_SPANS, question.start, question.end),
        )
        .order_by(table.stream_id, table.starts_on)
    )
    pauses: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for engagement, start, end in snapshot.connection.execute(query):
        pauses[bytes(engagement)].append((start, end))
    return pauses
