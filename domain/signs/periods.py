"""Sets of days as half-open periods, and the days that count: those on which an engagement is active.

Days are proleptic Gregorian ordinals (`date.toordinal()`), so that detectors add and compare whole numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

ALWAYS_BEFORE: Final = 0
"""A day before every date."""

FOREVER: Final = date.max.toordinal() + 1
"""The end of a period that has none."""


@dataclass(frozen=True, slots=True)
class Periods:
    """A set of days: disjoint, non-adjacent, half-open periods `[start, end)` in order; `FOREVER` is an open end."""

    spans: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Periods:
        """The days in any of these periods, which may overlap, touch or be empty, in any order."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if start >= end:
                continue
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return cls(tuple(merged))

    @classmethod
    def since(cls, start: int | None) -> Periods:
        """Every day from `start` on; no day if it is null."""
        return NO_DAYS if start is None or start >= FOREVER else cls(((start, FOREVER),))

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.spans)

    def __contains__(self, day: int) -> bool:
        return self.around(day) is not None

    def __and__(self, other: Periods) -> Periods:
        """The days in both."""
        if not self.spans or other.spans == _ALL_SPANS:
            return self
        if not other.spans or self.spans == _ALL_SPANS:
            return other
        common = []
        left, right = self.spans, other.spans
        i = j = 0
        while i < len(left) and j < len(right):
            start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
            if start < end:
                common.append((start, end))
            if left[i][1] < right[j][1]:
                i += 1
            else:
                j += 1
        return Periods(tuple(common))

    def __or__(self, other: Periods) -> Periods:
        """The days in either."""
        if not self.spans or not other.spans:
            return self if self.spans else other
        return Periods.of((*self.spans, *other.spans))

    def __invert__(self) -> Periods:
        """All other days."""
        edges = [ALWAYS_BEFORE, *(edge for span in self.spans for edge in span), FOREVER]
        return Periods(tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b))

    def __sub__(self, other: Periods) -> Periods:
        """The days in this set and not in the other."""
        return self & ~other if self.spans and other.spans else self

    def around(self, day: int) -> tuple[int, int] | None:
        """The period that contains a day; null if none does."""
        place = bisect_right(self.spans, (day, FOREVER)) - 1
        return self.spans[place] if place >= 0 and day < self.spans[place][1] else None


_ALL_SPANS: Final = ((ALWAYS_BEFORE, FOREVER),)

NO_DAYS: Final = Periods()
"""No day."""


@dataclass(frozen=True, slots=True)
class ActiveDays:
    """The days on which an engagement is open and not paused: the only ones that count and on which a sign can hold."""

    periods: Periods

    def after(self, start: int, days: int) -> int:
        """The first active day before which `days` active days have passed, counting `start` itself as the first.

        Without a pause this is `start + days`. `FOREVER` if the engagement ends earlier.
        """
        left = days
        for begin, end in self.periods:
            first = max(begin, start)
            if first + left < end:
                return first + left
            left -= max(end - first, 0)
        return FOREVER

    def passed(self, start: int, day: int) -> int:
        """The number of active days from `start` until the day before `day`."""
        return sum(max(min(end, day) - max(begin, start), 0) for begin, end in self.periods)

    def lasting(self, condition: Periods, days: int) -> Periods:
        """The days by which each period of the condition has lasted `days` active days.

        A condition continues during a pause, but those days are not counted.
        """
        return Periods(tuple((since, end) for start, end in condition if (since := self.after(start, days)) < end))
