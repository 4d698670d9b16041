"""Stacked columns by quarter: clients, fees, planned moves. Each panel has its own scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from domain.seats import Structure
from web.charts.annotations import Annotation, AnnotationStrip
from web.charts.annotations import lay_out as lay_out_annotations
from web.charts.axis import AxisLabel, column_labels, nice_step
from web.charts.measure import px, text_width
from web.charts.wording import STRUCTURES

_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 4.0, 18.0, 42.0
_TITLE = 26.0
_BETWEEN = 18.0
_NUMBER = 10.5
_WIDEST = 168.0
_UNITS = ((10**9, "B"), (10**6, "M"), (10**3, "K"))


@dataclass(frozen=True, slots=True)
class Series:
    """A series of a stacked chart: its label, and its paint: a structure's, or one of `charts/columns.html`."""

    key: str
    words: str
    paint: Structure | str


BY_STRUCTURE = tuple(Series(structure.value, words.name, structure) for structure, words in STRUCTURES.items())
"""The series of charts by structure."""


@dataclass(frozen=True, slots=True)
class SeriesValue:
    """A series' share of a column: its amount, a title, and a link to its clients."""

    amount: Decimal
    title: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class StackedQuarter:
    """A quarter (`2026-Q1`) with its values by series; `planned`: it starts after the as-of date."""

    label: str
    pieces: Mapping[str, SeriesValue]
    planned: bool = False


