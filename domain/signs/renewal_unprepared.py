"""W10: the letter comes up for renewal, and the structure was not assessed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from domain.kinds.engagement import AssessmentTaken, RenewalSet
from domain.kinds.kind import Kind
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.facts import EngagementFacts
from domain.signs.periods import FOREVER, Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """The days until the renewal, its own day included, are those of the calendar: a pause does not move the renewal.

    Only assessments of this engagement count.
    """
    renewals = facts.entries(RenewalSet)
    days = [*(renewal.day for renewal in renewals), FOREVER]
    holds = Periods()
    evidence: list[Evidence] = []
    for renewal, (set_on, replaced_on) in zip(renewals, pairwise(days), strict=True):
        renews_on = renewal.details.renews_on.toordinal()
        ahead = Periods.of([(max(set_on, renews_on - thresholds["ahead"]), min(replaced_on, renews_on + 1))])
        holds |= ahead
        evidence.extend(Evidence(renewal.milestone, *span) for span in ahead)
    holds -= _assessed(facts, thresholds["assessed"])
    if holds:
        yield Finding(holds, Severity.MEDIUM, tuple(evidence))


def _assessed(facts: EngagementFacts, days: int) -> Periods:
    """The days on which the newest assessment is younger than these active days."""
    return Periods.of(
        (assessment.day, facts.active.after(assessment.day, days)) for assessment in facts.entries(AssessmentTaken)
    )


RENEWAL_UNPREPARED = Detector(
    id="W10",
    sources=("S0:L29",),
    about=(
        "Who leads technology and AI should be decided before the engagement letter comes up for renewal. Otherwise "
        "the renewal decides it."
    ),
    symptoms=(
        "The letter is about to be renewed as it stands, and nobody has asked whether it still fits",
        "The leader in question already has more work than time",
    ),
    rule=(
        "The renewal is within the given number of days, and every assessment of the engagement is older than given. "
        "Paused days do not age an assessment."
    ),
    severity="Medium.",
    thresholds=(
        Threshold("ahead", 90, "Days before the renewal"),
        Threshold("assessed", 180, "Days for which an assessment counts"),
    ),
    remedies=(
        Remedy("Take an assessment", Kind.ASSESSMENT_TAKEN),
        Remedy("Set the next renewal", Kind.RENEWAL_SET),
    ),
    find=_find,
)
