"""Two to four clients compared: their timelines under one another on one axis, and their structures by quarter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.filters import parse_quarter_parameter
from api.http.presenter import masked_row
from api.http.problems import NOT_FOUND, Problem, invalid
from domain.quarters import Quarter, quarter_of
from domain.seats import Structure
from projections.reports.question import last_quarters
from projections.sign_runs import NO_SIGNS, SignCounts, sign_counts
from web.charts.comparison import lay_out_comparison, on_one_axis
from web.charts.timeline import Timeline, TimelineDrawing
from web.charts.wording import STRUCTURES, day_words
from web.components import Column, Empty, Field, Link
from web.form_fields import FormField, Reads, Typed
from web.formatting import money_text
from web.kinds.page import Naming
from web.pages.clients.client import Reading, drawing, read_client
from web.pages.clients.client_facts import structure_on
from web.pages.clients.picker_fields import with_clients
from web.pages.files import csv_file, png_file, svg_file
from web.pages.filters import STATUSES
from web.pages.page_context import PageContext, ViewerPage
from web.pages.picker import NAME, PICK, STANDS_FOR
from web.pages.settings.saved_views import may_share, views_under
from web.pages.time_params import At, Times

router = APIRouter(include_in_schema=False)

PATH = "/compare"
FEWEST, MOST = 2, 4
RANGES = (8, 12)
_TOO_MANY = "Choose at most four clients."
_CLIENTS = FormField("client", "Clients", Reads.CLIENTS, hint="Two to four, in this order.")

Clients = Annotated[list[str], Query(max_length=20)]
QuarterText = Annotated[str, Query(max_length=12)]


@dataclass(frozen=True)
class Compared:
    """What a comparison shows: the clients in the order of the URL, and the quarters that bound it (null: all)."""

    page: PageContext
    at: Times
    readings: tuple[Reading, ...]
    first: Quarter | None
    last: Quarter | None

    @property
    def month(self) -> int:
        """The month in which the fiscal years of the axis start: the clients' if they share one, or else the firm's."""
        months = {reading.month for reading in self.readings}
        return months.pop() if len(months) == 1 else self.page.context.fiscal_year_start_month

    @property
    def slugs(self) -> tuple[str, ...]:
        """The slugs of the clients."""
        return tuple(reading.client.slug for reading in self.readings)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the clients as columns of a file; equal names are told apart by their slugs."""
        names = Counter(reading.client.name for reading in self.readings)
        clients = [reading.client for reading in self.readings]
        return tuple(c.name if names[c.name] == 1 else f"{c.name} ({c.slug})" for c in clients)

    def url(self, changed: Mapping[str, str | None] = MappingProxyType({}), path: str = PATH) -> str:
        """The URL of the comparison, with other parameters where `changed` has them."""
        bounds = {"from": self.first and self.first.label, "to": self.last and self.last.label}
        query = {**self.at.query, **bounds, **changed}
        pairs = [("client", slug) for slug in self.slugs]
        return f"{path}?{urlencode(pairs + [(name, text) for name, text in query.items() if text])}"

    def naming(self) -> Naming:
        """The names of the people at these clients."""
        return self.page.naming(set().union(*(reading.people for reading in self.readings)))

    def drawings(self, naming: Naming) -> list[tuple[Reading, TimelineDrawing]]:
        """The timelines of the clients that have one, without warning signs, which have a section of their own."""
        drawn = []
        for reading in self.readings:
            one = drawing(reading, naming, self.at, None)
            if one is not None:
                bounds = {"first": self.first and self.first.start, "last": self.last and self.last.end}
                plain = replace(one, signs=(), fiscal_year_start_month=self.month, **bounds)  # type: ignore[arg-type]
                drawn.append((reading, plain))
        return drawn


