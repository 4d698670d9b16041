"""What every kind of milestone does to the seats, and when it is refused."""

from __future__ import annotations

import re

import pytest
from story import (
    AI,
    DANA,
    ELENA,
    FULL_TIME,
    IRIS,
    SOFIA,
    TECHNOLOGY,
    chosen,
    day,
    fee,
    given,
    hours,
    named,
    on,
    retract,
    seat,
    split,
    terms,
    two_hats,
)

from domain.areas import SIGNS, sign_words
from domain.decisions import Log
from domain.errors import (
    AlreadyFullTime,
    AlreadySplit,
    BeforeOpening,
    FunctionHeld,
    FunctionVacant,
    NotFullTime,
    NotOneSeat,
    NotTwoSeats,
    NotUnified,
    SameHolder,
    UnknownAssessment,
)
from domain.kinds.agreements import AlignmentHeld
from domain.kinds.engagement import AssessmentTaken, Opened, Paused
from domain.kinds.seats import (
    HandedOver,
    HatAdded,
    MergedToOneRole,
    SeatFilled,
    SeatVacated,
    SplitToTwoRoles,
    StructureChosen,
    TermsChanged,
    TransitionedToFractional,
    TransitionedToFullTime,
)
from domain.milestones import DETAILS, Kind, Precision, holders_of
from domain.seats import BOTH, Function, Provider, ReportsTo, SeatWithFunctions

UNIFIED = chosen("2024-02-01", two_hats(DANA, hours_per_month=hours(20, 12), monthly_fee=fee(9500)))
PAIR = chosen("2024-02-01", seat(DANA, TECHNOLOGY, monthly_fee=fee(6000)), seat(IRIS, AI, hours_per_month=hours(ai=16)))


def test_every_kind_has_details_of_its_own() -> None:
    assert set(DETAILS) == set(Kind)
    assert all(details.kind is kind for kind, details in DETAILS.items())


def test_an_opened_engagement_has_the_structure_none() -> None:
    assert given().structures == ["none 2024-01-15.."]
    assert given().transitions == ["2024-01-15 None -> none"]


@pytest.mark.parametrize(
    ("seats", "structure"),
    [
        ((seat(DANA, TECHNOLOGY),), "cto_only_fractional"),
        ((seat(DANA, TECHNOLOGY, commitment=FULL_TIME),), "cto_only_full_time"),
        ((seat(DANA, AI),), "caio_only_fractional"),
        ((seat(DANA, AI, commitment=FULL_TIME),), "caio_only_full_time"),
        ((two_hats(DANA),), "unified_fractional"),
        ((two_hats(DANA, FULL_TIME),), "unified_full_time"),
        ((seat(DANA, TECHNOLOGY), seat(IRIS, AI)), "fractional_pair"),
        ((seat(DANA, TECHNOLOGY, commitment=FULL_TIME), seat(IRIS, AI)), "full_time_cto_fractional_caio"),
        ((seat(DANA, TECHNOLOGY), seat(IRIS, AI, commitment=FULL_TIME)), "fractional_cto_full_time_caio"),
        ((seat(DANA, TECHNOLOGY, commitment=FULL_TIME), seat(IRIS, AI, commitment=FULL_TIME)), "full_time_pair"),
        ((seat(DANA, TECHNOLOGY, interim=True),), "cto_only_fractional"),
    ],
)
def test_chosen_seats_amount_to_a_structure(seats: tuple[SeatWithFunctions, ...], structure: str) -> None:
    assert given(chosen("2024-02-01", *seats)).structures == [
        "none 2024-01-15..2024-02-01",
        f"{structure} 2024-02-01..",
    ]


def test_one_person_in_two_seats_is_a_pair_and_not_unified() -> None:
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(DANA, AI)))
    assert story.structures[-1] == "fractional_pair 2024-02-01.."


def test_a_chosen_structure_replaces_whatever_was_there() -> None:
    story = given(PAIR, chosen("2024-05-01", seat(ELENA, AI, commitment=FULL_TIME)))
    assert story.structures[-1] == "caio_only_full_time 2024-05-01.."
    assert story.seats(TECHNOLOGY) == ["Dana fractional 2024-02-01..2024-05-01"]


