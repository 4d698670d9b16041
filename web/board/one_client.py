"""The contents of a client's board report."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from markupsafe import Markup

from api.board import BoardQuery
from domain.milestones import Kind
from domain.seats import Provider
from projections.clients import ClientRow
from projections.engagements import EngagementRow, engagements_of
from projections.milestone_versions import MilestoneVersion
from projections.reports.capacity import Capacity, capacity
from projections.reports.drift import drift_report
from projections.reports.governance import governance
from projections.reports.plan import plan
from projections.reports.revenue import Revenue, revenue
from projections.snapshot import Snapshot
from projections.timelines import ClientTimeline, TimelineQuarter, timeline_of
from web.bidi import isolate
from web.board.figures import figures_of, key_figures, quarter_before
from web.board.layout import (
    NO_FEES,
    SEATS,
    WIDTH,
    Board,
    NamingOf,
    ReportSection,
    Table,
    amount_words,
    cells,
    columns,
    cut,
    day_text,
    draw,
    hours_words,
    open_question,
    people_of,
    reasons,
    recorded_words,
    shows_fees,
    structure_name,
    unbroken,
    without_fees,
)
from web.board.oversight import (
    A_PAGE,
    MOST_DUE,
    ahead_section,
    governance_section,
    outcomes_section,
    severe_signs,
    watch_list_section,
)
from web.board.summary import Ahead, QuarterComparison, client_summary
from web.charts.timeline import lay_out
from web.charts.wording import day_words, effective_words
from web.components import Cell, Stat
from web.kinds import describe_version
from web.kinds.page import Naming
from web.pages.clients import client_facts as facts
from web.pages.clients.timeline_drawing import drawing_of, drawn_engagements, drawn_milestones, plain_address
from web.pages.filters import STATUSES

QUARTERS = 8
MOST_ROWS = 80


def client_board(snapshot: Snapshot, request: BoardQuery, client: ClientRow, naming_of: NamingOf) -> Board:
    """The board report of one client."""
    quarter, at = request.quarter, request.known_at
    timeline = timeline_of(
        snapshot,
        client.id,
        as_of=request.as_of,
        known_at=at,
        fiscal_year_start_month=quarter.fiscal_year_start_month,
    )
    if not shows_fees(request):
        client, redacted = NO_FEES.client(client), NO_FEES.timeline(timeline)
        timeline = replace(redacted, milestones=tuple(without_fees(m, request) for m in timeline.milestones))
    engagements = engagements_of(snapshot, client.id, as_of=request.as_of, known_at=at)
    hours = capacity(snapshot, request.question())
    people = people_of(timeline.milestones) | {row.person for row in hours.rows}
    people |= {span.terms.holder for span in timeline.seat_spans}
    people |= {lead for row in engagements if (lead := row.practice_lead)}
    naming = naming_of(people)
    within = [m for m in timeline.milestones if quarter.start <= m.takes_effect_on <= request.as_of]
    ahead = [m for m in timeline.milestones if m.takes_effect_on > request.as_of]
    now, before = figures_of(snapshot, request), figures_of(snapshot, quarter_before(snapshot, request))
    compared = QuarterComparison(now, before)
    governed = next(iter(governance(snapshot, request.question(), limit=A_PAGE).rows), None)
    planned = Ahead.of(plan(snapshot, open_question(request), moves=MOST_DUE))
    return Board(
        title=client.name,
        subtitle=_subtitle(client, engagements, naming),
        summary=tuple(client_summary(client, now, before, severe_signs(snapshot, request), governed, planned, naming)),
        quarters=(now.label, before.label),
        figures=tuple(key_figures(now, before, of_client=True)),
        stats=[Stat(name, value) for name, value in facts.state_of(client, timeline, naming)],
        sections=(
            _evolution(request, client, timeline, engagements, naming),
            _quarters(request, timeline),
            _milestones(f"What happened in {quarter}", within, naming, "Nothing is on record for this quarter."),
            _seats(request, timeline, naming),
            *([_fees(request, revenue(snapshot, request.question(QUARTERS)), compared)] if shows_fees(request) else []),
            _hours(hours, naming, compared),
            _milestones("What is planned", ahead, naming, "Nothing is planned after the day of the report."),
            watch_list_section(snapshot, request, compared),
            governance_section(snapshot, request, compared),
            outcomes_section(snapshot, request, compared),
            ahead_section(snapshot, request),
            _attention(snapshot, request, timeline),
        ),
    )


def _subtitle(client: ClientRow, engagements: tuple[EngagementRow, ...], naming: Naming) -> str:
    profile = client.profile
    parts = [isolate(profile.sector or ""), f"{profile.headcount:,} people" if profile.headcount is not None else ""]
    if engagements:
        parts.append(f"engaged since {day_words(min(row.started_on for row in engagements))}")
    if client.practice_lead:
        parts.append(f"led by {isolate(naming(client.practice_lead))}")
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _evolution(
    request: BoardQuery,
    client: ClientRow,
    timeline: ClientTimeline,
    engagements: tuple[EngagementRow, ...],
    naming: Naming,
) -> ReportSection:
    charts: tuple[Markup, ...] = ()
    if engagements:
        addressing = plain_address()
        drawn = drawing_of(
            client,
            timeline,
            drawn_engagements(timeline, engagements, naming, addressing),
            drawn_milestones([m for m in timeline.milestones if m.kind is not Kind.HOURS_REPORTED], naming, addressing),
            fiscal_year_start_month=request.quarter.fiscal_year_start_month,
            bounds=(request.question(QUARTERS).start, request.quarter.end),
        )
        charts = (draw("timeline", lay_out(drawn, WIDTH)),)
    return ReportSection("Structure over time", charts=charts, empty="There is no engagement yet.")


def _quarters(request: BoardQuery, timeline: ClientTimeline) -> ReportSection:
    first = request.question(QUARTERS).bounds[0]
    shown = [q for q in timeline.quarters if first <= q.quarter <= request.quarter]
    return ReportSection(
        "Quarter by quarter",
        tables=(
            Table(
                "Structure at each quarter's end, and the days of each",
                columns("Quarter", "Structure", "Days held", "Status", "Milestones#"),
                (12, 25, 43, 10, 10),
                [
                    cells(
                        q.quarter.label,
                        structure_name(q.structure),
                        _days_text(q),
                        STATUSES[q.status],
                        len(q.milestones),
                    )
                    for q in reversed(shown)
                ],
            ),
        ),
        empty="No quarter has been observed yet.",
        is_new_page=True,
    )


def _days_text(quarter: TimelineQuarter) -> str:
    return ", ".join(f"{structure_name(days.structure)}: {days.days}" for days in quarter.structure_days)


def _milestones(title: str, milestones: list[MilestoneVersion], naming: Naming, empty: str) -> ReportSection:
    shown = milestones[:MOST_ROWS]
    rows = []
    for milestone in shown:
        words = describe_version(milestone, naming)
        rows.append(
            cells(
                unbroken(effective_words(milestone.effective_on, milestone.precision)),
                words.title,
                reasons(milestone, words),
                recorded_words(milestone, naming),
            )
        )
    table = Table(
        "By date",
        columns("On", "What", "Who and why", "Recorded by"),
        (10, 24, 46, 20),
        rows,
        cut(len(milestones), len(shown), "milestones"),
    )
    return ReportSection(title, tables=(table,), empty=empty)


def _seats(request: BoardQuery, timeline: ClientTimeline, naming: Naming) -> ReportSection:
    fee = ("Monthly fee",) if shows_fees(request) else ()
    current = [
        row
        for row in facts.seat_rows(timeline.seat_spans)
        if row.start <= request.as_of and (row.end is None or row.end > request.as_of)
    ]
    return ReportSection(
        "Seats and terms",
        tables=(
            Table(
                f"On {day_words(request.as_of)}",
                columns("Seat", "Holder", "Commitment", "Employed by", "Reports to", "Hours a month", *fee, "Since"),
                (10, 17, 11, 8, 12, 20, 12, 10) if fee else (10, 20, 12, 10, 15, 22, 11),
                [
                    cells(
                        row.title,
                        Cell(naming(row.terms.holder), note="interim" if row.terms.interim else ""),
                        row.terms.commitment.value.replace("_", "-"),
                        "us" if row.terms.provider is Provider.FIRM else "the client",
                        row.reports_to,
                        row.hours,
                        *((row.fee,) if fee else ()),
                        day_text(row.start),
                    )
                    for row in current
                ],
            ),
        ),
        empty="No seat is held on that day.",
    )


def _fees(request: BoardQuery, result: Revenue, compared: QuarterComparison) -> ReportSection:
    is_under_way = request.as_of < request.quarter.end
    to_date = (f"To {day_words(request.as_of)}#",) if is_under_way else ()
    return ReportSection(
        "Fees",
        f"{compared.fees} Monthly fees count by day, without paused days.",
        tables=(
            Table(
                "By quarter",
                columns("Quarter", "Structure", "Seat", "Currency", "Fee#", *to_date),
                (14, 32, 12, 12, 15, 15) if is_under_way else (15, 40, 15, 15, 15),
                [
                    cells(
                        row.quarter.label,
                        structure_name(row.structure),
                        SEATS[row.function],
                        row.currency,
                        amount_words(row.amount),
                        *((amount_words(row.to_date),) if is_under_way else ()),
                    )
                    for row in reversed(result.rows)
                ],
            ),
        ),
        empty="No fee was in force in these quarters.",
    )


def _hours(result: Capacity, naming: Naming, compared: QuarterComparison) -> ReportSection:
    rows = []
    for row in result.rows:
        bands = [
            f"{band.reported.verdict}: {hours_words(band.reported.hours)} of "
            f"{hours_words(band.reported.least)} to {hours_words(band.reported.most)}"
            for band in row.bands
            if band.reported
        ]
        hours: tuple[Decimal, ...] = (row.agreed.technology, row.agreed.ai, row.reported.technology, row.reported.ai)
        rows.append(cells(naming(row.person), *map(hours_words, hours), "; ".join(bands)))
    return ReportSection(
        "Hours",
        compared.hours,
        tables=(
            Table(
                "Agreed and reported for the quarter",
                columns(
                    *("Person", "Agreed, technology#", "Agreed, AI#", "Reported, technology#", "Reported, AI#"),
                    "AI hours reported, and the recommended range",
                ),
                (20, 13, 11, 13, 11, 32),
                rows,
            ),
        ),
        empty="No seat was held in this quarter.",
    )


def _attention(snapshot: Snapshot, request: BoardQuery, timeline: ClientTimeline) -> ReportSection:
    drift = drift_report(snapshot, request.question()).rows
    rows = [
        cells("Drift", f"{structure_name(row.recommended, 'Another structure')} is advised", day_text(row.since), why)
        for row in drift
        for why in ["; ".join(row.reasons)]
    ]
    rows += [
        cells(f"Open conflict: {one.what}", one.how, unbroken(effective_words(one.since, one.precision)), one.note)
        for one in facts.open_conflicts(timeline.milestones, request.as_of)
    ]
    return ReportSection(
        "What needs attention",
        tables=(
            Table(
                "Drift and open conflicts",
                columns("What", "How", "Since", "Why"),
                (18, 36, 12, 34),
                rows,
            ),
        ),
        empty="No drift and no open conflicts.",
    )
