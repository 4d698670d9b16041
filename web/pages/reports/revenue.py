"""Revenue report: monthly fees by quarter, each currency separately."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from domain.quarters import Quarter, quarter_of
from projections.reports.by_client import ANY, Figure
from projections.reports.revenue import REPORT, Hats, RevenueRow, revenue
from projections.snapshot import Snapshot
from web.charts.annotations import Annotation
from web.charts.columns import BY_STRUCTURE, Columns, Series, SeriesValue, StackedQuarter, lay_out
from web.charts.render import macro
from web.charts.wording import STRUCTURES, counted
from web.components import Cell, Choice, Column, Stat
from web.formatting import amount_text
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import (
    Card,
    RenderedReport,
    ReportContext,
    ReportOption,
    ReportPage,
    structure_words,
)

HATS = {Hats.TECHNOLOGY: "Technology seat", Hats.AI: "AI seat", Hats.BOTH: "Unified seat"}
_PAINTS = {Hats.TECHNOLOGY: "technology", Hats.AI: "ai", Hats.BOTH: "both"}
_BY_HATS = tuple(Series(hats.value, words, _PAINTS[hats]) for hats, words in HATS.items())
_COLUMNS = (
    Column("Quarter", short=True),
    Column("Structure"),
    Column("For"),
    Column("Currency"),
    Column("Fees", numeric=True),
    Column("So far", numeric=True),
    Column("Clients", numeric=True),
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The fees of these quarters, one panel for each currency."""
    rows = revenue(snapshot, context.question).rows
    explained = annotations_of(snapshot, context, context.question.quarters)
    layout = panels_of(rows, context, context.width, 260.0, explained.marks)
    return RenderedReport(
        chart=macro("charts/columns.html", "columns", layout, context.uid, context.name(layout.name)),
        table=macro("pages/report_parts.html", "twin", _COLUMNS, [_row(row, context) for row in rows]),
        kind="columns",
        layout=layout,
        sentence=(
            "Fees are counted by day, without paused days. A unified seat is charged once. "
            "Currencies are never added; each currency has its own scale."
        ),
        stats=_stats(rows, context),
        is_empty=not rows,
        annotations=explained.rows,
    )


def panels_of(
    rows: Sequence[RevenueRow],
    context: ReportContext,
    width: float,
    height: float,
    annotations: Sequence[Annotation] = (),
) -> Columns:
    """The fees as a column chart, stacked by structure or by seat (option `parts`)."""
    by_hats = context.options.get("parts") == "function"
    currencies = sorted({row.currency for row in rows})
    grouped: dict[tuple[str, Quarter, str], list[RevenueRow]] = defaultdict(list)
    for row in rows:
        grouped[row.currency, row.quarter, (row.function if by_hats else row.structure).value].append(row)
    parts = _BY_HATS if by_hats else BY_STRUCTURE
    panels = []
    for currency in currencies:
        quarters = []
        for quarter in context.question.quarters:
            pieces = {
                part.key: _segment(grouped[currency, quarter, part.key], part, context)
                for part in parts
                if (currency, quarter, part.key) in grouped
            }
            quarters.append(StackedQuarter(quarter.label, pieces, quarter.start > context.question.as_of))
        panels.append((currency, quarters))
    return lay_out("Fees by quarter", panels, parts, width, height, annotations)


def _segment(rows: Sequence[RevenueRow], part: Series, context: ReportContext) -> SeriesValue:
    """One block of a column, linked to the clients of its rows."""
    amount, so_far = sum((row.amount for row in rows), Decimal()), sum((row.to_date for row in rows), Decimal())
    first = rows[0]
    words = f"{first.quarter}: {amount_text(amount)} {first.currency}, {part.words}"
    if len(rows) == 1:
        words += f", {counted(first.clients, 'client')}"
    if first.planned:
        words += ", planned"
    elif so_far != amount:
        words += f", {amount_text(so_far)} so far"
    structures, hats = ({row.structure.value for row in rows}, {row.function.value for row in rows})
    named = (first.quarter.label, _one_or_any(structures), _one_or_any(hats), first.currency)
    return SeriesValue(amount, words, context.drill({**first.link, "row": ".".join(named)}))


def _one_or_any(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ANY


def _stats(rows: Sequence[RevenueRow], context: ReportContext) -> list[Stat]:
    question = context.question
    first, last = question.bounds
    now = quarter_of(question.as_of, question.fiscal_year_start_month)
    quarter = now if first <= now <= last else last
    stats = []
    for currency in sorted({row.currency for row in rows}):
        those = [row for row in rows if row.currency == currency and row.quarter == quarter]
        amount = sum((row.amount for row in those), Decimal())
        so_far = sum((row.to_date for row in those), Decimal())
        before = sum((r.amount for r in rows if r.currency == currency and r.quarter == quarter.previous), Decimal())
        note = f"{amount_text(so_far)} so far" if so_far != amount else f"{amount_text(before)} the quarter before"
        stats.append(Stat(f"{currency} in {quarter}", amount_text(amount), note))
    return stats


def _row(row: RevenueRow, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(row.quarter.label, note="planned" if row.planned else ""),
        Cell(STRUCTURES[row.structure].name),
        Cell(HATS[row.function]),
        Cell(row.currency),
        Cell(amount_text(row.amount)),
        Cell(amount_text(row.to_date)),
        Cell(str(row.clients), context.drill(row.link)),
    )


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The fees in the most common currency as a chart, and the total in each currency as text."""
    rows = revenue(snapshot, context.question).rows
    if not rows:
        return Card(Markup(), "")
    last = {
        currency: sum(
            (row.amount for row in rows if row.currency == currency and row.quarter == context.question.last), Decimal()
        )
        for currency in sorted({row.currency for row in rows})
    }
    common = max(last, key=lambda currency: sum(row.clients for row in rows if row.currency == currency))
    layout = panels_of([row for row in rows if row.currency == common], context, context.width, 230.0)
    return Card(
        macro("charts/columns.html", "columns_svg", layout, uid=context.uid),
        ", ".join(f"{amount_text(amount)} {currency}" for currency, amount in last.items()),
    )


def row_words(row: str, naming: Naming) -> str:
    """`Fees in 2026-Q1: Unified, fractional, AI seat, USD`."""
    quarter, structure, hats, currency = row.split(".")
    words = "any structure" if structure == ANY else structure_words(structure)
    return f"Fees in {quarter}: {words}, {'any seat' if hats == ANY else HATS[Hats(hats)]}, {currency}"


def figure_words(figure: Figure) -> str:
    """What a client pays."""
    return amount_text(Decimal(figure))


PAGE = ReportPage(
    REPORT,
    "Revenue",
    "Fees by quarter",
    show,
    draw_card,
    row_words,
    options=(
        ReportOption(
            "parts",
            "Parts",
            (Choice("structure", "By structure"), Choice("function", "By function")),
            "structure",
            is_segmented=True,
            in_api=False,
        ),
    ),
    empty="No fee is on record in these quarters. A monthly fee is agreed when a seat is filled, or when terms change.",
    figure_words=figure_words,
)
