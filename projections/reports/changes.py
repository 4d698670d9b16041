"""The milestones that changed a seat, a structure or a status, one by one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from domain.milestones import DETAILS
from domain.seats import Structure
from domain.text import key_of_name
from projections.milestone_versions import MilestoneVersion
from projections.milestones import milestones_between
from projections.profiles import names_of
from projections.read_model import id_in, known_at_instant
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot
from projections.spans import TRANSITIONS

KINDS: Final = tuple(kind for kind, details in DETAILS.items() if details.changes_holders)
"""The kinds of milestones that change seats, structures or statuses."""


@dataclass(frozen=True, slots=True)
class Move:
    """A change of structure; `before` is null when the client entered, `after` when it left."""

    before: Structure | None
    after: Structure | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change; `name` is the client's on `as_of`, `move` is null when the structure stayed the same."""

    client: UUID
    name: str
    milestone: MilestoneVersion
    move: Move | None


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes in the quarters up to `as_of`, by day; `count` is the number of all, also when `rows` is limited."""

    question: ReportQuestion
    rows: tuple[ChangeRow, ...]
    count: int


def changes(snapshot: Snapshot, question: ReportQuestion, *, limit: int = 200) -> Changes:
    """The changes at the selected clients; when there are more than `limit`, changes of structure come first."""
    milestones = milestones_between(
        snapshot,
        question.start,
        min(question.end, question.as_of),
        KINDS,
        clients=question.chosen_ids(),
        known_at=question.known_at,
    )
    moves = _moves(snapshot, {milestone.engagement for milestone in milestones}, question)
    shown = sorted(milestones, key=lambda milestone: (milestone.engagement, milestone.id) not in moves)[:limit]
    clients = {milestone.client for milestone in shown}
    names = names_of(snapshot, clients, as_of=question.as_of, known_at=question.known_at)
    rows = (ChangeRow(m.client, names.get(m.client, ""), m, moves.get((m.engagement, m.id))) for m in shown)
    by_day = sorted(rows, key=lambda row: (row.milestone.takes_effect_on, key_of_name(row.name), row.milestone.order))
    return Changes(question, tuple(by_day), len(milestones))


def _moves(
    snapshot: Snapshot, engagements: Collection[UUID], question: ReportQuestion
) -> dict[tuple[UUID, UUID], Move]:
    """The changes of structure, by engagement and milestone."""
    table = TRANSITIONS.c
    query = select(table.stream_id, table.milestone_id, table.before, table.after).where(
        known_at_instant(TRANSITIONS, question.known_at),
        id_in(table.stream_id, engagements),
        table.made_on.between(question.start, min(question.end, question.as_of)),
    )
    return {
        (engagement, milestone): Move(before, after)
        for engagement, milestone, before, after in snapshot.connection.execute(query)
    }
