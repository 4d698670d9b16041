"""The clients at which people hold seats on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from domain.text import key_of_name
from projections.profiles import names_of
from projections.read_model import id_in, known_at_instant, span_contains
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS


def clients_by_holder(
    snapshot: Snapshot, holders: Collection[UUID], *, as_of: date, visible: frozenset[UUID] | None
) -> Mapping[UUID, Sequence[str]]:
    """The sorted names of each person's clients on a day; people without a seat are left out."""
    if not holders:
        return {}
    spans = SEAT_SPANS.c
    query = (
        select(spans.holder_id, spans.client_id)
        .where(spans.holder_id.in_(holders), known_at_instant(SEAT_SPANS, None), span_contains(SEAT_SPANS, as_of))
        .distinct()
    )
    if visible is not None:
        query = query.where(id_in(spans.client_id, visible))
    rows = snapshot.connection.execute(query).all()
    names = names_of(snapshot, {row.client_id for row in rows}, as_of=as_of)
    clients: dict[UUID, list[str]] = defaultdict(list)
    for holder, client in rows:
        if client in names:
            clients[holder].append(names[client])
    return {holder: sorted(client_names, key=key_of_name) for holder, client_names in clients.items()}
