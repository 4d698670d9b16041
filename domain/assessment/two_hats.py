"""The two-hats framework: one person, two hats, written rules (source S4, a seller of embedded executives)."""

from __future__ import annotations

from domain.assessment.conditions import all_of, among, any_of, at_most, count_of, no, yes
from domain.assessment.framework import (
    ONE_FRACTIONAL_LEADER,
    TWO_HATS_SOURCE,
    TWO_SEATS,
    Advised,
    First,
    Framework,
    Method,
    Modality,
    Note,
    Rule,
    Vote,
)

_AI_FIRST = Vote(first=First.AI)
_TECHNOLOGY_FIRST = Vote(first=First.TECHNOLOGY)
_ADD_CAIO = Vote(first=First.AI, ai=Advised.FRACTIONAL)
_START_WITH_CTO = Vote(first=First.TECHNOLOGY, technology=Advised.FRACTIONAL)

_STORY = among("ai_centrality", "core", "differentiator")
_ONE_OF_SEVERAL = among("ai_centrality", "peripheral", "feature", "important")
_STABLE = among("platform_state", "stable")
_OWNER_IN_PLACE = among("technology_seat", "fractional", "full_time", "vp_engineering")
_NO_OWNER = among("technology_seat", "none")
_AI_SHAPED = yes("unanswered_questions_ai_shaped")
_CAIO_SIGNALS = (_STORY, _STABLE, _AI_SHAPED, _OWNER_IN_PLACE)

_BROADER = all_of(
    _ONE_OF_SEVERAL, any_of(among("platform_state", "bottleneck", "debt"), yes("needs_custom_technology"))
)
_FITS_INSIDE = all_of(_ONE_OF_SEVERAL, at_most("ai_use_cases", 2))

