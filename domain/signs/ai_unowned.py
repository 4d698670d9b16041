"""W08: AI is on the roadmap and has no owner."""

from __future__ import annotations

from collections.abc import Iterable

from domain.assessment.answers import Value
from domain.kinds.kind import Kind
from domain.kinds.work import InitiativeStarted
from domain.seats import Function
from domain.signs.detector import Detector, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import answer_evidence, entry_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    started = facts.entries(InitiativeStarted)[:1]
    on_roadmap = facts.answers.where("ai_initiatives", _is_positive)
    if started:
        on_roadmap |= Periods.since(started[0].day)
    unowned = on_roadmap - facts.held[Function.AI]
    yield Finding(
        facts.active.lasting(unowned, thresholds["grace"])
        - facts.answers.among("ai_outcome_owner", "caio", "cto", "other"),
        Severity.HIGH,
        evidence=(*entry_evidence(started), *answer_evidence(facts, "ai_initiatives", "ai_outcome_owner")),
    )


def _is_positive(count: Value) -> bool:
    return isinstance(count, int) and count > 0


AI_UNOWNED = Detector(
    id="W08",
    sources=("S4:L8", "S0:L25", "S0:L27"),
    about="AI work goes on, and nobody answers for what it does for the business.",
    symptoms=(
        "Asked who owns AI, people give different names or none",
        "The roadmap lists AI work without a person beside it",
        "The loudest meeting decides what AI work is next",
    ),
    rule=(
        "AI is vacant while an initiative has been started or the profile counts AI initiatives, both for the days of "
        "grace, and no assessment names somebody who answers for the outcomes."
    ),
    severity="High.",
    thresholds=(Threshold("grace", 30, "Days of grace with AI work and no owner"),),
    remedies=(
        Remedy("Fill a seat for AI", Kind.SEAT_FILLED),
        Remedy("Add AI to the seat for technology", Kind.HAT_ADDED),
        Remedy("Name the owner of AI outcomes in an assessment", Kind.ASSESSMENT_TAKEN),
    ),
    find=_find,
)
