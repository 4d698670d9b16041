"""Several clients' timelines under one another on one axis, as one drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from web.charts.measure import px, text_width
from web.charts.timeline import KINDS, Timeline, TimelineDrawing, lay_out

_NAME = 30.0
_BETWEEN = 26.0


@dataclass(frozen=True, slots=True)
class ComparedTimeline:
    """A timeline and the position of its top; the client's name stands above it, followed by the note."""

    y: float
    timeline: Timeline
    note: str = ""

    @property
    def name_y(self) -> float:
        """The base line of the name."""
        return px(self.y - 12)

    @property
    def note_x(self) -> float:
        """Where the note begins."""
        return px(text_width(self.timeline.client, 15, 600) + 12)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The timelines from top to bottom; lengths in pixels."""

    rows: tuple[ComparedTimeline, ...]
    width: float
    height: float

    @property
    def summary(self) -> str:
        """The drawing in words, for screen readers."""
        return " ".join(f"{row.timeline.client}: {row.timeline.summary}" for row in self.rows)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the legend explains, in its order."""
        return tuple(kind for kind in KINDS if any(kind in row.timeline.kinds for row in self.rows))

    @property
    def clients(self) -> str:
        """The names of the clients."""
        return ", ".join(row.timeline.client for row in self.rows)


def on_one_axis(drawings: Sequence[TimelineDrawing], width: float = 1120.0) -> tuple[Timeline, ...]:
    """The timelines, all from the first quarter of any to the last quarter of any, unless they are bounded."""
    axes = [lay_out(drawing, width).axis for drawing in drawings]
    if not axes:
        return ()
    first, last = min(axis.first for axis in axes), max(axis.quarters[-1].end for axis in axes)
    return tuple(lay_out(replace(drawing, first=first, last=last), width) for drawing in drawings)


def lay_out_comparison(timelines: Sequence[Timeline], notes: Sequence[str] = ()) -> Comparison:
    """Put timelines under one another, each with its note beside the client's name. Raises `ValueError` without any."""
    if not timelines:
        raise ValueError("a comparison needs a timeline")
    rows = []
    y = 0.0
    for timeline, note in zip(timelines, notes or [""] * len(timelines), strict=True):
        rows.append(ComparedTimeline(px(y + _NAME), timeline, note))
        y += _NAME + timeline.height + _BETWEEN
    return Comparison(tuple(rows), timelines[0].width, px(y - _BETWEEN))
