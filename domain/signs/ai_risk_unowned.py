"""X04: the AI role is held, and AI risk has no owner."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.agreements import DecisionRightAssigned
from domain.kinds.kind import Kind
from domain.seats import Function
from domain.signs.detector import Detector, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods

_AREA = "ai_risk"


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    owned_from = next((r.day for r in facts.entries(DecisionRightAssigned) if r.details.area == _AREA), None)
    unowned = facts.active.lasting(facts.held[Function.AI], thresholds["days"]) - Periods.since(owned_from)
    if unowned:
        yield Finding(
            unowned,
            Severity.MEDIUM,
            tuple(seat_evidence(facts, Function.AI)),
            raised=((Severity.HIGH, facts.answers.among("regulated", True)),),
        )


AI_RISK_UNOWNED = Detector(
    id="X04",
    sources=("S4:L25", "S1:L40"),
    about="One named person must answer for AI risk, above all where a failure breaks rules or harms people.",
    symptoms=(
        "Asked who answers for an AI failure, people name a committee or nobody",
        "Procurement and auditors do not learn who is accountable",
    ),
    rule="The AI role has been held for the days given, and AI risk has no owner.",
    severity="Medium, high at regulated clients.",
    thresholds=(Threshold("days", 90, "Days until AI risk should have an owner"),),
    remedies=(
        Remedy("Assign AI risk to an owner", Kind.DECISION_RIGHT_ASSIGNED),
        Remedy("AI becomes vacant"),
    ),
    find=_find,
)
