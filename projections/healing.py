"""Resumes stopped streams: once an event can be read again, all rows of its stream are replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from projections.catch_up import empty_rows
from projections.log import History, Log
from projections.project_history import project_history
from projections.read_model import ReadModel, StreamProjection
from projections.stopped_streams import (
    StoppedStream,
    StoppedStreams,
    client_of_stream,
    new_generation,
    remove_rows,
    remove_stopped,
    stopped_with_client,
    write_stopped,
)
from projections.view_store import Place, ViewStore, add_rows, advance_checkpoints


def heal(
    store: ViewStore, log: Log, models: Sequence[ReadModel], position: int, stopped: StoppedStreams
) -> Sequence[UUID]:
    """Try the events of stopped streams again; returns the streams whose rows were replaced, in one transaction.

    A stream whose bad event can be read, but which has another one later, resumes up to that one. Nothing happens when
    the store's checkpoints are no longer at `position`.
    """
    remaining = dict(stopped.by_stream)
    replaced: dict[UUID, StreamProjection | None] = {}
    histories = log.histories(remaining, position)
    # clients before the engagements that stopped with them
    for mark in sorted(stopped.by_stream.values(), key=lambda mark: mark.stream != mark.bad_stream):
        if mark.stream in histories:
            projection, now = _try_again(mark, histories[mark.stream], log, models, remaining)
            if now != mark:
                replaced[mark.stream] = projection
                remaining.pop(mark.stream)
                remaining.update({} if now is None else {mark.stream: now})
    if not replaced:
        return ()
    before = Place(position, stopped.generation)
    after = Place(position, new_generation(), log.instant_at(position))
    with store.writing() as connection:
        if not advance_checkpoints(connection, len(models), before, after):
            return ()
        _replace_rows(connection, models, replaced)
        write_stopped(connection, (remaining[stream] for stream in replaced if stream in remaining))
    return tuple(replaced)


def _try_again(
    mark: StoppedStream,
    history: History,
    log: Log,
    models: Sequence[ReadModel],
    stopped: Mapping[UUID, StoppedStream],
) -> tuple[StreamProjection | None, StoppedStream | None]:
    """The projection of a stopped stream, and its mark now (null: all its events can be read)."""
    if history.events and (dependent := stopped_with_client(history.events[0].event, stopped)) is not None:
        return None, dependent
    projection, bad = project_history(history, models)
    if bad is None:
        return projection, None
    if bad.position == mark.position:
        return projection, mark
    return projection, StoppedStream.at(bad, mark.client or client_of_stream(log, bad))


def _replace_rows(
    connection: Connection, models: Sequence[ReadModel], projections: Mapping[UUID, StreamProjection | None]
) -> None:
    tables = [table for model in models for table in model.tables]
    added = empty_rows(models)
    for stream, projection in projections.items():
        remove_rows(connection, tables, stream)
        if projection is not None:
            projection.take_changes(added)
    for table, rows in added.items():
        add_rows(connection, table, rows)
    remove_stopped(connection, projections)
