"""Making all rows anew from the whole log, beside those that are being read."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TypeAlias

from projections.batches import Batch, fold_streams
from projections.catch_up import Follower, read_some
from projections.folding import ReadModel
from projections.log import Log, Undecodable, UnknownTopic
from projections.read_models import READ_MODELS
from projections.shares import MOST_SHARES, WORTH_SHARING, ShareLost, cores, fold_shares, shares_of
from projections.store import Building, Mark, Store

Progress: TypeAlias = Callable[[int, int], None]
"""Told of the events that are done and of those to do; what it raises ends the rebuild."""

ROWS_AT_ONCE = 5_000
EVENTS_AT_ONCE = 2_000


def rebuild(
    store: Store, log: Log, models: Sequence[ReadModel], progress: Progress, alone: AbstractContextManager[object]
) -> int | None:
    """Build all read models beside a store, then switch; the position reached. Null when somebody else is building.

    What is recorded meanwhile is followed, the last of it and the switch `alone`. Raises `ProjectionFault`.
    """

    def is_ahead(live: Mapping[str, Mark]) -> bool:
        further = live.keys() == {model.name for model in models} and max(mark.position for mark in live.values())
        return position < further <= log.head() and live == marks_at(log, models, further)

    for helped in (True, False):
        building = store.build()
        if building is None:
            return None
        try:
            position = log.head()
            with _no_search_for_garbage():
                load(building, log, models, position, progress, helped=helped)
            building.index()
            follower = Follower(log, models)
            while True:
                progress(position, position)
                position = _follow(follower, building, position)
                with alone:
                    position = _follow(follower, building, position)
                    if building.switch(marks_at(log, models, position), is_ahead):
                        return position
        except ShareLost:
            continue
        finally:
            building.close()
    raise AssertionError("nobody was lost who was not there")


def _follow(follower: Follower, building: Building, position: int) -> int:
    while (reached := follower.follow_building(building, position)) > position:
        position = reached
    return position


def marks_at(log: Log, models: Sequence[ReadModel], position: int) -> dict[str, Mark]:
    """The marks of read models which have taken in the log up to a position (that of an event, or 0)."""
    recorded_at = log.read(position - 1, 1)[0].event.timestamp if position else None
    return {model.name: Mark(model.version, position, recorded_at) for model in models}


def load(
    building: Building, log: Log, models: Sequence[ReadModel], up_to: int, progress: Progress, *, helped: bool = True
) -> None:
    """Fill an empty store with the rows of the log up to a position.

    Raises `ProjectionFault`; `ShareLost` only when it may be `helped` by other processes.
    """
    done = 0
    try:
        with closing(_batches(log, models, up_to, helped)) as batches:
            for batch in batches:
                if batch.events:
                    with building.writing() as connection:
                        for table, rows in batch.rows.items():
                            building.load(connection, table, rows)
                done += batch.events
                gc.collect()
                progress(done, max(up_to, done))
    except (Undecodable, UnknownTopic):
        _find_unreadable(log)
        raise


def _batches(log: Log, models: Sequence[ReadModel], up_to: int, helped: bool) -> Generator[Batch, None, None]:
    """The rows of the log, by several processes where that is worth it and possible."""
    # one processor is left to whoever asks and records meanwhile
    number = min(cores() - 1, MOST_SHARES)
    if not helped or number < 2 or up_to < WORTH_SHARING or models is not READ_MODELS or not sys.executable:
        return fold_streams(log, models, up_to, ROWS_AT_ONCE)
    return fold_shares(log.place, shares_of(log, up_to, number), up_to)


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Let nobody look through what piles up; whoever empties the pile collects.

    What was there before is set aside, so that a collection looks only at what is new.
    """
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def _find_unreadable(log: Log) -> None:
    """Raise a `ProjectionFault` that names the position of the first event which cannot be read."""
    position = 0
    while events := read_some(log, position, EVENTS_AT_ONCE):
        position = events[-1].position
