"""Queries for milestones and their versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from domain.milestones import Kind, Precision
from projections.client_queries import PreparedQuery
from projections.milestone_versions import (
    MILESTONES,
    MilestoneHistory,
    MilestoneVersion,
    RecordingKind,
    histories_of,
    version_of,
)
from projections.read_model import id_in, known_at_instant
from projections.snapshot import Snapshot

_A_YEAR = timedelta(days=366)


EffectivePlace: TypeAlias = tuple[date, int]
"""The position of a milestone in its engagement: the day it takes effect, then its order."""
RecordedPlace: TypeAlias = tuple[int, int]
"""The position of a recording in the log: the event's position, then the row number."""


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """A page of milestones; `next` is the position after which the next page starts, null on the last page."""

    items: tuple[MilestoneVersion, ...]
    next: EffectivePlace | None


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """A page of recordings, newest first; `next` is where the next page starts (exclusive), null on the last."""

    items: tuple[MilestoneVersion, ...]
    next: RecordedPlace | None


def milestones_of(
    snapshot: Snapshot,
    engagement: UUID,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    kind: Kind | None = None,
    limit: int = 50,
    after: EffectivePlace | None = None,
) -> MilestonePage:
    """A page of an engagement's milestones that are not retracted, in effective order.

    `as_of` leaves out milestones that take effect later (null: plans are included).
    """
    matching = [
        milestone
        for milestone in standing_milestones(snapshot, engagement=engagement, known_at=known_at)
        if (kind is None or milestone.kind is kind)
        and (as_of is None or milestone.takes_effect_on <= as_of)
        and (after is None or effective_place(milestone) > after)
    ]
    items = tuple(matching[:limit])
    return MilestonePage(items, effective_place(items[-1]) if len(matching) > limit else None)


def effective_place(milestone: MilestoneVersion) -> EffectivePlace:
    """The position of a milestone in its engagement."""
    return milestone.takes_effect_on, milestone.order


def standing_milestones(
    snapshot: Snapshot,
    *,
    engagement: UUID | None = None,
    client: UUID | None = None,
    known_at: datetime | None = None,
) -> list[MilestoneVersion]:
    """All milestones of an engagement, or of a client, that are not retracted, in effective order."""
    if client is not None and engagement is None:
        rows = _OF_CLIENT.rows(snapshot, client, known_at)
    else:
        rows = snapshot.connection.execute(select(MILESTONES).where(_of(engagement, client), _stands(known_at))).all()
    opened_on = {row.stream_id: row.effective_on for row in rows if row.kind is Kind.OPENED}
    standing = [version_of(row, opened_on[row.stream_id]) for row in rows]
    standing.sort(key=lambda m: (m.takes_effect_on, opened_on[m.engagement], m.engagement, m.order))
    return standing


_OF_CLIENT = PreparedQuery.prepare(MILESTONES, MILESTONES.c.said != RecordingKind.RETRACTED)


def standing_of_kind(
    snapshot: Snapshot, kind: Kind, clients: Iterable[UUID], *, known_at: datetime | None = None
) -> list[MilestoneVersion]:
    """The milestones of one kind of some clients that are not retracted, in effective order."""
    query = select(MILESTONES).where(
        id_in(MILESTONES.c.client_id, clients), MILESTONES.c.kind == kind, _stands(known_at)
    )
    rows = snapshot.connection.execute(query).all()
    opened_on = _openings(snapshot, {row.stream_id for row in rows}, known_at)
    standing = [version_of(row, opened_on[row.stream_id]) for row in rows]
    standing.sort(key=lambda m: (m.takes_effect_on, m.engagement, m.order))
    return standing


