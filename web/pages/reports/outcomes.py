"""Outcomes: AI initiatives from the start to production to what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from markupsafe import Markup

from domain.outcomes import Initiative, Measurement, Stage
from projections.reports.by_client import ANY, Figure
from projections.reports.outcomes import (
    REPORT,
    OutcomeRow,
    OutcomesReport,
    OutcomeTotals,
    link_to_stage,
    out_of_row_name,
    outcomes,
)
from projections.snapshot import Snapshot
from web.bidi import isolate
from web.charts.annotations import Annotation
from web.charts.initiatives import InitiativesChart, InitiativeTrack, axis_for, lay_out
from web.charts.render import macro
from web.charts.wording import counted, day_words
from web.components import Cell, Column, Stat
from web.formatting import number_text
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import Card, RenderedReport, ReportContext, ReportPage, as_of_day
from web.pages.urls import address, client_address

A_PAGE = 20
"""How many metrics the chart shows at a time: as many as fit on a sheet of paper."""

CARD_ROWS = 6
STAGES = {Stage.STARTED: "Not in production", Stage.LIVE: "In production, not measured", Stage.MEASURED: "Measured"}
_EXPLANATION = (
    "Dashed: from the start to production. Solid: in production. The change is the newest value less the newest "
    "baseline in the same unit. The owner is the person who holds the CAIO seat."
)
_COLUMNS = (
    Column("Client"),
    Column("Initiative"),
    Column("Started", short=True),
    Column("In production", short=True),
    Column("Metric"),
    Column("Before", numeric=True),
    Column("Newest value", numeric=True),
    Column("Measured", short=True),
    Column("Owner"),
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """A page of initiatives and their metrics."""
    answer = outcomes(snapshot, context.question, limit=min(context.limit or A_PAGE, A_PAGE), after=context.after)
    naming = context.naming({row.initiative.owner for row in answer.rows if row.initiative.owner is not None})
    tracks = _tracks(answer.rows, context)
    axis = axis_for(tracks, context.question.as_of, context.question.fiscal_year_start_month, context.width)
    explained = annotations_of(snapshot, context, axis.quarters)
    layout = chart_of(tracks, context, context.width, explained.marks)
    return RenderedReport(
        chart=macro("charts/initiatives.html", "initiatives", layout, context.uid, context.name("Initiatives by time")),
        table=macro(
            "pages/report_parts.html",
            "twin",
            _COLUMNS,
            [_row(row, naming, context) for row in answer.rows],
            stacked=True,
        ),
        kind="initiatives",
        layout=layout,
        sentence=_EXPLANATION,
        stats=_stats(answer, context),
        is_empty=not answer.totals.initiatives,
        next=answer.next,
        annotations=explained.rows,
    )


def chart_of(
    tracks: Sequence[InitiativeTrack], context: ReportContext, width: float, annotations: Sequence[Annotation] = ()
) -> InitiativesChart:
    """These initiatives as a drawing of a width."""
    return lay_out(tracks, context.question.as_of, context.question.fiscal_year_start_month, width, annotations)


def _tracks(rows: Sequence[OutcomeRow], context: ReportContext) -> list[InitiativeTrack]:
    return [
        _track(list(of_initiative), context)
        for _, of_initiative in groupby(rows, key=lambda row: (row.engagement, row.initiative.name))
    ]


def _track(rows: Sequence[OutcomeRow], context: ReportContext) -> InitiativeTrack:
    first = rows[0]
    initiative = first.initiative
    parts = [f"{isolate(first.name)}: {isolate(initiative.name)}", f"Started {day_words(initiative.started_on)}"]
    if initiative.live_on is not None and initiative.days_to_live is not None:
        parts.append(f"In production {day_words(initiative.live_on)}, {counted(initiative.days_to_live, 'day')} later")
    parts += [_measurement_words(measured) for measured in initiative.measurements]
    return InitiativeTrack(
        first.name,
        initiative.name,
        "\n".join(parts),
        initiative.started_on,
        initiative.live_on,
        tuple(sorted({measured.measured_on for measured in initiative.measurements})),
        None if context.has_no_links else client_address(first.slug, **context.times),
    )


def _measurement_words(measured: Measurement) -> str:
    before = "" if measured.baseline is None else f"{number_text(measured.baseline)} to "
    value = f"{before}{number_text(measured.value)} {isolate(measured.unit)}"
    return f"{isolate(measured.metric)}: {value}, measured {day_words(measured.measured_on)}"


def _stats(answer: OutcomesReport, context: ReportContext) -> list[Stat]:
    totals = answer.totals
    stats = [
        Stat(
            words,
            f"{totals.stages.get(stage, 0):,}",
            f"of {counted(totals.initiatives, 'initiative')}",
            context.drill(link_to_stage(context.question, stage)) if totals.stages.get(stage) else None,
        )
        for stage, words in STAGES.items()
    ]
    if totals.median_days_to_live is not None:
        days = number_text(totals.median_days_to_live)
        stats.append(Stat("Median time to production", f"{days} days", "of those in production"))
    return stats


def _row(row: OutcomeRow, naming: Naming, context: ReportContext) -> tuple[Cell, ...]:
    initiative, measured = row.initiative, row.measurement
    owner = initiative.owner
    return (
        Cell(row.name, client_address(row.slug, **context.times)),
        Cell(initiative.name),
        Cell(day_words(initiative.started_on)),
        _live_cell(initiative),
        *_measured_cells(initiative, measured),
        Cell("Nobody") if owner is None else Cell(naming(owner), address(f"/people/{owner}", context.times)),
    )


def _live_cell(initiative: Initiative) -> Cell:
    if initiative.live_on is None or initiative.days_to_live is None:
        return Cell("Not yet")
    return Cell(day_words(initiative.live_on), note=f"after {counted(initiative.days_to_live, 'day')}")


def _measured_cells(initiative: Initiative, measured: Measurement | None) -> tuple[Cell, ...]:
    if measured is None:
        return (Cell("Not measured"), *(Cell("") for _ in range(3)))
    change = measured.change
    return (
        Cell(measured.metric),
        Cell("" if measured.baseline is None else number_text(measured.baseline)),
        Cell(
            f"{number_text(measured.value)} {isolate(measured.unit)}",
            note="" if change is None else f"change {'+' if change > 0 else ''}{number_text(change)}",
        ),
        Cell(day_words(measured.measured_on), note=_days_live(initiative, measured)),
    )


def _days_live(initiative: Initiative, measured: Measurement) -> str:
    """For how long it was in production when it was measured; empty if it was not."""
    if initiative.live_on is None or measured.measured_on < initiative.live_on:
        return ""
    return f"after {counted((measured.measured_on - initiative.live_on).days, 'day')}"


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The first initiatives, and how many are measured."""
    answer = outcomes(snapshot, context.question, limit=CARD_ROWS)
    if not answer.rows:
        return Card(Markup(), "No initiative has started")
    layout = chart_of(_tracks(answer.rows, context), context, context.width)
    return Card(
        macro("charts/initiatives.html", "initiatives_svg", layout, uid=context.uid), "; ".join(_glance(answer.totals))
    )


