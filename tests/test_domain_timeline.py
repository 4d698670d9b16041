"""Time in one engagement: order, back-dating, precision, pauses, the close; and what must come before what."""

from __future__ import annotations

from decimal import Decimal

import pytest
from story import (
    AI,
    DANA,
    IRIS,
    SOFIA,
    TECHNOLOGY,
    chosen,
    closed,
    correct,
    day,
    given,
    on,
    retract,
    seat,
    split,
    terms,
    two_hats,
)

from domain.areas import Resolver
from domain.decisions import Log
from domain.errors import (
    AlreadyLive,
    AlreadyPaused,
    BeforeOpening,
    ConflictKnown,
    ConflictResolved,
    EngagementClosed,
    FunctionHeld,
    HoursNotHeld,
    InitiativeKnown,
    NotOneSeat,
    NotPaused,
    NotUnified,
    Refusal,
    SignNotObserved,
    SignStands,
    UnknownConflict,
    UnknownInitiative,
)
from domain.kinds.agreements import AlignmentHeld, ConflictRaised, ConflictResolvedBy, SignCleared, SignObserved
from domain.kinds.engagement import Paused, Resumed
from domain.kinds.seats import HandedOver, HatAdded, SeatFilled, SeatVacated, SplitToTwoRoles, TermsChanged
from domain.kinds.work import DeliverableIssued, HoursReported, InitiativeLive, InitiativeStarted, OutcomeMeasured
from domain.milestones import Details, Precision
from domain.seats import Function

UNIFIED = chosen("2024-02-01", two_hats(DANA))


def test_a_split_may_be_back_dated() -> None:
    story = given(
        UNIFIED, on("2024-09-01", TermsChanged((TECHNOLOGY, AI), reports_to=None)), split("2024-10-01", DANA, IRIS)
    ).when(retract("terms_changed 2024-09-01"), correct("split_to_two_roles 2024-10-01", "2024-06-10"))
    assert story.structures[1:] == ["unified_fractional 2024-02-01..2024-06-10", "fractional_pair 2024-06-10.."]


def test_a_back_dated_milestone_is_refused_naming_the_one_that_no_longer_fits() -> None:
    story = given(UNIFIED, split("2024-06-10", DANA, IRIS, "the split"))
    story.refuses(on("2024-03-01", SeatVacated((AI,))), because=NotUnified, naming="the split")
    fits = on("2024-03-01", HandedOver((TECHNOLOGY, AI), SOFIA))
    assert story.when(fits).seats(AI)[1] == "Sofia fractional 2024-03-01..2024-06-10"


def test_a_refused_milestone_names_itself() -> None:
    given().refuses(split("2024-06-10", DANA, IRIS, "the split"), because=NotUnified, naming="the split")


def test_nothing_lies_before_the_opening() -> None:
    early = on("2024-01-14", AlignmentHeld((DANA,)), "too early")
    given().refuses(early, because=BeforeOpening, naming="too early")
    story = given(on("2024-02-01", AlignmentHeld((DANA,)), "a meeting"))
    story.refuses(correct("the opening", "2024-02-02"), because=BeforeOpening, naming="a meeting")
    assert story.when(correct("the opening", "2024-02-01")).structures == ["none 2024-02-01.."]


def test_the_structure_is_none_from_the_opening_until_seats_are_taken() -> None:
    assert given(UNIFIED).structures == ["none 2024-01-15..2024-02-01", "unified_fractional 2024-02-01.."]
    assert given(UNIFIED).transitions == ["2024-01-15 None -> none", "2024-02-01 none -> unified_fractional"]


def test_seats_taken_on_the_day_it_opens_leave_no_none() -> None:
    story = given(chosen("2024-01-15", two_hats(DANA)))
    assert story.structures == ["unified_fractional 2024-01-15.."]
    assert story.transitions == ["2024-01-15 None -> unified_fractional"]


