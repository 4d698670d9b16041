"""Capacity: hours agreed and reported by person and quarter, beside what the source leads to expect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from markupsafe import Markup

from domain.quarters import quarter_of
from projections.reports.by_client import Figure
from projections.reports.capacity import REPORT, Capacity, CapacityRow, ClientBand, capacity
from projections.reports.expected_hours import Band, Verdict
from projections.snapshot import Snapshot
from web.bidi import isolate
from web.charts.annotations import Annotation
from web.charts.hours import HoursChart, PersonHours, hours_words, lay_out
from web.charts.hours import PersonQuarter as HoursOf
from web.charts.render import macro
from web.charts.wording import counted
from web.components import Cell, Column, Stat
from web.formatting import amount_text
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import (
    Card,
    RenderedReport,
    ReportContext,
    ReportOption,
    ReportPage,
)
from web.pages.urls import address

A_PAGE = 16
_COLUMNS = (
    Column("Person"),
    Column("Quarter", short=True),
    Column("Agreed", numeric=True),
    Column("Technology", numeric=True),
    Column("AI", numeric=True),
    Column("Reported", numeric=True),
    Column("Clients", numeric=True),
    Column("Seats", numeric=True),
    Column("AI hours and recommended range"),
)


_EXPLANATION = (
    "Upper bar: agreed hours, counted by day over the whole quarter, plans included. Lower bar: reported hours. "
    "The recommended range covers a fractional AI leader's first year: 15 to 20 hours a month in months 1 to 3, "
    "8 to 12 in months 4 to 12."
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The hours of the people who held a seat, the busiest first, one page of people."""
    person = UUID(context.options["person"]) if context.options.get("person") else None
    answer = capacity(
        snapshot, context.question, person=person, after=context.after, people=min(context.limit or A_PAGE, A_PAGE)
    )
    rows = answer.rows
    shown = busiest_first(rows)
    naming = context.naming(shown)
    places = {holder: place for place, holder in enumerate(shown)}
    listed = sorted((row for row in rows if row.person in places), key=lambda row: (places[row.person], row.quarter))
    drawn = [
        person for person in shown if any(row.hours or row.reported.both for row in listed if row.person == person)
    ]
    explained = annotations_of(snapshot, context, context.question.quarters)
    hours = [row for row in listed if row.person in drawn]
    layout = hours_of(hours, drawn, naming, context, context.width, explained.marks)
    return RenderedReport(
        chart=macro("charts/hours.html", "hours", layout, context.uid, context.name("Hours by person and quarter")),
        table=macro("pages/report_parts.html", "twin", _COLUMNS, [_row(row, naming, context) for row in listed]),
        kind="hours",
        layout=layout,
        sentence=_EXPLANATION + _unagreed(len(shown) - len(drawn)),
        stats=_stats(answer),
        is_empty=not answer.people,
        next=answer.next,
        annotations=explained.rows,
    )


def _unagreed(people: int) -> str:
    """A sentence about people whose seats have no recorded hours: the chart leaves them out."""
    return f" {people} more hold seats without recorded hours; see the table." if people else ""


def busiest_first(rows: Sequence[CapacityRow]) -> list[UUID]:
    """The people in the rows, those with the most hours first."""
    total: dict[UUID, Decimal] = defaultdict(Decimal)
    for row in rows:
        total[row.person] += row.hours
    return sorted(total, key=lambda person: (-total[person], person))


def hours_of(
    rows: Sequence[CapacityRow],
    people: Sequence[UUID],
    naming: Naming,
    context: ReportContext,
    width: float,
    annotations: Sequence[Annotation] = (),
) -> HoursChart:
    """The hours of these people as a drawing of a width."""
    quarters = context.question.quarters
    places = {quarter: place for place, quarter in enumerate(quarters)}
    cells: dict[UUID, dict[int, HoursOf]] = defaultdict(dict)
    for row in rows:
        cells[row.person][places[row.quarter]] = _cell(row, naming, context)
    planned = next((place for place, quarter in enumerate(quarters) if quarter.start > context.question.as_of), None)
    drawn = [PersonHours(naming(person), cells[person], _page_of(person, context)) for person in people]
    return lay_out([quarter.label for quarter in quarters], drawn, planned, width, annotations)


def _page_of(person: UUID, context: ReportContext) -> str | None:
    return None if context.has_no_links else address(f"/people/{person}", context.times)


