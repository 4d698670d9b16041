"""Watch list: the warning signs that hold, how severe they are, and what clears them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from markupsafe import Markup

from domain.areas import SIGNS
from domain.quarters import Quarter, quarter_of, quarters_between
from domain.signs.catalog import NAMED_SIGNS
from domain.signs.detector import Severity
from domain.signs.runs import Detected
from projections.reports.by_client import ANY, Figure
from projections.reports.watch_list import (
    REPORT,
    BeganCount,
    JudgedBy,
    SignCount,
    WatchList,
    link_to_signs,
    watch_list,
)
from projections.reports.watch_list_places import Grouping
from projections.snapshot import Snapshot
from web.charts.annotations import Annotation
from web.charts.columns import Columns, Series, SeriesValue, StackedQuarter, lay_out
from web.charts.render import macro
from web.charts.wording import counted, day_words
from web.components import Cell, Choice, Column, Stat
from web.formatting import sign_title
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import Card, RenderedReport, ReportContext, ReportOption, ReportPage, as_of_day
from web.pages.signs.sign_words import DETECTED, SEVERITIES
from web.pages.signs.watch_lines import WatchLine, watch_lines

GROUPINGS: Mapping[Grouping, str] = {
    Grouping.SEVERITY: "Severity",
    Grouping.CLIENT: "Client",
    Grouping.LEAD: "Practice lead",
    Grouping.SIGN: "Sign",
}
MOST_COLUMNS = 24
A_PAGE = 40
_PARTS = tuple(Series(severity.value, f"{name} severity", severity.value) for severity, name in SEVERITIES.items())
_COUNTS = (
    Column("Sign"),
    Column("Severity"),
    Column("Noticed"),
    Column("Clients", numeric=True),
    Column("Times", numeric=True),
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The signs, one page of them, under the headings of their groups."""
    answer = _answer(snapshot, context)
    explained = annotations_of(snapshot, context, _quarters(answer.began, context))
    layout, earlier = columns_of(answer.began, context, context.width, 220.0, explained.marks)
    sentences = [f"{counted(answer.runs, 'sign')} at {counted(answer.clients, 'client')}, by the quarter it began."]
    if earlier:
        sentences.append(f"{counted(earlier, 'sign')} began earlier and are not shown in the chart.")
    counts = [_count_row(count, context) for count in answer.counts]
    tables = (
        macro("pages/sign_parts.html", "watch_table", _groups(snapshot, answer, context)),
        macro("pages/report_parts.html", "twin", _COUNTS, counts, "How often each sign is on the list"),
    )
    return RenderedReport(
        chart=macro("charts/columns.html", "columns", layout, context.uid, context.name(layout.name)),
        table=Markup("").join(tables),
        kind="columns",
        layout=layout,
        sentence=" ".join(sentences),
        stats=_stats(answer, context),
        is_empty=not answer.runs,
        next=answer.next,
        annotations=explained.rows,
        in_use=frozenset(count.sign for count in answer.counts),
    )


def _answer(snapshot: Snapshot, context: ReportContext) -> WatchList:
    chosen = context.options
    return watch_list(
        snapshot,
        context.question,
        sign=chosen.get("sign") or None,
        severity=Severity(chosen["severity"]) if chosen.get("severity") else None,
        detected=Detected(chosen["detected"]) if chosen.get("detected") else None,
        thresholds=JudgedBy(chosen.get("thresholds") or JudgedBy.EACH_DAY),
        by=_grouping(context),
        limit=min(context.limit or A_PAGE, A_PAGE),
        after=context.after,
    )


def _grouping(context: ReportContext) -> Grouping:
    return Grouping(context.options.get("by") or Grouping.SEVERITY)


def _groups(snapshot: Snapshot, answer: WatchList, context: ReportContext) -> list[tuple[str, list[WatchLine]]]:
    """The rows of the page under the headings of their groups."""
    lines = watch_lines(
        snapshot,
        answer.rows,
        context.naming,
        context.times,
        known_at=context.question.known_at,
        may_record=context.may_record,
    )
    grouping = _grouping(context)

    def heading(one: WatchLine) -> str:
        match grouping:
            case Grouping.SEVERITY:
                return f"{one.line.severity_name} severity"
            case Grouping.CLIENT:
                return one.client.label
            case Grouping.LEAD:
                return one.lead or "No practice lead"
            case Grouping.SIGN:
                return one.line.title

    return [(title, list(same)) for title, same in groupby(lines, key=heading)]


def _quarters(began: Sequence[BeganCount], context: ReportContext) -> tuple[Quarter, ...]:
    """The last quarters from the first in which a sign began."""
    if not began:
        return ()
    now = quarter_of(context.question.as_of, context.question.fiscal_year_start_month)
    return quarters_between(min(count.quarter for count in began), now)[-MOST_COLUMNS:]


