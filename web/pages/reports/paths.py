"""Paths report: the sequences of structures that clients went through, the most common first."""

from __future__ import annotations

from markupsafe import Markup

from projections.reports.by_client import Figure
from projections.reports.paths import REPORT, PathRow, paths
from projections.snapshot import Snapshot
from web.charts.paths import PathOf, lay_out
from web.charts.render import macro
from web.charts.survival import in_quarters
from web.charts.wording import STRUCTURES, counted
from web.components import Cell, Column, Stat
from web.kinds.page import Naming
from web.pages.reports.page import (
    NUMBERED,
    Card,
    RenderedReport,
    ReportContext,
    ReportPage,
    as_of_day,
    structure_words,
)

DRAWN = 20
_COLUMNS = (
    Column("Path"),
    Column("Clients", numeric=True),
    Column("Ended", numeric=True),
    Column("Median days to the last", numeric=True),
    Column("Median days in each step"),
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The paths of the filtered clients."""
    answer = paths(snapshot, context.question)
    layout = lay_out([_drawn(row, context) for row in answer.rows[:DRAWN]], context.width)
    sentences = ["Lanes begin on a client's first day; lengths are medians. Arrow: ongoing. Square: ended."]
    if answer.distinct > DRAWN:
        sentences.append(f"{counted(answer.distinct - DRAWN, 'rarer path')} not shown in the chart.")
    return RenderedReport(
        chart=macro("charts/paths.html", "paths", layout, context.uid, context.name("Paths")),
        table=macro(
            "pages/report_parts.html", "twin", _COLUMNS, [_row(row, context) for row in context.page_of(answer.rows)]
        ),
        kind="paths",
        layout=layout,
        sentence=" ".join(sentences),
        stats=_stats(answer.rows, answer.clients, answer.distinct, context),
        is_empty=not answer.rows,
        next=context.place_after(answer.distinct),
        position=context.position(answer.distinct),
    )


def _stats(rows: tuple[PathRow, ...], clients: int, distinct: int, context: ReportContext) -> list[Stat]:
    if not rows:
        return []
    first = rows[0]
    return [
        Stat("Clients", str(clients), "with at least one structure"),
        Stat("Different paths", str(distinct), ""),
        Stat("Most common", str(first.clients), path_title(first), context.drill(first.link)),
        Stat("Changed at least once", str(sum(row.clients for row in rows if len(row.path) > 1)), f"of {clients}"),
    ]


def path_title(row: PathRow) -> str:
    """`Unified, then Both fractional`."""
    return ", then ".join("away" if step is None else STRUCTURES[step].short for step in row.path)


def _drawn(row: PathRow, context: ReportContext) -> PathOf:
    return PathOf(row.path, row.step_days, row.clients, row.ended, context.drill(row.link))


def _row(row: PathRow, context: ReportContext) -> tuple[Cell, ...]:
    full = ", then ".join("not engaged" if step is None else STRUCTURES[step].name for step in row.path)
    return (
        Cell(full),
        Cell(str(row.clients), context.drill(row.link)),
        Cell(str(row.ended)),
        Cell(f"{row.median_days:g}", note=f"{in_quarters(row.median_days)} quarters" if row.median_days else ""),
        Cell(", ".join(f"{days:g}" for days in row.step_days)),
    )


CARD_ROWS = 6


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The most common paths."""
    answer = paths(snapshot, context.question, limit=CARD_ROWS)
    layout = lay_out([_drawn(row, context) for row in answer.rows], context.width)
    return Card(
        macro("charts/paths.html", "paths_svg", layout, uid=context.uid) if answer.rows else Markup(),
        f"{counted(answer.distinct, 'path')} of {counted(answer.clients, 'client')}" if answer.rows else "",
    )


def row_words(row: str, naming: Naming) -> str:
    """`Path: Unified, fractional, then Both fractional`."""
    return "Path: " + ", then ".join(structure_words(part) for part in row.split("."))


def figure_words(figure: Figure) -> str:
    """The days to the last structure."""
    return f"{figure} days"


PAGE = ReportPage(
    REPORT,
    "Paths",
    "Sequences of structures, and how long each step took",
    show,
    draw_card,
    row_words,
    place=NUMBERED,
    is_wide=True,
    empty="There are no paths yet. They appear once an engagement has a structure.",
    figure_words=figure_words,
    last_day=as_of_day,
)
