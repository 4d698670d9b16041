"""Chart of paths: how many clients took each sequence of structures, and how long each step lasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.seats import Structure
from web.charts.axis import AxisLabel
from web.charts.measure import px, text_width
from web.charts.survival import DAYS_A_QUARTER, in_quarters, quarter_ticks
from web.charts.wording import ORDER, STRUCTURES, counted

_COUNT, _BAR, _PLOT = 30.0, 96.0, 142.0
_TOP, _ROW, _THICK = 24.0, 30.0, 20.0
_LAST = 128.0
_SIZE = 10.5


@dataclass(frozen=True, slots=True)
class PathOf:
    """An evolution: its structures (null: between two engagements), and the median days in each but the last.

    `clients` followed it; `ended` of them have ended.
    """

    steps: tuple[Structure | None, ...]
    step_days: tuple[float, ...]
    clients: int
    ended: int
    href: str | None = None


@dataclass(frozen=True, slots=True)
class LaneStep:
    """A structure of a path; `text` is the longest name that fits. The last one has no duration."""

    structure: Structure | None
    x: float
    width: float
    text: str
    title: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class PathLane:
    """A path as a row; `is_over`: none of its clients is engaged any longer."""

    y: float
    middle: float
    share: float
    clients: int
    steps: tuple[LaneStep, ...]
    is_over: bool
    title: str
    href: str | None


@dataclass(frozen=True, slots=True)
class PathChart:
    """The laid-out chart, and its paths."""

    width: float
    height: float
    bar: float
    plot: float
    top: float
    thick: float
    lanes: tuple[PathLane, ...]
    ticks: tuple[AxisLabel, ...]
    structures: tuple[Structure, ...]
    paths: tuple[PathOf, ...] = field(repr=False)

    @property
    def summary(self) -> str:
        """The chart in words."""
        if not self.lanes:
            return "No paths."
        return f"{counted(len(self.lanes), 'path')}, the most common first. {self.lanes[0].title}."


def lay_out(paths: Sequence[PathOf], width: float = 1120.0) -> PathChart:
    """Lay out paths in this order, on one axis of quarters since the first day."""
    longest = max((sum(path.step_days) for path in paths), default=0.0)
    most = max((path.clients for path in paths), default=1)
    room = width - _PLOT - _LAST - 4
    step, last = quarter_ticks(longest / DAYS_A_QUARTER)
    scale = room / max(longest, DAYS_A_QUARTER)
    lanes = []
    for place, path in enumerate(paths):
        y = _TOP + place * _ROW + (_ROW - _THICK) / 2
        lanes.append(
            PathLane(
                y=px(y),
                middle=px(y + _THICK / 2),
                share=px(_BAR * path.clients / most),
                clients=path.clients,
                steps=_steps(path, scale),
                is_over=path.ended == path.clients,
                title=path_words(path),
                href=path.href,
            )
        )
    present = {structure for path in paths for structure in path.steps if structure is not None}
    ticks = [quarter for quarter in range(0, last + 1, step) if quarter * DAYS_A_QUARTER * scale <= room + 1]
    return PathChart(
        width=px(width),
        height=px(_TOP + _ROW * max(1, len(paths)) + 4),
        bar=_COUNT + 8,
        plot=_PLOT,
        top=_TOP,
        thick=_THICK,
        lanes=tuple(lanes),
        ticks=tuple(AxisLabel(px(_PLOT + quarter * DAYS_A_QUARTER * scale), str(quarter)) for quarter in ticks),
        structures=tuple(structure for structure in ORDER if structure in present),
        paths=tuple(paths),
    )


def path_words(path: PathOf) -> str:
    """`3 clients: Unified, fractional (4.1 quarters), then Two seats, both fractional; 1 ended`."""
    steps = []
    for place, structure in enumerate(path.steps):
        length = f" ({in_quarters(path.step_days[place])} quarters)" if place < len(path.step_days) else ""
        steps.append(_name(structure) + length)
    ended = f"; {path.ended} ended" if path.ended else ""
    return f"{counted(path.clients, 'client')}: {', then '.join(steps)}{ended}"


def _steps(path: PathOf, scale: float) -> tuple[LaneStep, ...]:
    steps, x = [], _PLOT
    for place, structure in enumerate(path.steps):
        is_last = place == len(path.steps) - 1
        width = _LAST if is_last else max(2.0, path.step_days[place] * scale)
        length = "" if is_last else f", {in_quarters(path.step_days[place])} quarters"
        steps.append(
            LaneStep(
                structure=structure,
                x=px(x + 0.75),
                width=px(max(0.5, width - 1.5)),
                text=_fitting(structure, width - (20 if is_last else 12)),
                title=_name(structure) + length,
                is_last=is_last,
            )
        )
        x += width
    return tuple(steps)


def _fitting(structure: Structure | None, room: float) -> str:
    if structure is None:
        return "away" if text_width("away", _SIZE, 600) <= room else ""
    words = STRUCTURES[structure]
    return next((text for text in (words.short, words.code) if text_width(text, _SIZE, 600) <= room), "")


def _name(structure: Structure | None) -> str:
    return "Not engaged" if structure is None else STRUCTURES[structure].name
