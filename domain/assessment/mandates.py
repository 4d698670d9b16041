"""The mandates framework: two lists that say when a company needs both roles, and when one is enough (source S2)."""

from __future__ import annotations

from domain.assessment.conditions import above, all_of, among, any_of, at_most, below, dollars, no, yes
from domain.assessment.framework import MANDATES_SOURCE, ONE_SEAT, TWO_SEATS, Framework, Method, Modality, Rule

MANDATES = Framework(
    id="mandates",
    version=1,
    title="Two mandates",
    source=MANDATES_SOURCE,
    summary=(
        "A list of reasons for a CAIO of its own and a list of cases in which the CTO takes AI on. The source does "
        "not say how "
        "many bullets it takes, nor what holds when both lists match."
    ),
    method=Method.LISTS,
    rules=(
        Rule(
            "N08",
            above("ai_spend", dollars(5_000_000)),
            TWO_SEATS,
            Modality.PROBABLY,
            "More than 5 million dollars a year go into AI.",
            "S2:L27",
        ),
        Rule(
            "N09",
            above("ai_people", 20, at_most_as_many_as="headcount"),
            TWO_SEATS,
            Modality.PROBABLY,
            "More than 20 people work on AI projects.",
            "S2:L28",
        ),
        Rule(
            "Q05",
            any_of(among("ai_law_exposure", "needs_an_executive"), yes("regulated")),
            TWO_SEATS,
            Modality.PROBABLY,
            "Compliance with the rules for AI needs an executive's own attention.",
            "S2:L29",
        ),
        Rule(
            "Q06",
            among("cto_bandwidth", "stretched"),
            TWO_SEATS,
            Modality.PROBABLY,
            "The CTO is stretched across infrastructure, security and the product already.",
            "S2:L30",
        ),
        Rule(
            "Q07",
            all_of(yes("ai_in_product"), among("ai_centrality", "core", "differentiator")),
            TWO_SEATS,
            Modality.PROBABLY,
            "AI is becoming a core part of the product, not merely a tool inside.",
            "S2:L31",
        ),
        Rule(
            "N10",
            at_most("ai_use_cases", 2),
            ONE_SEAT,
            Modality.CAN,
            "AI is limited to one or two use cases.",
            "S2:L34",
        ),
        Rule(
            "N11", below("headcount", 500), ONE_SEAT, Modality.CAN, "The company has fewer than 500 people.", "S2:L35"
        ),
        Rule(
            "Q08",
            no("ai_in_product"),
            ONE_SEAT,
            Modality.CAN,
            "AI is used inside and is not part of the product.",
            "S2:L36",
            clause="internal",
        ),
        Rule(
            "Q08",
            among("ai_law_exposure", "minimal"),
            ONE_SEAT,
            Modality.CAN,
            "Laws about AI hardly reach the company.",
            "S2:L37",
            clause="law",
        ),
    ),
    known_conflicts=(("C18", frozenset()),),
)