def test_milestones_of_one_date_apply_in_the_order_in_which_they_were_first_recorded() -> None:
    given(UNIFIED, split("2024-06-10", DANA, IRIS), on("2024-06-10", HandedOver((AI,), SOFIA)))
    given(UNIFIED, on("2024-06-10", HandedOver((TECHNOLOGY, AI), SOFIA))).when(split("2024-06-10", DANA, IRIS))
    given(UNIFIED).refuses(
        on("2024-06-10", HandedOver((AI,), SOFIA), "first"),
        split("2024-06-10", DANA, IRIS),
        because=NotOneSeat,
        naming="first",
    )


def test_a_corrected_milestone_keeps_its_place_among_those_of_its_date() -> None:
    story = given(
        UNIFIED,
        split("2024-05-01", DANA, IRIS, "the split"),
        on("2024-06-10", HandedOver((AI,), SOFIA), "the handover"),
    )
    moved = story.when(correct("the split", "2024-06-10"))
    assert moved.seats(AI) == ["Dana fractional 2024-02-01..2024-06-10", "Sofia fractional 2024-06-10.."]
    assert moved.structures[-1] == "fractional_pair 2024-06-10.."


def test_what_is_undone_on_the_same_day_never_was() -> None:
    story = given(
        UNIFIED,
        on("2024-05-01", SeatVacated((AI,)), "by mistake"),
        on("2024-05-01", HatAdded(AI), "put back"),
    )
    assert story.structures == ["none 2024-01-15..2024-02-01", "unified_fractional 2024-02-01.."]
    assert story.seats(AI) == ["Dana fractional 2024-02-01.."]


def test_what_is_undone_on_the_same_day_never_was_whatever_came_before() -> None:
    pauses = [on("2024-03-01", Paused()), on("2024-04-01", Resumed()), on("2024-05-01", Paused())]
    assert given(*pauses, on("2024-05-01", Resumed())).statuses == [
        "open 2024-01-15..2024-03-01",
        "paused 2024-03-01..2024-04-01",
        "open 2024-04-01..",
    ]


def test_a_close_ends_the_engagement_its_seats_and_its_spans_that_day() -> None:
    story = given(UNIFIED, closed("2024-09-30"))
    assert story.structures[-1] == "unified_fractional 2024-02-01..2024-09-30"
    assert story.seats(TECHNOLOGY) == ["Dana fractional 2024-02-01..2024-09-30"]
    assert story.statuses == ["open 2024-01-15..2024-09-30"]
    assert story.transitions[-1] == "2024-09-30 unified_fractional -> None"
    assert story.timeline.structure_on(day("2024-09-30")) is None
    assert story.timeline.status_on(day("2024-09-30")) == "closed"
    assert story.timeline.status_on(day("2024-01-14")) is None
    assert story.timeline.arrangement_on(day("2024-09-30")).is_vacant


def test_the_seats_on_a_date_are_those_that_began_and_have_not_ended() -> None:
    timeline = given(UNIFIED, split("2024-06-10", DANA, IRIS)).timeline
    for text, functions_held in (("2024-01-31", 0), ("2024-02-01", 2), ("2024-06-09", 2), ("2024-06-10", 2)):
        arrangement = timeline.arrangement_on(day(text))
        spans = [s for s in timeline.seat_spans if s.start <= day(text) and (s.end is None or day(text) < s.end)]
        seats = {function: arrangement.seat_of(function) for function in Function}
        assert len(spans) == functions_held
        assert {f: (one.id, one.terms) for f, one in seats.items() if one} == {
            s.function: (s.seat, s.terms) for s in spans
        }
    assert timeline.arrangement_on(day("2024-06-09")).is_unified
    assert timeline.arrangement_on(day("2024-06-10")).is_pair


def test_the_status_on_a_date_is_none_before_the_opening_and_closed_from_the_day_of_the_close() -> None:
    story = given(on("2024-03-01", Paused()), on("2024-04-01", Resumed()), closed("2024-05-01"))
    on_dates = {
        "2024-01-14": None,
        "2024-01-15": "open",
        "2024-02-29": "open",
        "2024-03-01": "paused",
        "2024-03-31": "paused",
        "2024-04-01": "open",
        "2024-04-30": "open",
        "2024-05-01": "closed",
    }
    assert {text: story.timeline.status_on(day(text)) for text in on_dates} == on_dates


