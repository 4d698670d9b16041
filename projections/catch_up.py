"""Following the log: the next events become rows, and the position moves with them in one transaction.

Any number of threads, processes and hosts may try at once: whoever moves the position first has made the rows, the
others find it moved and read on from there.
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
"""Events a transaction takes in: it is over in some 20 ms, so that others never wait long."""

STREAM_CACHE_SIZE = 1_000
"""Streams whose folded state is kept for their next events; any other is folded anew from the log."""

PROJECTION_ERRORS = (ArithmeticError, AttributeError, LookupError, Refusal, TypeError, ValueError)
"""What a fold raises at an event that cannot be: it is told as a `ProjectionFault`, never passed over."""


class ProjectionFault(Exception):  # noqa: N818  (it names what is wrong with the record, not with the caller)
    """An event cannot be projected. Nothing can be read until it can: no event is ever skipped."""

    def __init__(self, position: int, stream: UUID | str | None, why: str) -> None:
        """`position` and `stream` name the event; `why` says nothing of what is in it."""
        super().__init__(f"The event at position {position} of stream {stream} cannot be projected: {why}.")
        self.position = position
        self.stream = stream


class RowChanges(NamedTuple):
    """What a chunk of events changes in the tables."""

    added: dict[Table, list[Row]]
    closed: dict[Table, list[tuple[int, bytes, int]]]
    position: int
    recorded_at: datetime


class Follower:
    """Turns the next events of the log into rows. One thread at a time may use it."""

    def __init__(self, log: Log, models: Sequence[ReadModel]) -> None:
        """`models` are those of one store."""
        self._log = log
        self._models = models
        self._cache: OrderedDict[UUID, StreamProjection] = OrderedDict()

    def follow(self, store: ViewStore, position: int, limit: int = CHUNK) -> int:
        """Take in the next events after a position, if the store is there; the position that was reached.

        The same position again when there is nothing more in the log, or somebody else was faster. Raises
        `ProjectionFault` when the very next event cannot be projected; those before it have been taken in then.
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
        """The same for a store that is being built, which nobody else writes to."""
        chunk = read_readable(self._log, position, limit)
        if not chunk:
            return position
        projections, difference = self._project(chunk)
        with building.writing() as connection:
            _write(connection, difference)
        self._put(projections)
        return difference.position

    def _project(self, chunk: Sequence[Recorded]) -> tuple[dict[UUID, StreamProjection], RowChanges]:
        """Fold as much of a chunk as can be; raises `ProjectionFault` when that is nothing."""
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
            stream.take(difference.added, difference.closed)
        return projections, difference

    def _projections_before(self, chunk: Sequence[Recorded]) -> dict[UUID, StreamProjection]:
        """The streams that a chunk goes on with, as they were before it."""
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
            projections[stream].forget_told()
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
    """The next events that can be read; raises `ProjectionFault` when the very next one cannot."""
    try:
        return log.read(position, limit)
    except (Undecodable, UnknownTopic) as fault:
        if limit > 1:
            return read_readable(log, position, limit // 2)
        stream = fault.stream if isinstance(fault, Undecodable) else None
        raise ProjectionFault(position + 1, stream, str(fault).rstrip(".")) from fault


def projection_fault(fault: Exception, recorded: Recorded) -> ProjectionFault:
    """A fault that a fold raised, naming the event and saying nothing of what is in it."""
    return ProjectionFault(recorded.position, recorded.event.originator_id, type(fault).__name__)


def empty_rows(models: Iterable[ReadModel]) -> dict[Table, list[Any]]:
    """An empty list for every table."""
    return {table: [] for model in models for table in model.tables}


def _write(connection: Connection, difference: RowChanges) -> None:
    for table, rows in difference.added.items():
        add_rows(connection, table, rows)
    for table, closed in difference.closed.items():
        close_rows(connection, table, closed)
