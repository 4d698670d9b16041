"""Every client's structures one after the other, as they are known: what paths and flows are made of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

from sqlalchemy import LargeBinary, Row, Text, select, type_coerce

from projections.folding import known
from projections.reports.proration import day_number
from projections.reports.scope import Asked, of_chosen
from projections.snapshot import Snapshot
from projections.spans import STRUCTURE_SPANS

Spell: TypeAlias = Row[bytes, str, int, int | None]
"""A client (as stored), a structure's slug, and the day numbers from which and until before which it held."""


def spells_by_client(snapshot: Snapshot, asked: Asked, until: date) -> Iterator[tuple[bytes, Iterator[Spell]]]:
    """The spells that had begun by a day, client by client, each one's in order; null ends go on."""
    table = STRUCTURE_SPANS.c
    # as they are stored: to turn every one of many rows into ids, dates and words would take most of the time
    query = (
        select(
            type_coerce(table.client_id, LargeBinary),
            type_coerce(table.structure, Text),
            day_number(table.starts_on),
            day_number(table.ends_on),
        )
        .where(known(STRUCTURE_SPANS, asked.known_at), of_chosen(table.client_id, asked), table.starts_on <= until)
        .order_by(table.client_id, table.starts_on)
    )
    return groupby(snapshot.connection.execute(query), key=itemgetter(0))
