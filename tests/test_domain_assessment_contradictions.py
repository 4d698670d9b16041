"""Which contradictions bear on a case by the rules that fired, and which of them decide it."""

from __future__ import annotations

from itertools import product

import pytest
from made_up_cases import case, verdict

from domain.assessment import Advised, Dimension, First, Modality, Verdict
from domain.assessment.case import Case
from domain.assessment.contradictions import CONTRADICTIONS, bearing_on, deciding
from domain.assessment.verdict import Fired, InternalConflict, Voice


def bearing(one: Case) -> set[str]:
    return {contradiction.id for contradiction in bearing_on(one)}


SMALL_DEFAULTS = ("five_questions:N01", "two_hats:N18", "two_hats:N19", "hire_first:N12")
DEDICATED = ("five_questions:Q02", "five_questions:Q03", "five_questions:Q03.sector", "hire_first:Q10.beside")
TWO_SIDED = {
    "C2": (
        ("five_questions:N02", "five_questions:N03", "five_questions:N05"),
        (
            "five_questions:N01",
            "five_questions:N05.small",
            "mandates:N11",
            "hire_first:N12",
            "two_hats:N18",
            "seam:N06",
        ),
    ),
    "C3": (("hire_first:Q14",), SMALL_DEFAULTS),
    "C21": (
        ("five_questions:N02",),
        ("hire_first:N15.fractional_cto", "hire_first:Q11.fractional_cto", "hire_first:Q14"),
    ),
    "C23": (DEDICATED, ("five_questions:N01", "two_hats:N18", "two_hats:N19", "two_hats:F-S4c.4.yes")),
}
"""Contradictions that bear where a rule of one side and a rule of the other fired."""


@pytest.mark.parametrize("name", TWO_SIDED)
def test_a_contradiction_between_rules_bears_where_both_sides_fired(name: str) -> None:
    one_side, other_side = TWO_SIDED[name]
    for one, other in product(one_side, other_side):
        assert name in bearing(case(one, other)), (one, other)
    for rules in (one_side, other_side):
        assert name not in bearing(case(*rules))


def test_other_rules_of_a_framework_make_no_side() -> None:
    assert "C3" not in bearing(case("hire_first:Q14", "five_questions:N02"))
    assert "C21" not in bearing(case("five_questions:N02", "hire_first:N12"))


def test_a_fractional_cto_by_the_verdict_of_two_hats_contradicts_a_full_time_one() -> None:
    fractional = verdict("two_hats", technology=Advised.FRACTIONAL)
    assert "C21" in bearing(case("five_questions:N02", verdicts=(fractional,)))
    assert "C21" not in bearing(case(verdicts=(fractional,)))


def test_who_comes_first_is_disputed_where_ai_is_to_and_technology_is_vacant_or_wanted_first() -> None:
    ai_first = verdict("hire_first", first=First.AI)
    technology_first = verdict("two_hats", first=First.TECHNOLOGY)
    assert "C4" in bearing(case(verdicts=(ai_first,), technology_seat="none"))
    assert "C4" in bearing(case(verdicts=(ai_first, technology_first), technology_seat="full_time"))
    assert "C4" not in bearing(case(verdicts=(ai_first,), technology_seat="full_time"))
    assert "C4" not in bearing(case(verdicts=(ai_first,)))
    assert "C4" not in bearing(case(verdicts=(technology_first,), technology_seat="none"))


def test_two_signals_are_disputed_and_three_are_not() -> None:
    assert "C16" in bearing(case("two_hats:N17.decisive"))
    assert "C16" not in bearing(case("two_hats:N17.decisive", "two_hats:N17.not_a_cto"))


def test_lists_that_leave_it_open_are_shown_by_their_own_conflict_only() -> None:
    for contradiction, bears in (("C18", True), ("C6", False), (None, False)):
        conflict = InternalConflict(Dimension.SEATS, (), "Nothing is decided.", contradiction)
        assert ("C18" in bearing(case(verdicts=(verdict("mandates", conflicts=(conflict,)),)))) == bears


USUALLY, MUST, CAN = Modality.USUALLY, Modality.MUST, Modality.CAN


def voice(source: str, modality: Modality, **says: str) -> Fired:
    return Fired("N01", "", {}, source, modality, "A sentence.", says)


def decisive(*verdicts: Verdict) -> tuple[list[str], tuple[str, ...]]:
    """The ids of all contradictions in the order in which they weigh, and of those that decide."""
    ordered, ids = deciding(case(verdicts=verdicts), CONTRADICTIONS)
    return [one.id for one in ordered], ids