def test_choosing_the_same_seats_again_makes_new_seats() -> None:
    story = given(UNIFIED, chosen("2024-05-01", *UNIFIED.details.seats))  # type: ignore[attr-defined]
    assert story.structures == ["none 2024-01-15..2024-02-01", "unified_fractional 2024-02-01.."]
    assert story.seats(AI) == ["Dana fractional 2024-02-01..2024-05-01", "Dana fractional 2024-05-01.."]
    assert len(set(story.seat_ids(AI))) == 2


def test_a_choice_names_an_assessment_of_the_engagement_or_is_refused() -> None:
    story = given(on("2024-01-20", AssessmentTaken({"headcount": 24}, IRIS), "the assessment"))
    choice = StructureChosen((two_hats(DANA),), assessment=named("the assessment"))
    assert story.when(on("2024-02-01", choice)).structures[-1] == "unified_fractional 2024-02-01.."
    given().refuses(on("2024-02-01", choice), because=UnknownAssessment, naming="structure_chosen 2024-02-01")


def test_an_assessment_that_a_choice_names_cannot_be_retracted() -> None:
    story = given(
        on("2024-01-20", AssessmentTaken({}, IRIS), "the assessment"),
        on("2024-02-01", StructureChosen((two_hats(DANA),), assessment=named("the assessment")), "the choice"),
    )
    story.refuses(retract("the assessment"), because=UnknownAssessment, naming="the choice")


def test_a_split_puts_two_seats_in_place_of_one() -> None:
    story = given(UNIFIED, split("2024-06-10", DANA, IRIS))
    assert story.structures[-2:] == ["unified_fractional 2024-02-01..2024-06-10", "fractional_pair 2024-06-10.."]
    assert story.seats(TECHNOLOGY) == ["Dana fractional 2024-02-01..2024-06-10", "Dana fractional 2024-06-10.."]
    assert story.seats(AI) == ["Dana fractional 2024-02-01..2024-06-10", "Iris fractional 2024-06-10.."]


def test_only_a_unified_seat_can_be_split() -> None:
    again = split("2024-07-01", DANA, IRIS)
    given(PAIR).refuses(again, because=AlreadySplit, naming="split_to_two_roles 2024-07-01")
    for story in (given(), given(chosen("2024-02-01", seat(DANA, AI)))):
        story.refuses(again, because=NotUnified, naming="split_to_two_roles 2024-07-01")


def test_a_merge_makes_one_seat_of_two() -> None:
    story = given(PAIR, on("2024-08-01", MergedToOneRole(terms(IRIS))))
    assert story.structures[-1] == "unified_fractional 2024-08-01.."
    assert story.seat_ids(TECHNOLOGY)[-1] == story.seat_ids(AI)[-1]


def test_only_two_held_seats_can_be_merged() -> None:
    merged = on("2024-08-01", MergedToOneRole(terms(IRIS)))
    for story in (given(), given(UNIFIED), given(chosen("2024-02-01", seat(DANA, AI)))):
        story.refuses(merged, because=NotTwoSeats, naming="merged_to_one_role 2024-08-01")


def test_a_transition_to_full_time_starts_hours_and_fee_anew_and_keeps_reports_to() -> None:
    start = chosen(
        "2024-02-01", seat(DANA, TECHNOLOGY, monthly_fee=fee(6000), hours_per_month=hours(30), reports_to=ReportsTo.CTO)
    )
    story = given(start, on("2024-09-01", TransitionedToFullTime((TECHNOLOGY,), ELENA)))
    assert story.structures[-1] == "cto_only_full_time 2024-09-01.."
    assert story.terms_on("2024-09-01", TECHNOLOGY) == terms(
        ELENA, FULL_TIME, provider=Provider.CLIENT, reports_to=ReportsTo.CTO
    )
    assert len(set(story.seat_ids(TECHNOLOGY))) == 1  # the same chair


