"""The definition of a report's page, and the input and output of the function that draws it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from markupsafe import Markup

from api.http.cursors import Place
from domain.seats import Structure
from projections.reports.by_client import Figure
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Report
from projections.snapshot import Snapshot
from web.charts.wording import STRUCTURES
from web.components import Cell, Choice, Stat
from web.kinds.page import UNNAMED, Naming
from web.pages.urls import address

T = TypeVar("T")
NUMBERED: tuple[type, ...] = (int,)
"""The place in reports whose rows are computed together: how many rows come before."""

ROWS = 25
"""How many rows such a report shows at a time."""


def _unnamed(_: Collection[UUID]) -> Naming:
    return lambda person: UNNAMED


@dataclass(frozen=True, slots=True)
class ReportContext:
    """The input of a report's page: the question, the page of rows, and the two times as query parameters.

    `options` are the report's own parameters; `naming` looks up the names of people. `width` is that of the chart, in
    pixels; `uid` and `title_suffix` distinguish several charts on a page. `has_no_links`: the marks of the chart are
    no links, because the whole chart is one. `may_record`: forms that log milestones are offered.
    """

    question: ReportQuestion
    times: Mapping[str, str]
    after: Place | None = None
    limit: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    naming: Callable[[Collection[UUID]], Naming] = _unnamed
    width: float = 1120.0
    uid: str = "report"
    title_suffix: str = ""
    has_no_links: bool = False
    may_record: bool = False

    def name(self, title: str) -> str:
        """The title of the chart, with its suffix."""
        return f"{title}, {self.title_suffix}" if self.title_suffix else title

    @property
    def rows_before(self) -> int:
        """How many rows come before the page, in a report whose place is `NUMBERED`."""
        return max(0, self.after[0]) if self.after else 0

    def page_of(self, rows: Sequence[T]) -> Sequence[T]:
        """The rows on the page, of all rows."""
        return rows[self.rows_before : self.rows_before + ROWS]

    def place_after(self, *counts: int) -> Place | None:
        """The place after the page, while one of the tables with so many rows has more."""
        last = self.rows_before + ROWS
        return (last,) if max(counts, default=0) > last else None

    def position(self, count: int) -> str:
        """`1 to 25 of 187`; empty if all rows are on the page."""
        last = min(self.rows_before + ROWS, count)
        return f"{self.rows_before + 1:,} to {last:,} of {count:,}" if count > ROWS and self.rows_before < count else ""

    def drill(self, link: Link) -> str:
        """The URL of the clients behind a figure, at the same two times; empty for charts without links."""
        return "" if self.has_no_links else address("/clients", link, self.times)


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """A report drawn for its page.

    `chart` and `table` are markup; `kind` and `layout` are what `web.charts.render.standalone` takes (null: the
    report has no picture). `is_empty` leaves the page to say what would be here; `next` is the place after which
    more rows follow, and `position` the rows of this page in words. `in_use` are the values of an option that takes
    others. `annotations` are the rows of the table of what explains the chart.
    """

    chart: Markup
    table: Markup
    kind: str
    layout: object | None
    sentence: str = ""
    stats: Sequence[Stat] = ()
    is_empty: bool = False
    next: Place | None = None
    position: str = ""
    in_use: frozenset[str] = frozenset()
    annotations: Sequence[Sequence[Cell]] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A report on the reports page: a small chart without links (empty: no data) and one figure as text."""

    picture: Markup
    figure: str


@dataclass(frozen=True, slots=True)
class ReportOption:
    """A parameter that only one report takes: one of `choices`, or a person when `choices` is empty.

    `preset` is the default, `blank` the label of the empty choice. `is_segmented`: it is chosen with links above the
    form, not in it; `in_api`: the API has the parameter too. `takes_others`: any other value is allowed, and those in
    use are offered (`RenderedReport.in_use`).
    """

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    preset: str = ""
    is_segmented: bool = False
    in_api: bool = True
    blank: str = "Any"
    takes_others: bool = False


def last_day_of_quarters(question: ReportQuestion) -> date | None:
    """`last_day` of reports that cover all their quarters, plans included."""
    return max(question.as_of, question.end)


def as_of_day(question: ReportQuestion) -> date | None:
    """`last_day` of reports that cover what happened up to `as_of`."""
    return question.as_of


def no_last_day(question: ReportQuestion) -> date | None:
    """`last_day` of reports that cover all plans."""
    return None


def times_words(figure: Figure) -> str:
    """A count of moves: `2 times`."""
    return f"{figure} {'time' if figure == 1 else 'times'}"


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The page of a report: its title, the question it answers in words, and how it is drawn.

    - `show` draws the report, `draw_card` its card.
    - `row_words` describes a row from its key, `figure_words` what a client contributes to it; `no_figure`: nothing.
    - `joins_quarters`: rows are quarters, and then and now joins neighbours with the same difference.
    - `last_day` is the last day that the report covers (null: no limit).
    - `own_kinds` are kinds of milestones that affect only reports which list them.
    - `place` has the types of a row's position, if the report shows its rows in pages.
    - `is_of_a_day`: the report has no quarters. `holds_on_day`: without quarters it shows what holds on the day.
    - `ranges` are the numbers of quarters that one click selects.
    - `is_wide`: two of its charts do not fit side by side.
    - `shortcut` is the key that opens it, pressed after `g`.
    - `empty` is shown instead of an empty report: what has to be logged first.
    """

    report: Report[Any]
    title: str
    summary: str
    show: Callable[[Snapshot, ReportContext], RenderedReport]
    draw_card: Callable[[Snapshot, ReportContext], Card]
    row_words: Callable[[str, Naming], str]
    figure_words: Callable[[Figure], str] = times_words
    no_figure: str = "nothing"
    joins_quarters: bool = False
    last_day: Callable[[ReportQuestion], date | None] = last_day_of_quarters
    own_kinds: tuple[str, ...] = ()
    place: tuple[type, ...] = ()
    is_of_a_day: bool = False
    holds_on_day: bool = False
    is_wide: bool = False
    ranges: tuple[int, ...] = (4, 8, 16, 24)
    options: tuple[ReportOption, ...] = ()
    shortcut: str = ""
    empty: str = "There is nothing to show in these quarters yet. Reports are made from the milestones you log."

    @property
    def key(self) -> str:
        """The report's name in URLs."""
        return self.report.key

    @property
    def is_open(self) -> bool:
        """Whether the report covers all quarters unless the URL names some."""
        return not self.report.is_bounded


def structure_words(name: str, nothing: str = "Not engaged") -> str:
    """The name of a structure as rows and figures hold it (`null`: none)."""
    return nothing if name == "null" else STRUCTURES[Structure(name)].name
