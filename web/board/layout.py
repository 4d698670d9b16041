"""The parts of a board report: title, figures, and sections of charts and tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from markupsafe import Markup

from api.board import BoardQuery
from api.http.presenter import MASKER
from domain.areas import GOVERNANCE_PACK
from domain.seats import Structure
from projections.details_json import people_named
from projections.milestone_versions import MilestoneVersion, RecordingKind
from projections.reports.question import ReportQuestion
from web.bidi import isolate
from web.charts import colors
from web.charts.render import macro
from web.charts.wording import STRUCTURES, day_words, instant_words
from web.components import Cell, Column, Stat
from web.formatting import number_text
from web.kinds.page import Naming, Words
from web.pages.clients.redaction import Redaction

WIDTH = 1016.0
"""The width of charts: A4 landscape without margins, at 96 pixels an inch."""

SEATS = {"technology": "CTO", "ai": "CAIO", "technology+ai": "Unified seat"}
"""Names of seats by function."""

PACK = len(GOVERNANCE_PACK)
"""The number of artifacts in the governance pack."""

NO_FEES = Redaction(money=False, notes=True)

Row: TypeAlias = tuple[Cell, ...]
NamingOf: TypeAlias = Callable[[Collection[UUID]], Naming]
"""Looks up the names of people."""


@dataclass(frozen=True, slots=True)
class Table:
    """A captioned table; `widths` are percentages, `note` describes omitted rows."""

    caption: str
    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    rows: Sequence[Row]
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse (`ValueError`) widths that do not add up to 100."""
        if len(self.widths) != len(self.columns) or sum(self.widths) != 100:
            raise ValueError(f"{self.caption}: {len(self.columns)} columns of {self.widths}")


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A section of the report; `is_new_page` starts a new page, `empty` is shown if there is no content."""

    title: str
    sentence: str = ""
    charts: tuple[Markup, ...] = ()
    tables: tuple[Table, ...] = ()
    empty: str = ""
    is_new_page: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it has no charts and no rows."""
        return not self.charts and not any(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure now and a quarter before, and its change, such as `+2` or `unchanged`."""

    label: str
    now: str
    before: str
    change: str


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """Sentences about one subject."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Board:
    """A board report; its figures are those of the quarter beside those of the quarter before (`quarters`)."""

    title: str
    subtitle: str
    summary: Sequence[SummaryLine]
    quarters: tuple[str, str]
    figures: Sequence[KeyFigure]
    stats: Sequence[Stat]
    sections: Sequence[ReportSection]


@dataclass(frozen=True, slots=True)
class PageMargins:
    """The text in the margins of every page: subject, quarter, and the two times."""

    about: str
    quarter: str
    days: str
    times: str


def page_margins(request: BoardQuery, title: str, known_words: str, now: datetime) -> PageMargins:
    """The margins of a report; `known_words` describes its knowledge time, empty for now."""
    quarter = request.quarter
    knowledge = f"as known {known_words}" if known_words else f"as known on {instant_words(now)}"
    return PageMargins(
        about=title,
        quarter=quarter.label,
        days=f"{day_words(quarter.start)} to {day_words(quarter.end)}",
        times=f"as of {day_words(request.as_of)}, {knowledge}",
    )


def open_question(request: BoardQuery) -> ReportQuestion:
    """The question of a report without limits to quarters."""
    return replace(request.question(), first=None, last=None)


def shows_fees(request: BoardQuery) -> bool:
    """Whether the report shows fees: if they are asked for, and not in presenter mode."""
    return request.fees and MASKER.get() is None


def without_fees(milestone: MilestoneVersion, request: BoardQuery) -> MilestoneVersion:
    """A milestone as the report shows it: without amounts unless fees are shown."""
    if shows_fees(request):
        return milestone
    return replace(NO_FEES.milestone(milestone), reason=milestone.reason)


def draw(kind: str, layout: object) -> Markup:
    """A chart with its legend, in print colours, drawn for the printer of PDF files."""
    return macro(f"charts/{kind}.html", f"{kind}_svg", layout, p=colors.LIGHT, export="pdf")


def cells(*texts: object) -> Row:
    """A table row of plain values."""
    return tuple(text if isinstance(text, Cell) else Cell("" if text is None else str(text)) for text in texts)


def columns(*labels: str) -> tuple[Column, ...]:
    """Table columns by label; a trailing `#` marks numeric columns."""
    return tuple(Column(label.removesuffix("#"), numeric=label.endswith("#")) for label in labels)


def structure_name(structure: Structure | None, none: str = "Not engaged") -> str:
    """The name of a structure."""
    return STRUCTURES[structure].name if structure is not None else none


def move_words(before: Structure | None, after: Structure | None) -> str:
    """A move between structures in words."""
    if before is None:
        return "Engagement begins" + (f": {structure_name(after)}" if after is not Structure.NONE else "")
    if after is None:
        return f"Engagement ends: {structure_name(before)}"
    return f"{structure_name(before)} \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} {structure_name(after)}"


def day_text(day: date) -> str:
    """A day with non-breaking spaces."""
    return unbroken(day_words(day))


def unbroken(text: str) -> str:
    """A text with non-breaking spaces."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def hours_words(hours: Decimal) -> str:
    """Hours without trailing zeros."""
    return number_text(hours) if hours else "0"


def amount_words(amount: Decimal) -> str:
    """An amount with its decimals, grouped by thousands."""
    return f"{amount:,f}"


def change_words(now: int, before: int, quarter: str) -> str:
    """A figure's change to the end of the quarter before: `2 more than at the end of 2026-Q2`."""
    if now == before:
        return f"as many as at the end of {quarter}"
    return f"{abs(now - before):,} {'more' if now > before else 'fewer'} than at the end of {quarter}"


def cut(count: int, shown: int, what: str) -> str:
    """A note that rows are omitted; empty if none are."""
    return f"{shown} of {count} {what} are shown." if shown < count else ""


def people_of(milestones: Iterable[MilestoneVersion]) -> set[UUID]:
    """Everyone who recorded a milestone or is referred to in one."""
    people = set()
    for milestone in milestones:
        people.add(milestone.recorded_by)
        people |= {person for _, person in people_named(milestone.kind, milestone.details)}
    return people


def recorded_words(milestone: MilestoneVersion, naming: Naming) -> str:
    """The recorder and the day of recording."""
    return f"{isolate(naming(milestone.recorded_by))}, {day_text(milestone.recorded_at.date())}"


def reasons(milestone: MilestoneVersion, words: Words) -> str:
    """The reasons on record: the milestone's note, its rationale, and the reason of a correction."""
    rationale = milestone.details.get("rationale")
    corrected = (
        f"corrected: {isolate(milestone.reason)}"
        if milestone.recording_kind is RecordingKind.CORRECTED and milestone.reason
        else ""
    )
    return "; ".join(part for part in (words.note, isolate(str(rationale or "")), corrected) if part)