def test_a_transition_may_say_its_own_terms() -> None:
    details = TransitionedToFullTime(
        BOTH, DANA, Provider.FIRM, True, ReportsTo.BOARD, hours(100, 60), fee(20_000, "EUR")
    )
    held = given(UNIFIED, on("2024-09-01", details)).terms_on("2024-09-01", AI)
    assert held == terms(
        DANA,
        FULL_TIME,
        interim=True,
        reports_to=ReportsTo.BOARD,
        hours_per_month=hours(100, 60),
        monthly_fee=fee(20_000, "EUR"),
    )
    unknown = given(PAIR, on("2024-09-01", TransitionedToFullTime((TECHNOLOGY,), DANA, reports_to=None)))
    assert unknown.terms_on("2024-09-01", TECHNOLOGY).reports_to is None


def test_one_hat_of_a_unified_seat_cannot_go_full_time_before_a_split() -> None:
    alone = on("2024-09-01", TransitionedToFullTime((AI,), ELENA))
    given(UNIFIED).refuses(alone, because=NotOneSeat, naming="transitioned_to_full_time 2024-09-01")


def test_two_seats_do_not_go_full_time_as_one() -> None:
    both = on("2024-09-01", TransitionedToFullTime(BOTH, ELENA))
    given(PAIR).refuses(both, because=NotOneSeat, naming="transitioned_to_full_time 2024-09-01")


@pytest.mark.parametrize("functions", [(TECHNOLOGY,), (TECHNOLOGY, AI), (AI, TECHNOLOGY)])
def test_a_vacant_function_is_named_as_the_reason_in_whatever_order(functions: tuple[Function, ...]) -> None:
    story = given(chosen("2024-02-01", seat(DANA, AI)))
    for details in (
        TransitionedToFullTime(functions, ELENA),
        TransitionedToFractional(functions, ELENA),
        HandedOver(functions, ELENA),
        TermsChanged(functions, monthly_fee=None),
        SeatVacated(functions),
    ):
        story.refuses(on("2024-09-01", details, "it"), because=FunctionVacant, naming="it")


def test_a_full_time_seat_cannot_become_full_time_nor_a_fractional_one_fractional() -> None:
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY, commitment=FULL_TIME), seat(IRIS, AI)))
    up = on("2024-09-01", TransitionedToFullTime((TECHNOLOGY,), ELENA), "up")
    down = on("2024-09-01", TransitionedToFractional((AI,), ELENA), "down")
    story.refuses(up, because=AlreadyFullTime, naming="up")
    story.refuses(down, because=NotFullTime, naming="down")


def test_the_way_back_to_fractional_exists() -> None:
    story = given(
        chosen(
            "2024-02-01",
            two_hats(DANA, FULL_TIME, provider=Provider.CLIENT, monthly_fee=fee(15_000), reports_to=ReportsTo.CEO),
        ),
        on("2024-09-01", TransitionedToFractional(BOTH, IRIS)),
    )
    assert story.structures[-1] == "unified_fractional 2024-09-01.."
    assert story.terms_on("2024-09-01", AI) == terms(IRIS, reports_to=ReportsTo.CEO)


@pytest.mark.parametrize(("held", "added"), [(TECHNOLOGY, AI), (AI, TECHNOLOGY)])
def test_hat_added_starts_hours_and_fee_anew_and_keeps_reports_to(held: Function, added: Function) -> None:
    first = seat(
        DANA,
        held,
        monthly_fee=fee(6000),
        hours_per_month=hours(20) if held is TECHNOLOGY else hours(ai=20),
        reports_to=ReportsTo.COO,
    )
    story = given(chosen("2024-02-01", first), on("2024-06-01", HatAdded(added)))
    assert story.structures[-1] == "unified_fractional 2024-06-01.."
    assert story.terms_on("2024-06-01", held) == terms(DANA, reports_to=ReportsTo.COO)
    assert set(story.seat_ids(TECHNOLOGY)) == set(story.seat_ids(AI))  # the same chair, now with both
    given_terms = HatAdded(added, ReportsTo.CEO, hours(20, 8), fee(8000))
    other = given(chosen("2024-02-01", first), on("2024-06-01", given_terms))
    assert other.terms_on("2024-06-01", added) == terms(
        DANA, reports_to=ReportsTo.CEO, hours_per_month=hours(20, 8), monthly_fee=fee(8000)
    )


