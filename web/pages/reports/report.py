"""What a report's page is made of, whatever it asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from markupsafe import Markup

from api.cursors import Place
from domain.quarters import Quarter
from projections.reports.parameters import Link as Drill
from projections.reports.parameters import ReportParameters
from projections.reports.scope import Scope
from projections.snapshot import Snapshot
from web.pages.addresses import address
from web.pages.telling import UNNAMED, Naming
from web.parts import Choice, Stat


def _nobody(_: Collection[UUID]) -> Naming:
    return lambda person: UNNAMED


@dataclass(frozen=True, slots=True)
class Asked:
    """With what a report is asked: its parameters, the page of its rows, and what the URL says of the two times.

    `bounds` are the quarters as the URL has them (null: it says nothing), `own` what only this report takes;
    `naming` gives people their names. `width` is the picture's, in pixels; where a page has several, `uid` and `says`
    tell them apart. `is_still`: its marks lead nowhere, because the whole picture does.
    """

    parameters: ReportParameters
    times: Mapping[str, str]
    after: Place | None = None
    limit: int | None = None
    bounds: tuple[Quarter | None, Quarter | None] = (None, None)
    own: Mapping[str, str] = field(default_factory=dict)
    naming: Callable[[Collection[UUID]], Naming] = _nobody
    width: float = 1120.0
    uid: str = "report"
    says: str = ""
    is_still: bool = False

    @property
    def scope(self) -> Scope:
        """The same for reports that quarters bound only where they are given."""
        given = self.parameters
        return Scope(
            given.as_of, *self.bounds, given.known_at, given.chosen, given.visible, given.last.fiscal_year_start_month
        )

    def name(self, title: str) -> str:
        """What the picture is called."""
        return f"{title}, {self.says}" if self.says else title

    def drill(self, link: Drill) -> str:
        """The address of the clients behind a figure, at the same two times; empty for a picture that is still."""
        return "" if self.is_still else address("/clients", link, self.times)


@dataclass(frozen=True, slots=True)
class Shown:
    """A report's answer as its page shows it.

    `chart` and `table` are markup; `kind` and `layout` are what `web.charts.painting.standalone` takes (null: the
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


Show: TypeAlias = Callable[[Snapshot, Asked], Shown]


@dataclass(frozen=True, slots=True)
class Card:
    """A report at a glance: a small picture without links (empty: nothing is on record), and a figure of the day."""

    picture: Markup
    figure: str


Glance: TypeAlias = Callable[[Snapshot, Asked], Card]


@dataclass(frozen=True, slots=True)
class Own:
    """A parameter that only one report takes: one of `choices`, or a person when there are none.

    `preset` stands where the URL says nothing, `blank` are the words for nothing. `is_way`: it is picked
    from a row of ways to look, not in the form; `is_asked`: the API takes it too.
    """

    name: str
    label: str
    choices: tuple[Choice, ...] = ()
    preset: str = ""
    is_way: bool = False
    is_asked: bool = True
    blank: str = "Any"


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its key in addresses, its title, the question it answers, and how.

    `place`: the types of a row's place, where the report shows a page of rows at a time. `is_open`: quarters bound it
    only where they are given, otherwise it looks at all; `ranges` are the numbers of quarters that one click bounds it
    to. `is_of_a_day`: no quarter matters to it. `is_wide`: two of its pictures do not fit beside one another. `empty`
    says what would fill it.
    """

    key: str
    title: str
    question: str
    show: Show
    glance: Glance
    place: tuple[type, ...] = ()
    is_open: bool = False
    is_of_a_day: bool = False
    is_wide: bool = False
    ranges: tuple[int, ...] = (4, 8, 16, 24)
    own: tuple[Own, ...] = ()
    empty: str = "There is nothing to show in these quarters yet. Reports fill themselves from the milestones you log."
