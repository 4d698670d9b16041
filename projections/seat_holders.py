"""The seats that people hold on a day, and at which clients."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from domain.seats import BOTH, Function
from domain.text import key_of_name
from projections.profiles import names_of
from projections.read_model import id_in, known_at_instant, span_contains
from projections.snapshot import Snapshot
from projections.spans import SEAT_SPANS


class HeldAtClient(NamedTuple):
    """A client at which a person holds seats, and the functions of these seats, technology first."""

    client: str
    functions: tuple[Function, ...]


def seats_by_holder(
    snapshot: Snapshot,
    holders: Collection[UUID],
    *,
    as_of: date,
    known_at: datetime | None = None,
    visible: frozenset[UUID] | None,
) -> Mapping[UUID, Sequence[HeldAtClient]]:
    """What each person holds on a day, by the name of the client; people without a seat are left out."""
    if not holders:
        return {}
    spans = SEAT_SPANS.c
    query = select(spans.holder_id, spans.client_id, spans.function).where(
        spans.holder_id.in_(holders), known_at_instant(SEAT_SPANS, known_at), span_contains(SEAT_SPANS, as_of)
    )
    if visible is not None:
        query = query.where(id_in(spans.client_id, visible))
    rows = snapshot.connection.execute(query).all()
    names = names_of(snapshot, {row.client_id for row in rows}, as_of=as_of, known_at=known_at)
    functions: dict[UUID, dict[UUID, set[Function]]] = defaultdict(lambda: defaultdict(set))
    for holder, client, function in rows:
        if client in names:
            functions[holder][client].add(function)
    return {
        holder: sorted(
            (
                HeldAtClient(names[client], tuple(f for f in BOTH if f in of_client))
                for client, of_client in seats.items()
            ),
            key=lambda seat: key_of_name(seat.client),
        )
        for holder, seats in functions.items()
    }


def clients_by_holder(
    snapshot: Snapshot, holders: Collection[UUID], *, as_of: date, visible: frozenset[UUID] | None
) -> Mapping[UUID, Sequence[str]]:
    """The sorted names of each person's clients on a day; people without a seat are left out."""
    seats = seats_by_holder(snapshot, holders, as_of=as_of, visible=visible)
    return {holder: [seat.client for seat in of_holder] for holder, of_holder in seats.items()}
