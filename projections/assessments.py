"""Recorded assessments, and what became of their advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.assessment.following import (
    AdviceReply,
    AdviceStatus,
    FollowUp,
    GivenAdvice,
    follow_ups,
    outcome_in,
    reply_of,
)
from domain.kinds.engagement import AssessmentTaken
from domain.kinds.seats import StructureChosen
from domain.milestones import DETAILS
from domain.seats import Arrangement, Seat, Structure, structure_of
from domain.timeline import StructureSpan
from projections.client_queries import PreparedQuery
from projections.milestone_versions import MilestoneVersion
from projections.milestones import standing_milestones
from projections.snapshot import Snapshot
from projections.spans import STRUCTURE_SPANS

REPLY_KINDS = tuple(kind for kind, details in DETAILS.items() if hasattr(details, "assessment"))
"""The kinds of milestones that may name the assessment which they follow or decline."""


@dataclass(frozen=True, slots=True)
class TakenAssessment:
    """A recorded assessment with its advice, by the rules of the day it was recorded, and what became of it.

    `structure` is null when the frameworks advised no single structure. `chosen` is the first structure chosen with a
    reference to this assessment, and `chosen_by` that milestone; both are null without such a choice. `responses` are
    the milestones of `follow_up`, which may be in a later engagement.
    """

    milestone: UUID
    engagement: UUID
    on: date
    assessor: UUID
    versions: Mapping[str, int]
    seats: str
    technology: str
    ai: str
    first: str | None
    structure: Structure | None
    chosen: Structure | None
    chosen_by: UUID | None
    follow_up: FollowUp
    responses: tuple[MilestoneVersion, ...]

    @property
    def followed(self) -> bool | None:
        """Whether the first structure chosen with a reference to it is the advised one; null if either is missing."""
        return None if self.structure is None or self.chosen is None else self.structure is self.chosen


def taken_assessments(
    milestones: Iterable[MilestoneVersion], structures: Iterable[StructureSpan], as_of: date
) -> tuple[TakenAssessment, ...]:
    """The assessments among a client's milestones, each with what became of it by a day.

    `milestones`, all that stand, and `structures`, the client's whole history, are in effective order.
    """
    standing = tuple(milestones)
    by_id = {m.id: m for m in standing}
    details_by_id = {m.id: details for m in standing if (details := m.details_as(AssessmentTaken)) is not None}
    if not details_by_id:
        return ()
    advice = [given_advice(m.id, m.takes_effect_on, details_by_id[m.id]) for m in standing if m.id in details_by_id]
    replies = [reply for m in standing if (reply := advice_reply(m)) is not None]
    became = {one.assessment: one for one in follow_ups(advice, replies, list(structures), as_of)}
    choices = _first_choices(standing)
    taken = []
    for assessment, details in details_by_id.items():
        follow_up = became.get(assessment) or FollowUp(assessment, AdviceStatus.OPEN)
        chosen_by, chosen = choices.get(assessment, (None, None))
        responses = tuple(by_id[milestone] for milestone in follow_up.milestones)
        taken.append(_assessment(by_id[assessment], details, chosen_by, chosen, follow_up, responses))
    return tuple(taken)


def assessments_of(
    snapshot: Snapshot, client: UUID, *, as_of: date, known_at: datetime | None = None
) -> tuple[TakenAssessment, ...]:
    """A client's assessments as known at an instant (null: now), each with what became of it by a day."""
    milestones = standing_milestones(snapshot, client=client, known_at=known_at)
    structures = (
        StructureSpan(row.structure, row.starts_on, row.ends_on, row.milestone_id)
        for row in _STRUCTURES.rows(snapshot, client, known_at)
    )
    return taken_assessments(milestones, structures, as_of)


_STRUCTURES = PreparedQuery.prepare(STRUCTURE_SPANS, order=(STRUCTURE_SPANS.c.starts_on,))


def given_advice(assessment: UUID, taken_on: date, details: AssessmentTaken) -> GivenAdvice:
    """The advice of a recorded assessment, by the rules under which it was recorded."""
    return GivenAdvice(assessment, taken_on, outcome_in(_recommendation(details)))


def advice_reply(milestone: MilestoneVersion) -> AdviceReply | None:
    """The reply to an assessment that a milestone contains; null if it names none."""
    if not milestone.details.get("assessment"):
        return None
    details = milestone.details_as(DETAILS[milestone.kind])
    return None if details is None else reply_of(milestone.id, details, milestone.takes_effect_on)


def _recommendation(details: AssessmentTaken) -> Mapping[str, Any]:
    verdicts: Mapping[str, Any] = details.verdicts or {}
    recommendation: Mapping[str, Any] = verdicts.get("recommendation", {})
    return recommendation


def _first_choices(milestones: Iterable[MilestoneVersion]) -> dict[UUID, tuple[UUID, Structure]]:
    choices: dict[UUID, tuple[UUID, Structure]] = {}
    for milestone in milestones:
        choice = milestone.details_as(StructureChosen)
        if choice is not None and choice.assessment is not None:
            choices.setdefault(choice.assessment, (milestone.id, chosen_structure(choice)))
    return choices


def _assessment(
    assessment: MilestoneVersion,
    details: AssessmentTaken,
    chosen_by: UUID | None,
    chosen: Structure | None,
    follow_up: FollowUp,
    responses: tuple[MilestoneVersion, ...],
) -> TakenAssessment:
    advised = _recommendation(details)
    structure = advised.get("structure")
    versions: Any = (details.verdicts or {}).get("versions", {})
    return TakenAssessment(
        milestone=assessment.id,
        engagement=assessment.engagement,
        on=assessment.takes_effect_on,
        assessor=details.assessor,
        versions=versions,
        seats=advised.get("seats", "undecided"),
        technology=advised.get("technology", "undecided"),
        ai=advised.get("ai", "undecided"),
        first=advised.get("first"),
        structure=None if structure is None else Structure(structure),
        chosen=chosen,
        chosen_by=chosen_by,
        follow_up=follow_up,
        responses=responses,
    )


def chosen_structure(choice: StructureChosen) -> Structure:
    """The structure of the seats that were chosen."""
    arrangement = Arrangement()
    for number, seat in enumerate(choice.seats):
        arrangement = arrangement.with_seat(Seat(UUID(int=number), seat.terms), *seat.functions)
    return structure_of(arrangement)
