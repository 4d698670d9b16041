"""A05: AI strategy is written and nothing goes live."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.kind import Kind
from domain.kinds.work import DeliverableIssued, InitiativeLive
from domain.seats import Function
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    papers = [paper for paper in facts.entries(DeliverableIssued) if paper.details.function is Function.AI]
    live = [initiative.day for initiative in facts.entries(InitiativeLive)]
    holds, evidence = [], [*seat_evidence(facts, Function.AI)]
    for start, end in facts.ai_in_own_seat:
        issued = [paper for paper in papers if start <= paper.day < end]
        if len(issued) < thresholds["papers"]:
            continue
        first = max(facts.active.after(start, thresholds["days"]), issued[thresholds["papers"] - 1].day)
        holds.append((first, min([end, *(day for day in live if day >= start)])))
        evidence += [Evidence(paper.milestone, paper.day, end) for paper in issued]
    yield Finding(Periods.of(holds), Severity.HIGH, tuple(evidence))


STRATEGY_WITHOUT_SHIPPING = Detector(
    id="A05",
    sources=("S1:L46",),
    about=(
        "An AI leader without experience of building AI systems writes strategy that nobody can carry out. The result "
        "is expensive consulting."
    ),
    symptoms=(
        "Presentations and strategies are good, and nothing ships",
        "Nobody can say how the strategy becomes a system that runs",
    ),
    rule=(
        "AI has had a seat of its own for the days given, several AI deliverables have been issued in that time, and "
        "no initiative has gone live since the seat was filled."
    ),
    severity="High.",
    thresholds=(
        Threshold("days", 180, "Days with a seat of its own for AI"),
        Threshold("papers", 2, "AI deliverables issued", unit="deliverables", most=100),
    ),
    remedies=(
        Remedy("Bring an initiative into production", Kind.INITIATIVE_LIVE),
        Remedy("AI no longer has a seat of its own"),
    ),
    find=_find,
)
