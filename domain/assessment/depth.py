"""The experience that the leader of a function must have: the sources' tests of depth (D01 to D07)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.assessment.case import Case
from domain.assessment.framework import Advised

_SHIPPED = ("shipped_production_ai", "built_ai_at_scale_and_led")


@dataclass(frozen=True)
class DepthTest:
    """A test of depth: who must pass it, and which depths of the current leader meet it.

    `shown_by` is the question about that leader's depth, `seat` the question that says whether there is one.
    """

    id: str
    who: str
    sentence: str
    source: str
    applies_when: str
    applies: Callable[[Case], bool] = field(repr=False)
    met_by: tuple[str, ...] = ()
    shown_by: str = "cto_ai_depth"
    seat: str = "technology_seat"


@dataclass(frozen=True, slots=True)
class DepthCondition:
    """A condition for the chosen leader. `met` refers to the leader in the seat; None if it must still be shown."""

    id: str
    who: str
    sentence: str
    source: str
    met: bool | None


def _ai_in_a_seat_of_its_own(case: Case) -> bool:
    return case.two_seats or (case.outcome.ai is not Advised.UNDECIDED and case.outcome.technology is Advised.NONE)


def _cto_beside_a_caio(case: Case) -> bool:
    return case.has_fired("five_questions", "N02") and case.two_seats


DEPTH_TESTS: tuple[DepthTest, ...] = (
    DepthTest(
        "D01",
        "the technology leader",
        "AI fluency means having shipped production AI systems, not using AI tools and attending a conference.",
        "S0:L21",
        "one leader for both functions, or a CTO beside a fractional CAIO, is advised",
        lambda case: case.two_hats or _cto_beside_a_caio(case),
        _SHIPPED,
    ),
    DepthTest(
        "D02",
        "the leader of both functions",
        "Has built AI systems at scale and has led technology organizations: both, not one of them and an interest in "
        "the other.",
        "S1:L34",
        "one leader for both functions is advised",
        lambda case: case.two_hats,
        ("built_ai_at_scale_and_led",),
    ),
    DepthTest(
        "D03",
        "the AI leader",
        "Does not need to write code, but must have built and shipped AI systems in earlier roles.",
        "S1:L46",
        "an AI leader in a seat of their own is advised",
        _ai_in_a_seat_of_its_own,
        _SHIPPED,
        "caio_ai_depth",
        "ai_seat",
    ),
    DepthTest(
        "D04",
        "the leader of both functions",
        "Has real depth in production AI: model trade-offs, evaluation, and governance documents that customers' "
        "procurement accepted.",
        "S4:L53",
        "one leader for both functions is advised",
        lambda case: case.two_hats,
        _SHIPPED,
    ),
    DepthTest(
        "D05",
        "the leader of both functions",
        "Can say, with equal confidence, how the platform should look in 18 months and what the AI risk posture is.",
        "S4:L6",
        "one leader for both functions is advised",
        lambda case: case.two_hats,
    ),
    DepthTest(
        "D06",
        "each leader",
        "The CAIO brings AI strategy and business acumen, the CTO software engineering and architecture.",
        "S3:L31",
        "two seats are advised",
        lambda case: case.two_seats,
    ),
    DepthTest(
        "D07",
        "each leader",
        "Know the limits: a CTO's AI depth where not fluent, and a CAIO's platform depth beyond the AI systems.",
        "S4:L31",
        "leaders in seats of their own are advised",
        _ai_in_a_seat_of_its_own,
    ),
)


def depth_conditions(case: Case) -> tuple[DepthCondition, ...]:
    """The conditions that the advised leaders must meet, in the order of their numbers."""
    return tuple(
        DepthCondition(test.id, test.who, test.sentence, test.source, _is_met(test, case))
        for test in DEPTH_TESTS
        if test.applies(case)
    )


def _is_met(test: DepthTest, case: Case) -> bool | None:
    depth = case.values.get(test.shown_by) if case.is_answered(test.seat, "fractional", "full_time") else None
    return depth in test.met_by if depth is not None and test.met_by else None
