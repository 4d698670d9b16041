"""A08: the holder of both functions works on technology only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from domain.areas import DecisionOwner
from domain.kinds.agreements import DecisionRightAssigned
from domain.kinds.kind import Kind
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import Details
from domain.seats import Function
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import seat_evidence
from domain.signs.facts import EngagementFacts, Entry
from domain.signs.periods import Periods

_OWNERS: Mapping[Function, DecisionOwner] = {
    Function.TECHNOLOGY: DecisionOwner.TECHNOLOGY,
    Function.AI: DecisionOwner.AI,
}


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """The quiet days begin with the seat, or on the day after an AI trace, and go on until the next AI trace.

    A technology trace counts on any of them: once there is one, the sign does not end by its growing old.
    """
    traces = {function: sorted(_traces(facts, function), key=lambda trace: trace.day) for function in Function}
    holds, evidence = [], [*seat_evidence(facts)]
    for start, end in facts.unified:
        ai_traces = [trace for trace in traces[Function.AI] if start <= trace.day < end]
        days = [start, *(trace.day for trace in ai_traces), end]
        for place, (counts_from, until) in enumerate(pairwise(days)):
            quiet_from = counts_from + 1 if place else start
            technology = next((t for t in traces[Function.TECHNOLOGY] if quiet_from <= t.day < until), None)
            if technology is None:
                continue
            holds.append((max(facts.active.after(counts_from, thresholds["quiet"]), technology.day), until))
            last = (ai_traces[place - 1], technology) if place else (technology,)
            evidence += [Evidence(trace.milestone, trace.day, until) for trace in last]
    yield Finding(Periods.of(holds), Severity.HIGH, tuple(evidence))


def _traces(facts: EngagementFacts, function: Function) -> Iterator[Entry[Details]]:
    """The milestones that show work under a hat, on the days on which it took effect."""
    yield from (entry for entry in facts.entries(DeliverableIssued) if entry.details.function is function)
    yield from (
        entry for entry in facts.entries(HoursReported) if entry.details.function is function and entry.details.hours
    )
    yield from (entry for entry in facts.entries(DecisionRightAssigned) if entry.details.owner is _OWNERS[function])
    if function is Function.AI:
        yield from facts.entries(InitiativeStarted)
        yield from facts.entries(InitiativeLive)
        yield from facts.entries(OutcomeMeasured)


AI_HALF_DROPPED = Detector(
    id="A08",
    sources=("S4:L60", "S4:L54"),
    about=(
        "One person holds both functions and does the work of one. AI has a holder on paper, so nobody notices that it "
        "has none in practice."
    ),
    symptoms=(
        "Answers about the platform are precise, and answers about AI are vague",
        "The choice of models is put off until one is needed",
        "Nobody asks what became of the AI plan",
    ),
    common_when="The CTO was hired before AI became the central story.",
    rule=(
        "One seat has both functions, and for the days given nothing was recorded for AI while something was for "
        "technology: deliverables, hours, decision rights, and for AI initiatives and outcomes."
    ),
    severity="High.",
    thresholds=(Threshold("quiet", 92, "Days without any trace of AI work"),),
    remedies=(
        Remedy("Issue an AI deliverable", Kind.DELIVERABLE_ISSUED),
        Remedy("Report hours for AI", Kind.HOURS_REPORTED),
        Remedy("Start an initiative", Kind.INITIATIVE_STARTED),
        Remedy("Give AI a seat of its own", Kind.SPLIT_TO_TWO_ROLES),
    ),
    find=_find,
)
