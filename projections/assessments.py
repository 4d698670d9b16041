"""Recorded assessments, and whether the structure chosen after one followed its advice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from domain.milestones import Kind
from domain.seats import Arrangement, Commitment, Function, Provider, Seat, SeatTerms, Structure, structure_of
from projections.milestone_versions import MilestoneVersion

_ANYBODY = UUID(int=0)


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
    choices: dict[UUID, MilestoneVersion] = {}
    for milestone in standing:
        assessment_id = milestone.details.get("assessment") if milestone.kind is Kind.STRUCTURE_CHOSEN else None
        if assessment_id is not None:
            choices.setdefault(UUID(str(assessment_id)), milestone)
    return tuple(
        _assessment(milestone, choices.get(milestone.id))
        for milestone in standing
        if milestone.kind is Kind.ASSESSMENT_TAKEN
    )


def _assessment(assessment: MilestoneVersion, choice: MilestoneVersion | None) -> TakenAssessment:
    verdicts = cast("Mapping[str, Any] | None", assessment.details["verdicts"]) or {}
    advised: Mapping[str, Any] = verdicts.get("recommendation", {})
    structure = advised.get("structure")
    return TakenAssessment(
        milestone=assessment.id,
        engagement=assessment.engagement,
        on=assessment.takes_effect_on,
        assessor=UUID(str(assessment.details["assessor"])),
        versions=verdicts.get("versions", {}),
        seats=advised.get("seats", "undecided"),
        technology=advised.get("technology", "undecided"),
        ai=advised.get("ai", "undecided"),
        first=advised.get("first"),
        structure=None if structure is None else Structure(structure),
        chosen=None if choice is None else chosen_structure(choice.details),
        chosen_by=None if choice is None else choice.id,
    )


def chosen_structure(details: Mapping[str, Any]) -> Structure:
    """The structure of the seats in the details of a `structure_chosen`."""
    arrangement = Arrangement()
    for number, seat in enumerate(details["seats"]):
        # only commitments and functions determine the structure, not the holders
        terms = SeatTerms(_ANYBODY, Commitment(seat["commitment"]), Provider(seat["provider"]))
        arrangement = arrangement.with_seat(Seat(UUID(int=number), terms), *map(Function, seat["functions"]))
    return structure_of(arrangement)
