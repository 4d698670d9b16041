"""The mandates framework: two lists that say when a company needs both roles, and when one is enough (source S2)."""

from __future__ import annotations

from domain.assessment.conditions import above, all_of, among, answered, at_most, below, dollars, no, yes
from domain.assessment.framework import MANDATES_SOURCE, ONE_SEAT, TWO_SEATS, Framework, Method, Modality, Rule, Seats

MANDATES = Framework(
    id="mandates",
    version=2,
    title="Two mandates",
    source=MANDATES_SOURCE,
    summary=(
        "Five reasons for a CAIO beside the CTO, of which one is enough, and four conditions under which the CTO can "
        "take AI on, which must all hold."
    ),
    method=Method.LISTS,
    whole_lists=frozenset({Seats.ONE}),
    rules=(
        Rule(
            "N08",
            above("ai_spend", dollars(5_000_000)),
            TWO_SEATS,
            Modality.PROBABLY,
            "The company spends more than 5 million dollars a year on AI.",
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
            among("ai_law_exposure", "needs_an_executive"),
            TWO_SEATS,
            Modality.PROBABLY,
            "Compliance with AI law needs an executive of its own.",
            "S2:L29",
        ),
        Rule(
            "Q05",
            yes("regulated"),
            TWO_SEATS,
            Modality.PROBABLY,
            "The company is regulated, and how far AI law reaches it is not known: compliance may need an executive.",
            "S2:L29",
            clause="regulated",
            unless=answered("ai_law_exposure"),
            stands_in_for="Q05",
        ),
        Rule(
            "Q06",
            among("cto_bandwidth", "stretched"),
            TWO_SEATS,
            Modality.PROBABLY,
            "The CTO is already stretched across infrastructure, security and product.",
            "S2:L30",
        ),
        Rule(
            "Q07",
            all_of(yes("ai_in_product"), among("ai_centrality", "core", "differentiator")),
            TWO_SEATS,
            Modality.PROBABLY,
            "AI is becoming a core part of the product and is no longer only an internal tool.",
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
            "AI is used internally and is not part of the product.",
            "S2:L36",
            clause="internal",
        ),
        Rule(
            "Q08",
            among("ai_law_exposure", "minimal"),
            ONE_SEAT,
            Modality.CAN,
            "AI law hardly affects the company.",
            "S2:L37",
            clause="law",
        ),
    ),
    known_conflicts=(("C18", frozenset()),),
)
