"""Predicates on a single answer, with three outcomes: true, false, and None for unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, NamedTuple, Protocol

from domain.assessment.questions import QUESTIONS, AnswerKind

_BITS = count()
_PREDICATES_ON: dict[str, list[Predicate]] = {}
"""The predicates on each question, without those that it only bounds. Every predicate has its own bit."""
_BOUNDED_BY: dict[str, list[Comparison]] = {}
"""The comparisons that each question bounds."""


class Outcomes(NamedTuple):
    """The predicates that are true and those that are false, as bits: all that rules look at."""

    true: int
    false: int


@lru_cache(maxsize=16_384, typed=True)
def _outcomes_of(name: str, value: Any) -> Outcomes:
    """The outcomes of the predicates on one question. Cached: many clients give the same answers."""
    true = false = 0
    for predicate in _PREDICATES_ON.get(name, ()):
        if predicate.judge({name: value}):
            true |= predicate.bit
        else:
            false |= predicate.bit
    return Outcomes(true, false)


class Judged(Protocol):
    """What has the outcomes of predicates: `Values`, or the outcomes alone."""

    @property
    def true(self) -> int:
        """The bits of the predicates that are true."""

    @property
    def false(self) -> int:
        """The bits of the predicates that are false."""


class Values(dict[str, Any]):
    """Known answers as plain values, by question (`answers.weighable`), with the outcome of each predicate on them.

    Predicates are evaluated once, on creation: the bit of each is set in `true` or `false`. So never change values in
    place; `after` returns changed values.
    """

    __slots__ = ("false", "true")

    true: int
    false: int

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.true = self.false = 0
        for name in values:
            self._try(name)

    def _try(self, name: str) -> None:
        true, false = _outcomes_of(name, self[name])
        self.true |= true
        self.false |= false
        for comparison in _BOUNDED_BY.get(name, ()):
            if comparison.name not in self and (outcome := comparison.judge(self)) is not None:
                if outcome:
                    self.true |= comparison.bit
                else:
                    self.false |= comparison.bit

    def after(self, changes: Way) -> Values:
        """A copy with these changes applied."""
        changed = Values.__new__(Values)
        changed.update(self)
        changed.true, changed.false = self.true, self.false
        changed.update({change.name: change.value for change in changes})
        for change in changes:
            bounded = [one for one in _BOUNDED_BY.get(change.name, ()) if one.name not in changed]
            for predicate in (*_PREDICATES_ON.get(change.name, ()), *bounded):
                changed.true &= ~predicate.bit
                changed.false &= ~predicate.bit
        for change in changes:
            changed._try(change.name)
        return changed


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one answer; `text` describes it in the words of the condition that it crosses."""

    name: str
    value: Any
    text: str


Way = tuple[Change, ...]


class Condition(Protocol):
    """The interface of conditions on answers."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Every question the condition depends on."""

    @property
    def text(self) -> str:
        """The condition in words."""

    @property
    def bits(self) -> int:
        """The bits of the predicates on which it depends."""

    def holds(self, values: Judged) -> bool | None:
        """True, false, or None while the answers do not decide it."""

    def grounds(self, values: Values) -> tuple[str, ...]:
        """The questions whose answers make it true."""

    def missing(self, values: Values) -> tuple[str, ...]:
        """The unanswered questions that could still decide it; empty once it is decided."""

    def short_of(self, values: Values) -> tuple[str, ...] | None:
        """What one answer lacks to make it true, in words; None if it is true or needs more than one answer."""

    def ways_to(self, outcome: bool, values: Values) -> list[Way]:
        """The small sets of changes that make it true (`outcome`), or not true."""


def in_figures(value: int | Decimal) -> str:
    """A count or an amount in dollars, formatted for display."""
    if isinstance(value, Decimal):
        return f"{value:,.0f} USD" if value == value.to_integral_value() else f"{value:,} USD"
    return f"{value:,}"


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_WORDS = {
    "<": ("below {}", "{} or more"),
    "<=": ("at most {}", "more than {}"),
    ">": ("more than {}", "at most {}"),
    ">=": ("{} or more", "below {}"),
    "=": ("exactly {}", "more than {}"),
}
_NEAR = Decimal("0.2")
"""A number is near its threshold when it lies within a fifth of it."""


@dataclass(frozen=True, eq=False)
class Predicate:
    """A condition on one answer. `bit` identifies it among all predicates."""

    needs: tuple[str, ...] = field(init=False)
    bit: int = field(init=False)

    def _join(self, name: str, *bounded_by: str) -> None:
        """Register for a question, and for those that bound it, with the next free bit."""
        object.__setattr__(self, "needs", (name, *bounded_by))
        object.__setattr__(self, "bit", 1 << next(_BITS))
        _PREDICATES_ON.setdefault(name, []).append(self)
        _outcomes_of.cache_clear()

    @property
    def bits(self) -> int:
        """The bits of the predicates on which it depends: its own."""
        return self.bit

    def judge(self, values: Mapping[str, Any]) -> bool | None:
        """Evaluate on values that have an answer to one of its questions: true, false, or None for unknown."""
        raise NotImplementedError

    def holds(self, values: Judged) -> bool | None:
        """The outcome as already judged for these values: true, false, or None for unknown."""
        if values.true & self.bit:
            return True
        return False if values.false & self.bit else None

    def grounds(self, values: Values) -> tuple[str, ...]:
        """The question whose answer makes it true."""
        return self.needs[:1] if self.needs[0] in values else self.needs[1:]

    def missing(self, values: Values) -> tuple[str, ...]:
        """The questions that could decide it."""
        return () if (values.true | values.false) & self.bit else self.needs


