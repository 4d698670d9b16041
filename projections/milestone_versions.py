"""The read model of milestone versions: one row per logged, corrected or retracted milestone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Integer, Text

from domain.decisions import Change, Corrected, Logged, Retracted
from domain.engagement import Engagement
from domain.milestones import Details, Kind, Milestone, Precision
from projections.column_types import Day, EnumText, Id, StoredType, from_json, to_json
from projections.details_json import REQUIRED_FIELDS, D, details_from_json, details_to_json
from projections.log import Recorded
from projections.log.entries import microseconds
from projections.read_model import ReadModel, StreamRows, add_index, versioned_table


class RecordingKind(StrEnum):
    """Whether a recording logged, corrected or retracted a milestone."""

    LOGGED = "logged"
    CORRECTED = "corrected"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class MilestoneVersion:
    """A version of a milestone, made by one recording.

    `version` counts the milestone's recordings from 1; `engagement_version` is the stream's version, and `position`
    the position in the log. `takes_effect_on` differs from `effective_on` when the period of an imprecise date contains
    the engagement's opening. `details` are in the form of the API; `details_as` reads them as their kind. `reason` is
    null for a logged milestone, and `retraction_links` are the sources of a retraction.
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
    recording_kind: RecordingKind
    reason: str | None
    retraction_links: tuple[str, ...]
    recorded_at: datetime
    recorded_by: UUID
    engagement_version: int
    position: int

    def details_as(self, details: type[D]) -> D | None:
        """The typed details; null for another kind, and where a share link hides what the kind requires."""
        is_whole = self.kind is details.kind and self.details.keys() >= REQUIRED_FIELDS[self.kind]
        return details_from_json(details, self.details) if is_whole else None


@dataclass(frozen=True, slots=True)
class MilestoneHistory:
    """All versions of one milestone, oldest first, including a retraction."""

    versions: tuple[MilestoneVersion, ...]

    @property
    def latest(self) -> MilestoneVersion:
        """The latest version that is not a retraction."""
        return next(v for v in reversed(self.versions) if v.recording_kind is not RecordingKind.RETRACTED)

    @property
    def retraction(self) -> MilestoneVersion | None:
        """The version that retracted the milestone; null if it is not retracted."""
        last = self.versions[-1]
        return last if last.recording_kind is RecordingKind.RETRACTED else None


