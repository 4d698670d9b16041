"""Questions about one client that every page of it asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, select

from projections.column_types import Id, Instant
from projections.read_model import known_at_instant


class PreparedQuery(NamedTuple):
    """A question about one client that is asked so often that it is put together once: of now, and of an instant."""

    now: Select[Any]
    then: Select[Any]

    @classmethod
    def of(
        cls, table: Table, *conditions: ColumnElement[bool], order: Sequence[ColumnElement[Any]] = ()
    ) -> PreparedQuery:
        """All of a client's rows that are, or were, known and fulfil some conditions."""
        rows = select(table).where(table.c.client_id == bindparam("client", type_=Id), *conditions).order_by(*order)
        instant = bindparam("known_at", type_=Instant)
        return cls(rows.where(known_at_instant(table, None)), rows.where(known_at_instant(table, instant)))

    def rows(self, connection: Connection, client: UUID, known_at: datetime | None) -> Sequence[Row[Any]]:
        """The rows that are known (`known_at` null), or were at an instant."""
        if known_at is None:
            return connection.execute(self.now, {"client": client}).all()
        return connection.execute(self.then, {"client": client, "known_at": known_at}).all()
