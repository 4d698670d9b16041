"""Then and now: compares a report as known at an instant with the same report as known later.

The comparison is by what each client contributes to the report's rows. Only clients with recordings in between can
differ, so the cost depends on the number of recordings and not on the size of the portfolio.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.text import key_of_name
from projections.changed_clients import clients_touched
from projections.column_types import from_json
from projections.profiles import PROFILES, NamePosition
from projections.read_model import id_in, known_at_instant, span_contains
from projections.reports.by_client import ByClient, Figure, FiguresByClient
from projections.reports.question import ReportQuestion
from projections.reports.report import Table
from projections.snapshot import Snapshot
from projections.timeline_changes import MilestoneDifference, timeline_changes


@dataclass(frozen=True, slots=True)
class FigureDifference:
    """A client's contribution to a row then and now (null: none)."""

    row: str
    then: Figure | None
    now: Figure | None


@dataclass(frozen=True, slots=True)
class ClientDifference:
    """A client whose contribution changed, with the changed milestones and profile fields (including `name`).

    `name` is the client's on `as_of`, as known now.
    """

    client: UUID
    name: str
    figures: tuple[FigureDifference, ...]
    milestones: tuple[MilestoneDifference, ...]
    profile: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThenAndNow:
    """The clients that differ, by name; `count` is the number of all, also when `clients` is limited.

    `next` is the position after which more clients follow.
    """

    then: datetime
    now: datetime | None
    as_of: date
    count: int
    clients: tuple[ClientDifference, ...]
    next: NamePosition | None = None


def then_and_now(
    snapshot: Snapshot,
    by_client: ByClient,
    question: ReportQuestion,
    then: datetime,
    *,
    limit: int | None = 100,
    after: NamePosition | None = None,
) -> ThenAndNow:
    """Compare a report as known at `then` with the same question at its `known_at`, which must not be earlier."""
    touched = clients_touched(snapshot, then, question.known_at)
    visible = touched if question.visible is None else touched & question.visible
    now = replace(question, visible=visible)
    figures = differences(
        by_client(snapshot, replace(now, known_at=then)),
        by_client(snapshot, now),
    )
    profiles_then = _profiles_on(snapshot, figures.keys(), question.as_of, then)
    profiles_now = _profiles_on(snapshot, figures.keys(), question.as_of, question.known_at)
    names = {client: (profiles_now[client] or profiles_then[client])["name"] for client in figures}
    places = sorted((key_of_name(names[client]), client) for client in figures)
    following = places if after is None else places[bisect_right(places, after) :]
    shown = following[:limit]
    return ThenAndNow(
        then,
        question.known_at,
        question.as_of,
        len(figures),
        tuple(
            ClientDifference(
                client=client,
                name=names[client],
                figures=figures[client],
                milestones=timeline_changes(
                    snapshot, client, as_of=question.as_of, known_from=then, known_to=question.known_at
                ).milestones,
                profile=tuple(
                    field for field, value in profiles_now[client].items() if value != profiles_then[client].get(field)
                ),
            )
            for _, client in shown
        ),
        shown[-1] if shown and len(following) > len(shown) else None,
    )


def differences(then: FiguresByClient, now: FiguresByClient) -> dict[UUID, tuple[FigureDifference, ...]]:
    """The differences between two sets of figures, by client and row; clients without any are left out."""
    figures = {}
    for client in then.keys() | now.keys():
        before, after = then.get(client, {}), now.get(client, {})
        rows = [row for row in sorted(before.keys() | after.keys()) if before.get(row) != after.get(row)]
        if rows:
            figures[client] = tuple(FigureDifference(row, before.get(row), after.get(row)) for row in rows)
    return figures


def _profiles_on(
    snapshot: Snapshot, clients: Iterable[UUID], day: date, known_at: datetime | None
) -> Mapping[UUID, Mapping[str, Any]]:
    """The names and profiles of clients on a day, as JSON; empty for unknown clients."""
    profiles: dict[UUID, Mapping[str, Any]] = defaultdict(dict)
    query = select(PROFILES.c.stream_id, PROFILES.c.content).where(
        id_in(PROFILES.c.stream_id, clients), known_at_instant(PROFILES, known_at), span_contains(PROFILES, day)
    )
    for client, content in snapshot.connection.execute(query):
        profiles[client] = from_json(content)
    return profiles


def table_of_differences(answer: ThenAndNow) -> Table:
    """One row per figure that differs, with everything that changed at its client."""
    rows = (
        (
            *(client.client, client.name, figure.row, figure.then, figure.now),
            *("; ".join(_milestone_text(milestone) for milestone in client.milestones), "; ".join(client.profile)),
        )
        for client in answer.clients
        for figure in client.figures
    )
    return Table(("client", "name", "row", "then", "now", "milestones", "profile"), rows)


def _milestone_text(milestone: MilestoneDifference) -> str:
    """A milestone's kind and day, and whether it was added, changed or removed."""
    version = milestone.after or milestone.before
    text = f"{version.kind} {version.effective_on}" if version else str(milestone.milestone)
    return f"{text} ({milestone.difference})"
