"""Revenue: the monthly fees in force, by quarter; each currency for itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from domain.quarters import Quarter, quarter_of
from projections.reports.revenue import Hats, RevenueRow, revenue
from projections.reports.scope import ANY
from projections.snapshot import Snapshot
from web.charts.columns import BY_STRUCTURE, Columns, Part, Piece, StackedQuarter, lay_out
from web.charts.painting import macro
from web.charts.wording import STRUCTURES, counted
from web.pages.reports.report import Asked, Card, Own, Report, Shown
from web.pages.telling import amount_text
from web.parts import Cell, Choice, Column, Stat

HATS = {Hats.TECHNOLOGY: "Technology seat", Hats.AI: "AI seat", Hats.BOTH: "One seat, both hats"}
_PAINTS = {Hats.TECHNOLOGY: "technology", Hats.AI: "ai", Hats.BOTH: "both"}
_BY_HATS = tuple(Part(hats.value, words, _PAINTS[hats]) for hats, words in HATS.items())
_COLUMNS = (
    Column("Quarter", short=True),
    Column("Structure"),
    Column("For"),
    Column("Currency"),
    Column("Fees", numeric=True),
    Column("So far", numeric=True),
    Column("Clients", numeric=True),
)


def show(snapshot: Snapshot, asked: Asked) -> Shown:
    """The fees of these quarters, a panel a currency."""
    rows = revenue(snapshot, asked.parameters).rows
    layout = panels_of(rows, asked, asked.width, 260.0)
    return Shown(
        chart=macro("charts/columns.html", "columns", layout, asked.uid, asked.name(layout.name)),
        table=macro("pages/report_parts.html", "twin", _COLUMNS, [_row(row, asked) for row in rows]),
        kind="columns",
        layout=layout,
        sentence=(
            "A month's fee counts by days, those of a pause left out. A seat is paid once, also for two hats. "
            "Amounts of two currencies are never added; each panel has its own measure."
        ),
        stats=_stats(rows, asked),
        is_empty=not rows,
    )


def panels_of(rows: Sequence[RevenueRow], asked: Asked, width: float, height: float) -> Columns:
    """The fees as a drawing of a size, in the parts that were asked for."""
    by_hats = asked.own.get("parts") == "function"
    currencies = sorted({row.currency for row in rows})
    grouped: dict[tuple[str, Quarter, str], list[RevenueRow]] = defaultdict(list)
    for row in rows:
        grouped[row.currency, row.quarter, (row.function if by_hats else row.structure).value].append(row)
    parts = _BY_HATS if by_hats else BY_STRUCTURE
    panels = []
    for currency in currencies:
        quarters = []
        for quarter in asked.parameters.quarters:
            pieces = {
                part.key: _piece(grouped[currency, quarter, part.key], part, asked)
                for part in parts
                if (currency, quarter, part.key) in grouped
            }
            quarters.append(StackedQuarter(quarter.label, pieces, quarter.start > asked.parameters.as_of))
        panels.append((currency, quarters))
    return lay_out("Fees by quarter", panels, parts, width, height)


def _piece(rows: Sequence[RevenueRow], part: Part, asked: Asked) -> Piece:
    """The rows of one block, and the way to the clients of all of them."""
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
    return Piece(amount, words, asked.drill({**first.link, "row": ".".join(named)}))


def _one_or_any(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ANY


def _stats(rows: Sequence[RevenueRow], asked: Asked) -> list[Stat]:
    parameters = asked.parameters
    now = quarter_of(parameters.as_of, parameters.last.fiscal_year_start_month)
    quarter = now if parameters.first <= now <= parameters.last else parameters.last
    stats = []
    for currency in sorted({row.currency for row in rows}):
        those = [row for row in rows if row.currency == currency and row.quarter == quarter]
        amount = sum((row.amount for row in those), Decimal())
        so_far = sum((row.to_date for row in those), Decimal())
        before = sum((r.amount for r in rows if r.currency == currency and r.quarter == quarter.previous), Decimal())
        note = f"{amount_text(so_far)} so far" if so_far != amount else f"{amount_text(before)} the quarter before"
        stats.append(Stat(f"{currency} in {quarter}", amount_text(amount), note))
    return stats


def _row(row: RevenueRow, asked: Asked) -> tuple[Cell, ...]:
    return (
        Cell(row.quarter.label, note="planned" if row.planned else ""),
        Cell(STRUCTURES[row.structure].name),
        Cell(HATS[row.function]),
        Cell(row.currency),
        Cell(amount_text(row.amount)),
        Cell(amount_text(row.to_date)),
        Cell(str(row.clients), asked.drill(row.link)),
    )


def glance(snapshot: Snapshot, asked: Asked) -> Card:
    """The fees in the currency that most clients pay in, and what they come to in each."""
    rows = revenue(snapshot, asked.parameters).rows
    if not rows:
        return Card(Markup(), "")
    last = {
        currency: sum(
            (row.amount for row in rows if row.currency == currency and row.quarter == asked.parameters.last), Decimal()
        )
        for currency in sorted({row.currency for row in rows})
    }
    common = max(last, key=lambda currency: sum(row.clients for row in rows if row.currency == currency))
    layout = panels_of([row for row in rows if row.currency == common], asked, asked.width, 230.0)
    return Card(
        macro("charts/columns.html", "columns_svg", layout, uid=asked.uid),
        ", ".join(f"{amount_text(amount)} {currency}" for currency, amount in last.items()),
    )


REPORT = Report(
    "revenue",
    "Revenue",
    "What do the fees in force come to, quarter by quarter?",
    show,
    glance,
    own=(
        Own(
            "parts",
            "Parts",
            (Choice("structure", "By structure"), Choice("function", "By function")),
            "structure",
            is_way=True,
            is_asked=False,
        ),
    ),
    empty="No fee is on record in these quarters. A monthly fee is agreed when a seat is filled, or when terms change.",
)
