"""What a board report is made of, whatever it is about: a cover line, figures, and sections of charts and tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from markupsafe import Markup

from api.board import BoardAsked
from domain.seats import Structure
from projections.details_json import people_named
from projections.milestone_versions import MilestoneVersion, RecordingKind
from web.bidi import isolate
from web.charts import colors
from web.charts.render import macro
from web.charts.wording import STRUCTURES, day_words
from web.components import Cell, Column, Stat
from web.formatting import number_text
from web.kinds.page import Naming, Words

WIDTH = 1016.0
"""How wide a chart is laid out: what lies between the margins of A4 landscape, at 96 pixels an inch."""

SEATS = {"technology": "CTO", "ai": "CAIO", "technology+ai": "Both hats"}
"""Whose fee it is, by the functions of the seat."""

Row: TypeAlias = tuple[Cell, ...]
NamingOf: TypeAlias = Callable[[Collection[UUID]], Naming]
"""What gives these people their names."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a caption and columns of these widths (percent); `note` says what is not there."""

    caption: str
    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    rows: Sequence[Row]
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse (`ValueError`) widths that do not fill the page."""
        if len(self.widths) != len(self.columns) or sum(self.widths) != 100:
            raise ValueError(f"{self.caption}: {len(self.columns)} columns of {self.widths}")


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A part of the report; `is_new_page`: it begins one. `empty` stands where there is nothing to show."""

    title: str
    sentence: str = ""
    charts: tuple[Markup, ...] = ()
    tables: tuple[Table, ...] = ()
    empty: str = ""
    is_new_page: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.charts and not any(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True)
class Board:
    """A whole report: of whom, in a sentence what happened, its figures, its sections."""

    title: str
    subtitle: str
    summary: str
    stats: Sequence[Stat]
    sections: Sequence[ReportSection]


@dataclass(frozen=True, slots=True)
class PageMargins:
    """What stands on every page: the quarter, and the two times in words."""

    about: str
    quarter: str
    days: str
    times: str


def page_margins(asked: BoardAsked, title: str, known: str, now: datetime) -> PageMargins:
    """The margins of a report; `known` are the words for its instant of knowledge, empty for now."""
    quarter = asked.quarter
    knowledge = f"as known {known}" if known else f"as known on {day_words(now.date())} at {now:%H:%M} UTC"
    return PageMargins(
        about=title,
        quarter=quarter.label,
        days=f"{day_words(quarter.start)} to {day_words(quarter.end)}",
        times=f"as of {day_words(asked.as_of)}, {knowledge}",
    )


def draw(kind: str, layout: object) -> Markup:
    """A chart with its legend, in the colours of paper."""
    return macro(f"charts/{kind}.html", f"{kind}_svg", layout, p=colors.LIGHT, export=True)


def cells(*texts: object) -> Row:
    """Plain texts as a row."""
    return tuple(text if isinstance(text, Cell) else Cell("" if text is None else str(text)) for text in texts)


def columns(*labels: str) -> tuple[Column, ...]:
    """Columns by their labels; a label that ends in `#` has numbers under it."""
    return tuple(Column(label.removesuffix("#"), numeric=label.endswith("#")) for label in labels)


def structure_name(structure: Structure | None, none: str = "Not engaged") -> str:
    """What a structure is called."""
    return STRUCTURES[structure].name if structure is not None else none


def move_words(before: Structure | None, after: Structure | None) -> str:
    """A move in words."""
    if before is None:
        return "Engagement begins" + (f": {structure_name(after)}" if after is not Structure.NONE else "")
    if after is None:
        return f"Engagement ends: {structure_name(before)}"
    return f"{structure_name(before)} \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} {structure_name(after)}"


def day_text(day: date) -> str:
    """A day that no line breaks."""
    return unbroken(day_words(day))


def unbroken(text: str) -> str:
    """Words that stay on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def hours_words(hours: Decimal) -> str:
    """Hours without noughts that say nothing."""
    return number_text(hours) if hours else "0"


def amount_words(amount: Decimal) -> str:
    """An amount with the decimals that it has, grouped by thousands."""
    return f"{amount:,f}"


def cut(count: int, shown: int, what: str) -> str:
    """What to say where not everything is shown; empty where it is."""
    return f"{shown} of {count} {what} are shown." if shown < count else ""


def people_of(milestones: Iterable[MilestoneVersion]) -> set[UUID]:
    """Everybody who recorded something, or is named in it."""
    found = set()
    for milestone in milestones:
        found.add(milestone.recorded_by)
        found |= {person for _, person in people_named(milestone.kind, milestone.details)}
    return found


def recorded_words(milestone: MilestoneVersion, naming: Naming) -> str:
    """Who recorded it, and when."""
    return f"{isolate(naming(milestone.recorded_by))}, {day_text(milestone.recorded_at.date())}"


def reasons(milestone: MilestoneVersion, words: Words) -> str:
    """Who and why, as far as it was told: the milestone's words, its rationale, and the reason of its correction."""
    rationale = milestone.details.get("rationale")
    corrected = (
        f"corrected: {isolate(milestone.reason)}"
        if milestone.recording_kind is RecordingKind.CORRECTED and milestone.reason
        else ""
    )
    return "; ".join(part for part in (words.note, isolate(str(rationale or "")), corrected) if part)
