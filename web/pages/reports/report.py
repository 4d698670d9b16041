"""What a report's page is made of, whatever it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup
from sqlalchemy import Connection

from projections.reports.parameters import Link as Drill
from projections.reports.parameters import ReportParameters
from web.pages.addresses import address
from web.parts import Stat


@dataclass(frozen=True, slots=True)
class Asked:
    """With what a report is asked: its parameters, the page of its rows, and what the URL says of the two times."""

    parameters: ReportParameters
    times: Mapping[str, str]
    cursor: str | None = None
    limit: int | None = None

    def drill(self, link: Drill) -> str:
        """The address of the clients behind a figure, at the same two times."""
        return address("/clients", link, self.times)


@dataclass(frozen=True, slots=True)
class Shown:
    """A report's answer as its page shows it.

    `chart` and `table` are markup; `kind` and `layout` are what `web.charts.painting.standalone` takes (null: the
    report has no picture). `is_empty` leaves the page to say what would be here; `next` is the cursor of more rows.
    """

    chart: Markup
    table: Markup
    kind: str
    layout: object | None
    sentence: str = ""
    stats: Sequence[Stat] = ()
    is_empty: bool = False
    next: str | None = None


Show: TypeAlias = Callable[[Connection, Asked], Shown]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its key in addresses, its title, the question it answers, and how.

    `paged`: it shows fifty rows at a time; `plans`: it may look into quarters that lie ahead.
    """

    key: str
    title: str
    question: str
    show: Show
    paged: bool = False
    plans: bool = True
