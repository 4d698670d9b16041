"""Two to four clients compared: their timelines under one another on one axis, and their structures by quarter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.presenter import masked_row
from api.http.problems import INVALID_FIELDS, NOT_FOUND, Problem, invalid
from domain.quarters import InvalidQuarter, Quarter, parse_quarter, quarter_of
from domain.seats import Structure
from projections.reports.question import last_quarters
from projections.sign_runs import NO_SIGNS, SignCounts, sign_counts
from web.charts.comparison import Comparison, lay_out_comparison, on_one_axis
from web.charts.timeline import Timeline, TimelineDrawing
from web.charts.wording import STRUCTURES, day_words
from web.components import Column, Empty, Field, Link
from web.form_fields import FormField, Reads, Typed
from web.formatting import money_text
from web.kinds.page import Naming
from web.pages.clients.client import Reading, drawing, read_client
from web.pages.clients.client_facts import structure_on
from web.pages.clients.fiscal_words import axis_note
from web.pages.clients.picker_fields import with_clients
from web.pages.files import csv_file, png_file, svg_file
from web.pages.filters import STATUSES
from web.pages.form_submit import errors_of, refusal_of
from web.pages.page_context import PageContext, ViewerPage
from web.pages.picker import NAME, PICK, STANDS_FOR
from web.pages.settings.saved_views import may_share, views_under
from web.pages.time_params import At, Times

router = APIRouter(include_in_schema=False)

PATH = "/compare"
FEWEST, MOST = 2, 4
RANGES = (8, 12)
_TOO_MANY = "Choose at most four clients."
_LABELS = {"client": ("f-client", "Clients"), "from": ("f-from", "From"), "to": ("f-to", "To")}
_CLIENTS = FormField("client", "Clients", Reads.CLIENTS, hint="Two to four, in this order.")

Clients = Annotated[list[str], Query(max_length=20)]
QuarterText = Annotated[str, Query(max_length=12)]


@dataclass(frozen=True)
class Compared:
    """What a comparison shows: the clients in the order of the URL, and the quarters that bound it (null: all)."""

    page: PageContext
    at: Times
    readings: tuple[Reading, ...]
    first: Quarter | None = None
    last: Quarter | None = None
    is_converted: bool = False
    """Whether a quarter in the URL is of another calendar than the axis."""

    @property
    def month(self) -> int:
        """The month in which the fiscal years of the axis start: the clients' if they share one, or else the firm's."""
        months = {reading.month for reading in self.readings}
        return months.pop() if len(months) == 1 else self.page.context.fiscal_year_start_month

    @property
    def is_mixed(self) -> bool:
        """Whether a client has another fiscal year than the axis."""
        return any(reading.month != self.month for reading in self.readings)

    @property
    def calendars(self) -> list[int]:
        """The months in which fiscal years may start that a quarter in the URL is of; first that of the axis."""
        own = [reading.month for reading in self.readings]
        return list(dict.fromkeys((self.month, *own, self.page.context.fiscal_year_start_month, 1)))

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
    slugs = _slugs(client)
    if len(slugs) > MOST:
        raise invalid(("client", _TOO_MANY))
    compared = Compared(page, at, _readings(page, at, slugs))
    if len(compared.readings) < fewest:
        raise invalid(("client", "Choose at least two clients."))
    return _bounded(compared, first.strip(), last.strip())


def _slugs(client: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for one in client for text in one.split()))


def _readings(page: PageContext, at: Times, slugs: Iterable[str]) -> tuple[Reading, ...]:
    """The data of the clients, each once. Raises `UnknownClient`."""
    readings = [read_client(page, slug, at) for slug in slugs]
    return tuple({reading.client.id: reading for reading in readings}.values())


def _bounded(compared: Compared, first: str, last: str) -> Compared:
    """The comparison from one quarter to another; raises `Problem` 422.

    A quarter of another calendar, which a URL has that was made for other clients, stands for those in which it begins
    and ends.
    """
    month, wrong = compared.month, []
    bounds: dict[str, Quarter] = {}
    for name, text in (("from", first), ("to", last)):
        quarter = _parsed(text, compared.calendars)
        if quarter is not None:
            bounds[name] = quarter
        elif text:
            example = quarter_of(compared.at.as_of, month).label
            wrong.append((name, f"Enter a quarter, for example {example}"))
    if wrong:
        raise invalid(*wrong)
    is_converted = any(quarter.fiscal_year_start_month != month for quarter in bounds.values())
    begin, end = bounds.get("from"), bounds.get("to")
    begin, end = begin and quarter_of(begin.start, month), end and quarter_of(end.end, month)
    if begin and end and end < begin:
        raise invalid(("to", f"Enter {begin} or a later quarter"))
    return replace(compared, first=begin, last=end, is_converted=is_converted)


def _parsed(text: str, calendars: Iterable[int]) -> Quarter | None:
    """The quarter with this label in the first calendar that has it; null without one."""
    for month in calendars:
        with suppress(InvalidQuarter):
            return parse_quarter(text.upper(), month)
    return None


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
    problem = None
    try:
        compared = compared_clients(page, at, client, from_, to)
    except Problem as fault:
        if fault.kind is not INVALID_FIELDS:
            raise
        problem, compared = fault, Compared(page, at, _readings(page, at, _slugs(client)[:MOST]))
    errors = errors_of(problem) if problem else {}
    naming = compared.naming()
    drawn = compared.drawings(naming)
    timelines = on_one_axis([one for _, one in drawn])
    return page.render(
        "compare",
        "Compare clients",
        here="clients",
        status=problem.status_code if problem else 200,
        refusal=refusal_of(problem, _LABELS) if problem else None,
        live=at.known_at is None and bool(compared.readings),
        live_for=[reading.client.id for reading in compared.readings],
        crumbs=(Link("Clients", "/clients"), Link("Compare")),
        at=at,
        compared=compared,
        is_whole=len(compared.readings) >= FEWEST,
        picker=replace(picker, error=picker.error or errors.get("client", "")),
        timelines=[
            (reading.client, timeline, axis_note(reading.month, compared.month))
            for (reading, _), timeline in zip(drawn, timelines, strict=True)
        ],
        kinds=lay_out_comparison(timelines).kinds if timelines else (),
        without=[reading.client for reading in compared.readings if not reading.engagements],
        facts=_facts(compared, naming),
        columns=_columns("Compared", compared),
        quarter_columns=_columns("Quarter", compared),
        by_quarter=_by_quarter(compared, timelines),
        by_quarter_words="at the end of each quarter" + (" of the firm" if compared.is_mixed else ""),
        ranges=_ranges(compared),
        bounds=_bound_fields(compared, from_, to, errors),
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
    drawn = compared.drawings(compared.naming())
    timelines = on_one_axis([one for _, one in drawn])
    name = f"compare-{at.as_of}"
    if suffix == "csv":
        header = ("quarter", *masked_row(columns := compared.columns, columns))
        return csv_file(
            header, [(quarter, *(s or "" for s in row)) for quarter, row in _held(compared, timelines)], name
        )
    if suffix not in ("svg", "png") or not timelines:
        raise Problem(NOT_FOUND)
    notes = [axis_note(reading.month, compared.month) for reading, _ in drawn]
    layout: Comparison = lay_out_comparison(timelines, notes)
    return (svg_file if suffix == "svg" else png_file)("comparison", layout, name)


def _bound_fields(compared: Compared, first: str, last: str, errors: Mapping[str, str]) -> list[Field]:
    """The fields for the first and the last quarter: with what was typed, or the quarter that stands for it."""
    example = quarter_of(compared.at.as_of, compared.month).label
    options = {"placeholder": example, "size": "9", "autocomplete": "off"}
    shown = (("from", "From", first, compared.first), ("to", "To", last, compared.last))
    return [
        Field(name, label, quarter.label if quarter else text, error=errors.get(name, ""), options=options)
        for name, label, text, quarter in shown
    ]


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
