"""X02: technology decides most conflicts."""

from __future__ import annotations

from collections.abc import Iterable

from domain.areas import Resolver
from domain.kinds.agreements import ConflictResolvedBy
from domain.kinds.kind import Kind
from domain.seats import Function, ReportsTo
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.facts import EngagementFacts
from domain.signs.periods import FOREVER, Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """Technology must have resolved more than half of the number given, also while fewer conflicts are resolved."""
    count = thresholds["n"]
    resolutions = facts.entries(ConflictResolvedBy)
    holds: list[tuple[int, int]] = []
    evidence: list[Evidence] = []
    for place, resolution in enumerate(resolutions):
        end = resolutions[place + 1].day if place + 1 < len(resolutions) else FOREVER
        if resolution.day == end:
            continue
        newest = resolutions[max(place + 1 - count, 0) : place + 1]
        by_technology = [one for one in newest if one.details.resolved_by is Resolver.TECHNOLOGY]
        if len(by_technology) > count // 2:
            holds.append((resolution.day, end))
            evidence.extend(Evidence(one.milestone, resolution.day, end) for one in by_technology)
    if holds:
        yield Finding(
            Periods.of(holds), Severity.MEDIUM, tuple(evidence), raised=((Severity.HIGH, _ai_below_cto(facts)),)
        )


def _ai_below_cto(facts: EngagementFacts) -> Periods:
    return Periods.of(span.days for span in facts.seats_of(Function.AI) if span.terms.reports_to is ReportsTo.CTO)


TECHNOLOGY_DECIDES_CONFLICTS = Detector(
    id="X02",
    sources=("S0:L26", "S2:L39"),
    about=(
        "A CTO who settles every conflict between the two roadmaps will prefer the work on which a CTO is measured, "
        "however fair the CTO means to be."
    ),
    symptoms=(
        "AI work loses whenever it competes with the platform for money, engineers or a compliance review",
        "Conflicts are settled before the AI side is heard",
    ),
    rule="Of the given number of newest resolved conflicts, technology resolved more than half.",
    severity="Medium, high where the AI seat reports to the CTO.",
    thresholds=(Threshold("n", 3, "Newest resolved conflicts that are counted", "conflicts"),),
    remedies=(Remedy("Resolve conflicts jointly, or let the CEO or the AI side decide", Kind.CONFLICT_RESOLVED),),
    find=_find,
)
