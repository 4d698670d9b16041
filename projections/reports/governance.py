"""Governance: the artifact pack, the first quarter, decision areas, spending limits, alignment and open conflicts.

One row per client with an open engagement on `as_of`, about that engagement; with the filter `status=ended` about the
last one, as it was on its closing day. `domain.governance` says what counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from uuid import UUID

import numpy as np

from domain.areas import DECISION_AREAS, GOVERNANCE_PACK, DecisionOwner
from domain.governance import (
    FIRST_90_DAYS,
    AlignmentWeek,
    Governance,
    HatActivity,
    activity_between,
    alignment_weeks,
    governance_on,
)
from domain.seats import BOTH, Function, Money
from domain.text import key_of_name
from projections.client_filter import ClientStatus
from projections.columnar.array_column import Array
from projections.dated_rows import DatedRows, counted
from projections.judgements import judged_of
from projections.profiles import NamePosition, names_and_slugs_of
from projections.reports.by_client import ANY, Figure, FiguresByClient, matches_row
from projections.reports.governance_facts import (
    AREA,
    CONFLICTS,
    EVERY,
    GOVERNANCE,
    OPEN,
    OVERDUE,
    PACK,
    engagement_on,
    governance_facts,
)
from projections.reports.paging import placed_by_name
from projections.reports.question import Link, ReportQuestion
from projections.reports.report import Cell, Names, Report, RowQuery, Table
from projections.snapshot import Snapshot, cached

NO_OWNER: Final = "nobody"
"""In the name of a row, the owner of an area that has none."""


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


def _rows(snapshot: Snapshot, question: ReportQuestion) -> Iterator[GovernanceRow]:
    day = question.as_of.toordinal()
    start, end = question.start.toordinal(), question.end.toordinal() + 1
    current = {
        client: facts
        for client, engagements in governance_facts(snapshot, question).items()
        if (facts := engagement_on(engagements, day, with_ended=_has_ended(question))) is not None
    }
    clients = names_and_slugs_of(snapshot, current, as_of=question.as_of, known_at=question.known_at)
    for client, facts in current.items():
        name, slug = clients[client]
        hats = {function: activity_between(facts, function, start, end, day) for function in BOTH}
        yield GovernanceRow(client, slug, name, facts.engagement, governance_on(facts, day), hats)


def place_of(row: GovernanceRow) -> NamePosition:
    """The position of a row in the report."""
    return key_of_name(row.name), row.client


def _has_ended(question: ReportQuestion) -> bool:
    """Whether the question is about ended clients, of which the last engagement counts."""
    return question.filters.status is ClientStatus.ENDED


@cached
def governance(
    snapshot: Snapshot, question: ReportQuestion, *, limit: int | None = None, after: NamePosition | None = None
) -> GovernanceReport:
    """The governance of each client; `limit` null gives all clients."""
    rows, places = _counted(snapshot, question)
    is_client = rows["row"][places] == _number_of(rows, EVERY)
    placed = placed_by_name(snapshot, question, rows, places[is_client])

    def rows_of(clients: frozenset[UUID]) -> Sequence[GovernanceRow]:
        return sorted(_rows(snapshot, replace(question, visible=clients)), key=place_of)

    page, last = placed.page(rows_of, place_of, after, limit)
    return GovernanceReport(question, page, _totals(snapshot, question), last)


def _counted(snapshot: Snapshot, question: ReportQuestion) -> tuple[DatedRows, Array]:
    """The judged rows, and the places of those that count a chosen client on the day."""
    rows, is_chosen = judged_of(snapshot, GOVERNANCE, question)
    places = rows.on(question.as_of.toordinal())
    is_counted = is_chosen[rows["client"][places]]
    if not _has_ended(question):
        is_counted &= rows["has_ended"][places] == 0
    return rows, places[is_counted]


def _number_of(rows: DatedRows, word: str) -> int:
    """The number of a word; -1 where no row has it."""
    return rows.words.names.index(word) if word in rows.words.names else -1


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


@cached
def _totals(snapshot: Snapshot, question: ReportQuestion) -> GovernanceTotals:
    rows, places = _counted(snapshot, question)
    names = rows.words.names
    counts = Counter({names[row]: count for (row,), count in counted(rows["row"][places])})
    areas: dict[str, Counter[str]] = {area: Counter() for area in DECISION_AREAS}
    packs: Counter[int] = Counter()
    for name, count in counts.items():
        match name.split("."):
            case [topic, pack] if topic == PACK:
                packs[int(pack)] = count
            case [topic, area, owner] if topic == AREA:
                areas.setdefault(area, Counter())[owner] = count
    for area in DECISION_AREAS:
        if without := counts[EVERY] - areas[area].total():
            areas[area][NO_OWNER] = without
    others = sorted(areas.keys() - DECISION_AREAS.keys())
    return GovernanceTotals(
        counts[EVERY],
        packs,
        {function: counts[f"{OVERDUE}.{function}"] for function in BOTH},
        {area: areas[area] for area in (*DECISION_AREAS, *others)},
        counts[f"{CONFLICTS}.{OPEN}"],
    )


def governance_by_client(snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """What is compared between two instants: each fact of a client under a name that does not depend on its value."""
    return {row.client: dict(_facts(row.governance)) for row in _rows(snapshot, question)}


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


def _counts_by_client(name: str, snapshot: Snapshot, question: ReportQuestion) -> FiguresByClient:
    """The clients that a row counts: `pack.3`, `overdue.ai`, `area.mlops.joint`, `conflicts.open`."""
    rows, places = _counted(snapshot, question)
    client, row = rows["client"][places], rows["row"][places]
    figures: dict[UUID, dict[str, Figure]] = defaultdict(dict)
    for number, word in enumerate(list(rows.words.names)):
        if matches_row(name, word):
            for one in rows.client_ids(client[row == number]):
                figures[one][word] = 1
    for area in DECISION_AREAS:
        if matches_row(name, without := f"{AREA}.{area}.{NO_OWNER}"):
            owned = [number for number, word in enumerate(rows.words.names) if word.startswith(f"{AREA}.{area}.")]
            every = client[row == _number_of(rows, EVERY)]
            for one in rows.client_ids(np.setdiff1d(every, client[np.isin(row, owned)])):
                figures[one][without] = 1
    return figures


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
        return RowQuery(question.bounded(), partial(_counts_by_client, name))
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
