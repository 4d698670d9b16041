"""Grid of clients by quarter: one row per client, one coloured run per structure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.seats import Structure
from web.bidi import isolate
from web.charts.annotations import Annotation, AnnotationStrip, strip_height
from web.charts.annotations import lay_out as lay_out_annotations
from web.charts.axis import AxisLabel, column_labels
from web.charts.measure import px, shorten, text_width
from web.charts.wording import ORDER, STRUCTURES, counted

NAMES = 160.0
_TOP, _ROW, _BOTTOM = 44.0, 20.0, 6.0
_RIGHT = 4.0
_NAME_SIZE, _CODE_SIZE = 12.0, 10.5


@dataclass(frozen=True, slots=True)
class GridRow:
    """A client and its structure at the end of each quarter; null if it was not observed."""

    name: str
    structures: tuple[Structure | None, ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive quarters of one client in one structure; `text` is the longest name that fits, or empty."""

    structure: Structure
    x: float
    y: float
    width: float
    height: float
    text: str
    title: str
    href: str | None
    first: int
    last: int
    planned_from: float | None
    planned: bool


@dataclass(frozen=True, slots=True)
class RowName:
    """A client's name to the left of its row."""

    text: str
    y: float
    full: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Grid:
    """The laid-out chart, and its rows."""

    width: float
    height: float
    left: float
    right: float
    top: float
    row_height: float
    runs: tuple[Run, ...]
    names: tuple[RowName, ...]
    lines: tuple[float, ...]
    quarters_at: tuple[AxisLabel, ...]
    years_at: tuple[AxisLabel, ...]
    as_of_x: float | None
    strip: AnnotationStrip
    structures: tuple[Structure, ...]
    quarters: tuple[str, ...] = field(repr=False)
    rows: tuple[GridRow, ...] = field(repr=False)

    @property
    def summary(self) -> str:
        """The chart in words."""
        if not self.quarters:
            return "No quarters."
        between = f"{self.quarters[0]} to {self.quarters[-1]}"
        return f"{counted(len(self.rows), 'client')} by quarter, {between}. {self.strip.summary}".rstrip()


def lay_out(
    quarters: Sequence[str],
    rows: Sequence[GridRow],
    planned_from: int | None = None,
    width: float = 1120.0,
    annotations: Sequence[Annotation] = (),
) -> Grid:
    """Lay out a grid of quarters (labels) and rows, in this order.

    Quarters from index `planned_from` on start after the as-of date. Pass one page of rows at a time: each row is 20
    pixels high. `annotations` explain the quarters: they are shown above the rows. Raises `ValueError` if a row does
    not have one structure per quarter.
    """
    for row in rows:
        if len(row.structures) != len(quarters):
            raise ValueError(f"{row.name} has {len(row.structures)} structures for {len(quarters)} quarters")
    each = (width - NAMES - _RIGHT) / max(1, len(quarters))
    quarters_at, years_at = column_labels(quarters, NAMES, each)
    top = _TOP + strip_height(annotations)
    places = {label: (NAMES + place * each, each) for place, label in enumerate(quarters)}
    names = []
    for place, row in enumerate(rows):
        middle = top + place * _ROW + _ROW / 2 + 4
        names.append(RowName(shorten(row.name, NAMES - 14, _NAME_SIZE), px(middle), row.name, row.href))
    present = {s for row in rows for s in row.structures if s is not None}
    return Grid(
        width=px(width),
        height=px(top + _ROW * len(rows) + _BOTTOM),
        left=NAMES,
        right=px(width - _RIGHT),
        top=px(top),
        row_height=_ROW,
        runs=tuple(
            run
            for place, row in enumerate(rows)
            for run in _runs(row, top + place * _ROW, quarters, each, planned_from)
        ),
        names=tuple(names),
        lines=tuple(px(label.at) for label in years_at),
        quarters_at=quarters_at,
        years_at=years_at,
        as_of_x=px(NAMES + planned_from * each) if planned_from is not None else None,
        strip=lay_out_annotations(annotations, places, _TOP - 4, width - _RIGHT),
        structures=tuple(s for s in ORDER if s in present),
        quarters=tuple(quarters),
        rows=tuple(rows),
    )


def _runs(row: GridRow, y: float, quarters: Sequence[str], each: float, planned_from: int | None) -> Iterator[Run]:
    """One run per unchanged structure instead of one cell per quarter, to keep pages small."""
    start = 0
    while start < len(quarters):
        structure = row.structures[start]
        end = start
        while end + 1 < len(quarters) and row.structures[end + 1] is structure:
            end += 1
        if structure is not None:
            x, width = NAMES + start * each, (end - start + 1) * each
            gap = min(0.75, width / 6)
            words = STRUCTURES[structure]
            clear = width if planned_from is None or start >= planned_from else (planned_from - start) * each
            text = next(
                (
                    t
                    for t in (words.short, words.code)
                    if text_width(t, _CODE_SIZE, 600) + 8 <= min(width, clear) - 2 * gap
                ),
                "",
            )
            until = f" to {quarters[end]}" if end > start else ""
            planned = planned_from is not None and end >= planned_from
            yield Run(
                structure=structure,
                x=px(x + gap),
                y=px(y + 1.5),
                width=px(width - 2 * gap),
                height=px(_ROW - 3),
                text=text,
                title=f"{isolate(row.name)}: {words.name}, {quarters[start]}{until} "
                f"({counted(end - start + 1, 'quarter')})",
                href=row.href,
                first=start,
                last=end,
                planned_from=px(NAMES + max(start, planned_from or 0) * each) if planned else None,
                planned=planned_from is not None and start >= planned_from,
            )
        start = end + 1
