"""A13: the first quarter of a unified seat produces one paper instead of two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.kinds.kind import Kind
from domain.kinds.work import DeliverableIssued
from domain.seats import Function
from domain.signs.detector import Detail, Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import entry_evidence, seat_evidence
from domain.signs.facts import EngagementFacts, Entry, first_by
from domain.signs.periods import FOREVER, Periods

_TECHNOLOGY_PAPER = "technology_read"
_AI_PAPERS = ("ai_capability_map", "governance_framework")

Papers = Sequence[Entry[DeliverableIssued]]


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """A deliverable counts from the day of its issue, also where it was issued before the seat became unified."""
    papers = facts.entries(DeliverableIssued)
    technology = [paper for paper in papers if paper.details.function is Function.TECHNOLOGY]
    by_name = first_by(papers, lambda paper: paper.deliverable)
    issued_on = {name: by_name[name].day if name in by_name else FOREVER for name in _AI_PAPERS}
    issued_on[_TECHNOLOGY_PAPER] = technology[0].day if technology else FOREVER

    has_technology = Periods.since(issued_on[_TECHNOLOGY_PAPER])
    has_ai = Periods.since(max(issued_on[name] for name in _AI_PAPERS))
    one_sided = (has_technology - has_ai) | (has_ai - has_technology)
    first_quarter_over = facts.active.lasting(facts.unified, thresholds["quarter"])
    bundled = [*_bundled(technology, [paper for paper in papers if paper.details.function is Function.AI])]
    yield Finding(
        (first_quarter_over & one_sided)
        | (facts.unified & Periods.of((evidence.start, evidence.end) for evidence in bundled)),
        Severity.MEDIUM,
        evidence=(
            *seat_evidence(facts),
            *entry_evidence([*technology[:1], *(by_name[name] for name in _AI_PAPERS if name in by_name)]),
            *bundled,
        ),
        details=tuple(
            Detail(name, start, min(end, day)) for start, end in first_quarter_over for name, day in issued_on.items()
        ),
    )


def _bundled(technology: Papers, ai: Papers) -> Iterator[Evidence]:
    """A technology and an AI deliverable that carry the same link, from the day of the later one."""
    for one in technology:
        for other in ai:
            if not {*one.links}.isdisjoint(other.links):
                day = max(one.day, other.day)
                yield from (Evidence(one.milestone, day), Evidence(other.milestone, day))


BUNDLED_PAPER = Detector(
    id="A13",
    sources=("S4:L55",),
    about=(
        "A leader with both functions owes two separate results in the first quarter: a read of the technology, and a "
        "map of AI capabilities with a first governance framework. In one paper the AI part becomes thinner."
    ),
    symptoms=(
        "Both functions report in the same document",
        "The AI part of it has fewer pages each time",
    ),
    common_when="The first quarter after one person took both functions.",
    rule=(
        "One seat has both functions, and after the first quarter only one side has its deliverables; or a technology "
        "and an AI deliverable carry the same link."
    ),
    severity="Medium.",
    thresholds=(Threshold("quarter", 90, "Days of the first quarter", set_by="S4:L34"),),
    remedies=(
        Remedy("Issue the missing deliverables", Kind.DELIVERABLE_ISSUED),
        Remedy("Correct the link that two deliverables share"),
        Remedy("The two functions are no longer in one seat"),
    ),
    find=_find,
)
