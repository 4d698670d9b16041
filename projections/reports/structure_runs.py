"""Each client's structures over time, from which paths and flows are computed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from sqlalchemy import LargeBinary, Row, Text, select, type_coerce

from projections.read_model import known_at_instant
from projections.reports.proration import day_number
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot
from projections.spans import STRUCTURE_SPANS

StructureRun: TypeAlias = Row[bytes, str, int, int | None]
"""A client (id as stored), a structure's slug, and its span `[start, end)` in day numbers (null: open)."""


def structure_runs(
    snapshot: Snapshot, question: ReportQuestion, until: date
) -> Iterator[tuple[bytes, Iterator[StructureRun]]]:
    """The runs that began by a day, grouped by client, each client's in order."""
    table = STRUCTURE_SPANS.c
    # stored values: converting many rows to ids, dates and enumerations would take most of the time
    query = (
        select(
            type_coerce(table.client_id, LargeBinary),
            type_coerce(table.structure, Text),
            day_number(table.starts_on),
            day_number(table.ends_on),
        )
        .where(
            known_at_instant(STRUCTURE_SPANS, question.known_at),
            question.includes(table.client_id),
            table.starts_on <= until,
        )
        .order_by(table.client_id, table.starts_on)
    )
    return groupby(snapshot.connection.execute(query), key=itemgetter(0))