def compared_clients(
    page: PageContext, at: Times, client: Sequence[str], first: str, last: str, *, fewest: int = 0
) -> Compared:
    """The comparison in a URL. Raises `UnknownClient`, and `Problem` 422 for too many or few clients or no quarter."""
    slugs = list(dict.fromkeys(text for one in client for text in one.split()))
    if len(slugs) > MOST:
        raise invalid(("client", _TOO_MANY))
    readings = tuple(read_client(page, slug, at) for slug in slugs)
    if len({reading.client.id for reading in readings}) < fewest:
        raise invalid(("client", "Choose at least two clients."))
    compared = Compared(page, at, tuple({reading.client.id: reading for reading in readings}.values()), None, None)
    bounds = [
        parse_quarter_parameter(name, text.strip() or None, compared.month)
        for name, text in (("from", first), ("to", last))
    ]
    if bounds[0] and bounds[1] and bounds[1] < bounds[0]:
        raise invalid(("to", f"must not come before {bounds[0]}"))
    return replace(compared, first=bounds[0], last=bounds[1])


@router.get(PATH)
def show_comparison(
    page: ViewerPage,
    at: At,
    client: Clients = [],  # noqa: B006  (FastAPI copies it)
    from_: Annotated[str, Query(alias="from", max_length=12)] = "",
    to: QuarterText = "",
) -> Response:
    """Some clients' timelines on one axis; with fewer than two, a form that asks for more."""
    picker, shorter = _picker(page)
    if shorter:
        return page.redirect(shorter)
    compared = compared_clients(page, at, client, from_, to)
    naming = compared.naming()
    drawn = compared.drawings(naming)
    timelines = on_one_axis([one for _, one in drawn])
    return page.render(
        "compare",
        "Compare clients",
        here="clients",
        crumbs=(Link("Clients", "/clients"), Link("Compare")),
        at=at,
        compared=compared,
        is_whole=len(compared.readings) >= FEWEST,
        picker=picker,
        timelines=[(reading.client, timeline) for (reading, _), timeline in zip(drawn, timelines, strict=True)],
        kinds=lay_out_comparison(timelines).kinds if timelines else (),
        without=[reading.client for reading in compared.readings if not reading.engagements],
        facts=_facts(compared, naming),
        columns=_columns("Compared", compared),
        quarter_columns=_columns("Quarter", compared),
        by_quarter=_by_quarter(compared, timelines),
        ranges=_ranges(compared),
        bounds=(from_, to),
        files=[Link(kind.upper(), compared.url(path=f"{PATH}.{kind}")) for kind in ("svg", "png", "csv")]
        if timelines
        else [],
        steps=[(key, words, compared.url({"as_of": day})) for key, words, day in _steps(compared)],
        without_known_at=compared.url({"known_at": None}),
        views=views_under(page, PATH),
        view_url=compared.url(),
        may_share=may_share(page),
        empty=Empty(
            "Choose two to four clients to see their structures on one axis.", Link("Show clients", "/clients")
        ),
    )


@router.get(PATH + ".{suffix}")
def download_comparison(
    suffix: str,
    page: ViewerPage,
    at: At,
    client: Clients = [],  # noqa: B006  (FastAPI copies it)
    from_: Annotated[str, Query(alias="from", max_length=12)] = "",
    to: QuarterText = "",
) -> Response:
    """The comparison as SVG or PNG, and the structures by quarter as CSV."""
    compared = compared_clients(page, at, client, from_, to, fewest=FEWEST)
    timelines = on_one_axis([one for _, one in compared.drawings(compared.naming())])
    name = f"compare-{at.as_of}"
    if suffix == "csv":
        header = ("quarter", *masked_row(columns := compared.columns, columns))
        return csv_file(
            header, [(quarter, *(s or "" for s in row)) for quarter, row in _held(compared, timelines)], name
        )
    if suffix not in ("svg", "png") or not timelines:
        raise Problem(NOT_FOUND)
    return (svg_file if suffix == "svg" else png_file)("comparison", lay_out_comparison(timelines), name)


