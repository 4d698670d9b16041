"""Drift: who has outgrown its structure and who is ahead of itself, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from markupsafe import Markup

from domain.assessment import Direction
from domain.quarters import Quarter, quarter_of, quarters_between
from projections.reports.drift import DriftRow, drift_report, link_to_drift
from projections.reports.scope import ANY
from projections.snapshot import Snapshot
from web.charts.columns import Columns, Part, Piece, StackedQuarter, lay_out
from web.charts.painting import macro
from web.charts.wording import counted
from web.pages.assess_words import framework_title
from web.pages.reports.report import Asked, Card, Own, Report, Shown
from web.parts import Choice, Stat

DIRECTIONS: Mapping[Direction, str] = {
    Direction.OUTGROWN: "Outgrown",
    Direction.AHEAD_OF_ITSELF: "Ahead of itself",
}
MOST_COLUMNS = 24
LISTED = 200
_PARTS = tuple(Part(way.value, words, way.value) for way, words in DIRECTIONS.items())
_WHAT = {
    Direction.OUTGROWN: "more is advised than is held",
    Direction.AHEAD_OF_ITSELF: "less is advised than is held",
}


def show(snapshot: Snapshot, asked: Asked) -> Shown:
    """The clients that are in drift on the day."""
    rows = drift_report(snapshot, asked.parameters).rows
    picked = [row for row in rows if asked.own.get("direction", "") in ("", row.direction.value)]
    layout, earlier = columns_of(picked, asked, asked.width, 220.0)
    listed = [(row, ", ".join(framework_title(one) for one in row.frameworks)) for row in picked[:LISTED]]
    told = [f"Drift that lasts on the day, by the quarter in which it began. {counted(len(picked), 'client')}."]
    if earlier:
        told.append(f"{counted(earlier, 'client')} drifted before that, left out of the picture.")
    if len(picked) > LISTED:
        told.append(f"The table has the first {LISTED}, its files all of them.")
    return Shown(
        chart=macro("charts/columns.html", "columns", layout, asked.uid, asked.name(layout.name)),
        table=macro("pages/drift_parts.html", "drift_table", listed, asked.times),
        kind="columns",
        layout=layout,
        sentence=" ".join(told),
        stats=_stats(rows, asked),
        is_empty=not picked,
    )


def columns_of(rows: Sequence[DriftRow], asked: Asked, width: float, height: float) -> tuple[Columns, int]:
    """The clients by the quarter since when, as a drawing of a size; and how many drifted before it begins."""
    month, last = asked.parameters.last.fiscal_year_start_month, asked.parameters.as_of
    grouped: dict[Quarter, dict[Direction, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        grouped[quarter_of(row.since, month)][row.direction] += 1
    quarters = quarters_between(min(grouped), quarter_of(last, month))[-MOST_COLUMNS:] if grouped else ()
    drawn = [
        StackedQuarter(
            quarter.label,
            {
                way.value: Piece(
                    Decimal(clients),
                    f"{counted(clients, 'client')}, {DIRECTIONS[way].lower()} since {quarter}",
                    asked.drill(link_to_drift(asked.parameters, quarter.label, way.value)),
                )
                for way, clients in grouped.get(quarter, {}).items()
            },
        )
        for quarter in quarters
    ]
    earlier = sum(sum(ways.values()) for quarter, ways in grouped.items() if quarter not in quarters)
    return lay_out("Clients in drift, by the quarter since when", [("", drawn)], _PARTS, width, height), earlier


def _stats(rows: Sequence[DriftRow], asked: Asked) -> list[Stat]:
    counts = {way: sum(row.direction is way for row in rows) for way in DIRECTIONS}
    return [
        Stat(
            words,
            str(counts[way]),
            _WHAT[way],
            asked.drill(link_to_drift(asked.parameters, ANY, way.value)) if counts[way] else None,
        )
        for way, words in DIRECTIONS.items()
    ]


def glance(snapshot: Snapshot, asked: Asked) -> Card:
    """How many are in drift, which way and since when."""
    rows = drift_report(snapshot, asked.parameters).rows
    if not rows:
        return Card(Markup(), "No client is in drift")
    ways = [f"{sum(row.direction is way for row in rows)} {words.lower()}" for way, words in DIRECTIONS.items()]
    layout, _ = columns_of(rows, asked, asked.width, 230.0)
    return Card(
        macro("charts/columns.html", "columns_svg", layout, uid=asked.uid),
        f"{counted(len(rows), 'client')}: {', '.join(ways)}",
    )


REPORT = Report(
    "drift",
    "Drift",
    "Whose structure is no longer what the frameworks advise, going by the newest answers and the profile of the day?",
    show,
    glance,
    is_of_a_day=True,
    ranges=(),
    own=(
        Own(
            "direction",
            "Direction",
            (Choice("", "Both ways"), *(Choice(way.value, words) for way, words in DIRECTIONS.items())),
            is_way=True,
        ),
    ),
    empty="No client has a structure that differs from what its newest answers and its profile advise.",
)
