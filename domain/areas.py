"""Who decides in which area, and which hat issues what: the named areas and deliverables."""

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
"""The named areas with whose they are by default in the articles; any other slug is allowed."""

DELIVERABLES: Mapping[str, Function] = {
    **dict.fromkeys(("technology_read", "roadmap", "hiring_plan", "decision_log"), Function.TECHNOLOGY),
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
"""The named deliverables with the hat that issues them; any other slug is allowed."""
