"""X01: a conflict stays open."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.kind import Kind
from domain.signs.detector import Detail, Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """One finding for all conflicts: it begins with the oldest, and ends when none is overdue."""
    days = thresholds["days"]
    holds = severe = Periods()
    evidence, details = [], []
    for conflict, unresolved in facts.conflicts:
        overdue = facts.active.lasting(unresolved, days)
        for start, until in overdue:
            evidence.append(Evidence(conflict.milestone, start, until))
            details.append(Detail(conflict.details.conflict, start, until))
        holds |= overdue
        severe |= facts.active.lasting(unresolved, 2 * days + 1)
    if holds:
        yield Finding(
            holds, Severity.MEDIUM, tuple(evidence), raised=((Severity.HIGH, severe),), details=tuple(details)
        )


CONFLICT_UNSETTLED = Detector(
    id="X01",
    sources=("S4:L69", "S0:L26"),
    about=(
        "Friction between the two functions is wanted; what destroys the value of either is a conflict that nobody "
        "settles."
    ),
    rule="A conflict is unresolved for the days given. How many conflicts there are does not matter.",
    severity="Medium, high once it lasts more than twice as long.",
    thresholds=(Threshold("days", 28, "Days that a conflict may stay open"),),
    remedies=(Remedy("Resolve the conflict", Kind.CONFLICT_RESOLVED),),
    symptoms=(
        "The same disagreement returns in every planning round",
        "AI work waits for a platform decision that nobody makes",
    ),
    find=_find,
)