def _picker(page: PageContext) -> tuple[Field, str]:
    """The field that chooses the clients, and the shorter URL where a form sent names along."""
    pairs = list(page.request.query_params.multi_items())
    typed = with_clients(page, [_CLIENTS], Typed(pairs))
    sent = {"client", *(f"client{suffix}" for suffix in (NAME, STANDS_FOR, PICK))}
    if any(name in sent - {"client"} for name, _ in pairs):
        shown = typed.picked["client"]
        rest = [(name, text) for name, text in pairs if name not in sent and text]
        query = [("client", slug) for slug in typed.of(_CLIENTS).split()] + rest
        query += [("client" + NAME, shown.text)] if shown.error else []
        if sorted(query) != sorted((name, text) for name, text in pairs if text):
            return _CLIENTS.field(""), f"{PATH}?{urlencode(query)}"
    picked = typed.picked["client"]
    return _CLIENTS.field(typed.of(_CLIENTS), picked.error, picked=picked, blank="Add a client"), ""


def _columns(first: str, compared: Compared) -> tuple[Column, ...]:
    return (Column(first), *(Column(reading.client.name) for reading in compared.readings))


def _facts(compared: Compared, naming: Naming) -> list[tuple[str, ...]]:
    """What holds at each client on the day, a row each."""
    page, at = compared.page, compared.at
    with page.snapshot() as snapshot:
        counts = sign_counts(
            snapshot,
            [reading.client.id for reading in compared.readings],
            as_of=at.as_of,
            known_at=at.known_at,
            thresholds=page.context.thresholds,
        )
    clients = [reading.client for reading in compared.readings]
    return [
        ("Structure", *(STRUCTURES[c.structure].name if c.structure else STATUSES[c.status] for c in clients)),
        ("Since", *(day_words(c.since) if c.since else "" for c in clients)),
        ("Practice lead", *(naming(c.practice_lead) if c.practice_lead else "" for c in clients)),
        ("Monthly fee", *(", ".join(map(money_text, c.monthly_fees)) for c in clients)),
        ("Warning signs", *(_sign_words(counts.get(c.id, NO_SIGNS)) for c in clients)),
        ("People", *("" if c.profile.headcount is None else f"{c.profile.headcount:,}" for c in clients)),
    ]


def _sign_words(counts: SignCounts) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts._asdict().items() if number) or "none"


def _held(compared: Compared, timelines: Sequence[Timeline]) -> list[tuple[str, list[Structure | None]]]:
    """Each quarter of the axis up to the day's, and the structure of each client at its end, or on the day."""
    rows = []
    for quarter in timelines[0].axis.quarters if timelines else ():
        if quarter.start <= compared.at.as_of:
            day = min(quarter.end, compared.at.as_of)
            spans = [structure_on(reading.timeline.structure_spans, day) for reading in compared.readings]
            rows.append((quarter.label, [span.structure if span else None for span in spans]))
    return rows


def _by_quarter(compared: Compared, timelines: Sequence[Timeline]) -> list[tuple[str, ...]]:
    """`_held` in words."""
    return [
        (quarter, *(STRUCTURES[structure].name if structure else "Not engaged" for structure in row))
        for quarter, row in _held(compared, timelines)
    ]


def _ranges(compared: Compared) -> list[tuple[str, str, bool]]:
    """Links to the last quarters up to the day, and to all."""
    links = []
    for count in RANGES:
        first, last = last_quarters(compared.at.as_of, compared.month, count)
        is_current = (compared.first, compared.last) == (first, last)
        links.append((f"{count} quarters", compared.url({"from": first.label, "to": last.label}), is_current))
    return [*links, ("All", compared.url({"from": None, "to": None}), compared.first is compared.last is None)]


def _steps(compared: Compared) -> list[tuple[str, str, str | None]]:
    """The last day of the quarter before and of the next: the key, the label and the day (null: today)."""
    at = compared.at
    quarter = quarter_of(at.as_of, compared.month)
    later = quarter.end if at.as_of < quarter.end else quarter.next.end
    days = (("[", "Previous quarter", quarter.previous.end), ("]", "Next quarter", later))
    return [
        (key, words, None if day == at.today else day.isoformat()) for key, words, day in days if 1900 < day.year < 2199
    ]
