"""Read models: what the events of one stream become.

A read model says for each kind of stream how its events are folded into rows. Rows are *known* from the recording
that made them until the recording after which they no longer hold: a fold only adds rows and closes rows, so that
what was known at any instant stays answerable, and what one more event changes is what was added and closed by it.
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
"""`[stream_id, row_no, known_from, known_to, ...]`: a table's columns in their order."""

METADATA = MetaData()
RETRACTIONS = (Client.ClientRetracted, Engagement.EngagementRetracted)
"""The last event of a stream that was retracted as a whole: all its rows are closed."""
KNOWN_TO, CONTENT = 3, 4
"""Where in a row these are, or begin."""


def versioned_table(name: str, *columns: Column[Any]) -> Table:
    """A table whose rows are known over `[known_from, known_to)` (null: still), numbered within their stream."""
    table = Table(
        name,
        METADATA,
        Column("stream_id", Id, nullable=False),
        Column("row_no", Integer, nullable=False),
        Column("known_from", Instant, nullable=False),
        Column("known_to", Instant),
        *columns,
    )
    # no primary key: made after the rows it costs half
    Index(f"{name}_rows", table.c.stream_id, table.c.row_no, unique=True)
    return table


def add_index(table: Table, *columns: str) -> None:
    """Index a table by some columns."""
    Index(f"{table.name}_by_{'_'.join(columns)}", *(table.c[column] for column in columns))


def known_at_instant(table: Any, known_at: datetime | BindParameter[datetime] | None) -> ColumnElement[bool]:
    """Whether a row was known at an instant (null: is known now)."""
    if known_at is None:
        return table.c.known_to.is_(None)  # type: ignore[no-any-return]
    return and_(table.c.known_from <= known_at, or_(table.c.known_to.is_(None), table.c.known_to > known_at))


def span_contains(table: Any, day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Whether a row's span `[starts_on, ends_on)` holds a day."""
    return and_(table.c.starts_on <= day, or_(table.c.ends_on.is_(None), table.c.ends_on > day))


def id_in(column: ColumnElement[UUID], ids: Iterable[UUID]) -> ColumnElement[bool]:
    """Whether a column's id is one of these, however many they are."""
    sorted_ids = sorted(ids)
    return column.in_(bindparam(None, sorted_ids, type_=Id, expanding=True, literal_execute=len(sorted_ids) > 500))


class StreamRows:
    """The rows of one stream in one table, and which of them the store has not been told of yet."""

    __slots__ = ("_count", "_open", "_stream", "_taken_count", "added", "closed")

    def __init__(self, stream: bytes) -> None:
        """No rows of a stream yet."""
        self._stream = stream
        self._count = 0
        self._taken_count = 0
        self._open: dict[int, Row] = {}
        self.added: list[Row] = []
        self.closed: list[tuple[int, bytes, int]] = []

    def add(self, at: int, content: tuple[object, ...]) -> Row:
        """A new row, known from an instant on."""
        row = [self._stream, self._count, at, None, *content]
        self._open[self._count] = row
        self._count += 1
        self.added.append(row)
        return row

    def close(self, row: Row, at: int) -> None:
        """From that instant on the row is no longer what is known."""
        row[KNOWN_TO] = at
        del self._open[row[1]]
        if row[1] < self._taken_count:
            self.closed.append((at, self._stream, row[1]))

    def close_all(self, at: int) -> None:
        """From that instant on nothing of the stream is known: it was retracted."""
        for row in list(self._open.values()):
            self.close(row, at)

    def take(self) -> tuple[list[Row], list[tuple[int, bytes, int]]]:
        """What the store must be told: rows to insert, and `(known_to, stream_id, row_no)` to close."""
        changes = self.added, self.closed
        self.added, self.closed, self._taken_count = [], [], self._count
        return changes


class Projector(Protocol):
    """What one stream's events have become so far, in the tables of one read model."""

    @property
    def rows(self) -> Sequence[tuple[Table, StreamRows]]:
        """Its rows, table by table."""

    def add(self, event: Any, position: int, at: int) -> None:
        """Take in the stream's next event, recorded at an instant (microseconds)."""


@dataclass(frozen=True, slots=True)
class ReadModel:
    """Tables that answer some questions, and how streams of each kind become rows in them.

    `version` must change whenever the same events would give other rows: then all is built anew.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    folds: Mapping[type[Any], Callable[[bytes], Projector]]
    """By the class of a stream's events; streams of other kinds give no rows here."""


class StreamProjection:
    """One stream in all read models."""

    __slots__ = ("_folds", "version")

    def __init__(self, stream: UUID, created: Event, models: Iterable[ReadModel]) -> None:
        """Nothing of a stream yet; `created` is its first event, which says of what kind the stream is."""
        self.version = 0
        self._folds = [
            start(stream.bytes) for model in models for kind, start in model.folds.items() if isinstance(created, kind)
        ]

    def add(self, recorded: Recorded) -> None:
        """Take in the stream's next event."""
        event, position = recorded.event, recorded.position
        if event.originator_version != self.version + 1:
            raise ValueError(f"version {event.originator_version} does not follow version {self.version}")
        at = microseconds(event.timestamp)
        for fold in self._folds:
            fold.add(event, position, at)
            if isinstance(event, RETRACTIONS):
                for _, rows in fold.rows:
                    rows.close_all(at)
        self.version += 1

    def take(
        self, added: dict[Table, list[Row]], closed: dict[Table, list[tuple[int, bytes, int]]] | None = None
    ) -> int:
        """Hand over what the store must be told, and how many rows it is; a new stream has closed none."""
        count = 0
        for fold in self._folds:
            for table, rows in fold.rows:
                if rows.added or rows.closed:
                    new, ended = rows.take()
                    added[table] += new
                    count += len(new)
                    if closed is not None:
                        closed[table] += ended
        return count

    def forget_told(self) -> None:
        """The store knows all of this already."""
        for fold in self._folds:
            for _, rows in fold.rows:
                rows.take()


def project_stream(stream: UUID, events: Sequence[Recorded], models: Sequence[ReadModel]) -> dict[Table, list[Row]]:
    """The rows of one stream, from nothing but its events. Raises what a fold raises at an event that cannot be."""
    added: dict[Table, list[Row]] = {table: [] for model in models for table in model.tables}
    if events:
        folds = StreamProjection(stream, events[0].event, models)
        for recorded in events:
            folds.add(recorded)
        folds.take(added)
    return added
