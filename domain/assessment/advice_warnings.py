"""Warnings: failures described in the sources to which a client is exposed, by the advice or by what is held now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from domain.assessment.case import Case
from domain.assessment.framework import Advised

_SHIPPED = ("shipped_production_ai", "built_ai_at_scale_and_led")
_NOT_SHIPPED = ("none", "uses_tools")


class AppliesTo(StrEnum):
    """What a warning is about: the structure advised, or the seats as they are held now."""

    ADVICE = "advice"
    HELD = "held"


Test = Callable[[Case], bool | None]
"""Whether a failure threatens: true, false, or None if a missing answer could still rule it out."""


@dataclass(frozen=True)
class WarningRule:
    """A failure to warn of, with its test for the advice and for what is held; None where a test does not apply."""

    id: str
    sentence: str
    source: str
    bears_when: str
    of_advice: Test | None = field(default=None, repr=False)
    of_held: Test | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AdviceWarning:
    """A warning. `certain` is false if it depends on a missing answer."""

    id: str
    sentence: str
    source: str
    certain: bool
    applies_to: AppliesTo


def _clean_boundary_held(case: Case) -> bool | None:
    """Two leaders are in place, and the CTO resolves their conflicts or no one does; None if that is unknown."""
    if not case.holds_two_seats:
        return False
    resolver = case.values.get("conflict_resolver")
    return None if resolver is None else resolver in ("nobody", "cto")


def _one_seat_held(case: Case) -> bool:
    return case.holds_both_alone or (case.holds_technology and case.is_answered("ai_seat", "none"))


def _ai_leader_without_technology(case: Case) -> bool | None:
    """AI is led or filled first by a leader who does not cover technology, while technology is vacant."""
    alone = case.outcome.ai in (Advised.FRACTIONAL, Advised.FULL_TIME) and case.outcome.technology in (
        Advised.NONE,
        Advised.UNDECIDED,
    )
    if not (case.says_ai_first() or (alone and not case.two_hats)):
        return False
    return case.technology_vacant


def _cto_handles_ai(case: Case) -> bool:
    holds_alone = case.holds_technology and case.is_answered("ai_seat", "none")
    return holds_alone and case.is_answered("ai_centrality", "core", "differentiator")


def _no_room_and_no_depth(case: Case) -> bool:
    return case.is_answered("cto_ai_depth", *_NOT_SHIPPED) and case.is_answered("cto_bandwidth", "full", "stretched")


def _depth_unverified(case: Case) -> bool | None:
    if case.is_answered("cto_ai_depth", *_SHIPPED):
        return False
    return True if case.is_answered("cto_ai_depth", *_NOT_SHIPPED) else None


def _advised_depth_unverified(case: Case) -> bool | None:
    return _depth_unverified(case) if case.two_hats else False


def _held_depth_unverified(case: Case) -> bool | None:
    return _depth_unverified(case) if case.holds_both_alone else False


def _both_appointed_at_once(case: Case) -> bool:
    technology, ai = case.values.get("technology_seat_since"), case.values.get("ai_seat_since")
    too_soon = case.holds_two_seats and case.one_seat
    return too_soon and technology is not None and ai is not None and _same_quarter(technology, ai)


def _same_quarter(one: date, other: date) -> bool:
    return (one.year, (one.month - 1) // 3) == (other.year, (other.month - 1) // 3)


WARNING_RULES: tuple[WarningRule, ...] = (
    WarningRule(
        "A01",
        "Two leaders with a clean line between them pass AI infrastructure, MLOps, data governance and evaluation back "
        "and forth.",
        "S0:L18",
        "two leaders are advised, or are in place and nobody but the CTO resolves their conflicts",
        lambda case: case.two_seats,
        _clean_boundary_held,
    ),
    WarningRule(
        "A03",
        "With AI work in five functions or more, a single leader becomes the bottleneck for every AI conversation.",
        "S0:L22",
        "one leader is advised or in place, and AI work spans five functions",
        lambda case: case.one_seat and case.has_fired("seam", "N07"),
        lambda case: _one_seat_held(case) and case.has_fired("seam", "N07"),
    ),
    WarningRule(
        "A04",
        "AI is central and the CTO handles it on the side: pilots multiply, production stalls and the return stays "
        "theoretical.",
        "S1:L44",
        "a CTO is in place without an AI leader, and AI is core",
        of_held=_cto_handles_ai,
    ),
    WarningRule(
        "A05",
        "An AI leader who has never shipped an AI system produces strategies, and nothing ships.",
        "S1:L46",
        "an AI leader is in place who has not shipped AI systems",
        of_held=lambda case: (
            case.is_answered("ai_seat", "fractional", "full_time") and case.is_answered("caio_ai_depth", *_NOT_SHIPPED)
        ),
    ),
    WarningRule(
        "A08",
        "A CTO with a full portfolio and no AI depth quietly drops the AI half, and nobody notices that it is vacant.",
        "S4:L60",
        "one leader for both functions is advised or in place, and the CTO has neither AI depth nor time",
        lambda case: case.two_hats and case.holds_technology and _no_room_and_no_depth(case),
        lambda case: (
            (case.holds_both_alone or (case.holds_technology and case.is_answered("ai_outcome_owner", "cto_in_theory")))
            and _no_room_and_no_depth(case)
        ),
    ),
    WarningRule(
        "A09",
        "An AI leader without a technology leader plans for engineering capacity that does not exist: excellent on "
        "paper, impossible to ship.",
        "S4:L61",
        "a framework says AI first, an AI leader alone is advised, or one is in place, while technology is vacant",
        _ai_leader_without_technology,
        lambda case: case.is_answered("ai_seat", "fractional", "full_time") and case.technology_vacant is True,
    ),
    WarningRule(
        "A10",
        "Two leaders appointed in the same quarter, before the company needs two, write strategies in parallel.",
        "S4:L62",
        "both seats were filled in the same quarter, and one leader is advised",
        of_held=_both_appointed_at_once,
    ),
    WarningRule(
        "A11",
        "A generalist CTO with AI as a side responsibility is the most common failure: verify AI depth before one "
        "person takes both roles.",
        "S4:L5",
        "one leader for both functions is advised or in place, without proven AI depth",
        _advised_depth_unverified,
        _held_depth_unverified,
    ),
    WarningRule(
        "A12",
        "When one person does both, the CTO work usually crowds out AI: track the hours of each role.",
        "S3:L46",
        "one leader for both functions is advised or in place",
        lambda case: case.two_hats,
        lambda case: case.holds_both_alone,
    ),
)


def warnings_for(case: Case) -> tuple[AdviceWarning, ...]:
    """The warnings for a case, in the order of their ids; for the advice before what is held."""
    warnings = []
    for rule in WARNING_RULES:
        for applies_to, test in ((AppliesTo.ADVICE, rule.of_advice), (AppliesTo.HELD, rule.of_held)):
            bears = test(case) if test is not None else False
            if bears is not False:
                warnings.append(AdviceWarning(rule.id, rule.sentence, rule.source, bears is True, applies_to))
    return tuple(warnings)
