"""Small frameworks drawn at random, each rule on a question of its own, so that all answers can be tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from hypothesis import strategies as st

from domain.assessment.conditions import yes
from domain.assessment.framework import (
    Advised,
    First,
    Framework,
    Method,
    Modality,
    Rule,
    Seats,
    Settlement,
    Source,
    Vote,
)
from domain.assessment.predicates import Values

QUESTIONS = ("regulated", "service_business", "operator_ceo_led", "mid_market", "ai_in_product")
EXCEPTION, SETTLING, SILENCING = "has_dev_team", "basic_infrastructure", "needs_custom_technology"
SOURCE = Source("S9", "A made-up article", "Nobody")
STRENGTHS = (Modality.CAN, Modality.USUALLY, Modality.MUST)
SEATS = (Seats.ONE, Seats.TWO)
_OF_LISTS = {Seats.ONE: Modality.CAN, Seats.TWO: Modality.USUALLY}
"""A list of two roles speaks more strongly than one of one role."""

OF_SEATS = tuple(Vote(seats=seats) for seats in (Seats.ONE, Seats.TWO, Seats.SINGLE))
OF_TERMS = (
    Vote(technology=Advised.FULL_TIME),
    Vote(technology=Advised.FRACTIONAL),
    Vote(ai=Advised.FRACTIONAL),
    Vote(first=First.TECHNOLOGY),
    Vote(first=First.AI),
)
PACKAGES = (
    Vote(seats=Seats.ONE, technology=Advised.FRACTIONAL),
    Vote(seats=Seats.TWO, ai=Advised.FULL_TIME, first=First.AI),
)


@st.composite
def frameworks(draw: st.DrawFn, *, plain: bool = False) -> Framework:
    """A framework of up to five rules; a plain one has no weights, no exceptions and no votes on seats among others."""
    method = draw(st.sampled_from([Method.STRONGEST, Method.LISTS] if plain else list(Method)))
    has_lists = method is Method.LISTS
    settles = not plain and not has_lists and draw(st.integers(0, 3)) == 0
    has_exceptions = not plain and not settles
    if has_lists:
        votes: tuple[Vote, ...] = OF_SEATS[:2]
    else:
        votes = draw(st.sampled_from([OF_SEATS, OF_TERMS])) if plain else (*OF_SEATS, *OF_TERMS, *PACKAGES)
    rules = tuple(
        Rule(
            f"R{place}",
            yes(question),
            vote := draw(st.sampled_from(votes)),
            _OF_LISTS[vote.seats] if has_lists and vote.seats is not None else draw(st.sampled_from(STRENGTHS)),
            "A sentence.",
            "S9:L1",
            unless=yes(EXCEPTION) if has_exceptions and draw(st.integers(0, 3)) == 0 else None,
            weight=draw(st.integers(1, 3)),
        )
        for place, question in enumerate(QUESTIONS[: draw(st.integers(1, len(QUESTIONS)))])
    )
    settlement = Settlement("R0", yes(SETTLING), draw(st.sampled_from(SEATS)), "It is settled.", "S9:L2")
    return Framework(
        "made_up",
        1,
        "Made up",
        SOURCE,
        "A made-up framework",
        method,
        rules,
        settlements=(settlement,) if settles else (),
        counts_double=frozenset({"R1"}),
        whole_lists=frozenset({Seats.ONE}) if has_lists else frozenset(),
        commitments_unless=yes(SILENCING) if draw(st.booleans()) else None,
    )


def some_answers(framework: Framework) -> st.SearchStrategy[Values]:
    """Some of the answers that the framework asks for."""
    return st.fixed_dictionaries({}, optional={name: st.booleans() for name in framework.questions}).map(Values)


def completions(framework: Framework, values: Values) -> Iterator[Values]:
    """Every way to answer the rest."""
    missing = [name for name in framework.questions if name not in values]
    for rest in product((True, False), repeat=len(missing)):
        yield Values({**values, **dict(zip(missing, rest, strict=True))})
