"""Governance: the artifact pack, the first quarter, decision areas, spending limits, alignment and open conflicts.

One row per client with an open engagement on `as_of`, about that engagement; with the filter `status=ended` about the
last one, as it was on its closing day. `domain.governance` says what counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from domain.areas import DECISION_AREAS, GOVERNANCE_PACK, DecisionOwner
from domain.governance import (
    FIRST_90_DAYS,
    AlignmentWeek,
    Governance,
    GovernanceFacts,
    HatActivity,
    activity_between,
    alignment_weeks,
    governance_on,
)
from domain.seats import BOTH, Function, Money
from domain.text import key_of_name
from projections.client_filter import ClientStatus
from projections.profiles import NamePosition, names_and_slugs_of
from projections.reports.by_client import ANY, Figure, FiguresByClient
from projections.reports.governance_facts import governance_facts
from projections.reports.paging import page_of
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Cell, Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached

NO_OWNER: Final = "nobody"
"""In the name of a row, the owner of an area that has none."""

OVERDUE, AREA, PACK, CONFLICTS = "overdue", "area", "pack", "conflicts"
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class GovernanceRow:
    """One client's governance; `hats` is what was done under each function in the quarters of the question."""

    client: UUID
    slug: str
    name: str
    engagement: UUID
    governance: Governance
    hats: Mapping[Function, HatActivity]


@dataclass(frozen=True, slots=True)
class GovernanceTotals:
    """All clients of the question: the size of their packs, what is overdue, and the owners of each area.

    `areas` has the named areas in their order and then the others; its owners include `NO_OWNER` for the named ones.
    """

    clients: int
    packs: Mapping[int, int]
    overdue: Mapping[Function, int]
    areas: Mapping[str, Mapping[str, int]]
    with_open_conflicts: int


@dataclass(frozen=True, slots=True)
class GovernanceReport:
    """A page of clients by name, and the totals of all; `next` is the position after which more follow."""

    question: ReportQuestion
    rows: tuple[GovernanceRow, ...]
    totals: GovernanceTotals
    next: NamePosition | None = None


@cached
def _whole_report(snapshot: Snapshot, question: ReportQuestion) -> GovernanceReport:
    rows = tuple(sorted(_rows(snapshot, question), key=place_of))
    return GovernanceReport(question, rows, _totals(rows))


def _rows(snapshot: Snapshot, question: ReportQuestion) -> Iterator[GovernanceRow]:
    day = question.as_of.toordinal()
    start, end = question.start.toordinal(), question.end.toordinal() + 1
    current = {
        client: facts
        for client, engagements in governance_facts(snapshot, question).items()
        if (facts := _engagement_on(engagements, question)) is not None
    }
    clients = names_and_slugs_of(snapshot, current, as_of=question.as_of, known_at=question.known_at)
    for client, facts in current.items():
        name, slug = clients[client]
        hats = {function: activity_between(facts, function, start, end, day) for function in BOTH}
        yield GovernanceRow(client, slug, name, facts.engagement, governance_on(facts, day), hats)


def place_of(row: GovernanceRow) -> NamePosition:
    """The position of a row in the report."""
    return key_of_name(row.name), row.client


def _engagement_on(engagements: Sequence[GovernanceFacts], question: ReportQuestion) -> GovernanceFacts | None:
    """The engagement that is open on `as_of`; where the question is about ended clients, the last one."""
    day = question.as_of.toordinal()
    for facts in engagements:
        if facts.is_open_on(day):
            return facts
    begun = [facts for facts in engagements if facts.opened_on <= day]
    return begun[-1] if begun and question.filters.status is ClientStatus.ENDED else None


def governance(
    snapshot: Snapshot, question: ReportQuestion, *, limit: int | None = None, after: NamePosition | None = None
) -> GovernanceReport:
    """The governance of each client; `limit` null gives all clients."""
    whole = _whole_report(snapshot, question)
    rows, last = page_of(whole.rows, place_of, after, limit)
    return replace(whole, rows=tuple(rows), next=last)


def weeks_of(
    snapshot: Snapshot, question: ReportQuestion, rows: Sequence[GovernanceRow], count: int
) -> Mapping[UUID, tuple[AlignmentWeek, ...]]:
    """The last weeks of some clients, and whether the two functions met in each."""
    facts = governance_facts(snapshot, replace(question, visible=frozenset(row.client for row in rows)))
    return {
        row.client: alignment_weeks(one, row.governance.day.toordinal(), count)
        for row in rows
        for one in facts[row.client]
        if one.engagement == row.engagement
    }


def _totals(rows: Sequence[GovernanceRow]) -> GovernanceTotals:
    areas: dict[str, Counter[str]] = {area: Counter() for area in DECISION_AREAS}
    for row in rows:
        for area, owner in row.governance.areas.items():
            areas.setdefault(area, Counter())[owner.value] += 1
        for area in row.governance.unsettled:
            areas[area][NO_OWNER] += 1
    others = sorted(areas.keys() - DECISION_AREAS.keys())
    return GovernanceTotals(
        len(rows),
        Counter(row.governance.pack for row in rows),
        {function: sum(row.governance.is_overdue(function) for row in rows) for function in BOTH},
        {area: areas[area] for area in (*DECISION_AREAS, *others)},
        sum(row.governance.open_conflicts > 0 for row in rows),
    )


