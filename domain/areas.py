"""Named decision areas, deliverables and warning signs, with their default owners."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.seats import Function


class DecisionOwner(StrEnum):
    """Who decides in an area."""

    TECHNOLOGY = "technology"
    AI = "ai"
    JOINT = "joint"


class Resolver(StrEnum):
    """Who resolved a conflict."""

    TECHNOLOGY = "technology"
    AI = "ai"
    JOINT = "joint"
    CEO = "ceo"


TECHNOLOGY_AREAS = ("architecture", "engineering_hiring")
AI_AREAS = ("ai_risk", "ai_strategy", "ai_governance")
SEAM_AREAS = (
    "ai_team_hiring",
    "ai_infrastructure",
    "mlops",
    "data_governance",
    "model_evaluation",
    "cloud_and_compute",
    "security_and_compliance",
    "tool_selection",
    "data_platform_investment",
    "ai_build_or_buy",
    "roadmap_conflicts",
)
DECISION_AREAS: Mapping[str, DecisionOwner] = {
    **dict.fromkeys(TECHNOLOGY_AREAS, DecisionOwner.TECHNOLOGY),
    **dict.fromkeys(AI_AREAS, DecisionOwner.AI),
    **dict.fromkeys(SEAM_AREAS, DecisionOwner.JOINT),
}
"""The named areas with their default owners in the articles. Any other slug is allowed."""

DELIVERABLES: Mapping[str, Function] = {
    **dict.fromkeys(
        ("technology_read", "architecture_read", "roadmap", "hiring_plan", "decision_log"), Function.TECHNOLOGY
    ),
    **dict.fromkeys(
        (
            "ai_capability_map",
            "ai_strategy",
            "governance_framework",
            "model_registry",
            "data_lineage",
            "output_monitoring",
            "stakeholder_impact",
            "incident_runbook",
            "governance_ownership",
        ),
        Function.AI,
    ),
}
"""The named deliverables with the hat that issues them. Any other slug is allowed."""

GOVERNANCE_PACK = (
    "ai_capability_map",
    "model_registry",
    "data_lineage",
    "output_monitoring",
    "stakeholder_impact",
    "incident_runbook",
    "governance_ownership",
)
"""The deliverables by which procurement and auditors judge AI governance."""

SIGNS: Mapping[str, str] = {
    "A01": 'A clean boundary: "that is their problem"',
    "A02": "Nights and weekends: demos, nothing in production",
    "A03": "The CTO is the bottleneck of every AI conversation",
    "A04": '"The CTO can handle AI" when AI has become central',
    "A05": "Strategy without shipping",
    "A06": '"We will figure out roles later"',
    "A07": "CTO and CAIO do not talk",
    "A08": "The AI half is quietly dropped",
    "A09": "A CAIO where nobody holds technology",
    "A10": "Two seats at once, before the company needs two",
    "A11": "A generalist with the CAIO label",
    "A12": "One hat always wins",
    "A13": "One bundled paper in the first quarter",
    "W01": '"We will get to AI after ..."',
    "W02": '"Which tools" before "which business problem"',
    "W03": "AI runs, and nobody measures what it earns",
    "W04": "Cannot keep up with AI",
    "W05": "Shipping before the renewal is not what the CTO optimises for",
    "W06": "The job is assigned only in words",
    "W07": "AI competes with infrastructure and security under the CTO",
    "W08": "AI is on the roadmap and nobody owns it",
    "W09": "An AI lead drawn beside the CTO box",
    "W10": "The decision is left to the renewal cycle",
    "X01": "A conflict that nobody settles",
    "X02": "The CTO decides every conflict",
    "X03": "Too few hours for the functions they must serve",
    "X04": "Nobody answers for AI risk",
    "X05": "The governance pack has gaps",
}
"""The named warning signs. Any other slug may be observed too."""


def sign_title(sign: str) -> str:
    """The title of a named sign, or the words of another slug."""
    words = sign.replace("_", " ").replace("-", " ").strip() or sign
    return SIGNS.get(sign) or words[0].upper() + words[1:]


def sign_words(sign: str) -> str:
    """A sign for use in a sentence: the title of a named sign, or the words of another slug."""
    return f"“{SIGNS.get(sign) or sign.replace('_', ' ').replace('-', ' ')}”"
