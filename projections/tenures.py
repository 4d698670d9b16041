"""A person's seats over time at all clients, and what became of each: handed over, left vacant, or ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import func, select

from domain.seats import BOTH, Commitment, Function
from projections.read_model import id_in, known_at_instant
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS, STATUS_SPANS

MOST_CLIENTS = 50
"""How many clients a person's tenures are read of, those with the latest seats."""


@dataclass(frozen=True, slots=True)
class HolderSpan:
    """One function of an engagement in one person's hands on the same terms over `[start, end)` (null: open)."""

    client: UUID
    engagement: UUID
    function: Function
    holder: UUID
    commitment: Commitment
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Tenure:
    """The unbroken time over `[start, end)` in which a person has one or both functions of an engagement.

    `spans` have the parts with one commitment each. `before` is who had the functions until `start`, `after` who had
    them from `end` on or, if they were vacant first, from `filled_on` on. All are null without such a person.
    `is_closed` says that the engagement closed on `end`.
    """

    client: UUID
    engagement: UUID
    functions: tuple[Function, ...]
    start: date
    end: date | None
    spans: tuple[tuple[Commitment, date, date | None], ...]
    before: UUID | None = None
    after: UUID | None = None
    filled_on: date | None = None
    is_closed: bool = False


Hat: TypeAlias = tuple[UUID, UUID, Function]
"""A client, an engagement and a function."""


def tenures_of(person: UUID, spans: Iterable[HolderSpan], closed_on: Mapping[UUID, date]) -> list[Tenure]:
    """A person's tenures, the newest first, from the spans of all holders in the engagements where they have any.

    `closed_on` are the closing days of engagements.
    """
    by_hat: dict[Hat, list[HolderSpan]] = defaultdict(list)
    for span in spans:
        by_hat[span.client, span.engagement, span.function].append(span)
    tenures: dict[Tenure, tuple[Function, ...]] = {}
    for function in BOTH:
        for hat, of_hat in by_hat.items():
            for tenure in _of_hat(person, hat, of_hat) if hat[2] is function else ():
                tenures[tenure] = (*tenures.get(tenure, ()), function)
    complete = [
        replace(tenure, functions=functions, is_closed=closed_on.get(tenure.engagement, tenure.start) == tenure.end)
        for tenure, functions in tenures.items()
    ]
    return sorted(complete, key=lambda tenure: (tenure.start, tenure.client, tenure.functions), reverse=True)


def _of_hat(person: UUID, hat: Hat, spans: Sequence[HolderSpan]) -> Iterator[Tenure]:
    """A person's tenures of one function, without the function."""
    runs: list[list[HolderSpan]] = []
    for span in sorted(spans, key=lambda span: span.start):
        if runs and runs[-1][-1].holder == span.holder and runs[-1][-1].end == span.start:
            runs[-1].append(span)
        else:
            runs.append([span])
    for place, run in enumerate(runs):
        if run[0].holder != person:
            continue
        before = runs[place - 1][-1] if place else None
        after = runs[place + 1][0] if place + 1 < len(runs) else None
        yield Tenure(
            *hat[:2],
            (),
            run[0].start,
            run[-1].end,
            tuple(_by_commitment(run)),
            before.holder if before and before.end == run[0].start else None,
            after.holder if after else None,
            after.start if after and after.start != run[-1].end else None,
        )


def _by_commitment(run: Sequence[HolderSpan]) -> list[tuple[Commitment, date, date | None]]:
    """The parts of a run with one commitment each."""
    parts: list[tuple[Commitment, date, date | None]] = []
    for span in run:
        if parts and parts[-1][0] is span.commitment:
            parts[-1] = (span.commitment, parts[-1][1], span.end)
        else:
            parts.append((span.commitment, span.start, span.end))
    return parts


def read_tenures(
    snapshot: Snapshot, person: UUID, *, known_at: datetime | None = None, visible: frozenset[UUID] | None
) -> list[Tenure]:
    """A person's tenures at visible clients (null: all), plans included."""
    table = SEAT_SPANS.c
    newest = func.max(table.starts_on)
    theirs = (
        select(table.client_id)
        .where(table.holder_id == person, known_at_instant(SEAT_SPANS, known_at))
        .group_by(table.client_id)
        .order_by(newest.desc(), table.client_id)
        .limit(MOST_CLIENTS)
    )
    if visible is not None:
        theirs = theirs.where(id_in(table.client_id, visible))
    clients = snapshot.connection.execute(theirs).scalars().all()
    if not clients:
        return []
    columns = (
        *(table.client_id, table.stream_id, table.function, table.holder_id),
        *(table.commitment, table.starts_on, table.ends_on),
    )
    query = select(*columns).where(id_in(table.client_id, clients), known_at_instant(SEAT_SPANS, known_at))
    spans = [HolderSpan(*row) for row in snapshot.connection.execute(query)]
    engagements = {span.engagement for span in spans if span.holder == person}
    return tenures_of(person, spans, _closing_days(snapshot, engagements, known_at))


def _closing_days(snapshot: Snapshot, engagements: Iterable[UUID], known_at: datetime | None) -> Mapping[UUID, date]:
    """The closing days of those engagements that close."""
    table = STATUS_SPANS.c
    query = select(table.stream_id, table.ends_on).where(
        id_in(table.stream_id, engagements), known_at_instant(STATUS_SPANS, known_at)
    )
    ends: dict[UUID, date] = {}
    for engagement, end in snapshot.connection.execute(query):
        ends[engagement] = max(ends.get(engagement, date.min), end or date.max)
    return ends