def columns_of(
    began: Sequence[BeganCount],
    context: ReportContext,
    width: float,
    height: float,
    annotations: Sequence[Annotation] = (),
) -> tuple[Columns, int]:
    """The signs by the quarter in which they began, as a drawing of a size; and how many began before it."""
    grouped: dict[Quarter, dict[Severity, BeganCount]] = defaultdict(dict)
    for count in began:
        grouped[count.quarter][count.severity] = count
    quarters = _quarters(began, context)
    drawn = [
        StackedQuarter(
            quarter.label,
            {
                severity.value: SeriesValue(
                    Decimal(count.runs),
                    f"{counted(count.runs, 'sign')} of {SEVERITIES[severity].lower()} severity "
                    f"at {counted(count.clients, 'client')} since {quarter}",
                    context.drill(count.link),
                )
                for severity, count in grouped.get(quarter, {}).items()
            },
        )
        for quarter in quarters
    ]
    earlier = sum(count.runs for count in began if count.quarter not in quarters)
    name = "Warning signs by the quarter in which they began"
    return lay_out(name, [("", drawn)], _PARTS, width, height, annotations), earlier


def _stats(answer: WatchList, context: ReportContext) -> list[Stat]:
    runs = Counter[Severity]()
    for count in answer.counts:
        runs[count.severity] += count.runs
    return [
        Stat(
            f"{name} severity",
            str(runs[severity]),
            "",
            context.drill(link_to_signs(answer.question, severity=severity)) if runs[severity] else None,
        )
        for severity, name in SEVERITIES.items()
    ]


def _count_row(count: SignCount, context: ReportContext) -> tuple[Cell, ...]:
    return (
        Cell(sign_title(count.sign), f"/signs/{count.sign}" if count.sign in NAMED_SIGNS else None),
        Cell(SEVERITIES[count.severity]),
        Cell(DETECTED[count.detected]),
        Cell(str(count.clients), context.drill(count.link)),
        Cell(str(count.runs)),
    )


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """How many signs hold, and since when."""
    answer = watch_list(snapshot, context.question, limit=1)
    if not answer.runs:
        return Card(Markup(), "No active warning signs")
    layout, _ = columns_of(answer.began, context, context.width, 230.0)
    severe = sum(count.runs for count in answer.counts if count.severity is Severity.HIGH)
    return Card(
        macro("charts/columns.html", "columns_svg", layout, uid=context.uid),
        f"{counted(answer.runs, 'sign')} at {counted(answer.clients, 'client')}, {severe} of high severity",
    )


def row_words(row: str, naming: Naming) -> str:
    """`CTO and CAIO do not talk, high severity, detected, since 2026-Q1`."""
    quarter, sign, severity, detected, *end = row.split(".")
    parts = [
        "Any warning sign" if sign == ANY else sign_title(sign.replace("%2E", ".")),
        "" if severity == ANY else f"{SEVERITIES[Severity(severity)].lower()} severity",
        "" if detected == ANY else DETECTED[Detected(detected)].lower(),
        "" if quarter == ANY else f"since {quarter}",
        "by the thresholds of this day" if end else "",
    ]
    return ", ".join(filter(None, parts))


def figure_words(figure: Figure) -> str:
    """The days since which it holds."""
    return f"since {' and '.join(day_words(date.fromisoformat(day)) for day in str(figure).split(', '))}"


PAGE = ReportPage(
    REPORT,
    "Watch list",
    "Active warning signs by client and severity",
    show,
    draw_card,
    row_words,
    place=(str, int, date, UUID, str, str, str),
    holds_on_day=True,
    ranges=(4, 8, 16),
    options=(
        ReportOption(
            "by",
            "Group by",
            tuple(Choice(grouping.value, words) for grouping, words in GROUPINGS.items()),
            preset=Grouping.SEVERITY.value,
            is_segmented=True,
        ),
        ReportOption("sign", "Sign", tuple(Choice(sign, title) for sign, title in SIGNS.items()), takes_others=True),
        ReportOption("severity", "Severity", tuple(Choice(value.value, name) for value, name in SEVERITIES.items())),
        ReportOption("detected", "Noticed", tuple(Choice(value.value, words) for value, words in DETECTED.items())),
        ReportOption(
            "thresholds",
            "Thresholds",
            (
                Choice(JudgedBy.EACH_DAY.value, "In force on each day"),
                Choice(JudgedBy.TODAY.value, "In force on this day"),
            ),
            preset=JudgedBy.EACH_DAY.value,
        ),
    ),
    empty="No active warning signs. Signs are detected from the milestones you log, or observed by people.",
    figure_words=figure_words,
    no_figure="not on the list",
    own_kinds=(
        *("alignment_held", "conflict_raised", "conflict_resolved", "decision_right_assigned"),
        *("deliverable_issued", "initiative_started", "initiative_live", "outcome_measured"),
        *("sign_observed", "sign_cleared", "assessment_taken", "hours_reported"),
    ),
    last_day=as_of_day,
    shortcut="w",
)
