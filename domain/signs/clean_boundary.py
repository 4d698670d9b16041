"""A01: two leaders divide everything and share nothing."""

from __future__ import annotations

from collections.abc import Iterable

from domain.areas import SEAM_AREAS, DecisionOwner
from domain.kinds.agreements import DecisionRightAssigned
from domain.kinds.kind import Kind
from domain.signs.detector import Detail, Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts, newest
from domain.signs.no_alignment import NO_ALIGNMENT
from domain.signs.periods import Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    rights = newest(facts.entries(DecisionRightAssigned), lambda right: right.area)
    seam = {area: owners for area, owners in rights.items() if area in SEAM_AREAS}
    assigned_on = sorted(owners[0][0] for owners in seam.values())
    if len(assigned_on) < thresholds["min_assigned"]:
        return
    owners_over_time = [owner for owners in seam.values() for owner in owners]
    joint = Periods.of(
        (start, end) for start, end, right in owners_over_time if right.details.owner is DecisionOwner.JOINT
    )
    enough = Periods.since(assigned_on[thresholds["min_assigned"] - 1])
    yield Finding(
        (facts.two_seats & enough) - joint,
        Severity.MEDIUM,
        evidence=(
            *seat_evidence(facts),
            *(Evidence(right.milestone, start, end) for start, end, right in owners_over_time),
        ),
        details=tuple(Detail(area, owners[0][0]) for area, owners in seam.items()),
    )


CLEAN_BOUNDARY = Detector(
    id="A01",
    sources=("S0:L18-19", "S1:L24"),
    about=(
        "AI infrastructure, MLOps, data and model evaluation belong to both leaders. Where each of these areas has "
        "exactly one owner, questions are passed back and forth and the work between the two is not done."
    ),
    symptoms=(
        "The CTO says that it is a matter for the CAIO, and the CAIO says that it is a platform question",
        "Each leader knows exactly where their own territory ends",
        "The two never argue about priorities",
    ),
    common_when="The first source sees it more often than any other pattern.",
    rule="Two seats are held, several of the shared areas have an owner, and none of those is a joint decision.",
    severity="Medium, high while the two leaders do not meet either.",
    thresholds=(Threshold("min_assigned", 2, "Shared areas with an owner", unit="areas", most=len(SEAM_AREAS)),),
    remedies=(
        Remedy("Make one of the shared areas a joint decision", Kind.DECISION_RIGHT_ASSIGNED),
        Remedy("The two functions are no longer in two seats"),
    ),
    severe_with=NO_ALIGNMENT,
    find=_find,
)
