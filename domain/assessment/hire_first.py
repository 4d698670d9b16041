"""The hire-first framework: which role to hire first, and whether the CTO can lead AI (source S3, on small firms)."""

from __future__ import annotations

from domain.assessment.conditions import (
    all_of,
    among,
    any_of,
    at_least,
    at_most,
    below,
    between,
    dollars,
    no,
    yes,
)
from domain.assessment.framework import (
    HIRE_FIRST_SOURCE,
    ONE_SEAT,
    TWO_SEATS,
    Advised,
    First,
    Framework,
    Method,
    Modality,
    Note,
    Rule,
    Seats,
    Vote,
)

SMB = between("annual_revenue", dollars(1_000_000), dollars(10_000_000))

_CTO_IN_SEAT = among("technology_seat", "fractional", "full_time")
_FLUENT = among("cto_ai_depth", "shipped_production_ai", "built_ai_at_scale_and_led")
_AI_WANTED = any_of(
    yes("generic_ai_tools_without_strategy"), yes("competitors_gaining_ai"), yes("ai_build_or_buy_pending")
)
_TECHNOLOGY_UNLEVERAGED = all_of(
    yes("basic_infrastructure"), any_of(at_most("ai_use_cases", 0), at_most("ai_initiatives", 0))
)

HIRE_FIRST = Framework(
    id="hire_first",
    version=1,
    title="Whom to hire first",
    source=HIRE_FIRST_SOURCE,
    summary=(
        "What is missing decides who comes first: technology that is not there yet, or AI that working technology "
        "is not put to. "
        "For small businesses both roles are best had fractionally."
    ),
    method=Method.STRONGEST,
    rules=(
        Rule(
            "N12",
            below("annual_revenue", dollars(50_000_000)),
            ONE_SEAT,
            Modality.USUALLY,
            "Most companies under 50 million dollars of revenue need one of the two roles.",
            "S3:L3",
        ),
        Rule(
            "N13",
            any_of(
                all_of(yes("ai_in_product"), among("ai_centrality", "core", "differentiator")),
                at_least("ai_initiatives", 5),
            ),
            TWO_SEATS,
            Modality.CAN,
            "A company that builds AI products, or runs five AI initiatives or more, may need both roles.",
            "S3:L3",
        ),
        Rule(
            "N14",
            SMB,
            Vote(first=First.AI),
            Modality.USUALLY,
            "With 1 to 10 million dollars of revenue technology usually suffices, and AI leadership makes the "
            "larger difference.",
            "S3:L48",
        ),
        Rule(
            "N15",
            SMB,
            Vote(technology=Advised.FRACTIONAL, ai=Advised.FRACTIONAL),
            Modality.USUALLY,
            "With 1 to 10 million dollars of revenue fractional is almost always right for either role.",
            "S3:L65",
        ),
        Rule(
            "N15",
            all_of(SMB, yes("daily_hands_on_cto")),
            Vote(technology=Advised.FULL_TIME),
            Modality.PROBABLY,
            "The exception: a technology product that needs its CTO's hands every day.",
            "S3:L65",
            clause="technology",
        ),
        Rule(
            "N15",
            all_of(SMB, yes("full_time_ai_oversight")),
            Vote(ai=Advised.FULL_TIME),
            Modality.PROBABLY,
            "The exception: AI at a scale that takes somebody's full time to oversee.",
            "S3:L65",
            clause="ai",
        ),
        Rule(
            "Q09",
            any_of(
                yes("builds_software_product"),
                yes("has_dev_team"),
                yes("needs_custom_technology"),
                no("basic_infrastructure"),
            ),
            Vote(first=First.TECHNOLOGY),
            Modality.PROBABLY,
            "Software to build, developers to lead, custom technology to make, or no basic infrastructure yet: the "
            "CTO first.",
            "S3:L50",
        ),
        Rule(
            "Q10",
            any_of(_AI_WANTED, _TECHNOLOGY_UNLEVERAGED),
            Vote(first=First.AI),
            Modality.PROBABLY,
            "Technology works and AI is not put to use, or only by generic tools, or competitors gain, or an AI "
            "purchase waits "
            "for judgement: the CAIO first.",
            "S3:L51",
        ),
        Rule(
            "Q11",
            all_of(
                any_of(
                    yes("needs_custom_technology"),
                    no("basic_infrastructure"),
                    among("platform_state", "bottleneck", "debt"),
                ),
                _AI_WANTED,
            ),
            Vote(seats=Seats.TWO, technology=Advised.FRACTIONAL, ai=Advised.FRACTIONAL, first=First.BOTH),
            Modality.PROBABLY,
            "Technology must be upgraded and AI needs a strategy at the same time: both, fractionally.",
            "S3:L52",
        ),
        Rule(
            "Q12",
            yes("service_business"),
            Vote(first=First.AI),
            Modality.USUALLY,
            "A service business runs on bought software, and a CAIO pays back sooner there.",
            "S3:L53",
        ),
        Rule(
            "Q13",
            all_of(_FLUENT, among("cto_bandwidth", "spare"), yes("cto_measured_on_ai_outcomes")),
            ONE_SEAT,
            Modality.CAN,
            "A CTO with real AI depth, room to spare and results in AI to answer for can lead AI too.",
            "S3:L55",
        ),
        Rule(
            "Q13",
            all_of(
                _CTO_IN_SEAT,
                any_of(
                    among("cto_ai_depth", "none", "uses_tools"),
                    among("cto_bandwidth", "full", "stretched"),
                    no("cto_measured_on_ai_outcomes"),
                ),
            ),
            TWO_SEATS,
            Modality.USUALLY,
            "The CTO fails one of the three conditions for leading AI too, so AI needs a champion of its own.",
            "S3:L55",
            clause="fails",
        ),
        Rule(
            "Q14",
            SMB,
            Vote(seats=Seats.TWO, technology=Advised.FRACTIONAL, ai=Advised.FRACTIONAL),
            Modality.USUALLY,
            "What works best for small businesses: a fractional CTO for technology beside a fractional CAIO for AI.",
            "S3:L61",
        ),
    ),
    known_conflicts=(("C3", frozenset({"N12", "Q14"})),),
    notes=(
        Note(
            "N16",
            "Fewer than 15% of CTOs bring AI depth, time and a sense of the business together, the source says.",
            "S3:L55",
        ),
    ),
)
