"""The two-hats framework: one person, two hats, written rules (source S4, a seller of embedded executives)."""

from __future__ import annotations

from domain.assessment.conditions import all_of, among, any_of, at_least, at_most, count_of, no, yes
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
    Seats,
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
_BEYOND_MID_MARKET = any_of(
    at_least("headcount", 100), among("funding_stage", "series_b", "series_c_or_later", "public")
)
_NEITHER_NEEDED = all_of(
    _ONE_OF_SEVERAL,
    _STABLE,
    no("unanswered_questions_ai_shaped"),
    among("technology_seat", "vp_engineering"),
    among("ai_outcome_owner", "cto", "other"),
)
_SETTLES_FIRST = 8
"""The weight of a rule on who comes first that outweighs all that lean to the other function."""

TWO_HATS = Framework(
    id="two_hats",
    version=2,
    title="Two hats",
    source=TWO_HATS_SOURCE,
    summary=(
        "Most early-stage and mid-market companies need one person who can own both technology and AI, with a written "
        "split of decision rights. Three questions say which half is larger; the fourth, whether the same person must "
        "decide both, weighs most when they disagree."
    ),
    method=Method.WEIGHED,
    commitments_unless=_BEYOND_MID_MARKET,
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
            "AI is one of several priorities: lean to a CTO who is fluent in AI.",
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
            "There is a senior technology owner: add a CAIO.",
            "S4:L67",
            "3.yes",
        ),
        Rule(
            "F-S4c",
            _NO_OWNER,
            _START_WITH_CTO,
            Modality.USUALLY,
            "There is no senior technology owner: start with a CTO.",
            "S4:L67",
            "3.no",
        ),
        Rule(
            "F-S4c",
            yes("same_person_decides"),
            ONE_FRACTIONAL_LEADER,
            Modality.USUALLY,
            "The same person must decide on AI risk and on the platform: one leader with both roles.",
            "S4:L68",
            "4.yes",
            weight=4,
        ),
        Rule(
            "F-S4c",
            no("same_person_decides"),
            TWO_SEATS,
            Modality.USUALLY,
            "AI risk and the platform can be decided by different people: two roles.",
            "S4:L68",
            "4.no",
            weight=4,
        ),
        Rule(
            "N17",
            any_of(*_CAIO_SIGNALS),
            _AI_FIRST,
            Modality.CONSIDER,
            "At least one of the four signals for a CAIO holds: consider one.",
            "S4:L38",
        ),
        Rule(
            "N17",
            count_of(2, *_CAIO_SIGNALS),
            _AI_FIRST,
            Modality.USUALLY,
            "At least two of the four signals for a CAIO hold, which is decisive.",
            "S4:L38",
            "decisive",
            weight=2,
        ),
        Rule(
            "N17",
            count_of(3, *_CAIO_SIGNALS),
            _ADD_CAIO,
            Modality.USUALLY,
            "At least three of the four signals for a CAIO hold: the role is that of a CAIO, and a generalist CTO "
            "would be too broad.",
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
            "Most companies below Series B with AI in the strategy need one embedded executive with both roles.",
            "S4:L71",
        ),
        Rule(
            "N19",
            any_of(among("funding_stage", "pre_seed", "seed"), yes("operator_ceo_led"), yes("mid_market")),
            ONE_FRACTIONAL_LEADER,
            Modality.USUALLY,
            "Most early-stage, operator-led and mid-market companies need one person with both roles and written "
            "decision rights.",
            "S4:L51",
        ),
        Rule(
            "Q15",
            all_of(_STORY, _STABLE),
            _ADD_CAIO,
            Modality.USUALLY,
            "AI is the strategic story and the technology underneath is stable: a fractional CAIO.",
            "S4:L4",
        ),
        Rule(
            "Q15",
            _BROADER,
            _START_WITH_CTO,
            Modality.USUALLY,
            "The technology surface is broader and AI is one of several priorities: a fractional CTO.",
            "S4:L4",
            "broader",
        ),
        Rule(
            "Q16",
            _NO_OWNER,
            _TECHNOLOGY_FIRST,
            Modality.USUALLY,
            "The CTO seat is empty: fill it first, because a CAIO cannot fill it at the same time.",
            "S4:L47",
            weight=_SETTLES_FIRST,
        ),
        Rule(
            "F-S4a",
            _OWNER_IN_PLACE,
            _AI_FIRST,
            Modality.USUALLY,
            "Technology already has an owner; what is missing is the AI counterpart.",
            "S4:L42",
            "4",
            weight=_SETTLES_FIRST,
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
            "All three signals for a CTO hold: a fractional CTO who is genuinely fluent in AI, which most are not.",
            "S4:L49",
            weight=2,
        ),
        Rule(
            "Q18",
            among("cto_ai_depth", "none", "uses_tools"),
            TWO_SEATS,
            Modality.USUALLY,
            "The technology leader cannot do the AI half at depth: split the engagement into two people.",
            "S4:L53",
            unless=among("technology_seat", "none", "vp_engineering"),
        ),
        Rule(
            "Q20",
            _NEITHER_NEEDED,
            Vote(seats=Seats.NONE),
            Modality.CAN,
            "A VP of engineering owns technology, somebody answers for AI, the platform is stable and no open question "
            "is about AI: neither role is needed for long.",
            "S4:L73",
        ),
    ),
    counts_double=frozenset({"F-S4c.4.yes", "F-S4c.4.no"}),
    notes=(
        Note(
            "Q19",
            "Done well, one person in both roles is faster and cheaper than two hires, with fewer interface problems; "
            "done by a generalist, it is the most expensive way to get neither done well.",
            "S4:L56",
        ),
        Note(
            "F-S4d",
            "One person in both roles works when three things are true: real production AI depth, written decision "
            "rights and visibly separate output.",
            "S4:L53",
        ),
    ),
)
