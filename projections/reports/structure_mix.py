"""How many clients have which structure, quarter by quarter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

from domain.quarters import Quarter
from domain.seats import Structure
from projections.client_filter import day_in
from projections.columnar.counting import structures_on
from projections.folding import known
from projections.reports.parameters import Link, ReportParameters, among_chosen, bucket
from projections.snapshot import Snapshot
from projections.spans import STRUCTURE_SPANS


@dataclass(frozen=True, slots=True)
class MixRow:
    """So many clients have this structure at the quarter's end (on `as_of` in the quarter that holds it)."""

    quarter: Quarter
    structure: Structure
    clients: int
    planned: bool
    link: Link


@dataclass(frozen=True, slots=True)
class StructureMix:
    """Every structure present in every quarter, in the order of quarters and of structures."""

    parameters: ReportParameters
    rows: tuple[MixRow, ...]


def structure_mix(snapshot: Snapshot, parameters: ReportParameters) -> StructureMix:
    """Count clients by their structure at each quarter's end; clients with no engagement open there are left out."""
    quarters = parameters.quarters
    days = [day_in(quarter, parameters.as_of) for quarter in quarters]
    if snapshot.columns is None:
        counts = _structures_on(snapshot, parameters, days)
    else:
        counts = structures_on(snapshot.columns, parameters, days)
    return StructureMix(
        parameters,
        tuple(
            MixRow(
                quarter=quarter,
                structure=structure,
                clients=clients,
                planned=quarter.start > parameters.as_of,
                link=parameters.link(quarter=quarter, quarter_structure=structure),
            )
            for number, quarter in enumerate(quarters)
            for structure in Structure
            if (clients := counts[number, structure])
        ),
    )


def _structures_on(
    snapshot: Snapshot, parameters: ReportParameters, days: Sequence[date]
) -> Counter[tuple[int, Structure]]:
    """How many clients have which structure on each of the days."""
    span = STRUCTURE_SPANS.c
    # a span holds on the days from the first one that is not before its start to the last one before its end
    first, after = bucket(span.starts_on, days).label("first"), bucket(span.ends_on, days).label("after")
    query = (
        select(span.structure, first, after, func.count())
        .where(
            known(STRUCTURE_SPANS, parameters.known_at),
            span.starts_on <= days[-1],
            or_(span.ends_on.is_(None), span.ends_on > days[0]),
            among_chosen(span.client_id, parameters),
        )
        .group_by(span.structure, first, after)
    )
    counts: Counter[tuple[int, Structure]] = Counter()
    for structure, begin, end, clients in snapshot.connection.execute(query):
        for number in range(begin, end):
            counts[number, structure] += clients
    return counts
