"""Recording an assessment: its verdicts are those of its answers and of the seats held when it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from story import DANA, IRIS, Story, chosen, correct, given, on, retract, two_hats

from domain.assessment import evaluate, parse_answers, verdicts_mapping
from domain.assessment.record import RECORD, evaluated_answers
from domain.kinds.engagement import AssessmentTaken
from domain.kinds.seats import SeatFilled
from domain.seats import Commitment, Function, Provider, SeatWithFunctions

UNIFIED = chosen("2024-02-01", two_hats(DANA))
TECHNOLOGY = (Function.TECHNOLOGY,)
ANSWERS = {"headcount": 24, "technology_seat": "none", "ai_seat": "none"}
TWO_HATS = {"technology_seat": "fractional", "ai_seat": "same_person"}


def taken(day: str, answers: Mapping[str, object] = ANSWERS, name: str = "the assessment") -> Any:
    return on(day, AssessmentTaken(dict(answers), DANA), name)


def assessment_in(story: Story) -> AssessmentTaken:
    [details] = [m.details for m in story.timeline.milestones if isinstance(m.details, AssessmentTaken)]
    return details


def record_in(story: Story) -> Mapping[str, Any]:
    verdicts = assessment_in(story).verdicts
    assert verdicts is not None
    record: Any = verdicts.get(RECORD, {})
    return {name: answer["value"] for name, answer in record.items() if not name.endswith("_since")}


def values(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: answer.value for name, answer in answers.items() if not name.endswith("_since")}


def test_seats_that_are_held_decide_and_the_answers_given_are_kept() -> None:
    details = assessment_in(given(UNIFIED, taken("2024-03-01")))
    assert details.answers == ANSWERS
    assert values(evaluated_answers(details)) == {"headcount": 24, **TWO_HATS}
    evaluated = verdicts_mapping(evaluate(evaluated_answers(details)))
    assert details.verdicts is not None
    assert {name: value for name, value in details.verdicts.items() if name != RECORD} == evaluated


def test_without_seats_the_answers_given_decide_and_no_record_is_stored() -> None:
    details = assessment_in(given(taken("2024-03-01")))
    assert details.verdicts == verdicts_mapping(evaluate(parse_answers(ANSWERS)))
    assert values(evaluated_answers(details)) == ANSWERS


def test_a_seat_chosen_after_the_assessment_on_its_day_does_not_count() -> None:
    assert record_in(given(taken("2024-03-01"), chosen("2024-03-01", two_hats(DANA)))) == {}
    assert record_in(given().when(taken("2024-03-01"), chosen("2024-03-01", two_hats(DANA)))) == {}
    assert record_in(given(chosen("2024-03-01", two_hats(DANA)), taken("2024-03-01"))) == TWO_HATS


def test_an_assessment_recorded_late_has_the_seats_of_its_day() -> None:
    filled = on("2024-02-01", SeatFilled(SeatWithFunctions(TECHNOLOGY, DANA, Commitment.FULL_TIME, Provider.CLIENT)))
    story = given(filled, chosen("2024-06-01", two_hats(DANA)))
    assert record_in(story.when(taken("2024-03-01"))) == {"technology_seat": "full_time"}


def test_a_correction_of_the_day_counts_the_seats_of_the_new_day() -> None:
    story = given(taken("2024-01-20"), UNIFIED)
    assert record_in(story) == {}
    moved = story.when(correct("the assessment", effective_on=date(2024, 3, 1)))
    assert record_in(moved) == TWO_HATS


def test_a_correction_that_leaves_the_day_keeps_the_verdicts() -> None:
    story = given(taken("2024-03-01")).when(chosen("2024-02-01", two_hats(DANA)))
    before = assessment_in(story)
    assert record_in(story) == {}
    assert assessment_in(story.when(correct("the assessment", note="read twice"))) == before


def test_corrected_answers_are_evaluated_with_the_seats_of_the_day() -> None:
    story = given(UNIFIED, taken("2024-03-01")).when(
        correct("the assessment", details=lambda details: replace(details, answers={"headcount": 300}))
    )
    assert values(evaluated_answers(assessment_in(story))) == {"headcount": 300, **TWO_HATS}


def test_an_answer_copied_from_the_record_of_another_day_does_not_stand() -> None:
    copied = {"headcount": 24, "technology_seat": {"value": "fractional", "source": "record"}}
    details = assessment_in(given(taken("2024-03-01", copied)))
    assert details.verdicts == verdicts_mapping(evaluate(parse_answers({"headcount": 24})))


def test_an_assessment_dated_before_the_opening_and_retracted_by_the_same_changes_never_was() -> None:
    story = given(UNIFIED, taken("2024-03-01"))
    changed = story.when(correct("the assessment", "2023-12-01"), retract("the assessment"))
    assert not [m for m in changed.timeline.milestones if isinstance(m.details, AssessmentTaken)]
    story.when(taken("2023-12-01", name="another"), retract("another"))


def test_assessments_recorded_before_seats_counted_stay_as_they_were() -> None:
    verdicts = {"versions": {"seam": 1}, "verdicts": [], "recommendation": {}}
    details = AssessmentTaken({"headcount": 24, "technology_seat": "none"}, IRIS, verdicts)
    assert values(evaluated_answers(details)) == {"headcount": 24, "technology_seat": "none"}
