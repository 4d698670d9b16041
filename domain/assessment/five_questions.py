"""The five-questions framework: complexity, centrality, reach, stakes and budget, for three sizes (source S1)."""

from __future__ import annotations

from domain.assessment.conditions import (
    above,
    all_of,
    among,
    answered,
    any_of,
    at_least,
    at_most,
    below,
    between,
    exactly,
    spread,
    yes,
)
from domain.assessment.framework import (
    ONE_FRACTIONAL_LEADER,
    ONE_SEAT,
    STRUCTURE_SOURCE,
    TWO_SEATS,
    Advised,
    Framework,
    Method,
    Modality,
    Note,
    Rule,
    Seats,
    Settlement,
    Vote,
)

_REGULATED_SECTOR = any_of(among("sector", "health", "finance", "legal"), yes("regulated"))
_LARGE_AND_AI_CORE = all_of(
    at_least("headcount", 100),
    among("stack_complexity", "complex"),
    among("ai_centrality", "core", "differentiator"),
)
BUDGET_FOR_ONE = at_most("senior_leader_budget", 1)

FIVE_QUESTIONS = Framework(
    id="five_questions",
    version=2,
    title="Five questions",
    source=STRUCTURE_SOURCE,
    summary=(
        "Every company needs both functions. Its size and the role of AI determine whether one leader covers them or "
        "two. Start with what the budget allows, and evolve."
    ),
    method=Method.STRONGEST,
    rules=(
        Rule(
            "N01",
            below("headcount", 30),
            ONE_FRACTIONAL_LEADER,
            Modality.USUALLY,
            "A company with fewer than 30 people needs both functions and cannot justify two executives: one "
            "fractional leader covers both.",
            "S1:L34",
            unless=at_least("senior_leader_budget", 2),
        ),
        Rule(
            "N02",
            all_of(between("headcount", 30, 100), among("ai_centrality", "important", "core", "differentiator")),
            Vote(seats=Seats.TWO, technology=Advised.FULL_TIME, ai=Advised.FRACTIONAL),
            Modality.USUALLY,
            "30 to 100 people and AI is important: a full-time CTO who is fluent in AI, and a fractional CAIO.",
            "S1:L32",
            unless=_LARGE_AND_AI_CORE,
        ),
        Rule(
            "N03",
            _LARGE_AND_AI_CORE,
            Vote(seats=Seats.TWO, technology=Advised.FULL_TIME, ai=Advised.FULL_TIME),
            Modality.USUALLY,
            "100 people or more, a complex stack and AI at the core of the strategy: a separate CTO and CAIO.",
            "S1:L30",
        ),
        Rule(
            "N05",
            all_of(above("products", 1), at_least("engineers", 25, at_most_as_many_as="headcount")),
            TWO_SEATS,
            Modality.PROBABLY,
            "With several products and 25 engineers or more, the two roles probably cannot be combined.",
            "S1:L38",
        ),
        Rule(
            "N05",
            all_of(exactly("products", 1), below("engineers", 25, at_most_as_many_as="headcount")),
            ONE_SEAT,
            Modality.CAN,
            "With one product and a small engineering team, one person can cover both roles.",
            "S1:L38",
            clause="small",
        ),
        Rule(
            "Q01",
            among("ai_centrality", "differentiator"),
            TWO_SEATS,
            Modality.USUALLY,
            "AI is the primary differentiator, so a dedicated CAIO makes sense.",
            "S1:L38",
        ),
        Rule(
            "Q01",
            among("ai_centrality", "peripheral"),
            ONE_SEAT,
            Modality.CAN,
            "AI is valuable but peripheral, so the CTO can own it.",
            "S1:L38",
            clause="peripheral",
        ),
        Rule(
            "Q02",
            spread(4, leaving_out=("engineering", "product")),
            TWO_SEATS,
            Modality.PROBABLY,
            "AI work across sales, customer success, operations and finance needs a leader with full attention on "
            "adoption.",
            "S1:L40",
        ),
        Rule(
            "Q03",
            among("stakes", "regulatory_or_safety"),
            TWO_SEATS,
            Modality.MUST,
            "An AI failure could break regulations or harm people, so governance by a dedicated CAIO is not optional.",
            "S1:L40",
        ),
        Rule(
            "Q03",
            _REGULATED_SECTOR,
            TWO_SEATS,
            Modality.MUST,
            "In health, finance, law and regulated business, an AI failure is taken to be serious until the stakes are "
            "known; then governance by a dedicated CAIO is not optional.",
            "S1:L40",
            clause="sector",
            unless=answered("stakes"),
            stands_in_for="Q03",
        ),
        Rule(
            "Q04",
            BUDGET_FOR_ONE,
            ONE_FRACTIONAL_LEADER,
            Modality.PROBABLY,
            "The budget supports one senior leader: start with a fractional one, and evolve as complexity demands.",
            "S1:L40",
        ),
    ),
    settlements=(
        Settlement(
            "Q04",
            BUDGET_FOR_ONE,
            Seats.ONE,
            "The budget supports one leader: one seat for now, to be split as complexity demands.",
            "S1:L40",
        ),
    ),
    known_conflicts=(("C6", frozenset({"Q03", "Q04"})), ("C6", frozenset({"Q03.sector", "Q04"}))),
    notes=(
        Note(
            "N04",
            "An example is a fintech of 200 people: the CTO owns reliability, security, compliance infrastructure and "
            "the engineering team; the CAIO owns fraud detection, credit risk and AI compliance; they align weekly.",
            "S1:L30",
        ),
        Note(
            "N21",
            "A CTO with seventeen responsibilities, AI among them, is overloaded; the number is not a threshold.",
            "S1:L44",
        ),
        Note(
            "Q24",
            "The right structure depends on the size of the organization and on how central AI is to its strategy.",
            "S1:L28",
        ),
        Note(
            "Q25",
            "Two fractional leaders with depth are easier to find than one person equally strong in both.",
            "S1:L54",
        ),
    ),
)
