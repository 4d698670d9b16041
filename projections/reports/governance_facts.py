"""The facts on which the governance of clients depends: read at once, and cached as known now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Select

from domain.governance import KINDS, GovernanceFacts
from projections.client_facts import engagement_facts
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

FactsByClient: TypeAlias = Mapping[UUID, tuple[GovernanceFacts, ...]]
"""The engagements of clients, each in the order of its start."""

_CACHE_KEY: Final = "governance"


def governance_facts(snapshot: Snapshot, question: ReportQuestion) -> FactsByClient:
    """The facts of the clients that a question is about, at its `known_at`, without those that have no engagement."""
    chosen = question.chosen_ids()
    clients = None if chosen is None else _ids(snapshot, chosen)
    if question.known_at is not None:
        return _read(snapshot, clients, known_at=question.known_at)
    every_client = snapshot.judged(_CACHE_KEY, partial(_read, snapshot))
    if clients is None:
        return every_client
    return {client: every_client[client] for client in clients if client in every_client}


def _ids(snapshot: Snapshot, chosen: Select[Any]) -> frozenset[UUID]:
    return frozenset(snapshot.connection.execute(chosen).scalars())


def _read(snapshot: Snapshot, clients: Collection[UUID] | None, *, known_at: datetime | None = None) -> FactsByClient:
    return {
        client: tuple(map(GovernanceFacts.of, engagements))
        for client, engagements in engagement_facts(snapshot, KINDS, clients, known_at=known_at)
    }
