"""The client-by-quarter grid: every client's evolution in one row."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from markupsafe import Markup

from domain.quarters import quarters_between
from projections.reports.quarter_grid import quarter_grid
from projections.snapshot import Snapshot
from web.charts.grid import GridRow, lay_out
from web.charts.painting import macro
from web.pages.addresses import client_address
from web.pages.reports.report import Asked, Card, Report, Shown


def show(snapshot: Snapshot, asked: Asked) -> Shown:
    """The grid of these quarters, a page of clients."""
    parameters = asked.parameters
    answer = quarter_grid(snapshot, parameters, limit=asked.limit, after=asked.after)
    quarters = quarters_between(parameters.first, parameters.last)
    planned = next((place for place, q in enumerate(quarters) if q.start > parameters.as_of), None)
    rows = [
        GridRow(
            row.name,
            tuple(cell.structure for cell in row.cells),
            None if asked.is_still else client_address(row.slug, **asked.times),
        )
        for row in answer.rows
    ]
    layout = lay_out([quarter.label for quarter in quarters], rows, planned, asked.width)
    return Shown(
        chart=macro("charts/grid.html", "grid", layout, asked.uid, asked.name("Structures by client and quarter")),
        table=macro("charts/grid.html", "grid_table", layout),
        kind="grid",
        layout=layout,
        is_empty=not rows,
        next=answer.next,
    )


GLANCED = 8


def glance(snapshot: Snapshot, asked: Asked) -> Card:
    """The first clients of the grid."""
    shown = show(snapshot, replace(asked, limit=GLANCED))
    layout = shown.layout
    return Card(
        Markup() if shown.is_empty else macro("charts/grid.html", "grid_svg", layout, uid=asked.uid),
        "" if shown.is_empty else f"The first {GLANCED}, by name" if shown.next else "Every client",
    )


REPORT = Report(
    "quarter-grid",
    "Client by quarter",
    "How did each client get here, quarter by quarter?",
    show,
    glance,
    place=(str, UUID),
    is_wide=True,
)
