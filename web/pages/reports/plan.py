"""Plan report: future transitions, exits and due dates, and what is overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from markupsafe import Markup

from domain.due_dates import DueKind
from domain.quarters import Quarter, quarters_between
from domain.seats import Structure
from projections.reports.by_client import ANY
from projections.reports.move_groups import GROUPS
from projections.reports.plan import OVERDUE, REPORT, ClientDue, DueRow, OverdueRow, Plan, PlanRow, plan
from projections.reports.planned_moves import PlannedMove
from projections.snapshot import Snapshot
from web.charts.annotations import Annotation
from web.charts.columns import Columns, Series, SeriesValue, StackedQuarter, lay_out
from web.charts.render import macro
from web.charts.wording import STRUCTURES, counted, day_words
from web.components import Cell, Column, Stat
from web.kinds.page import Naming
from web.pages.clients.deliverables import DUE
from web.pages.reports.annotations import annotations_of
from web.pages.reports.annotations import row_words as group_row_words
from web.pages.reports.page import (
    NUMBERED,
    ROWS,
    Card,
    RenderedReport,
    ReportContext,
    ReportPage,
    no_last_day,
    structure_words,
)
from web.pages.urls import client_address, milestone_address

MOST_COLUMNS = 24
LEFT = "left"
NOTHING_PLANNED = "Nothing is planned. Milestones with a future date appear here until that day."
_PARTS = (
    Series(LEFT, "Engagement ended", LEFT),
    *(Series(structure.value, f"To: {words.name}", structure) for structure, words in STRUCTURES.items()),
)
_COLUMNS = (
    Column("Quarter", short=True),
    Column("From"),
    Column("To"),
    Column("First on"),
    Column("Clients", numeric=True),
    Column("Moves", numeric=True),
)
_DUE_COLUMNS = (
    Column("Quarter", short=True),
    Column("Due"),
    Column("First on"),
    Column("Clients", numeric=True),
    Column("Due dates", numeric=True),
)
_OVERDUE_COLUMNS = (
    Column("Overdue"),
    Column("Since", short=True),
    Column("Clients", numeric=True),
    Column("Due dates", numeric=True),
)
_DUE = (Column("On", short=True), Column("Client"), Column("Due"))
_OVERDUE = (Column("Was due on", short=True), Column("Client"), Column("Overdue"))
_MOVES = (Column("On", short=True), Column("Client"), Column("From"), Column("To"))


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The plans after the day."""
    answer = plan(snapshot, context.question, moves=context.rows_before + ROWS)
    counts = [_times(rows) for rows in (answer.rows, answer.due_rows, answer.overdue_rows)]
    explained = annotations_of(snapshot, context, _quarters(answer.rows))
    layout = columns_of(answer.rows, context, context.width, 240.0, explained.marks)
    return RenderedReport(
        chart=(
            macro("charts/columns.html", "columns", layout, context.uid, context.name(layout.name), False)
            if answer.rows
            else Markup()
        ),
        table=Markup("").join((*_move_tables(answer, context), *_due_tables(answer, context))),
        kind="columns",
        layout=layout,
        sentence=(
            "A milestone with a future date is a plan until that day. Correct it to move it; retract it to remove it."
            if answer.rows
            else NOTHING_PLANNED
        ),
        stats=_stats(answer),
        is_empty=not answer.rows and not answer.due_rows and not answer.overdue_rows,
        next=context.place_after(*counts),
        annotations=explained.rows,
    )


def _times(rows: Iterable[PlanRow | DueRow | OverdueRow]) -> int:
    return sum(row.times for row in rows)


def _move_tables(answer: Plan, context: ReportContext) -> Iterator[Markup]:
    moves = [_move(move, context) for move in context.page_of(answer.moves)]
    yield from _twin(_MOVES, moves, _caption("Moves, soonest first", _times(answer.rows), context))
    rows = [_row(row, context) for row in context.page_of(answer.rows)]
    yield from _twin(_COLUMNS, rows, _caption("Moves by quarter", len(answer.rows), context))


