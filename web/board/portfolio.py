"""The contents of the portfolio's board report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from markupsafe import Markup

from api.board import BoardQuery
from domain.currencies import in_currency
from projections.reports.capacity import Capacity, CapacityRow, capacity
from projections.reports.changes import Changes, changes
from projections.reports.drift import drift_report
from projections.reports.expected_hours import Verdict
from projections.reports.flows import flows
from projections.reports.plan import plan
from projections.reports.quarter_grid import quarter_grid
from projections.reports.question import ReportQuestion
from projections.reports.revenue import revenue
from projections.reports.structure_mix import structure_mix
from projections.reports.transitions import Transitions, transitions
from projections.snapshot import Snapshot
from web.board.figures import QuarterFigures, figures_of, key_figures, quarter_before
from web.board.layout import (
    SEATS,
    WIDTH,
    Board,
    NamingOf,
    ReportSection,
    Row,
    Table,
    amount_words,
    cells,
    change_words,
    columns,
    cut,
    day_text,
    draw,
    hours_words,
    move_words,
    open_question,
    people_of,
    reasons,
    recorded_words,
    shows_fees,
    structure_name,
    without_fees,
)
from web.board.oversight import (
    FILLS_A_PAGE,
    MOST_DUE,
    ahead_section,
    governance_section,
    outcomes_section,
    severe_signs,
    watch_list_section,
)
from web.board.summary import Ahead, QuarterComparison, portfolio_summary
from web.charts.annotations import Annotation, strip_height
from web.charts.flow import FlowLink
from web.charts.flow import lay_out as lay_out_flow
from web.charts.grid import GridRow
from web.charts.grid import lay_out as lay_out_grid
from web.charts.wording import GROUPS, counted, day_words
from web.components import Cell, Stat
from web.kinds import describe_version
from web.kinds.page import Naming
from web.pages.assess.wording import framework_title
from web.pages.filters import Filters
from web.pages.reports.annotations import annotations_of
from web.pages.reports.drift import DIRECTIONS
from web.pages.reports.page import ReportContext
from web.pages.reports.revenue import panels_of
from web.pages.reports.structure_mix import mix_of
from web.pages.reports.transitions import columns_of

MIX_QUARTERS, FLOW_QUARTERS, GRID_QUARTERS, FEE_QUARTERS = 12, 4, 8, 8
A_PAGE = 24
MOST_IN_GRID = 4 * A_PAGE
MOST_PANELS = 3
MOST_ROWS = 60
MOST_MOVES = 12
"""Row limits of tables: the board report shows the main points, the reports show everything."""


def portfolio_board(snapshot: Snapshot, request: BoardQuery, naming_of: NamingOf) -> Board:
    """The board report of the portfolio."""
    moved = transitions(snapshot, request.question())
    recent_changes = changes(snapshot, request.question(), limit=MOST_ROWS)
    hours = capacity(snapshot, request.question())
    ahead = plan(snapshot, open_question(request), moves=MOST_DUE)
    filters = Filters(request.chosen, {})
    people = {row.person for row in hours.rows} | people_of(row.milestone for row in recent_changes.rows)
    naming = naming_of(people | set(filters.people))
    now, before = figures_of(snapshot, request), figures_of(snapshot, quarter_before(snapshot, request))
    compared = QuarterComparison(now, before)
    return Board(
        title="Portfolio",
        subtitle=_scope_words(request, filters.words(naming)),
        summary=tuple(portfolio_summary(now, before, severe_signs(snapshot, request), Ahead.of(ahead))),
        quarters=(now.label, before.label),
        figures=tuple(key_figures(now, before, of_client=False)),
        stats=_stats(now, before),
        sections=(
            _mix(snapshot, request, compared),
            _moves(snapshot, request, moved, compared),
            _changes(request, recent_changes, naming),
            _grid(snapshot, request),
            *([_fees(snapshot, request, compared)] if shows_fees(request) else []),
            _hours(hours, naming, compared),
            watch_list_section(snapshot, request, compared),
            governance_section(snapshot, request, compared),
            outcomes_section(snapshot, request, compared),
            ahead_section(snapshot, request),
            _drift(snapshot, request, compared),
        ),
    )


def _scope_words(request: BoardQuery, filters: Sequence[str]) -> str:
    """Which clients the report covers: `All clients`, or those that all filters select."""
    scope = "All clients" if request.visible is None else "The clients you have access to"
    return f"{scope} with these filters: {'; '.join(filters)}" if filters else scope


def _stats(now: QuarterFigures, before: QuarterFigures) -> list[Stat]:
    label = before.quarter.label
    return [
        Stat(words, f"{now.clients(group):,}", change_words(now.clients(group), before.clients(group), label))
        for group, words in GROUPS.items()
    ]


def _mix(snapshot: Snapshot, request: BoardQuery, compared: QuarterComparison) -> ReportSection:
    of = ReportContext(request.question(MIX_QUARTERS), {}, has_no_links=True)
    rows = structure_mix(snapshot, of.question).rows
    marks = _marks(snapshot, of.question)
    return ReportSection(
        "Structure mix",
        f"{compared.engaged} The chart has the structures at each quarter's end, and on {day_words(request.as_of)}.",
        charts=(draw("columns", mix_of(rows, of, WIDTH, 190.0, marks)),) if rows else (),
        empty="No client was engaged in these quarters.",
    )


def _marks(snapshot: Snapshot, question: ReportQuestion) -> Sequence[Annotation]:
    """What explains a chart with the quarters of the question: openings, splits, other moves, and closings."""
    return annotations_of(snapshot, ReportContext(question, {}), question.quarters).marks


def _moves(snapshot: Snapshot, request: BoardQuery, moved: Transitions, compared: QuarterComparison) -> ReportSection:
    within = request.question(FLOW_QUARTERS + 1)
    ends = columns_of(*within.bounds)
    rows = flows(snapshot, within, ends)
    links = [FlowLink(row.place, row.before, row.after, row.clients) for row in rows]
    layout = lay_out_flow(
        [end.label for end in ends],
        links,
        WIDTH,
        300.0,
        annotations=_marks(snapshot, request.question(FLOW_QUARTERS)),
        between_columns=[[after.label] for after in ends[1:]],
    )
    shown = sorted(moved.rows, key=lambda row: -row.clients)[:MOST_MOVES]
    return ReportSection(
        "Transitions",
        f"{compared.moves} Bands lead from one quarter's end to the next.",
        charts=(draw("flow", layout),) if links else (),
        tables=(
            Table(
                f"Moves made in {request.quarter}, the most frequent first",
                columns("From", "To", "Clients#", "Moves#"),
                (40, 40, 10, 10),
                [
                    cells(
                        structure_name(row.before),
                        structure_name(row.after, "Engagement ended"),
                        f"{row.clients:,}",
                        f"{row.times:,}",
                    )
                    for row in shown
                ],
                cut(len(moved.rows), len(shown), "kinds of moves"),
            ),
        ),
        empty="No client was engaged in these quarters.",
        is_new_page=True,
    )


def _changes(request: BoardQuery, result: Changes, naming: Naming) -> ReportSection:
    rows = []
    for row in result.rows:
        milestone = without_fees(row.milestone, request)
        words = describe_version(milestone, naming)
        what = Cell(words.title, note=move_words(row.move.before, row.move.after) if row.move else "")
        rows.append(
            cells(
                day_text(row.milestone.takes_effect_on),
                row.name,
                what,
                reasons(milestone, words),
                recorded_words(row.milestone, naming),
            )
        )
    return ReportSection(
        "Who changed, and why",
        tables=(
            Table(
                "Changes of who holds what, day by day",
                columns("On", "Client", "What", "Who and why", "Recorded by"),
                (9, 17, 25, 32, 17),
                rows,
                cut(result.count, len(rows), "changes"),
            ),
        ),
        empty="No seats changed in this quarter.",
        is_new_page=len(rows) >= FILLS_A_PAGE,
    )


def _grid(snapshot: Snapshot, request: BoardQuery) -> ReportSection:
    parameters = request.question(GRID_QUARTERS)
    grid = quarter_grid(snapshot, parameters, limit=MOST_IN_GRID)
    rows = [GridRow(row.name, tuple(cell.structure for cell in row.cells)) for row in grid.rows]
    labels = [quarter.label for quarter in parameters.quarters]
    more = f" These are the first {len(rows)} by name; the report itself has them all." if grid.next else ""
    return ReportSection(
        "Client by quarter",
        f"Each client's structure at each quarter's end.{more}",
        charts=tuple(draw("grid", lay_out_grid(labels, part, width=WIDTH)) for part in _parts(rows)),
        empty="No client was engaged in these quarters.",
        is_new_page=True,
    )


def _parts(rows: Sequence[GridRow]) -> Iterator[Sequence[GridRow]]:
    for start in range(0, len(rows), A_PAGE):
        yield rows[start : start + A_PAGE]


def _fees(snapshot: Snapshot, request: BoardQuery, compared: QuarterComparison) -> ReportSection:
    result = revenue(snapshot, request.question(FEE_QUARTERS))
    quarters = [quarter.label for quarter in result.question.quarters]
    totals: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in result.rows:
        totals[row.currency][row.quarter.label] += row.amount
    is_under_way = request.as_of < request.quarter.end
    to_date = (f"To {day_words(request.as_of)}#",) if is_under_way else ()
    of_quarter = [row for row in result.rows if row.quarter == request.quarter]
    drawing: tuple[Markup, ...] = ()
    if 0 < len(totals) <= MOST_PANELS:
        # as many as leave room for the marks on the page
        marks = _marks(snapshot, result.question) if len(totals) < MOST_PANELS else ()
        height = min(240.0, (370.0 - strip_height(marks)) / len(totals))
        panels = panels_of(result.rows, ReportContext(result.question, {}), WIDTH, height, marks)
        drawing = (draw("columns", panels),)
    return ReportSection(
        "Revenue",
        f"{compared.fees} Monthly fees count by day, without paused days; currencies are never added.",
        charts=drawing,
        tables=(
            Table(
                "Fees by quarter",
                columns("Currency", *(f"{quarter}#" for quarter in quarters)),
                (12, *(88 // FEE_QUARTERS,) * FEE_QUARTERS),
                [
                    cells(currency, *(amount_words(in_currency(by_quarter[quarter], currency)) for quarter in quarters))
                    for currency, by_quarter in sorted(totals.items())
                ],
            ),
            Table(
                f"{request.quarter} by structure and seat",
                columns("Structure", "Seat", "Clients#", "Currency", f"{request.quarter}#", *to_date),
                (36, 12, 10, 12, 15, 15) if is_under_way else (45, 15, 10, 15, 15),
                [
                    cells(
                        structure_name(row.structure),
                        SEATS[row.function],
                        row.clients,
                        row.currency,
                        amount_words(row.amount),
                        *((amount_words(row.to_date),) if is_under_way else ()),
                    )
                    for row in of_quarter
                ],
            ),
        ),
        empty="No fee was in force in these quarters.",
        is_new_page=True,
    )


def _hours(result: Capacity, naming: Naming, compared: QuarterComparison) -> ReportSection:
    of_hours = [row for row in result.rows if row.hours or row.reported.both]
    shown = of_hours[:MOST_ROWS]
    without = len(result.rows) - len(of_hours)
    notes = (
        cut(len(of_hours), len(shown), "people"),
        f"{counted(without, 'person', 'people')} more, without hours agreed or reported." if without else "",
    )
    return ReportSection(
        "Capacity",
        f"{compared.hours} In an engagement's first year, AI hours lie "
        "under, within or over what is to be expected of a fractional CAIO: 15 to 20 a month at first, 8 to 12 from "
        "the fourth month.",
        tables=(
            Table(
                "The busiest first",
                columns(
                    *("Person", "Clients#", "Seats#", "Agreed, technology#", "Agreed, AI#"),
                    *("Reported, technology#", "Reported, AI#", "AI hours in the first year"),
                ),
                (19, 7, 7, 11, 9, 11, 10, 26),
                [_hours_row(row, naming) for row in shown],
                " ".join(note for note in notes if note),
            ),
        ),
        empty="No hours were agreed or reported for this quarter.",
        is_new_page=True,
    )


def _hours_row(row: CapacityRow, naming: Naming) -> Row:
    return cells(
        naming(row.person),
        row.clients,
        row.seats,
        *(hours_words(hours) for hours in (row.agreed.technology, row.agreed.ai)),
        *(hours_words(hours) for hours in (row.reported.technology, row.reported.ai)),
        "; ".join(
            f"{label}: {', '.join(f'{verdicts[verdict]} {verdict}' for verdict in Verdict if verdicts.get(verdict))}"
            for label, verdicts in (("agreed", row.agreed_verdicts), ("reported", row.reported_verdicts))
            if verdicts
        ),
    )


def _drift(snapshot: Snapshot, request: BoardQuery, compared: QuarterComparison) -> ReportSection:
    drifting = drift_report(snapshot, request.question(), limit=MOST_ROWS)
    return ReportSection(
        "Drift",
        f"{compared.drift} Advice follows from a client's newest answers and its profile.",
        tables=(
            Table(
                "By name",
                columns("Client", "Has", "Advised", "Since", "Why"),
                (17, 20, 20, 10, 33),
                [
                    cells(
                        row.name,
                        structure_name(row.structure),
                        Cell(structure_name(row.recommended, "Not one structure"), note=DIRECTIONS[row.direction]),
                        day_text(row.since),
                        Cell(
                            "; ".join(row.reasons),
                            note=", ".join(framework_title(framework) for framework in row.frameworks),
                        ),
                    )
                    for row in drifting.rows
                ],
                cut(drifting.clients, len(drifting.rows), "clients in drift"),
            ),
        ),
        empty="Every client's structure matches its current advice.",
    )