def test_nothing_decides_where_all_rules_agree() -> None:
    agreed = verdict("seam", voice("S1:L40", USUALLY, seats="two"), voice("S1:L34", MUST, seats="two"))
    assert decisive(agreed) == ([one.id for one in CONTRADICTIONS], ())


def test_a_contradiction_whose_lines_vote_for_different_advice_decides() -> None:
    """Of the contradictions that cite both lines, those with lower numbers come first."""
    disputed = verdict("seam", voice("S1:L40", USUALLY, seats="two"), voice("S1:L34", MUST, seats="one"))
    ordered, ids = decisive(disputed)
    assert ids == ("C6", "C23")
    assert ordered[:3] == ["C6", "C23", "C1"]


def test_a_contradiction_weighs_as_much_as_its_weaker_side_and_its_dimension() -> None:
    """C6 is about seats, which count most; C4 is about whom to hire first, which counts least."""
    seats = (voice("S1:L40", CAN, seats="two"), voice("S1:L34", MUST, seats="one"))
    first = (voice("S3:L48", USUALLY, first="ai"), voice("S4:L47", USUALLY, first="technology"))
    assert decisive(verdict("seam", *first, *seats))[1] == ("C6", "C23", "C4")
    stronger = (voice("S3:L48", MUST, technology="fractional"), voice("S4:L47", MUST, technology="full_time"))
    assert decisive(verdict("seam", *stronger, *seats))[1] == ("C4", "C6", "C23")


def test_a_side_is_as_strong_as_its_strongest_rule() -> None:
    """Two rules for two seats, of which one can do so and one usually does: the dispute weighs as the stronger."""
    seats = (
        voice("S1:L34", MUST, seats="one"),
        voice("S1:L40", USUALLY, seats="two"),
        voice("S1:L40", CAN, seats="two"),
    )
    between = (voice("S3:L48", MUST, technology="fractional"), voice("S4:L47", MUST, technology="full_time"))
    assert decisive(verdict("seam", *seats, *between))[1] == ("C6", "C23", "C4")


def test_disputes_on_several_dimensions_add_up() -> None:
    both = (
        voice("S3:L48", USUALLY, technology="fractional", ai="fractional", first="ai"),
        voice("S4:L47", USUALLY, technology="full_time", ai="full_time", first="technology"),
    )
    seats = (voice("S1:L40", USUALLY, seats="two"), voice("S1:L34", USUALLY, seats="one"))
    assert decisive(verdict("seam", *both, *seats))[1] == ("C4", "C6", "C23")


def test_a_bullet_of_a_list_that_does_not_decide_is_no_side() -> None:
    one = verdict("seam", voice("S1:L40", USUALLY, seats="two"))
    bullet = voice("S1:L34", MUST, seats="one")
    assert decisive(one, verdict("mandates", bullet, decides=False))[1] == ()
    assert decisive(one, verdict("mandates", bullet))[1] == ("C6", "C23")
    assert decisive(one, verdict("hire_first", bullet, decides=False))[1] == ("C6", "C23")
    assert decisive(one, verdict("mandates", decides=False), verdict("hire_first", bullet))[1] == ("C6", "C23")


def conflict(contradiction: str, one: Modality, other: Modality, dimension: Dimension = Dimension.SEATS) -> Verdict:
    voices = (Voice("N01", one, "one"), Voice("N02", other, "two"))
    return verdict("five_questions", conflicts=(InternalConflict(dimension, voices, "", contradiction),))


def test_a_conflict_within_a_framework_counts_for_the_contradiction_that_it_matches() -> None:
    assert decisive(conflict("C18", MUST, USUALLY))[1] == ("C18",)
    mandates = verdict("mandates", conflicts=conflict("C6", CAN, CAN).conflicts)
    assert decisive(conflict("C6", CAN, CAN), mandates, conflict("C6", CAN, CAN))[0][0] == "C6"
    agreed = InternalConflict(Dimension.SEATS, (Voice("N01", MUST, "one"),), "", "C18")
    assert decisive(verdict("seam", conflicts=(agreed,)))[1] == ()


def test_conflicts_of_several_frameworks_add_up() -> None:
    twice = verdict("mandates", conflicts=conflict("C18", CAN, CAN).conflicts)
    seats = verdict("seam", voice("S1:L40", Modality.PROBABLY, seats="two"), voice("S1:L34", MUST, seats="one"))
    assert decisive(conflict("C18", CAN, CAN), twice, seats)[1][0] == "C18"


def test_at_most_three_decide() -> None:
    lines = [line for one in CONTRADICTIONS for line in one.sources]
    loud = [voice(line, USUALLY, seats=("one", "two")[place % 2]) for place, line in enumerate(lines)]
    assert len(decisive(verdict("seam", *loud))[1]) == 3
