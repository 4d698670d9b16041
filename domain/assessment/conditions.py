"""Conditions on answers, with three outcomes: true, false, and None for unknown.

A condition can be displayed (`text`) and evaluated (`holds`). It also reports which answers it needs, which made it
true, which are missing, and the smallest changes that would make it true or not true. Unknown follows Kleene's logic: a
missing answer never counts as a no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache, reduce
from itertools import combinations, product
from operator import or_

from domain.assessment.predicates import (
    Answered,
    Change,
    Comparison,
    Condition,
    Judged,
    Membership,
    Predicate,
    Values,
    Way,
    in_figures,
)
from domain.assessment.questions import QUESTIONS
from domain.assessment.spread import Spread

LARGEST_WAY = 2
"""The most changes that a reported way to another outcome may take."""


@dataclass(frozen=True, eq=False)
class AtLeast:
    """At least `count` of several conditions. `all_of` and `any_of` are the extremes."""

    count: int
    parts: tuple[Condition, ...]
    words: str | None = None
    needs: tuple[str, ...] = field(init=False)
    bits: int = field(init=False, repr=False)

    _mask: int = field(init=False, repr=False)
    _composed: tuple[Condition, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", tuple(dict.fromkeys(name for part in self.parts for name in part.needs)))
        bits = {part.bit for part in self.parts if isinstance(part, Predicate)}
        composed = tuple(part for part in self.parts if not isinstance(part, Predicate))
        object.__setattr__(self, "_mask", sum(bits))
        object.__setattr__(self, "_composed", composed)
        object.__setattr__(self, "bits", reduce(or_, (part.bits for part in composed), sum(bits)))

    @cached_property
    def text(self) -> str:
        """The condition in words: its own `words` if set, otherwise its parts joined."""
        if self.words is not None:
            return self.words
        texts = [f"({p.text})" if isinstance(p, AtLeast) and p.words is None else p.text for p in self.parts]
        if self.count == len(self.parts):
            return " AND ".join(texts)
        if self.count == 1:
            return " OR ".join(texts)
        return f"{self.count} or more of: " + "; ".join(texts)

    def holds(self, values: Judged) -> bool | None:
        """True, false, or None while the answers do not decide it."""
        needed = self.count - (values.true & self._mask).bit_count()
        spare = len(self.parts) - self.count - (values.false & self._mask).bit_count()
        for part in self._composed:
            if needed <= 0 or spare < 0:
                break
            outcome = part.holds(values)
            if outcome is True:
                needed -= 1
            elif outcome is False:
                spare -= 1
        if needed <= 0:
            return True
        return False if spare < 0 else None

    def grounds(self, values: Values) -> tuple[str, ...]:
        """The questions whose answers make this condition hold."""
        true = [part for part in self.parts if part.holds(values) is True]
        return tuple(dict.fromkeys(name for part in true for name in part.grounds(values)))

    def missing(self, values: Values) -> tuple[str, ...]:
        """The unanswered questions that could still decide it; empty once it is decided."""
        if self.holds(values) is not None:
            return ()
        names: list[str] = []
        for part in self.parts:
            names += part.missing(values)
        return tuple(names)

    def short_of(self, values: Values) -> tuple[str, ...] | None:
        """What one answer lacks to make it true, in words; None if it is true or needs more than one answer."""
        spare = len(self.parts) - self.count + 1
        if len(self.parts) - (values.true & self._mask).bit_count() - len(self._composed) > spare:
            return None
        rest = [part for part in self.parts if part.holds(values) is not True]
        if len(rest) != spare:
            return None
        if self.count > 1:
            return tuple([part.text for part in rest])
        for part in rest:
            short = part.short_of(values)
            if short is not None:
                return short
        return None

    def ways_to(self, outcome: bool, values: Values) -> list[Way]:
        """The small sets of changes that make it true (`outcome`), or not true."""
        true = [part for part in self.parts if part.holds(values) is True]
        if (len(true) >= self.count) == outcome:
            return [()]
        turned = self.count - len(true) if outcome else len(true) - self.count + 1
        if turned > LARGEST_WAY:
            return []
        turnable = [part for part in self.parts if part not in true] if outcome else true
        options = [[way for way in part.ways_to(outcome, values) if way] for part in turnable]
        if turned == 1:
            return [way for ways in options for way in ways]
        taken = [pair for one, other in combinations(options, 2) for pair in product(one, other)]
        return [way for pair in taken if (way := _together(pair)) is not None]


def _together(ways: Iterable[Way]) -> Way | None:
    """Join ways into one; None if they change one answer to different values, or take too many changes."""
    changes: dict[str, Change] = {}
    for way in ways:
        for change in way:
            existing = changes.setdefault(change.name, change)
            if existing.value != change.value:
                return None
    return tuple(changes.values()) if len(changes) <= LARGEST_WAY else None


def all_of(*parts: Condition) -> Condition:
    """Every part holds."""
    return AtLeast(len(parts), parts)


def any_of(*parts: Condition) -> Condition:
    """At least one part holds."""
    return AtLeast(1, parts)


def count_of(count: int, *parts: Condition) -> Condition:
    """At least `count` of the parts hold."""
    return AtLeast(count, parts)


@lru_cache(maxsize=1024)
def below(name: str, threshold: int | Decimal, *, at_most_as_many_as: str | None = None) -> Condition:
    """A number strictly below a threshold."""
    return Comparison(name, "<", threshold, at_most_as_many_as)


@lru_cache(maxsize=1024)
def exactly(name: str, number: int) -> Condition:
    """A number equal to this one."""
    return Comparison(name, "=", number)


@lru_cache(maxsize=1024)
def at_most(name: str, threshold: int | Decimal) -> Condition:
    """A number up to and including a threshold."""
    return Comparison(name, "<=", threshold)


@lru_cache(maxsize=1024)
def above(name: str, threshold: int | Decimal, *, at_most_as_many_as: str | None = None) -> Condition:
    """A number strictly above a threshold."""
    return Comparison(name, ">", threshold, at_most_as_many_as)


@lru_cache(maxsize=1024)
def at_least(name: str, threshold: int | Decimal, *, at_most_as_many_as: str | None = None) -> Condition:
    """A number from a threshold up, inclusive."""
    return Comparison(name, ">=", threshold, at_most_as_many_as)


@lru_cache(maxsize=1024)
def between(name: str, lowest: int | Decimal, highest: int | Decimal) -> Condition:
    """A number in a range, both ends included."""
    words = f"{QUESTIONS[name].label}: from {in_figures(lowest)} to {in_figures(highest)}"
    return AtLeast(2, (at_least(name, lowest), at_most(name, highest)), words)


@lru_cache(maxsize=1024)
def among(name: str, *choices: str) -> Condition:
    """An answer that is one of these choices."""
    return Membership(name, choices)


@lru_cache(maxsize=1024)
def yes(name: str) -> Condition:
    """A question answered yes."""
    return Membership(name, (True,))


@lru_cache(maxsize=1024)
def no(name: str) -> Condition:
    """A question answered no; a missing answer is not a no."""
    return Membership(name, (False,))


@lru_cache(maxsize=1024)
def answered(name: str) -> Condition:
    """A question that has an answer."""
    return Answered(name)


@lru_cache(maxsize=1024)
def spread(at_least_functions: int, *, leaving_out: tuple[str, ...] = ()) -> Condition:
    """AI work in at least this many functions."""
    return Spread("ai_functions", at_least_functions, leaving_out)


def dollars(amount: int) -> Decimal:
    """A threshold in US dollars."""
    return Decimal(amount)
