"""What the source has to say of each person's AI hours, engagement by engagement and quarter by quarter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Connection, Select, and_, case, func, select

from domain.quarters import quarter_of
from domain.seats import Commitment, Function
from domain.timeline import Status
from projections.folding import known
from projections.hours import REPORTED_HOURS
from projections.reports.hour_bands import (
    COVERED_MONTHS,
    Band,
    Days,
    HatReport,
    HatSpan,
    Tally,
    add_months,
    months_with_bands,
)
from projections.reports.parameters import ReportParameters
from projections.reports.proration import day_number
from projections.reports.scope import of_chosen
from projections.spans import SEAT_SPANS, STATUS_SPANS

Key: TypeAlias = tuple[int, UUID]
"""A quarter's place among those asked for, and a person."""


@dataclass(frozen=True, slots=True)
class ClientBand:
    """A person's hours under the AI hat of one engagement in a quarter, beside the source's band.

    Null where nothing was agreed, or reported, for days that the source speaks of.
    """

    client: UUID
    engagement: UUID
    agreed: Band | None
    reported: Band | None


@dataclass(slots=True)
class _Hat:
    """The AI function of one engagement."""

    client: UUID
    held: list[HatSpan] = field(default_factory=list)
    paused: list[Days] = field(default_factory=list)
    reports: list[HatReport] = field(default_factory=list)


def client_bands(
    connection: Connection, parameters: ReportParameters, person: UUID | None = None
) -> Mapping[Key, tuple[ClientBand, ...]]:
    """The bands by quarter and person; `person` leaves out engagements in which that one never holds the function."""
    hats = _hats(connection, parameters, person)
    first, end = parameters.first.start, parameters.last.end + timedelta(days=1)
    places = {quarter: place for place, quarter in enumerate(parameters.quarters)}
    tallies: dict[tuple[int, UUID, UUID], tuple[Tally | None, Tally | None]] = {}
    for engagement, hat in hats.items():
        for month in months_with_bands(hat.held, hat.paused, hat.reports, first, end):
            quarter = quarter_of(month.month, parameters.first.fiscal_year_start_month)
            place = places[quarter], month.holder, engagement
            agreed, reported = tallies.get(place, (None, None))
            tallies[place] = _together(agreed, month.agreed), _together(reported, month.reported)
    bands: dict[Key, list[ClientBand]] = defaultdict(list)
    for (quarter_place, holder, engagement), (agreed, reported) in sorted(tallies.items()):
        if agreed is not None or reported is not None:
            bands[quarter_place, holder].append(
                ClientBand(
                    hats[engagement].client,
                    engagement,
                    None if agreed is None else agreed.band(),
                    None if reported is None else reported.band(),
                )
            )
    return {key: tuple(found) for key, found in bands.items()}


def _hats(connection: Connection, parameters: ReportParameters, person: UUID | None) -> Mapping[UUID, _Hat]:
    at, span, status, told = parameters.known_at, SEAT_SPANS.c, STATUS_SPANS.c, REPORTED_HOURS.c
    engagements = _engagements(parameters, person)
    hats: dict[UUID, _Hat] = {}
    held = select(
        span.stream_id,
        span.client_id,
        span.holder_id,
        span.starts_on,
        span.ends_on,
        span.commitment,
        span.ai_hours,
    ).where(known(SEAT_SPANS, at), span.function == Function.AI, span.stream_id.in_(engagements))
    for engagement, client, holder, start, finish, commitment, hours in connection.execute(held):
        agreed = None if hours is None else Fraction(hours, 100)
        hat = hats.setdefault(engagement, _Hat(client))
        hat.held.append(HatSpan(holder, start, finish, commitment is Commitment.FRACTIONAL, agreed))
    paused = select(status.stream_id, status.starts_on, status.ends_on).where(
        known(STATUS_SPANS, at), status.status == Status.PAUSED, status.stream_id.in_(engagements)
    )
    for engagement, start, finish in connection.execute(paused):
        hats[engagement].paused.append((start, finish))
    reports = select(told.stream_id, told.month_starts_on, told.hours).where(
        known(REPORTED_HOURS, at),
        told.function == Function.AI,
        told.told_on <= parameters.as_of,
        told.stream_id.in_(engagements),
    )
    for engagement, month, hours in connection.execute(reports):
        hats[engagement].reports.append(HatReport(month, Fraction(hours, 100)))
    return hats


def _engagements(parameters: ReportParameters, person: UUID | None) -> Select[tuple[UUID]]:
    """Those whose first months with a fractional AI leader touch the quarters asked for."""
    span = SEAT_SPANS.c
    began_on = func.min(day_number(span.starts_on))
    earliest = add_months(parameters.first.start, -COVERED_MONTHS)
    query = (
        select(span.stream_id)
        .where(
            known(SEAT_SPANS, parameters.known_at),
            of_chosen(span.client_id, parameters),
            span.function == Function.AI,
            span.commitment == Commitment.FRACTIONAL,
        )
        .group_by(span.stream_id)
        .having(and_(began_on >= earliest.toordinal(), began_on <= parameters.last.end.toordinal()))
    )
    if person is not None:
        query = query.having(func.count(case((span.holder_id == person, 1))) > 0)
    return query


def _together(one: Tally | None, other: Tally | None) -> Tally | None:
    return other if one is None else one.plus(other)