def governance_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """What is compared between two instants: each fact of a client under a name that does not depend on its value."""
    return {row.client: dict(_facts(row.governance)) for row in _whole_report(snapshot, question).rows}


def _facts(governed: Governance) -> Iterator[tuple[str, Figure]]:
    yield PACK, governed.pack
    for slug, issued_on in sorted(governed.issued.items()):
        yield f"issued.{slug}", issued_on.isoformat()
    for function, due_on in sorted(governed.due_on.items()):
        yield f"due_on.{function}", due_on.isoformat()
    for area, owner in sorted(governed.areas.items()):
        yield f"{AREA}.{area}", owner.value
    for function, limit in sorted(governed.spending_limits.items()):
        yield f"spending_limit.{function}", f"{limit.amount} {limit.currency}"
    if governed.last_alignment is not None:
        yield "last_alignment", governed.last_alignment.isoformat()
    if governed.open_conflicts:
        yield CONFLICTS, governed.open_conflicts


def _counts_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The rows that count clients by a value: `pack.3`, `overdue.ai`, `area.mlops.joint`, `conflicts.open`."""
    return {row.client: dict.fromkeys(_counted_in(row.governance), 1) for row in _whole_report(snapshot, question).rows}


def _counted_in(governed: Governance) -> Iterator[str]:
    yield f"{PACK}.{governed.pack}"
    for function in BOTH:
        if governed.is_overdue(function):
            yield f"{OVERDUE}.{function}"
    for area, owner in governed.areas.items():
        yield f"{AREA}.{area}.{owner}"
    for area in governed.unsettled:
        yield f"{AREA}.{area}.{NO_OWNER}"
    if governed.open_conflicts:
        yield f"{CONFLICTS}.{OPEN}"


_FACTS = {PACK: 1, "issued": 2, "due_on": 2, AREA: 2, "spending_limit": 2, "last_alignment": 1, CONFLICTS: 1}
_COUNTS: Mapping[str, Callable[[list[str]], bool]] = {
    PACK: lambda parts: len(parts) == 1 and (parts[0] == ANY or parts[0] in map(str, range(len(GOVERNANCE_PACK) + 1))),
    OVERDUE: lambda parts: len(parts) == 1 and parts[0] in (ANY, *BOTH),
    AREA: lambda parts: len(parts) == 2 and parts[1] in (ANY, NO_OWNER, *DecisionOwner),
    CONFLICTS: lambda parts: parts == [OPEN],
}


def _row(name: str, question: ReportQuestion) -> RowQuery:
    """A fact (`issued.model_registry`), or the clients with one value of it (`area.mlops.joint`)."""
    topic, *parts = name.split(".")
    if topic in _COUNTS and _COUNTS[topic](parts):
        return RowQuery(question.bounded(), _counts_by_client)
    if _FACTS.get(topic) == len(parts) + 1 and all(parts):
        return RowQuery(question.bounded(), governance_by_client)
    raise ValueError(f"{name!r} is no row of the governance report")


def link_to_clients(question: ReportQuestion, *parts: str) -> Link:
    """The link to the clients that a count is about, such as `link_to_clients(question, AREA, "mlops", "joint")`."""
    return question.link_to_row("governance")(".".join(parts))


def _table(answer: GovernanceReport, names: Names) -> Table:
    """One row per client; columns are named by their path in the JSON."""
    slugs = tuple(slug for of_function in FIRST_90_DAYS.values() for slug in of_function)
    columns = (
        *("client", "slug", "pack"),
        *(f"artifacts.{slug}" for slug in GOVERNANCE_PACK),
        *("first_quarter.technology", "first_quarter.ai", "first_quarter.due_on"),
        *(f"first_90_days.{slug}" for slug in slugs),
        *("decision_areas", "joint", "unsettled"),
        *(f"spending_limits.{function}{part}" for function in BOTH for part in ("", ".currency")),
        *("last_alignment", "days_since_alignment", "open_conflicts", "oldest_conflict_on"),
        *(f"hats.{function}.{what}" for function in BOTH for what in ("hours", "decisions", "deliverables")),
    )
    return Table(columns, map(_cells, answer.rows))


def _cells(row: GovernanceRow) -> tuple[Cell, ...]:
    governed = row.governance
    return (
        *(row.name, row.slug, governed.pack, *governed.artifacts.values()),
        *(*(governed.first_quarter(function) for function in BOTH), governed.first_due_on),
        *governed.first_90_days.values(),
        *(len(governed.areas), governed.joint, "; ".join(governed.unsettled)),
        *(cell for function in BOTH for cell in _money_cells(governed.spending_limits.get(function))),
        *(governed.last_alignment, governed.days_since_alignment),
        *(governed.open_conflicts, governed.oldest_conflict_on),
        *(cell for function in BOTH for cell in _activity_cells(row.hats[function])),
    )


def _money_cells(money: Money | None) -> tuple[Cell, Cell]:
    return (None, None) if money is None else (money.amount, money.currency)


def _activity_cells(activity: HatActivity) -> tuple[Cell, ...]:
    return activity.hours, activity.decisions, activity.deliverables


REPORT = Report("governance", governance, governance_by_client, _table, _row, has_wildcards=True)
"""The governance report: what was issued, who decides, and when the two functions last met, by client."""
