"""Each client's structures in the order of time: the base of paths and flows."""

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
"""A client (as stored), a structure's slug, the day number on which it begins and the one before which it ends."""


def structure_runs(
    snapshot: Snapshot, question: ReportQuestion, until: date
) -> Iterator[tuple[bytes, Iterator[StructureRun]]]:
    """The runs that had begun by a day, grouped by client, each client's in order; a null end is open."""
    table = STRUCTURE_SPANS.c
    # as they are stored: to turn every one of many rows into ids, dates and words would take most of the time
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
