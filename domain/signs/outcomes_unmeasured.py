"""W03: an AI initiative is in production without a measured outcome."""

from __future__ import annotations

from collections.abc import Iterable

from domain.kinds.kind import Kind
from domain.kinds.work import InitiativeLive, OutcomeMeasured
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.facts import EngagementFacts, first_by
from domain.signs.periods import FOREVER, Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """An outcome from before the initiative went live is an outcome of it."""
    measured = first_by(facts.entries(OutcomeMeasured), lambda outcome: outcome.initiative)
    for live in facts.entries(InitiativeLive):
        initiative = live.details.initiative
        end = measured[initiative].day if initiative in measured else FOREVER
        unmeasured = Periods.of([(live.day, end)])
        holds = facts.active.lasting(unmeasured, thresholds["days"])
        if holds:
            yield Finding(holds, Severity.MEDIUM, (Evidence(live.milestone, live.day),), subject=initiative)


OUTCOMES_UNMEASURED = Detector(
    id="W03",
    sources=("S3:L59", "S1:L44"),
    about="Uptime and releases are measured, and the return and the adoption of AI are not.",
    rule="An initiative has been live for the days given without a measured outcome. Each initiative counts by itself.",
    severity="Medium.",
    thresholds=(Threshold("days", 90, "Days in production without a measured outcome"),),
    remedies=(Remedy("Measure an outcome of the initiative", Kind.OUTCOME_MEASURED),),
    symptoms=(
        "Reviews show uptime and deployment frequency, but no return on AI",
        "Nobody can say how many people use what AI delivers",
    ),
    find=_find,
)
