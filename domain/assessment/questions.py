"""The questions of the frameworks about a client, one typed fact each; "unknown" is always a possible answer.

Names match profile fields where the profile holds the fact. Most questions are listed in section 13 of the catalogue;
the others explain in `because` which rule needs them, rather than inventing a threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class AnswerKind(StrEnum):
    """The JSON type of an answer."""

    WHOLE_NUMBER = "whole_number"
    MONEY = "money"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    DATE = "date"


_NO_CHOICES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Question:
    """A fact about a client. `label` names it in a sentence, `text` asks for it, `choices` maps values to meanings."""

    name: str
    kind: AnswerKind
    label: str
    text: str
    choices: Mapping[str, str] = field(default_factory=lambda: _NO_CHOICES)
    unit: str | None = None
    in_profile: bool = False
    because: str | None = None


def _choices(**meanings: str) -> Mapping[str, str]:
    return MappingProxyType(meanings)


_WHOLE, _MONEY, _YES_NO = AnswerKind.WHOLE_NUMBER, AnswerKind.MONEY, AnswerKind.YES_NO
_CHOICE, _CHOICES, _TEXT, _DATE = AnswerKind.CHOICE, AnswerKind.CHOICES, AnswerKind.TEXT, AnswerKind.DATE

_ALL = (
    # The company
    Question("headcount", _WHOLE, "headcount", "Number of employees", unit="people", in_profile=True),
    Question("engineers", _WHOLE, "engineers", "Number of engineers", unit="people", in_profile=True),
    Question("products", _WHOLE, "products", "Number of products", unit="products", in_profile=True),
    Question("annual_revenue", _MONEY, "annual revenue", "Annual revenue", unit="USD a year", in_profile=True),
    Question(
        "funding_stage",
        _CHOICE,
        "funding stage",
        "Funding stage",
        _choices(
            bootstrapped="bootstrapped (no investors)",
            pre_seed="pre-seed",
            seed="seed",
            series_a="Series A",
            series_b="Series B",
            series_c_or_later="Series C or later",
            public="listed",
        ),
        in_profile=True,
    ),
    Question("sector", _TEXT, "sector", "Sector", in_profile=True),
    Question(
        "regulated",
        _YES_NO,
        "regulated",
        "Is its use of AI regulated?",
        in_profile=True,
    ),
    Question(
        "service_business",
        _YES_NO,
        "service business",
        "Is it a service business that runs on purchased software?",
        because="the hire-first framework has a rule for service businesses",
    ),
    Question(
        "operator_ceo_led",
        _YES_NO,
        "led by an operator",
        "Is the CEO a non-technical operator?",
        because="the two-hats framework has a rule for companies led by an operator",
    ),
    Question(
        "mid_market",
        _YES_NO,
        "mid-market",
        "Is it a mid-market company?",
        because="the two-hats framework has a rule for the mid-market and gives no figure",
    ),
    Question(
        "senior_leader_budget",
        _WHOLE,
        "senior leaders in the budget",
        "How many senior leaders for technology and AI does the budget support?",
        unit="leaders",
    ),
    # The AI work
    Question("ai_spend", _MONEY, "AI spend", "Annual spend on AI", unit="USD a year", in_profile=True),
    Question("ai_people", _WHOLE, "people on AI", "Number of people on AI projects", unit="people", in_profile=True),
    Question(
        "ai_initiatives",
        _WHOLE,
        "AI initiatives",
        "Number of AI initiatives under way",
        unit="initiatives",
        in_profile=True,
    ),
    Question("ai_use_cases", _WHOLE, "AI use cases", "Number of AI use cases", unit="use cases"),
    Question(
        "ai_in_product", _YES_NO, "AI in the product", "Is AI part of the product, and not only an internal tool?"
    ),
    Question(
        "ai_centrality",
        _CHOICE,
        "AI centrality",
        "How central is AI to the competitive strategy?",
        _choices(
            peripheral="peripheral: useful, but nothing depends on it",
            feature="a feature, or one roadmap item among others",
            important="important: several priorities depend on it",
            core="core: central to the product or the strategy",
            differentiator="the primary differentiator",
        ),
    ),
    Question(
        "ai_functions",
        _CHOICES,
        "functions with AI work",
        "Which functions does AI work involve?",
        _choices(
            sales="sales",
            marketing="marketing",
            customer_success="customer success",
            support="support",
            operations="operations",
            finance="finance",
            product="product",
            human_resources="human resources",
            legal="legal",
            engineering="engineering",
        ),
    ),
    Question(
        "ai_law_exposure",
        _CHOICE,
        "exposure to AI law",
        "Exposure to AI law",
        _choices(
            minimal="minimal",
            some="some",
            needs_an_executive="compliance needs dedicated executive attention",
        ),
    ),
    Question(
        "stakes",
        _CHOICE,
        "stakes of an AI failure",
        "What is at stake if AI fails?",
        _choices(
            low="low: an annoyance",
            moderate="moderate: money or customers are lost",
            regulatory_or_safety="high: a regulatory violation or a safety issue",
        ),
    ),
    Question(
        "generic_ai_tools_without_strategy",
        _YES_NO,
        "generic AI tools without a strategy",
        "Are generic AI tools used without a strategy?",
    ),
    Question(
        "competitors_gaining_ai",
        _YES_NO,
        "competitors gaining AI advantages",
        "Are competitors gaining an advantage through AI?",
    ),
    Question(
        "ai_build_or_buy_pending",
        _YES_NO,
        "AI build-or-buy decision pending",
        "Is an AI build-or-buy decision pending?",
    ),
    Question(
        "full_time_ai_oversight",
        _YES_NO,
        "AI needs full-time oversight",
        "Is AI deployed at a scale that demands full-time oversight?",
        because="the hire-first framework makes it an exception",
    ),
    # The technology
    Question(
        "stack_complexity",
        _CHOICE,
        "stack complexity",
        "How complex is the technology stack?",
        _choices(simple="simple", moderate="moderate", complex="complex"),
    ),
    Question(
        "platform_state",
        _CHOICE,
        "state of the platform",
        "State of the platform",
        _choices(
            stable="stable: the team can ship",
            bottleneck="a bottleneck: it holds up AI work",
            debt="in debt: it works, but needs technical debt paid down",
        ),
    ),
    Question(
        "basic_infrastructure",
        _YES_NO,
        "basic infrastructure",
        "Is the basic infrastructure in place: website, CRM, cloud?",
    ),
    Question("builds_software_product", _YES_NO, "builds software", "Is it building a software product?"),
    Question("has_dev_team", _YES_NO, "development team", "Is there a development team to manage?"),
    Question("needs_custom_technology", _YES_NO, "custom technology", "Does it need significant custom technology?"),
    Question(
        "daily_hands_on_cto",
        _YES_NO,
        "daily hands-on CTO",
        "Does the product need a hands-on CTO every day?",
        because="the hire-first framework makes it an exception",
    ),
    # Who is there now
    Question(
        "technology_seat",
        _CHOICE,
        "technology seat",
        "Who leads technology now?",
        _choices(
            none="nobody senior",
            fractional="a fractional CTO",
            full_time="a full-time CTO",
            vp_engineering="a strong VP of engineering, but no CTO",
        ),
    ),
    Question("technology_seat_since", _DATE, "technology seat since", "Technology leader since"),
    Question(
        "ai_seat",
        _CHOICE,
        "AI seat",
        "Who leads AI now?",
        _choices(
            none="nobody",
            fractional="a fractional CAIO",
            full_time="a full-time CAIO",
            same_person="the technology leader, in both roles",
        ),
    ),
    Question("ai_seat_since", _DATE, "AI seat since", "AI leader since"),
    Question(
        "cto_ai_depth",
        _CHOICE,
        "the CTO's AI depth",
        "How deep is the technology leader in AI, by what they have shipped?",
        _choices(
            none="no AI experience",
            uses_tools="uses AI tools, has shipped nothing",
            shipped_production_ai="has shipped production AI systems",
            built_ai_at_scale_and_led="has built AI at scale and led technology organizations",
        ),
    ),
    Question(
        "caio_ai_depth",
        _CHOICE,
        "the AI leader's depth",
        "How deep is the AI leader in AI, by what they have shipped?",
        _choices(
            none="strategy only, no AI experience",
            uses_tools="uses AI tools, has shipped nothing",
            shipped_production_ai="has shipped production AI systems",
            built_ai_at_scale_and_led="has built AI at scale and led AI organizations",
        ),
        because="an AI leader must have built and shipped AI systems in earlier roles",
    ),
    Question(
        "cto_bandwidth",
        _CHOICE,
        "the CTO's bandwidth",
        "How much capacity does the technology leader have left?",
        _choices(
            spare="spare capacity",
            full="a full portfolio",
            stretched="stretched across infrastructure, security and product",
        ),
    ),
    Question(
        "cto_measured_on_ai_outcomes",
        _YES_NO,
        "CTO measured on AI outcomes",
        "Is the technology leader measured on AI business outcomes, not only on implementation?",
    ),
    Question(
        "ai_outcome_owner",
        _CHOICE,
        "owner of AI outcomes",
        "Who is accountable for AI business outcomes?",
        _choices(
            nobody="nobody",
            cto_in_theory="the CTO, in theory",
            cto="the CTO, in practice",
            caio="a CAIO",
            other="another named person",
        ),
    ),
    Question(
        "conflict_resolver",
        _CHOICE,
        "resolver of roadmap conflicts",
        "Who resolves conflicts between the AI and platform roadmaps?",
        _choices(cto="the CTO", caio="the CAIO", joint="both together", ceo="the CEO", nobody="nobody"),
    ),
    Question(
        "same_person_decides",
        _YES_NO,
        "one person for AI risk and platform",
        "Must the same person make AI risk and platform decisions?",
    ),
    Question(
        "unanswered_questions_ai_shaped",
        _YES_NO,
        "open questions are about AI",
        "Are the open questions about AI: which models, which data, which governance?",
    ),
)

QUESTIONS: Mapping[str, Question] = MappingProxyType({question.name: question for question in _ALL})
"""Every question by its name, in the order in which they are best asked."""
