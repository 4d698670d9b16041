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
    return case.one_seat and case.has_fired("five_questions", "Q03")


def _right(area: str, owner: str | None, sentence: str, source: str) -> Agreement:
    return Agreement(Matter.DECISION_RIGHT, area, owner, sentence, source, _both)


def _seam(area: str, sentence: str, source: str) -> Agreement:
    return Agreement(Matter.SEAM_AREA, area, "joint", sentence, source, _both)


def _cadence(subject: str, owner: str | None, sentence: str, source: str, applies: Callable[[Case], bool]) -> Agreement:
    return Agreement(Matter.CADENCE, subject, owner, sentence, source, applies)


def _paper(deliverable: str, owner: str, sentence: str) -> Agreement:
    return Agreement(Matter.DELIVERABLE, deliverable, owner, sentence, "S4:L55", _both)


AGREEMENTS: tuple[Agreement, ...] = (
    _right("architecture", "technology", "Architecture is decided under the technology hat.", "S4:L54"),
    _right("engineering_hiring", "technology", "Engineers are hired under the technology hat.", "S4:L15"),
    _right("ai_risk", "ai", "One person, by name, answers for AI risk.", "S4:L25"),
    _right("ai_strategy", "ai", "What to build, buy or end in AI is decided under the AI hat.", "S4:L22"),
    _right("ai_governance", "ai", "AI governance and the results of AI belong to the AI hat.", "S2:L40"),
    _right("ai_team_hiring", "joint", "People for the AI team are hired jointly.", "S4:L54"),
    _right("spending_limits", None, "How much each hat may spend is agreed up front.", "S4:L54"),
    _seam("ai_infrastructure", "Technology keeps it reliable and scaling, AI sees that it serves its uses.", "S1:L24"),
    _seam("mlops", "Split in the same way: reliability on one side, use on the other.", "S1:L24"),
    _seam("data_governance", "Systems are technology's, governance and quality AI's; plan data jointly.", "S1:L24"),
    _seam("model_evaluation", "It belongs to both, or in practice to neither.", "S0:L18"),
    _seam("cloud_and_compute", "Compute is shared out together.", "S2:L21"),
    _seam("security_and_compliance", "AI sets the policy, technology the controls, in one framework.", "S3:L45"),
    _seam("tool_selection", "One list of criteria; business impact and feasibility weigh alike.", "S3:L44"),
    _seam("data_platform_investment", "Contested, and so governed together.", "S2:L24"),
    _seam("ai_build_or_buy", "Both have a claim; decide it together.", "S3:L13"),
    _seam("roadmap_conflicts", "Name who resolves a clash of roadmaps, and not the CTO by default.", "S0:L26"),
    _cadence("weekly_alignment", "joint", "The two leaders meet every week and argue it out.", "S1:L30", _two),
    _cadence("which_hat_is_on", None, "For each decision it is written which hat is on.", "S4:L51", _hats),
    _cadence("review", None, "Look again after a few quarters, before a renewal does it for you.", "S0:L28", _anything),
    _paper("technology_read", "technology", "In the first quarter: the technology read, a paper of its own."),
    _paper("ai_capability_map", "ai", "In the first quarter: the AI capability map, not bundled with the other."),
    _paper("governance_framework", "ai", "In the first quarter: the first governance framework."),
    Agreement(
        Matter.TRIGGER,
        "split",
        None,
        "High stakes under one leader: record what will split the seat, the budget for a second leader above all.",
        "S1:L40",
        _one_leader_at_high_stakes,
    ),
)
"""What the sources say to agree on; decision areas and deliverables have the names used in milestones."""


def agreements_for(case: Case) -> tuple[Agreement, ...]:
    """The agreements that apply to this case."""
    return tuple(agreement for agreement in AGREEMENTS if agreement.applies(case))
