"""The seat spans that overlap the quarters of a question, as stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import LargeBinary, Text, case, select, type_coerce

from domain.seats import Function
from projections.read_model import known_at_instant
from projections.reports.pauses import pauses_in
from projections.reports.proration import day_number, end_number, meets_days, without_pauses
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS

Hat: TypeAlias = tuple[bytes, str]
"""An engagement (id as stored) and a function."""


class HeldSeat(NamedTuple):
    """One function in one seat on the same terms over `[start, end)` (day numbers).

    Ids are as stored; `hours` are per month, in hundredths (null: not agreed).
    """

    engagement: bytes
    client: bytes
    holder: bytes
    seat: bytes
    function: str
    hours: int | None
    start: int
    end: int
    pauses: Sequence[tuple[int, int]]

    @property
    def hat(self) -> Hat:
        """The function in its engagement."""
        return self.engagement, self.function

    def working_spans(self) -> Iterator[tuple[int, int]]:
        """The spans `[start, end)` of days without pauses."""
        return without_pauses(self.start, self.end, self.pauses)

    def days_in(self, start: int, end: int) -> int:
        """The number of its days in `[start, end)`."""
        return max(0, min(end, self.end) - max(start, self.start))

    def working_days_in(self, start: int, end: int) -> int:
        """The number of its days in `[start, end)` that were not paused."""
        spans = without_pauses(max(start, self.start), min(end, self.end), self.pauses)
        return sum(after - first for first, after in spans)


def held_seats(
    snapshot: Snapshot,
    question: ReportQuestion,
    person: UUID | None = None,
    *,
    holders: Collection[UUID] | None = None,
) -> Iterator[HeldSeat]:
    """Every seat span that overlaps the quarters, or those of some `holders`.

    With `person`, only those of engagements in which that person holds a seat.
    """
    seat = SEAT_SPANS.c
    # stored values: converting many rows to ids, dates and enumerations would take most of the time
    query = select(
        type_coerce(seat.stream_id, LargeBinary),
        type_coerce(seat.client_id, LargeBinary),
        type_coerce(seat.holder_id, LargeBinary),
        type_coerce(seat.seat_id, LargeBinary),
        type_coerce(seat.function, Text),
        case((seat.function == Function.TECHNOLOGY, seat.technology_hours), else_=seat.ai_hours),
        day_number(seat.starts_on),
        end_number(seat.ends_on),
    ).where(
        known_at_instant(SEAT_SPANS, question.known_at),
        question.includes(seat.client_id),
        meets_days(SEAT_SPANS, question.start, question.end),
    )
    if person is not None:
        theirs = SEAT_SPANS.alias()
        query = query.where(seat.stream_id.in_(select(theirs.c.stream_id).where(theirs.c.holder_id == person)))
    if holders is not None:
        query = query.where(seat.holder_id.in_(holders))
    pauses = pauses_in(snapshot, question)
    for stream, client, holder, chair, function, hours, start, end in snapshot.connection.execute(query):
        engagement = bytes(stream)
        yield HeldSeat(
            engagement,
            bytes(client),
            bytes(holder),
            bytes(chair),
            function,
            hours,
            start,
            end,
            pauses.get(engagement, ()),
        )
