"""The board report's sections on warning signs, governance, outcomes and upcoming changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from api.board import BoardQuery
from api.schemas.signs import remedies
from domain.areas import DECISION_AREAS
from domain.governance import FIRST_QUARTER
from domain.seats import BOTH, Function
from projections.reports.governance import GovernanceRow, governance
from projections.reports.outcomes import OutcomeRow, OutcomesReport, outcomes
from projections.reports.plan import ClientDue, Plan, plan
from projections.reports.watch_list import WatchListRow, watch_list
from projections.snapshot import Snapshot
from web.bidi import isolate
from web.board.layout import PACK, ReportSection, Row, Table, cells, columns, cut, day_text, move_words, open_question
from web.board.summary import QuarterComparison
from web.charts.wording import counted, day_words
from web.components import Cell
from web.formatting import money_text, number_text, sign_title
from web.forms import words_of
from web.pages.reports.plan import due_words
from web.pages.signs.sign_words import DETECTED, SEVERITIES, detail_words

A_PAGE = 12
"""How many rows of a table make a page; the report shows the main points, the reports have everything."""

MOST_DUE = 8
FILLS_A_PAGE = 10
"""A section with so many rows begins on a page of its own; a shorter one follows the section before it."""

MOST_NAMED = 3
"""How many signs the summary names."""


def severe_signs(snapshot: Snapshot, request: BoardQuery) -> Sequence[WatchListRow]:
    """The first few of the most severe signs."""
    return watch_list(snapshot, open_question(request), limit=A_PAGE).rows[:MOST_NAMED]


def watch_list_section(snapshot: Snapshot, request: BoardQuery, compared: QuarterComparison) -> ReportSection:
    """The warning signs that hold on the day of the report, the most severe first."""
    answer = watch_list(snapshot, open_question(request), limit=A_PAGE)
    if request.client is None:
        table = Table(
            "The most severe first",
            columns("Client", "Sign", "Severity", "Noticed", "Since", "What clears it"),
            (18, 29, 8, 9, 10, 26),
            [cells(row.name, *_sign_cells(row)) for row in answer.rows],
            cut(answer.runs, len(answer.rows), "warning signs"),
        )
    else:
        table = Table(
            "The most severe first",
            columns("Sign", "Severity", "Noticed", "Since", "What clears it"),
            (36, 9, 10, 11, 34),
            [cells(*_sign_cells(row)) for row in answer.rows],
            cut(answer.runs, len(answer.rows), "warning signs"),
        )
    return ReportSection(
        "Watch list",
        compared.signs,
        tables=(table,),
        empty="No warning signs on the day of the report.",
        is_new_page=len(answer.rows) >= FILLS_A_PAGE,
    )


def _sign_cells(row: WatchListRow) -> Row:
    shown = row.shown
    clears = "; ".join(remedy.text for remedy in remedies(shown.sign, shown.detected))
    return cells(
        Cell(sign_title(shown.sign), note=detail_words(shown)),
        SEVERITIES[shown.severity],
        DETECTED[shown.detected],
        day_text(shown.since),
        clears,
    )


def governance_section(snapshot: Snapshot, request: BoardQuery, compared: QuarterComparison) -> ReportSection:
    """Who decides what, what was issued, and when the two leaders last met."""
    answer = governance(snapshot, request.question(), limit=A_PAGE)
    empty = "No engagement is open on the day of the report."
    if request.client is not None:
        table = Table(
            f"On {day_words(request.as_of)}",
            columns("What", "State"),
            (24, 76),
            [cells(*line) for row in answer.rows for line in _governance_lines(row, request.as_of)],
        )
        return ReportSection("Governance", tables=(table,), empty=empty)
    table = Table(
        "By name",
        columns(
            *("Client", "Governance pack", "First quarter", "Areas decided", "Of them jointly#", "Not assigned"),
            *("Last alignment", "Open conflicts#"),
        ),
        (18, 10, 18, 9, 9, 18, 9, 9),
        [_governance_cells(row) for row in answer.rows],
        cut(answer.totals.clients, len(answer.rows), "clients"),
    )
    return ReportSection(
        "Governance",
        compared.governance,
        tables=(table,),
        empty=empty,
        is_new_page=len(answer.rows) >= FILLS_A_PAGE,
    )


def _governance_cells(row: GovernanceRow) -> Row:
    state = row.governance
    unsettled = [words_of(area) for area in state.unsettled]
    few = ", ".join(unsettled[:2])
    return cells(
        row.name,
        f"{state.pack} of {PACK}",
        "; ".join(_first_quarter(row)),
        f"{len(state.areas)}",
        state.joint,
        few if len(unsettled) <= 2 else f"{few} and {len(unsettled) - 2} more",
        day_text(state.last_alignment) if state.last_alignment else "",
        state.open_conflicts,
    )


def _first_quarter(row: GovernanceRow) -> Iterator[str]:
    """Of each role that is held: when it had issued what it owes in the first quarter, or that it has not."""
    for function in BOTH:
        if function in row.governance.held_functions:
            done = row.governance.first_quarter(function)
            late = "overdue" if row.governance.is_overdue(function) else "not yet"
            yield f"{_role(function)}: {day_text(done) if done else late}"


def _governance_lines(row: GovernanceRow, as_of: date) -> Iterator[tuple[str, str]]:
    state = row.governance
    missing = [words_of(slug) for slug, issued in state.artifacts.items() if issued is None]
    yield "Governance pack", f"{state.pack} of {PACK}" + (f"; missing: {', '.join(missing)}" if missing else "")
    for function in BOTH:
        papers = ", ".join(words_of(slug) for slug in FIRST_QUARTER[function])
        for text in _first_quarter(row):
            if text.startswith(_role(function)):
                yield f"First quarter, {function.words}", f"{papers}: {text.partition(': ')[2]}"
    decided = f"{len(state.areas)} areas, {state.joint} of them jointly"
    named = len(DECISION_AREAS) - len(state.unsettled)
    yield "Decisions", f"{decided}; {named} of the {len(DECISION_AREAS)} usual areas are assigned"
    if state.unsettled:
        yield "Not assigned", ", ".join(map(words_of, state.unsettled))
    limits = [f"{_role(f)}: {money_text(limit)} a month" for f, limit in state.spending_limits.items()]
    yield "Spending limits", "; ".join(limits) or "None agreed"
    met = (
        f"{day_words(state.last_alignment)}, {counted((as_of - state.last_alignment).days, 'day')} before"
        if (state.last_alignment)
        else "No meeting on record"
    )
    yield "Last alignment", met
    conflicts = counted(state.open_conflicts, "open conflict") if state.open_conflicts else "None open"
    since = f", the oldest since {day_words(state.oldest_conflict_on)}" if state.oldest_conflict_on else ""
    yield "Conflicts", conflicts + since


def _role(function: Function) -> str:
    return "CTO" if function is Function.TECHNOLOGY else "CAIO"


def outcomes_section(snapshot: Snapshot, request: BoardQuery, compared: QuarterComparison) -> ReportSection:
    """AI initiatives from the start to production to what was measured."""
    answer = outcomes(snapshot, open_question(request), limit=A_PAGE)
    is_portfolio = request.client is None
    names = ("Client",) if is_portfolio else ()
    return ReportSection(
        "Outcomes",
        f"{compared.initiatives}{_median_words(answer)}" if answer.rows else "",
        tables=(
            Table(
                "Initiatives by client and start" if is_portfolio else "Initiatives by start",
                columns(*names, "Initiative", "Started", "In production", "Measured", "Before", "After"),
                (18, 22, 10, 16, 18, 8, 8) if is_portfolio else (32, 12, 18, 22, 8, 8),
                [_outcome_cells(row, is_portfolio=is_portfolio) for row in answer.rows],
                "Further rows are in the report on outcomes." if answer.next else "",
            ),
        ),
        empty="No initiative has been started.",
        is_new_page=len(answer.rows) >= FILLS_A_PAGE,
    )


def _median_words(answer: OutcomesReport) -> str:
    days = answer.totals.median_days_to_live
    return "" if days is None else f" Half were in production within {counted(round(days), 'day')}."


def _outcome_cells(row: OutcomeRow, *, is_portfolio: bool) -> Row:
    initiative, measured = row.initiative, row.measurement
    days = initiative.days_to_live
    live = Cell(day_text(initiative.live_on), note=f"after {counted(days or 0, 'day')}") if initiative.live_on else ""
    return cells(
        *((row.name,) if is_portfolio else ()),
        isolate(initiative.name),
        day_text(initiative.started_on),
        live,
        Cell(isolate(measured.metric), note=day_words(measured.measured_on)) if measured else "",
        "" if measured is None or measured.baseline is None else number_text(measured.baseline),
        "" if measured is None else Cell(number_text(measured.value), note=isolate(measured.unit)),
    )


def ahead_section(snapshot: Snapshot, request: BoardQuery) -> ReportSection:
    """Upcoming: planned moves, what falls due, and what is overdue."""
    answer = plan(snapshot, open_question(request), moves=MOST_DUE)
    tables = tuple(_ahead_tables(answer, is_portfolio=request.client is None))
    return ReportSection(
        "What lies ahead",
        tables=tables,
        empty="Nothing is planned, due or overdue after the day of the report.",
        is_new_page=sum(len(table.rows) for table in tables) >= FILLS_A_PAGE,
    )


def _ahead_tables(answer: Plan, *, is_portfolio: bool) -> Iterator[Table]:
    planned = sum(row.times for row in answer.rows)
    if is_portfolio:
        yield Table(
            "Moves after the day of the report, soonest first",
            columns("On", "Client", "Move", "Quarter"),
            (12, 25, 51, 12),
            [cells(day_text(m.on), m.name, move_words(m.before, m.after), m.quarter.label) for m in answer.moves],
            cut(planned, len(answer.moves), "planned moves"),
        )
    due = sum(row.times for row in answer.due_rows)
    overdue = sum(row.times for row in answer.overdue_rows)
    yield _due_table("Falls due", answer.due, due, is_portfolio=is_portfolio)
    yield _due_table("Overdue, the latest first", answer.overdue, overdue, is_portfolio=is_portfolio)


def _due_table(caption: str, due: Iterable[ClientDue], count: int, *, is_portfolio: bool) -> Table:
    rows = [
        cells(day_text(one.on), *((one.name,) if is_portfolio else ()), due_words(one), one.quarter.label)
        for one in due
    ]
    names = ("On", "Client", "What", "Quarter") if is_portfolio else ("On", "What", "Quarter")
    widths = (12, 25, 51, 12) if is_portfolio else (14, 72, 14)
    return Table(caption, columns(*names), widths, rows, cut(count, len(rows), "due dates"))