def test_a_hat_is_added_only_where_one_function_is_vacant_and_the_other_held() -> None:
    added = on("2024-06-01", HatAdded(AI))
    given().refuses(added, because=FunctionVacant, naming="hat_added 2024-06-01")
    for start in (UNIFIED, PAIR, chosen("2024-02-01", seat(IRIS, AI))):
        given(start).refuses(added, because=FunctionHeld, naming="hat_added 2024-06-01")


def test_a_hand_over_keeps_the_terms_and_the_chair() -> None:
    story = given(UNIFIED, on("2024-09-01", HandedOver(BOTH, SOFIA)))
    assert story.terms_on("2024-09-01", AI) == terms(SOFIA, hours_per_month=hours(20, 12), monthly_fee=fee(9500))
    assert len(set(story.seat_ids(AI))) == 1


def test_the_same_holder_may_go_from_acting_to_permanent() -> None:
    story = given(
        PAIR,
        on("2024-09-01", HandedOver((AI,), SOFIA, interim=True)),
        on("2024-11-01", HandedOver((AI,), SOFIA)),
    )
    assert story.seats(AI)[1:] == [
        "Sofia (interim) fractional 2024-09-01..2024-11-01",
        "Sofia fractional 2024-11-01..",
    ]
    again = on("2024-12-01", HandedOver((AI,), SOFIA))
    story.refuses(again, because=SameHolder, naming="handed_over 2024-12-01")


def test_a_hand_over_is_of_one_whole_seat() -> None:
    one_hat = on("2024-09-01", HandedOver((AI,), SOFIA), "it")
    both = on("2024-09-01", HandedOver(BOTH, SOFIA), "it")
    given(UNIFIED).refuses(one_hat, because=NotOneSeat, naming="it")
    given(PAIR).refuses(both, because=NotOneSeat, naming="it")


def test_a_seat_is_filled_where_its_functions_are_vacant() -> None:
    story = given(on("2024-02-01", SeatFilled(seat(DANA, TECHNOLOGY))), on("2024-04-01", SeatFilled(seat(IRIS, AI))))
    assert story.structures[1:] == ["cto_only_fractional 2024-02-01..2024-04-01", "fractional_pair 2024-04-01.."]
    for taken in (seat(ELENA, AI), two_hats(ELENA)):
        story.refuses(on("2024-05-01", SeatFilled(taken)), because=FunctionHeld, naming="seat_filled 2024-05-01")
    assert given(on("2024-02-01", SeatFilled(two_hats(DANA)))).structures[-1] == "unified_fractional 2024-02-01.."


def test_vacating_one_hat_of_a_unified_seat_leaves_the_other_held() -> None:
    story = given(UNIFIED, on("2024-05-01", SeatVacated((AI,), "leave")))
    assert story.structures[-1] == "cto_only_fractional 2024-05-01.."
    assert story.seats(AI) == ["Dana fractional 2024-02-01..2024-05-01"]
    # what was agreed for the other hat goes with it; the fee is nobody's to divide
    assert story.terms_on("2024-05-01", TECHNOLOGY) == terms(DANA, hours_per_month=hours(20), monthly_fee=fee(9500))
    assert len(set(story.seat_ids(TECHNOLOGY))) == 1


@pytest.mark.parametrize("start", [UNIFIED, PAIR])
def test_both_functions_may_be_vacated_at_once_from_one_seat_or_two(start: Log) -> None:
    story = given(start, on("2024-05-01", SeatVacated(BOTH)))
    assert story.structures[-1] == "none 2024-05-01.."


def test_vacating_one_of_two_seats_leaves_the_other_as_it_was() -> None:
    story = given(PAIR, on("2024-05-01", SeatVacated((TECHNOLOGY,))))
    assert story.structures[-1] == "caio_only_fractional 2024-05-01.."
    assert story.seats(AI) == ["Iris fractional 2024-02-01.."]


