"""Recorded assessments, and whether the structure chosen after one followed its advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from domain.kinds.engagement import AssessmentTaken
from domain.kinds.seats import StructureChosen
from domain.seats import Arrangement, Seat, Structure, structure_of
from projections.milestone_versions import MilestoneVersion


@dataclass(frozen=True, slots=True)
class TakenAssessment:
    """A recorded assessment with its advice, by the rules of the day it was recorded, and the choice that followed.

    `structure` is null when the frameworks advised no single structure. `chosen` is the first structure chosen with a
    reference to this assessment, and `chosen_by` that milestone; both are null without such a choice.
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

    @property
    def followed(self) -> bool | None:
        """Whether the advice was followed; null when no structure was advised, or none was chosen yet."""
        return None if self.structure is None or self.chosen is None else self.structure is self.chosen


def taken_assessments(milestones: Iterable[MilestoneVersion]) -> tuple[TakenAssessment, ...]:
    """The assessments among a client's milestones (in effective order), each with the choice that cites it."""
    standing = tuple(milestones)
    choices: dict[UUID, tuple[UUID, Structure]] = {}
    for milestone in standing:
        choice = milestone.details_as(StructureChosen)
        if choice is not None and choice.assessment is not None:
            choices.setdefault(choice.assessment, (milestone.id, chosen_structure(choice)))
    return tuple(
        _assessment(milestone, details, *choices.get(milestone.id, (None, None)))
        for milestone in standing
        if (details := milestone.details_as(AssessmentTaken)) is not None
    )


def _assessment(
    assessment: MilestoneVersion, details: AssessmentTaken, chosen_by: UUID | None, chosen: Structure | None
) -> TakenAssessment:
    verdicts: Mapping[str, Any] = details.verdicts or {}
    advised: Mapping[str, Any] = verdicts.get("recommendation", {})
    structure = advised.get("structure")
    return TakenAssessment(
        milestone=assessment.id,
        engagement=assessment.engagement,
        on=assessment.takes_effect_on,
        assessor=details.assessor,
        versions=verdicts.get("versions", {}),
        seats=advised.get("seats", "undecided"),
        technology=advised.get("technology", "undecided"),
        ai=advised.get("ai", "undecided"),
        first=advised.get("first"),
        structure=None if structure is None else Structure(structure),
        chosen=chosen,
        chosen_by=chosen_by,
    )


def chosen_structure(choice: StructureChosen) -> Structure:
    """The structure of the seats that were chosen."""
    arrangement = Arrangement()
    for number, seat in enumerate(choice.seats):
        arrangement = arrangement.with_seat(Seat(UUID(int=number), seat.terms), *seat.functions)
    return structure_of(arrangement)
