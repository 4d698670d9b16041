"""Transitions report: a flow chart between quarter ends, and a table of all moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from markupsafe import Markup

from domain.quarters import Quarter, quarter_of, quarters_between
from domain.seats import Structure
from projections.reports.by_client import ANY
from projections.reports.flows import FlowRow, Outside, State, flows, link_to_state
from projections.reports.transitions import REPORT, TransitionRow, transitions
from projections.snapshot import Snapshot
from web.charts.flow import Flow, FlowLink, lay_out, state_words
from web.charts.render import macro
from web.charts.wording import STRUCTURES, counted
from web.components import Cell, Column
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.annotations import row_words as group_row_words
from web.pages.reports.page import (
    NUMBERED,
    Card,
    RenderedReport,
    ReportContext,
    ReportPage,
    as_of_day,
    structure_words,
)

MOST_COLUMNS = 9
_COLUMNS = (
    Column("Quarter"),
    Column("From"),
    Column("To"),
    Column("Clients", numeric=True),
    Column("Moves", numeric=True),
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The moves of these quarters, up to the day."""
    question = context.question
    first, last = question.bounds
    last = min(last, quarter_of(question.as_of, question.fiscal_year_start_month))
    first = min(first, last)
    moves = transitions(snapshot, replace(question, first=first, last=last))
    columns = columns_of(first.previous, last)
    rows = flows(snapshot, question, columns)
    listed = sorted(moves.rows, key=lambda row: (row.quarter.start, row.clients), reverse=True)
    explained = annotations_of(snapshot, context, quarters_between(first, last))
    layout = lay_out(
        [column.label for column in columns],
        [FlowLink(row.place, row.before, row.after, row.clients, context.drill(row.link)) for row in rows],
        context.width,
        node_links=dict(_node_links(columns, rows, context)),
        annotations=explained.marks,
        between_columns=[
            [quarter.label for quarter in quarters_between(before.next, after)] for before, after in pairwise(columns)
        ],
    )
    return RenderedReport(
        chart=macro("charts/flow.html", "flow", layout, context.uid, context.name("Transitions between structures")),
        table=macro(
            "pages/report_parts.html", "twin", _COLUMNS, [_row(row, context) for row in context.page_of(listed)]
        ),
        kind="flow",
        layout=layout,
        sentence=(
            "Bands lead from one quarter's end to the next; the table counts every move, "
            "including those reversed within a quarter."
            + (f" Bands of fewer than {layout.least_drawn} clients are not drawn." if layout.has_thin_bands else "")
        ),
        is_empty=not layout.links,
        next=context.place_after(len(listed)),
        position=context.position(len(listed)),
        annotations=explained.rows,
    )


def columns_of(first: Quarter, last: Quarter) -> tuple[Quarter, ...]:
    """The quarters shown as columns: all if they fit, otherwise the first, each fourth quarter and the last."""
    quarters = quarters_between(first, last)
    if len(quarters) <= MOST_COLUMNS:
        return quarters
    return tuple(q for place, q in enumerate(quarters) if q.number == 4 or place in (0, len(quarters) - 1))


def _node_links(
    columns: tuple[Quarter, ...], rows: tuple[FlowRow, ...], context: ReportContext
) -> Iterator[tuple[tuple[int, State], str]]:
    """The URLs of the clients in each state at each quarter's end."""
    for row in rows:
        for place, state in ((row.place, row.before), (row.place + 1, row.after)):
            yield (place, state), context.drill(link_to_state(context.question, columns, place, state))


def _row(row: TransitionRow, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(row.quarter.label),
        Cell(STRUCTURES[row.before].name if row.before else "Not engaged"),
        Cell(STRUCTURES[row.after].name if row.after else "Engagement ended"),
        Cell(str(row.clients), context.drill(row.link)),
        Cell(str(row.times)),
    )


CARD_QUARTERS = 4


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The flow chart of the last quarters."""
    first = context.question.bounds[1]
    for _ in range(CARD_QUARTERS - 1):
        first = first.previous
    shown = show(snapshot, replace(context, question=replace(context.question, first=first)))
    layout = shown.layout
    moves = sum(link.clients for link in layout.links if link.source != link.target) if isinstance(layout, Flow) else 0
    return Card(
        Markup() if shown.is_empty else macro("charts/flow.html", "flow_svg", layout, uid=context.uid),
        "" if shown.is_empty else f"{counted(moves, 'move')} since {first}",
    )


def row_words(row: str, naming: Naming) -> str:
    """`2026-Q1: Not engaged to AI only`, `2026-Q1: splits`, or `Not engaged at the end of 2026-Q1, ...`."""
    parts = row.split(".")
    if len(parts) == 2:
        return group_row_words(parts[1], parts[0])
    if len(parts) == 3:
        quarter, before, after = parts
        return f"{quarter}: {structure_words(before)} to {structure_words(after, 'Engagement ended')}"
    named = zip(parts[::2], parts[1::2], strict=True)
    return ", ".join(
        f"{state_words(_state(state))} at the end of {quarter}" for quarter, state in named if state != ANY
    )


def _state(name: str) -> State:
    return Outside(name) if name in set(Outside) else Structure(name)


PAGE = ReportPage(
    REPORT,
    "Transitions",
    "Moves between structures, by quarter",
    show,
    draw_card,
    row_words,
    place=NUMBERED,
    is_wide=True,
    last_day=as_of_day,
    shortcut="t",
)
