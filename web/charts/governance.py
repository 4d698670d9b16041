"""Governance by client: the seven artifacts, the first quarter, and whether the two functions met in each week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.governance import AlignmentWeek, WeekState
from domain.quarters import Quarter, quarter_of
from domain.seats import Function
from web.charts.annotations import Annotation, AnnotationStrip, strip_height
from web.charts.annotations import lay_out as lay_out_annotations
from web.charts.grid import NAMES, RowName
from web.charts.measure import px, shorten
from web.charts.wording import counted

_TOP, _ROW, _BOTTOM = 44.0, 22.0, 6.0
_NAME_SIZE = 12.0
_MARK, _MARK_PITCH = 12.0, 17.0
_PACK = NAMES + 8
_PACK_TEXT = _PACK + 7 * _MARK_PITCH + 4
_QUARTER = _PACK_TEXT + 52
_QUARTER_PITCH = 32.0
_WEEKS = _QUARTER + 2 * _QUARTER_PITCH + 26
_RIGHT = 6.0
_FEWEST_WEEKS = 5
"""A quarter with fewer weeks in the chart has no annotations."""


class DueState(StrEnum):
    """Whether a function has issued its deliverables of the first quarter."""

    ISSUED = "issued"
    DUE = "due"
    OVERDUE = "overdue"
    NOT_OWED = "not_owed"


@dataclass(frozen=True, slots=True)
class ClientGovernance:
    """One client: which of the artifacts were issued, the first quarter by function, and its weeks.

    `title` describes all of it in words.
    """

    name: str
    title: str
    artifacts: tuple[bool, ...]
    first_quarter: tuple[tuple[Function, DueState], ...]
    weeks: tuple[AlignmentWeek, ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ArtifactMark:
    """A square: filled if the artifact was issued."""

    x: float
    y: float
    issued: bool


@dataclass(frozen=True, slots=True)
class DueMark:
    """The mark of a function in the first quarter; `token` is the function's colour."""

    x: float
    y: float
    state: DueState
    token: str


@dataclass(frozen=True, slots=True)
class WeekMark:
    """The middle of a week's place."""

    x: float
    y: float
    state: WeekState


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """One client's row: its top edge and marks."""

    y: float
    title: str
    href: str | None
    pack: str
    artifacts: tuple[ArtifactMark, ...]
    first_quarter: tuple[DueMark, ...]
    weeks: tuple[WeekMark, ...]


@dataclass(frozen=True, slots=True)
class ColumnLabel:
    """A label above the rows, centred on `x`."""

    text: str
    x: float


@dataclass(frozen=True, slots=True)
class GovernanceChart:
    """The laid-out chart."""

    width: float
    height: float
    left: float
    right: float
    row_height: float
    mark: float
    radius: float
    headings: tuple[ColumnLabel, ...]
    labels: tuple[ColumnLabel, ...]
    names: tuple[RowName, ...]
    rows: tuple[DrawnRow, ...]
    lines: tuple[float, ...]
    rules: tuple[float, ...]
    weeks: int
    strip: AnnotationStrip

    @property
    def summary(self) -> str:
        """The chart in words."""
        words = f"{counted(len(self.rows), 'client')}: artifacts, first quarter, and the last {self.weeks} weeks."
        return f"{words} {self.strip.summary}".rstrip()


def quarters_of(weeks: Sequence[AlignmentWeek], fiscal_year_start_month: int) -> dict[Quarter, tuple[int, int]]:
    """The quarters that enough of these weeks begin in, each with its first week and their number."""
    places: dict[Quarter, list[int]] = {}
    for place, week in enumerate(weeks):
        places.setdefault(quarter_of(week.monday, fiscal_year_start_month), []).append(place)
    return {quarter: (of[0], len(of)) for quarter, of in places.items() if len(of) >= _FEWEST_WEEKS}


def lay_out(
    rows: Sequence[ClientGovernance],
    width: float = 1120.0,
    fiscal_year_start_month: int = 1,
    annotations: Sequence[Annotation] = (),
) -> GovernanceChart:
    """Lay out one page of clients, in this order. All rows have the same weeks.

    `annotations` explain the quarters of the weeks: they are shown above the clients.
    """
    weeks = rows[0].weeks if rows else ()
    pitch = (width - _WEEKS - _RIGHT) / max(1, len(weeks))
    first = _TOP + strip_height(annotations)
    tops = [first + place * _ROW for place in range(len(rows))]
    quarters = {
        quarter.label: (_WEEKS + place * pitch, count * pitch)
        for quarter, (place, count) in quarters_of(weeks, fiscal_year_start_month).items()
    }
    return GovernanceChart(
        width=px(width),
        height=px(first + _ROW * len(rows) + _BOTTOM),
        left=NAMES,
        right=px(width - _RIGHT),
        row_height=_ROW,
        mark=_MARK,
        radius=px(min(5.0, pitch / 2 - 1)),
        headings=(
            ColumnLabel("Artifact pack", px(_PACK + 3.5 * _MARK_PITCH)),
            ColumnLabel("First quarter", px(_QUARTER + _QUARTER_PITCH / 2 + 6)),
            ColumnLabel("Meetings by week", px(_WEEKS + pitch * len(weeks) / 2)),
        ),
        labels=(*_roles(rows), *_months(weeks, pitch)),
        names=tuple(
            RowName(shorten(row.name, NAMES - 14, _NAME_SIZE), px(top + _ROW / 2 + 4), row.name, row.href)
            for row, top in zip(rows, tops, strict=True)
        ),
        rows=tuple(_row(row, top, pitch) for row, top in zip(rows, tops, strict=True)),
        lines=(px(_QUARTER - 12), px(_WEEKS - 10)),
        rules=tuple(px(top) for top in tops),
        weeks=len(weeks),
        strip=lay_out_annotations(annotations, quarters, _TOP - 4, width - _RIGHT),
    )


def _roles(rows: Sequence[ClientGovernance]) -> Iterator[ColumnLabel]:
    """The names of the roles above their marks."""
    for place, (function, _) in enumerate(rows[0].first_quarter if rows else ()):
        yield ColumnLabel("CAIO" if function is Function.AI else "CTO", px(_QUARTER + place * _QUARTER_PITCH + 6))


def _months(weeks: Sequence[AlignmentWeek], pitch: float) -> Iterator[ColumnLabel]:
    """The name of a month at the first week that begins in it, where there is room."""
    clear = 0.0
    for place, week in enumerate(weeks):
        x = _WEEKS + pitch * (place + 0.5)
        if (not place or _begins_month(week.monday)) and x >= clear:
            yield ColumnLabel(f"{week.monday:%b}", px(x))
            clear = x + 34


def _begins_month(monday: date) -> bool:
    return (monday - timedelta(days=7)).month != monday.month


def _row(row: ClientGovernance, top: float, pitch: float) -> DrawnRow:
    middle = top + _ROW / 2
    return DrawnRow(
        y=px(top),
        title=row.title,
        href=row.href,
        pack=f"{sum(row.artifacts)} of {len(row.artifacts)}",
        artifacts=tuple(
            ArtifactMark(px(_PACK + place * _MARK_PITCH), px(middle - _MARK / 2), issued)
            for place, issued in enumerate(row.artifacts)
        ),
        first_quarter=tuple(
            DueMark(px(_QUARTER + place * _QUARTER_PITCH + 6), px(middle), state, function.value)
            for place, (function, state) in enumerate(row.first_quarter)
        ),
        weeks=tuple(
            WeekMark(px(_WEEKS + pitch * (place + 0.5)), px(middle), week.state) for place, week in enumerate(row.weeks)
        ),
    )
