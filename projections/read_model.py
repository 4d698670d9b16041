"""Read models: how the events of a stream are projected into rows of tables.

A row is known from the recording that added it until the recording that closed it. Projectors only add and close rows,
so the state known at any instant can be queried, and the effect of an event is the rows that it adds and closes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from sqlalchemy import BindParameter, Column, ColumnElement, Index, Integer, MetaData, Table, and_, bindparam, or_

from domain.client import Client
from domain.engagement import Engagement
from projections.column_types import Id, Instant
from projections.log import Event, Recorded
from projections.log.entries import microseconds

Row: TypeAlias = list[Any]
"""The stored values of a table's columns, in order: `[stream_id, row_no, known_from, known_to, ...]`."""

METADATA = MetaData()
RETRACTIONS = (Client.ClientRetracted, Engagement.EngagementRetracted)
"""Events that retract a whole stream and close all its rows."""
KNOWN_TO, CONTENT = 3, 4
"""Indexes in a row: of `known_to`, and of the first column of the table's own."""


def versioned_table(name: str, *columns: Column[Any]) -> Table:
    """A table with rows known over `[known_from, known_to)` (null: still known), numbered within their stream."""
    table = Table(
        name,
        METADATA,
        Column("stream_id", Id, nullable=False),
        Column("row_no", Integer, nullable=False),
        Column("known_from", Instant, nullable=False),
        Column("known_to", Instant),
        *columns,
    )
    # an index instead of a primary key: building it after loading the rows takes half the time
    Index(f"{name}_rows", table.c.stream_id, table.c.row_no, unique=True)
    return table


def add_index(table: Table, *columns: str) -> None:
    """Add an index on some columns of a table."""
    Index(f"{table.name}_by_{'_'.join(columns)}", *(table.c[column] for column in columns))


def known_at_instant(table: Any, known_at: datetime | BindParameter[datetime] | None) -> ColumnElement[bool]:
    """The condition that a row was known at an instant (null: is known now)."""
    if known_at is None:
        return table.c.known_to.is_(None)  # type: ignore[no-any-return]
    return and_(table.c.known_from <= known_at, or_(table.c.known_to.is_(None), table.c.known_to > known_at))


def span_contains(table: Any, day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """The condition that a row's span `[starts_on, ends_on)` contains a day."""
    return and_(table.c.starts_on <= day, or_(table.c.ends_on.is_(None), table.c.ends_on > day))


def id_in(column: ColumnElement[UUID], ids: Iterable[UUID]) -> ColumnElement[bool]:
    """The condition that a column's id is one of `ids`, of which there may be any number."""
    sorted_ids = sorted(ids)
    return column.in_(bindparam(None, sorted_ids, type_=Id, expanding=True, literal_execute=len(sorted_ids) > 500))


class StreamRows:
    """The rows of one stream in one table, and the changes that are not in the store yet."""

    __slots__ = ("_count", "_open", "_stream", "_taken_count", "added", "closed")

    def __init__(self, stream: bytes) -> None:
        """Start without rows; `stream` is the stream's id."""
        self._stream = stream
        self._count = 0
        self._taken_count = 0
        self._open: dict[int, Row] = {}
        self.added: list[Row] = []
        self.closed: list[tuple[int, bytes, int]] = []

    def add(self, at: int, content: tuple[object, ...]) -> Row:
        """Add a row, known from an instant (microseconds) on."""
        row = [self._stream, self._count, at, None, *content]
        self._open[self._count] = row
        self._count += 1
        self.added.append(row)
        return row

    def close(self, row: Row, at: int) -> None:
        """Close a row at an instant (microseconds)."""
        row[KNOWN_TO] = at
        del self._open[row[1]]
        if row[1] < self._taken_count:
            self.closed.append((at, self._stream, row[1]))

    def close_all(self, at: int) -> None:
        """Close all rows at an instant (microseconds), because the stream was retracted."""
        for row in list(self._open.values()):
            self.close(row, at)

    def take_changes(self) -> tuple[list[Row], list[tuple[int, bytes, int]]]:
        """Return the pending changes and clear them: rows to insert, and `(known_to, stream_id, row_no)` to close."""
        changes = self.added, self.closed
        self.added, self.closed, self._taken_count = [], [], self._count
        return changes


class Projector(Protocol):
    """Projects the events of one stream into the tables of one read model."""

    @property
    def rows(self) -> Sequence[tuple[Table, StreamRows]]:
        """The stream's rows in each table."""

    def add(self, event: Any, position: int, at: int) -> None:
        """Project the stream's next event, recorded at an instant (microseconds)."""


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Tables, and the projectors that fill them.

    `version` must change whenever the same events would give different rows, so that the read models are rebuilt.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    folds: Mapping[type[Any], Callable[[bytes], Projector]]
    """Projector factories by the class of a stream's events; other streams have no rows here."""


class StreamProjection:
    """The projection of one stream into all read models."""

    __slots__ = ("_projectors", "version")

    def __init__(self, stream: UUID, created: Event, models: Iterable[ReadModel]) -> None:
        """Start before the first event; `created` is that event, whose class determines the projectors."""
        self.version = 0
        self._projectors = [
            start(stream.bytes) for model in models for kind, start in model.folds.items() if isinstance(created, kind)
        ]

    def add(self, recorded: Recorded) -> None:
        """Project the stream's next event. Raises `ValueError` when its version does not follow."""
        event, position = recorded.event, recorded.position
        if event.originator_version != self.version + 1:
            raise ValueError(f"version {event.originator_version} does not follow version {self.version}")
        at = microseconds(event.timestamp)
        for projector in self._projectors:
            projector.add(event, position, at)
        if isinstance(event, RETRACTIONS):
            for projector in self._projectors:
                for _, rows in projector.rows:
                    rows.close_all(at)
        self.version += 1

    def take_changes(
        self, added: dict[Table, list[Row]], closed: dict[Table, list[tuple[int, bytes, int]]] | None = None
    ) -> int:
        """Move the pending changes to `added` and `closed` (null for a new stream); returns the number of new rows."""
        count = 0
        for projector in self._projectors:
            for table, rows in projector.rows:
                if rows.added or rows.closed:
                    new, ended = rows.take_changes()
                    added[table] += new
                    count += len(new)
                    if closed is not None:
                        closed[table] += ended
        return count

    def discard_changes(self) -> None:
        """Discard the pending changes, because the store has them already."""
        for projector in self._projectors:
            for _, rows in projector.rows:
                rows.take_changes()


def project_stream(stream: UUID, events: Sequence[Recorded], models: Sequence[ReadModel]) -> dict[Table, list[Row]]:
    """The rows of one stream, from all its events. Raises what a projector raises for an invalid event."""
    added: dict[Table, list[Row]] = {table: [] for model in models for table in model.tables}
    if events:
        projection = StreamProjection(stream, events[0].event, models)
        for recorded in events:
            projection.add(recorded)
        projection.take_changes(added)
    return added