def milestones_with_ids(
    snapshot: Snapshot, milestones: Iterable[UUID], clients: Iterable[UUID], *, known_at: datetime | None = None
) -> dict[UUID, MilestoneVersion]:
    """Some milestones of some clients that are not retracted, by id; unknown ones are left out."""
    query = select(MILESTONES).where(
        id_in(MILESTONES.c.client_id, clients), id_in(MILESTONES.c.milestone_id, milestones), _stands(known_at)
    )
    rows = snapshot.connection.execute(query).all()
    opened_on = _openings(snapshot, {row.stream_id for row in rows}, known_at)
    return {row.milestone_id: version_of(row, opened_on[row.stream_id]) for row in rows}


def milestone_history(
    snapshot: Snapshot, engagement: UUID, milestone: UUID, *, known_at: datetime | None = None
) -> MilestoneHistory | None:
    """One milestone with all its versions; null when the engagement has no milestone with that id."""
    histories = recordings_of(snapshot, engagement=engagement, known_at=known_at)
    return histories.get((engagement, milestone))


def recordings_of(
    snapshot: Snapshot,
    *,
    engagement: UUID | None = None,
    client: UUID | None = None,
    known_at: datetime | None = None,
) -> dict[tuple[UUID, UUID], MilestoneHistory]:
    """All milestones of an engagement, or of a client, with all their versions, by engagement and milestone id."""
    query = select(MILESTONES).where(_of(engagement, client)).order_by(MILESTONES.c.stream_id, MILESTONES.c.row_no)
    if known_at is not None:
        query = query.where(MILESTONES.c.known_from <= known_at)
    return histories_of(snapshot.connection.execute(query))


def count_retracted(snapshot: Snapshot, client: UUID, *, known_at: datetime | None = None) -> int:
    """The number of a client's retracted milestones."""
    table = MILESTONES.c
    query = select(func.count()).where(
        table.client_id == client, known_at_instant(MILESTONES, known_at), table.said == RecordingKind.RETRACTED
    )
    return snapshot.connection.execute(query).scalar_one()


def recent_milestones(
    snapshot: Snapshot,
    *,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int = 50,
    before: RecordedPlace | None = None,
) -> RecordingPage:
    """A page of the recordings in the portfolio, newest first."""
    table = MILESTONES.c
    query = select(MILESTONES).order_by(table.position.desc(), table.row_no.desc()).limit(limit + 1)
    query = query.where(_engagement_stands(known_at))
    if known_at is not None:
        query = query.where(table.known_from <= known_at)
    if visible is not None:
        query = query.where(id_in(table.client_id, visible))
    if before is not None:
        position, row_no = before
        earlier_in_event = (table.position == position) & (table.row_no < row_no)
        query = query.where(or_(table.position < position, earlier_in_event))
    rows = snapshot.connection.execute(query).all()
    shown = rows[:limit]
    opened_on = _openings(snapshot, {row.stream_id for row in shown}, known_at)
    items = tuple(version_of(row, opened_on[row.stream_id]) for row in shown)
    last = shown[-1] if len(rows) > limit else None
    return RecordingPage(items, (last.position, last.row_no) if last else None)


def recordings_since(
    snapshot: Snapshot, position: int, *, visible: frozenset[UUID] | None = None
) -> dict[UUID, tuple[int, int]]:
    """Per client the number of milestones logged, and of corrections and retractions, after a position in the log."""
    table = MILESTONES.c
    query = (
        select(table.client_id, table.said, func.count().label("times"))
        .where(table.position > position, _engagement_stands(None))
        .group_by(table.client_id, table.said)
    )
    if visible is not None:
        query = query.where(id_in(table.client_id, visible))
    counts: dict[UUID, tuple[int, int]] = {}
    for row in snapshot.connection.execute(query):
        logged, changed = counts.get(row.client_id, (0, 0))
        is_new = row.said == RecordingKind.LOGGED
        counts[row.client_id] = (logged + row.times, changed) if is_new else (logged, changed + row.times)
    return counts


