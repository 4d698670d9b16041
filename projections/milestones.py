"""Milestones: every version of every milestone, with who said so, when and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Integer, Row, Select, Text, func, or_, select

from domain.changes import Change, Corrected, Logged, Retracted
from domain.engagement import Engagement
from domain.milestones import Details, Kind, Milestone, Precision
from projections.asked import Asked
from projections.columns import Day, Id, Word, from_json, to_json
from projections.cursors import cursor_after, place_of
from projections.details import shape_of
from projections.folding import ReadModel, Rows, among, index_of, known, known_table


class Said(StrEnum):
    """What a recording did to a milestone."""

    LOGGED = "logged"
    CORRECTED = "corrected"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class MilestoneVersion:
    """A milestone as one recording left it.

    `version` counts the milestone's own recordings from 1; `engagement_version` is the stream's at that recording,
    `position` its place in the whole log. `takes_effect_on` differs from `effective_on` where the period of an
    imprecise date holds the engagement's opening. `details` are as the API shows them; `reason` is null for a
    milestone that was logged, `retraction_links` are the sources of a retraction.
    """

    id: UUID
    engagement: UUID
    client: UUID
    kind: Kind
    effective_on: date
    takes_effect_on: date
    precision: Precision
    order: int
    details: Mapping[str, object]
    note: str | None
    links: tuple[str, ...]
    reported_on: date | None
    version: int
    said: Said
    reason: str | None
    retraction_links: tuple[str, ...]
    recorded_at: datetime
    recorded_by: UUID
    engagement_version: int
    position: int


@dataclass(frozen=True, slots=True)
class MilestonePage:
    """Some milestones; `next` is the cursor of the page after this one, null on the last."""

    items: tuple[MilestoneVersion, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class MilestoneHistory:
    """All versions of one milestone, oldest first; the last one is a retraction when it is retracted."""

    versions: tuple[MilestoneVersion, ...]

    @property
    def latest(self) -> MilestoneVersion:
        """The milestone as it stands, or as it stood when it was retracted."""
        return next(v for v in reversed(self.versions) if v.said is not Said.RETRACTED)

    @property
    def retraction(self) -> MilestoneVersion | None:
        """The recording that retracted it; null while it stands."""
        last = self.versions[-1]
        return last if last.said is Said.RETRACTED else None


MILESTONES = known_table(
    "milestones",
    Column("client_id", Id, nullable=False),
    Column("milestone_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("said", Word(Said), nullable=False),
    Column("kind", Word(Kind), nullable=False),
    Column("effective_on", Day, nullable=False),
    Column("precision", Word(Precision), nullable=False),
    Column("place", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("recorded_by", Id, nullable=False),
    Column("engagement_version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)
"""A row a recording; `place` is the milestone's order, `content` (JSON) holds its details and all free text."""

index_of(MILESTONES, "client_id")
index_of(MILESTONES, "position", "row_no")

_VERSION, _KIND, _CONTENT = 6, 8, 12
_UNREAD = Details()
_A_YEAR = timedelta(days=366)


class EngagementMilestones:
    """What was said of one engagement's milestones, recording by recording."""

    def __init__(self, stream: bytes) -> None:
        """An engagement before its first event."""
        self._rows = Rows(stream)
        self.rows = ((MILESTONES, self._rows),)
        self._client = b""
        self._latest: dict[UUID, list[Any]] = {}

    def add(self, event: Engagement.Event, position: int, at: int) -> None:
        """Take in the engagement's next event."""
        if isinstance(event, Engagement.Created):
            self._client = event.client.bytes
        told_by = (event.recorded_by.bytes, event.originator_version, position)
        common_reason = event.reason if isinstance(event, Engagement.MilestonesChanged) else None
        for change in event.changes:
            self._say(change, common_reason, told_by, at)

    def _say(self, change: Change, common_reason: str | None, told_by: tuple[bytes, int, int], at: int) -> None:
        if isinstance(change, Retracted):
            milestone_id = change.milestone
            before = self._latest[milestone_id]
            content = from_json(before[_CONTENT]) | {"reason": change.reason, "retraction_links": change.links}
            said, dated = Said.RETRACTED, tuple(before[_KIND:_CONTENT])
        else:
            milestone = change.milestone
            milestone_id = milestone.id
            content = {
                "details": shape_of(milestone.details),
                "note": milestone.note,
                "links": milestone.links,
                "reported_on": milestone.reported_on.isoformat() if milestone.reported_on else None,
                "reason": change.reason if isinstance(change, Corrected) else common_reason,
            }
            said = Said.LOGGED if isinstance(change, Logged) else Said.CORRECTED
            kind, precision = str(milestone.kind), str(milestone.precision)
            dated = (kind, milestone.effective_on.toordinal(), precision, milestone.order)
        latest = self._latest.get(milestone_id)
        if latest is not None:
            self._rows.close(latest, at)
        version = latest[_VERSION] + 1 if latest else 1
        self._latest[milestone_id] = self._rows.add(
            at, (self._client, milestone_id.bytes, version, str(said), *dated, to_json(content), *told_by)
        )