def _due_tables(answer: Plan, context: ReportContext) -> Iterator[Markup]:
    due = [_due(one, context) for one in context.page_of(answer.due)]
    yield from _twin(_DUE, due, _caption("Due dates, soonest first", _times(answer.due_rows), context))
    due_rows = [_due_row(row, context) for row in context.page_of(answer.due_rows)]
    yield from _twin(_DUE_COLUMNS, due_rows, _caption("Due dates by quarter", len(answer.due_rows), context))
    kinds = [_overdue_row(row, context) for row in context.page_of(answer.overdue_rows)]
    yield from _twin(_OVERDUE_COLUMNS, kinds, "Overdue")
    overdue = [_due(one, context) for one in context.page_of(answer.overdue)]
    yield from _twin(_OVERDUE, overdue, _caption("Overdue, latest first", _times(answer.overdue_rows), context))


def _caption(words: str, count: int, context: ReportContext) -> str:
    """The name of a table, with the rows of this page if there are more."""
    position = context.position(count)
    return f"{words}: {position}" if position else words


def _twin(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], caption: str) -> Iterator[Markup]:
    """A table, if the page has rows of it."""
    if rows:
        yield macro("pages/report_parts.html", "twin", columns, rows, caption)


def _quarters(rows: Sequence[PlanRow]) -> Sequence[Quarter]:
    """The quarters of the chart: from the first with a planned move to the last, unless those are too many."""
    return quarters_between(rows[0].quarter, rows[-1].quarter)[:MOST_COLUMNS] if rows else ()


def columns_of(
    rows: Sequence[PlanRow],
    context: ReportContext,
    width: float,
    height: float,
    annotations: Sequence[Annotation] = (),
) -> Columns:
    """The moves by quarter and target structure, as a column chart."""
    grouped: dict[tuple[Quarter, str], list[PlanRow]] = defaultdict(list)
    for row in rows:
        grouped[row.quarter, row.after.value if row.after else LEFT].append(row)
    drawn = [
        StackedQuarter(
            quarter.label,
            {
                part.key: _segment(grouped[quarter, part.key], context)
                for part in _PARTS
                if (quarter, part.key) in grouped
            },
        )
        for quarter in _quarters(rows)
    ]
    return lay_out("Planned moves by quarter", [("", drawn)] if drawn else [], _PARTS, width, height, annotations)


def _segment(rows: Sequence[PlanRow], context: ReportContext) -> SeriesValue:
    moves = sum(row.times for row in rows)
    moves_text = "; ".join(f"{counted(row.clients, 'client')} {_from(row)} {_to(row)}" for row in rows)
    first = rows[0]
    before = _name(first.before) if len(rows) == 1 else ANY
    row = f"{first.quarter}.{before}.{_name(first.after)}"
    return SeriesValue(Decimal(moves), f"{first.quarter}: {moves_text}", context.drill({**first.link, "row": row}))


def _name(structure: Structure | None) -> str:
    return structure.value if structure else "null"


def _stats(answer: Plan) -> list[Stat]:
    stats = []
    rows = answer.rows
    if rows:
        first = answer.moves[0]
        stats += [
            Stat(
                "Moves planned",
                str(sum(row.times for row in rows)),
                f"in {counted(len({r.quarter for r in rows}), 'quarter')}",
            ),
            Stat("Exits", str(sum(row.times for row in rows if row.after is None)), "engagements that will end"),
            Stat("Next", day_words(first.on), first.name),
        ]
    if answer.due:
        due = answer.due[0]
        stats.append(Stat("Next due date", day_words(due.on), f"{due_words(due)}, {due.name}"))
    if answer.overdue_rows:
        overdue = sum(row.times for row in answer.overdue_rows)
        stats.append(Stat("Overdue", f"{overdue:,}", "renewals and deliverables"))
    return stats


