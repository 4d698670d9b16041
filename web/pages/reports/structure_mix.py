"""Structure mix report: the number of clients with each structure, by quarter."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from projections.reports.by_client import Figure
from projections.reports.structure_mix import REPORT, MixRow, structure_mix
from projections.snapshot import Snapshot
from web.charts.annotations import Annotation
from web.charts.columns import BY_STRUCTURE, Columns, SeriesValue, StackedQuarter, lay_out
from web.charts.render import macro
from web.charts.wording import ORDER, STRUCTURES, counted
from web.components import Cell, Column
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import (
    Card,
    RenderedReport,
    ReportContext,
    ReportPage,
    structure_words,
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The mix of these quarters."""
    rows = structure_mix(snapshot, context.question).rows
    explained = annotations_of(snapshot, context, context.question.quarters)
    layout = mix_of(rows, context, context.width, 340.0, explained.marks)
    return RenderedReport(
        chart=macro("charts/columns.html", "columns", layout, context.uid, context.name(layout.name)),
        table=macro("pages/report_parts.html", "twin", *_table(rows, context)),
        kind="columns",
        layout=layout,
        is_empty=not rows,
        annotations=explained.rows,
    )


def mix_of(
    rows: Sequence[MixRow],
    context: ReportContext,
    width: float,
    height: float,
    annotations: Sequence[Annotation] = (),
) -> Columns:
    """The mix as a chart."""
    engaged = _engaged(rows)
    pieces: dict[str, dict[str, SeriesValue]] = defaultdict(dict)
    for row in rows:
        planned, whole = ", planned" if row.planned else "", counted(engaged[row.quarter.label], "client")
        pieces[row.quarter.label][row.structure.value] = SeriesValue(
            Decimal(row.clients),
            f"{row.quarter}{planned}: {row.clients} of {whole}, {STRUCTURES[row.structure].name}",
            context.drill(row.link),
        )
    quarters = [
        StackedQuarter(quarter.label, pieces[quarter.label], quarter.start > context.question.as_of)
        for quarter in context.question.quarters
    ]
    return lay_out("Structure mix", [("", quarters)], BY_STRUCTURE, width, height, annotations)


def _engaged(rows: Sequence[MixRow]) -> Counter[str]:
    """The number of engaged clients at each quarter's end."""
    engaged: Counter[str] = Counter()
    for row in rows:
        engaged[row.quarter.label] += row.clients
    return engaged


def _table(rows: Sequence[MixRow], context: ReportContext) -> tuple[tuple[Column, ...], list[tuple[Cell, ...]]]:
    """A table with a row for each quarter and a column for each structure that occurs."""
    by_cell = {(row.quarter, row.structure): row for row in rows}
    engaged = _engaged(rows)
    structures = [structure for structure in ORDER if any(row.structure is structure for row in rows)]
    labels = (*(STRUCTURES[structure].short for structure in structures), "All")
    cells = []
    for quarter in context.question.quarters:
        figures = [by_cell.get((quarter, structure)) for structure in structures]
        cells.append(
            (
                Cell(quarter.label, note="planned" if quarter.start > context.question.as_of else ""),
                *(Cell(str(row.clients), context.drill(row.link)) if row else Cell("0") for row in figures),
                Cell(str(engaged[quarter.label])),
            )
        )
    return (Column("Quarter", short=True), *(Column(label, numeric=True) for label in labels)), cells


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The mix as a small chart, and the number of engaged clients."""
    rows = structure_mix(snapshot, context.question).rows
    last = context.question.bounds[1]
    return Card(
        macro("charts/columns.html", "columns_svg", mix_of(rows, context, context.width, 230.0), uid=context.uid)
        if rows
        else Markup(),
        f"{counted(_engaged(rows)[last.label], 'client')} in {last}" if rows else "",
    )


def row_words(row: str, naming: Naming) -> str:
    """`Engaged at the end of 2026-Q1`."""
    return f"Engaged at the end of {row}"


def figure_words(figure: Figure) -> str:
    """The client's structure."""
    return structure_words(str(figure))


PAGE = ReportPage(
    REPORT,
    "Structure mix",
    "Clients by structure at the end of each quarter",
    show,
    draw_card,
    row_words,
    figure_words=figure_words,
    no_figure="not engaged",
    joins_quarters=True,
    shortcut="r",
)
