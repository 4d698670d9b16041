"""The responsibilities of both roles side by side, from the source articles; `sources` are lines such as `S1:L22`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from domain.seats import Function


class Duty(NamedTuple):
    """What a role owns."""

    text: str
    sources: tuple[str, ...]


class Contrast(NamedTuple):
    """An aspect in which the two roles differ."""

    aspect: str
    technology: str
    ai: str
    sources: tuple[str, ...]


class AreaSplit(NamedTuple):
    """What each role does in a decision area, and how the two settle it."""

    technology: str
    ai: str
    settled_by: str
    sources: tuple[str, ...]


DUTIES: Mapping[Function, tuple[Duty, ...]] = {
    Function.TECHNOLOGY: (
        Duty("Platforms, infrastructure and architecture", ("S1:L22", "S2:L6", "S3:L21", "S4:L14")),
        Duty("The engineering organization: hiring, levels, mentoring", ("S1:L22", "S2:L7", "S3:L25", "S4:L15")),
        Duty("Reliability, uptime and scale", ("S0:L9", "S2:L8", "S3:L24")),
        Duty("Security, including the response to incidents", ("S0:L9", "S2:L8", "S3:L23")),
        Duty("The technology roadmap and its priorities", ("S3:L26", "S4:L14")),
        Duty("Standards, releases and the quality of software", ("S3:L22",)),
        Duty("Technical debt and modernization", ("S2:L9",)),
        Duty("Build or buy, for all technology", ("S2:L10", "S4:L12")),
        Duty("The choice of vendors and platforms", ("S4:L12",)),
        Duty("Cloud spending, on-call duty and integrations", ("S0:L9",)),
        Duty("AI where it is one part of the technology stack", ("S4:L17",)),
    ),
    Function.AI: (
        Duty("An AI strategy tied to business outcomes", ("S1:L22", "S2:L12", "S3:L11", "S4:L22")),
        Duty("The priority of use cases, by impact, feasibility and goals", ("S3:L12",)),
        Duty("The return on AI: what is measured, and by what", ("S1:L22", "S3:L16")),
        Duty("AI governance: policy, ethics, bias, transparency, the law", ("S2:L13", "S2:L16", "S3:L14", "S4:L24")),
        Duty("AI risk, as the one person who is accountable by name", ("S1:L22", "S4:L25")),
        Duty("Adoption in every department, and the change it takes", ("S1:L22", "S2:L15", "S3:L15")),
        Duty("AI systems in production: models, evaluation, agents, monitoring", ("S4:L23",)),
        Duty("The choice of AI vendors and partners", ("S2:L14", "S3:L13")),
        Duty("Translation between what is possible and what it is worth", ("S0:L7", "S0:L15", "S1:L22")),
    ),
}
"""What each role owns."""

NOT_OWNED_BY_AI = Duty("The platform beyond AI, hiring outside the AI team, and the product", ("S4:L26",))
"""What the CAIO does not own."""

CONTRASTS = (
    Contrast(
        "Asks",
        "Can we build it, does it scale, is it secure?",
        "Should we build it, where does it create value, how do we measure that?",
        ("S1:L20",),
    ),
    Contrast("Reports to", "The CEO or the COO", "The CEO", ("S3:L34",)),
    Contrast(
        "Is measured by",
        "Uptime, the speed of development, technical debt",
        "The return on AI and its effect on the business",
        ("S3:L35",),
    ),
    Contrast("Leads", "Developers, engineers, IT staff", "AI specialists, data teams, change managers", ("S3:L36",)),
    Contrast("Spends on", "Infrastructure, development tools, security", "AI tools, training, consulting", ("S3:L37",)),
    Contrast(
        "Works with",
        "Cloud providers and makers of development tools",
        "AI platforms and AI consultancies",
        ("S3:L39",),
    ),
    Contrast("Looks ahead", "Quarter by quarter, to 18 months", "18 months, to five years", ("S3:L31", "S4:L6")),
    Contrast(
        "First 90 days",
        "Roadmap, architecture read, hiring plan, decision log",
        "AI capability map, AI strategy, governance framework",
        ("S4:L34",),
    ),
)
"""The two roles side by side."""

AREA_SPLITS: Mapping[str, AreaSplit] = {
    "architecture": AreaSplit("Decides", "Is consulted where AI depends on it", "", ("S4:L54",)),
    "engineering_hiring": AreaSplit("Decides", "", "", ("S4:L15", "S4:L26")),
    "ai_risk": AreaSplit("Is consulted on the platform", "Decides, and is accountable by name", "", ("S4:L54",)),
    "ai_strategy": AreaSplit("Says what the platform can support", "Decides", "", ("S4:L22", "S2:L40")),
    "ai_governance": AreaSplit("Provides technical controls", "Decides", "", ("S2:L40", "S4:L24")),
    "ai_team_hiring": AreaSplit(
        "Judges engineering skills", "Judges AI skills", "Both agree to a hire", ("S4:L54", "S2:L22")
    ),
    "ai_infrastructure": AreaSplit(
        "Makes it reliable and scalable",
        "Makes sure that it serves the use cases that matter",
        "Overlap on purpose, with a meeting every week",
        ("S1:L24", "S0:L18"),
    ),
    "mlops": AreaSplit(
        "Makes it reliable and scalable",
        "Makes sure that it serves the use cases that matter",
        "Overlap on purpose, with a meeting every week",
        ("S1:L24", "S0:L18"),
    ),
    "data_governance": AreaSplit(
        "Owns systems and pipelines",
        "Owns the rules, and the quality of data for AI",
        "One data plan, ordered by the effect on the business",
        ("S1:L24", "S3:L43"),
    ),
    "model_evaluation": AreaSplit(
        "Runs the tests",
        "Defines what is good enough",
        "Belongs to both, or to neither",
        ("S0:L18", "S0:L15"),
    ),
    "cloud_and_compute": AreaSplit("Plans capacity", "Says which workloads matter", "Shared", ("S2:L21", "S0:L19")),
    "security_and_compliance": AreaSplit(
        "Provides technical controls",
        "Sets the policy for AI",
        "One compliance framework in which each role has its duties",
        ("S3:L45", "S2:L23"),
    ),
    "tool_selection": AreaSplit(
        "Judges fit, security and the effort to integrate",
        "Judges what a tool does for the business",
        "Common criteria that weigh both equally",
        ("S3:L44",),
    ),
    "data_platform_investment": AreaSplit(
        "Builds it", "Needs it", "Governed together, because both have a claim to it", ("S2:L24",)
    ),
    "ai_build_or_buy": AreaSplit(
        "Decides for technology in general",
        "Decides for AI in particular",
        "The articles disagree: decide it once, in writing",
        ("S2:L10", "S3:L13"),
    ),
    "roadmap_conflicts": AreaSplit(
        "Brings the platform's roadmap",
        "Brings the AI roadmap",
        "Someone named in advance, not the CTO alone",
        ("S0:L26",),
    ),
}
"""What each role does in each named decision area (`domain.areas.DECISION_AREAS`)."""