def _cell(row: CapacityRow, naming: Naming, context: ReportContext) -> HoursOf:
    lines = [f"{isolate(naming(row.person))}, {row.quarter}{', planned' if row.planned else ''}"]
    lines.append(
        f"Agreed: {hours_words(row.hours)} hours ({hours_words(row.agreed.technology)} technology, "
        f"{hours_words(row.agreed.ai)} AI)"
    )
    if row.reported.both:
        lines.append(f"Reported: {hours_words(row.reported.both)} hours")
    lines.append(f"{counted(row.clients, 'client')}, {counted(row.seats, 'seat')}")
    if row.unagreed:
        lines.append(f"{counted(row.unagreed, 'seat')} without agreed hours")
    lines += _band_words(row.bands)
    verdicts = [band.verdict for pair in row.bands for band in (pair.reported or pair.agreed,) if band is not None]
    return HoursOf(
        row.agreed.technology,
        row.agreed.ai,
        row.reported.technology,
        row.reported.ai,
        verdicts.count(Verdict.UNDER),
        verdicts.count(Verdict.OVER),
        "\n".join(lines),
        context.drill(row.link),
    )


def _band_words(bands: Sequence[ClientBand]) -> list[str]:
    """Agreed and reported AI hours compared with the recommended range, in words."""
    words = []
    for label, those in (
        ("agreed", [pair.agreed for pair in bands if pair.agreed]),
        ("reported", [pair.reported for pair in bands if pair.reported]),
    ):
        if those:
            words.append(f"AI hours {label}: {_verdict_words(those)}")
    return words


def _verdict_words(bands: Sequence[Band]) -> str:
    if len(bands) == 1:
        band = bands[0]
        expected = f"{hours_words(band.least)} to {hours_words(band.most)}"
        return f"{hours_words(band.hours)}, {band.verdict.value} the recommended {expected}"
    verdicts = [band.verdict for band in bands]
    return ", ".join(f"{verdicts.count(verdict)} {verdict.value}" for verdict in Verdict if verdict in verdicts)


def _stats(answer: Capacity) -> list[Stat]:
    question = answer.question
    first, last = question.bounds
    now = quarter_of(question.as_of, question.fiscal_year_start_month)
    quarter = now if first <= now <= last else last
    total = answer.totals[quarter]
    if not total.people:
        return []
    return [
        Stat(f"People in {quarter}", f"{total.people:,}", "hold a seat"),
        Stat("Hours agreed", hours_words(total.hours), "in the whole quarter"),
        Stat("Hours reported", hours_words(total.reported), "in this quarter so far"),
        Stat("Hours outside the recommended range", f"{total.outside:,}", f"of {counted(total.judged, 'AI seat')}"),
    ]


def _row(row: CapacityRow, naming: Naming, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(naming(row.person), address(f"/people/{row.person}", context.times)),
        Cell(row.quarter.label, note="planned" if row.planned else ""),
        Cell(hours_words(row.hours), note=f"{row.unagreed} without" if row.unagreed else ""),
        Cell(hours_words(row.agreed.technology)),
        Cell(hours_words(row.agreed.ai)),
        Cell(hours_words(row.reported.both)),
        Cell(str(row.clients), context.drill(row.link)),
        Cell(str(row.seats)),
        Cell("; ".join(_band_words(row.bands))),
    )


CARD_ROWS, CARD_QUARTERS = 5, 4


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The hours of the busiest in the last quarters."""
    quarters = context.question.quarters[-CARD_QUARTERS:]
    within = replace(context, question=replace(context.question, first=quarters[0]))
    answer = capacity(snapshot, within.question, people=CARD_ROWS)
    people = busiest_first(answer.rows)
    layout = hours_of(answer.rows, people, context.naming(people), within, context.width)
    agreed = answer.totals[quarters[-1]].hours
    return Card(
        macro("charts/hours.html", "hours_svg", layout, uid=context.uid) if people else Markup(),
        f"{agreed:,.0f} hours agreed in {quarters[-1]}" if people else "",
    )


def row_words(row: str, naming: Naming) -> str:
    """`A seat held by Dana Whitfield in 2026-Q1`."""
    quarter, person = row.split(".")
    return f"A seat held by {isolate(naming(UUID(person)))} in {quarter}"


def figure_words(figure: Figure) -> str:
    """Agreed hours."""
    return f"{amount_text(Decimal(figure))} hours"


PAGE = ReportPage(
    REPORT,
    "Capacity",
    "Agreed and reported hours by person",
    show,
    draw_card,
    row_words,
    is_wide=True,
    place=(int, UUID),
    options=(ReportOption("person", "Person"),),
    empty="No seat was filled in these quarters. Hours are agreed when a seat is filled and reported monthly.",
    figure_words=figure_words,
    own_kinds=("hours_reported",),
)
