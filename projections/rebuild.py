"""Rebuilds all read models from the whole log into a second store, then switches to it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from projections.catch_up import PROJECTION_ERRORS, Follower, empty_rows, projection_fault, read_readable
from projections.log import Log, Undecodable, UnknownTopic
from projections.read_model import ReadModel, StreamProjection
from projections.view_store import Checkpoint, ViewStore, ViewStoreBuild

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of events projected and the total; an exception aborts the rebuild."""

ROWS_AT_ONCE = 5_000
EVENTS_AT_ONCE = 2_000


def rebuild(
    store: ViewStore, log: Log, models: Sequence[ReadModel], progress: Progress, alone: AbstractContextManager[object]
) -> int | None:
    """Rebuild all read models and switch to them; returns the new position, or null when another process is rebuilding.

    Events recorded meanwhile are followed, the last of them and the switch under the lock `alone`. Raises
    `ProjectionFault`.
    """

    def is_ahead(live: Mapping[str, Checkpoint]) -> bool:
        further = live.keys() == {model.name for model in models} and max(mark.position for mark in live.values())
        return position < further <= log.head() and live == checkpoints_at(log, models, further)

    building = store.build()
    if building is None:
        return None
    try:
        position = log.head()
        with _no_search_for_garbage():
            load(building, log, models, position, progress)
        building.index()
        follower = Follower(log, models)
        while True:
            progress(position, position)
            position = _follow(follower, building, position)
            with alone:
                position = _follow(follower, building, position)
                if building.switch(checkpoints_at(log, models, position), is_ahead):
                    return position
    finally:
        building.close()


def _follow(follower: Follower, building: ViewStoreBuild, position: int) -> int:
    while (reached := follower.follow_building(building, position)) > position:
        position = reached
    return position


def checkpoints_at(log: Log, models: Sequence[ReadModel], position: int) -> dict[str, Checkpoint]:
    """The checkpoints of read models that have projected the log up to a position (of an event, or 0)."""
    recorded_at = log.read(position - 1, 1)[0].event.timestamp if position else None
    return {model.name: Checkpoint(model.version, position, recorded_at) for model in models}


def load(building: ViewStoreBuild, log: Log, models: Sequence[ReadModel], up_to: int, progress: Progress) -> None:
    """Fill an empty store with the rows of all events up to a position, by stream. Raises `ProjectionFault`."""
    events_done = 0
    rows, waiting = empty_rows(models), 0

    def write() -> None:
        nonlocal rows, waiting
        with building.writing() as connection:
            for table, of_table in rows.items():
                building.load(connection, table, of_table)
        rows, waiting = empty_rows(models), 0
        gc.collect()
        progress(events_done, max(up_to, events_done))

    try:
        for stream, events in log.every_stream(up_to):
            projection = StreamProjection(stream, events[0].event, models)
            for recorded in events:
                try:
                    projection.add(recorded)
                except PROJECTION_ERRORS as fault:
                    raise projection_fault(fault, recorded) from fault
            waiting += projection.take_changes(rows)
            events_done += len(events)
            if waiting >= ROWS_AT_ONCE:
                write()
    except (Undecodable, UnknownTopic):
        _find_unreadable(log)
        raise
    write()


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Disable garbage collection; the caller collects after each batch of rows.

    Existing objects are frozen, so that those collections only examine new ones.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _find_unreadable(log: Log) -> None:
    """Raise a `ProjectionFault` with the position of the first unreadable event."""
    position = 0
    while events := read_readable(log, position, EVENTS_AT_ONCE):
        position = events[-1].position
