"""Client-by-quarter report: one row with the structures of each client."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from markupsafe import Markup

from projections.reports.quarter_grid import REPORT, quarter_grid
from projections.snapshot import Snapshot
from web.charts.grid import GridRow, lay_out
from web.charts.render import macro
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import (
    Card,
    RenderedReport,
    ReportContext,
    ReportPage,
)
from web.pages.reports.structure_mix import figure_words, row_words
from web.pages.urls import client_address


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The grid of these quarters, one page of clients."""
    question = context.question
    answer = quarter_grid(snapshot, question, limit=context.limit, after=context.after)
    quarters = question.quarters
    planned = next((place for place, q in enumerate(quarters) if q.start > question.as_of), None)
    rows = [
        GridRow(
            row.name,
            tuple(cell.structure for cell in row.cells),
            None if context.has_no_links else client_address(row.slug, **context.times),
        )
        for row in answer.rows
    ]
    explained = annotations_of(snapshot, context, quarters)
    layout = lay_out([quarter.label for quarter in quarters], rows, planned, context.width, explained.marks)
    return RenderedReport(
        chart=macro("charts/grid.html", "grid", layout, context.uid, context.name("Structures by client and quarter")),
        table=macro("charts/grid.html", "grid_table", layout),
        kind="grid",
        layout=layout,
        is_empty=not rows,
        next=answer.next,
        annotations=explained.rows,
    )


CARD_ROWS = 8


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The first clients of the grid."""
    shown = show(snapshot, replace(context, limit=CARD_ROWS))
    layout = shown.layout
    return Card(
        Markup() if shown.is_empty else macro("charts/grid.html", "grid_svg", layout, uid=context.uid),
        "" if shown.is_empty else f"The first {CARD_ROWS}, by name" if shown.next else "Every client",
    )


PAGE = ReportPage(
    REPORT,
    "Client by quarter",
    "The structure of each client at the end of each quarter",
    show,
    draw_card,
    row_words,
    place=(str, UUID),
    is_wide=True,
    figure_words=figure_words,
    no_figure="not engaged",
    joins_quarters=True,
    shortcut="q",
)
