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
_NOT_FLUENT = all_of(_CTO_IN_SEAT, among("cto_ai_depth", "none", "uses_tools"))
_ALL_AT_ONCE = spread(5, leaving_out=("engineering",))
_ONE_OVERLOADED_SEAT = all_of(
    among("ai_outcome_owner", "cto", "cto_in_theory"),
    among("conflict_resolver", "cto"),
    among("cto_bandwidth", "full", "stretched"),
)

SEAM = Framework(
    id="seam",
    version=1,
    title="The seam",
    source=SEAM_SOURCE,
    summary=(
        "Ask who answers for what AI earns, and who decides when roadmaps collide. One leader may hold both sides "
        "while the "
        "company is small and that leader is fluent in both."
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
            "With one product, a team under 25 engineers and AI as a feature, one CTO who is fluent in AI can hold "
            "both sides.",
            "S0:L21",
        ),
        Rule(
            "N07",
            _ALL_AT_ONCE,
            TWO_SEATS,
            Modality.PROBABLY,
            "When AI work must land in five functions at once, each wants a counterpart, and one seat no longer "
            "carries it.",
            "S0:L22",
        ),
        Rule(
            "Q21",
            _NOT_FLUENT,
            TWO_SEATS,
            Modality.USUALLY,
            "A CTO who is not fluent in AI cannot hold both sides: deep fluency in both is one of the two things "
            "it takes.",
            "S0:L14",
        ),
        Rule(
            "Q22",
            _ONE_OVERLOADED_SEAT,
            TWO_SEATS,
            Modality.PROBABLY,
            "Both questions point at one full seat: the trouble is the structure, and a second leader mends it.",
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
            "Two seats are filled and talk to one another: that is right, whatever the titles say.",
            "S0:L27",
            clause="in_dialogue",
        ),
        Rule(
            "Q23",
            any_of(_ALL_AT_ONCE, _NOT_FLUENT, _ONE_OVERLOADED_SEAT),
            Vote(ai=Advised.FRACTIONAL),
            Modality.CONSIDER,
            "A second seat often begins fractional, for its shape shows only after it has run for a few quarters.",
            "S0:L28",
        ),
        Rule(
            "F-S0",
            among("ai_outcome_owner", "nobody", "cto_in_theory"),
            SIGNAL,
            Modality.CONSIDER,
            "Nobody really answers for what AI does for the business: the seam runs through an empty seat.",
            "S0:L25",
            clause="1",
        ),
        Rule(
            "F-S0",
            among("conflict_resolver", "cto"),
            SIGNAL,
            Modality.CONSIDER,
            "A CTO who settles conflicts of roadmaps settles them for the portfolio that the CTO is measured on.",
            "S0:L26",
            clause="2",
        ),
    ),
    notes=(
        Note(
            "N20",
            "The question gets sharp when board and sales ask within two months who owns AI: that is the day to "
            "assess.",
            "S0:L3",
        ),
        Note(
            "Q26",
            "Where a young company has no AI depth of its own, a CTO fluent in both is the hardest executive to find.",
            "S0:L21",
        ),
    ),
)
