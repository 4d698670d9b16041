"""Annotations of charts with quarters: marks for the milestones and plans that explain a change, one row a group.

Every chart places the same strip on its own columns, so that marks mean the same on all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from web.charts.measure import px, text_width
from web.charts.wording import counted
from web.kinds.page import Family

ROW = 20.0
_ABOVE, _CAPTION, _BELOW = 8.0, 12.0, 4.0
_MARK = 14.0
_LEAST_SCALE = 0.3
_NUMBER = 10.5
_BESIDE = 3.0


@dataclass(frozen=True, slots=True)
class Annotation:
    """What happened in a quarter (`2026-Q1`), of one group, or is planned for it.

    `row` is the group's label, `family` the shape of its marks. `title` describes all of it in words.
    """

    quarter: str
    row: str
    family: Family
    count: int
    title: str
    planned: bool = False
    href: str | None = None


@dataclass(frozen=True, slots=True)
class AnnotationMark:
    """A mark: its middle, the scale of its shape, and the number beside it (empty if it does not fit).

    `left` and `width` are the area that reacts to the pointer.
    """

    x: float
    y: float
    scale: float
    family: Family
    number: str
    number_x: float
    title: str
    planned: bool
    href: str | None
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """A group: its label, the middle of its row, and its marks from left to right."""

    label: str
    y: float
    marks: tuple[AnnotationMark, ...]


@dataclass(frozen=True, slots=True)
class AnnotationStrip:
    """The rows of a chart's annotations, from `top` on; without any it has no height."""

    top: float
    height: float
    left: float
    right: float
    rows: tuple[AnnotationRow, ...]
    has_plans: bool

    @property
    def caption_y(self) -> float:
        """The baseline of the caption that explains planned marks."""
        return px(self.top + _CAPTION)

    @property
    def row_height(self) -> float:
        """The height of a row."""
        return ROW

    @property
    def summary(self) -> str:
        """The groups in words, empty without any."""
        return f"Marks: {', '.join(row.label.lower() for row in self.rows)}." if self.rows else ""


NO_ANNOTATIONS = AnnotationStrip(0, 0, 0, 0, (), has_plans=False)


def strip_height(annotations: Sequence[Annotation]) -> float:
    """The height of the strip of these annotations, with room for a caption where some are planned."""
    rows = len({one.row for one in annotations})
    return _above(annotations) + ROW * rows + _BELOW if rows else 0.0


def _above(annotations: Sequence[Annotation]) -> float:
    return _ABOVE + (_CAPTION if any(one.planned for one in annotations) else 0.0)


def lay_out(
    annotations: Sequence[Annotation], quarters: Mapping[str, tuple[float, float]], top: float, right: float
) -> AnnotationStrip:
    """Lay out the annotations of these quarters, each with its left edge and width, in rows that begin below `top`.

    Rows have the order in which their groups are first given. Annotations of other quarters are left out.
    """
    shown = [one for one in annotations if one.quarter in quarters]
    if not shown:
        return NO_ANNOTATIONS
    rows = []
    for place, label in enumerate(dict.fromkeys(one.row for one in annotations)):
        y = top + _above(annotations) + ROW * (place + 0.5)
        of_row = [one for one in shown if one.row == label]
        rows.append(AnnotationRow(label, px(y), tuple(_marks(of_row, quarters, y))))
    left = min(left for left, _ in quarters.values())
    has_plans = any(one.planned for one in annotations)
    return AnnotationStrip(px(top), px(strip_height(annotations)), px(left), px(right), tuple(rows), has_plans)


def _marks(
    annotations: Sequence[Annotation], quarters: Mapping[str, tuple[float, float]], y: float
) -> Iterator[AnnotationMark]:
    for quarter, same in groupby(annotations, attrgetter("quarter")):
        in_quarter = list(same)
        left, width = quarters[quarter]
        each = width / len(in_quarter)
        for place, one in enumerate(in_quarter):
            yield _mark(one, left + place * each, each, y)


def _mark(one: Annotation, left: float, width: float, y: float) -> AnnotationMark:
    """A mark in the middle of its part of the quarter, with its number beside it if there is room and more than one."""
    scale = min(1.0, max(_LEAST_SCALE, (width - 2) / _MARK))
    number = f"{one.count:,}" if one.count > 1 else ""
    taken = _MARK + _BESIDE + text_width(number, _NUMBER, 600)
    if not number or taken > width - 2:
        number, taken = "", _MARK * scale
    x = left + (width - taken) / 2 + _MARK * scale / 2
    return AnnotationMark(
        x=px(x),
        y=px(y),
        scale=px(scale),
        family=one.family,
        number=number,
        number_x=px(x + _MARK / 2 + _BESIDE),
        title=one.title,
        planned=one.planned,
        href=one.href,
        left=px(left),
        width=px(width),
    )


def title_of(quarter: str, words: str, first: Sequence[str], times: int) -> str:
    """`2026-Q1: 3 splits`, then a line for each of the first, and `and 1 more`."""
    lines = [f"{quarter}: {words}", *first]
    if times > len(first) and first:
        lines.append(f"and {counted(times - len(first), 'more', 'more')}")
    return "\n".join(lines)