@dataclass(frozen=True, slots=True)
class ColumnBlock:
    """A positioned block of a column; `number` is empty if it does not fit."""

    part: Series
    x: float
    y: float
    width: float
    height: float
    number: str
    title: str
    href: str | None
    planned: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """A set of columns with its own scale; `title` is empty if there is only one."""

    title: str
    title_y: float
    floor: float
    blocks: tuple[ColumnBlock, ...]
    totals: tuple[tuple[float, float, str], ...]
    grid: tuple[AxisLabel, ...]
    quarters_at: tuple[AxisLabel, ...]
    years_at: tuple[AxisLabel, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """The laid-out chart: panels one below another, and below them the annotations.

    `is_full`: the columns use the full width.
    """

    name: str
    width: float
    height: float
    left: float
    right: float
    panels: tuple[Panel, ...]
    parts: tuple[Series, ...]
    is_full: bool
    strip: AnnotationStrip
    summary: str = field(repr=False)


def lay_out(
    name: str,
    panels: Sequence[tuple[str, Sequence[StackedQuarter]]],
    parts: Sequence[Series],
    width: float = 1120.0,
    height: float = 260.0,
    annotations: Sequence[Annotation] = (),
) -> Columns:
    """Lay out panels, each a title with its quarters, with the same series in stacking order.

    `height` is the height of one panel without its title. `annotations` explain the quarters, which are the same in
    all panels.
    """
    drawn: list[Panel] = []
    y = 0.0
    for title, quarters in panels:
        top = y + (_TITLE if title else 0.0)
        drawn.append(_panel(title, y, top, quarters, parts, width, height))
        y = top + height + _BETWEEN
    used = {key for _, quarters in panels for quarter in quarters for key in quarter.pieces}
    bottom = max(0.0, y - _BETWEEN)
    strip = lay_out_annotations(annotations, _places(panels, width), bottom, width - _RIGHT)
    return Columns(
        name=name,
        width=px(width),
        height=px(bottom + strip.height),
        left=_LEFT,
        right=px(width - _RIGHT),
        panels=tuple(drawn),
        parts=tuple(part for part in parts if part.key in used),
        is_full=any(_column_width(quarters, width) < _WIDEST for _, quarters in panels),
        strip=strip,
        summary=f"{_summary(name, panels, parts)} {strip.summary}".rstrip(),
    )


def compact(amount: Decimal | int) -> str:
    """A number in few characters: `950`, `9,500`, `12.5K`, `1.2M`."""
    value = Decimal(amount)
    if value < 10**4:
        return f"{value:,.0f}"
    size, letter = next(unit for unit in _UNITS if value >= unit[0])
    short = value / size
    return (f"{short:.0f}" if short >= 100 else f"{short:.1f}".removesuffix(".0")) + letter


def _panel(
    title: str,
    y: float,
    top: float,
    quarters: Sequence[StackedQuarter],
    parts: Sequence[Series],
    width: float,
    height: float,
) -> Panel:
    floor = top + height - _BOTTOM
    sums = [sum((piece.amount for piece in quarter.pieces.values()), Decimal()) for quarter in quarters]
    most = ceil(max(sums, default=Decimal()))
    step = nice_step(most)
    ceiling = max(step, -(-most // step) * step)
    each = _column_width(quarters, width)
    gap = min(3.0, each * 0.15)

    def at(amount: Decimal | int) -> float:
        return floor - (floor - top - _TOP) * float(amount) / ceiling

    blocks: list[ColumnBlock] = []
    totals: list[tuple[float, float, str]] = []
    for place, quarter in enumerate(quarters):
        x, stacked = _LEFT + place * each + gap / 2, Decimal()
        for part in parts:
            piece = quarter.pieces.get(part.key)
            if piece is None or not piece.amount:
                continue
            upper, lower = at(stacked + piece.amount), at(stacked)
            number = compact(piece.amount)
            room = lower - upper >= _NUMBER + 2 and each - gap >= text_width(number, _NUMBER, 600) + 4
            blocks.append(
                ColumnBlock(
                    part=part,
                    x=px(x),
                    y=px(upper),
                    width=px(each - gap),
                    height=px(lower - upper),
                    number=number if room else "",
                    title=piece.title,
                    href=piece.href,
                    planned=quarter.planned,
                )
            )
            stacked += piece.amount
        if stacked and each >= text_width(compact(stacked), _NUMBER, 600):
            totals.append((px(x + (each - gap) / 2), px(at(stacked) - 4), compact(stacked)))
    quarters_at, years_at = column_labels([quarter.label for quarter in quarters], _LEFT, each)
    return Panel(
        title=title,
        title_y=px(y + 14),
        floor=px(floor),
        blocks=tuple(blocks),
        totals=tuple(totals),
        grid=tuple(AxisLabel(px(at(value)), compact(value)) for value in range(0, ceiling + 1, step)),
        quarters_at=quarters_at,
        years_at=years_at,
    )


def _places(panels: Sequence[tuple[str, Sequence[StackedQuarter]]], width: float) -> dict[str, tuple[float, float]]:
    """The left edge and the width of each quarter."""
    quarters = panels[0][1] if panels else ()
    each = _column_width(quarters, width)
    return {quarter.label: (_LEFT + place * each, each) for place, quarter in enumerate(quarters)}


def _column_width(quarters: Sequence[StackedQuarter], width: float) -> float:
    """The width of a column, including its gap."""
    return min(_WIDEST, (width - _LEFT - _RIGHT) / max(1, len(quarters)))


def _summary(name: str, panels: Sequence[tuple[str, Sequence[StackedQuarter]]], parts: Sequence[Series]) -> str:
    """The chart in words: its quarters, and the totals of the last one."""
    parts_text = []
    for title, quarters in panels:
        if quarters:
            last = quarters[-1]
            shares = [
                f"{part.words} {compact(last.pieces[part.key].amount)}" for part in parts if part.key in last.pieces
            ]
            total = compact(sum((piece.amount for piece in last.pieces.values()), Decimal()))
            of = f" {title}" if title else ""
            parts_text.append(
                f"{quarters[0].label} to {last.label}; in {last.label}: {total}{of}"
                + (f" ({', '.join(shares)})" if shares else "")
            )
    return f"{name}, {'; '.join(parts_text)}." if parts_text else "No quarters."
