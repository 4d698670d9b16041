"""The seam framework: who owns the area where technology execution and AI value meet (source S0)."""

from __future__ import annotations

from domain.assessment.conditions import all_of, among, any_of, below, exactly, spread
from domain.assessment.framework import (
    ONE_SEAT,
    SEAM_SOURCE,
    SIGNAL,
    TWO_SEATS,
    Advised,
    Framework,
    Method,
    Modality,
    Note,
    Rule,
    Vote,
)

_CTO_IN_SEAT = among("technology_seat", "fractional", "full_time")
_NOT_FLUENT = among("cto_ai_depth", "none", "uses_tools")
_SOMEBODY_LEADS = among("technology_seat", "fractional", "full_time", "vp_engineering")
_NO_LEADER = among("technology_seat", "none")
_ALL_AT_ONCE = spread(5, leaving_out=("engineering",))
_ONE_OVERLOADED_SEAT = all_of(
    among("ai_outcome_owner", "cto", "cto_in_theory"),
    among("conflict_resolver", "cto"),
    among("cto_bandwidth", "full", "stretched"),
)

SEAM = Framework(
    id="seam",
    version=2,
    title="The seam",
    source=SEAM_SOURCE,
    summary=(
        "Ask who is accountable for the business results of AI, and who decides when roadmaps conflict. One leader can "
        "cover both sides while the company is small and the leader is fluent in both."
    ),
    method=Method.STRONGEST,
    rules=(
        Rule(
            "N06",
            all_of(
                exactly("products", 1),
                below("engineers", 25, at_most_as_many_as="headcount"),
                among("ai_centrality", "peripheral", "feature"),
            ),
            ONE_SEAT,
            Modality.CAN,
            "With one product, fewer than 25 engineers and AI as a feature, one CTO who is fluent in AI can cover both "
            "sides.",
            "S0:L21",
        ),
        Rule(
            "N07",
            _ALL_AT_ONCE,
            TWO_SEATS,
            Modality.PROBABLY,
            "When AI work has to land in five functions at once, each of them wants a counterpart, and one leader "
            "becomes a bottleneck.",
            "S0:L22",
        ),
        Rule(
            "Q21",
            _NOT_FLUENT,
            TWO_SEATS,
            Modality.USUALLY,
            "A technology leader who is not fluent in AI cannot cover both sides; it takes deep fluency in both.",
            "S0:L14",
            unless=_NO_LEADER,
        ),
        Rule(
            "Q22",
            _ONE_OVERLOADED_SEAT,
            TWO_SEATS,
            Modality.PROBABLY,
            "Both questions point to one overloaded leader: a structural problem that a second leader fixes.",
            "S0:L27",
        ),
        Rule(
            "Q22",
            all_of(
                _CTO_IN_SEAT,
                among("ai_seat", "fractional", "full_time"),
                among("ai_outcome_owner", "caio", "other"),
                among("conflict_resolver", "joint", "ceo"),
            ),
            TWO_SEATS,
            Modality.USUALLY,
            "Two leaders are in place and resolve conflicts together: that is right, whatever their titles.",
            "S0:L27",
            clause="in_dialogue",
        ),
        Rule(
            "Q23",
            any_of(_ALL_AT_ONCE, all_of(_NOT_FLUENT, _SOMEBODY_LEADS), _ONE_OVERLOADED_SEAT),
            Vote(ai=Advised.FRACTIONAL),
            Modality.CONSIDER,
            "A second seat often starts fractional, because its shape becomes clear only after a few quarters.",
            "S0:L28",
        ),
        Rule(
            "F-S0",
            among("ai_outcome_owner", "nobody", "cto_in_theory"),
            SIGNAL,
            Modality.CONSIDER,
            "Nobody is really accountable for what AI does for the business.",
            "S0:L25",
            clause="1",
        ),
        Rule(
            "F-S0",
            among("conflict_resolver", "cto"),
            SIGNAL,
            Modality.CONSIDER,
            "A CTO who resolves roadmap conflicts tends to favor the platform, on which the CTO is measured.",
            "S0:L26",
            clause="2",
        ),
    ),
    notes=(
        Note(
            "N20",
            "When board members and sales ask within two months who owns AI, it is time to assess.",
            "S0:L3",
        ),
        Note(
            "Q26",
            "For an early-stage company without AI depth, a CTO fluent in both is the hardest executive to hire.",
            "S0:L21",
        ),
    ),
)