TWO_HATS = Framework(
    id="two_hats",
    version=1,
    title="Two hats",
    source=TWO_HATS_SOURCE,
    summary=(
        "Most companies need one person who can own technology and AI alike, with a written split of decisions. "
        "Four questions "
        "tell which half is the larger; the fourth, whether one person must decide both, weighs most."
    ),
    method=Method.WEIGHED,
    rules=(
        Rule(
            "F-S4c",
            _STORY,
            _AI_FIRST,
            Modality.USUALLY,
            "AI is the strategic story: lean to a CAIO.",
            "S4:L65",
            "1.story",
        ),
        Rule(
            "F-S4c",
            _ONE_OF_SEVERAL,
            _TECHNOLOGY_FIRST,
            Modality.USUALLY,
            "AI is one of several priorities: lean to a CTO who is fluent in it.",
            "S4:L65",
            "1.one_of_several",
        ),
        Rule(
            "F-S4c",
            _STABLE,
            _AI_FIRST,
            Modality.USUALLY,
            "The platform is stable: lean to a CAIO.",
            "S4:L66",
            "2.stable",
        ),
        Rule(
            "F-S4c",
            among("platform_state", "bottleneck"),
            _TECHNOLOGY_FIRST,
            Modality.USUALLY,
            "The platform is the bottleneck: lean to a CTO.",
            "S4:L66",
            "2.bottleneck",
        ),
        Rule(
            "F-S4c",
            _OWNER_IN_PLACE,
            _ADD_CAIO,
            Modality.USUALLY,
            "Technology has its senior owner: add a CAIO.",
            "S4:L67",
            "3.yes",
        ),
        Rule(
            "F-S4c",
            _NO_OWNER,
            _START_WITH_CTO,
            Modality.USUALLY,
            "Technology has no senior owner: start with a CTO.",
            "S4:L67",
            "3.no",
        ),
        Rule(
            "F-S4c",
            yes("same_person_decides"),
            ONE_FRACTIONAL_LEADER,
            Modality.USUALLY,
            "One person must decide about AI risk and about the platform: one engagement with both hats.",
            "S4:L68",
            "4.yes",
            weight=4,
        ),
        Rule(
            "F-S4c",
            no("same_person_decides"),
            TWO_SEATS,
            Modality.USUALLY,
            "AI risk and the platform may be decided by two people: two roles.",
            "S4:L68",
            "4.no",
            weight=4,
        ),
        Rule(
            "N17",
            any_of(*_CAIO_SIGNALS),
            _AI_FIRST,
            Modality.CONSIDER,
            "One of the four signals for a CAIO is there: consider one.",
            "S4:L38",
        ),
        Rule(
            "N17",
            count_of(2, *_CAIO_SIGNALS),
            _AI_FIRST,
            Modality.USUALLY,
            "Two of the four signals for a CAIO are there: the lean is decisive.",
            "S4:L38",
            "decisive",
            weight=2,
        ),
        Rule(
            "N17",
            count_of(3, *_CAIO_SIGNALS),
            _ADD_CAIO,
            Modality.USUALLY,
            "Three of the four signals for a CAIO are there: the role is a CAIO's, and a generalist CTO would be "
            "too broad.",
            "S4:L43",
            "not_a_cto",
            weight=2,
        ),
        Rule(
            "N18",
            all_of(
                among("funding_stage", "pre_seed", "seed", "series_a"),
                among("ai_centrality", "feature", "important", "core", "differentiator"),
            ),
            ONE_FRACTIONAL_LEADER,
            Modality.USUALLY,
            "For most companies short of series B with AI in their strategy: one embedded executive with both hats.",
            "S4:L71",
        ),
        Rule(
            "N19",
            any_of(among("funding_stage", "pre_seed", "seed"), yes("operator_ceo_led"), yes("mid_market")),
            ONE_FRACTIONAL_LEADER,
            Modality.USUALLY,
            "For most young companies, those led by an operator and the mid-market: one person, two hats, and a "
            "written split.",
            "S4:L51",
        ),
        Rule(
            "Q15",
            all_of(_STORY, _STABLE),
            _ADD_CAIO,
            Modality.USUALLY,
            "AI is the story and the technology beneath it stable: a fractional CAIO.",
            "S4:L4",
        ),
        Rule(
            "Q15",
            _BROADER,
            _START_WITH_CTO,
            Modality.USUALLY,
            "The surface is broader and AI one of several priorities: a fractional CTO.",
            "S4:L4",
            "broader",
        ),
        Rule(
            "Q16",
            _NO_OWNER,
            _TECHNOLOGY_FIRST,
            Modality.PROBABLY,
            "The CTO's seat is empty: fill it first, for a CAIO cannot sit in it as well.",
            "S4:L47",
        ),
        Rule(
            "F-S4a",
            _OWNER_IN_PLACE,
            _AI_FIRST,
            Modality.PROBABLY,
            "Technology has its owner; what is missing is the counterpart for AI.",
            "S4:L42",
            "4",
        ),
        Rule("F-S4b", _BROADER, _TECHNOLOGY_FIRST, Modality.CONSIDER, "The work is broader than AI.", "S4:L46", "1"),
        Rule(
            "F-S4b", _NO_OWNER, _TECHNOLOGY_FIRST, Modality.CONSIDER, "Technology has no senior owner.", "S4:L47", "2"
        ),
        Rule(
            "F-S4b",
            _FITS_INSIDE,
            _TECHNOLOGY_FIRST,
            Modality.CONSIDER,
            "The AI work fits inside the wider technology engagement.",
            "S4:L48",
            "3",
        ),
        Rule(
            "Q17",
            all_of(_BROADER, _NO_OWNER, _FITS_INSIDE),
            _START_WITH_CTO,
            Modality.USUALLY,
            "All the signals for a CTO are there: a fractional CTO who is really fluent in AI, which most are not.",
            "S4:L49",
            weight=2,
        ),
        Rule(
            "Q18",
            all_of(among("technology_seat", "fractional", "full_time"), among("cto_ai_depth", "none", "uses_tools")),
            TWO_SEATS,
            Modality.USUALLY,
            "The executive cannot do the AI half in depth: split it off to a second person.",
            "S4:L53",
        ),
    ),
    counts_double=frozenset({"F-S4c.4.yes", "F-S4c.4.no"}),
    notes=(
        Note(
            "Q19",
            "Done well, one person with two hats is faster, cheaper and has fewer faults between them than two "
            "hires; done by a "
            "generalist it is the dearest way to neither.",
            "S4:L56",
        ),
        Note("Q20", "A first conversation may also end with a CAIO and no CTO, or with neither for long.", "S4:L73"),
        Note(
            "F-S4d",
            "Two hats hold when three things are true: real depth in production AI, decisions written down, output "
            "visibly split.",
            "S4:L53",
        ),
    ),
)
