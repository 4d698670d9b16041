"""Contradictions between the sources. Shown where they affect a case, never averaged away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.assessment.case import Case
from domain.assessment.framework import Advised, Dimension, First, Modality, Seats


@dataclass(frozen=True)
class Contradiction:
    """A conflict between sources: when it affects a case (`bears_when`, `bears`), and how to read it."""

    id: str
    conflict: str
    reading: str
    sources: tuple[str, ...]
    bears_when: str
    bears: Callable[[Case], bool] = field(repr=False)


def _sizes_disagree(case: Case) -> bool:
    """Whether rules about size vote for different numbers of seats."""
    one = (
        ("five_questions", "N01", "N05.small"),
        ("mandates", "N11"),
        ("hire_first", "N12"),
        ("two_hats", "N18"),
        ("seam", "N06"),
    )
    return case.has_fired("five_questions", "N02", "N03", "N05") and any(case.has_fired(*rules) for rules in one)


def _small_defaults_disagree(case: Case) -> bool:
    one_leader = case.has_fired("five_questions", "N01") or case.has_fired("two_hats", "N18", "N19")
    return case.has_fired("hire_first", "Q14") and (one_leader or case.has_fired("hire_first", "N12"))


def _who_first_disagrees(case: Case) -> bool:
    ai_first = case.verdicts["hire_first"].first is First.AI
    return ai_first and (case.technology_vacant is True or case.verdicts["two_hats"].first is First.TECHNOLOGY)


def _lists_leave_it_open(case: Case) -> bool:
    return any(conflict.contradiction == "C18" for conflict in case.verdicts["mandates"].conflicts)


def _commitments_disagree(case: Case) -> bool:
    """Whether a full-time CTO is advised by one rule and a fractional one by another."""
    fractional = ("N15.fractional_cto", "Q11.fractional_cto", "Q14")
    two_hats = case.verdicts["two_hats"].technology is Advised.FRACTIONAL
    return case.has_fired("five_questions", "N02") and (two_hats or case.has_fired("hire_first", *fractional))


def _attention_is_disputed(case: Case) -> bool:
    """Whether rules ask for a dedicated leader of AI and for one person in both roles."""
    dedicated = case.has_fired("five_questions", "Q02", "Q03", "Q03.sector") or case.has_fired(
        "hire_first", "Q10.beside"
    )
    one_person = case.has_fired("five_questions", "N01") or case.has_fired("two_hats", "N18", "N19", "F-S4c.4.yes")
    return dedicated and one_person


def _signals(case: Case) -> bool:
    return case.has_fired("two_hats", "N17.decisive") and not case.has_fired("two_hats", "N17.not_a_cto")


CONTRADICTIONS: tuple[Contradiction, ...] = (
    Contradiction(
        "C1",
        "Four articles say to divide responsibilities clearly; the fifth calls a clean boundary a common failure.",
        "Make decision rights clear and let work overlap: write down who decides what, share an area and meet weekly.",
        ("S1:L14", "S1:L48", "S2:L24", "S2:L40", "S3:L42", "S4:L54", "S0:L18"),
        "two leaders are advised",
        lambda case: case.two_seats,
    ),
    Contradiction(
        "C2",
        "The articles measure the size at which one role stops being enough in people, engineers, revenue or funding "
        "rounds, and disagree.",
        "These are different measures. Read each framework's verdict by itself.",
        ("S1:L30", "S1:L32", "S1:L34", "S2:L35", "S3:L3", "S4:L71", "S0:L21"),
        "rules about size point to one role and to two",
        _sizes_disagree,
    ),
    Contradiction(
        "C3",
        "A small company needs one person in both roles, two fractional leaders, or only one of the roles.",
        "One article says two of these itself. Decide by what one leader can do at depth, not by a default.",
        ("S1:L34", "S4:L3", "S4:L71", "S3:L61", "S3:L3"),
        "rules for small companies point to two fractional leaders and to one leader or role",
        _small_defaults_disagree,
    ),
    Contradiction(
        "C4",
        "Without a CTO but with working software, one article hires the CAIO first and another fills the CTO seat.",
        "A CAIO alone may plan for engineering capacity that does not exist. If AI comes first, name who owns the "
        "platform meanwhile.",
        ("S3:L48", "S3:L51", "S3:L53", "S4:L47", "S4:L67", "S4:L73", "S4:L61"),
        "one framework says AI first, and technology is vacant or another says technology first",
        _who_first_disagrees,
    ),
    Contradiction(
        "C5",
        "One leader with depth in both is harder to find than two, yet one is faster and cheaper and has fewer "
        "interface problems.",
        "Both are true: one is about hiring, the other about working together. Look for one leader, and decide when to "
        "stop looking.",
        ("S1:L54", "S0:L21", "S4:L56", "S4:L57", "S1:L52"),
        "one leader for both functions is advised",
        lambda case: case.two_hats,
    ),
    Contradiction(
        "C6",
        "One article demands a dedicated CAIO because of the stakes, and one leader because of the budget.",
        "Start with one leader, name who is accountable for AI risk, and record what will split the seat.",
        ("S1:L40", "S1:L34"),
        "stakes are high and the budget carries one leader",
        lambda case: case.has_fired("five_questions", "Q03", "Q03.sector") and case.has_fired("five_questions", "Q04"),
    ),
    Contradiction(
        "C7",
        "A CAIO must have shipped AI systems, or the role is one of business strategy.",
        "Ask for depth in any case: a strategist who has never shipped rarely gets anything shipped.",
        ("S1:L46", "S4:L53", "S3:L6"),
        "AI leadership is advised",
        lambda case: case.ai_led,
    ),
    Contradiction(
        "C8",
        "The CAIO runs AI systems in production, or the CTO builds what the CAIO picks, or they run on the CTO's "
        "platforms.",
        "Agree on it with the client and record it as a decision right before the first system goes live.",
        ("S4:L23", "S1:L32", "S2:L40"),
        "two leaders are advised and AI is in the product or in use",
        lambda case: (
            case.two_seats and (case.is_answered("ai_in_product", True) or case.values.get("ai_use_cases", 0) > 0)
        ),
    ),
    Contradiction(
        "C9",
        "Whether to build or buy AI is decided by the CTO, as for all technology, or by the CAIO.",
        "Treat it as a shared area: one list of criteria, with business impact and feasibility weighing equally.",
        ("S2:L10", "S4:L12", "S3:L13", "S4:L22"),
        "an AI build-or-buy decision is pending",
        lambda case: case.is_answered("ai_build_or_buy_pending", True),
    ),
    Contradiction(
        "C10",
        "One article gives the product to the CTO; the others do not say who owns it.",
        "Ask who owns the product. Neither role owns it by default.",
        ("S4:L30", "S4:L26"),
        "a software product is being built",
        lambda case: case.is_answered("builds_software_product", True),
    ),
    Contradiction(
        "C11",
        "A mid-market CAIO reports to the CTO at first, or to the CEO; and a CTO who resolves conflicts favors the "
        "platform.",
        "If the CAIO reports to the CTO, or the CTO resolves conflicts, name another person to resolve them.",
        ("S2:L39", "S3:L34", "S0:L26"),
        "two leaders are advised, and the CTO resolves conflicts or the company is mid-market",
        lambda case: (
            case.two_seats and (case.is_answered("conflict_resolver", "cto") or case.is_answered("mid_market", True))
        ),
    ),
    Contradiction(
        "C12",
        "Arguments are the point, or friction destroys the value of both roles, or boundaries must be set early.",
        "Record disagreements with who resolved them and how. Many are healthy; unresolved ones are not.",
        ("S0:L19", "S4:L69", "S2:L24"),
        "two leaders are advised",
        lambda case: case.two_seats,
    ),
    Contradiction(
        "C13",
        "A fractional CAIO needs 8 to 20 hours a month, or bringing AI into many functions is a full-time job.",
        "Compare the number of functions with the agreed hours before signing, and again each quarter.",
        ("S3:L66", "S0:L22", "S1:L40", "S3:L63", "S4:L5"),
        "fractional AI leadership is advised and AI work spans four functions or more",
        lambda case: (
            case.outcome.ai is Advised.FRACTIONAL
            and (case.has_fired("five_questions", "Q02") or case.has_fired("seam", "N07"))
        ),
    ),
    Contradiction(
        "C14",
        "Both roles cost $8,000 to $12,000 a month, or $6,000 to $12,000, while a CAIO alone may cost $15,000.",
        "One article gives three figures: keep the ranges with their sources and quote none of them as the price.",
        ("S3:L52", "S3:L61", "S3:L65", "S3:L76"),
        "both functions are advised fractionally",
        lambda case: case.outcome.technology is Advised.FRACTIONAL and case.outcome.ai is Advised.FRACTIONAL,
    ),
    Contradiction(
        "C15",
        "A fluent CTO can cover both sides, or fewer than 15% of CTOs can; the figure has no source.",
        "Verify the depth of this CTO. The figure says to look closely, not what the result will be.",
        ("S0:L21", "S3:L55"),
        "one leader for both functions is advised by a rule about the CTO",
        lambda case: (
            case.has_fired("seam", "N06")
            or case.has_fired("hire_first", "Q13")
            or (case.two_hats and case.is_answered("technology_seat", "fractional", "full_time"))
        ),
    ),
    Contradiction(
        "C16",
        "One list of four signals for a CAIO has two thresholds: two are decisive, or it takes three.",
        "One signal: consider it. Two: a decisive lean. Three or four: not a CTO's role. Here there are two.",
        ("S4:L38", "S4:L43"),
        "exactly two of the signals hold",
        _signals,
    ),
    Contradiction(
        "C17",
        "The technology roadmap looks a quarter ahead, or 18 months.",
        "Plan both: the quarter's work, and where platform and AI should be in 18 months.",
        ("S3:L31", "S4:L6"),
        "leaders for both functions are advised",
        lambda case: case.outcome.technology not in (Advised.NONE, Advised.UNDECIDED) and case.ai_led,
    ),
    Contradiction(
        "C18",
        "One article has a list for two roles and a list for one, and does not say what holds when both match, or "
        "neither does.",
        "The list for two roles prevails where it matches, because the article speaks more strongly there. Where "
        "neither decides, the matching conditions are shown.",
        ("S2:L25", "S2:L32"),
        "conditions of both lists hold, or only a part of the list for one role",
        _lists_leave_it_open,
    ),
    Contradiction(
        "C19",
        "Months 4 to 12 are nine months, and the article calls them eight or more.",
        "It changes nothing: plan nine months of steady hours.",
        ("S3:L66",),
        "fractional AI leadership is advised by the article that says so",
        lambda case: case.verdicts["hire_first"].ai is Advised.FRACTIONAL,
    ),
    Contradiction(
        "C20",
        "One article says that both functions are always needed; others describe companies that need no CAIO.",
        "The function always exists; the seat is a choice. Track who owns AI, also when nobody does.",
        ("S1:L12", "S2:L32", "S0:L20", "S3:L3"),
        "a rule about doing without a CAIO holds",
        lambda case: (
            case.verdicts["mandates"].seats is Seats.ONE
            or case.has_fired("seam", "N06")
            or case.has_fired("hire_first", "N12")
            or case.has_fired("five_questions", "Q01.peripheral")
        ),
    ),
    Contradiction(
        "C21",
        "Between 30 and 100 people, one article wants a full-time CTO; others advise a fractional one.",
        "Ask what the product needs of its CTO every day. The full-time rule looks at size, the others at cost.",
        ("S1:L32", "S3:L52", "S3:L61", "S3:L65", "S4:L65", "S4:L67", "S4:L68", "S4:L71"),
        "one rule advises a full-time CTO and another a fractional one",
        _commitments_disagree,
    ),
    Contradiction(
        "C22",
        "Define the roles from day one; or the shape of the second seat becomes clear only after a few quarters.",
        "Write decision rights down on day one, and set a date to review them.",
        ("S1:L48", "S0:L28"),
        "two leaders are advised",
        lambda case: case.two_seats,
    ),
    Contradiction(
        "C23",
        "AI needs a leader with undivided attention; or one person can do both.",
        "Compare the AI work with the hours of one person. If AI keeps losing, split the seat.",
        ("S1:L40", "S3:L63", "S4:L5", "S1:L34", "S4:L3", "S4:L51", "S4:L68", "S4:L71"),
        "one rule asks for a dedicated AI leader and another for one person in both roles",
        _attention_is_disputed,
    ),
)

MOST_DECIDING = 3
"""The most contradictions that are shown as those which decide a case."""

_LISTS = ("mandates",)
_WEIGHTS = {Dimension.SEATS: 4, Dimension.TECHNOLOGY: 2, Dimension.AI: 2, Dimension.FIRST: 1}


def bearing_on(case: Case) -> tuple[Contradiction, ...]:
    """The contradictions that bear on a case, in the order of their numbers."""
    return tuple(one for one in CONTRADICTIONS if one.bears(case))


def deciding(case: Case, bearing: Sequence[Contradiction]) -> tuple[tuple[Contradiction, ...], tuple[str, ...]]:
    """The contradictions with those that decide this case first, and the ids of these.

    A contradiction decides as far as rules that fired on both of its sides vote for different advice.
    """
    votes = _votes_by_line(case)
    weights = {one.id: _weight(votes, one) + _weight_within(case, one) for one in bearing}
    ordered = sorted(bearing, key=lambda one: -weights[one.id])
    return tuple(ordered), tuple(one.id for one in ordered[:MOST_DECIDING] if weights[one.id])


_Votes = Mapping[str, list[tuple[str, str, Modality]]]
"""By source line: the dimension, the value and the strength of each vote of the rules that fired."""


def _votes_by_line(case: Case) -> _Votes:
    votes: dict[str, list[tuple[str, str, Modality]]] = {}
    for verdict in case.verdicts.values():
        if verdict.framework in _LISTS and not verdict.decided_by:
            continue  # a bullet of a list that does not decide is no side of its own
        for fired in verdict.fired:
            cast = [(dimension, value, fired.modality) for dimension, value in fired.speaks_for.items()]
            votes.setdefault(fired.source, []).extend(cast)
    return votes


def _weight(votes: _Votes, contradiction: Contradiction) -> int:
    """The sum over the disputed dimensions: how much each counts, times the strength of its weaker side."""
    sides: dict[str, dict[str, Modality]] = {}
    for line in contradiction.sources:
        for dimension, value, modality in votes.get(line, ()):
            of_dimension = sides.setdefault(dimension, {})
            of_dimension[value] = max(of_dimension.get(value, modality), modality)
    return sum(_disputed(dimension, values.values()) for dimension, values in sides.items())


def _weight_within(case: Case, contradiction: Contradiction) -> int:
    """The same for conflicts within one framework that match this contradiction."""
    weight = 0
    for verdict in case.verdicts.values():
        for conflict in verdict.conflicts:
            if conflict.contradiction == contradiction.id:
                strengths = {voice.says: voice.modality for voice in conflict.voices}
                weight += _disputed(conflict.dimension, strengths.values())
    return weight


def _disputed(dimension: str, strengths: Collection[Modality]) -> int:
    return _WEIGHTS[Dimension(dimension)] * sorted(strengths)[-2] if len(strengths) > 1 else 0
