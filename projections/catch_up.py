"""Follows the log: projects the next events and advances the checkpoints in one transaction.

Any number of threads, processes and hosts may try at once. The first to advance the checkpoints writes the rows; the
others see that they have moved, and go on from there.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table
from sqlalchemy.exc import IntegrityError

from projections.cache_use import CacheUse, Tally
from projections.log import Batch, Log, Recorded, Unreadable
from projections.log.application import INVALID
from projections.project_history import project_history, unprojectable
from projections.read_model import ReadModel, Row, StreamProjection
from projections.stopped_streams import (
    NONE_STOPPED,
    StoppedStream,
    StoppedStreams,
    client_of_stream,
    new_generation,
    stopped_with_client,
    write_stopped,
)
from projections.view_store import Place, ViewStore, ViewStoreBuild, add_rows, advance_checkpoints, close_rows

CHUNK = 500
"""The number of events in a transaction; one takes about 20 ms, so that others never wait long."""

STREAM_CACHE_SIZE = 1_000
"""How many streams' projections are cached for their next events; others are rebuilt from the log."""


class ProjectionFault(Exception):  # noqa: N818  (it names what is wrong with the read models, not with the caller)
    """The read models do not fit the log. They must be rebuilt."""


@dataclass(slots=True)
class RowChanges:
    """The rows that a chunk of events adds and closes, and the streams that stop in it."""

    added: dict[Table, list[Row]]
    closed: dict[Table, list[tuple[int, bytes, int]]]
    stopped: dict[UUID, StoppedStream] = field(default_factory=dict)

    @classmethod
    def none(cls, models: Iterable[ReadModel]) -> RowChanges:
        """No changes yet."""
        return cls(empty_rows(models), empty_rows(models))


