"""Drift: whether a client's structure is less or more than advised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.assessment.framework import Advised, Seats
from domain.assessment.outcome import Outcome
from domain.seats import Function, Structure


class Direction(StrEnum):
    """The direction in which the current structure differs from the advice."""

    OUTGROWN = "outgrown"
    AHEAD_OF_ITSELF = "ahead_of_itself"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Drift:
    """The direction and its reasons. There may be reasons without a direction if they point both ways."""

    direction: Direction
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shape:
    """A structure as its number of seats and the commitment of each function."""

    seats: int
    technology: Advised
    ai: Advised

    def of(self, function: Function) -> Advised:
        return self.technology if function is Function.TECHNOLOGY else self.ai

    @property
    def functions(self) -> int:
        return sum(level is not Advised.NONE for level in (self.technology, self.ai))

    @property
    def commitment(self) -> int:
        """The commitment of both functions together, to compare structures with equally many seats and functions."""
        return _LEVEL[self.technology] + _LEVEL[self.ai]


_N, _FRACTIONAL, _FULL = Advised.NONE, Advised.FRACTIONAL, Advised.FULL_TIME
_LEVEL = {_N: 0, _FRACTIONAL: 1, _FULL: 2}
_SHAPES = {
    Structure.NONE: _Shape(0, _N, _N),
    Structure.CTO_ONLY_FRACTIONAL: _Shape(1, _FRACTIONAL, _N),
    Structure.CTO_ONLY_FULL_TIME: _Shape(1, _FULL, _N),
    Structure.CAIO_ONLY_FRACTIONAL: _Shape(1, _N, _FRACTIONAL),
    Structure.CAIO_ONLY_FULL_TIME: _Shape(1, _N, _FULL),
    Structure.UNIFIED_FRACTIONAL: _Shape(1, _FRACTIONAL, _FRACTIONAL),
    Structure.UNIFIED_FULL_TIME: _Shape(1, _FULL, _FULL),
    Structure.FRACTIONAL_PAIR: _Shape(2, _FRACTIONAL, _FRACTIONAL),
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO: _Shape(2, _FULL, _FRACTIONAL),
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO: _Shape(2, _FRACTIONAL, _FULL),
    Structure.FULL_TIME_PAIR: _Shape(2, _FULL, _FULL),
}
_SEATS = {Seats.NONE: 0, Seats.SINGLE: 1, Seats.ONE: 1, Seats.TWO: 2}
_NAMES = {Function.TECHNOLOGY: "technology", Function.AI: "AI"}


def drift(advised: Outcome, current: Structure | None) -> Drift:
    """Compare the current structure with the advice.

    If a whole structure is advised, seats count first, then vacant functions, then commitment. If dimensions are
    undecided, only the decided ones are compared, and all differences must point one way. There is no drift without an
    open engagement (`current` None) or without advice.
    """
    if current is None:
        return Drift(Direction.NONE)
    structure = advised.structure
    if structure is not None:
        return _between(_SHAPES[current], _SHAPES[structure], structure is current)
    return _by_what_is_decided(_SHAPES[current], advised)


def _between(current: _Shape, advised: _Shape, same: bool) -> Drift:
    if same:
        return Drift(Direction.NONE)
    reasons = (*_seats_differ(current.seats, advised.seats), *_functions_differ(current, advised))
    mine = (advised.seats, advised.functions, advised.commitment)
    theirs = (current.seats, current.functions, current.commitment)
    if mine == theirs:
        return Drift(Direction.NONE, reasons)
    return Drift(Direction.OUTGROWN if mine > theirs else Direction.AHEAD_OF_ITSELF, reasons)


def _by_what_is_decided(current: _Shape, advised: Outcome) -> Drift:
    seats = _SEATS.get(advised.seats)
    if seats is not None and seats != current.seats:
        direction = Direction.OUTGROWN if seats > current.seats else Direction.AHEAD_OF_ITSELF
        return Drift(direction, _seats_differ(current.seats, seats))
    reasons: list[str] = []
    signs = set()
    for function in Function:
        needed = advised.technology if function is Function.TECHNOLOGY else advised.ai
        has = current.of(function)
        if needed is Advised.UNDECIDED or needed is has or _is_shared(current, has, needed):
            continue
        signs.add(_LEVEL[needed] > _LEVEL[has])
        reasons.append(_function_differs(function, has, needed))
    if len(signs) != 1:
        return Drift(Direction.NONE, tuple(reasons))
    return Drift(Direction.OUTGROWN if signs.pop() else Direction.AHEAD_OF_ITSELF, tuple(reasons))


def _is_shared(current: _Shape, has: Advised, needed: Advised) -> bool:
    """Whether part of a full-time seat with both functions already covers the advised fraction."""
    return current.seats == 1 and current.functions == 2 and has is _FULL and needed is _FRACTIONAL


def _seats_differ(current: int, advised: int) -> tuple[str, ...]:
    if current == advised:
        return ()
    words = {0: "no seat is", 1: "one seat is", 2: "two seats are"}
    return (f"{words[current]} held, {words[advised]} advised",)


def _functions_differ(current: _Shape, advised: _Shape) -> tuple[str, ...]:
    return tuple(
        _function_differs(function, current.of(function), advised.of(function))
        for function in Function
        if current.of(function) is not advised.of(function)
    )


def _function_differs(function: Function, has: Advised, needed: Advised) -> str:
    words = {_N: "vacant", _FRACTIONAL: "fractional", _FULL: "full-time"}
    return f"{_NAMES[function]} is {words[has]}, {words[needed]} is advised"
