"""Advice report: what became of assessments, by the quarter in which they were taken."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from domain.assessment.following import AdviceStatus
from domain.quarters import Quarter, quarters_between
from projections.reports.advice import REPORT, AdviceRow, advice_report
from projections.reports.by_client import ANY, Figure
from projections.snapshot import Snapshot
from web.charts.annotations import Annotation
from web.charts.columns import Columns, Series, SeriesValue, StackedQuarter, lay_out
from web.charts.render import macro
from web.charts.wording import ADVICE_STATUSES, counted
from web.components import Cell, Column, Stat
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import Card, RenderedReport, ReportContext, ReportPage, as_of_day

MOST_COLUMNS = 24
_PARTS = tuple(Series(status.value, words, status.value) for status, words in ADVICE_STATUSES.items())
_COLUMNS = (
    Column("Quarter", short=True),
    *(Column(words, numeric=True) for words in ADVICE_STATUSES.values()),
    Column("Median days until followed", numeric=True),
)
_NOTES = {
    AdviceStatus.FOLLOWED: "the structure came to equal the advice",
    AdviceStatus.IN_PART: "a change followed it, but not all of it",
    AdviceStatus.DECLINED: "with a reason",
    AdviceStatus.OPEN: "neither followed nor declined",
}


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The assessments of these quarters, as of the day."""
    rows = advice_report(snapshot, context.question).rows
    explained = annotations_of(snapshot, context, _quarters(rows))
    layout = columns_of(rows, context, context.width, 240.0, explained.marks)
    return RenderedReport(
        chart=macro("charts/columns.html", "columns", layout, context.uid, context.name(layout.name)),
        table=macro("pages/report_parts.html", "twin", _COLUMNS, [_row(row, context) for row in rows]),
        kind="columns",
        layout=layout,
        sentence=(
            "Assessments by the quarter in which they were taken. Advice counts as followed when the structure "
            "matches it before a newer assessment, whether or not a milestone names it."
        ),
        stats=[_stat(status, rows) for status in AdviceStatus] if rows else (),
        is_empty=not rows,
        annotations=explained.rows,
    )


def _quarters(rows: Sequence[AdviceRow]) -> Sequence[Quarter]:
    return quarters_between(rows[0].quarter, rows[-1].quarter)[-MOST_COLUMNS:] if rows else ()


def columns_of(
    rows: Sequence[AdviceRow],
    context: ReportContext,
    width: float,
    height: float,
    annotations: Sequence[Annotation] = (),
) -> Columns:
    """The assessments by quarter and status, as a column chart of the last quarters."""
    by_quarter = {row.quarter: row for row in rows}
    drawn = [
        StackedQuarter(
            quarter.label,
            {
                status.value: SeriesValue(
                    Decimal(count),
                    f"{quarter}: {counted(count, 'assessment')} of {counted(row.clients[status], 'client')}, "
                    f"{words.lower()}",
                    context.drill(row.links[status]),
                )
                for status, words in ADVICE_STATUSES.items()
                if (row := by_quarter.get(quarter)) is not None and (count := row.count(status))
            },
        )
        for quarter in _quarters(rows)
    ]
    return lay_out("What became of assessments", [("", drawn)] if drawn else [], _PARTS, width, height, annotations)


def _stat(status: AdviceStatus, rows: Sequence[AdviceRow]) -> Stat:
    return Stat(ADVICE_STATUSES[status], f"{sum(row.count(status) for row in rows):,}", _NOTES[status])


def _row(row: AdviceRow, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(row.quarter.label, context.drill(row.link)),
        *(
            Cell(str(count), context.drill(row.links[status])) if (count := row.count(status)) else Cell("0")
            for status in AdviceStatus
        ),
        Cell("" if row.median_days is None else f"{row.median_days:g}"),
    )


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """What became of the assessments, by quarter."""
    rows = advice_report(snapshot, context.question).rows
    if not rows:
        return Card(Markup(), "No client was assessed in these quarters")
    layout = columns_of(rows, context, context.width, 230.0)
    every, followed = sum(row.assessments for row in rows), sum(row.followed for row in rows)
    return Card(
        macro("charts/columns.html", "columns_svg", layout, uid=context.uid),
        f"{followed} of {counted(every, 'assessment')} followed",
    )


def row_words(row: str, naming: Naming) -> str:
    """`Assessed in 2026-Q1, advice declined`."""
    quarter, status = row.split(".")
    became = "" if status == ANY else f", advice {ADVICE_STATUSES[AdviceStatus(status)].lower()}"
    return f"Assessed in {quarter}{became}"


def figure_words(figure: Figure) -> str:
    """`2 assessments`."""
    return counted(int(figure), "assessment")


PAGE = ReportPage(
    REPORT,
    "Advice",
    "Whether the advice of assessments was followed, by quarter",
    show,
    draw_card,
    row_words,
    figure_words=figure_words,
    last_day=as_of_day,
    own_kinds=("assessment_taken", "advice_declined"),
    empty="No client was assessed in these quarters. Record an assessment to see whether its advice is followed.",
)
