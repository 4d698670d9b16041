"""Shared axes: days to pixels, columns of quarters, round steps, and as many labels as fit."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.quarters import Quarter, quarter_of, quarters_between
from web.charts.measure import px, text_width
from web.charts.wording import month_word

_QUARTER_LABEL_ROOM = 23.0
_MONTH_LABEL_ROOM = 124.0
_TICK_ROOM = 5.0
_LABEL = 11.0
_APOSTROPHE = "\u2019"


@dataclass(frozen=True, slots=True)
class AxisLabel:
    """A label at a position on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A vertical line at the start of a quarter or a month, with a label if one fits."""

    x: float
    label: str
    opens_year: bool
    current: bool
    title: str


@dataclass(frozen=True, slots=True)
class YearBand:
    """A fiscal year on the axis, with its label if one fits; every second one is shaded."""

    x: float
    width: float
    label: str
    title: str
    shaded: bool


@dataclass(frozen=True, slots=True)
class DateAxis:
    """Maps days to pixels from `left` to `left + width`, in whole quarters."""

    quarters: tuple[Quarter, ...]
    left: float
    width: float
    first: date = field(init=False)
    end: date = field(init=False)
    days: int = field(init=False)

    def __post_init__(self) -> None:
        """Precompute the first day, the day after the last, and the number of days."""
        object.__setattr__(self, "first", self.quarters[0].start)
        object.__setattr__(self, "end", self.quarters[-1].end + timedelta(days=1))
        object.__setattr__(self, "days", (self.end - self.first).days)

    @property
    def right(self) -> float:
        """The right end in pixels."""
        return self.left + self.width

    def x(self, day: date) -> float:
        """The pixel at which a day begins; days outside the axis map to its nearer end."""
        offset = (min(max(day, self.first), self.end) - self.first).days
        return self.left + self.width * offset / self.days

    def year_bands(self) -> tuple[YearBand, ...]:
        """The fiscal years, left to right; as years get narrower, labels get shorter and then fewer."""
        years: list[list[Quarter]] = []
        for quarter in self.quarters:
            if not years or years[-1][0].year != quarter.year:
                years.append([])
            years[-1].append(quarter)
        full_year = self.width * 4 / len(self.quarters)
        names = [_year_name(quarters[0]) for quarters in years]
        room = max(text_width(name, 12, 600) for name in names) + 10
        short_room = text_width(_APOSTROPHE + "00", 12, 600) + 8
        every = 1
        if full_year < room:
            names = [_APOSTROPHE + name[-2:] for name in names]
            every = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if step * full_year >= short_room)
        bands = []
        for place, (quarters, name) in enumerate(zip(years, names, strict=True)):
            x0, x1 = self.x(quarters[0].start), self.x(quarters[-1].end + timedelta(days=1))
            fits = quarters[0].year % every == 0 and text_width(name, 12, 600) + 8 <= max(x1 - x0, full_year * every)
            if place == len(years) - 1 or len(quarters) < 4:
                fits = fits and text_width(name, 12, 600) + 8 <= x1 - x0
            title = _year_name(quarters[0])
            bands.append(YearBand(px(x0), px(x1 - x0), name if fits else "", title, quarters[0].year % 2 == 1))
        return tuple(bands)

    def ticks(self, as_of: date) -> tuple[Tick, ...]:
        """A line per quarter if there is room, otherwise one per year; quarters are labelled if labels fit."""
        each = self.width / len(self.quarters)
        marks = []
        for quarter in self.quarters:
            opens = quarter.number == 1 or quarter is self.quarters[0]
            if each < _TICK_ROOM and quarter.number != 1:
                continue
            label = f"Q{quarter.number}" if each >= _QUARTER_LABEL_ROOM else ""
            marks.append(Tick(px(self.x(quarter.start)), label, opens, quarter.contains(as_of), quarter.label))
        return tuple(marks)

    def months(self) -> tuple[Tick, ...]:
        """The second and third month of every quarter, if quarters are wide enough."""
        if self.width / len(self.quarters) < _MONTH_LABEL_ROOM:
            return ()
        marks = []
        for quarter in self.quarters:
            day = quarter.start
            for _ in range(2):
                day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
                marks.append(Tick(px(self.x(day)), month_word(day), False, False, month_word(day)))
        return tuple(marks)


def _year_name(quarter: Quarter) -> str:
    return quarter.label.rpartition("-")[0]


def axis_of(
    first: date, last: date, fiscal_year_start_month: int, left: float, width: float, at_least: int = 1
) -> DateAxis:
    """An axis of whole quarters from the one of `first` to the one of `last`, at least `at_least` of them."""
    quarters = list(
        quarters_between(quarter_of(first, fiscal_year_start_month), quarter_of(last, fiscal_year_start_month))
    )
    while len(quarters) < at_least:
        quarters.append(quarters[-1].next)
    return DateAxis(tuple(quarters), left, width)


def nice_step(most: int, ticks: int = 5) -> int:
    """A round step that divides `most` into about the requested number of ticks; at least 1."""
    for magnitude in itertools.count():
        for step in (1, 2, 5):
            if step * 10**magnitude * ticks >= most:
                return int(step * 10**magnitude)
    raise AssertionError("steps grow without end")


def column_labels(
    labels: Sequence[str], left: float, each: float
) -> tuple[tuple[AxisLabel, ...], tuple[AxisLabel, ...]]:
    """Labels under columns of quarters: quarters if they fit, and each year once, fewer as years get narrower."""
    quarters: list[AxisLabel] = []
    years: list[AxisLabel] = []
    free_from = left
    for place, label in enumerate(labels):
        year, _, quarter = label.rpartition("-")
        x = left + place * each
        if each >= text_width(quarter, _LABEL) + 4:
            quarters.append(AxisLabel(px(x + each / 2), quarter))
        opens = place == 0 or labels[place - 1].rpartition("-")[0] != year
        if opens and x >= free_from:
            first_is_short = place == 0 and len(labels) > 1 and (quarter in ("Q3", "Q4")) and each < 20
            if not first_is_short:
                years.append(AxisLabel(px(x), year))
                free_from = x + text_width(year, _LABEL) + 8
    return tuple(quarters), tuple(years)
