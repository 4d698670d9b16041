"""Answers about milestones: what stands, and every version of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from api.schemas.by_kind import ByKind, WithDetails
from api.schemas.scalars import Answer, Day, Id, Instant
from domain.milestones import Kind, Milestone, Precision
from projections.details_json import details_to_json
from projections.log import Recorded
from projections.milestone_versions import MilestoneHistory, MilestoneVersion, RecordingKind, histories_in


class VersionAnswer(WithDetails):
    """A milestone as one recording left it; `version` is the engagement's at that recording."""

    said: RecordingKind
    reason: str | None
    effective_on: Day
    precision: Precision
    details: dict[str, Any]
    note: str | None
    links: list[str]
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int


class RetractionAnswer(Answer):
    """Who took a milestone back, when and why."""

    reason: str
    links: list[str]
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int


class MilestoneAnswer(ByKind):
    """A milestone as it stands; `version` is the engagement's at its last recording, `position` that one's place."""

    id: Id
    engagement: Id
    client: Id
    kind: Kind
    effective_on: Day
    precision: Precision
    note: str | None
    links: list[str]
    reported_on: Day | None
    details: dict[str, Any]
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int


class MilestoneWithVersions(MilestoneAnswer):
    """A milestone with all its versions, oldest first, and its retraction where it was taken back.

    `recorded_at`, `recorded_by`, `version` and `position` are those of the last version, or of the retraction.
    """

    retraction: RetractionAnswer | None
    versions: list[VersionAnswer]

    @classmethod
    def lists_by_kind(cls) -> Mapping[str, type[WithDetails]]:
        """The versions are of the milestone's kind."""
        return {"versions": VersionAnswer}


class MilestonesAnswer(Answer):
    """A page of milestones in effective order."""

    items: list[MilestoneAnswer]
    next: str | None


class ChangesAnswer(Answer):
    """Several changes as they were recorded: at one instant, in one event."""

    engagement: Id
    reason: str | None
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int
    milestones: list[MilestoneWithVersions]


def milestone_answer(seen: MilestoneVersion) -> MilestoneAnswer:
    """A milestone as the read models know it."""
    return MilestoneAnswer(**_milestone(seen))


def history_answer(history: MilestoneHistory) -> MilestoneWithVersions:
    """A milestone with its versions as the read models know them."""
    retraction, last = history.retraction, history.versions[-1]
    latest = replace(
        history.latest,
        recorded_at=last.recorded_at,
        recorded_by=last.recorded_by,
        engagement_version=last.engagement_version,
        position=last.position,
    )
    return MilestoneWithVersions(
        **_milestone(latest),
        retraction=None
        if retraction is None
        else RetractionAnswer.of(
            retraction,
            reason=retraction.reason or "",
            links=list(retraction.retraction_links),
            version=retraction.engagement_version,
        ),
        versions=[VersionAnswer.of(v, said=v.recording_kind, version=v.engagement_version) for v in history.versions],
    )


def recorded_answer(recorded: Recorded, client: UUID, milestone: Milestone) -> MilestoneAnswer:
    """A milestone as it was recorded just now."""
    return MilestoneAnswer(**_recorded(recorded, client, milestone))


def recorded_history(stream: Sequence[Recorded], milestone_id: UUID) -> MilestoneWithVersions:
    """A milestone with its versions, from the events of its engagement: as the read models will know it."""
    engagement = stream[0].event.originator_id
    return history_answer(histories_in(stream)[engagement, milestone_id])


def _recorded(recorded: Recorded, client: UUID, milestone: Milestone) -> dict[str, Any]:
    return {
        "id": milestone.id,
        "engagement": recorded.event.originator_id,
        "client": client,
        "kind": milestone.kind,
        "effective_on": milestone.effective_on,
        "precision": milestone.precision,
        "note": milestone.note,
        "links": list(milestone.links),
        "reported_on": milestone.reported_on,
        "details": details_to_json(milestone.details),
        **_recording(recorded),
    }


def _recording(recorded: Recorded) -> dict[str, Any]:
    return {
        "recorded_at": recorded.event.timestamp,
        "recorded_by": recorded.event.recorded_by,
        "version": recorded.event.originator_version,
        "position": recorded.position,
    }


def _milestone(seen: MilestoneVersion) -> dict[str, Any]:
    return {
        "id": seen.id,
        "engagement": seen.engagement,
        "client": seen.client,
        "kind": seen.kind,
        "effective_on": seen.effective_on,
        "precision": seen.precision,
        "note": seen.note,
        "links": list(seen.links),
        "reported_on": seen.reported_on,
        "details": dict(seen.details),
        "recorded_at": seen.recorded_at,
        "recorded_by": seen.recorded_by,
        "version": seen.engagement_version,
        "position": seen.position,
    }
