"""A06: both functions are held and the basic decision rights are not assigned."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.agreements import DecisionRightAssigned
from domain.kinds.kind import Kind
from domain.signs.detector import Detail, Detector, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts, first_by
from domain.signs.periods import Periods

_NEEDED = ("architecture", "ai_risk")


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    rights = first_by(facts.entries(DecisionRightAssigned), lambda right: right.area)
    first_owned = {area: right.day for area, right in rights.items()}
    both_owned = Periods()
    if all(area in first_owned for area in _NEEDED):
        both_owned = Periods.since(max(first_owned[area] for area in _NEEDED))
    holds = facts.active.lasting(facts.both_held, thresholds["grace"]) - both_owned
    if not holds:
        return
    yield Finding(
        holds,
        Severity.MEDIUM,
        raised=((Severity.HIGH, facts.two_seats),),
        evidence=tuple(seat_evidence(facts)),
        details=tuple(
            Detail(area, 0, first_owned[area]) if area in first_owned else Detail(area, 0) for area in _NEEDED
        ),
    )


ROLES_UNDEFINED = Detector(
    id="A06",
    sources=("S1:L48", "S4:L54"),
    about=(
        "Without written decision rights the two functions compete: each makes its own plan, and engineers get "
        "conflicting priorities."
    ),
    rule="Both functions are held, and architecture or AI risk still has no owner after the days of grace.",
    severity="High with two seats, medium with one.",
    thresholds=(Threshold("grace", 30, "Days of grace after both functions are held"),),
    remedies=(
        Remedy("Assign architecture and AI risk to an owner", Kind.DECISION_RIGHT_ASSIGNED),
        Remedy("A function becomes vacant"),
    ),
    symptoms=(
        "Disputes about whose decision it is",
        "Two strategies that compete",
        "Engineers receive conflicting priorities",
    ),
    find=_find,
)
