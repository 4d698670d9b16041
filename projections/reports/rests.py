"""When work rested: the stretches in which engagements were paused, as they are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import LargeBinary, select, type_coerce

from domain.timeline import Status
from projections.folding import known
from projections.reports.parameters import ReportParameters
from projections.reports.proration import day_number, end_number, meets_quarters
from projections.reports.scope import of_chosen
from projections.snapshot import Snapshot
from projections.spans import STATUS_SPANS

Rests: TypeAlias = Mapping[bytes, Sequence[tuple[int, int]]]
"""By engagement (as stored): from a day number until the day before another, in order."""


def rests_in(snapshot: Snapshot, parameters: ReportParameters) -> Rests:
    """The stretches that touch the quarters asked for; engagements without any have none."""
    table = STATUS_SPANS.c
    query = (
        select(type_coerce(table.stream_id, LargeBinary), day_number(table.starts_on), end_number(table.ends_on))
        .where(
            known(STATUS_SPANS, parameters.known_at),
            table.status == Status.PAUSED,
            of_chosen(table.client_id, parameters),
            meets_quarters(STATUS_SPANS, parameters.first, parameters.last),
        )
        .order_by(table.stream_id, table.starts_on)
    )
    rests: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for engagement, start, end in snapshot.connection.execute(query):
        rests[bytes(engagement)].append((start, end))
    return rests
