"""Milestones along a rail: single marks if there is room, otherwise counted clusters, with labels below.

Marks keep the order of their dates and never overlap. Labels never overlap each other, nor the leader lines of other
labels.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from web.charts.axis import DateAxis
from web.charts.measure import px, shorten, text_width
from web.charts.wording import effective_words
from web.kinds import FAMILY_OF, KIND_NAMES
from web.kinds.page import FAMILY_WORDS, Family

QUIET = frozenset({"hours_reported", "alignment_held"})
"""Kinds that are frequent and change nothing: shown as a small tick without mark and label."""

MARK = 13.0
_BIN = 15.0
_LABEL_SIZE = 11.5
_LABEL_ROOM = 168.0
_LABELS_AT_MOST = 40
_ROWS = 4
_NAMED_IN_A_CLUSTER = 8


@dataclass(frozen=True, slots=True)
class MilestoneDrawn:
    """A milestone on the timeline.

    `change` is its difference from a compared version of the history (`new`, `moved`, `changed` or `gone`), `was_on`
    its previous date.
    """

    id: str
    kind: str
    on: date
    title: str
    note: str = ""
    precision: str = "day"
    href: str | None = None
    change: str | None = None
    was_on: date | None = None

    @property
    def family(self) -> Family:
        """The family that determines the mark's shape."""
        return FAMILY_OF.get(self.kind, Family.DECISION)

    @property
    def name(self) -> str:
        """The title, or the name of its kind."""
        return self.title or KIND_NAMES.get(self.kind, self.kind.replace("_", " ").capitalize())

    @property
    def when(self) -> str:
        """The date in its precision."""
        return effective_words(self.on, self.precision)


@dataclass(frozen=True, slots=True)
class Label:
    """A milestone's label below the rail; `row` counts downwards from the rail."""

    x: float
    row: int
    text: str
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on the rail: a milestone, or a cluster with a count.

    `at` is the position of the (first) milestone's date, `x` that of the mark.
    """

    x: float
    at: float
    on: date
    width: float
    family: Family | None
    count: int
    label: Label | None
    title: str
    tip: str
    href: str | None
    change: str | None
    ghost: float | None
    planned: bool


@dataclass(frozen=True, slots=True)
class Quiet:
    """A tick for a milestone of a quiet kind."""

    x: float
    on: date
    title: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Rail:
    """Everything on the rail, left to right, and the number of label rows below it."""

    marks: tuple[Mark, ...]
    quiet: tuple[Quiet, ...]
    rows: int


def rail_of(milestones: Sequence[MilestoneDrawn], axis: DateAxis, as_of: date, margin: float = 8.0) -> Rail:
    """Place and label the milestones within the axis. Labels may extend `margin` beyond its right end."""
    shown = sorted((m for m in milestones if axis.first <= m.on < axis.end), key=lambda m: m.on)
    loud = [m for m in shown if m.kind not in QUIET]
    ticks = tuple(Quiet(px(axis.x(m.on)), m.on, f"{m.when}: {m.name}", m.href) for m in shown if m.kind in QUIET)
    bins = _bins(loud, axis)
    widths = [_mark_width(group) for group in bins]
    preferred = [sum(axis.x(m.on) for m in group) / len(group) for group in bins]
    places = spread(preferred, widths, axis.left, axis.right + 8)
    labels = _labels(bins, places, axis, margin)
    marks = tuple(
        _mark(group, place, width, label, axis, as_of)
        for group, place, width, label in zip(bins, places, widths, labels, strict=True)
    )
    rows = 1 + max((label.row for label in labels if label), default=-1)
    return Rail(marks, ticks, rows)


def _bins(milestones: Sequence[MilestoneDrawn], axis: DateAxis) -> list[list[MilestoneDrawn]]:
    """Milestones with marks of their own (at most two side by side), and groups that share one."""
    groups: list[list[MilestoneDrawn]] = []
    begun_at = 0.0
    for milestone in milestones:
        at = axis.x(milestone.on)
        if groups and at - begun_at < _BIN:
            groups[-1].append(milestone)
        else:
            groups.append([milestone])
            begun_at = at
    crowded = len(groups) * _BIN * 1.2 > axis.width
    singles: list[list[MilestoneDrawn]] = []
    for group in groups:
        if len(group) <= (1 if crowded else 2):
            singles.extend([m] for m in group)
        else:
            singles.append(group)
    return singles


def _mark_width(group: Sequence[MilestoneDrawn]) -> float:
    return MARK if len(group) == 1 else max(18.0, text_width(str(len(group)), 10.5, 600) + 10)


def spread(preferred: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[float]:
    """Positions as close as possible to the preferred ones, in order, without overlaps, between `low` and `high`.

    If there is not enough room, they overlap evenly rather than leave the axis.
    """
    if not preferred:
        return []
    offsets = [0.0]
    for one, other in itertools.pairwise(widths):
        offsets.append(offsets[-1] + (one + other) / 2 + 0.5)
    needed = offsets[-1] + widths[0] / 2 + widths[-1] / 2
    if needed > high - low:
        squeeze = (high - low - widths[0] / 2 - widths[-1] / 2) / offsets[-1]
        return [low + widths[0] / 2 + offset * squeeze for offset in offsets]
    blocks: list[list[float]] = []
    for want, offset in zip(preferred, offsets, strict=True):
        blocks.append([want - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, weight = blocks.pop()
            before, weight_before = blocks[-1]
            total = weight + weight_before
            blocks[-1] = [(before * weight_before + mean * weight) / total, total]
    floor, ceiling = low + widths[0] / 2, high - widths[-1] / 2 - offsets[-1]
    levels = [min(max(mean, floor), ceiling) for mean, weight in blocks for _ in range(int(weight))]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _labels(
    groups: Sequence[Sequence[MilestoneDrawn]], places: Sequence[float], axis: DateAxis, margin: float
) -> list[Label | None]:
    """Labels for as many single marks as fit: by family in order of importance, then those with more room."""
    weight = {Family.ENGAGEMENT: 1, Family.SEAT: 0, Family.DECISION: 0, Family.WORK: 2}
    order = sorted(
        (i for i, group in enumerate(groups) if len(group) == 1),
        key=lambda i: (weight[groups[i][0].family], -places[i]),
    )
    taken: list[Label] = []
    leaders: list[float] = []
    labels: list[Label | None] = [None] * len(groups)
    for i in order:
        if len(taken) >= _LABELS_AT_MOST:
            break
        text = shorten(groups[i][0].name, _LABEL_ROOM, _LABEL_SIZE)
        width = text_width(text, _LABEL_SIZE) + 2
        label = _free_label(text, width, places[i], (axis.left, axis.right + margin), taken, leaders)
        if label:
            taken.append(label)
            leaders.append(places[i])
            labels[i] = label
    return labels


def _free_label(
    text: str, width: float, place: float, limits: tuple[float, float], taken: Sequence[Label], leaders: Sequence[float]
) -> Label | None:
    """The highest free position that starts at the mark's leader line, or else the highest that ends there."""
    low, high = limits
    rightwards = min(max(place - 6, low), high - width)
    leftwards = max(min(place + 6, high) - width, low)
    for x in (rightwards, leftwards):
        for row in range(_ROWS):
            label = Label(px(x), row, text, px(width))
            if _is_free(label, place, taken, leaders):
                return label
    return None


