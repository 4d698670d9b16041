"""A09: AI has a leader, and technology is vacant."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.kind import Kind
from domain.kinds.work import DeliverableIssued, InitiativeStarted
from domain.seats import Function
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods

_OWNERS = ("vp_engineering", "full_time", "fractional")
_STRATEGY = "ai_strategy"


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """An answer clears it until a newer one, also if its owner has left since; an unknown one changes nothing.

    An initiative or a strategy from before the technology was vacant does not make it severe.
    """
    holds = facts.ai_only - facts.answers.among("technology_seat", *_OWNERS)
    if not holds:
        return
    plans = [(started.day, started.milestone) for started in facts.entries(InitiativeStarted)]
    plans += [(e.day, e.milestone) for e in facts.entries(DeliverableIssued) if e.details.deliverable == _STRATEGY]
    severe, evidence = [], list(seat_evidence(facts, Function.AI))
    for day, milestone in plans:
        if span := holds.around(day):
            severe.append((day, span[1]))
            evidence.append(Evidence(milestone, day, span[1]))
    yield Finding(holds, Severity.MEDIUM, tuple(evidence), raised=((Severity.HIGH, Periods.of(severe)),))


AI_WITHOUT_TECHNOLOGY = Detector(
    id="A09",
    sources=("S4:L61", "S4:L47"),
    about=("Nobody answers for the platform on which AI is to run, so that even good AI plans cannot be delivered."),
    symptoms=(
        "The AI roadmap assumes engineers whom the company does not have",
        "AI work waits for platform work that nobody plans",
    ),
    common_when="A CAIO joins a company that has no CTO yet.",
    rule=(
        "AI is held, technology is vacant, and the newest answer does not name a technology owner of the client's own."
    ),
    severity="Medium, high from the first AI initiative or AI strategy without a technology owner.",
    remedies=(
        Remedy("Fill the technology seat", Kind.SEAT_FILLED),
        Remedy("The holder of AI takes on technology too", Kind.HAT_ADDED),
        Remedy("Record in an assessment that the client has a technology owner", Kind.ASSESSMENT_TAKEN),
        Remedy("AI becomes vacant", Kind.SEAT_VACATED),
    ),
    find=_find,
)
