"""Drift: who has outgrown its structure and who is ahead of itself, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from markupsafe import Markup

from domain.assessment import Direction
from domain.assessment.following import FollowUp
from domain.quarters import Quarter, quarter_of, quarters_between
from projections.reports.by_client import ANY, Figure
from projections.reports.drift import REPORT, DriftReport, drift_report, link_to_drift
from projections.snapshot import Snapshot
from web.charts.annotations import Annotation
from web.charts.columns import Columns, Series, SeriesValue, StackedQuarter, lay_out
from web.charts.render import macro
from web.charts.wording import ADVICE_STATUSES, counted, day_words
from web.components import Choice, Stat
from web.kinds.page import Naming
from web.pages.assess.wording import framework_title
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import (
    Card,
    RenderedReport,
    ReportContext,
    ReportOption,
    ReportPage,
    as_of_day,
    structure_words,
)

DIRECTIONS: Mapping[Direction, str] = {
    Direction.OUTGROWN: "Less than advised",
    Direction.AHEAD_OF_ITSELF: "More than advised",
}
MOST_COLUMNS = 24
A_PAGE = 25
_PARTS = tuple(Series(direction.value, words, direction.value) for direction, words in DIRECTIONS.items())
_DIRECTION_NOTES = {
    Direction.OUTGROWN: "more is advised than is held",
    Direction.AHEAD_OF_ITSELF: "less is advised than is held",
}


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The clients that are in drift on the day."""
    both = drift_report(snapshot, context.question, limit=A_PAGE, after=context.after)
    direction = context.options.get("direction", "")
    picked = both
    if direction:
        picked = drift_report(
            snapshot, context.question, direction=Direction(direction), limit=A_PAGE, after=context.after
        )
    quarters = _quarters(picked, context)
    explained = annotations_of(snapshot, context, quarters)
    layout, earlier = columns_of(picked, context, context.width, 220.0, explained.marks)
    listed = [
        (row, ", ".join(framework_title(one) for one in row.frameworks), _became(row.follow_up)) for row in picked.rows
    ]
    sentences = [f"Clients currently off advice, by the quarter it started. {counted(picked.clients, 'client')}."]
    if earlier:
        sentences.append(f"{counted(earlier, 'client')} drifted earlier and are not shown in the chart.")
    return RenderedReport(
        chart=macro("charts/columns.html", "columns", layout, context.uid, context.name(layout.name)),
        table=macro("pages/drift_parts.html", "drift_table", listed, context.times),
        kind="columns",
        layout=layout,
        sentence=" ".join(sentences),
        stats=_stats(both, context),
        is_empty=not picked.clients,
        next=picked.next,
        annotations=explained.rows,
    )


def _became(follow_up: FollowUp | None) -> str:
    """What became of the newest assessment: `Followed on 2 May 2026`."""
    if follow_up is None:
        return "Not assessed"
    on = f" on {day_words(follow_up.on)}" if follow_up.on else ""
    return f"{ADVICE_STATUSES[follow_up.status]}{on}"


def _quarters(report: DriftReport, context: ReportContext) -> tuple[Quarter, ...]:
    """The last quarters from the first in which a drift began."""
    if not report.counts:
        return ()
    now = quarter_of(context.question.as_of, context.question.fiscal_year_start_month)
    return quarters_between(min(quarter for quarter, _ in report.counts), now)[-MOST_COLUMNS:]


def columns_of(
    report: DriftReport,
    context: ReportContext,
    width: float,
    height: float,
    annotations: Sequence[Annotation] = (),
) -> tuple[Columns, int]:
    """The clients by the quarter in which drift began, as a drawing of a size; and the number of those before it."""
    grouped: dict[Quarter, dict[Direction, int]] = defaultdict(dict)
    for (quarter, direction), clients in report.counts.items():
        grouped[quarter][direction] = clients
    quarters = _quarters(report, context)
    drawn = [
        StackedQuarter(
            quarter.label,
            {
                direction.value: SeriesValue(
                    Decimal(clients),
                    f"{counted(clients, 'client')}, {DIRECTIONS[direction].lower()} since {quarter}",
                    context.drill(link_to_drift(context.question, quarter.label, direction.value)),
                )
                for direction, clients in grouped.get(quarter, {}).items()
            },
        )
        for quarter in quarters
    ]
    earlier = sum(sum(directions.values()) for quarter, directions in grouped.items() if quarter not in quarters)
    name = "Clients in drift, by the quarter it began"
    return lay_out(name, [("", drawn)], _PARTS, width, height, annotations), earlier


def _stats(report: DriftReport, context: ReportContext) -> list[Stat]:
    counts = {direction: report.towards(direction) for direction in DIRECTIONS}
    return [
        Stat(
            words,
            str(counts[direction]),
            _DIRECTION_NOTES[direction],
            context.drill(link_to_drift(context.question, ANY, direction.value)) if counts[direction] else None,
        )
        for direction, words in DIRECTIONS.items()
    ]


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """How many are in drift, which way and since when."""
    report = drift_report(snapshot, context.question, limit=1)
    if not report.clients:
        return Card(Markup(), "No client is in drift")
    directions = [f"{report.towards(direction)} {words.lower()}" for direction, words in DIRECTIONS.items()]
    layout, _ = columns_of(report, context, context.width, 230.0)
    return Card(
        macro("charts/columns.html", "columns_svg", layout, uid=context.uid),
        f"{counted(report.clients, 'client')}: {', '.join(directions)}",
    )


def row_words(row: str, naming: Naming) -> str:
    """`In drift: outgrown since 2026-Q1`."""
    quarter, direction = row.split(".")
    since = "" if quarter == ANY else f" since {quarter}"
    return f"In drift: {DIRECTIONS[Direction(direction)].lower()}{since}"


def figure_words(figure: Figure) -> str:
    """What is advised."""
    return f"advised: {structure_words(str(figure), 'frameworks disagree')}"


PAGE = ReportPage(
    REPORT,
    "Drift",
    "Clients whose structure differs from the current advice",
    show,
    draw_card,
    row_words,
    place=(str, UUID),
    is_of_a_day=True,
    ranges=(),
    options=(
        ReportOption(
            "direction",
            "Direction",
            (Choice("", "Both ways"), *(Choice(direction.value, words) for direction, words in DIRECTIONS.items())),
            is_segmented=True,
        ),
    ),
    empty="Every client's structure matches its current advice.",
    figure_words=figure_words,
    own_kinds=("assessment_taken",),
    last_day=as_of_day,
    shortcut="d",
)
