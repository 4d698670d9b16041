"""Hours by person and quarter: agreed above, reported below, by hat, with a mark for unusual AI hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from web.charts.annotations import Annotation, AnnotationStrip, strip_height
from web.charts.annotations import lay_out as lay_out_annotations
from web.charts.axis import AxisLabel, column_labels
from web.charts.measure import px, shorten, text_width

NAMES = 160.0
_TOP, _ROW, _BAR, _BOTTOM = 44.0, 46.0, 11.0, 6.0
_RIGHT = 4.0
_PAD = 5.0
_SIZE = 10.5


@dataclass(frozen=True, slots=True)
class PersonQuarter:
    """A person's hours in a quarter, by hat; `under` and `over` count the engagements outside their range."""

    agreed_technology: Decimal
    agreed_ai: Decimal
    reported_technology: Decimal
    reported_ai: Decimal
    under: int
    over: int
    title: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class PersonHours:
    """A person with their quarters by index."""

    name: str
    cells: Mapping[int, PersonQuarter]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class HoursBar:
    """A bar of agreed or reported hours of one hat (`technology`, `ai`)."""

    hat: str
    is_reported: bool
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class HoursCell:
    """A positioned cell; `words` are the figures, `mark` shows what is outside its range."""

    x: float
    y: float
    width: float
    bars: tuple[HoursBar, ...]
    words: str
    mark: str
    title: str
    href: str | None
    planned: bool


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name to the left of its row."""

    text: str
    y: float
    full: str
    href: str | None


@dataclass(frozen=True, slots=True)
class HoursChart:
    """The laid-out chart, and its input."""

    width: float
    height: float
    left: float
    right: float
    row_height: float
    thick: float
    cells: tuple[HoursCell, ...]
    names: tuple[PersonName, ...]
    rules: tuple[float, ...]
    lines: tuple[float, ...]
    quarters_at: tuple[AxisLabel, ...]
    years_at: tuple[AxisLabel, ...]
    as_of_x: float | None
    strip: AnnotationStrip
    quarters: tuple[str, ...] = field(repr=False)
    people: tuple[PersonHours, ...] = field(repr=False)

    @property
    def summary(self) -> str:
        """The chart in words."""
        if not self.quarters or not self.people:
            return "No hours."
        between = f"{self.quarters[0]} to {self.quarters[-1]}"
        return f"Hours of {len(self.people)} people, {between}. {self.strip.summary}".rstrip()


def lay_out(
    quarters: Sequence[str],
    people: Sequence[PersonHours],
    planned_from: int | None = None,
    width: float = 1120.0,
    annotations: Sequence[Annotation] = (),
) -> HoursChart:
    """Lay out the hours of people by quarter (labels); those from `planned_from` on start after the as-of date.

    `annotations` explain the quarters: they are shown above the people.
    """
    each = (width - NAMES - _RIGHT) / max(1, len(quarters))
    most = max(
        (
            max(cell.agreed_technology + cell.agreed_ai, cell.reported_technology + cell.reported_ai)
            for person in people
            for cell in person.cells.values()
        ),
        default=Decimal(1),
    )
    scale = (each - 2 * _PAD) / float(max(most, Decimal(1)))
    quarters_at, years_at = column_labels(quarters, NAMES, each)
    top = _TOP + strip_height(annotations)
    places = {label: (NAMES + place * each, each) for place, label in enumerate(quarters)}
    strip = lay_out_annotations(annotations, places, _TOP - 4, width - _RIGHT)
    cells = []
    for row, person in enumerate(people):
        for place, cell in sorted(person.cells.items()):
            x, y = NAMES + place * each, top + row * _ROW
            cells.append(_cell(cell, x, y, each, scale, planned_from is not None and place >= planned_from))
    return HoursChart(
        width=px(width),
        height=px(top + _ROW * max(1, len(people)) + _BOTTOM),
        left=NAMES,
        right=px(width - _RIGHT),
        row_height=_ROW,
        thick=_BAR,
        cells=tuple(cells),
        names=tuple(
            PersonName(
                shorten(person.name, NAMES - 14, 12.0),
                px(top + row * _ROW + _ROW / 2 + 4),
                person.name,
                person.href,
            )
            for row, person in enumerate(people)
        ),
        rules=tuple(px(top + row * _ROW) for row in range(len(people) + 1)),
        lines=tuple(px(label.at) for label in years_at),
        quarters_at=quarters_at,
        years_at=years_at,
        as_of_x=px(NAMES + planned_from * each) if planned_from is not None else None,
        strip=strip,
        quarters=tuple(quarters),
        people=tuple(people),
    )


def hours_words(hours: Decimal) -> str:
    """Hours without trailing zeros: `42`, `37.5`, `2,774.25`."""
    return f"{hours.normalize():,f}"


def _cell(cell: PersonQuarter, x: float, y: float, each: float, scale: float, planned: bool) -> HoursCell:
    bars: list[HoursBar] = []
    for is_reported, hats in (
        (False, (("technology", cell.agreed_technology), ("ai", cell.agreed_ai))),
        (True, (("technology", cell.reported_technology), ("ai", cell.reported_ai))),
    ):
        at = x + _PAD
        for hat, hours in hats:
            if hours:
                length = float(hours) * scale
                bars.append(
                    HoursBar(hat, is_reported, px(at), px(y + 5 + (_BAR + 1 if is_reported else 0)), px(length))
                )
                at += length
    agreed, reported = cell.agreed_technology + cell.agreed_ai, cell.reported_technology + cell.reported_ai
    mark = " ".join(sign for sign, count in (("▲", cell.over), ("▼", cell.under)) if count)
    words = f"{agreed:.0f} / {reported:.0f} h" if reported else f"{agreed:.0f} h" if agreed else ""
    room = each - 2 * _PAD - (text_width(mark, _SIZE) + 4 if mark else 0)
    shown = next((text for text in (words, f"{agreed:.0f}") if text_width(text, _SIZE, 600) <= room), "")
    return HoursCell(px(x), px(y), px(each), tuple(bars), shown, mark, cell.title, cell.href, planned)
