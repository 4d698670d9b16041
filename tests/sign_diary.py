"""An engagement day by day, for oracles of signs: who sits where, what happens, and what was answered last.

It is lived through with `oracle.World` and shares no reasoning with `domain.signs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from oracle import DAY, Chair, World, in_order
from sign_histories import SignHistory

from domain.milestones import Milestone


class LastAnswer(NamedTuple):
    """The newest known answer to a question: its value, the day it came in, and the day to which it applies."""

    value: Any
    came_in_on: date
    applies_to: date | None


@dataclass(frozen=True)
class Day:
    """The evening of a day of an engagement, and what happened on it."""

    on: date
    is_active: bool
    technology: Chair | None
    ai: Chair | None
    milestones: tuple[Milestone, ...]
    answers: Mapping[str, LastAnswer]

    @property
    def is_unified(self) -> bool:
        return bool(self.technology and self.ai and self.technology.label == self.ai.label)

    @property
    def has_two_seats(self) -> bool:
        return bool(self.technology and self.ai and self.technology.label != self.ai.label)

    def happened(self, *kinds: str) -> list[Any]:
        """The details of the day's milestones of these kinds, in order."""
        return [m.details for m in self.milestones if m.kind.value in kinds]

    def answer(self, question: str) -> Any:
        """The newest known answer; null if there is none."""
        last = self.answers.get(question)
        return last.value if last else None


class Verdict(NamedTuple):
    """That a sign holds: how severe, and since when where it is dated back."""

    severity: str
    dated_back: date | None = None


Verdicts = dict[str | None, Verdict]
"""What holds on a day, by subject."""

Oracle = Callable[[list[Day]], list[Verdicts]]
"""Says for every day of a diary what holds on it. Days that are not active are left out afterwards."""


def diary(history: SignHistory, days_after: int = 400) -> list[Day]:
    """Every day from the opening until some days after the last milestone."""
    world = World()
    calendar: dict[date, list[Milestone]] = {}
    for on, milestone in in_order(history.milestones):
        calendar.setdefault(on, []).append(milestone)
    today, last = min(calendar), max(calendar) + timedelta(days=days_after)
    given = [(layer.day, name, answer) for layer in history.layers() for name, answer in layer.answers.items()]
    answers: dict[str, LastAnswer] = {}
    days: list[Day] = []
    while today <= last:
        for milestone in calendar.get(today, ()):
            world.apply(milestone, today)
        for day, name, answer in given:
            is_due = day == today or (not days and day < today)
            if is_due and answer.is_known and not _is_older(answer.as_of, answers.get(name)):
                answers = {**answers, name: LastAnswer(answer.value, day, answer.as_of)}
        evening = world.evening()
        days.append(
            Day(
                today,
                evening.status == "open",
                evening.technology,
                evening.ai,
                tuple(calendar.get(today, ())),
                answers,
            )
        )
        for function in world.held():
            world.held_on[function].add(today)
        today += DAY
    return days


def _is_older(applies_to: date | None, last: LastAnswer | None) -> bool:
    if last is None or last.applies_to is None or applies_to is None:
        return False
    return applies_to < last.applies_to


def held_since(days: list[Day], verdicts: Iterable[Verdicts]) -> list[dict[str | None, tuple[date, str]]]:
    """Since when what holds on each day has held without a break, and how severe it is on that day."""
    running: dict[str | None, date] = {}
    held: list[dict[str | None, tuple[date, str]]] = []
    for day, holds in zip(days, verdicts, strict=True):
        on_active_day = holds if day.is_active else {}
        if not on_active_day:
            running = {}
            held.append({})
            continue
        running = {
            subject: running.get(subject, verdict.dated_back or day.on) for subject, verdict in on_active_day.items()
        }
        held.append({subject: (running[subject], verdict.severity) for subject, verdict in on_active_day.items()})
    return held
