"""How a framework came to its verdict, in sentences: how much of a list holds, and what numbered questions lean to."""

from __future__ import annotations

from collections.abc import Sequence

from domain.assessment.framework import First, Framework, Method, Seats
from domain.assessment.voting import State, lists_of

_LISTS = {
    Seats.TWO: "{matching} of {of} reasons for two roles hold; one is enough.",
    Seats.ONE: "{matching} of {of} conditions for one role hold; it takes all of them.",
}
_LEANS = {First.AI: "a CAIO", First.TECHNOLOGY: "a CTO"}
_QUESTION_FOUR = {Seats.ONE: "one person in both roles", Seats.TWO: "two people"}


def reading_of(framework: Framework, states: Sequence[State]) -> tuple[str, ...]:
    """The sentences; empty for a framework whose rules speak for themselves."""
    if framework.method is Method.LISTS:
        return tuple(
            _LISTS[one.seats].format(matching=len(one.matching), of=one.of)
            for one in lists_of(framework, states)
            if one.matching and isinstance(one.seats, Seats)
        )
    return _four_questions(framework, states) if framework.counts_double else ()


def _four_questions(framework: Framework, states: Sequence[State]) -> tuple[str, ...]:
    """What questions 1 to 3 lean to, what question 4 says, and that it weighs most."""
    leans: dict[First, list[str]] = {}
    sentences: list[str] = []
    weighty: list[str] = []
    for rule, state in zip(framework.rules, states, strict=True):
        if state is not True or rule.id != "F-S4c":
            continue
        if rule.key in framework.counts_double and rule.vote.seats is not None:
            weighty.append(f"Question 4 points to {_QUESTION_FOUR[rule.vote.seats]}.")
        elif rule.vote.first is not None:
            leans.setdefault(rule.vote.first, []).append(rule.clause.partition(".")[0])
    for first, questions in leans.items():
        sentences.append(f"{_numbered(questions)} to {_LEANS[first]}.")
    if leans and weighty:
        weighty.append("Question 4 weighs most when they disagree.")
    return (*sentences, *weighty)


def _numbered(questions: Sequence[str]) -> str:
    if len(questions) == 1:
        return f"Question {questions[0]} leans"
    return f"Questions {', '.join(questions[:-1])} and {questions[-1]} lean"
