"""What a refusal says: the field, the words, the milestone, and which of several requests it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from story import (
    AI,
    DANA,
    IRIS,
    SOFIA,
    TECHNOLOGY,
    Story,
    chosen,
    correct,
    day,
    given,
    hours,
    named,
    on,
    retract,
    split,
    two_hats,
)
from story import seat as seat_of

from domain.decisions import Log, Standing, check_reason, decide
from domain.errors import (
    HoursNotHeld,
    InvalidField,
    NotOneSeat,
    NotUnified,
    Refusal,
    TooManyHours,
    UnknownAssessment,
    within,
)
from domain.kinds.agreements import AdviceDeclined, AlignmentHeld, SignObserved
from domain.kinds.engagement import AssessmentTaken, Closed, Opened, Paused, RenewalSet
from domain.kinds.seats import HandedOver, SeatVacated, StructureChosen, TermsChanged
from domain.kinds.work import DeliverableIssued, HoursReported, OutcomeMeasured
from domain.milestones import Details, Milestone, Precision
from domain.seats import BOTH
from domain.validation import check_details, check_name, check_texts

UNIFIED = chosen("2024-02-01", two_hats(DANA), called="the choice")
MET = on("2024-03-01", AlignmentHeld((DANA,)), "met")
TOO_EARLY = split("2024-01-20", DANA, IRIS, "too early")


@pytest.mark.parametrize(
    ("details", "detail"),
    [
        (StructureChosen(()), "seats: must be one seat or two"),
        (
            StructureChosen((seat_of(DANA, AI), two_hats(IRIS))),
            "seats.1.functions: a function is in at most one seat",
        ),
        (TermsChanged((AI,)), "functions: enter at least one of hours_per_month, monthly_fee and reports_to"),
        (RenewalSet(day("2025-01-01"), day("2025-01-02")), "notice_by: must not be after the renewal"),
        (
            SignObserved("two roadmaps", "seen"),
            "sign: must be the id of a sign, like A07, or a slug of small letters and digits",
        ),
        (Opened(" "), "name: must not be empty"),
        (SeatVacated(()), "functions: must name at least one function"),
        (SeatVacated((AI, AI)), "functions: must name a function once"),
        (AlignmentHeld(()), "participants: must name at least one person"),
        (AlignmentHeld((DANA, DANA)), "participants: must name a person once"),
        (
            TermsChanged((AI,), hours_per_month=hours()),
            "hours_per_month: must give the hours of at least one function",
        ),
        (
            TermsChanged((AI,), hours_per_month=hours(3)),
            "hours_per_month.technology: the seat does not have that function",
        ),
        (
            TermsChanged(BOTH, hours_per_month=hours(700, 45)),
            "hours_per_month: must not add up to more than 744, the hours of the longest month",
        ),
        (HoursReported("2026-13", AI, Decimal(1)), "month: must be a month like 2026-03"),
        (HoursReported("2026-03", AI, Decimal(745)), "hours: must lie between 0 and 744"),
        (HoursReported("2026-03", AI, Decimal("0.125")), "hours: has at most two decimals"),
        (
            OutcomeMeasured("triage", "days", Decimal("Infinity"), "days"),
            "value: must be a number of at most 15 digits",
        ),
        (DeliverableIssued("", AI), "deliverable: must be a slug of small letters, digits and underscores"),
    ],
    ids=lambda value: str(value.kind) if isinstance(value, Details) else "",
)
def test_a_field_that_is_refused_is_named_with_what_it_must_be(details: Details, detail: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_details(details)
    assert refused.value.detail == detail


@pytest.mark.parametrize(
    ("milestone", "detail"),
    [
        (on("1899-12-31", Closed("done")), "effective_on: must lie between 1900-01-01 and 2199-12-31"),
        (
            replace(on("2024-03-01", Closed("done")), reported_on=day("2200-01-01")),
            "reported_on: must lie between 1900-01-01 and 2199-12-31",
        ),
        (
            on("2024-03-02", Closed("done"), precision=Precision.MONTH),
            "effective_on: with the precision month it must be the period's first day",
        ),
    ],
    ids=["too early", "too late", "not a first day"],
)
def test_a_date_that_is_refused_is_named_with_what_it_must_be(milestone: Log, detail: str) -> None:
    assert given().refuses(milestone, because=InvalidField).detail == detail


@pytest.mark.parametrize(
    ("milestone", "field"),
    [
        (replace(MET, note="bell\x07"), "note"),
        (replace(MET, links=("https://example.org", "bell\x07")), "links.1"),
        (on("2024-02-01", SignObserved("A07", "bell\x07")), "evidence"),
        (on("2024-02-01", AssessmentTaken({"context": ["bell\x07"]}, DANA)), "answers.context.0"),
    ],
    ids=["note", "link", "detail", "answer"],
)
def test_a_text_with_control_characters_is_named_by_its_path(milestone: Log, field: str) -> None:
    logged = Milestone(milestone.milestone, 1, milestone.effective_on, milestone.details)
    with pytest.raises(InvalidField) as refused:
        check_texts(replace(logged, note=milestone.note, links=milestone.links))
    assert refused.value.detail == f"{field}: must not hold control characters (U+0007)"


def test_a_refusal_without_a_detail_gives_its_title_and_is_of_nothing_new() -> None:
    refusal = NotUnified()
    assert refusal.detail == refusal.title == "No unified seat is held, so there is nothing to split."
    assert (refusal.milestone, refusal.about, refusal.is_new, refusal.request) == (None, "", False, None)


def test_a_text_may_have_several_lines() -> None:
    story = given(replace(MET, note="first\nsecond"))
    assert story.standing.milestones[named("met")].note == "first\nsecond"


def test_a_name_that_is_refused_is_named_with_what_it_must_be() -> None:
    with pytest.raises(InvalidField, match=r"^name: must not be empty$"):
        check_name("name", " ")


def test_an_invalid_field_may_be_that_of_a_milestone() -> None:
    refusal = InvalidField("note", "must not be empty", milestone=named("the choice"))
    assert (refusal.milestone, refusal.detail) == (named("the choice"), "note: must not be empty")
    with pytest.raises(InvalidField) as refused, within("changes.2"):
        raise refusal
    assert refused.value.milestone == named("the choice")
    assert refused.value.detail == "changes.2.note: must not be empty"


def test_a_command_holds_at_least_one_change() -> None:
    with pytest.raises(InvalidField, match=r"^changes: must hold at least one change$"):
        decide(given().standing, ())


def test_a_reason_is_a_text_that_can_be_read() -> None:
    assert check_reason("it was otherwise") == "it was otherwise"
    with pytest.raises(InvalidField, match=r"^reason: must not be empty$"):
        check_reason(" \n")
    with pytest.raises(InvalidField, match=r"^reason: "):
        check_reason("it was\x00otherwise")


def test_a_correction_to_another_kind_is_refused_in_words() -> None:
    refusal = given(UNIFIED).refuses(correct("the choice", details=lambda _: Paused()), because=InvalidField)
    assert refusal.detail == "details.kind: a correction keeps the kind of a milestone"


def test_two_functions_in_two_seats_are_not_one_seat() -> None:
    pair = given(chosen("2024-02-01", seat_of(DANA, TECHNOLOGY), seat_of(IRIS, AI)))
    refusal = pair.refuses(on("2024-03-01", HandedOver(BOTH, SOFIA), "it"), because=NotOneSeat, naming="it")
    assert refusal.detail == "The two functions are not in one seat."


def test_hours_for_a_month_to_come_are_refused_by_the_firms_date_naming_them() -> None:
    plan = on("2024-06-01", HoursReported("2024-06", AI, Decimal(10)), "the plan")
    with pytest.raises(HoursNotHeld) as refused:
        decide(given(UNIFIED).standing, [MET, plan], today=date(2024, 5, 31))
    assert refused.value.detail == "Jun 2024 has not begun, so no hours can be reported for it."
    assert (refused.value.milestone, refused.value.request) == (named("the plan"), 1)


def test_an_answer_that_cannot_be_read_is_named() -> None:
    two_faults = AssessmentTaken({"headcount": "many", "engineers": "some"}, DANA)
    refusal = given().refuses(on("2024-02-01", two_faults), because=InvalidField)
    assert isinstance(refusal, InvalidField)
    assert refusal.field == "answers.headcount"


def refusal_of(story: Story, *requests: Log) -> Refusal:
    with pytest.raises(Refusal) as refused:
        decide(story.standing, requests)
    return refused.value


def test_a_refusal_says_which_of_the_requests_it_is_and_whether_it_is_on_record() -> None:
    story = given(UNIFIED)
    fits_not = refusal_of(story, MET, TOO_EARLY)
    assert (fits_not.request, fits_not.is_new) == (1, True)
    invalid = refusal_of(story, MET, on("2024-03-02", AlignmentHeld(())))
    assert invalid.request == 1
    later = given(UNIFIED, split("2024-06-10", DANA, IRIS, "the split"))
    on_record = refusal_of(later, MET, on("2024-03-01", SeatVacated((AI,))))
    assert (on_record.milestone, on_record.request, on_record.is_new) == (named("the split"), None, False)


def test_a_refusal_describes_its_milestone_unless_it_is_the_only_one_requested() -> None:
    story = given(UNIFIED)
    assert refusal_of(story, TOO_EARLY).about == ""
    assert refusal_of(story, MET, TOO_EARLY).about == "“Split into two roles” on 20 Jan 2024 does not fit"
    later = given(UNIFIED, split("2024-06-10", DANA, IRIS))
    on_record = refusal_of(later, on("2024-03-01", SeatVacated((AI,))))
    assert on_record.about == "“Split into two roles” on 10 Jun 2024 no longer fits"


def test_of_several_changes_a_refusal_that_concerns_them_together_names_the_one_that_is_too_much() -> None:
    reports = [on("2024-03-01", HoursReported("2024-02", one, Decimal(400)), str(one)) for one in (TECHNOLOGY, AI)]
    given(UNIFIED).refuses(*reports, because=TooManyHours, naming="ai")


def test_a_milestone_on_record_that_no_longer_fits_is_named_before_a_requested_one() -> None:
    story = given(UNIFIED, split("2024-06-10", DANA, IRIS, "the split"))
    vacate, again = on("2024-03-01", SeatVacated((AI,))), split("2024-07-01", DANA, IRIS, "again")
    story.refuses(vacate, again, because=NotUnified, naming="the split")


def test_a_first_command_that_follows_advice_nobody_gave_is_refused() -> None:
    opening = on("2024-01-15", Opened("CTO+CAIO"), "the opening")
    declined = on("2024-02-01", AdviceDeclined(named("nobody's"), "no budget"), "declined")
    with pytest.raises(UnknownAssessment):
        decide(Standing(), [opening, declined])


def test_a_milestone_that_was_never_logged_is_named_by_its_id() -> None:
    with pytest.raises(Refusal, match=f"^The engagement has no milestone {named('nobody knows')}.$"):
        given().when(retract("nobody knows"))


def test_a_retraction_is_refused_because_of_what_rests_on_it() -> None:
    story = given(UNIFIED, split("2024-06-10", DANA, IRIS, "the split"))
    refusal = story.refuses(retract("the choice"), because=NotUnified, naming="the split")
    assert (refusal.request, refusal.is_new) == (None, False)


def stored(story: Story, called: str, details: Details | None = None, note: str | None = None) -> Story:
    """The same engagement with a milestone as earlier rules allowed it."""
    before = story.standing.milestones[named(called)]
    old = replace(before, details=details or before.details, note=note)
    standing = replace(story.standing, milestones={**story.standing.milestones, old.id: old})
    return Story(standing, standing.timeline())


def test_a_sign_recorded_under_earlier_rules_may_stay_but_not_come_anew() -> None:
    story = stored(given(on("2024-02-01", SignObserved("A07", "seen"), "it")), "it", SignObserved("old sign", "seen"))
    corrected = story.when(correct("it", details=lambda _: SignObserved("old sign", "seen twice")))
    assert corrected.standing.milestones[named("it")].details == SignObserved("old sign", "seen twice")
    story.when(correct("it", "2024-02-02"))
    refusal = story.refuses(correct("it", details=lambda _: SignObserved("new sign", "seen")), because=InvalidField)
    assert refusal.detail.startswith("details.sign: ")


def test_a_text_recorded_under_earlier_rules_may_stay_but_not_come_anew() -> None:
    story = stored(given(MET), "met", note="tab\x0bbed")
    moved = story.when(correct("met", "2024-03-02"))
    assert moved.standing.milestones[named("met")].note == "tab\x0bbed"
    refusal = story.refuses(correct("met", note="bell\x07"), because=InvalidField)
    assert refusal.detail.startswith("note: ")


def test_a_note_recorded_under_earlier_rules_does_not_stand_in_the_way_of_other_details() -> None:
    story = stored(given(MET), "met", note="tab\x0bbed")
    corrected = story.when(correct("met", details=lambda _: AlignmentHeld((DANA, IRIS))))
    assert corrected.standing.milestones[named("met")].details == AlignmentHeld((DANA, IRIS))


def test_a_corrected_text_or_answer_that_is_refused_is_named_within_the_details() -> None:
    story = given(MET, on("2024-02-01", AssessmentTaken({"headcount": 24}, DANA), "it"))
    belled = correct("met", details=lambda _: AlignmentHeld((DANA,), ("bell\x07",)))
    assert story.refuses(belled, because=InvalidField).detail.startswith("details.topics.0: ")
    unreadable = correct("it", details=lambda _: AssessmentTaken({"headcount": "many"}, DANA))
    assert story.refuses(unreadable, because=InvalidField).detail.startswith("details.answers.headcount: ")


def test_verdicts_are_evaluated_and_never_taken_from_a_request() -> None:
    own = AssessmentTaken({"headcount": 24}, DANA, {"by": "myself"})
    story = given().when(MET, on("2024-02-01", own, "it"))
    evaluated = story.standing.milestones[named("it")].details
    assert isinstance(evaluated, AssessmentTaken)
    assert evaluated.verdicts is not None
    assert "by" not in evaluated.verdicts
    assert story.timeline.milestones[1].details == evaluated
    answered = story.when(correct("it", details=lambda _: replace(own, answers={"headcount": 25})))
    anew = answered.standing.milestones[named("it")].details
    assert isinstance(anew, AssessmentTaken)
    assert anew.verdicts is not None
    assert "by" not in anew.verdicts


def test_an_assessment_keeps_its_verdicts_until_its_answers_change() -> None:
    taken = on("2024-02-01", AssessmentTaken({"headcount": 24}, DANA), "it")
    of_old = AssessmentTaken({"headcount": 24}, DANA, {"by": "earlier rules"})
    story = stored(given(taken), "it", of_old)
    assert story.when(correct("it", "2024-02-02")).standing.milestones[named("it")].details == of_old
    answered = story.when(correct("it", details=lambda _: AssessmentTaken({"headcount": 25}, DANA)))
    anew = answered.standing.milestones[named("it")].details
    assert isinstance(anew, AssessmentTaken)
    assert anew.verdicts is not None
    assert anew.verdicts != of_old.verdicts


def test_a_log_keeps_the_note_the_links_and_the_day_of_the_report() -> None:
    logged = replace(MET, note="by phone", links=("https://example.org",), reported_on=day("2024-03-05"))
    milestone = given(logged).standing.milestones[named("met")]
    assert (milestone.note, milestone.links, milestone.reported_on) == (
        "by phone",
        ("https://example.org",),
        day("2024-03-05"),
    )
