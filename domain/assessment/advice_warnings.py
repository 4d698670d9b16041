"""Warnings attached to a recommendation: failures described in the sources to which this case is exposed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from domain.assessment.case import Case
from domain.assessment.framework import Advised


@dataclass(frozen=True)
class WarningRule:
    """A failure to warn of. `bears` returns true, false, or None if a missing answer could still rule it out."""

    id: str
    sentence: str
    source: str
    bears_when: str
    bears: Callable[[Case], bool | None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class AdviceWarning:
    """A warning. `certain` is false if it depends on a missing answer."""

    id: str
    sentence: str
    source: str
    certain: bool


def _ai_leader_without_technology(case: Case) -> bool | None:
    """AI is led or filled first by a leader who does not cover technology, while technology is vacant."""
    alone = case.outcome.ai in (Advised.FRACTIONAL, Advised.FULL_TIME) and case.outcome.technology in (
        Advised.NONE,
        Advised.UNDECIDED,
    )
    if not (case.says_ai_first() or (alone and not case.two_hats)):
        return False
    vacant = case.technology_vacant
    return None if vacant is None else vacant


def _cto_handles_ai(case: Case) -> bool:
    holds_alone = case.is_answered("technology_seat", "fractional", "full_time") and case.is_answered("ai_seat", "none")
    return holds_alone and case.is_answered("ai_centrality", "core", "differentiator")


def _depth_unverified(case: Case) -> bool | None:
    if not case.two_hats or case.is_answered("cto_ai_depth", "shipped_production_ai", "built_ai_at_scale_and_led"):
        return False
    return True if case.is_answered("cto_ai_depth", "none", "uses_tools") else None


def _both_appointed_at_once(case: Case) -> bool:
    technology, ai = case.values.get("technology_seat_since"), case.values.get("ai_seat_since")
    two_held = case.is_answered("technology_seat", "fractional", "full_time") and case.is_answered(
        "ai_seat", "fractional", "full_time"
    )
    return two_held and case.one_seat and technology is not None and ai is not None and _same_quarter(technology, ai)


def _same_quarter(one: date, other: date) -> bool:
    return (one.year, (one.month - 1) // 3) == (other.year, (other.month - 1) // 3)


WARNING_RULES: tuple[WarningRule, ...] = (
    WarningRule(
        "A01",
        "Two seats with a clean line between them send AI infrastructure, MLOps, data and evaluation back and forth.",
        "S0:L18",
        "two seats are advised",
        lambda case: case.two_seats,
    ),
    WarningRule(
        "A03",
        "One seat for AI work in five functions or more becomes the bottleneck of every conversation about AI.",
        "S0:L22",
        "one seat is advised and AI work spans five functions",
        lambda case: case.one_seat and case.has_fired("seam", "N07"),
    ),
    WarningRule(
        "A04",
        "AI is central and the CTO carries it along: pilots multiply, production stalls, and the return stays a "
        "theory.",
        "S1:L44",
        "a CTO is there, no AI seat, and AI is core",
        _cto_handles_ai,
    ),
    WarningRule(
        "A08",
        "A CTO with a full portfolio and no depth in AI drops the AI half quietly, and the box looks filled.",
        "S4:L60",
        "one leader is advised, and the CTO there is not fluent in AI and has no room",
        lambda case: (
            case.two_hats
            and case.is_answered("technology_seat", "fractional", "full_time")
            and case.is_answered("cto_ai_depth", "none", "uses_tools")
            and case.is_answered("cto_bandwidth", "full", "stretched")
        ),
    ),
    WarningRule(
        "A09",
        "An AI leader where nobody holds technology plans on engineering that does not exist: fine on paper, never "
        "shipped.",
        "S4:L61",
        "somebody says AI first, or an AI leader alone is advised, while nobody holds technology",
        _ai_leader_without_technology,
    ),
    WarningRule(
        "A10",
        "Two leaders appointed in one quarter, before the company needs two, write strategies in parallel.",
        "S4:L62",
        "both seats are held since the same quarter and one seat is advised",
        _both_appointed_at_once,
    ),
    WarningRule(
        "A11",
        "A generalist with the CAIO's label is the most common failure: check the depth before both hats go to one "
        "person.",
        "S4:L5",
        "one leader is advised whose depth in AI is not shown",
        _depth_unverified,
    ),
    WarningRule(
        "A12",
        "Of two hats one wins, most often the CTO's, for its fires are louder: keep the hours of each hat in sight.",
        "S3:L46",
        "one leader for both functions is advised",
        lambda case: case.two_hats,
    ),
)


def warnings_for(case: Case) -> tuple[AdviceWarning, ...]:
    """The warnings for a case, in the order of their ids."""
    warnings = []
    for rule in WARNING_RULES:
        bears = rule.bears(case)
        if bears is not False:
            warnings.append(AdviceWarning(rule.id, rule.sentence, rule.source, certain=bears is True))
    return tuple(warnings)
