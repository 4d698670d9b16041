"""The state of an engagement, changed by its milestones one after another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, TypeAlias

from domain.seats import BOTH, VACANT, Arrangement, Function

HeldSpans: TypeAlias = tuple[tuple[date, date | None], ...]
"""Half-open spans of dates over which a function was held, in order."""


class State(NamedTuple):
    """The state of an engagement after some of its milestones."""

    opened_on: date | None = None
    closed_on: date | None = None
    is_paused: bool = False
    arrangement: Arrangement = VACANT
    held_spans: Mapping[Function, HeldSpans] = {Function.TECHNOLOGY: (), Function.AI: ()}
    conflicts: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    initiatives: frozenset[str] = frozenset()
    live: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()

    def with_arrangement(self, on: date, arrangement: Arrangement) -> State:
        """The state with other seats from a day on."""
        before, spans = self.arrangement, self.held_spans
        for function in BOTH:
            was_held = before.seat_of(function) is not None
            is_held = arrangement.seat_of(function) is not None
            if is_held and not was_held:
                spans = {**spans, function: (*spans[function], (on, None))}
            elif was_held and not is_held:
                *earlier, (since, _) = spans[function]
                spans = {**spans, function: (*earlier, (since, on)) if since < on else tuple(earlier)}
        return self._replace(arrangement=arrangement, held_spans=spans)


BEFORE = State()
"""The state before the opening."""
