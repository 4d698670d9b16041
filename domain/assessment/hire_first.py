"""The hire-first framework: which role to hire first, and whether the CTO can lead AI (source S3, on small firms)."""

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

_AI_FIRST = Vote(first=First.AI)

SMB = between("annual_revenue", dollars(1_000_000), dollars(10_000_000))
_OUTSIDE_SMB = any_of(below("annual_revenue", dollars(1_000_000)), above("annual_revenue", dollars(10_000_000)))

_NO_CTO = among("technology_seat", "none", "vp_engineering")
_CTO_IN_SEAT = among("technology_seat", "fractional", "full_time")
_FLUENT = among("cto_ai_depth", "shipped_production_ai", "built_ai_at_scale_and_led")
_CTO_CAN_LEAD_AI = all_of(_FLUENT, among("cto_bandwidth", "spare"), yes("cto_measured_on_ai_outcomes"))
_CTO_FAILS = any_of(
    among("cto_ai_depth", "none", "uses_tools"),
    among("cto_bandwidth", "full", "stretched"),
    no("cto_measured_on_ai_outcomes"),
)

_DAILY_CTO = yes("daily_hands_on_cto")
_FULL_TIME_AI = yes("full_time_ai_oversight")
_EXCEPTION = any_of(_DAILY_CTO, _FULL_TIME_AI)

_NO_INFRASTRUCTURE = no("basic_infrastructure")
_TECHNOLOGY_WANTED = any_of(
    yes("builds_software_product"),
    yes("has_dev_team"),
    yes("needs_custom_technology"),
    _DAILY_CTO,
    _NO_INFRASTRUCTURE,
)
_AI_WANTED = any_of(
    yes("generic_ai_tools_without_strategy"), yes("competitors_gaining_ai"), yes("ai_build_or_buy_pending")
)
_AI_UNUSED = all_of(yes("basic_infrastructure"), any_of(at_most("ai_use_cases", 0), at_most("ai_initiatives", 0)))
_AI_LEADER_WANTED = any_of(_AI_WANTED, _AI_UNUSED)
_BOTH_AT_ONCE = all_of(
    any_of(yes("needs_custom_technology"), _NO_INFRASTRUCTURE, among("platform_state", "bottleneck", "debt")),
    _AI_WANTED,
)
_MUCH_AI = any_of(
    all_of(yes("ai_in_product"), among("ai_centrality", "core", "differentiator")), at_least("ai_initiatives", 5)
)
_BESIDE_A_CTO = all_of(_CTO_IN_SEAT, _AI_LEADER_WANTED)

