"""The five-questions framework: complexity, centrality, reach, stakes and budget, for three sizes (source S1)."""

from __future__ import annotations

from domain.assessment.conditions import (
    above,
    all_of,
    among,
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

HIGH_STAKES = any_of(
    among("stakes", "regulatory_or_safety"), among("sector", "health", "finance", "legal"), yes("regulated")
)
BUDGET_FOR_ONE = at_most("senior_leader_budget", 1)

FIVE_QUESTIONS = Framework(
    id="five_questions",
    version=1,
    title="Five questions",
    source=STRUCTURE_SOURCE,
    summary=(
        "Both functions are always needed; size and the part AI plays say whether one leader holds them or two. "
        "Start where "
        "the budget is, and evolve."
    ),
    method=Method.STRONGEST,
    rules=(
        Rule(
            "N01",
            below("headcount", 30),
            ONE_FRACTIONAL_LEADER,
            Modality.USUALLY,
            "Under 30 people a company needs both functions and cannot justify two executives: one fractional "
            "leader holds both.",
            "S1:L34",
            unless=at_least("senior_leader_budget", 2),
        ),
        Rule(
            "N02",
            all_of(between("headcount", 30, 100), among("ai_centrality", "feature", "important")),
            Vote(seats=Seats.TWO, technology=Advised.FULL_TIME, ai=Advised.FRACTIONAL),
            Modality.USUALLY,
            "From 30 to 100 people, with AI important and not dominant: a full-time CTO fluent in AI and a "
            "fractional CAIO.",
            "S1:L32",
        ),
        Rule(
            "N03",
            all_of(
                at_least("headcount", 100),
                among("stack_complexity", "complex"),
                among("ai_centrality", "core", "differentiator"),
            ),
            Vote(seats=Seats.TWO, technology=Advised.FULL_TIME, ai=Advised.FULL_TIME),
            Modality.USUALLY,
            "From 100 people up, with a complex stack and AI at the core of the strategy: a CTO and a CAIO, each "
            "of their own.",
            "S1:L30",
        ),
        Rule(
            "N05",
            all_of(above("products", 1), at_least("engineers", 25, at_most_as_many_as="headcount")),
            TWO_SEATS,
            Modality.PROBABLY,
            "With several products and 25 engineers or more the two roles can probably not be one.",
            "S1:L38",
        ),
        Rule(
            "N05",
            all_of(exactly("products", 1), below("engineers", 25, at_most_as_many_as="headcount")),
            ONE_SEAT,
            Modality.CAN,
            "With one product and a small team one person can hold both roles.",
            "S1:L38",
            clause="small",
        ),
        Rule(
            "Q01",
            among("ai_centrality", "differentiator"),
            TWO_SEATS,
            Modality.USUALLY,
            "Where AI is what sets the company apart, a CAIO of its own makes sense.",
            "S1:L38",
        ),
        Rule(
            "Q01",
            among("ai_centrality", "peripheral"),
            ONE_SEAT,
            Modality.CAN,
            "Where AI is useful and at the edge, the CTO can own it.",
            "S1:L38",
            clause="peripheral",
        ),
        Rule(
            "Q02",
            spread(4, leaving_out=("engineering", "product")),
            TWO_SEATS,
            Modality.PROBABLY,
            "AI work across sales, customers, operations and finance wants somebody whose whole attention is on "
            "its adoption.",
            "S1:L40",
        ),
        Rule(
            "Q03",
            HIGH_STAKES,
            TWO_SEATS,
            Modality.MUST,
            "Where a failure of AI breaks a rule or harms somebody, governance by a CAIO of its own is not optional.",
            "S1:L40",
        ),
        Rule(
            "Q04",
            BUDGET_FOR_ONE,
            ONE_FRACTIONAL_LEADER,
            Modality.PROBABLY,
            "A budget for one senior leader means to start unified or fractional, and to evolve as complexity asks "
            "for it.",
            "S1:L40",
        ),
    ),
    settlements=(
        Settlement(
            "Q04",
            BUDGET_FOR_ONE,
            Seats.ONE,
            "One leader is what the budget carries: unified for now, and split as complexity demands it.",
            "S1:L40",
        ),
    ),
    known_conflicts=(("C6", frozenset({"Q03", "Q04"})),),
    notes=(
        Note(
            "N04",
            "Its example is a fintech of 200 people: the CTO has reliability, security, compliance systems and the "
            "growth of the "
            "team; the CAIO fraud detection, credit risk and AI's place in the rules; they align weekly.",
            "S1:L30",
        ),
        Note(
            "N21",
            "A CTO for whom AI is one charge among seventeen is overloaded: a figure of speech, not a threshold.",
            "S1:L44",
        ),
        Note(
            "Q24",
            "The right structure follows from the size of the organisation and from how central AI is to it.",
            "S1:L28",
        ),
        Note(
            "Q25",
            "Two fractional leaders with depth are easier to find than one person equally strong in both.",
            "S1:L54",
        ),
    ),
)