def test_changed_terms_hold_from_their_day_and_leave_the_rest() -> None:
    story = given(PAIR, on("2024-05-01", TermsChanged((AI,), monthly_fee=fee(5200, "EUR"))))
    assert story.terms_on("2024-04-30", AI).monthly_fee is None
    assert story.terms_on("2024-05-01", AI) == terms(IRIS, hours_per_month=hours(ai=16), monthly_fee=fee(5200, "EUR"))
    unknown = story.when(on("2024-06-01", TermsChanged((AI,), hours_per_month=None, reports_to=ReportsTo.BOARD)))
    assert unknown.terms_on("2024-06-01", AI) == terms(IRIS, reports_to=ReportsTo.BOARD, monthly_fee=fee(5200, "EUR"))
    cheaper = unknown.when(on("2024-07-01", TermsChanged((AI,), monthly_fee=None)))
    assert cheaper.terms_on("2024-07-01", AI) == terms(IRIS, reports_to=ReportsTo.BOARD)


def test_terms_are_those_of_one_whole_seat() -> None:
    change = on("2024-05-01", TermsChanged((AI,), monthly_fee=fee(1)), "it")
    given(UNIFIED).refuses(change, because=NotOneSeat, naming="it")


def test_neighbouring_spans_with_equal_terms_are_one() -> None:
    story = given(
        PAIR,
        on("2024-05-01", TermsChanged((AI,), monthly_fee=fee(5000)), "up"),
        on("2024-05-01", TermsChanged((AI,), monthly_fee=None), "down again"),
        on("2024-06-01", TermsChanged((TECHNOLOGY,), monthly_fee=fee(6000)), "nothing new"),
    )
    assert story.seats(AI) == ["Iris fractional 2024-02-01.."]
    assert story.seats(TECHNOLOGY) == ["Dana fractional 2024-02-01.."]


def test_a_milestone_says_whom_it_names() -> None:
    assert holders_of(Opened("x", DANA)) == (DANA,)
    assert holders_of(Opened("x")) == ()
    assert holders_of(AssessmentTaken({}, IRIS)) == (IRIS,)
    assert holders_of(PAIR.details) == (DANA, IRIS)
    assert holders_of(SplitToTwoRoles(terms(DANA), terms(SOFIA))) == (DANA, SOFIA)
    assert holders_of(MergedToOneRole(terms(DANA))) == (DANA,)
    assert holders_of(SeatFilled(seat(ELENA, AI))) == (ELENA,)
    assert holders_of(TransitionedToFullTime((AI,), ELENA)) == (ELENA,)
    assert holders_of(TransitionedToFractional((AI,), ELENA)) == (ELENA,)
    assert holders_of(HandedOver((AI,), ELENA)) == (ELENA,)
    assert holders_of(AlignmentHeld((DANA, IRIS))) == (DANA, IRIS)
    assert holders_of(Paused()) == ()


def test_a_period_ends_with_its_last_day() -> None:
    assert Precision.MONTH.last_day(day("2024-02-01")) == day("2024-02-29")
    assert Precision.QUARTER.last_day(day("2024-10-01")) == day("2024-12-31")
    assert Precision.YEAR.last_day(day("2023-01-01")) == day("2023-12-31")
    assert Precision.MONTH.last_day(day("9999-11-01")) == day("9999-11-30")
    assert Precision.YEAR.last_day(day("9999-01-01")) == day("9999-12-31")


def test_refusals_name_functions_and_signs_in_words() -> None:
    assert [function.words for function in Function] == ["technology", "AI"]
    assert sign_words("A07") == f"“{SIGNS['A07']}”"
    assert sign_words("shadow_ai") == "“shadow ai”"
    assert sign_words("two-roadmaps") == "“two roadmaps”"


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_is_named_in_words_of_its_own(kind: Kind) -> None:
    assert re.fullmatch(r"[A-Z][a-z]+[a-zA-Z -]*", kind.label)
    assert [other for other in Kind if other.label == kind.label] == [kind]


def test_a_refusal_names_kinds_in_words() -> None:
    early = chosen("2023-12-31", two_hats(DANA))
    with pytest.raises(BeforeOpening, match=r"^“Structure chosen” on 31 Dec 2023 is before the engagement opened"):
        given(early)
    with pytest.raises(NotUnified) as refused:
        given(UNIFIED, split("2024-06-10", DANA, IRIS)).when(retract("structure_chosen 2024-02-01"))
    assert refused.value.about == "“Split into two roles” on 10 Jun 2024 no longer fits"
