"""Rules between milestones: advice that is followed or declined, hours of a month, and several changes at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from story import (
    AI,
    DANA,
    IRIS,
    SOFIA,
    TECHNOLOGY,
    Cabinet,
    chosen,
    correct,
    given,
    named,
    on,
    retract,
    seat,
    split,
    terms,
    two_hats,
)

from domain.cross_checks import check_advice_elsewhere
from domain.decisions import Log, decide
from domain.errors import (
    HoursNotHeld,
    InvalidField,
    LaterAssessment,
    NothingToChange,
    NotOneSeat,
    TooManyHours,
    UnknownAssessment,
)
from domain.kinds.agreements import AdviceDeclined, AlignmentHeld, SignObserved, SpendingLimitSet
from domain.kinds.engagement import AssessmentTaken, Closed, Opened, Paused, RenewalSet
from domain.kinds.seats import (
    HandedOver,
    SeatFilled,
    SeatVacated,
    SplitToTwoRoles,
    StructureChosen,
    TransitionedToFullTime,
)
from domain.kinds.work import HoursReported
from domain.milestones import Details, Precision
from domain.seats import BOTH, Function, Hours, Money, SeatWithFunctions
from domain.unit_of_work import UnitOfWork

ASSESSED = on("2024-02-01", AssessmentTaken({"headcount": 24}, DANA), "the assessment")
UNIFIED = chosen("2024-02-01", two_hats(DANA), called="the choice")


def declined(text: str, precision: Precision = Precision.DAY) -> Log:
    return on(text, AdviceDeclined(named("the assessment"), "no budget"), "declined", precision)


def reported(text: str, month: str, function: Function, hours: int | str) -> Log:
    return on(text, HoursReported(month, function, Decimal(hours)), f"{function} {hours}")


def test_advice_is_declined_on_the_day_of_its_assessment_or_later() -> None:
    story = given(ASSESSED)
    story.when(declined("2024-02-01"))
    story.refuses(declined("2024-01-31"), because=LaterAssessment, naming="declined")
    story.when(declined("2024-02-01", Precision.MONTH))
    story.when(declined("2024-01-01", Precision.QUARTER))  # the assessment lies within the quarter
    given().refuses(declined("2024-03-01"), because=UnknownAssessment, naming="declined")


def test_only_an_assessment_can_be_followed_or_declined() -> None:
    details = AdviceDeclined(named("the choice"), "no budget")
    given(UNIFIED).refuses(on("2024-03-01", details, "declined"), because=UnknownAssessment, naming="declined")


def test_an_assessment_that_is_named_is_neither_moved_behind_nor_taken_back() -> None:
    story = given(ASSESSED, declined("2024-03-01"))
    story.refuses(retract("the assessment"), because=UnknownAssessment, naming="declined")
    story.refuses(correct("the assessment", "2024-03-02"), because=LaterAssessment, naming="declined")
    story.when(retract("the assessment"), retract("declined"))


FOLLOWING: tuple[Details, ...] = (
    StructureChosen((two_hats(DANA),), "as advised", named("the assessment")),
    SplitToTwoRoles(terms(DANA), terms(IRIS), "as advised", named("the assessment")),
    SeatVacated((AI,), None, "as advised", named("the assessment")),
    HandedOver(BOTH, IRIS, False, "as advised", named("the assessment")),
    TransitionedToFullTime(BOTH, IRIS, rationale="as advised", assessment=named("the assessment")),
)


@pytest.mark.parametrize("details", FOLLOWING, ids=lambda details: str(details.kind))
def test_every_kind_that_changes_seats_names_advice_of_the_client(details: Details) -> None:
    given(ASSESSED, UNIFIED).when(on("2024-03-01", details))
    given(UNIFIED).refuses(on("2024-03-01", details, "it"), because=UnknownAssessment, naming="it")


def test_advice_of_another_engagement_of_the_client_is_followed() -> None:
    cabinet, client, first, second, other = Cabinet(), *(uuid4() for _ in range(4))

    def tell(unit: UnitOfWork) -> None:
        unit.register_client(client, "Acme", None, {}, None, recorded_by=DANA)
        unit.register_client(other, "Other", None, {}, None, recorded_by=DANA)
        unit.open_engagement(first, client, on("2024-01-01", Opened("First"), "first"), recorded_by=DANA)
        unit.change(first, [ASSESSED, on("2024-03-01", Closed("done"))], recorded_by=DANA)
        unit.open_engagement(second, client, on("2024-03-01", Opened("Second"), "second"), recorded_by=DANA)

    cabinet.run(tell)
    cabinet.run(lambda unit: unit.change(second, [declined("2024-04-01")], recorded_by=DANA))
    with pytest.raises(UnknownAssessment) as refused:
        cabinet.run(lambda unit: unit.change(first, [retract("the assessment")], recorded_by=DANA))
    assert refused.value.milestone == named("declined")
    with pytest.raises(UnknownAssessment):
        cabinet.run(lambda unit: unit.retract_engagement(first, "by mistake", recorded_by=DANA))
    elsewhere = uuid4()
    cabinet.run(
        lambda unit: unit.open_engagement(
            elsewhere, other, on("2024-01-01", Opened("Other"), "other"), recorded_by=DANA
        )
    )
    with pytest.raises(UnknownAssessment):
        cabinet.run(lambda unit: unit.change(elsewhere, [declined("2024-04-01")], recorded_by=DANA))


def test_advice_followed_under_the_rules_is_not_moved_before_its_assessment_elsewhere() -> None:
    story = given()
    taken_on = {named("elsewhere"): date(2024, 2, 1)}.get
    follows = on("2024-03-01", AdviceDeclined(named("elsewhere"), "no budget"), "declined")
    standing = story.standing.after(decide(story.standing, [follows], taken_on=taken_on).changes)
    decide(standing, [correct("declined", "2024-02-01")], taken_on=taken_on)
    with pytest.raises(LaterAssessment) as refused:
        decide(standing, [correct("declined", "2024-01-31")], taken_on=taken_on)
    assert refused.value.detail == "The assessment was taken later, on 1 Feb 2024."


def test_only_milestones_that_refer_to_a_moved_assessment_stand_in_its_way() -> None:
    story = given(ASSESSED, on("2024-02-01", AlignmentHeld((DANA,))), declined("2024-03-01"))
    milestones = story.timeline.milestones
    check_advice_elsewhere(milestones, {named("another"): None})
    check_advice_elsewhere(milestones, {named("the assessment"): date(2024, 3, 1)})
    for moved, because in ((None, UnknownAssessment), (date(2024, 3, 2), LaterAssessment)):
        with pytest.raises(because) as refused:
            check_advice_elsewhere(milestones, {named("the assessment"): moved})
        assert refused.value.milestone == named("declined")
        assert refused.value.about.endswith("in another engagement refers to the assessment")


def test_moved_assessments_are_those_whose_day_changes_or_that_are_gone() -> None:
    other = on("2024-02-05", AssessmentTaken({}, DANA), "another")
    story = given(ASSESSED, other)
    assessment = named("the assessment")
    for request, moved in (
        (on("2024-02-06", AlignmentHeld((DANA,))), {}),
        (correct("the assessment", note="as signed"), {}),
        (correct("the assessment", "2024-02-02"), {assessment: date(2024, 2, 2)}),
        (retract("the assessment"), {assessment: None}),
    ):
        assert decide(story.standing, [request]).moved_assessments(story.standing) == moved


def test_hours_of_a_month_add_up_to_no_more_than_the_month_has() -> None:
    story = given(UNIFIED, reported("2024-03-01", "2024-02", TECHNOLOGY, 600))
    story.when(reported("2024-03-01", "2024-02", AI, 96))  # 29 days of 24 hours
    refusal = story.refuses(reported("2024-03-01", "2024-02", AI, 97), because=TooManyHours, naming="ai 97")
    assert "696" in refusal.detail
    assert "600" in refusal.detail
    given(UNIFIED).refuses(reported("2024-03-01", "2024-02", AI, 744), because=TooManyHours, naming="ai 744")
    given(UNIFIED).when(reported("2025-01-01", "2024-12", AI, 744))


def test_too_many_hours_are_refused_with_those_on_record() -> None:
    story = given(UNIFIED, reported("2024-03-01", "2024-02", TECHNOLOGY, "600.5"))
    refusal = story.refuses(reported("2024-03-01", "2024-02", AI, "100"), because=TooManyHours, naming="ai 100")
    assert refusal.detail == (
        "Feb 2024 has 696 hours. 600.5 h are on record for that month and holder, and 100 h more do not fit."
    )


def test_hours_of_a_function_handed_over_are_divided_by_the_days_held() -> None:
    story = given(
        chosen("2024-01-15", seat(SOFIA, TECHNOLOGY), seat(DANA, AI)),
        on("2024-02-01", HandedOver((TECHNOLOGY,), DANA), "to Dana"),
        on("2024-02-08", HandedOver((TECHNOLOGY,), IRIS), "to Iris"),
        on("2024-02-22", HandedOver((TECHNOLOGY,), DANA), "to Dana again"),
        on("2024-02-29", HandedOver((TECHNOLOGY,), IRIS), "to Iris again"),
        reported("2024-03-01", "2024-02", TECHNOLOGY, "580"),  # Dana held it on 14 of 29 days: 280 hours
    )
    story.when(reported("2024-03-01", "2024-02", AI, "416"))
    refusal = story.refuses(reported("2024-03-01", "2024-02", AI, "416.01"), because=TooManyHours, naming="ai 416.01")
    assert "280 h are on record" in refusal.detail
    shared = given(
        chosen("2024-02-01", two_hats(DANA)),
        on("2024-02-15", HandedOver(BOTH, IRIS)),
        reported("2024-03-01", "2024-02", TECHNOLOGY, "696"),  # Dana has 336 hours of them, and Iris 360
    )
    refusal = shared.refuses(reported("2024-03-01", "2024-02", AI, "696"), because=TooManyHours, naming="ai 696")
    assert "360 h are on record for that month and holder, and 360 h more" in refusal.detail
    late = given(
        chosen("2024-02-01", seat(DANA, TECHNOLOGY), seat(IRIS, AI)), reported("2024-03-01", "2024-02", AI, "290")
    ).when(on("2024-02-15", HandedOver((AI,), DANA)))
    late.refuses(reported("2024-03-01", "2024-02", TECHNOLOGY, "547"), because=TooManyHours, naming="technology 547")


def test_two_people_have_the_hours_of_a_month_each() -> None:
    pair = given(UNIFIED, split("2024-02-01", DANA, IRIS))
    pair.when(reported("2024-03-01", "2024-02", TECHNOLOGY, 600), reported("2024-03-01", "2024-02", AI, 600))


def test_hours_on_record_under_earlier_rules_stand_in_nobodys_way() -> None:
    story = given(UNIFIED)
    milestones = decide(story.standing, [reported("2024-03-01", "2024-02", AI, 1)]).changes
    old = HoursReported("2024-02", AI, Decimal(744))
    standing = story.standing.after(milestones)
    id_of_old = named("ai 1")
    before_the_rule = replace(standing.milestones[id_of_old], details=old)
    stored = replace(standing, milestones={**standing.milestones, id_of_old: before_the_rule})
    decide(stored, [on("2024-04-01", AlignmentHeld((DANA,)))])
    with pytest.raises(TooManyHours):
        decide(stored, [reported("2024-04-02", "2024-02", TECHNOLOGY, 1)])


def test_hours_of_a_month_that_has_not_begun_are_refused() -> None:
    story = given(UNIFIED)
    plan = reported("2024-06-01", "2024-06", AI, 10)
    decide(story.standing, [plan], today=date(2024, 6, 1))
    with pytest.raises(HoursNotHeld):
        decide(story.standing, [plan], today=date(2024, 5, 31))


def test_agreed_hours_of_both_functions_fit_into_a_month() -> None:
    many = Hours(Decimal(400), Decimal(345))
    given().refuses(chosen("2024-02-01", two_hats(DANA, hours_per_month=many)), because=InvalidField)


def test_notice_is_given_before_the_renewal() -> None:
    story = given(UNIFIED).when(on("2024-02-02", RenewalSet(date(2025, 1, 1), date(2025, 1, 1))))
    late = RenewalSet(date(2025, 1, 1), date(2025, 1, 2))
    refusal = story.refuses(on("2024-02-03", late), because=InvalidField)
    assert isinstance(refusal, InvalidField)
    assert refusal.field == "notice_by"


def test_a_spending_limit_is_never_negative() -> None:
    limit = SpendingLimitSet(AI, Money(Decimal("-0.01"), "USD"))
    given(UNIFIED).refuses(on("2024-02-02", limit), because=InvalidField)


@pytest.mark.parametrize("sign", ["A01", "A13", "W10", "X05", "two-roadmaps", "shadow_ai"])
def test_a_sign_is_one_of_those_known_or_a_slug(sign: str) -> None:
    given(UNIFIED).when(on("2024-02-02", SignObserved(sign, "seen")))


@pytest.mark.parametrize("sign", ["A14", "a b", "W11", "Two Roadmaps", "-x", "x" * 81])
def test_a_sign_is_nothing_else(sign: str) -> None:
    given(UNIFIED).refuses(on("2024-02-02", SignObserved(sign, "seen")), because=InvalidField)


def test_the_order_of_functions_is_no_change_and_that_of_a_list_is_one() -> None:
    reversed_seat = SeatWithFunctions((AI, TECHNOLOGY), DANA, two_hats(DANA).commitment, two_hats(DANA).provider)
    story = given(UNIFIED, on("2024-03-01", AlignmentHeld((DANA, IRIS)), "met"))
    same = correct("the choice", details=lambda _: StructureChosen((reversed_seat,)))
    story.refuses(same, because=NothingToChange, naming="the choice")
    story.refuses(on("2024-03-02", Paused()), same, because=NothingToChange, naming="the choice")
    story.when(correct("met", details=lambda _: AlignmentHeld((IRIS, DANA))))


def test_an_assessment_with_the_same_answers_is_no_change_and_keeps_its_verdicts() -> None:
    same = AssessmentTaken({"headcount": 24}, DANA)
    story = given(ASSESSED)
    story.refuses(correct("the assessment", details=lambda _: same), because=NothingToChange, naming="the assessment")


def test_of_several_changes_the_refusal_is_that_of_the_first_in_the_list() -> None:
    later = on("2024-06-01", HandedOver((AI,), IRIS), "later")
    earlier = on("2024-05-01", TransitionedToFullTime((TECHNOLOGY,), IRIS), "earlier")
    given(UNIFIED).refuses(later, earlier, because=NotOneSeat, naming="later")
    given(UNIFIED).refuses(earlier, later, because=NotOneSeat, naming="earlier")


def test_a_hat_that_is_put_down_takes_its_hours_with_it() -> None:
    both = chosen("2024-02-01", two_hats(DANA, hours_per_month=Hours(Decimal(20), Decimal(12))))
    story = given(both, on("2024-03-01", SeatVacated((AI,))))
    assert story.terms_on("2024-03-01", TECHNOLOGY).hours_per_month == Hours(technology=Decimal(20))


def test_a_seat_vacated_and_filled_again_is_a_new_chair() -> None:
    seat = SeatWithFunctions(BOTH, DANA, two_hats(DANA).commitment, two_hats(DANA).provider)
    for day in ("2024-03-01", "2024-03-10"):
        again = on(day, SeatFilled(seat))
        story = given(UNIFIED, on("2024-03-01", SeatVacated(BOTH)), again)
        first, second = story.seat_ids(AI)
        assert first != second
    assert isinstance(first, UUID)
