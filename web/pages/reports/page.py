"""The definition of a report's page, and what its drawing takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from markupsafe import Markup

from api.http.cursors import Place
from domain.seats import Structure
from projections.reports.by_client import Figure
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Report
from projections.snapshot import Snapshot
from web.charts.wording import STRUCTURES
from web.components import Choice, Stat
from web.kinds.page import UNNAMED, Naming
from web.pages.urls import address


def _nobody(_: Collection[UUID]) -> Naming:
    return lambda person: UNNAMED


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What a report's page is drawn from: the question, the page of its rows, and what the URL says of the two times.

    `options` are the parameters that only this report has; `naming` gives people their names. `width` is the picture's,
    in pixels; where a page has several, `uid` and `says` tell them apart. `is_still`: its marks lead nowhere, because
    the whole picture does.
    """

    question: ReportQuestion
    times: Mapping[str, str]
    after: Place | None = None
    limit: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    naming: Callable[[Collection[UUID]], Naming] = _nobody
    width: float = 1120.0
    uid: str = "report"
    says: str = ""
    is_still: bool = False

    def name(self, title: str) -> str:
        """What the picture is called."""
        return f"{title}, {self.says}" if self.says else title

    def drill(self, link: Link) -> str:
        """The address of the clients behind a figure, at the same two times; empty for a picture that is still."""
        return "" if self.is_still else address("/clients", link, self.times)


@dataclass(frozen=True, slots=True)
class Shown:
    """A report's answer as its page shows it.

    `chart` and `table` are markup; `kind` and `layout` are what `web.charts.render.standalone` takes (null: the
    report has no picture). `is_empty` leaves the page to say what would be here; `next` is the place after which
    more rows follow.
    """

    chart: Markup
    table: Markup
    kind: str
    layout: object | None
    sentence: str = ""
    stats: Sequence[Stat] = ()
    is_empty: bool = False
    next: Place | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A report at a glance: a small picture without links (empty: nothing is on record), and a figure of the day."""

    picture: Markup
    figure: str


@dataclass(frozen=True, slots=True)
class ReportOption:
    """A parameter that only one report takes: one of `choices`, or a person when `choices` is empty.

    `preset` applies where the URL says nothing, `blank` are the words for nothing. `is_way`: it is picked
    from a row of ways to look, not in the form; `in_api`: the API takes it too.
    """

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    preset: str = ""
    is_way: bool = False
    in_api: bool = True
    blank: str = "Any"


def to_the_last_quarter(question: ReportQuestion) -> date | None:
    """The report looks at all its quarters, plans included."""
    return max(question.as_of, question.end)


def to_the_day(question: ReportQuestion) -> date | None:
    """The report looks at what has happened by `as_of`."""
    return question.as_of


def without_end(question: ReportQuestion) -> date | None:
    """The report looks at everything that is planned."""
    return None


def times_words(figure: Figure) -> str:
    """A count of moves: `2 times`."""
    return f"{figure} {'time' if figure == 1 else 'times'}"


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The page of a report: its title, the question it answers in words, and how it is drawn.

    `show` draws the report, `glance` its card. `row_words` and `figure_words` put the name of a row, and what a client
    contributes to it, in words; `no_figure` stands for nothing. `joins_quarters`: rows are quarters, and then-and-now
    shows neighbours with the same difference as one. `last_day` is the last day that the report looks at (null: no
    limit), and `moved_by` the kinds of milestones that move this report alone.

    `place`: the types of a row's place, where the report shows a page of rows at a time. `ranges` are the numbers of
    quarters that one click bounds it to. `is_of_a_day`: no quarter matters to it. `is_wide`: two of its pictures do not
    fit side by side. `shortcut` is the key that opens it, pressed after `g`. `empty` says what would fill it.
    """

    report: Report[Any]
    title: str
    summary: str
    show: Callable[[Snapshot, ReportContext], Shown]
    glance: Callable[[Snapshot, ReportContext], Card]
    row_words: Callable[[str, Naming], str]
    figure_words: Callable[[Figure], str] = times_words
    no_figure: str = "nothing"
    joins_quarters: bool = False
    last_day: Callable[[ReportQuestion], date | None] = to_the_last_quarter
    moved_by: tuple[str, ...] = ()
    place: tuple[type, ...] = ()
    is_of_a_day: bool = False
    is_wide: bool = False
    ranges: tuple[int, ...] = (4, 8, 16, 24)
    options: tuple[ReportOption, ...] = ()
    shortcut: str = ""
    empty: str = "There is nothing to show in these quarters yet. Reports fill themselves from the milestones you log."

    @property
    def key(self) -> str:
        """The report's name in addresses."""
        return self.report.key

    @property
    def is_open(self) -> bool:
        """Whether quarters bound the report only where they are given."""
        return not self.report.is_bounded


def structure_words(name: str, nothing: str = "Not engaged") -> str:
    """The name of a structure as rows and figures hold it (`null`: none)."""
    return nothing if name == "null" else STRUCTURES[Structure(name)].name