@dataclass(frozen=True, eq=False)
class Comparison(Predicate):
    """Compares a number with a threshold.

    `at_most_as_many_as` names a count that bounds it from above: a company of twelve people cannot have a team of
    twenty-five, even if the size of the team is unknown.
    """

    name: str
    sign: str
    threshold: int | Decimal
    at_most_as_many_as: str | None = None
    _test: Callable[[Any, Any], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        bound = self.at_most_as_many_as
        self._join(self.name, *(() if bound is None else (bound,)))
        if bound is not None:
            _BOUNDED_BY.setdefault(bound, []).append(self)
        object.__setattr__(self, "_test", _TESTS[self.sign])

    @cached_property
    def text(self) -> str:
        """The condition in words."""
        return self._text_for(True)

    @cached_property
    def _changes(self) -> dict[bool, Change]:
        step = Decimal("0.01") if isinstance(self.threshold, Decimal) else 1
        below = self.threshold - step if self.sign in ("<", ">=") else self.threshold
        above = self.threshold if self.sign in ("<", ">=") else self.threshold + step
        holding, failing = (below, above) if self.sign in ("<", "<=", "=") else (above, below)
        return {
            True: Change(self.name, holding, self._text_for(True)),
            False: Change(self.name, failing, self._text_for(False)),
        }

    def _text_for(self, outcome: bool) -> str:
        words = _WORDS[self.sign][0 if outcome else 1].format(in_figures(self.threshold))
        return f"{QUESTIONS[self.name].label}: {words}"

    def judge(self, values: Mapping[str, Any]) -> bool | None:
        """Evaluate on the values: true, false, or None for unknown."""
        value = values.get(self.name)
        if value is not None:
            return self._test(value, self.threshold)
        if self.at_most_as_many_as is not None:
            bound = values.get(self.at_most_as_many_as)
            if bound is not None:
                if self.sign in ("<", "<="):
                    return True if self._test(bound, self.threshold) else None
                return None if self._test(bound, self.threshold) else False
        return None

    def short_of(self, values: Values) -> tuple[str, ...] | None:
        """What one answer lacks to make it true, in words; None if it is true or needs more than one answer."""
        value = values.get(self.name)
        if value is None or self._test(value, self.threshold):
            return None
        near = abs(value - self.threshold) <= _NEAR * self.threshold
        return (self.text,) if near else None

    def ways_to(self, outcome: bool, values: Values) -> list[Way]:
        """The small sets of changes that make it true (`outcome`), or not true."""
        if (self.holds(values) is True) == outcome:
            return [()]
        return [(self._changes[outcome],)]


_CAPITALS = {"ai": "AI", "cto": "CTO", "caio": "CAIO", "ceo": "CEO", "vp": "VP"}


def in_words(choice: str | bool) -> str:
    """A choice, formatted for display."""
    if isinstance(choice, bool):
        return "yes" if choice else "no"
    return " ".join(_CAPITALS.get(word, word) for word in choice.split("_"))


@dataclass(frozen=True, eq=False)
class Membership(Predicate):
    """An answer that is one of several choices (yes and no are choices too)."""

    name: str
    choices: tuple[Any, ...]

    def __post_init__(self) -> None:
        self._join(self.name)

    @cached_property
    def text(self) -> str:
        """The condition in words."""
        return self._text_for(self.choices)

    def _text_for(self, choices: Iterable[Any]) -> str:
        return f"{QUESTIONS[self.name].label}: " + " or ".join(in_words(one) for one in choices)

    @cached_property
    def _opposite(self) -> str:
        return self._text_for(self._others)

    @cached_property
    def _rank(self) -> dict[Any, int]:
        question = QUESTIONS[self.name]
        every = (True, False) if question.kind is AnswerKind.YES_NO else tuple(question.choices)
        return {one: place for place, one in enumerate(every)}

    @cached_property
    def _others(self) -> tuple[Any, ...]:
        return tuple(one for one in self._rank if one not in self.choices)

    def judge(self, values: Mapping[str, Any]) -> bool:
        """Whether the answer is one of the choices."""
        return values[self.name] in self.choices

    def short_of(self, values: Values) -> tuple[str, ...] | None:
        """Always None: choices have no distance."""
        return None

    def ways_to(self, outcome: bool, values: Values) -> list[Way]:
        """The small sets of changes that make it true (`outcome`), or not true."""
        if (self.holds(values) is True) == outcome:
            return [()]
        choices = self.choices if outcome else self._others
        if not choices or QUESTIONS[self.name].kind is AnswerKind.TEXT:
            return []
        current = values.get(self.name)
        nearest = (
            choices[0] if current is None else min(choices, key=lambda one: abs(self._rank[one] - self._rank[current]))
        )
        return [(Change(self.name, nearest, self.text if outcome else self._opposite),)]


@dataclass(frozen=True, eq=False)
class Answered(Predicate):
    """A question that has an answer, whatever it is: then nothing else stands in for it."""

    name: str

    def __post_init__(self) -> None:
        self._join(self.name)

    @cached_property
    def text(self) -> str:
        """The condition in words."""
        return f"{QUESTIONS[self.name].label}: answered"

    def judge(self, values: Mapping[str, Any]) -> bool:
        """True: only values with an answer are judged, and without one there may be one later."""
        return True

    def short_of(self, values: Values) -> tuple[str, ...] | None:
        """Always None: answering a question is no small step of the answers themselves."""
        return None

    def ways_to(self, outcome: bool, values: Values) -> list[Way]:
        """No changes: an answer never becomes unknown, and it is open which answer comes."""
        return [()] if (self.holds(values) is True) == outcome else []
