"""X05: AI is in production, and the governance pack is incomplete."""

from __future__ import annotations

from collections.abc import Iterable

from domain.areas import GOVERNANCE_PACK
from domain.kinds.kind import Kind
from domain.kinds.work import DeliverableIssued, InitiativeLive
from domain.signs.detector import Detail, Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.facts import EngagementFacts, first_by
from domain.signs.periods import FOREVER, Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """A deliverable counts whenever it was issued and whichever role issued it."""
    live = facts.entries(InitiativeLive)
    if not live:
        return
    issued = first_by(facts.entries(DeliverableIssued), lambda issued: issued.deliverable)
    missing = [
        Detail(deliverable, 0, issued[deliverable].day if deliverable in issued else FOREVER)
        for deliverable in GOVERNANCE_PACK
    ]
    incomplete = Periods.of([(live[0].day, max(one.end for one in missing))])
    holds = facts.active.lasting(incomplete, thresholds["days"])
    if holds:
        yield Finding(
            holds,
            Severity.LOW,
            (Evidence(live[0].milestone, live[0].day),),
            raised=((Severity.MEDIUM, facts.answers.among("regulated", True)),),
            details=tuple(missing),
        )


GOVERNANCE_GAPS = Detector(
    id="X05",
    sources=("S4:L24",),
    about=(
        "Procurement and auditors judge a company's AI by seven documents. Each one that is missing is a question that "
        "cannot be answered."
    ),
    symptoms=(
        "Answering a customer's questions about AI takes weeks",
        "Nobody can list the models in use, or the data behind them",
    ),
    rule=(
        "An AI initiative has been live for the days given, and not all seven deliverables of the governance pack are "
        "issued."
    ),
    severity="Low, medium at regulated clients.",
    thresholds=(Threshold("days", 90, "Days in production until the pack should be complete"),),
    remedies=(Remedy("Issue the missing deliverables", Kind.DELIVERABLE_ISSUED),),
    find=_find,
)
