"""Rebuilds all read models from the whole log into a second store, then switches to it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import select

from projections.catch_up import Follower, empty_rows
from projections.engagements import ENGAGEMENTS
from projections.log import Log
from projections.project_history import project_history
from projections.read_model import ReadModel, id_in
from projections.stopped_streams import (
    StoppedStream,
    client_of_stream,
    new_generation,
    remove_rows,
    write_stopped,
)
from projections.view_store import Checkpoint, ViewStore, ViewStoreBuild

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of events projected and the total; an exception aborts the rebuild."""

ROWS_AT_ONCE = 5_000


def rebuild(
    store: ViewStore, log: Log, models: Sequence[ReadModel], progress: Progress, alone: AbstractContextManager[object]
) -> int | None:
    """Rebuild all read models and switch to them; returns the new position, or null when another process is rebuilding.

    Events recorded meanwhile are followed, the last of them and the switch under the lock `alone`. Streams with an
    event that cannot be read or projected are stopped there; all others are rebuilt.
    """

    def is_ahead(live: Mapping[str, Checkpoint]) -> bool:
        further = live.keys() == {model.name for model in models} and max(mark.position for mark in live.values())
        return position < further <= log.head() and are_of_log(live, log, models)

    building = store.build()
    if building is None:
        return None
    try:
        position = log.head()
        with _no_search_for_garbage():
            stopped = load(building, log, models, position, progress)
        building.index()
        stop_with_clients(building, models, stopped)
        follower = Follower(log, models)
        while True:
            progress(position, position)
            position = _follow(follower, building, position, stopped)
            with alone:
                position = _follow(follower, building, position, stopped)
                generation = new_generation() if stopped or _had_stopped(store) else 0
                if building.switch(checkpoints_at(log, models, position, generation), is_ahead):
                    return position
    finally:
        building.close()


def _follow(follower: Follower, building: ViewStoreBuild, position: int, stopped: dict[UUID, StoppedStream]) -> int:
    while (reached := follower.follow_building(building, position, stopped)) > position:
        position = reached
    return position


def _had_stopped(store: ViewStore) -> bool:
    """Whether the store that is replaced ever had a stopped stream: what was cached from it is not to be used again."""
    with store.connect() as connection:
        return any(mark.generation for mark in store.marks(connection).values())


def checkpoints_at(log: Log, models: Sequence[ReadModel], position: int, generation: int = 0) -> dict[str, Checkpoint]:
    """The checkpoints of read models that have projected the log up to a position (of an event, or 0)."""
    recorded_at = log.instant_at(position)
    return {model.name: Checkpoint(model.version, position, recorded_at, generation) for model in models}


def are_of_log(marks: Mapping[str, Checkpoint], log: Log, models: Sequence[ReadModel]) -> bool:
    """Whether checkpoints are those of this log, all at one position.

    They are compared by the instant of the event at the position; if it cannot be read, by the position alone.
    """
    first = next(iter(marks.values()))
    if first.position and log.scan(first.position - 1, 1).unreadable:
        return all(mark.position == first.position for mark in marks.values())
    return marks == checkpoints_at(log, models, first.position, first.generation)


def load(
    building: ViewStoreBuild, log: Log, models: Sequence[ReadModel], up_to: int, progress: Progress
) -> dict[UUID, StoppedStream]:
    """Fill an empty store with the rows of all events up to a position, by stream; returns the streams that stop."""
    events_done = 0
    rows, waiting = empty_rows(models), 0
    bad_events = []

    def write() -> None:
        nonlocal rows, waiting
        with building.writing() as connection:
            for table, of_table in rows.items():
                building.load(connection, table, of_table)
        rows, waiting = empty_rows(models), 0
        gc.collect()
        progress(events_done, max(up_to, events_done))

    for history in log.every_history(up_to):
        projection, bad = project_history(history, models)
        if bad is not None:
            bad_events.append(bad)
        if projection is not None:
            waiting += projection.take_changes(rows)
        events_done += history.size
        if waiting >= ROWS_AT_ONCE:
            write()
    write()
    return {bad.stream: StoppedStream.at(bad, client_of_stream(log, bad)) for bad in bad_events}


def stop_with_clients(
    building: ViewStoreBuild, models: Sequence[ReadModel], stopped: dict[UUID, StoppedStream]
) -> None:
    """Mark the stopped streams; the engagements of clients whose first event cannot be read stop with them."""
    nameless = [stream for stream, mark in stopped.items() if mark.version == 1]
    tables = [table for model in models for table in model.tables]
    with building.writing() as connection:
        query = select(ENGAGEMENTS.c.stream_id, ENGAGEMENTS.c.client_id).where(id_in(ENGAGEMENTS.c.client_id, nameless))
        for stream, client in connection.execute(query.distinct()).all() if nameless else ():
            remove_rows(connection, tables, stream)
            stopped[stream] = stopped[client]._replace(stream=stream, client=client)
        write_stopped(connection, stopped.values())


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
