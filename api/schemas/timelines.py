"""Responses about timelines, their changes and previews."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.schemas.by_kind import ByKind
from api.schemas.clients import TermsAnswer, terms_of
from api.schemas.follow_ups import FollowUpAnswer
from api.schemas.milestone_responses import MilestoneAnswer, milestone_answer
from api.schemas.scalars import Answer, Day, Id, Instant
from domain.milestones import Kind, Precision
from domain.seats import Function, Structure
from domain.timeline import Timeline
from projections.assessments import TakenAssessment
from projections.clients import ClientStatus
from projections.details_json import details_to_json
from projections.milestone_versions import MilestoneVersion
from projections.timeline_changes import DifferenceKind, MilestoneDifference, TimelineChanges
from projections.timelines import ClientTimeline, TimelineQuarter, TimelineSeat, TimelineStructure


class SeatSpanAnswer(TermsAnswer):
    """One function of a seat on the same terms over `[start, end)`. `planned` means that it starts after `as_of`."""

    engagement: Id
    function: Function
    seat: Id
    start: Day
    end: Day | None
    planned: bool
    milestone: Id


class StructureSpanAnswer(Answer):
    """One structure over `[start, end)`, and the milestone that started it."""

    engagement: Id
    structure: Structure
    start: Day
    end: Day | None
    planned: bool
    milestone: Id


class TransitionAnswer(Answer):
    """A transition between structures; null means no open engagement."""

    engagement: Id
    before: Structure | None = Field(serialization_alias="from")
    after: Structure | None = Field(serialization_alias="to")
    on: Day
    milestone: Id
    planned: bool


class HeldAnswer(Answer):
    """The number of days of a quarter with a structure."""

    structure: Structure
    days: int


class QuarterAnswer(Answer):
    """A quarter of a client's timeline; `end` is its last day."""

    quarter: str = Field(examples=["2026-Q1"])
    start: Day
    end: Day
    structure: Structure | None
    held: list[HeldAnswer]
    milestones: list[Id]
    status: ClientStatus
    planned: bool


class TakenAssessmentAnswer(Answer):
    """An assessment: the advice when it was recorded, and what became of it.

    `structure` is null if the advice is not a single structure. `chosen` is the first structure chosen with a reference
    to the assessment, and `followed` whether it equals the advice; `follow_up` counts every milestone.
    """

    milestone: Id
    engagement: Id
    on: Day
    assessor: Id
    versions: dict[str, int]
    seats: str
    technology: str
    ai: str
    first: str | None
    structure: Structure | None
    chosen: Structure | None
    chosen_by: Id | None
    followed: bool | None
    follow_up: FollowUpAnswer


class TimelineAnswer(Answer):
    """A client's past and planned structures and seats; `people` maps ids to names.

    Without `known_at` in the request, it is the instant of the newest event; a request with that instant returns the
    same response.
    """

    client: Id
    as_of: Day
    known_at: Instant
    seat_spans: list[SeatSpanAnswer]
    structure_spans: list[StructureSpanAnswer]
    quarters: list[QuarterAnswer]
    milestones: list[MilestoneAnswer]
    transitions: list[TransitionAnswer]
    assessments: list[TakenAssessmentAnswer]
    people: dict[str, str]


class MilestoneDifferenceAnswer(Answer):
    """A milestone before and after, and the recordings in between."""

    milestone: Id
    difference: DifferenceKind
    before: MilestoneAnswer | None
    after: MilestoneAnswer | None
    recordings: list[MilestoneAnswer]


class SeatDifferenceAnswer(Answer):
    """A seat span before and after."""

    difference: DifferenceKind
    before: SeatSpanAnswer | None
    after: SeatSpanAnswer | None


class StructureDifferenceAnswer(Answer):
    """A structure span before and after."""

    difference: DifferenceKind
    before: StructureSpanAnswer | None
    after: StructureSpanAnswer | None


class TimelineChangesAnswer(Answer):
    """What changed in a client's timeline between `known_from` and `known_to`."""

    client: Id
    as_of: Day
    known_from: Instant
    known_to: Instant
    milestones: list[MilestoneDifferenceAnswer]
    seat_spans: list[SeatDifferenceAnswer]
    structure_spans: list[StructureDifferenceAnswer]


class PreviewMilestone(ByKind):
    """A milestone in a preview."""

    id: Id
    kind: Kind
    effective_on: Day
    precision: Precision
    note: str | None
    links: list[str]
    reported_on: Day | None
    details: dict[str, Any]


class PreviewAnswer(Answer):
    """A preview of an engagement's timeline."""

    opened_on: Day
    closed_on: Day | None
    seat_spans: list[SeatSpanAnswer]
    structure_spans: list[StructureSpanAnswer]
    transitions: list[TransitionAnswer]
    milestones: list[PreviewMilestone]


