"""Who holds the functions of a client on a day, by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from domain.seats import Function
from domain.timeline import is_within
from projections.snapshot import Snapshot
from projections.timelines import TimelineSeat, timeline_of
from web.kinds.page import Naming


def seats_on(snapshot: Snapshot, client: UUID, day: date, known_at: datetime | None) -> dict[Function, TimelineSeat]:
    """The span of each function of a client that is held on a day."""
    spans = timeline_of(snapshot, client, as_of=day, known_at=known_at).seat_spans
    return {span.function: span for span in spans if is_within(span.start, span.end, day)}


def holder_names(
    naming_of: Callable[[Collection[UUID]], Naming], seats: Mapping[Function, TimelineSeat]
) -> dict[Function, str]:
    """The names of those who hold the functions."""
    naming = naming_of({span.terms.holder for span in seats.values()})
    return {function: naming(span.terms.holder) for function, span in seats.items()}
