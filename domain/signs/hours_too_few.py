"""X03: few agreed AI hours for many functions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from domain.kinds.kind import Kind
from domain.seats import Commitment, Function, SeatTerms
from domain.signs.detector import Detector, Evidence, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import answer_evidence
from domain.signs.facts import EngagementFacts
from domain.signs.periods import Periods


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    """Hours that are not agreed are unknown, and so not few."""
    few = [span for span in facts.seats_of(Function.AI) if _is_few(span.terms, thresholds["hours"])]
    holds = Periods.of(span.days for span in few) & facts.answers.serving_functions(thresholds["functions"])
    if holds:
        seats = (Evidence(span.milestone, span.start, span.end) for span in few)
        yield Finding(holds, Severity.MEDIUM, tuple(chain(seats, answer_evidence(facts, "ai_functions"))))


def _is_few(terms: SeatTerms, most: int) -> bool:
    agreed = terms.hours_per_month.ai if terms.hours_per_month else None
    return terms.commitment is Commitment.FRACTIONAL and agreed is not None and agreed <= most


HOURS_TOO_FEW = Detector(
    id="X03",
    sources=("S3:L66", "S0:L22", "S1:L40"),
    about=(
        "Each function in which AI is to land needs a counterpart for scope and results. A few hours a month are not "
        "enough for several of them."
    ),
    symptoms=(
        "Heads of functions have no counterpart for AI when they need one",
        "The AI leader is in meetings for all agreed hours",
    ),
    rule=(
        "The AI role is fractional, with no more agreed hours a month than given, and AI has to land in at least the "
        "given number of functions, not counting engineering."
    ),
    severity="Medium.",
    thresholds=(
        Threshold("hours", 20, "Agreed AI hours a month up to which they are few", "hours", "S3:L66", most=744),
        Threshold("functions", 4, "Functions from which they are many", "functions", "S1:L40", most=10),
    ),
    remedies=(
        Remedy("Agree on more AI hours", Kind.TERMS_CHANGED),
        Remedy("Make the AI seat full-time", Kind.TRANSITIONED_TO_FULL_TIME),
        Remedy("Record in an assessment that AI has to land in fewer functions", Kind.ASSESSMENT_TAKEN),
    ),
    find=_find,
)