def due_words(due: ClientDue) -> str:
    """What is due, with the role that owes it: `First-quarter deliverables, AI`."""
    return DUE[due.kind] if due.function is None else f"{DUE[due.kind]}, {due.function.words}"


def _from(row: PlanRow) -> str:
    return f"from {STRUCTURES[row.before].name}" if row.before else "from not engaged"


def _to(row: PlanRow) -> str:
    return f"to {STRUCTURES[row.after].name}" if row.after else "to the end of the engagement"


def _move(move: PlannedMove, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(
            day_words(move.on),
            milestone_address(move.engagement, move.milestone, known_at=context.times.get("known_at")),
        ),
        Cell(move.name, client_address(str(move.client), **context.times)),
        Cell(STRUCTURES[move.before].name if move.before else "Not engaged"),
        Cell(STRUCTURES[move.after].name if move.after else "Engagement ended"),
    )


def _row(row: PlanRow, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(row.quarter.label),
        Cell(STRUCTURES[row.before].name if row.before else "Not engaged"),
        Cell(STRUCTURES[row.after].name if row.after else "Engagement ended"),
        Cell(day_words(row.first_on)),
        Cell(str(row.clients), context.drill(row.link)),
        Cell(str(row.times)),
    )


def _due(due: ClientDue, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(
            day_words(due.on), milestone_address(due.engagement, due.milestone, known_at=context.times.get("known_at"))
        ),
        Cell(due.name, client_address(str(due.client), **context.times)),
        Cell(due_words(due)),
    )


def _overdue_row(row: OverdueRow, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(DUE[row.kind]),
        Cell(day_words(row.first_on)),
        Cell(str(row.clients), context.drill(row.link)),
        Cell(str(row.times)),
    )


def _due_row(row: DueRow, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(row.quarter.label),
        Cell(DUE[row.kind]),
        Cell(day_words(row.first_on)),
        Cell(str(row.clients), context.drill(row.link)),
        Cell(str(row.times)),
    )


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """What is planned, by quarter."""
    answer = plan(snapshot, context.question, moves=1)
    layout = columns_of(answer.rows, context, context.width, 230.0)
    moves = sum(row.times for row in answer.rows)
    return Card(
        macro("charts/columns.html", "columns_svg", layout, uid=context.uid) if answer.rows else Markup(),
        "; ".join(_glance_words(answer, moves)),
    )


def _glance_words(answer: Plan, moves: int) -> Iterator[str]:
    if answer.moves:
        yield f"{counted(moves, 'move')} ahead, the next on {day_words(answer.moves[0].on)}"
    if answer.due:
        dates = sum(row.times for row in answer.due_rows)
        yield f"{counted(dates, 'due date')}, the next on {day_words(answer.due[0].on)}"
    if answer.overdue_rows:
        yield f"{sum(row.times for row in answer.overdue_rows):,} overdue"


def row_words(row: str, naming: Naming) -> str:
    """`Planned for 2027-Q1: Unified, fractional to Full-time CTO, AI unowned`, `Due in 2027-Q1: Renewal of ...`."""
    quarter, *parts = row.split(".")
    if parts[0] in GROUPS:
        return group_row_words(parts[0], quarter, is_planned=True)
    if len(parts) == 1:
        when = "Overdue" if quarter == OVERDUE else f"Due in {quarter}"
        return f"{when}: {'any due date' if parts[0] == ANY else DUE[DueKind(parts[0])]}"
    before, after = parts
    since = "" if before == ANY else f"{structure_words(before)} "
    return f"Planned for {quarter}: {since}to {structure_words(after, 'Engagement ended')}"


PAGE = ReportPage(
    REPORT,
    "Plan",
    "Upcoming transitions, exits, renewals and deliverables by quarter, and what is overdue",
    show,
    draw_card,
    row_words,
    place=NUMBERED,
    ranges=(),
    empty=NOTHING_PLANNED,
    last_day=no_last_day,
    own_kinds=("renewal_set", "deliverable_issued"),
)