class CheckAnswer(Answer):
    """The effect of a change: the timeline before and after, or the problem that refuses it."""

    fits: bool
    before: PreviewAnswer | None = None
    after: PreviewAnswer | None = None
    refusal: dict[str, Any] | None = None


def timeline_answer(timeline: ClientTimeline, people: dict[UUID, str], known_at: datetime) -> TimelineAnswer:
    """The response for a client's timeline as known at an instant."""
    return TimelineAnswer(
        client=timeline.client,
        as_of=timeline.as_of,
        known_at=known_at,
        seat_spans=[_seat(span) for span in timeline.seat_spans],
        structure_spans=[_structure(span) for span in timeline.structure_spans],
        quarters=[_quarter(quarter) for quarter in timeline.quarters],
        milestones=[milestone_answer(milestone) for milestone in timeline.milestones],
        transitions=[TransitionAnswer.of(t) for t in timeline.transitions],
        assessments=[_assessment(assessment) for assessment in timeline.assessments],
        people={str(person): name for person, name in people.items()},
    )


def milestone_difference_answer(difference: MilestoneDifference) -> MilestoneDifferenceAnswer:
    """The response for a changed milestone."""
    return MilestoneDifferenceAnswer(
        milestone=difference.milestone,
        difference=difference.difference,
        before=_optional_milestone(difference.before),
        after=_optional_milestone(difference.after),
        recordings=[milestone_answer(milestone) for milestone in difference.recordings],
    )


def changes_answer(changes: TimelineChanges, known_to: datetime) -> TimelineChangesAnswer:
    """The response for changes of a timeline up to an instant."""
    return TimelineChangesAnswer(
        client=changes.client,
        as_of=changes.as_of,
        known_from=changes.known_from,
        known_to=known_to,
        milestones=[milestone_difference_answer(d) for d in changes.milestones],
        seat_spans=[
            SeatDifferenceAnswer(
                difference=d.difference,
                before=None if d.before is None else _seat(d.before),
                after=None if d.after is None else _seat(d.after),
            )
            for d in changes.seat_spans
        ],
        structure_spans=[
            StructureDifferenceAnswer(
                difference=d.difference,
                before=None if d.before is None else _structure(d.before),
                after=None if d.after is None else _structure(d.after),
            )
            for d in changes.structure_spans
        ],
    )


def preview_answer(engagement: UUID, timeline: Timeline, as_of: Day) -> PreviewAnswer:
    """The response for an engagement's timeline, which may include unrecorded milestones."""
    return PreviewAnswer(
        opened_on=timeline.opened_on,
        closed_on=timeline.closed_on,
        seat_spans=[
            SeatSpanAnswer(
                engagement=engagement,
                function=span.function,
                seat=span.seat,
                start=span.start,
                end=span.end,
                planned=span.start > as_of,
                milestone=span.milestone,
                **terms_of(span.terms),
            )
            for span in timeline.seat_spans
        ],
        structure_spans=[
            StructureSpanAnswer.of(span, engagement=engagement, planned=span.start > as_of)
            for span in timeline.structure_spans
        ],
        transitions=[
            TransitionAnswer.of(t, engagement=engagement, planned=t.on > as_of) for t in timeline.transitions()
        ],
        milestones=[
            PreviewMilestone(
                id=m.id,
                kind=m.kind,
                effective_on=m.effective_on,
                precision=m.precision,
                note=m.note,
                links=list(m.links),
                reported_on=m.reported_on,
                details=details_to_json(m.details),
            )
            for m in timeline.milestones
        ],
    )


def _optional_milestone(milestone: MilestoneVersion | None) -> MilestoneAnswer | None:
    return None if milestone is None else milestone_answer(milestone)


def _assessment(assessment: TakenAssessment) -> TakenAssessmentAnswer:
    return TakenAssessmentAnswer.of(assessment, follow_up=FollowUpAnswer.of(assessment.follow_up))


def _seat(span: TimelineSeat) -> SeatSpanAnswer:
    return SeatSpanAnswer(
        engagement=span.engagement,
        function=span.function,
        seat=span.seat,
        start=span.start,
        end=span.end,
        planned=span.planned,
        milestone=span.milestone,
        **terms_of(span.terms),
    )


def _structure(span: TimelineStructure) -> StructureSpanAnswer:
    return StructureSpanAnswer.of(span)


def _quarter(quarter: TimelineQuarter) -> QuarterAnswer:
    return QuarterAnswer.of(
        quarter,
        quarter=quarter.quarter.label,
        held=[HeldAnswer(structure=share.structure, days=share.days) for share in quarter.structure_days],
    )
