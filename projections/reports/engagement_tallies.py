"""Each person's AI hours and the expected range, by engagement and quarter."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import LargeBinary, Select, Text, and_, case, func, select, type_coerce

from domain.seats import Commitment, Function
from projections.hours import REPORTED_HOURS
from projections.read_model import known_at_instant
from projections.reports.expected_hours import (
    COVERED_MONTHS,
    HatSpan,
    HoursTally,
    add_months,
    covered_days,
    working_days,
)
from projections.reports.pauses import pauses_in
from projections.reports.proration import PARTS, day_number, end_number
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS

_AGREED, _REPORTED = 0, 1


class EngagementTally(NamedTuple):
    """A person's AI hours in one engagement and quarter, with the expected range; ids as stored.

    `agreed` and `reported` are null without such hours on days that the range covers.
    """

    engagement: bytes
    client: bytes
    agreed: HoursTally | None
    reported: HoursTally | None


@dataclass(slots=True)
class _Hat:
    """The AI function of one engagement; reported hours are in hundredths, by the first day of the month."""

    client: bytes
    pauses: Sequence[tuple[int, int]]
    spans: list[HatSpan] = field(default_factory=list)
    reports: Counter[int] = field(default_factory=Counter)


def tallies_of(
    snapshot: Snapshot, question: ReportQuestion, person: UUID | None = None
) -> Mapping[tuple[int, bytes], Sequence[EngagementTally]]:
    """The tallies by index of the quarter and person.

    `person` limits them to engagements in which that person held the function.
    """
    hats = _hats(snapshot, question, person)
    starts = [quarter.start.toordinal() for quarter in question.quarters]
    ends = [*starts[1:], question.end.toordinal() + 1]
    tallies: dict[tuple[int, bytes, bytes], list[HoursTally | None]] = defaultdict(lambda: [None, None])

    def count(basis: int, place: int, holder: bytes, engagement: bytes, tally: HoursTally | None) -> None:
        if tally is not None:
            of_row = tallies[place, holder, engagement]
            of_row[basis] = tally.plus(of_row[basis])

    for engagement, hat in hats.items():
        covered = list(covered_days(hat.spans, hat.pauses))
        for days in covered:
            for place in range(max(bisect_right(starts, days.start) - 1, 0), bisect_left(starts, days.end)):
                agreed = days.agreed_between(starts[place], ends[place])
                count(_AGREED, place, days.holder, engagement, agreed)
        for month, hours in hat.reports.items():
            end = add_months(date.fromordinal(month), 1).toordinal()
            in_all = working_days(hat.spans, hat.pauses, month, end)
            for days in covered if in_all else ():
                reported = days.reported_between(month, end, hours * (PARTS // in_all))
                count(_REPORTED, bisect_right(starts, month) - 1, days.holder, engagement, reported)
    by_row: dict[tuple[int, bytes], list[EngagementTally]] = defaultdict(list)
    for (place, holder, engagement), (of_agreed, of_reported) in tallies.items():
        by_row[place, holder].append(EngagementTally(engagement, hats[engagement].client, of_agreed, of_reported))
    return by_row


def _hats(snapshot: Snapshot, question: ReportQuestion, person: UUID | None) -> Mapping[bytes, _Hat]:
    at, span, reported = question.known_at, SEAT_SPANS.c, REPORTED_HOURS.c
    engagements = _engagements(question, person)
    pauses = pauses_in(snapshot, question)
    hats: dict[bytes, _Hat] = {}
    # stored values: converting many rows to ids, dates and enumerations would take most of the time
    spans = select(
        type_coerce(span.stream_id, LargeBinary),
        type_coerce(span.client_id, LargeBinary),
        type_coerce(span.holder_id, LargeBinary),
        day_number(span.starts_on),
        end_number(span.ends_on),
        type_coerce(span.commitment, Text),
        span.ai_hours,
    ).where(known_at_instant(SEAT_SPANS, at), span.function == Function.AI, span.stream_id.in_(engagements))
    for stream, client, holder, start, end, commitment, hours in snapshot.connection.execute(spans):
        engagement = bytes(stream)
        hat = hats.get(engagement)
        if hat is None:
            hat = hats[engagement] = _Hat(bytes(client), pauses.get(engagement, ()))
        hat.spans.append(HatSpan(bytes(holder), start, end, commitment == Commitment.FRACTIONAL, hours))
    reports = select(
        type_coerce(reported.stream_id, LargeBinary), day_number(reported.month_starts_on), reported.hours
    ).where(
        known_at_instant(REPORTED_HOURS, at),
        reported.function == Function.AI,
        reported.told_on <= question.as_of,
        reported.month_starts_on.between(question.start, question.end),
        reported.stream_id.in_(engagements),
    )
    for stream, month, hours in snapshot.connection.execute(reports):
        hats[bytes(stream)].reports[month] += hours
    return hats


def _engagements(question: ReportQuestion, person: UUID | None) -> Select[UUID]:
    """The engagements whose first months with a fractional AI leader overlap the quarters."""
    span = SEAT_SPANS.c
    began_on = func.min(day_number(span.starts_on))
    earliest = add_months(question.start, -COVERED_MONTHS)
    query = (
        select(span.stream_id)
        .where(
            known_at_instant(SEAT_SPANS, question.known_at),
            question.includes(span.client_id),
            span.function == Function.AI,
            span.commitment == Commitment.FRACTIONAL,
        )
        .group_by(span.stream_id)
        .having(and_(began_on >= earliest.toordinal(), began_on <= question.end.toordinal()))
    )
    if person is not None:
        query = query.having(func.count(case((span.holder_id == person, 1))) > 0)
    return query
