"""Streams folded from their first event on, in batches of rows that are as good in one order as in any other."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Table

from projections.catch_up import FAULTS, no_rows, unprojectable
from projections.folding import ReadModel, Row, StreamFolds
from projections.log import LogReader
from projections.log.log import FIRST, LAST


class Batch(NamedTuple):
    """How many events became which rows."""

    events: int
    rows: dict[Table, list[Row]]


def fold_streams(
    log: LogReader, models: Sequence[ReadModel], up_to: int, at_once: int, first: UUID = FIRST, last: UUID = LAST
) -> Generator[Batch, None, None]:
    """The rows of the log up to a position, of the streams from `first` to `last`, some `at_once`.

    Raises `ProjectionFault`, and what reading the log raises.
    """
    rows, waiting, done = no_rows(models), 0, 0
    for stream, events in log.every_stream(up_to, first, last):
        folds = StreamFolds(stream, events[0].event, models)
        for recorded in events:
            try:
                folds.add(recorded)
            except FAULTS as fault:
                raise unprojectable(fault, recorded) from fault
        waiting += folds.take(rows)
        done += len(events)
        if waiting >= at_once:
            yield Batch(done, rows)
            rows, waiting, done = no_rows(models), 0, 0
    yield Batch(done, rows)