def test_closing_then_a_later_milestone_is_refused_naming_it() -> None:
    later = on("2024-10-01", DeliverableIssued("roadmap", TECHNOLOGY), "too late")
    refusal = given(UNIFIED, closed("2024-09-30")).refuses(later, because=EngagementClosed, naming="too late")
    assert refusal.detail == "The engagement closes on 30 Sep 2024; nothing can be dated after that."
    given(UNIFIED, later).refuses(closed("2024-09-30"), because=EngagementClosed, naming="too late")


def test_on_the_day_of_the_close_only_what_was_recorded_before_it_fits() -> None:
    last = on("2024-09-30", SeatVacated((TECHNOLOGY, AI)), "goodbye")
    story = given(UNIFIED, last, closed("2024-09-30"))
    assert story.structures[-1] == "unified_fractional 2024-02-01..2024-09-30"
    given(UNIFIED, closed("2024-09-30")).refuses(last, because=EngagementClosed, naming="goodbye")


def test_an_engagement_closed_on_the_day_it_opened_was_never_observed() -> None:
    story = given(chosen("2024-01-15", two_hats(DANA)), closed("2024-01-15"))
    assert story.structures == story.seats(AI) == story.transitions == story.statuses == []


def test_a_second_close_is_refused() -> None:
    given(closed("2024-05-01")).refuses(closed("2024-06-01"), because=EngagementClosed, naming="closed 2024-06-01")


def test_a_retracted_close_opens_the_engagement_again() -> None:
    story = given(UNIFIED, closed("2024-09-30")).when(retract("closed 2024-09-30"))
    assert story.structures[-1] == "unified_fractional 2024-02-01.."


def test_an_engagement_may_close_while_it_is_paused() -> None:
    story = given(UNIFIED, on("2024-05-01", Paused()), closed("2024-06-01"))
    assert story.statuses == ["open 2024-01-15..2024-05-01", "paused 2024-05-01..2024-06-01"]


def test_a_pause_keeps_the_seats_and_allows_everything() -> None:
    story = given(UNIFIED, on("2024-05-01", Paused("a sale")), split("2024-06-01", DANA, IRIS))
    assert story.structures[-1] == "fractional_pair 2024-06-01.."
    story = story.when(on("2024-07-01", Resumed()))
    assert story.statuses[1:] == ["paused 2024-05-01..2024-07-01", "open 2024-07-01.."]


def test_pauses_and_resumptions_take_turns() -> None:
    given().refuses(on("2024-05-01", Resumed()), because=NotPaused, naming="resumed 2024-05-01")
    paused = given(on("2024-05-01", Paused()))
    paused.refuses(on("2024-06-01", Paused()), because=AlreadyPaused, naming="paused 2024-06-01")
    paused.refuses(on("2024-04-01", Paused()), because=AlreadyPaused, naming="paused 2024-05-01")


def test_a_period_stands_on_its_first_day() -> None:
    story = given(UNIFIED, on("2024-04-01", SplitToTwoRoles(terms(DANA), terms(IRIS)), "the split", Precision.QUARTER))
    assert story.structures[-1] == "fractional_pair 2024-04-01.."


@pytest.mark.parametrize(
    ("text", "precision"),
    [("2024-01-01", Precision.MONTH), ("2024-01-01", Precision.QUARTER), ("2024-01-01", Precision.YEAR)],
)
def test_a_period_that_holds_the_opening_takes_effect_on_the_openings_day(text: str, precision: Precision) -> None:
    taken = on(text, SeatFilled(seat(DANA, TECHNOLOGY)), "taken", precision)
    assert given(taken).structures == ["cto_only_fractional 2024-01-15.."]
    given().refuses(on(text, taken.details, "by day"), because=BeforeOpening, naming="by day")


