"""A03: one person is the counterpart of every function that AI must serve."""

from __future__ import annotations

from collections.abc import Iterable

from domain.assessment.answers import Value
from domain.kinds.kind import Kind
from domain.signs.detector import Detector, Finding, Remedy, Severity, Threshold, Thresholds
from domain.signs.evidence import answer_evidence, seat_evidence
from domain.signs.facts import EngagementFacts


def _find(facts: EngagementFacts, thresholds: Thresholds) -> Iterable[Finding]:
    def is_wide(functions: Value) -> bool:
        return isinstance(functions, tuple) and len({*functions} - {"engineering"}) >= thresholds["functions"]

    yield Finding(
        (facts.unified | facts.technology_only) & facts.answers.where("ai_functions", is_wide),
        Severity.HIGH,
        evidence=(*seat_evidence(facts), *answer_evidence(facts, "ai_functions")),
    )


AI_BOTTLENECK = Detector(
    id="A03",
    sources=("S0:L22",),
    about=(
        "Sales, support, operations, finance and product each need a counterpart who negotiates scope and measures "
        "value with them. One person who also leads technology holds all of them up."
    ),
    symptoms=(
        "Every discussion of AI waits for the same person",
        "The AI strategy is what the CTO approves between two incidents",
    ),
    common_when="AI work has to land in many functions at once and there is a single seat.",
    rule="One person carries AI together with technology, and AI must land in many functions besides engineering.",
    severity="High.",
    thresholds=(
        Threshold("functions", 5, "Functions with AI work besides engineering", unit="functions", set_by="S0:L22"),
    ),
    remedies=(
        Remedy("Give AI a seat of its own", Kind.SPLIT_TO_TWO_ROLES),
        Remedy("Record in an assessment that AI must land in fewer functions", Kind.ASSESSMENT_TAKEN),
    ),
    find=_find,
)
