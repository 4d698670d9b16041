"""What to agree on day one: decision rights, shared areas, meetings, deliverables and triggers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from domain.assessment.case import Case
from domain.assessment.framework import Advised


class Matter(StrEnum):
    """The kind of an agreement."""

    DECISION_RIGHT = "decision_right"
    SEAM_AREA = "seam_area"
    CADENCE = "cadence"
    DELIVERABLE = "deliverable"
    TRIGGER = "trigger"


@dataclass(frozen=True)
class Agreement:
    """An item to agree on day one. `subject` is a slug (of a decision area if it is one), `owner` its owner."""

    matter: Matter
    subject: str
    owner: str | None
    sentence: str
    source: str
    applies: Callable[[Case], bool] = field(repr=False, compare=False)


def _anything(case: Case) -> bool:
    return case.one_seat or case.two_seats or case.outcome.technology is not Advised.UNDECIDED or case.ai_led


def _two(case: Case) -> bool:
    return case.two_seats


def _hats(case: Case) -> bool:
    return case.two_hats


def _both(case: Case) -> bool:
    return case.two_seats or case.two_hats


def _one_leader_at_high_stakes(case: Case) -> bool:
    return case.one_seat and case.has_fired("five_questions", "Q03", "Q03.sector")


def _one_function(case: Case) -> bool:
    return case.one_function


def _right(area: str, owner: str | None, sentence: str, source: str) -> Agreement:
    return Agreement(Matter.DECISION_RIGHT, area, owner, sentence, source, _both)


def _seam(area: str, sentence: str, source: str) -> Agreement:
    return Agreement(Matter.SEAM_AREA, area, "joint", sentence, source, _both)


def _cadence(subject: str, owner: str | None, sentence: str, source: str, applies: Callable[[Case], bool]) -> Agreement:
    return Agreement(Matter.CADENCE, subject, owner, sentence, source, applies)


def _paper(deliverable: str, owner: str, sentence: str) -> Agreement:
    return Agreement(Matter.DELIVERABLE, deliverable, owner, sentence, "S4:L55", _both)


AGREEMENTS: tuple[Agreement, ...] = (
    _right("architecture", "technology", "The technology leader decides on architecture.", "S4:L54"),
    _right("engineering_hiring", "technology", "The technology leader hires engineers.", "S4:L15"),
    _right("ai_risk", "ai", "One named person is accountable for AI risk.", "S4:L25"),
    _right("ai_strategy", "ai", "The AI leader decides which AI capabilities to build, buy or retire.", "S4:L22"),
    _right("ai_governance", "ai", "The AI leader owns AI governance and the results of AI.", "S2:L40"),
    _right("ai_team_hiring", "joint", "Both functions hire people for the AI team together.", "S4:L54"),
    _right("spending_limits", None, "Agree up front how much each function may spend.", "S4:L54"),
    _seam(
        "ai_infrastructure", "Technology keeps it reliable and scalable; AI makes sure it serves its uses.", "S1:L24"
    ),
    _seam("mlops", "Technology is responsible for reliability, AI for the use cases that matter.", "S1:L24"),
    _seam(
        "data_governance", "Technology owns the systems, AI the governance and quality; plan data jointly.", "S1:L24"
    ),
    _seam("model_evaluation", "It belongs to both; otherwise, in practice, to neither.", "S0:L18"),
    _seam("cloud_and_compute", "Allocate compute together.", "S2:L21"),
    _seam("security_and_compliance", "AI sets the policy and technology the controls, in one framework.", "S3:L45"),
    _seam(
        "tool_selection", "Use one list of criteria in which business impact and feasibility weigh equally.", "S3:L44"
    ),
    _seam("data_platform_investment", "Govern it together, because both have a claim to it.", "S2:L24"),
    _seam("ai_build_or_buy", "Decide together, because both have a claim to it.", "S3:L13"),
    _seam("roadmap_conflicts", "Name who resolves roadmap conflicts; it should not be the CTO by default.", "S0:L26"),
    _cadence(
        "weekly_alignment", "joint", "The two leaders meet every week and settle their differences.", "S1:L30", _two
    ),
    _cadence("which_hat_is_on", None, "Write down which role decides what.", "S4:L51", _hats),
    _cadence(
        "review", None, "Review the structure after a few quarters, before a renewal is due.", "S0:L28", _anything
    ),
    _paper("technology_read", "technology", "In the first quarter: a technology review, as a document of its own."),
    _paper(
        "ai_capability_map", "ai", "In the first quarter: an AI capability map, separate from the technology review."
    ),
    _paper("governance_framework", "ai", "In the first quarter: the first version of the governance framework."),
    Agreement(
        Matter.TRIGGER,
        "split",
        None,
        "The stakes are high and one leader is responsible: write down what will split the seat, first of all the "
        "budget for a second leader.",
        "S1:L40",
        _one_leader_at_high_stakes,
    ),
    Agreement(
        Matter.TRIGGER,
        "second_leader",
        None,
        "One function has no leader for now: name who answers for it meanwhile, and write down what will bring the "
        "second leader.",
        "S4:L61",
        _one_function,
    ),
)
"""What the sources say to agree on; decision areas and deliverables have the names used in milestones."""


def agreements_for(case: Case) -> tuple[Agreement, ...]:
    """The agreements that apply to this case."""
    return tuple(agreement for agreement in AGREEMENTS if agreement.applies(case))
