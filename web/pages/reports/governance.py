"""Governance: what was issued, who decides what, and when the two functions last met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from markupsafe import Markup

from domain.areas import DECISION_AREAS, GOVERNANCE_PACK, DecisionOwner
from domain.governance import AlignmentWeek, Governance, WeekState
from domain.seats import BOTH, Function
from projections.reports.by_client import ANY, Figure
from projections.reports.governance import (
    NO_OWNER,
    REPORT,
    GovernanceReport,
    GovernanceRow,
    governance,
    link_to_clients,
    weeks_of,
)
from projections.reports.governance_facts import AREA, CONFLICTS, OPEN, OVERDUE, PACK
from projections.snapshot import Snapshot
from web.bidi import isolate
from web.charts.annotations import Annotation
from web.charts.governance import ClientGovernance, DueState, GovernanceChart, lay_out, quarters_of
from web.charts.render import macro
from web.charts.wording import counted, day_words
from web.components import Cell, Column, Stat
from web.formatting import money_text, number_text
from web.forms import words_of
from web.kinds.page import Naming
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import Card, RenderedReport, ReportContext, ReportPage, as_of_day
from web.pages.urls import client_address

A_PAGE = 30
"""How many clients the chart shows at a time: as many as fit on a sheet of paper."""

WEEKS = 26
CARD_ROWS, CARD_WEEKS = 6, 10
ALL_ARTIFACTS = len(GOVERNANCE_PACK)
HATS = {Function.TECHNOLOGY: "CTO", Function.AI: "CAIO"}
OWNERS: Mapping[str, str] = {
    DecisionOwner.TECHNOLOGY: "Technology",
    DecisionOwner.AI: "AI",
    DecisionOwner.JOINT: "Both together",
    NO_OWNER: "Nobody",
}

_EXPLANATION = (
    "Procurement and auditors judge the artifact pack. In its first 90 days, the CTO role owes a technology read; the "
    "CAIO role, an AI capability map and a governance framework. Two seats are expected to meet every week. Hours, "
    "decisions and deliverables are those of the quarters chosen."
)
_DELIVERABLES = (
    Column("Client"),
    Column("Artifact pack", short=True),
    Column("Missing artifacts"),
    Column("First quarter"),
    Column("First 90 days"),
)
_DECISIONS = (
    Column("Client"),
    Column("Decision areas"),
    Column("Spending limits a month"),
    Column("Last meeting"),
    Column("Open conflicts"),
    Column("Hours, CTO / CAIO", numeric=True),
    Column("Decisions", numeric=True),
    Column("Deliverables", numeric=True),
)
_AREAS = (
    Column("Area"),
    Column("Usually decided by"),
    *(Column(words, numeric=True) for words in OWNERS.values()),
)


def show(snapshot: Snapshot, context: ReportContext) -> RenderedReport:
    """The governance of a page of clients, and the owners of decision areas at all of them."""
    answer = governance(snapshot, context.question, limit=min(context.limit or A_PAGE, A_PAGE), after=context.after)
    weeks = weeks_of(snapshot, context.question, answer.rows, WEEKS)
    quarters = quarters_of(next(iter(weeks.values()), ()), context.question.fiscal_year_start_month)
    explained = annotations_of(snapshot, context, list(quarters))
    layout = chart_of(answer.rows, weeks, context, context.width, explained.marks)
    return RenderedReport(
        chart=macro("charts/governance.html", "governance", layout, context.uid, context.name("Governance by client")),
        table=Markup("").join(
            (
                _twin(_DELIVERABLES, [_deliverables(row, context) for row in answer.rows], "Deliverables by client"),
                _twin(
                    _DECISIONS,
                    [_decisions(row, weeks[row.client], context) for row in answer.rows],
                    "Decisions and meetings by client",
                ),
                _twin(_AREAS, list(_area_rows(answer, context)), "Decision areas at all clients", stacked=False),
                macro("pages/governance_parts.html", "responsibilities_link"),
            )
        ),
        kind="governance",
        layout=layout,
        sentence=_EXPLANATION,
        stats=_stats(answer, context),
        is_empty=not answer.totals.clients,
        next=answer.next,
        annotations=explained.rows,
    )


def _twin(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], caption: str, *, stacked: bool = True) -> Markup:
    return macro("pages/report_parts.html", "twin", columns, rows, caption, stacked=stacked)


def chart_of(
    rows: Sequence[GovernanceRow],
    weeks: Mapping[UUID, tuple[AlignmentWeek, ...]],
    context: ReportContext,
    width: float,
    annotations: Sequence[Annotation] = (),
) -> GovernanceChart:
    """These clients as a drawing of a width."""
    drawn = [_drawn(row, weeks[row.client], context) for row in rows]
    return lay_out(drawn, width, context.question.fiscal_year_start_month, annotations)


def _drawn(row: GovernanceRow, weeks: tuple[AlignmentWeek, ...], context: ReportContext) -> ClientGovernance:
    governed = row.governance
    parts = [
        isolate(row.name),
        f"Artifact pack: {_pack_words(governed)}",
        *((f"Missing: {missing}",) if (missing := _missing_words(governed)) else ()),
        *(words for function in BOTH if (words := _first_quarter_words(governed, function))),
        f"Last meeting: {_meeting_words(governed)}, {_missed_words(weeks)}",
        f"{counted(governed.open_conflicts, 'open conflict')}",
    ]
    return ClientGovernance(
        row.name,
        "\n".join(parts),
        tuple(day is not None for day in governed.artifacts.values()),
        tuple((function, _due_state(governed, function)) for function in BOTH),
        weeks,
        None if context.has_no_links else client_address(row.slug, **context.times),
    )


def _due_state(governed: Governance, function: Function) -> DueState:
    if governed.first_quarter(function) is not None:
        return DueState.ISSUED
    if governed.is_overdue(function):
        return DueState.OVERDUE
    return DueState.DUE if function in governed.held_functions else DueState.NOT_OWED


def _pack_words(governed: Governance) -> str:
    return f"{governed.pack} of {ALL_ARTIFACTS}"


def _missing_words(governed: Governance) -> str:
    """The missing artifacts, or those that are not missing, whichever are fewer: `All but Data lineage`."""
    missing = [words_of(slug) for slug, issued_on in governed.artifacts.items() if issued_on is None]
    if len(missing) <= ALL_ARTIFACTS // 2:
        return ", ".join(missing)
    issued = [words_of(slug) for slug, issued_on in governed.artifacts.items() if issued_on is not None]
    return f"All but {' and '.join(filter(None, (', '.join(issued[:-1]), *issued[-1:])))}" if issued else "All of them"


def _first_quarter_words(governed: Governance, function: Function) -> str:
    hat, issued_on, due_on = HATS[function], governed.first_quarter(function), governed.due_on.get(function)
    if issued_on is not None:
        late = due_on is not None and issued_on > due_on
        return f"{hat}: issued {day_words(issued_on)}{', late' if late else ''}"
    if function not in governed.held_functions or due_on is None:
        return ""
    return f"{hat}: {'overdue since' if governed.is_overdue(function) else 'due'} {day_words(due_on)}"


def _meeting_words(governed: Governance) -> str:
    if governed.last_alignment is None or governed.days_since_alignment is None:
        return "none yet"
    return f"{day_words(governed.last_alignment)}, {_ago(governed.days_since_alignment)}"


def _meeting_cell(governed: Governance, weeks: Sequence[AlignmentWeek]) -> Cell:
    missed = _missed_words(weeks)
    if governed.last_alignment is None or governed.days_since_alignment is None:
        return Cell("None yet", note=missed)
    return Cell(day_words(governed.last_alignment), note=f"{_ago(governed.days_since_alignment)}; {missed}")


def _ago(days: int) -> str:
    return f"{counted(days, 'day')} ago" if days else "today"


def _missed_words(weeks: Sequence[AlignmentWeek]) -> str:
    states = [week.state for week in weeks]
    if not {WeekState.MISSED, WeekState.MET, WeekState.PENDING} & set(states):
        return "no meetings expected: not two seats"
    return f"{states.count(WeekState.MISSED)} of the last {counted(len(weeks), 'week')} missed"


def _stats(answer: GovernanceReport, context: ReportContext) -> list[Stat]:
    totals, question = answer.totals, context.question

    def stat(label: str, clients: int, note: str, *row: str) -> Stat:
        return Stat(label, f"{clients:,}", note, context.drill(link_to_clients(question, *row)) if clients else None)

    complete = totals.packs.get(ALL_ARTIFACTS, 0)
    return [
        stat("Complete artifact packs", complete, f"of {counted(totals.clients, 'client')}", PACK, str(ALL_ARTIFACTS)),
        *(
            stat(f"{hat}: first quarter overdue", totals.overdue[function], "more than 90 days held", OVERDUE, function)
            for function, hat in HATS.items()
        ),
        stat("With an open conflict", totals.with_open_conflicts, "raised and not resolved", CONFLICTS, OPEN),
    ]


def _deliverables(row: GovernanceRow, context: ReportContext) -> tuple[Cell, ...]:
    governed = row.governance
    first_quarter = "; ".join(words for function in BOTH if (words := _first_quarter_words(governed, function)))
    issued = [words_of(slug) for slug, day in governed.first_90_days.items() if day is not None]
    return (
        Cell(row.name, client_address(row.slug, **context.times)),
        Cell(_pack_words(governed)),
        Cell(_missing_words(governed) or "None"),
        Cell(first_quarter or "No seat yet"),
        Cell(f"{len(issued)} of {len(governed.first_90_days)}", note=", ".join(issued)),
    )


def _decisions(row: GovernanceRow, weeks: Sequence[AlignmentWeek], context: ReportContext) -> tuple[Cell, ...]:
    governed, hats = row.governance, [row.hats[function] for function in BOTH]
    oldest = governed.oldest_conflict_on
    age = f"oldest since {day_words(oldest)}, {counted((governed.day - oldest).days, 'day')}" if oldest else ""
    return (
        Cell(row.name, client_address(row.slug, **context.times)),
        Cell(
            f"{len(governed.areas)} assigned", note=f"{governed.joint} joint, {len(governed.unsettled)} without owner"
        ),
        Cell("; ".join(_limit_words(governed)) or "None"),
        _meeting_cell(governed, weeks),
        Cell(str(governed.open_conflicts), note=age),
        Cell(" / ".join(number_text(activity.hours) for activity in hats)),
        Cell(" / ".join(str(activity.decisions) for activity in hats)),
        Cell(" / ".join(str(activity.deliverables) for activity in hats)),
    )


def _limit_words(governed: Governance) -> Iterator[str]:
    for function, limit in sorted(governed.spending_limits.items(), reverse=True):
        yield f"{HATS[function]} {money_text(limit)}"


def _area_rows(answer: GovernanceReport, context: ReportContext) -> Iterator[tuple[Cell, ...]]:
    for area, owners in answer.totals.areas.items():
        default = DECISION_AREAS.get(area)
        yield (
            Cell(words_of(area)),
            Cell(OWNERS[default] if default else ""),
            *(
                Cell(
                    f"{owners.get(owner, 0):,}",
                    context.drill(link_to_clients(context.question, AREA, area, str(owner)))
                    if owners.get(owner)
                    else None,
                )
                for owner in OWNERS
            ),
        )


def draw_card(snapshot: Snapshot, context: ReportContext) -> Card:
    """The first clients, and how many have the whole pack."""
    answer = governance(snapshot, context.question, limit=CARD_ROWS)
    if not answer.rows:
        return Card(Markup(), "No client has an open engagement")
    weeks = weeks_of(snapshot, context.question, answer.rows, CARD_WEEKS)
    overdue = sum(answer.totals.overdue.values())
    return Card(
        macro(
            "charts/governance.html",
            "governance_svg",
            chart_of(answer.rows, weeks, context, context.width),
            uid=context.uid,
        ),
        f"{counted(answer.totals.packs.get(ALL_ARTIFACTS, 0), 'complete pack')}, "
        f"{overdue} first-quarter {'deliverable' if overdue == 1 else 'deliverables'} overdue",
    )


def row_words(row: str, naming: Naming) -> str:
    """`AI governance pack: 3 of 7`, `MLOps: decided by both together`, `Model registry issued`."""
    topic, *parts = row.split(".")
    match topic:
        case "pack":
            return "Artifact pack" + (f": {parts[0]} of {ALL_ARTIFACTS}" if parts and parts[0] != ANY else "")
        case "issued":
            return f"{words_of(parts[0])} issued"
        case "area":
            return f"{words_of(parts[0])}: decided by{_owner_words(parts[1:])}"
        case "spending_limit":
            return f"Spending limit of the {HATS[Function(parts[0])]}"
        case "due_on":
            return f"First quarter of the {HATS[Function(parts[0])]} due"
        case "overdue":
            hat = "" if parts[0] == ANY else f" of the {HATS[Function(parts[0])]}"
            return f"First-quarter deliverables{hat} overdue"
        case "conflicts":
            return "With an open conflict" if parts else "Open conflicts"
        case _:
            return {"last_alignment": "Last meeting"}[topic]


def _owner_words(owner: Sequence[str]) -> str:
    if not owner:
        return ""
    return " anybody" if owner[0] == ANY else f" {OWNERS[owner[0]].replace('Both', 'both').replace('Nobody', 'nobody')}"


def figure_words(figure: Figure) -> str:
    """A day, an owner, an amount or a number."""
    text = str(figure)
    if text in OWNERS:
        return OWNERS[text]
    try:
        return day_words(date.fromisoformat(text))
    except ValueError:
        amount, _, currency = text.partition(" ")
        return money_text({"amount": amount, "currency": currency}) if currency else text


PAGE = ReportPage(
    REPORT,
    "Governance",
    "Deliverables, decision rights and meetings by client",
    show,
    draw_card,
    row_words,
    place=(str, UUID),
    is_wide=True,
    empty="No client has an open engagement. This report is made from deliverables, decision rights and meetings.",
    figure_words=figure_words,
    last_day=as_of_day,
    own_kinds=(
        *("deliverable_issued", "decision_right_assigned", "spending_limit_set"),
        *("alignment_held", "conflict_raised", "conflict_resolved"),
    ),
)