class Follower:
    """Projects the next events of the log into a view store. Not thread-safe."""

    def __init__(self, log: Log, models: Sequence[ReadModel]) -> None:
        """`models` are all read models of the store."""
        self._log = log
        self._models = models
        self._cache: OrderedDict[UUID, StreamProjection] = OrderedDict()
        self._tally = Tally()

    @property
    def use(self) -> CacheUse:
        """What the cache of projections has."""
        return CacheUse("projections", len(self._cache), STREAM_CACHE_SIZE, self._tally.hits, self._tally.misses)

    def follow(
        self, store: ViewStore, position: int, limit: int = CHUNK, stopped: StoppedStreams = NONE_STOPPED
    ) -> int:
        """Project at most `limit` events after a position, if the store's checkpoints are there; returns the new one.

        `stopped` are the store's stopped streams. An event that cannot be read or projected stops its stream.

        Returns `position` at the end of the log, or when another follower was faster. Raises `ProjectionFault`.
        """
        batch = self._log.scan(position, limit)
        if batch.position == position:
            return position
        projections, changes = self._project(batch, position, stopped.by_stream)
        events = batch.events
        recorded_at = events[-1].event.timestamp if events else self._log.instant_at(batch.position)
        generation = new_generation() if changes.stopped else stopped.generation
        try:
            with store.writing() as connection:
                if not advance_checkpoints(
                    connection,
                    len(self._models),
                    Place(position, stopped.generation),
                    Place(batch.position, generation, recorded_at),
                ):
                    return position
                _write(connection, changes)
        except IntegrityError as fault:
            raise ProjectionFault("Rows of the next event are there already; rebuild the read models.") from fault
        self._put(projections)
        return batch.position

    def follow_building(
        self, building: ViewStoreBuild, position: int, stopped: dict[UUID, StoppedStream], limit: int = CHUNK
    ) -> int:
        """Like `follow`, for a store that is being built and has no other writer; adds to `stopped`."""
        batch = self._log.scan(position, limit)
        if batch.position == position:
            return position
        projections, changes = self._project(batch, position, stopped)
        with building.writing() as connection:
            _write(connection, changes)
        stopped.update(changes.stopped)
        self._put(projections)
        return batch.position

    def forget(self, stream: UUID) -> None:
        """Drop what is cached of a stream whose rows were replaced."""
        self._cache.pop(stream, None)

    def _project(
        self, batch: Batch, position: int, stopped: Mapping[UUID, StoppedStream]
    ) -> tuple[dict[UUID, StreamProjection], RowChanges]:
        """Project the events after a position of all streams that are not stopped."""
        changes = RowChanges.none(self._models)

        def stop(event: Unreadable) -> None:
            earlier = changes.stopped.get(event.stream)
            if earlier is None or event.position < earlier.position:
                changes.stopped[event.stream] = StoppedStream.at(event, client_of_stream(self._log, event))

        by_stream, bad_events = _events_by_stream(batch, stopped)
        for event in bad_events:
            stop(event)
        projections = self._projections_before(by_stream, position, stop)
        for stream, events in by_stream.items():
            if stream in changes.stopped and changes.stopped[stream].position <= position:
                continue
            dependent = stopped_with_client(events[0].event, {**stopped, **changes.stopped})
            if dependent is not None:
                changes.stopped[stream] = dependent
                continue
            projection, bad = self._add(projections.get(stream), events, position)
            if bad is not None:
                stop(bad)
            if projection is not None:
                projection.take_changes(changes.added, changes.closed)
                projections[stream] = projection
        return {stream: one for stream, one in projections.items() if stream not in changes.stopped}, changes

    def _projections_before(
        self, by_stream: Mapping[UUID, Sequence[Recorded]], position: int, stop: Callable[[Unreadable], None]
    ) -> dict[UUID, StreamProjection]:
        """The projections of existing streams up to a position; streams with a bad event before it are stopped."""
        projections = {}
        missing = []
        for stream, (recorded, *_) in by_stream.items():
            cached = self._cache.pop(stream, None)
            is_hit = cached is not None and cached.version == recorded.event.originator_version - 1
            if recorded.event.originator_version > 1:
                self._tally.count(is_hit)
            if cached is not None and is_hit:
                projections[stream] = cached
            elif recorded.event.originator_version > 1:
                missing.append(stream)
        for stream, history in self._log.histories(missing, position).items():
            projection, bad = project_history(history, self._models)
            if bad is not None:
                stop(bad)
            elif projection is not None:
                projection.discard_changes()
                projections[stream] = projection
        return projections

    def _add(
        self, projection: StreamProjection | None, events: Sequence[Recorded], position: int
    ) -> tuple[StreamProjection | None, Unreadable | None]:
        """Add a stream's events after a position, up to one that cannot be projected."""
        for number, recorded in enumerate(events):
            if projection is None:
                projection = StreamProjection(recorded.event.originator_id, recorded.event, self._models)
            try:
                projection.add(recorded)
            except INVALID as fault:
                # a part of it may have been added: start again, without it
                stream = recorded.event.originator_id
                history = self._log.histories([stream], position).get(stream)
                before = None if history is None else project_history(history, self._models)[0]
                if before is not None:
                    before.discard_changes()
                return self._add(before, events[:number], position)[0], unprojectable(recorded, fault)
        return projection, None

    def _put(self, projections: Mapping[UUID, StreamProjection]) -> None:
        self._cache.update(projections)
        while len(self._cache) > STREAM_CACHE_SIZE:
            self._cache.popitem(last=False)


def _events_by_stream(
    batch: Batch, stopped: Mapping[UUID, StoppedStream]
) -> tuple[Mapping[UUID, list[Recorded]], Iterable[Unreadable]]:
    """The events of each stream that is not stopped, up to one that cannot be read, and those that cannot."""
    bad_events: dict[UUID, Unreadable] = {}
    for event in batch.unreadable:
        if event.stream not in stopped:
            bad_events.setdefault(event.stream, event)
    by_stream: dict[UUID, list[Recorded]] = defaultdict(list)
    for recorded in batch.events:
        stream = recorded.event.originator_id
        bad = bad_events.get(stream)
        if stream not in stopped and (bad is None or recorded.event.originator_version < bad.version):
            by_stream[stream].append(recorded)
    return by_stream, bad_events.values()


def empty_rows(models: Iterable[ReadModel]) -> dict[Table, list[Any]]:
    """An empty list of rows for every table."""
    return {table: [] for model in models for table in model.tables}


def _write(connection: Connection, changes: RowChanges) -> None:
    for table, rows in changes.added.items():
        add_rows(connection, table, rows)
    for table, closed in changes.closed.items():
        close_rows(connection, table, closed)
    write_stopped(connection, changes.stopped.values())
