"""A person's seats over time: the chart and the table on their page, and both as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from markupsafe import Markup
from starlette.responses import Response

from api.http.problems import NOT_FOUND, Problem
from api.people.routes import visible_person
from domain.seats import Function
from projections.profiles import names_and_slugs_of
from projections.snapshot import Snapshot
from projections.tenures import Tenure, read_tenures
from web.bidi import isolate
from web.charts.render import macro
from web.charts.tenures import TenureBar, TenureRow, TenuresChart, lay_out
from web.charts.wording import COMMITMENTS, counted, day_words
from web.components import Cell, Column, Link
from web.kinds.page import Naming
from web.pages.files import csv_file, png_file, svg_file
from web.pages.page_context import PageContext, ViewerPage
from web.pages.time_params import At, Times
from web.pages.urls import address, client_address

router = APIRouter(include_in_schema=False)

ROLES = {Function.TECHNOLOGY: "CTO", Function.AI: "CAIO"}
_COLUMNS = (
    *(Column("Client"), Column("Role", short=True), Column("Commitment")),
    *(Column("From", short=True), Column("Until", short=True), Column("Then")),
)


@dataclass(frozen=True)
class PersonTenures:
    """A person's tenures at clients whose names and slugs are known, as a chart and as a table."""

    at: Times
    tenures: Sequence[tuple[Tenure, str, str]]
    naming: Naming
    month: int

    @property
    def layout(self) -> TenuresChart:
        """The chart, the client with the latest seat first."""
        clients: dict[str, tuple[str, list[TenureBar]]] = {}
        for tenure, name, slug in self.tenures:
            _, bars = clients.setdefault(slug, (name, []))
            for commitment, start, end in tenure.spans:
                until = f"until {day_words(end)}" if end else "ongoing"
                words = f"{COMMITMENTS[commitment].lower()}, from {day_words(start)}, {until}"
                bars += [
                    TenureBar(one, commitment, start, end, f"{isolate(name)}: {ROLES[one]}, {words}")
                    for one in tenure.functions
                ]
        rows = [
            TenureRow(name, client_address(slug, **self.at.query), tuple(bars))
            for slug, (name, bars) in clients.items()
        ]
        return lay_out(rows, self.at.as_of, self.month)

    @property
    def chart(self) -> Markup:
        """The chart as markup."""
        return macro("charts/tenures.html", "tenures", self.layout)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the table."""
        return _COLUMNS

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        """The table, the newest tenure first."""
        return [
            (
                Cell(name, client_address(slug, **self.at.query)),
                Cell(roles(tenure.functions)),
                Cell(", then ".join(COMMITMENTS[commitment].lower() for commitment, _, _ in tenure.spans)),
                Cell(day_words(tenure.start), note=self._beginning(tenure)),
                Cell(day_words(tenure.end) if tenure.end else "ongoing", note=self._ending(tenure)),
                Cell(self._sequel(tenure)),
            )
            for tenure, name, slug in self.tenures
        ]

    @property
    def records(self) -> list[tuple[str, ...]]:
        """The table as it is written to a file."""
        return [
            (
                *(slug, name, "+".join(tenure.functions), tenure.spans[-1][0].value, tenure.start.isoformat()),
                *(tenure.end.isoformat() if tenure.end else "", self._sequel(tenure)),
                "yes" if tenure.start > self.at.as_of else "no",
            )
            for tenure, name, slug in self.tenures
        ]

    def _beginning(self, tenure: Tenure) -> str:
        planned = ("planned",) if tenure.start > self.at.as_of else ()
        taken_over = (f"from {isolate(self.naming(tenure.before))}",) if tenure.before else ()
        return ", ".join((*planned, *taken_over))

    def _ending(self, tenure: Tenure) -> str:
        return "planned" if tenure.end and tenure.start <= self.at.as_of < tenure.end else ""

    def _sequel(self, tenure: Tenure) -> str:
        """What became of the functions after the tenure."""
        if tenure.end is None:
            return ""
        if tenure.is_closed:
            return "Engagement ended"
        if tenure.after is None:
            return "Left vacant"
        name = isolate(self.naming(tenure.after))
        if tenure.filled_on is None:
            return f"Handed over to {name}"
        return f"Left vacant for {counted((tenure.filled_on - tenure.end).days, 'day')}, then {name}"


def roles(functions: Sequence[Function]) -> str:
    """`CTO`, `CAIO` or `CTO and CAIO`."""
    return " and ".join(ROLES[one] for one in functions)


def tenures_shown(page: PageContext, snapshot: Snapshot, at: Times, person: UUID) -> PersonTenures:
    """A person's tenures at the clients that the reader may see."""
    tenures = read_tenures(snapshot, person, known_at=at.known_at, visible=page.visible)
    clients = {tenure.client for tenure in tenures}
    names = names_and_slugs_of(snapshot, clients, as_of=at.as_of, known_at=at.known_at)
    named = [(tenure, *names[tenure.client]) for tenure in tenures if tenure.client in names]
    people = {one for tenure in tenures for one in (tenure.before, tenure.after) if one is not None}
    return PersonTenures(at, named, page.naming(people), page.context.fiscal_year_start_month)


def links_to_files(person: UUID, at: Times) -> list[Link]:
    """Links to the files."""
    return [
        Link(kind.upper(), address(f"/people/{person}/timeline.{kind}", at.query)) for kind in ("svg", "png", "csv")
    ]


@router.get("/people/{person}/timeline.{suffix}")
def download_tenures(person: UUID, suffix: str, page: ViewerPage, at: At) -> Response:
    """A person's seats over time as SVG, PNG or CSV."""
    visible_person(person, page.queries)
    with page.snapshot() as snapshot:
        shown = tenures_shown(page, snapshot, at, person)
    name = f"seats-{at.as_of}"
    if suffix == "csv":
        header = ("client", "name", "functions", "commitment", "start", "end", "then", "planned")
        return csv_file(header, shown.records, name)
    if suffix not in ("svg", "png"):
        raise Problem(NOT_FOUND)
    return (svg_file if suffix == "svg" else png_file)("tenures", shown.layout, name)