def _is_free(label: Label, leader: float, taken: Sequence[Label], leaders: Sequence[float]) -> bool:
    """Whether a label overlaps no other label and no leader line of another label."""
    left, right = label.x, label.x + label.width
    for other, its_leader in zip(taken, leaders, strict=True):
        other_left, other_right = other.x, other.x + other.width
        if other.row == label.row and left < other_right + 10 and other_left < right + 10:
            return False
        if other.row < label.row and other_left - 2 <= leader <= other_right + 2:
            return False
        if label.row < other.row and left - 2 <= its_leader <= right + 2:
            return False
    return True


def _mark(
    group: Sequence[MilestoneDrawn], x: float, width: float, label: Label | None, axis: DateAxis, as_of: date
) -> Mark:
    first = group[0]
    if len(group) == 1:
        title = f"{first.name}, {FAMILY_WORDS[first.family].lower()}, {first.when}"
        tip = f"{first.when}\n{first.name}" + (f"\n{first.note}" if first.note else "")
        family: Family | None = first.family
    else:
        named = [f"{m.when}: {m.name}" for m in group[:_NAMED_IN_A_CLUSTER]]
        more = len(group) - len(named)
        title = f"{len(group)} milestones, {first.when} to {group[-1].when}"
        tip = "\n".join([title, *named, *([f"and {more} more"] if more else [])])
        family = None
    change = next((m.change for m in group if m.change), None)
    ghost = next((m.was_on for m in group if m.was_on and m.was_on != m.on), None)
    if change:
        title += ", changed since"
    return Mark(
        x=px(x),
        at=px(axis.x(first.on)),
        on=first.on,
        width=px(width),
        family=family,
        count=len(group),
        label=label,
        title=title,
        tip=tip,
        href=first.href,
        change=change,
        ghost=px(axis.x(ghost)) if ghost else None,
        planned=first.on > as_of,
    )
