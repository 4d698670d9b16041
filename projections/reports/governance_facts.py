"""What the governance of clients depends on: facts for the rows of a page, and judged rows for the counts of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import numpy as np

from domain.governance import FIRST_QUARTER_DAYS, KINDS, Governance, GovernanceFacts, governance_on
from domain.seats import BOTH
from domain.signs.periods import FOREVER
from projections.client_facts import engagement_facts, engagements_in
from projections.client_rows import ClientRows
from projections.dated_rows import Column, JudgedClient
from projections.judgements import Judgement, ids_of
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

FactsByClient: TypeAlias = Mapping[UUID, tuple[GovernanceFacts, ...]]
"""The engagements of clients, each in the order of its start."""

EVERY, OVERDUE, AREA, PACK, CONFLICTS, OPEN = "clients", "overdue", "area", "pack", "conflicts", "open"
"""In the name of a row: every client, and what is counted of each."""


def governance_facts(snapshot: Snapshot, question: ReportQuestion) -> FactsByClient:
    """The facts of the clients that a question is about, at its `known_at`, without those that have no engagement."""
    clients = ids_of(snapshot, question.chosen_ids())
    return {
        client: tuple(map(GovernanceFacts.of, engagements))
        for client, engagements in engagement_facts(snapshot, KINDS, clients, known_at=question.known_at)
    }


def engagement_on(engagements: Sequence[GovernanceFacts], day: int, *, with_ended: bool) -> GovernanceFacts | None:
    """The engagement that is open on a day; with ended ones and without an open one, the last that had begun."""
    for facts in engagements:
        if facts.is_open_on(day):
            return facts
    begun = [facts for facts in engagements if facts.opened_on <= day]
    return begun[-1] if begun and with_ended else None


def counted_in(governed: Governance) -> Iterator[str]:
    """The names of the rows that count a client with this governance; areas without an owner are left out."""
    yield EVERY
    yield f"{PACK}.{governed.pack}"
    for function in BOTH:
        if governed.is_overdue(function):
            yield f"{OVERDUE}.{function}"
    for area, owner in governed.areas.items():
        yield f"{AREA}.{area}.{owner}"
    if governed.open_conflicts:
        yield f"{CONFLICTS}.{OPEN}"


def _judge(rows: ClientRows) -> Iterator[JudgedClient]:
    for client, engagements in engagements_in(rows):
        yield client, list(_rows(tuple(map(GovernanceFacts.of, engagements))))


GOVERNANCE: Final = Judgement("governance", (Column.of_words("row"), Column("has_ended", np.int8)), _judge, KINDS)
"""The rows that count a client over time; `has_ended` where that is by an engagement that is closed."""


def _rows(engagements: Sequence[GovernanceFacts]) -> Iterator[tuple[Any, ...]]:
    since: dict[tuple[str, bool], int] = {}
    days = {day for facts in engagements for day in _days_of_change(facts)}
    for day in sorted(day for day in days if day < FOREVER):
        facts = engagement_on(engagements, day, with_ended=True)
        counted: set[tuple[str, bool]] = set()
        if facts is not None:
            has_ended = not facts.is_open_on(day)
            counted = {(row, has_ended) for row in counted_in(governance_on(facts, day))}
        for row in since.keys() - counted:
            yield since.pop(row), day, *row
        for row in counted - since.keys():
            since[row] = day
    for row, start in since.items():
        yield start, FOREVER, *row


def _days_of_change(facts: GovernanceFacts) -> Iterator[int]:
    yield facts.opened_on
    yield facts.closed_on
    yield from (entry.day for entry in facts.issued)
    yield from (right.day for right in facts.rights)
    for conflict in facts.conflicts:
        yield conflict.raised_on
        yield conflict.resolved_on
    for periods in facts.held_periods.values():
        for start, end in periods:
            yield start
            yield end
            yield start + FIRST_QUARTER_DAYS + 1