MODEL = ReadModel("milestones", 1, (MILESTONES,), {Engagement.Event: EngagementMilestones})


def milestones_of(
    connection: Connection,
    *,
    engagement: UUID | None = None,
    client: UUID | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
    kind: Kind | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> MilestonePage:
    """The milestones that stand in one engagement, or in all of one client's, in effective order.

    Exactly one of `engagement` and `client` is given. `as_of` leaves out what takes effect later (null: plans too).
    Raises `InvalidCursor`.
    """
    standing = standing_milestones(connection, engagement=engagement, client=client, known_at=known_at)
    chosen = [
        milestone
        for milestone in standing
        if (kind is None or milestone.kind is kind) and (as_of is None or milestone.takes_effect_on <= as_of)
    ]
    start = 0
    if cursor is not None:
        day, last = place_of(cursor, str, str)
        # the milestone the last page ended with; where it stands no longer, the first one after its day
        index_of_last = next((i for i, m in enumerate(chosen) if str(m.id) == last), None)
        later = (i for i, m in enumerate(chosen) if m.takes_effect_on.isoformat() > str(day))
        start = index_of_last + 1 if index_of_last is not None else next(later, len(chosen))
    items = tuple(chosen[start : start + limit])
    more = len(chosen) > start + limit
    return MilestonePage(
        items, cursor_after(items[-1].takes_effect_on.isoformat(), str(items[-1].id)) if more else None
    )


def standing_milestones(
    connection: Connection,
    *,
    engagement: UUID | None = None,
    client: UUID | None = None,
    known_at: datetime | None = None,
) -> list[MilestoneVersion]:
    """All milestones that stand in one engagement, or in all of one client's, in effective order."""
    if client is not None and engagement is None:
        rows = _OF_CLIENT.rows(connection, client, known_at)
    else:
        rows = connection.execute(select(MILESTONES).where(_of(engagement, client), _stands(known_at))).all()
    opened_on = {row.stream_id: row.effective_on for row in rows if row.kind is Kind.OPENED}
    standing = [_version(row, opened_on[row.stream_id]) for row in rows]
    standing.sort(key=lambda m: (m.takes_effect_on, opened_on[m.engagement], m.engagement, m.order))
    return standing


_OF_CLIENT = Asked.of(MILESTONES, MILESTONES.c.said != Said.RETRACTED)


def standing_of_kind(
    connection: Connection, kind: Kind, clients: Iterable[UUID], *, known_at: datetime | None = None
) -> list[MilestoneVersion]:
    """The milestones of one kind that stand in all engagements of some clients, in effective order."""
    query = select(MILESTONES).where(
        among(MILESTONES.c.client_id, clients), MILESTONES.c.kind == kind, _stands(known_at)
    )
    rows = connection.execute(query).all()
    opened_on = _openings(connection, {row.stream_id for row in rows}, known_at)
    standing = [_version(row, opened_on[row.stream_id]) for row in rows]
    standing.sort(key=lambda m: (m.takes_effect_on, m.engagement, m.order))
    return standing


def milestone_history(
    connection: Connection, engagement: UUID, milestone: UUID, *, known_at: datetime | None = None
) -> MilestoneHistory | None:
    """One milestone with all its versions; null when the engagement has none of that id."""
    said = recordings_of(connection, engagement=engagement, known_at=known_at)
    return said.get((engagement, milestone))


def recordings_of(
    connection: Connection,
    *,
    engagement: UUID | None = None,
    client: UUID | None = None,
    known_at: datetime | None = None,
) -> dict[tuple[UUID, UUID], MilestoneHistory]:
    """All milestones ever logged in one engagement, or in all of one client's, by engagement and id."""
    query = select(MILESTONES).where(_of(engagement, client)).order_by(MILESTONES.c.stream_id, MILESTONES.c.row_no)
    if known_at is not None:
        query = query.where(MILESTONES.c.known_from <= known_at)
    rows = connection.execute(query).all()
    opened_on = {row.stream_id: row.effective_on for row in rows if row.kind is Kind.OPENED}
    versions: dict[tuple[UUID, UUID], list[MilestoneVersion]] = {}
    for row in rows:
        version = _version(row, opened_on[row.stream_id])
        versions.setdefault((row.stream_id, row.milestone_id), []).append(version)
    return {milestone: MilestoneHistory(tuple(said)) for milestone, said in versions.items()}


def recent_milestones(
    connection: Connection,
    *,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> MilestonePage:
    """What was logged, corrected and retracted over the portfolio, newest recording first; raises `InvalidCursor`."""
    table = MILESTONES.c
    query = select(MILESTONES).order_by(table.position.desc(), table.row_no.desc()).limit(limit + 1)
    if known_at is not None:
        query = query.where(table.known_from <= known_at)
    if visible is not None:
        query = query.where(among(table.client_id, visible))
    if cursor is not None:
        position, row_no = place_of(cursor, int, int)
        earlier_in_event = (table.position == position) & (table.row_no < row_no)
        query = query.where(or_(table.position < position, earlier_in_event))
    rows = connection.execute(query).all()
    shown = rows[:limit]
    opened_on = _openings(connection, {row.stream_id for row in shown}, known_at)
    items = tuple(_version(row, opened_on[row.stream_id]) for row in shown)
    last = shown[-1] if len(rows) > limit else None
    return MilestonePage(items, cursor_after(last.position, last.row_no) if last else None)


def planned_milestones(
    connection: Connection,
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None = None,
    limit: int = 50,
) -> tuple[MilestoneVersion, ...]:
    """What takes effect after `as_of` over the portfolio and stands, soonest first."""
    table = MILESTONES.c
    query = select(MILESTONES).where(_stands(known_at), table.effective_on > as_of)
    if visible is not None:
        query = query.where(among(table.client_id, visible))
    rows = connection.execute(query.order_by(table.effective_on, table.position, table.row_no).limit(limit)).all()
    opened_on = _openings(connection, {row.stream_id for row in rows}, known_at)
    return tuple(_version(row, opened_on[row.stream_id]) for row in rows)


def milestones_between(
    connection: Connection,
    first: date,
    last: date,
    kinds: Collection[Kind],
    *,
    clients: Select[tuple[UUID]] | None = None,
    known_at: datetime | None = None,
) -> list[MilestoneVersion]:
    """The milestones of some kinds that take effect on these days and stand, in effective order.

    `clients` are the ids of those that are meant (null: all).
    """
    table = MILESTONES.c
    # an imprecise date that holds the opening takes effect later in its period, which is a year at most
    may_be_later = (table.precision != Precision.DAY) & (table.effective_on >= first - _A_YEAR)
    on_these_days = (table.effective_on <= last) & or_(table.effective_on >= first, may_be_later)
    query = select(MILESTONES).where(_stands(known_at), table.kind.in_(kinds), on_these_days)
    if clients is not None:
        query = query.where(table.client_id.in_(clients))
    rows = connection.execute(query).all()
    opened_on = _openings(connection, {row.stream_id for row in rows}, known_at)
    found = [_version(row, opened_on[row.stream_id]) for row in rows]
    within = (milestone for milestone in found if first <= milestone.takes_effect_on <= last)
    return sorted(within, key=lambda m: (m.takes_effect_on, m.engagement, m.order))


def versions_of(
    connection: Connection, engagements: Iterable[UUID], *, known_at: datetime | None = None
) -> dict[UUID, int]:
    """The streams' versions: how many events each engagement had by then."""
    table = MILESTONES.c
    query = select(table.stream_id, func.max(table.engagement_version)).where(among(table.stream_id, engagements))
    if known_at is not None:
        query = query.where(table.known_from <= known_at)
    return dict(connection.execute(query.group_by(table.stream_id)).all())


def _of(engagement: UUID | None, client: UUID | None) -> ColumnElement[bool]:
    if (engagement is None) is (client is None):
        raise TypeError("give either an engagement or a client")
    return MILESTONES.c.client_id == client if engagement is None else MILESTONES.c.stream_id == engagement


def _stands(known_at: datetime | None) -> ColumnElement[bool]:
    return known(MILESTONES, known_at) & (MILESTONES.c.said != Said.RETRACTED)


def _openings(connection: Connection, engagements: Iterable[UUID], known_at: datetime | None) -> dict[UUID, date]:
    table = MILESTONES.c
    query = select(table.stream_id, table.effective_on).where(
        among(table.stream_id, engagements), table.kind == Kind.OPENED, known(MILESTONES, known_at)
    )
    return dict(connection.execute(query).all())


def _version(row: Row[Any], opened_on: date) -> MilestoneVersion:
    content: Mapping[str, Any] = from_json(row.content)
    reported_on = content["reported_on"]
    takes_effect_on = row.effective_on
    if row.precision is not Precision.DAY:
        dated = Milestone(row.milestone_id, row.place, row.effective_on, _UNREAD, row.precision)
        takes_effect_on = dated.takes_effect_on(opened_on)
    return MilestoneVersion(
        id=row.milestone_id,
        engagement=row.stream_id,
        client=row.client_id,
        kind=row.kind,
        effective_on=row.effective_on,
        takes_effect_on=takes_effect_on,
        precision=row.precision,
        order=row.place,
        details=content["details"],
        note=content["note"],
        links=tuple(content["links"]),
        reported_on=None if reported_on is None else date.fromisoformat(reported_on),
        version=row.version,
        said=row.said,
        reason=content["reason"],
        retraction_links=tuple(content.get("retraction_links", ())),
        recorded_at=row.known_from,
        recorded_by=row.recorded_by,
        engagement_version=row.engagement_version,
        position=row.position,
    )