MILESTONES = versioned_table(
    "milestones",
    Column("client_id", Id, nullable=False),
    Column("milestone_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("said", EnumText(RecordingKind), nullable=False),
    Column("kind", EnumText(Kind), nullable=False),
    Column("effective_on", Day, nullable=False),
    Column("precision", EnumText(Precision), nullable=False),
    Column("place", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("recorded_by", Id, nullable=False),
    Column("engagement_version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
)
"""One row per recording; `place` is the milestone's order, `content` (JSON) has its details and all free text."""

add_index(MILESTONES, "client_id")
add_index(MILESTONES, "position", "row_no")

_VERSION, _SAID, _KIND, _CONTENT = 6, 7, 8, 12
_NO_DETAILS = Details()


class MilestoneProjector:
    """Projects the milestone versions of one engagement."""

    def __init__(self, stream: bytes) -> None:
        """Start before the engagement's first event."""
        self._rows = StreamRows(stream)
        self.rows = ((MILESTONES, self._rows),)
        self._client = b""
        self._latest: dict[UUID, list[Any]] = {}

    def add(self, event: Engagement.Event, position: int, at: int) -> None:
        """Project the engagement's next event."""
        if isinstance(event, Engagement.Created):
            self._client = event.client.bytes
        recording = (event.recorded_by.bytes, event.originator_version, position)
        common_reason = event.reason if isinstance(event, Engagement.MilestonesChanged) else None
        changes = event.changes
        if isinstance(event, Engagement.EngagementRetracted):
            changes = tuple(Retracted(milestone, event.reason) for milestone in self._standing())
        for change in changes:
            self._write(change, common_reason, recording, at)

    def _standing(self) -> list[UUID]:
        return [milestone for milestone, row in self._latest.items() if row[_SAID] != RecordingKind.RETRACTED]

    def _write(self, change: Change, common_reason: str | None, recording: tuple[bytes, int, int], at: int) -> None:
        if isinstance(change, Retracted):
            milestone_id = change.milestone
            before = self._latest[milestone_id]
            content = from_json(before[_CONTENT]) | {"reason": change.reason, "retraction_links": change.links}
            recording_kind, dated = RecordingKind.RETRACTED, tuple(before[_KIND:_CONTENT])
        else:
            milestone = change.milestone
            milestone_id = milestone.id
            content = {
                "details": details_to_json(milestone.details),
                "note": milestone.note,
                "links": milestone.links,
                "reported_on": milestone.reported_on.isoformat() if milestone.reported_on else None,
                "reason": change.reason if isinstance(change, Corrected) else common_reason,
            }
            recording_kind = RecordingKind.LOGGED if isinstance(change, Logged) else RecordingKind.CORRECTED
            kind, precision = str(milestone.kind), str(milestone.precision)
            dated = (kind, milestone.effective_on.toordinal(), precision, milestone.order)
        latest = self._latest.get(milestone_id)
        if latest is not None:
            self._rows.close(latest, at)
        version = latest[_VERSION] + 1 if latest else 1
        self._latest[milestone_id] = self._rows.add(
            at, (self._client, milestone_id.bytes, version, str(recording_kind), *dated, to_json(content), *recording)
        )


MODEL = ReadModel("milestones", 2, (MILESTONES,), {Engagement.Event: MilestoneProjector})


def histories_of(rows: Iterable[Any]) -> dict[tuple[UUID, UUID], MilestoneHistory]:
    """Group rows of `MILESTONES` into histories, by engagement and milestone id."""
    recordings = list(rows)
    opened_on = {row.stream_id: row.effective_on for row in recordings if row.kind is Kind.OPENED}
    versions: dict[tuple[UUID, UUID], list[MilestoneVersion]] = {}
    for row in recordings:
        version = version_of(row, opened_on[row.stream_id])
        versions.setdefault((row.stream_id, row.milestone_id), []).append(version)
    return {milestone: MilestoneHistory(tuple(recorded)) for milestone, recorded in versions.items()}


def histories_in(events: Sequence[Recorded]) -> dict[tuple[UUID, UUID], MilestoneHistory]:
    """The histories from all events of one engagement, which the read models may not have projected yet."""
    fold = MilestoneProjector(events[0].event.originator_id.bytes)
    for position, event in events:
        assert isinstance(event, Engagement.Event)  # noqa: S101  (for the type checker: it is an engagement's stream)
        fold.add(event, position, microseconds(event.timestamp))
    [(_, rows)] = fold.rows
    return histories_of(_row_from_stored(row) for row in rows.take_changes()[0])


def _row_from_stored(stored: Sequence[Any]) -> SimpleNamespace:
    """A stored row in the form of a query result."""
    pairs = zip(MILESTONES.columns, stored, strict=True)
    return SimpleNamespace(**{column.name: _value(column, value) for column, value in pairs})


def _value(column: Column[Any], stored: Any) -> Any:
    return column.type.decode(stored) if isinstance(column.type, StoredType) and stored is not None else stored


def version_of(row: Any, opened_on: date) -> MilestoneVersion:
    """The version in a row of `MILESTONES`; the day of the engagement's opening is needed for imprecise dates."""
    content: Mapping[str, Any] = from_json(row.content)
    reported_on = content["reported_on"]
    takes_effect_on = row.effective_on
    if row.precision is not Precision.DAY:
        dated = Milestone(row.milestone_id, row.place, row.effective_on, _NO_DETAILS, row.precision)
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
        recording_kind=row.said,
        reason=content["reason"],
        retraction_links=tuple(content.get("retraction_links", ())),
        recorded_at=row.known_from,
        recorded_by=row.recorded_by,
        engagement_version=row.engagement_version,
        position=row.position,
    )
