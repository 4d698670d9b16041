"""Responses about milestones and their versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from api.schemas.by_kind import ByKind, WithDetails
from api.schemas.follow_ups import FollowUpAnswer
from api.schemas.scalars import Answer, Day, Id, Instant
from domain.assessment.following import FollowUp
from domain.milestones import Kind, Milestone, Precision
from projections.details_json import details_to_json
from projections.log import Recorded
from projections.milestone_versions import MilestoneHistory, MilestoneVersion, RecordingKind, histories_in


class VersionAnswer(WithDetails):
    """A version of a milestone; `version` is the engagement's version at that recording."""

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
    """The retraction of a milestone: by whom, when and why."""

    reason: str
    links: list[str]
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int


class MilestoneAnswer(ByKind):
    """A current milestone.

    `version` is the engagement's version at the last recording, `position` that recording's position.
    """

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
    """A milestone with all its versions, oldest first, and its retraction if there is one.

    `recorded_at`, `recorded_by`, `version` and `position` are those of the last version or the retraction. `follow_up`
    is what became of the advice of an assessment; it is null for other kinds, and in the answer to a change.
    """

    retraction: RetractionAnswer | None
    follow_up: FollowUpAnswer | None
    versions: list[VersionAnswer]

    @classmethod
    def lists_by_kind(cls) -> Mapping[str, type[WithDetails]]:
        """The versions have the kind of the milestone."""
        return {"versions": VersionAnswer}


class MilestonesAnswer(Answer):
    """A page of milestones by effective date."""

    items: list[MilestoneAnswer]
    next: str | None


class ChangesAnswer(Answer):
    """Several changes, recorded at one instant in one event."""

    engagement: Id
    reason: str | None
    recorded_at: Instant
    recorded_by: Id
    version: int
    position: int
    milestones: list[MilestoneWithVersions]


def milestone_answer(milestone: MilestoneVersion) -> MilestoneAnswer:
    """The response for a milestone from the read models."""
    return MilestoneAnswer(**_milestone(milestone))


def history_answer(history: MilestoneHistory, follow_up: FollowUp | None = None) -> MilestoneWithVersions:
    """The response for a milestone history from the read models; `follow_up` is that of an assessment."""
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
        follow_up=None if follow_up is None else FollowUpAnswer.of(follow_up),
        versions=[VersionAnswer.of(v, said=v.recording_kind, version=v.engagement_version) for v in history.versions],
    )


def recorded_answer(recorded: Recorded, client: UUID, milestone: Milestone) -> MilestoneAnswer:
    """The response for a milestone that has just been recorded."""
    return MilestoneAnswer(**_recorded(recorded, client, milestone))


def recorded_history(stream: Sequence[Recorded], milestone_id: UUID) -> MilestoneWithVersions:
    """A milestone with its versions from the events of its engagement, equal to the later response of the read
    models.
    """
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


def _milestone(milestone: MilestoneVersion) -> dict[str, Any]:
    return {
        "id": milestone.id,
        "engagement": milestone.engagement,
        "client": milestone.client,
        "kind": milestone.kind,
        "effective_on": milestone.effective_on,
        "precision": milestone.precision,
        "note": milestone.note,
        "links": list(milestone.links),
        "reported_on": milestone.reported_on,
        "details": dict(milestone.details),
        "recorded_at": milestone.recorded_at,
        "recorded_by": milestone.recorded_by,
        "version": milestone.engagement_version,
        "position": milestone.position,
    }
