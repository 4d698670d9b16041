"""The predicate on the functions in which AI work has to land."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from domain.assessment.predicates import Change, Predicate, Values, Way
from domain.assessment.questions import QUESTIONS


@dataclass(frozen=True, eq=False)
class Spread(Predicate):
    """AI work in at least `at_least` functions, not counting those in `leaving_out`."""

    name: str
    at_least: int
    leaving_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._join(self.name)

    @cached_property
    def text(self) -> str:
        """The condition in words."""
        beyond = (
            " beyond " + " and ".join(one.replace("_", " ") for one in self.leaving_out) if self.leaving_out else ""
        )
        return f"{QUESTIONS[self.name].label}: {self.at_least} or more{beyond}"

    def _counted(self, chosen: Sequence[str]) -> list[str]:
        return [one for one in chosen if one not in self.leaving_out]

    def judge(self, values: Mapping[str, Any]) -> bool:
        """Whether enough functions are chosen."""
        return len(self._counted(values[self.name])) >= self.at_least

    def short_of(self, values: Values) -> tuple[str, ...] | None:
        """What one answer lacks to make it true, in words; None if it is true or needs more than one answer."""
        chosen = values.get(self.name)
        return (self.text,) if chosen is not None and len(self._counted(chosen)) == self.at_least - 1 else None

    def ways_to(self, outcome: bool, values: Values) -> list[Way]:
        """The small sets of changes that make it true (`outcome`), or not true."""
        if (self.holds(values) is True) == outcome:
            return [()]
        chosen: tuple[str, ...] = values.get(self.name, ())
        counted = self._counted(chosen)
        if outcome:
            more = [one for one in self._counted(tuple(QUESTIONS[self.name].choices)) if one not in chosen]
            reached: Sequence[str] = [*chosen, *more[: self.at_least - len(counted)]]
            return [(Change(self.name, tuple(reached), self.text),)]
        dropped = counted[self.at_least - 1 :]
        remaining = tuple(one for one in chosen if one not in dropped)
        return [(Change(self.name, remaining, f"{QUESTIONS[self.name].label}: fewer than {self.at_least}"),)]