def test_a_period_whose_last_day_is_the_opening_takes_effect_on_it() -> None:
    met = on("2024-01-01", AlignmentHeld((DANA,)), "met", Precision.MONTH)
    assert len(given(met, opened="2024-01-31").timeline.milestones) == 2
    given(opened="2024-02-01").refuses(met, because=BeforeOpening, naming="met")


def test_a_period_that_ended_before_the_opening_lies_before_it() -> None:
    taken = on("2023-12-01", SeatFilled(seat(DANA, TECHNOLOGY)), "taken", Precision.MONTH)
    given().refuses(taken, because=BeforeOpening, naming="taken")


def test_an_opening_known_by_its_month_stands_on_the_first() -> None:
    story = given(opened="2024-01-01", precision=Precision.MONTH)
    assert story.structures == ["none 2024-01-01.."]


def test_plans_are_milestones_like_others() -> None:
    story = given(UNIFIED, split("2150-01-01", DANA, IRIS))
    assert story.structures[-1] == "fractional_pair 2150-01-01.."


def reported(month: str, text: str, function: Function = TECHNOLOGY, precision: Precision = Precision.DAY) -> Log:
    return on(text, HoursReported(month, function, Decimal(12)), "the hours", precision)


@pytest.mark.parametrize(
    ("month", "text"),
    [("2024-02", "2024-02-01"), ("2024-02", "2024-03-04"), ("2024-05", "2024-06-03"), ("2024-02", "2025-01-07")],
)
def test_hours_are_reported_for_a_month_in_which_the_function_was_held(month: str, text: str) -> None:
    story = given(chosen("2024-02-20", seat(DANA, TECHNOLOGY)), on("2024-05-02", SeatVacated((TECHNOLOGY,))))
    if text < "2024-02-20":
        story.refuses(reported(month, text), because=HoursNotHeld, naming="the hours")
    else:
        story.when(reported(month, text))


@pytest.mark.parametrize(
    ("month", "text", "function"),
    [
        ("2024-01", "2024-03-01", TECHNOLOGY),  # before the function was held
        ("2024-06", "2024-07-01", TECHNOLOGY),  # after
        ("2024-03", "2024-04-01", AI),  # the other function
        ("2024-04", "2024-03-31", TECHNOLOGY),  # a month that has not begun
    ],
)
def test_hours_for_any_other_month_are_refused(month: str, text: str, function: Function) -> None:
    story = given(chosen("2024-02-20", seat(DANA, TECHNOLOGY)), on("2024-05-02", SeatVacated((TECHNOLOGY,))))
    story.refuses(reported(month, text, function), because=HoursNotHeld, naming="the hours")


def test_the_last_day_of_a_seat_is_the_one_before_it_falls_vacant() -> None:
    story = given(chosen("2024-02-20", seat(DANA, TECHNOLOGY)), on("2024-05-01", SeatVacated((TECHNOLOGY,))))
    story.refuses(reported("2024-05", "2024-06-01"), because=HoursNotHeld, naming="the hours")
    story.when(reported("2024-04", "2024-06-01"))


def test_a_function_held_on_one_day_of_a_month_is_held_in_it_and_on_no_day_is_not() -> None:
    last_of_april = chosen("2024-04-30", seat(DANA, TECHNOLOGY))
    story = given(last_of_april, on("2024-05-01", SeatVacated((TECHNOLOGY,))))
    story.when(reported("2024-04", "2024-06-01"))
    undone = given(last_of_april, on("2024-04-30", SeatVacated((TECHNOLOGY,))))
    undone.refuses(reported("2024-04", "2024-06-01"), because=HoursNotHeld, naming="the hours")


def test_hours_known_by_their_quarter_may_be_for_any_of_its_months() -> None:
    story = given(chosen("2024-02-20", seat(DANA, TECHNOLOGY)))
    story.when(reported("2024-06", "2024-04-01", precision=Precision.QUARTER))
    story.refuses(
        reported("2024-07", "2024-04-01", precision=Precision.QUARTER), because=HoursNotHeld, naming="the hours"
    )


