"""A04: AI has become central and has no leader besides the CTO."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.kind import Kind
from domain.kinds.work import InitiativeStarted, OutcomeMeasured
from domain.seats import Function
from domain.signs.detector import Detector, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import answer_evidence, entry_evidence, seat_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import FOREVER, Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    started = facts.entries(InitiativeStarted)[: thresholds["initiatives"]]
    unmeasured = Periods()
    if len(started) == thresholds["initiatives"]:
        outcomes = facts.entries(OutcomeMeasured)
        unmeasured = Periods.of([(started[-1].day, outcomes[0].day if outcomes else FOREVER)])
    yield Finding(
        facts.technology_only & facts.answers.among("ai_centrality", "core", "differentiator"),
        Severity.MEDIUM,
        evidence=(
            *seat_evidence(facts, Function.TECHNOLOGY),
            *answer_evidence(facts, "ai_centrality"),
            *entry_evidence(started),
        ),
        raised=((Severity.HIGH, facts.active.lasting(unmeasured, thresholds["days"])),),
    )


CENTRAL_AI_WITHOUT_LEADER = Detector(
    id="A04",
    sources=("S1:L44",),
    about=(
        "A CTO can carry AI while it is small. Once the strategy depends on it, AI is one duty among many: pilots "
        "multiply, few of them reach production and nobody can say what they earn."
    ),
    symptoms=(
        "AI is one of very many things that the CTO is responsible for",
        "There are more and more pilots, and they stall before production",
        "The return on AI is an estimate",
    ),
    common_when="AI becomes central to the strategy.",
    rule="Technology is held, AI is vacant, and AI is at the core of the strategy or what sets the company apart.",
    severity=(
        "Medium, high once several initiatives have been started, the last of those needed is old enough, and no "
        "outcome of any has been measured."
    ),
    thresholds=(
        Threshold("initiatives", 3, "Initiatives started, for high severity", unit="initiatives", most=100),
        Threshold("days", 180, "Days since so many were started, for high severity"),
    ),
    remedies=(
        Remedy("Fill a seat for AI", Kind.SEAT_FILLED),
        Remedy("Add AI to the CTO's seat", Kind.HAT_ADDED),
        Remedy("Record in an assessment that AI is less central", Kind.ASSESSMENT_TAKEN),
    ),
    find=_find,
)
