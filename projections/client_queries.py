"""Prepared queries for the rows of one client, which every page about a client runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, select

from projections.column_types import Id, Instant
from projections.read_model import known_at_instant
from projections.snapshot import Snapshot


class PreparedQuery(NamedTuple):
    """A query for one client's rows, built once: as known now, and as known at an instant."""

    now: Select[Any]
    then: Select[Any]

    @classmethod
    def prepare(
        cls, table: Table, *conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]] = ()
    ) -> PreparedQuery:
        """Build the query for the known rows of `table` that fulfil all conditions."""
        rows = select(table).where(table.c.client_id == bindparam("client", type_=Id), *conditions).order_by(*order)
        instant = bindparam("known_at", type_=Instant)
        return cls(rows.where(known_at_instant(table, None)), rows.where(known_at_instant(table, instant)))

    def rows(self, snapshot: Snapshot, client: UUID, known_at: datetime | None) -> Sequence[Row[Any]]:
        """The rows as known at an instant (null: now)."""
        if known_at is None:
            return snapshot.connection.execute(self.now, {"client": client}).all()
        return snapshot.connection.execute(self.then, {"client": client, "known_at": known_at}).all()