HIRE_FIRST = Framework(
    id="hire_first",
    version=2,
    title="Whom to hire first",
    source=HIRE_FIRST_SOURCE,
    summary=(
        "Hire for what is missing: a CTO where technology is not in place, a CAIO where technology works and AI is not "
        "put to use, both where both are needed at once. Small businesses do best with fractional leaders."
    ),
    method=Method.STRONGEST,
    commitments_unless=_OUTSIDE_SMB,
    rules=(
        Rule(
            "N12",
            below("annual_revenue", dollars(50_000_000)),
            Vote(seats=Seats.SINGLE),
            Modality.USUALLY,
            "Most companies with less than 50 million dollars in revenue need one of the two roles, not both.",
            "S3:L3",
            unless=any_of(_MUCH_AI, _BOTH_AT_ONCE, _BESIDE_A_CTO, _CTO_CAN_LEAD_AI, all_of(_CTO_IN_SEAT, _CTO_FAILS)),
        ),
        Rule(
            "N13",
            _MUCH_AI,
            TWO_SEATS,
            Modality.CAN,
            "A company that builds AI products, or runs five AI initiatives or more, may need both roles.",
            "S3:L3",
        ),
        Rule(
            "N14",
            SMB,
            _AI_FIRST,
            Modality.USUALLY,
            "With 1 to 10 million dollars in revenue, technology is usually adequate and a CAIO has more impact as the "
            "first hire.",
            "S3:L48",
            unless=any_of(_TECHNOLOGY_WANTED, _BOTH_AT_ONCE),
        ),
        Rule(
            "N15",
            SMB,
            Vote(technology=Advised.FRACTIONAL),
            Modality.USUALLY,
            "With 1 to 10 million dollars in revenue, a fractional CTO is almost always right.",
            "S3:L65",
            clause="fractional_cto",
            unless=_DAILY_CTO,
        ),
        Rule(
            "N15",
            SMB,
            Vote(ai=Advised.FRACTIONAL),
            Modality.USUALLY,
            "With 1 to 10 million dollars in revenue, a fractional CAIO is almost always right.",
            "S3:L65",
            clause="fractional_caio",
            unless=_FULL_TIME_AI,
        ),
        Rule(
            "N15",
            _DAILY_CTO,
            Vote(technology=Advised.FULL_TIME),
            Modality.USUALLY,
            "The exception: a technology product that needs its CTO hands-on every day.",
            "S3:L65",
            clause="technology",
        ),
        Rule(
            "N15",
            _FULL_TIME_AI,
            Vote(ai=Advised.FULL_TIME),
            Modality.USUALLY,
            "The exception: AI deployed at a scale that demands full-time oversight.",
            "S3:L65",
            clause="ai",
        ),
        Rule(
            "Q09",
            _TECHNOLOGY_WANTED,
            Vote(first=First.TECHNOLOGY),
            Modality.USUALLY,
            "A software product, a development team to manage, custom technology to build or no basic infrastructure: "
            "hire the CTO first.",
            "S3:L50",
            unless=_BOTH_AT_ONCE,
        ),
        Rule(
            "Q10",
            _AI_LEADER_WANTED,
            _AI_FIRST,
            Modality.USUALLY,
            "Technology works and AI is not used, is used without a strategy, helps competitors or waits for a "
            "build-or-buy decision: hire the CAIO first.",
            "S3:L51",
            unless=any_of(_BOTH_AT_ONCE, _NO_INFRASTRUCTURE),
        ),
        Rule(
            "Q10",
            _BESIDE_A_CTO,
            TWO_SEATS,
            Modality.USUALLY,
            "A CTO runs technology and AI needs a leader: the CAIO joins the CTO.",
            "S3:L63",
            clause="beside",
            unless=any_of(_CTO_CAN_LEAD_AI, _NO_INFRASTRUCTURE),
        ),
        Rule(
            "Q11",
            _BOTH_AT_ONCE,
            Vote(seats=Seats.TWO, first=First.BOTH),
            Modality.USUALLY,
            "Technology needs upgrades and AI needs a strategy at the same time: hire both.",
            "S3:L52",
        ),
        Rule(
            "Q11",
            _BOTH_AT_ONCE,
            Vote(seats=Seats.TWO, technology=Advised.FRACTIONAL),
            Modality.USUALLY,
            "Hiring both at once is affordable with a fractional CTO.",
            "S3:L52",
            clause="fractional_cto",
            unless=_DAILY_CTO,
        ),
        Rule(
            "Q11",
            _BOTH_AT_ONCE,
            Vote(seats=Seats.TWO, ai=Advised.FRACTIONAL),
            Modality.USUALLY,
            "Hiring both at once is affordable with a fractional CAIO.",
            "S3:L52",
            clause="fractional_caio",
            unless=_FULL_TIME_AI,
        ),
        Rule(
            "Q12",
            yes("service_business"),
            _AI_FIRST,
            Modality.USUALLY,
            "Most service businesses run on purchased software, so a CAIO pays back sooner.",
            "S3:L53",
            unless=any_of(_TECHNOLOGY_WANTED, _BOTH_AT_ONCE),
        ),
        Rule(
            "Q13",
            _CTO_CAN_LEAD_AI,
            ONE_SEAT,
            Modality.CAN,
            "A CTO with real AI depth, spare time and accountability for AI results can lead AI too.",
            "S3:L55",
        ),
        Rule(
            "Q13",
            _CTO_FAILS,
            TWO_SEATS,
            Modality.USUALLY,
            "The CTO fails one of the three conditions for leading AI too, so AI needs a leader of its own.",
            "S3:L55",
            clause="fails",
            unless=_NO_CTO,
        ),
        Rule(
            "Q14",
            SMB,
            Vote(seats=Seats.TWO, technology=Advised.FRACTIONAL, ai=Advised.FRACTIONAL),
            Modality.USUALLY,
            "The most effective model for small businesses: a fractional CTO for technology and a fractional CAIO for "
            "AI.",
            "S3:L61",
            unless=_EXCEPTION,
        ),
    ),
    known_conflicts=(("C3", frozenset({"N12", "Q14"})),),
    notes=(
        Note(
            "N16",
            "The source estimates that fewer than 15% of CTOs combine AI depth, spare time and a business focus.",
            "S3:L55",
        ),
    ),
)
