"""Follows the log: projects the next events and advances the checkpoints in one transaction.

Any number of threads, processes and hosts may try at once. The first to advance the checkpoints writes the rows; the
others see that they have moved, and go on from there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Table
from sqlalchemy.exc import IntegrityError

from domain.errors import Refusal
from projections.log import Log, Recorded, Undecodable, UnknownTopic
from projections.read_model import ReadModel, Row, StreamProjection
from projections.view_store import ViewStore, ViewStoreBuild, add_rows, advance_checkpoints, close_rows

CHUNK = 500
"""The number of events in a transaction; one takes about 20 ms, so that others never wait long."""

STREAM_CACHE_SIZE = 1_000
"""How many streams' projections are cached for their next events; others are rebuilt from the log."""

PROJECTION_ERRORS = (ArithmeticError, AttributeError, LookupError, Refusal, TypeError, ValueError)
"""What a projector raises for an invalid event; reported as a `ProjectionFault`, never skipped."""


class ProjectionFault(Exception):  # noqa: N818  (it names what is wrong with the record, not with the caller)
    """An event cannot be projected. Reads fail until it can, because events are never skipped."""

    def __init__(self, position: int, stream: UUID | str | None, why: str) -> None:
        """`position` and `stream` identify the event; `why` must not quote its contents."""
        super().__init__(f"The event at position {position} of stream {stream} cannot be projected: {why}.")
        self.position = position
        self.stream = stream


class RowChanges(NamedTuple):
    """The rows that a chunk of events adds and closes, and the checkpoint after it."""

    added: dict[Table, list[Row]]
    closed: dict[Table, list[tuple[int, bytes, int]]]
    position: int
    recorded_at: datetime


class Follower:
    """Projects the next events of the log into a view store. Not thread-safe."""

    def __init__(self, log: Log, models: Sequence[ReadModel]) -> None:
        """`models` are all read models of the store."""
        self._log = log
        self._models = models
        self._cache: OrderedDict[UUID, StreamProjection] = OrderedDict()

    def follow(self, store: ViewStore, position: int, limit: int = CHUNK) -> int:
        """Project at most `limit` events after a position, if the store's checkpoints are there; returns the new one.

        Returns `position` at the end of the log, or when another follower was faster. Raises `ProjectionFault` when
        the next event cannot be projected; the events before it are projected first.
        """
        chunk = read_readable(self._log, position, limit)
        if not chunk:
            return position
        projections, difference = self._project(chunk)
        try:
            with store.writing() as connection:
                if not advance_checkpoints(
                    connection, len(self._models), position, difference.position, difference.recorded_at
                ):
                    return position
                _write(connection, difference)
        except IntegrityError as fault:
            raise ProjectionFault(position + 1, None, "its rows are there already; rebuild the read models") from fault
        self._put(projections)
        return difference.position

    def follow_building(self, building: ViewStoreBuild, position: int, limit: int = CHUNK) -> int:
        """Like `follow`, for a store that is being built and has no other writer."""
        chunk = read_readable(self._log, position, limit)
        if not chunk:
            return position
        projections, difference = self._project(chunk)
        with building.writing() as connection:
            _write(connection, difference)
        self._put(projections)
        return difference.position

    def _project(self, chunk: Sequence[Recorded]) -> tuple[dict[UUID, StreamProjection], RowChanges]:
        """Project a chunk up to the first invalid event; raises `ProjectionFault` when that is the first one."""
        projections = self._projections_before(chunk)
        count = 0
        fault: Exception | None = None
        for recorded in chunk:
            try:
                self._projection_of(recorded, projections).add(recorded)
            except PROJECTION_ERRORS as raised:
                fault = raised
                break
            count += 1
        if fault is not None:
            if count == 0:
                raise projection_fault(fault, chunk[0]) from fault
            return self._project(chunk[:count])
        difference = RowChanges(
            empty_rows(self._models), empty_rows(self._models), chunk[-1].position, chunk[-1].event.timestamp
        )
        for stream in projections.values():
            stream.take_changes(difference.added, difference.closed)
        return projections, difference

    def _projections_before(self, chunk: Sequence[Recorded]) -> dict[UUID, StreamProjection]:
        """The projections of the chunk's existing streams, as of before the chunk."""
        first: dict[UUID, Recorded] = {}
        for recorded in chunk:
            first.setdefault(recorded.event.originator_id, recorded)
        projections = {}
        missing = []
        for stream, recorded in first.items():
            cached = self._cache.pop(stream, None)
            if cached is not None and cached.version == recorded.event.originator_version - 1:
                projections[stream] = cached
            elif recorded.event.originator_version > 1:
                missing.append(stream)
        for stream, events in self._log.streams(missing, chunk[0].position - 1).items():
            projections[stream] = StreamProjection(stream, events[0].event, self._models)
            for earlier in events:
                projections[stream].add(earlier)
            projections[stream].discard_changes()
        return projections

    def _projection_of(self, recorded: Recorded, folds: dict[UUID, StreamProjection]) -> StreamProjection:
        stream = recorded.event.originator_id
        if stream not in folds:
            folds[stream] = StreamProjection(stream, recorded.event, self._models)
        return folds[stream]

    def _put(self, projections: dict[UUID, StreamProjection]) -> None:
        self._cache.update(projections)
        while len(self._cache) > STREAM_CACHE_SIZE:
            self._cache.popitem(last=False)


def read_readable(log: Log, position: int, limit: int) -> Sequence[Recorded]:
    """At most `limit` readable events after a position; raises `ProjectionFault` when the next one is unreadable."""
    try:
        return log.read(position, limit)
    except (Undecodable, UnknownTopic) as fault:
        if limit > 1:
            return read_readable(log, position, limit // 2)
        stream = fault.stream if isinstance(fault, Undecodable) else None
        raise ProjectionFault(position + 1, stream, str(fault).rstrip(".")) from fault


def projection_fault(fault: Exception, recorded: Recorded) -> ProjectionFault:
    """A `ProjectionFault` for an event, without its contents."""
    return ProjectionFault(recorded.position, recorded.event.originator_id, type(fault).__name__)


def empty_rows(models: Iterable[ReadModel]) -> dict[Table, list[Any]]:
    """An empty list of rows for every table."""
    return {table: [] for model in models for table in model.tables}


def _write(connection: Connection, difference: RowChanges) -> None:
    for table, rows in difference.added.items():
        add_rows(connection, table, rows)
    for table, closed in difference.closed.items():
        close_rows(connection, table, closed)