def test_hours_that_rest_on_a_seat_keep_it_from_moving_past_them() -> None:
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY), called="the seat"), reported("2024-02", "2024-03-01"))
    story.refuses(correct("the seat", "2024-03-05"), because=HoursNotHeld, naming="the hours")


def test_hours_are_reported_before_the_close_or_recorded_before_it() -> None:
    story = given(chosen("2024-02-01", seat(DANA, TECHNOLOGY)))
    story.when(reported("2024-04", "2024-04-29")).when(closed("2024-04-30"))
    story.when(closed("2024-04-30")).refuses(
        reported("2024-04", "2024-05-02"), because=EngagementClosed, naming="the hours"
    )


CONFLICT = ConflictRaised("gpu", "whose budget")
RESOLVED = ConflictResolvedBy("gpu", Resolver.JOINT)
STARTED, LIVE = InitiativeStarted("triage"), InitiativeLive("triage")
MEASURED = OutcomeMeasured("triage", "days", Decimal(3), "days")
SEEN, GONE = SignObserved("A07", "no meeting since May"), SignCleared("A07")


@pytest.mark.parametrize(
    ("before", "details", "because"),
    [
        ((), RESOLVED, UnknownConflict),
        ((CONFLICT,), CONFLICT, ConflictKnown),
        ((CONFLICT, RESOLVED), RESOLVED, ConflictResolved),
        ((CONFLICT, RESOLVED), CONFLICT, ConflictKnown),
        ((), LIVE, UnknownInitiative),
        ((), MEASURED, UnknownInitiative),
        ((STARTED,), STARTED, InitiativeKnown),
        ((STARTED, LIVE), LIVE, AlreadyLive),
        ((), GONE, SignNotObserved),
        ((SEEN,), SEEN, SignStands),
        ((SEEN, GONE), GONE, SignNotObserved),
    ],
)
def test_what_must_come_before_what(before: tuple[Details, ...], details: Details, because: type[Refusal]) -> None:
    story = given(*(on(f"2024-0{month}-01", earlier) for month, earlier in enumerate(before, start=2)))
    story.refuses(on("2024-08-01", details, "it"), because=because, naming="it")


@pytest.mark.parametrize(
    "several", [(CONFLICT, RESOLVED), (STARTED, MEASURED, LIVE, MEASURED), (SEEN, GONE, SEEN, GONE)]
)
def test_what_may_follow_on_the_very_same_day(several: tuple[Details, ...]) -> None:
    story = given(*(on("2024-05-01", details, f"number {number}") for number, details in enumerate(several)))
    assert len(story.timeline.milestones) == len(several) + 1


def test_what_something_rests_on_cannot_be_retracted_or_moved_past_it() -> None:
    story = given(on("2024-02-01", CONFLICT, "raised"), on("2024-03-01", RESOLVED, "resolved"))
    story.refuses(retract("raised"), because=UnknownConflict, naming="resolved")
    story.refuses(correct("raised", "2024-03-02"), because=UnknownConflict, naming="resolved")
    assert len(story.when(retract("resolved"), retract("raised")).timeline.milestones) == 1


def test_the_first_milestone_in_effective_order_that_does_not_fit_is_named() -> None:
    story = given(
        chosen("2024-02-01", two_hats(DANA), called="the first"),
        split("2024-06-10", DANA, IRIS, "the split"),
        on("2024-07-01", HandedOver((AI,), SOFIA), "the handover"),
    )
    story.refuses(retract("the first"), because=NotUnified, naming="the split")
    story.refuses(retract("the split"), because=NotOneSeat, naming="the handover")
    story.refuses(on("2024-02-02", SeatFilled(seat(IRIS, AI)), "it"), because=FunctionHeld, naming="it")


def test_the_timeline_lists_milestones_in_effective_order() -> None:
    story = given(split_later := chosen("2024-03-01", two_hats(DANA)), on("2024-02-01", AlignmentHeld((DANA,))))
    assert [m.kind.value for m in story.timeline.milestones] == ["opened", "alignment_held", "structure_chosen"]
    assert story.order()[-1] == split_later.milestone
