"""The overview: structures now and a year ago, changes, upcoming plans and recent recordings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import itemgetter
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.milestones import Kind
from domain.quarters import Quarter, quarter_of
from domain.seats import Structure, StructureGroup
from projections.clients import ClientFilter, ClientStatus, count_clients, names_of
from projections.milestone_versions import MilestoneVersion
from projections.milestones import planned_milestones, recent_milestones
from projections.reports.plan import ClientDue, due_dates
from projections.reports.planned_moves import PlannedMove, move_name, planned_moves
from projections.reports.question import ReportQuestion, last_quarters
from projections.reports.structure_mix import structure_mix
from projections.reports.transitions import TransitionRow, transitions
from projections.snapshot import Snapshot
from web.charts.rail import QUIET
from web.charts.wording import GROUPS, STRUCTURES, day_words
from web.components import Empty, Link, Stat
from web.kinds import describe_version
from web.kinds.page import Naming
from web.pages.attention import NAMED, attention_lines
from web.pages.drift import drift_of
from web.pages.milestones.milestone_list import people_of
from web.pages.page_context import PageContext, ViewerPage
from web.pages.reports.annotations import annotations_of
from web.pages.reports.page import ReportContext
from web.pages.reports.plan import due_words
from web.pages.reports.structure_mix import mix_of
from web.pages.since_last_visit import changes_since, last_visit
from web.pages.time_params import At, Times
from web.pages.urls import address, client_address, milestone_address

router = APIRouter(include_in_schema=False)

MIX_QUARTERS = 12
LATEST = 8
LOOKED_AT = 100
PLANS = 12
NAMED_MOVERS = 3
"""How many clients each planned change names."""


@router.get("/")
def show_overview(page: ViewerPage, at: At) -> Response:
    """The overview as of a day."""
    month = page.context.fiscal_year_start_month
    quarter = quarter_of(at.as_of, month)
    visit = last_visit(page) if at.known_at is None else None
    with page.snapshot() as snapshot:
        since = changes_since(snapshot, page, visit) if visit else None
        now, then = _counts(snapshot, page, at, at.as_of), _counts(snapshot, page, at, _year_before(at.as_of))
        first, last = last_quarters(at.as_of, month, MIX_QUARTERS)
        context = ReportContext(_question(page, at, first, last), at.query)
        explained = annotations_of(snapshot, context, context.question.quarters)
        rows = structure_mix(snapshot, context.question).rows
        mix = mix_of(rows, context, 720.0, 300.0, explained.marks)
        made = transitions(snapshot, _question(page, at, quarter, quarter)).rows
        both = _question(page, at, quarter, quarter.next)
        ahead = transitions(snapshot, replace(both, as_of=quarter.next.end)).rows
        movers = planned_moves(snapshot, both, limit=LOOKED_AT)
        plans = planned_milestones(
            snapshot, as_of=at.as_of, known_at=at.known_at, visible=page.visible, limit=LOOKED_AT
        )
        unbounded = replace(context.question, first=None, last=None)
        due = due_dates(snapshot, unbounded, limit=PLANS)
        recorded = recent_milestones(snapshot, known_at=at.known_at, visible=page.visible, limit=LOOKED_AT).items
        recent = [m for m in recorded if m.kind.value not in QUIET][:LATEST]
        shown = [*plans, *recent]
        clients = names_of(snapshot, {m.client for m in shown}, as_of=at.as_of, known_at=at.known_at)
        paused = count_clients(
            snapshot,
            ClientFilter(status=ClientStatus.PAUSED),
            as_of=at.as_of,
            known_at=at.known_at,
            visible=page.visible,
        )
        total = count_clients(snapshot, as_of=at.as_of, known_at=at.known_at, visible=page.visible)
        drifting = drift_of(snapshot, page, at, limit=NAMED)
        attention = attention_lines(snapshot, unbounded, at.query, drifting, plans, clients)
    naming = page.naming(people_of(shown))
    return page.render(
        "overview",
        "Overview",
        here="overview",
        at=at,
        sub=_sub(page, at),
        stats=_stats(now, then, paused, at),
        mix=mix,
        mix_range=f"{first} to {last}",
        moves=_moves(made, context),
        quarter=quarter.label,
        next_quarter=quarter.next.label,
        planned_changes=_planned(made, ahead, movers, replace(context, question=both)),
        upcoming=_upcoming(plans[:PLANS], due, clients, naming, at, page.context.today()),
        recent=[(m, describe_version(m, naming), clients.get(m.client, "")) for m in recent],
        total=total,
        attention=attention,
        since=since,
        empty=_empty(page),
    )


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Something upcoming at a client: a planned milestone, or a due date. `kind` is the kind of the milestone."""

    on: date
    precision: str
    kind: str
    is_planned: bool
    client: str
    title: str
    note: str
    href: str


