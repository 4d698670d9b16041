"""Transitions: who moved from which structure to which, as a river of quarter ends and as exact moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from markupsafe import Markup

from domain.quarters import Quarter, quarter_of, quarters_between
from projections.reports.flows import FlowRow, State, flows, link_to_state
from projections.reports.transitions import TransitionRow, transitions
from projections.snapshot import Snapshot
from web.charts.flow import Flow, FlowLink, lay_out
from web.charts.painting import macro
from web.charts.wording import STRUCTURES, counted
from web.pages.reports.report import Asked, Card, Report, Shown
from web.parts import Cell, Column

MOST_COLUMNS = 9
_COLUMNS = (
    Column("Quarter"),
    Column("From"),
    Column("To"),
    Column("Clients", numeric=True),
    Column("Moves", numeric=True),
)


def show(snapshot: Snapshot, asked: Asked) -> Shown:
    """The moves of these quarters, up to the day."""
    given = asked.parameters
    last = min(given.last, quarter_of(given.as_of, given.last.fiscal_year_start_month))
    first = min(given.first, last)
    moves = transitions(snapshot, replace(given, first=first, last=last))
    columns = columns_of(first.previous, last)
    rows = flows(snapshot, given, columns)
    layout = lay_out(
        [column.label for column in columns],
        [FlowLink(row.place, row.before, row.after, row.clients, asked.drill(row.link)) for row in rows],
        asked.width,
        ways=dict(_ways(columns, rows, asked)),
    )
    return Shown(
        chart=macro("charts/flow.html", "flow", layout, asked.uid, asked.name("Transitions between structures")),
        table=macro("pages/report_parts.html", "twin", _COLUMNS, [_row(row, asked) for row in moves.rows]),
        kind="flow",
        layout=layout,
        sentence=(
            "Bands lead from one quarter's end to the next; the table counts every single move, "
            "also those that were undone within a quarter."
        ),
        is_empty=not layout.links,
    )


def columns_of(first: Quarter, last: Quarter) -> tuple[Quarter, ...]:
    """The quarters whose ends are columns: all where they are few, otherwise the first, each year's last, the last."""
    quarters = quarters_between(first, last)
    if len(quarters) <= MOST_COLUMNS:
        return quarters
    return tuple(q for place, q in enumerate(quarters) if q.number == 4 or place in (0, len(quarters) - 1))


def _ways(
    columns: tuple[Quarter, ...], rows: tuple[FlowRow, ...], asked: Asked
) -> Iterator[tuple[tuple[int, State], str]]:
    """The addresses of the clients that are in a state at a quarter's end."""
    for row in rows:
        for place, state in ((row.place, row.before), (row.place + 1, row.after)):
            yield (place, state), asked.drill(link_to_state(asked.parameters, columns, place, state))


def _row(row: TransitionRow, asked: Asked) -> tuple[Cell, ...]:
    return (
        Cell(row.quarter.label),
        Cell(STRUCTURES[row.before].name if row.before else "Not engaged"),
        Cell(STRUCTURES[row.after].name if row.after else "Engagement over"),
        Cell(str(row.clients), asked.drill(row.link)),
        Cell(str(row.times)),
    )


GLANCED = 4


def glance(snapshot: Snapshot, asked: Asked) -> Card:
    """The river of the last quarters."""
    first = asked.parameters.last
    for _ in range(GLANCED - 1):
        first = first.previous
    shown = show(snapshot, replace(asked, parameters=replace(asked.parameters, first=first)))
    layout = shown.layout
    moves = sum(link.clients for link in layout.links if link.source != link.target) if isinstance(layout, Flow) else 0
    return Card(
        Markup() if shown.is_empty else macro("charts/flow.html", "flow_svg", layout, uid=asked.uid),
        "" if shown.is_empty else f"{counted(moves, 'move')} since {first}",
    )


REPORT = Report(
    "transitions",
    "Transitions",
    "Who moved from which structure to which, and when?",
    show,
    glance,
    is_wide=True,
)
