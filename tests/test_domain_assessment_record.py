"""Seats on record as answers: the record answers where a function is held, a person where it is vacant."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from histories import OPENED_ON, history
from hypothesis import given
from hypothesis import strategies as st

from domain.assessment import Answer, Answers, merge_answers, parse_answers
from domain.assessment.record import RECORD, SEAT_QUESTIONS, SeatsOnRecord
from domain.errors import Refusal
from domain.seats import Commitment, Function, Provider, SeatTerms
from domain.timeline import SeatSpan, Timeline, fold

DAY = timedelta(days=1)
TECHNOLOGY, AI = Function.TECHNOLOGY, Function.AI
FRACTIONAL, FULL_TIME = Commitment.FRACTIONAL, Commitment.FULL_TIME
MAY, JULY, SEPTEMBER = date(2025, 5, 1), date(2025, 7, 1), date(2025, 9, 1)


def span(
    function: Function,
    start: date,
    end: date | None = None,
    *,
    seat: int = 1,
    commitment: Commitment = FRACTIONAL,
    holder: int = 1,
) -> SeatSpan:
    terms = SeatTerms(UUID(int=holder), commitment, Provider.FIRM)
    return SeatSpan(function, UUID(int=seat), terms, start, end, UUID(int=9))


def values(answers: Answers) -> dict[str, object]:
    return {name: answer.value for name, answer in answers.items()}


def test_a_function_held_on_record_is_answered_by_the_record() -> None:
    seats = SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, commitment=FULL_TIME)])
    by_hand = parse_answers({"technology_seat": "none", "technology_seat_since": "2020-01-01", "headcount": 40})
    answers = seats.complete(by_hand, JULY)
    assert answers["technology_seat"] == Answer("full_time", MAY, RECORD)
    assert answers["technology_seat_since"] == Answer(MAY, MAY, RECORD)
    assert answers["headcount"] == by_hand["headcount"]


def test_an_answer_by_hand_stands_for_a_vacant_function() -> None:
    seats = SeatsOnRecord.of_spans([span(AI, MAY)])
    by_hand = parse_answers({"technology_seat": "vp_engineering", "ai_seat": "none"}, as_of=JULY)
    assert values(seats.complete(by_hand, JULY)) == {
        "technology_seat": "vp_engineering",
        "ai_seat": "fractional",
        "ai_seat_since": MAY,
    }


def test_a_vacant_function_without_an_answer_is_unknown() -> None:
    assert values(SeatsOnRecord().complete(Answers(), JULY)) == {}
    assert values(SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, JULY)]).complete(Answers(), JULY)) == {}


def test_one_person_with_two_hats_is_the_holder_of_technology() -> None:
    seats = SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, commitment=FULL_TIME), span(AI, MAY, commitment=FULL_TIME)])
    assert values(seats.answers_on(MAY)) == {
        "technology_seat": "full_time",
        "technology_seat_since": MAY,
        "ai_seat": "same_person",
        "ai_seat_since": MAY,
    }


def test_seats_are_answered_from_their_first_day_until_the_day_before_their_last() -> None:
    seats = SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, JULY)])
    assert not seats.answers_on(MAY - DAY)
    assert seats.answers_on(MAY)
    assert seats.answers_on(JULY - DAY)
    assert not seats.answers_on(JULY)


def test_another_holder_does_not_interrupt_a_seat_and_another_commitment_does() -> None:
    seats = SeatsOnRecord.of_spans(
        [
            span(TECHNOLOGY, MAY, JULY),
            span(TECHNOLOGY, JULY, SEPTEMBER, holder=2),
            span(TECHNOLOGY, SEPTEMBER, commitment=FULL_TIME),
        ]
    )
    assert seats.answers_on(JULY)["technology_seat_since"].value == MAY
    assert seats.answers_on(SEPTEMBER)["technology_seat_since"].value == SEPTEMBER


def test_a_gap_interrupts_a_seat() -> None:
    seats = SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, JULY), span(TECHNOLOGY, SEPTEMBER, seat=2)])
    assert seats.answers_on(SEPTEMBER)["technology_seat_since"].value == SEPTEMBER


def test_a_hat_taken_on_and_put_down_changes_who_owns_ai() -> None:
    seats = SeatsOnRecord.of_spans([span(AI, MAY), span(TECHNOLOGY, JULY, SEPTEMBER)])
    assert [values(seats.answers_on(day))["ai_seat"] for day in (MAY, JULY, SEPTEMBER)] == [
        "fractional",
        "same_person",
        "fractional",
    ]
    assert seats.answers_on(SEPTEMBER)["ai_seat_since"].value == SEPTEMBER


def test_an_answer_that_described_a_holder_who_has_left_does_not_stand() -> None:
    seats = SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, JULY)])
    during = parse_answers({"technology_seat": "fractional", "technology_seat_since": "2025-05-01"}, as_of=JULY - DAY)
    assert values(seats.complete(during, JULY)) == {}


@pytest.mark.parametrize("on", [MAY - DAY, JULY])
def test_an_answer_given_while_the_function_was_vacant_stands_when_it_is_vacant_again(on: date) -> None:
    seats = SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, JULY)])
    by_hand = parse_answers({"technology_seat": "vp_engineering"}, as_of=on)
    assert values(seats.complete(by_hand, SEPTEMBER)) == {"technology_seat": "vp_engineering"}


def test_an_older_answer_stands_again_where_a_newer_one_described_a_holder() -> None:
    seats = SeatsOnRecord.of_spans([span(TECHNOLOGY, MAY, JULY)])
    older = parse_answers({"technology_seat": "vp_engineering"}, as_of=MAY - DAY)
    newer = parse_answers({"technology_seat": "fractional"}, as_of=MAY)
    merged = merge_answers(*map(seats.standing, (older, newer)))
    assert values(seats.complete(merged, JULY)) == {"technology_seat": "vp_engineering"}


def test_an_answer_copied_from_the_record_does_not_outlive_it() -> None:
    copied = Answers({"ai_seat": Answer("fractional", MAY, RECORD), "headcount": Answer(40, MAY, RECORD)})
    assert values(SeatsOnRecord().complete(copied, JULY)) == {"headcount": 40}


def _naive(timeline: Timeline, day: date) -> dict[str, object]:
    """The answers of one day, and how far back every day before has the same."""
    answers: dict[str, object] = {}
    for function, (seat, since) in SEAT_QUESTIONS.items():
        value = _of_day(timeline, function, day)
        if value is None:
            continue
        first = day
        while _of_day(timeline, function, first - DAY) == value:
            first -= DAY
        answers |= {seat: value, since: first}
    return answers


def _of_day(timeline: Timeline, function: Function, day: date) -> str | None:
    arrangement = timeline.arrangement_on(day)
    seat = arrangement.seat_of(function)
    if seat is None:
        return None
    return "same_person" if function is AI and arrangement.is_unified else seat.terms.commitment.value


@given(st.lists(st.integers(0, 2**40), max_size=10), st.integers(0, 900))
def test_the_record_answers_as_the_seats_of_each_day(rolls: list[int], after: int) -> None:
    try:
        timeline = fold(history(rolls))
    except Refusal:
        return
    seats, day = SeatsOnRecord.of_spans(timeline.seat_spans), OPENED_ON + after * DAY
    assert values(seats.answers_on(day)) == _naive(timeline, day)
    if values(seats.answers_on(day)) != values(seats.answers_on(day - DAY)):
        assert day in set(seats.changes())