def planned_milestones(
    snapshot: Snapshot,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int | None = 50,
) -> tuple[MilestoneVersion, ...]:
    """The planned milestones of the portfolio: those that take effect after `as_of`, soonest first."""
    table = MILESTONES.c
    query = select(MILESTONES).where(_stands(known_at), table.effective_on > as_of)
    if visible is not None:
        query = query.where(id_in(table.client_id, visible))
    rows = snapshot.connection.execute(
        query.order_by(table.effective_on, table.position, table.row_no).limit(limit)
    ).all()
    opened_on = _openings(snapshot, {row.stream_id for row in rows}, known_at)
    return tuple(version_of(row, opened_on[row.stream_id]) for row in rows)


def milestones_between(
    snapshot: Snapshot,
    first: date,
    last: date,
    kinds: Collection[Kind],
    *,
    clients: Select[UUID] | None = None,
    known_at: datetime | None = None,
) -> list[MilestoneVersion]:
    """The milestones of some kinds that take effect from `first` to `last`, without retracted ones, in effective order.

    `clients` is the query for the clients' ids (null: all clients).
    """
    table = MILESTONES.c
    # an imprecise date whose period contains the opening takes effect later in it, by a year at most
    may_be_later = (table.precision != Precision.DAY) & (table.effective_on >= first - _A_YEAR)
    on_these_days = (table.effective_on <= last) & or_(table.effective_on >= first, may_be_later)
    query = select(MILESTONES).where(_stands(known_at), table.kind.in_(kinds), on_these_days)
    if clients is not None:
        query = query.where(table.client_id.in_(clients))
    rows = snapshot.connection.execute(query).all()
    opened_on = _openings(snapshot, {row.stream_id for row in rows}, known_at)
    versions = [version_of(row, opened_on[row.stream_id]) for row in rows]
    within = (milestone for milestone in versions if first <= milestone.takes_effect_on <= last)
    return sorted(within, key=lambda m: (m.takes_effect_on, m.engagement, m.order))


def versions_of(
    snapshot: Snapshot, engagements: Iterable[UUID], *, known_at: datetime | None = None
) -> dict[UUID, int]:
    """The stream version of each engagement, which is its number of events, at an instant (null: now)."""
    table = MILESTONES.c
    query = select(table.stream_id, func.max(table.engagement_version)).where(id_in(table.stream_id, engagements))
    if known_at is not None:
        query = query.where(table.known_from <= known_at)
    return dict(snapshot.connection.execute(query.group_by(table.stream_id)).all())


def last_recordings(snapshot: Snapshot, engagements: Iterable[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """The stream version of each engagement, and the instant at which it was recorded."""
    table = MILESTONES.c
    query = select(table.stream_id, func.max(table.engagement_version), func.max(table.known_from)).where(
        id_in(table.stream_id, engagements)
    )
    rows = snapshot.connection.execute(query.group_by(table.stream_id))
    return {engagement: (version, recorded_at) for engagement, version, recorded_at in rows}


def _of(engagement: UUID | None, client: UUID | None) -> ColumnElement[bool]:
    if (engagement is None) is (client is None):
        raise TypeError("give either an engagement or a client")
    return MILESTONES.c.client_id == client if engagement is None else MILESTONES.c.stream_id == engagement


def _stands(known_at: datetime | None) -> ColumnElement[bool]:
    return known_at_instant(MILESTONES, known_at) & (MILESTONES.c.said != RecordingKind.RETRACTED)


def _engagement_stands(known_at: datetime | None) -> ColumnElement[bool]:
    """Whether the recording's engagement is not retracted, which is when it has a known opening."""
    opening = MILESTONES.alias("opening")
    return exists().where(
        opening.c.stream_id == MILESTONES.c.stream_id,
        opening.c.kind == Kind.OPENED,
        known_at_instant(opening, known_at),
    )


def _openings(snapshot: Snapshot, engagements: Iterable[UUID], known_at: datetime | None) -> dict[UUID, date]:
    table = MILESTONES.c
    query = select(table.stream_id, table.effective_on).where(
        id_in(table.stream_id, engagements), table.kind == Kind.OPENED, known_at_instant(MILESTONES, known_at)
    )
    return dict(snapshot.connection.execute(query).all())
