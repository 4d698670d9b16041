"""A person's seats over time, one row for each client, on one axis of quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.seats import Commitment, Function
from web.charts.axis import Tick, YearBand, axis_of
from web.charts.grid import NAMES, RowName
from web.charts.measure import px, shorten
from web.charts.wording import counted

_TOP, _ROW, _BOTTOM = 44.0, 30.0, 6.0
_LANE, _GAP = 11.0, 2.0
_NAME_SIZE = 12.0
_RIGHT = 8.0
_FEWEST_QUARTERS = 4


@dataclass(frozen=True, slots=True)
class TenureBar:
    """One function in a person's hands over `[start, end)` (null: open). `title` says it in words."""

    function: Function
    commitment: Commitment
    start: date
    end: date | None
    title: str


@dataclass(frozen=True, slots=True)
class TenureRow:
    """A client, and what a person held there."""

    client: str
    href: str
    bars: tuple[TenureBar, ...]


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """The position of a bar; `ahead_x` is where it continues after the as-of day (null: nowhere)."""

    x: float
    y: float
    width: float
    function: Function
    commitment: Commitment
    ahead_x: float | None
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class TenuresChart:
    """The laid-out chart."""

    width: float
    height: float
    left: float
    lane: float
    names: tuple[RowName, ...]
    bars: tuple[DrawnBar, ...]
    bands: tuple[YearBand, ...]
    ticks: tuple[Tick, ...]
    as_of_x: float

    @property
    def summary(self) -> str:
        """The chart in words."""
        return f"Seats held at {counted(len(self.names), 'client')} over time."


def lay_out(
    rows: Sequence[TenureRow], as_of: date, fiscal_year_start_month: int = 1, width: float = 1120.0
) -> TenuresChart:
    """Lay out the rows, in this order, from the first quarter of any seat to the day or the last planned change."""
    days = [day for row in rows for bar in row.bars for day in (bar.start, bar.end) if day is not None]
    first, last = min([*days, as_of]), max([*days, as_of])
    axis = axis_of(first, last, fiscal_year_start_month, NAMES, width - NAMES - _RIGHT, _FEWEST_QUARTERS)
    as_of_x = axis.x(as_of)
    names, bars = [], []
    for place, row in enumerate(rows):
        top = _TOP + place * _ROW
        names.append(RowName(shorten(row.client, NAMES - 14, _NAME_SIZE), px(top + 16), row.client, row.href))
        for bar in row.bars:
            start, end = axis.x(bar.start), axis.right if bar.end is None else axis.x(bar.end)
            bars.append(
                DrawnBar(
                    px(start),
                    px(top + 3 + (_LANE + _GAP if bar.function is Function.AI else 0)),
                    px(max(end - start, 1)),
                    bar.function,
                    bar.commitment,
                    px(max(start, as_of_x)) if end > as_of_x else None,
                    bar.title,
                    row.href,
                )
            )
    return TenuresChart(
        width=px(width),
        height=px(_TOP + _ROW * len(rows) + _BOTTOM),
        left=NAMES,
        lane=_LANE,
        names=tuple(names),
        bars=tuple(bars),
        bands=axis.year_bands(),
        ticks=axis.ticks(as_of),
        as_of_x=px(as_of_x),
    )