def _upcoming(
    plans: Sequence[MilestoneVersion],
    due: Sequence[ClientDue],
    clients: Mapping[UUID, str],
    naming: Naming,
    at: Times,
    today: date,
) -> list[Upcoming]:
    """The next planned milestones and due dates, by day."""
    lines = []
    for plan in plans:
        words = describe_version(plan, naming)
        href = milestone_address(plan.engagement, plan.id, known_at=at.known_at_text)
        day = plan.takes_effect_on
        line = Upcoming(
            *(plan.effective_on, plan.precision.value, plan.kind.value, day > today),
            *(clients.get(plan.client, ""), words.title, words.note, href),
        )
        lines.append((day, line))
    for one in due:
        href = milestone_address(one.engagement, one.milestone, known_at=at.known_at_text)
        lines.append(
            (one.on, Upcoming(one.on, "day", Kind.RENEWAL_SET.value, False, one.name, due_words(one), "", href))
        )
    return [line for _, line in sorted(lines, key=itemgetter(0))][:PLANS]


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day - timedelta(days=366)


def _question(page: PageContext, at: Times, first: Quarter, last: Quarter) -> ReportQuestion:
    month = page.context.fiscal_year_start_month
    return ReportQuestion(
        first,
        last,
        at.as_of,
        at.known_at,
        visible=page.visible,
        fiscal_year_start_month=month,
        thresholds=page.context.thresholds,
    )


def _counts(snapshot: Snapshot, page: PageContext, at: Times, day: date) -> Counter[Structure]:
    """The number of clients by structure on a day."""
    quarter = quarter_of(day, page.context.fiscal_year_start_month)
    rows = structure_mix(snapshot, replace(_question(page, at, quarter, quarter), as_of=day)).rows
    return Counter({row.structure: row.clients for row in rows})


def _stats(now: Counter[Structure], then: Counter[Structure], paused: int, at: Times) -> list[Stat]:
    """The number of clients in each group of structures, with links to them."""
    stats = []
    for group, words in GROUPS.items():
        value, before = (sum(counts[s] for s in group.structures) for counts in (now, then))
        note = f", {paused} paused" if paused and group is StructureGroup.ENGAGED else ""
        href = address("/clients", at.query, structure=group.value)
        stats.append(Stat(words, str(value), f"{before} a year ago{note}", href))
    return stats


def _moves(rows: Sequence[TransitionRow], context: ReportContext) -> list[tuple[str, str, int, str]]:
    return [
        (_name(row.before, "Not engaged"), _name(row.after, "Engagement ended"), row.clients, context.drill(row.link))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """Changes of structure planned for a quarter: how many, some of their clients, and the URL of all."""

    quarter: str
    before: str
    after: str
    times: int
    clients: Sequence[Link]
    href: str

    @property
    def more(self) -> int:
        """The number of changes at clients that are not named."""
        return self.times - len(self.clients)


def _planned(
    made: Sequence[TransitionRow],
    ahead: Sequence[TransitionRow],
    movers: Sequence[PlannedMove],
    context: ReportContext,
) -> list[PlannedChange]:
    """The changes of this quarter and the next, without those already made; `movers` are the first of them."""
    done = {(row.quarter, row.before, row.after): row.times for row in made}
    named: dict[tuple[Quarter, Structure | None, Structure | None], dict[UUID, Link]] = defaultdict(dict)
    for move in movers:
        link = Link(move.name, client_address(str(move.client), **context.times) + "#planned")
        named[move.quarter, move.before, move.after][move.client] = link
    link_to_row = context.question.link_to_row("plan")
    return [
        PlannedChange(
            row.quarter.label,
            _name(row.before, "Not engaged"),
            _name(row.after, "Engagement ended"),
            left,
            list(named[key].values())[:NAMED_MOVERS],
            context.drill(link_to_row(move_name(*key))),
        )
        for row in ahead
        if (left := row.times - done.get(key := (row.quarter, row.before, row.after), 0)) > 0
    ]


def _name(structure: Structure | None, none: str) -> str:
    return STRUCTURES[structure].name if structure else none


def _sub(page: PageContext, at: Times) -> str:
    who = "All clients" if page.visible is None else "Your clients"
    return f"{who} on {day_words(at.as_of)}"


def _empty(page: PageContext) -> Empty:
    if not page.may_register:
        return Empty("You don't have access to any clients yet.")
    return Empty(
        "Nothing is on record yet. Register a client, open an engagement, then log who takes which seat. "
        "You can also import a whole history.",
        Link("Register the first client", "/clients/new"),
        "seatline import history.jsonl\n"
        'curl -X POST "$SEATLINE/api/v1/clients" -H "Authorization: Bearer $SEATLINE_KEY" \\\n'
        '  -H "Content-Type: application/json" -d \'{"name": "Halcyon Health"}\'',
        Link("Import a file", "/settings/imports") if page.governs else None,
    )
