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
    Question(
        "headcount", _WHOLE, "headcount", "How many people does the company employ?", unit="people", in_profile=True
    ),
    Question("engineers", _WHOLE, "engineers", "How many of them are engineers?", unit="people", in_profile=True),
    Question("products", _WHOLE, "products", "How many products does it have?", unit="products", in_profile=True),
    Question(
        "annual_revenue", _MONEY, "annual revenue", "What does it take in a year?", unit="USD a year", in_profile=True
    ),
    Question(
        "funding_stage",
        _CHOICE,
        "funding stage",
        "How far has it come in raising money?",
        _choices(
            bootstrapped="never raised from investors, and so not on the ladder of rounds",
            pre_seed="before a seed round",
            seed="seed",
            series_a="series A",
            series_b="series B",
            series_c_or_later="series C or a later round",
            public="listed",
        ),
        in_profile=True,
    ),
    Question("sector", _TEXT, "sector", "In which sector does it work?", in_profile=True),
    Question(
        "regulated",
        _YES_NO,
        "regulated",
        "Is it regulated in a way that reaches what it does with AI?",
        in_profile=True,
    ),
    Question(
        "service_business",
        _YES_NO,
        "service business",
        "Does it sell services and run on bought-in software?",
        because="Q12 speaks of service businesses",
    ),
    Question(
        "operator_ceo_led",
        _YES_NO,
        "led by an operator",
        "Is its CEO an operator, not a technologist?",
        because="N19 speaks of companies led by an operator",
    ),
    Question(
        "mid_market",
        _YES_NO,
        "mid-market",
        "Would you call it a mid-market company?",
        because="N19 speaks of the mid-market and gives no figure",
    ),
    Question(
        "senior_leader_budget",
        _WHOLE,
        "senior leaders the budget carries",
        "For how many senior leaders in technology and AI is there a budget?",
        unit="leaders",
    ),
    # The AI work
    Question("ai_spend", _MONEY, "AI spend", "What does it spend on AI in a year?", unit="USD a year", in_profile=True),
    Question(
        "ai_people", _WHOLE, "people on AI", "How many people work on AI projects?", unit="people", in_profile=True
    ),
    Question(
        "ai_initiatives",
        _WHOLE,
        "AI initiatives",
        "How many AI initiatives are running?",
        unit="initiatives",
        in_profile=True,
    ),
    Question("ai_use_cases", _WHOLE, "AI use cases", "How many AI use cases are there?", unit="use cases"),
    Question("ai_in_product", _YES_NO, "AI in the product", "Is AI part of what it sells, not only a tool inside?"),
    Question(
        "ai_centrality",
        _CHOICE,
        "AI centrality",
        "How much of its plan to win hangs on AI?",
        _choices(
            peripheral="useful here and there, nothing hangs on it",
            feature="a feature or a line of the roadmap among others",
            important="several priorities depend on it, it does not dominate",
            core="at the centre of the product or the strategy",
            differentiator="what sets the company apart before anything else",
        ),
    ),
    Question(
        "ai_functions",
        _CHOICES,
        "functions with AI work",
        "In which functions does AI work have to land?",
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
        "How far do laws about AI reach it?",
        _choices(
            minimal="hardly at all",
            some="somewhat",
            needs_an_executive="so far that compliance needs an executive's attention",
        ),
    ),
    Question(
        "stakes",
        _CHOICE,
        "stakes of an AI failure",
        "What happens when its AI fails?",
        _choices(
            low="an annoyance",
            moderate="money or customers are lost",
            regulatory_or_safety="a rule is broken, or somebody is harmed",
        ),
    ),
    Question(
        "generic_ai_tools_without_strategy",
        _YES_NO,
        "generic AI tools without a strategy",
        "Are off-the-shelf AI tools in use without a strategy?",
    ),
    Question("competitors_gaining_ai", _YES_NO, "competitors gaining by AI", "Are competitors gaining an edge by AI?"),
    Question(
        "ai_build_or_buy_pending",
        _YES_NO,
        "AI build-or-buy pending",
        "Is there an AI build-or-buy decision to be made?",
    ),
    Question(
        "full_time_ai_oversight",
        _YES_NO,
        "AI at a scale for full-time oversight",
        "Is AI deployed at a scale that takes somebody's full time to oversee?",
        because="N15 makes it an exception",
    ),
    # The technology
    Question(
        "stack_complexity",
        _CHOICE,
        "stack complexity",
        "How complex is the technology stack?",
        _choices(simple="simple", moderate="in between", complex="complex"),
    ),
    Question(
        "platform_state",
        _CHOICE,
        "state of the platform",
        "In what state is the platform under the AI work?",
        _choices(
            stable="stable: the team can ship",
            bottleneck="the bottleneck: it holds the work up",
            debt="it ships, and carries debt that must be paid",
        ),
    ),
    Question(
        "basic_infrastructure", _YES_NO, "basic infrastructure", "Are the basics there: a website, a CRM, the cloud?"
    ),
    Question("builds_software_product", _YES_NO, "builds software", "Is it building a software product?"),
    Question("has_dev_team", _YES_NO, "development team", "Is there a development team to lead?"),
    Question(
        "needs_custom_technology", _YES_NO, "custom technology", "Does it need much custom technology to be built?"
    ),
    Question(
        "daily_hands_on_cto",
        _YES_NO,
        "product needs a CTO daily",
        "Does its product need a CTO's hands on it every day?",
        because="N15 makes it an exception",
    ),
    # Who is there now
    Question(
        "technology_seat",
        _CHOICE,
        "technology seat",
        "Who owns technology today?",
        _choices(
            none="nobody senior",
            fractional="a fractional CTO",
            full_time="a full-time CTO",
            vp_engineering="a strong VP of engineering, no CTO",
        ),
    ),
    Question("technology_seat_since", _DATE, "technology seat since", "Since when?"),
    Question(
        "ai_seat",
        _CHOICE,
        "AI seat",
        "Who owns AI today?",
        _choices(
            none="nobody",
            fractional="a fractional CAIO",
            full_time="a full-time CAIO",
            same_person="the holder of the technology seat, as a second hat",
        ),
    ),
    Question("ai_seat_since", _DATE, "AI seat since", "Since when?"),
    Question(
        "cto_ai_depth",
        _CHOICE,
        "the CTO's AI depth",
        "What has the technology leader done with AI that can be shown?",
        _choices(
            none="nothing",
            uses_tools="uses AI tools, went to a conference, has read about it",
            shipped_production_ai="shipped AI systems to production",
            built_ai_at_scale_and_led="built AI at scale and led technology organisations",
        ),
    ),
    Question(
        "cto_bandwidth",
        _CHOICE,
        "the CTO's bandwidth",
        "How much room has the technology leader left?",
        _choices(
            spare="room to spare",
            full="a full portfolio",
            stretched="stretched across infrastructure, security and product",
        ),
    ),
    Question(
        "cto_measured_on_ai_outcomes",
        _YES_NO,
        "CTO measured on AI outcomes",
        "Is the technology leader held to what AI earns, not only to building it?",
    ),
    Question(
        "ai_outcome_owner",
        _CHOICE,
        "owner of AI outcomes",
        "Who answers for what AI does for the business?",
        _choices(
            nobody="nobody",
            cto_in_theory="the CTO, in theory",
            cto="the CTO, held to it",
            caio="a CAIO",
            other="somebody else, by name",
        ),
    ),
    Question(
        "conflict_resolver",
        _CHOICE,
        "resolver of roadmap conflicts",
        "Who decides when the AI roadmap and the platform roadmap collide?",
        _choices(cto="the CTO", caio="the CAIO", joint="both together", ceo="the CEO", nobody="nobody"),
    ),
    Question(
        "same_person_decides",
        _YES_NO,
        "one person for AI risk and platform",
        "Must the same person decide about AI risk and about the platform?",
    ),
    Question(
        "unanswered_questions_ai_shaped",
        _YES_NO,
        "open questions are about AI",
        "Are the questions nobody can answer about AI: which models, which data, which governance?",
    ),
)

QUESTIONS: Mapping[str, Question] = MappingProxyType({question.name: question for question in _ALL})
"""Every question by its name, in the order in which they are best asked."""
