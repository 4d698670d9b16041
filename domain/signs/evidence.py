"""The milestones on which findings rest: those that began seats, assessments that gave answers, and other entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.milestones import Details
from domain.seats import BOTH, Function
from domain.signs.detector import Evidence
from domain.signs.facts import EngagementFacts, Entry
from domain.signs.periods import FOREVER


def seat_evidence(facts: EngagementFacts, *functions: Function) -> Iterator[Evidence]:
    """The milestones that put these functions (without any: both) into their seats, each while that seat is held."""
    return (Evidence(*seating) for function in functions or BOTH for seating in facts.seatings[function])


def answer_evidence(facts: EngagementFacts, *questions: str) -> Iterator[Evidence]:
    """The assessments that gave the newest known answers to questions. A profile's facts come from no milestone."""
    for question in questions:
        for answer in facts.answers.of(question):
            if answer.milestone is not None:
                yield Evidence(answer.milestone, answer.day, answer.until)


def entry_evidence(entries: Iterable[Entry[Details]], until: int = FOREVER) -> Iterator[Evidence]:
    """Milestones, each from its own day on."""
    return (Evidence(entry.milestone, entry.day, until) for entry in entries)
