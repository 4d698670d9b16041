"""Contradictions between the sources. Shown where they affect a case, never averaged away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.assessment.case import Case
from domain.assessment.framework import Advised, First, Seats


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


def _signals(case: Case) -> bool:
    return case.has_fired("two_hats", "N17.decisive") and not case.has_fired("two_hats", "N17.not_a_cto")


CONTRADICTIONS: tuple[Contradiction, ...] = (
    Contradiction(
        "C1",
        "Divide responsibilities clearly, say four sources; a clean boundary is the commonest failure, says the fifth.",
        "Rights are clear, work overlaps: write down who decides what, share at least one area, and meet weekly.",
        ("S1:L14", "S1:L48", "S2:L24", "S2:L40", "S3:L42", "S4:L54", "S0:L18"),
        "two seats are advised",
        lambda case: case.two_seats,
    ),
    Contradiction(
        "C2",
        "The size at which one role stops being enough is measured in staff, engineers, revenue or rounds, and "
        "differs.",
        "The measures are not of one thing. Read each framework's verdict by itself; the sizes here disagree.",
        ("S1:L30", "S1:L32", "S1:L34", "S2:L35", "S3:L3", "S4:L71", "S0:L21"),
        "rules about size speak for one seat and for two",
        _sizes_disagree,
    ),
    Contradiction(
        "C3",
        "For a small company: one person with two hats, two fractional people, or one of the roles alone.",
        "One source says two of these itself. What one leader can carry in depth decides, not the default.",
        ("S1:L34", "S4:L3", "S4:L71", "S3:L61", "S3:L3"),
        "a small company is told of two fractional people and of one leader or role",
        _small_defaults_disagree,
    ),
    Contradiction(
        "C4",
        "With no CTO and software that works, one source hires the CAIO first and another fills the CTO's seat first.",
        "A CAIO alone plans on engineering that may not be there. If AI comes first, name who owns the platform "
        "meanwhile.",
        ("S3:L48", "S3:L51", "S3:L53", "S4:L47", "S4:L67", "S4:L73", "S4:L61"),
        "hire_first says AI first, and technology is vacant or two_hats says technology first",
        _who_first_disagrees,
    ),
    Contradiction(
        "C5",
        "One leader with depth in both is harder to find than two; yet one is faster, cheaper and has fewer faults "
        "between.",
        "Both hold: one is about finding people, the other about working together. Look for one, and know when to "
        "stop.",
        ("S1:L54", "S0:L21", "S4:L56", "S4:L57", "S1:L52"),
        "one leader for both functions is advised",
        lambda case: case.two_hats,
    ),
    Contradiction(
        "C6",
        "The stakes ask for a CAIO of its own without exception, and the budget is for one leader: one source says "
        "both.",
        "Unified for now, with a person named who answers for AI risk, and on record what will split the seat.",
        ("S1:L40", "S1:L34"),
        "stakes are high and the budget carries one leader",
        lambda case: case.has_fired("five_questions", "Q03") and case.has_fired("five_questions", "Q04"),
    ),
    Contradiction(
        "C7",
        "A CAIO must have shipped AI systems; or the role is one of business strategy.",
        "Ask for depth in any case: a strategist who has shipped nothing is the pattern that ships nothing.",
        ("S1:L46", "S4:L53", "S3:L6"),
        "somebody to lead AI is advised",
        lambda case: case.ai_led,
    ),
    Contradiction(
        "C8",
        "AI systems in production are the CAIO's; or the CTO builds and the CAIO picks; or they run on the CTO's "
        "platforms.",
        "Settle it with the client and write it down among the decision rights before the first system goes live.",
        ("S4:L23", "S1:L32", "S2:L40"),
        "two seats are advised and AI is in the product or in use",
        lambda case: (
            case.two_seats and (case.is_answered("ai_in_product", True) or case.values.get("ai_use_cases", 0) > 0)
        ),
    ),
    Contradiction(
        "C9",
        "Whether to build AI or buy it is for the CTO, who decides so for all technology, or for the CAIO.",
        "A shared area: one list of criteria, with business impact and feasibility weighing alike, decided jointly.",
        ("S2:L10", "S4:L12", "S3:L13", "S4:L22"),
        "an AI build-or-buy decision is pending",
        lambda case: case.is_answered("ai_build_or_buy_pending", True),
    ),
    Contradiction(
        "C10",
        "One source gives the product to the CTO; the others do not say who owns it.",
        "Ask who owns the product. Neither hat carries it by default.",
        ("S4:L30", "S4:L26"),
        "a software product is being built",
        lambda case: case.is_answered("builds_software_product", True),
    ),
    Contradiction(
        "C11",
        "A mid-market CAIO reports to the CTO at first; or to the CEO; and a CTO who resolves conflicts favours "
        "the platform.",
        "Where the CAIO reports to the CTO, or the CTO settles conflicts, name somebody else to settle them.",
        ("S2:L39", "S3:L34", "S0:L26"),
        "two seats are advised, and the CTO settles conflicts or the company is mid-market",
        lambda case: (
            case.two_seats and (case.is_answered("conflict_resolver", "cto") or case.is_answered("mid_market", True))
        ),
    ),
    Contradiction(
        "C12",
        "Arguing is the point; friction destroys the value of both; boundaries must be set early.",
        "Record disagreements with who resolved them and how. Many are healthy; unresolved ones are not.",
        ("S0:L19", "S4:L69", "S2:L24"),
        "two seats are advised",
        lambda case: case.two_seats,
    ),
    Contradiction(
        "C13",
        "Eight to twenty hours a month do for a fractional CAIO; bringing AI into many functions takes somebody's "
        "full time.",
        "Count the functions against the hours before signing, and again each quarter.",
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
        "One source, three figures: keep the ranges with their lines and quote none of them as the price.",
        ("S3:L52", "S3:L61", "S3:L65", "S3:L76"),
        "both functions are advised fractionally",
        lambda case: case.outcome.technology is Advised.FRACTIONAL and case.outcome.ai is Advised.FRACTIONAL,
    ),
    Contradiction(
        "C15",
        "A fluent CTO can hold both sides; fewer than 15% of CTOs can, and the figure has no source.",
        "Check the depth of this CTO. The base rate says to look closely, not what will be found.",
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
        "Of four signals for a CAIO two are decisive, or it takes three: one list, two thresholds.",
        "One: consider it. Two: a decisive lean. Three or four: not a CTO's role. Here there are two.",
        ("S4:L38", "S4:L43"),
        "exactly two of the signals are there",
        _signals,
    ),
    Contradiction(
        "C17",
        "The technology roadmap looks a quarter ahead, or eighteen months.",
        "Plan both: the quarter's work, and where platform and AI should be in eighteen months.",
        ("S3:L31", "S4:L6"),
        "leaders for both functions are advised",
        lambda case: case.outcome.technology not in (Advised.NONE, Advised.UNDECIDED) and case.ai_led,
    ),
    Contradiction(
        "C18",
        "The two lists do not say how many bullets count, so that a company may match both, or neither whole.",
        "Undecided, with the bullets that match shown. Which of them weighs more is a judgement to make and to "
        "write down.",
        ("S2:L25", "S2:L32"),
        "both lists match, or one matches in a bullet and fails in another",
        _lists_leave_it_open,
    ),
    Contradiction(
        "C19",
        "Months 4 to 12 are nine, and the source calls them eight or more.",
        "It changes nothing: count nine months of steady hours.",
        ("S3:L66",),
        "hire_first advises fractional AI leadership",
        lambda case: case.verdicts["hire_first"].ai is Advised.FRACTIONAL,
    ),
    Contradiction(
        "C20",
        "Both functions are always needed, says one source; others know companies that need no CAIO.",
        "The function is there in any case; the seat is a choice. Track who owns AI, and say so when nobody does.",
        ("S1:L12", "S2:L32", "S0:L20", "S3:L3"),
        "a framework finds one seat enough by a rule about doing without a CAIO",
        lambda case: (
            case.verdicts["mandates"].seats is Seats.ONE
            or case.has_fired("seam", "N06")
            or case.has_fired("hire_first", "N12")
            or case.has_fired("five_questions", "Q01.peripheral")
        ),
    ),
)


def bearing_on(case: Case) -> tuple[Contradiction, ...]:
    """The contradictions that bear on a case, in the order of their numbers."""
    return tuple(one for one in CONTRADICTIONS if one.bears(case))