def _glance(totals: OutcomeTotals) -> Iterator[str]:
    yield counted(totals.initiatives, "initiative")
    yield f"{totals.stages.get(Stage.MEASURED, 0)} measured"


def row_words(row: str, naming: Naming) -> str:
    """`In production: claims triage`, `claims triage: handling time`."""
    topic, *parts = row.split(".")
    names = [isolate(out_of_row_name(part)) for part in parts]
    match topic:
        case "stage":
            return "With an initiative" if parts[0] == ANY else f"Initiatives: {STAGES[Stage(parts[0])].lower()}"
        case Stage.STARTED:
            return f"Started: {names[0]}"
        case Stage.LIVE:
            return f"In production: {names[0]}"
        case _:
            return f"{names[0]}: {names[1]}"


def figure_words(figure: Figure) -> str:
    """A day, or a value with its unit."""
    text = str(figure)
    try:
        return day_words(date.fromisoformat(text))
    except ValueError:
        value, _, unit = text.partition(" ")
        return f"{number_text(value)} {isolate(unit)}"


PAGE = ReportPage(
    REPORT,
    "Outcomes",
    "AI initiatives from the start to a measured outcome",
    show,
    draw_card,
    row_words,
    place=(str, UUID, int, str, str, UUID),
    is_wide=True,
    ranges=(),
    empty="No AI initiative has started. Log when one starts, goes into production and is measured.",
    figure_words=figure_words,
    last_day=as_of_day,
    own_kinds=("initiative_started", "initiative_live", "outcome_measured"),
)
