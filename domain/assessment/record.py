"""Seats on record as answers: what a client's seats say about who owns technology and AI.

Where a function is held on record, the record answers the questions about its seat, and an answer given by hand counts
for nothing. Where it is vacant, an answer given by hand stands (the client may have a leader of its own), unless it was
given on a day on which the function was held: then it described a holder who has left. An answer whose source is
`record` never stands for itself: it counts only while the record still gives it. A vacant function without an answer
is unknown, not "none".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import Final, NamedTuple, Self
from uuid import UUID

from domain.assessment.answers import Answer, Answers, parse_answers
from domain.kinds.engagement import AssessmentTaken
from domain.seats import Commitment, Function
from domain.timeline import SeatSpan, is_within

RECORD: Final = "record"
"""The source of answers that the seats on record give."""

SEAT_QUESTIONS: Final[Mapping[Function, tuple[str, str]]] = {
    Function.TECHNOLOGY: ("technology_seat", "technology_seat_since"),
    Function.AI: ("ai_seat", "ai_seat_since"),
}
"""The questions about the seat of each function: who owns it, and since when."""

_SEATS: Final = frozenset(name for names in SEAT_QUESTIONS.values() for name in names)
_SAME_PERSON: Final = "same_person"


class HeldSeat(NamedTuple):
    """One function in one seat with one commitment, over `[start, end)` (null: ongoing)."""

    function: Function
    seat: UUID
    commitment: Commitment
    start: date
    end: date | None


class _Run(NamedTuple):
    """The answer about a function's seat over `[start, end)` (null: ongoing)."""

    answer: str
    start: date
    end: date | None


class SeatsOnRecord:
    """The seats of a client over time, as answers.

    `seats` are those of all its engagements, in any order. An answer is dated by the day since when it holds
    without interruption: another holder or other terms do not interrupt it, another commitment does, and a second hat
    that is put down or taken on does for AI.
    """

    __slots__ = ("_runs",)

    def __init__(self, seats: Iterable[HeldSeat] = ()) -> None:
        """Derive the answers from seats."""
        by_function: dict[Function, list[HeldSeat]] = {function: [] for function in Function}
        for seat in sorted(seats, key=attrgetter("start")):
            by_function[seat.function].append(seat)
        technology, ai = by_function[Function.TECHNOLOGY], by_function[Function.AI]
        self._runs: Mapping[Function, tuple[_Run, ...]] = {
            Function.TECHNOLOGY: tuple(
                _joined(_Run(seat.commitment.value, seat.start, seat.end) for seat in technology)
            ),
            Function.AI: tuple(_joined(run for seat in ai for run in _ai_runs(seat, technology))),
        }

    @classmethod
    def of_spans(cls, spans: Iterable[SeatSpan]) -> Self:
        """The seats of a timeline, or of several."""
        return cls(HeldSeat(one.function, one.seat, one.terms.commitment, one.start, one.end) for one in spans)

    def answers_on(self, day: date) -> Answers:
        """The answers about the seats that are held on a day."""
        answers: dict[str, Answer] = {}
        for function, (seat, since) in SEAT_QUESTIONS.items():
            run = self._run_on(function, day)
            if run is not None:
                answers[seat] = Answer(run.answer, run.start, RECORD)
                answers[since] = Answer(run.start, run.start, RECORD)
        return Answers(answers)

    def standing(self, answers: Answers) -> Answers:
        """Answers given by hand, without those about seats that describe a holder on record.

        An answer without a date counts as given while its function was vacant.
        """
        if _SEATS.isdisjoint(answers.by_question):
            return answers
        described = {
            name
            for function, names in SEAT_QUESTIONS.items()
            for name in names
            if name in answers and self._describes_holder(function, answers[name])
        }
        if not described:
            return answers
        return Answers({name: answer for name, answer in answers.items() if name not in described})

    def complete(self, answers: Answers, day: date) -> Answers:
        """Answers given by hand as far as they stand, with those of the seats on record on a day."""
        return with_seats(self.standing(answers), self.answers_on(day))

    def changes(self) -> Iterator[date]:
        """The days on which the answers change."""
        for runs in self._runs.values():
            for run in runs:
                yield run.start
                if run.end is not None:
                    yield run.end

    def _run_on(self, function: Function, day: date) -> _Run | None:
        return next((run for run in self._runs[function] if is_within(run.start, run.end, day)), None)

    def _describes_holder(self, function: Function, answer: Answer) -> bool:
        if answer.source == RECORD:
            return True
        return answer.as_of is not None and self._run_on(function, answer.as_of) is not None


def with_seats(by_hand: Answers, on_record: Answers) -> Answers:
    """Answers given by hand, and those of the seats on record. Copies of what the record once answered do not stand."""
    by_question = by_hand.by_question
    own = {name: answer for name, answer in by_question.items() if name not in _SEATS or answer.source != RECORD}
    return Answers({**own, **on_record.by_question}) if on_record or len(own) < len(by_hand) else by_hand


def evaluated_answers(assessment: AssessmentTaken, taken_on: date | None = None) -> Answers:
    """The answers on which an assessment was evaluated: those given by hand, and those of the seats on record then.

    `taken_on` dates the answers that carry no date.
    """
    on_record = (assessment.verdicts or {}).get(RECORD, {})
    if not isinstance(on_record, Mapping):
        raise TypeError("the answers of the seats on record are stored as a mapping")
    return with_seats(parse_answers(assessment.answers, as_of=taken_on), parse_answers(on_record))


def _ai_runs(ai: HeldSeat, technology: Iterable[HeldSeat]) -> Iterator[_Run]:
    """A seat with the AI function, divided where its seat also begins or ceases to carry technology."""
    reached = ai.start
    for start, end in _together(ai, technology):
        if reached < start:
            yield _Run(ai.commitment.value, reached, start)
        yield _Run(_SAME_PERSON, start, end)
        if end is None:
            return
        reached = end
    if ai.end is None or reached < ai.end:
        yield _Run(ai.commitment.value, reached, ai.end)


def _together(ai: HeldSeat, technology: Iterable[HeldSeat]) -> Iterator[tuple[date, date | None]]:
    """When the seat with the AI function carries both."""
    for other in technology:
        if other.seat != ai.seat:
            continue
        start = max(ai.start, other.start)
        ends = [end for end in (ai.end, other.end) if end is not None]
        end = min(ends, default=None)
        if end is None or start < end:
            yield start, end


def _joined(runs: Iterable[_Run]) -> Iterator[_Run]:
    """Runs in order; neighbours with the same answer become one."""
    current: _Run | None = None
    for run in runs:
        if current is not None and current.answer == run.answer and current.end == run.start:
            current = current._replace(end=run.end)
            continue
        if current is not None:
            yield current
        current = run
    if current is not None:
        yield current
