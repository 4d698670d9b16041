"""What is judged of every client, as known at any instant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from time import monotonic
from typing import Any, Final, NamedTuple, Protocol, TypeAlias
from uuid import UUID

import numpy as np
from sqlalchemy import Select

from domain.milestones import Kind
from projections.changed_clients import clients_touched
from projections.client_filter import ClientFilter, chosen_ids
from projections.client_rows import ClientRange, ClientRows, client_rows, parts_of_clients, stored_rows
from projections.columnar.array_column import Array
from projections.dated_rows import ID, CollectedRows, Column, DatedRows, JudgedClient, Words, id_at
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot, Stopped, cached

Judge: TypeAlias = Callable[[ClientRows], Iterable[JudgedClient]]
"""Judges the clients whose rows it is given, and may leave out those without a row."""

FEW_CLIENTS: Final = 100
"""So few clients are judged directly, without judging all others for the cache."""

SECONDS_PER_PART: Final = 60.0
"""How long clients are judged at a start before what was judged so far is kept for the next one."""


@dataclass(frozen=True)
class Judgement:
    """What can be judged of a client from its facts, on any day.

    `name` and `parameters` say what it depends on besides the log and the program, such as thresholds. `kinds` are
    those of the milestones that it looks at (null: all), `Kind.OPENED` among them.
    """

    name: str
    columns: tuple[Column, ...] = field(compare=False)
    judge: Judge = field(compare=False)
    kinds: Collection[Kind] | None = field(default=None, compare=False)
    parameters: Hashable = None


def judged(snapshot: Snapshot, judgement: Judgement, *, known_at: datetime | None = None) -> DatedRows:
    """The rows of all clients, as known at an instant (null: now).

    They come from the judged history. Without one, clients that have no recording after `known_at` have their current
    rows, and the others are judged again.
    """

    def find() -> tuple[int, DatedRows] | None:
        return snapshot.find_judged(snapshot, judgement) if known_at is None else None

    def judge() -> DatedRows:
        if known_at is None:
            return DatedRows.of(judgement.columns, Words(), _judged(snapshot, judgement, None, None))
        history = snapshot.find_known(snapshot, judgement, known_at)
        if history is None:
            return judge_again(judged(snapshot, judgement), clients_touched(snapshot, known_at, None))
        rows, known_until = history
        return judge_again(rows, clients_touched(snapshot, known_until, known_at)) if known_until < known_at else rows

    def judge_again(rows: DatedRows, clients: Collection[UUID]) -> DatedRows:
        return rows.replaced(clients, _judged(snapshot, judgement, clients, known_at)) if clients else rows

    return snapshot.judgements.rows(
        (judgement, known_at), snapshot.position, find, judge, judge_again, snapshot.changed_clients
    )


class Partly(NamedTuple):
    """What was judged of all clients up to the one with the id `last`, at a position of the log, by each judgement."""

    position: int
    last: UUID
    rows: Sequence[DatedRows]


class PartStore(Protocol):
    """Keeps what was judged of some clients, for the next start."""

    def find_part(self, snapshot: Snapshot, judgements: Sequence[Judgement]) -> Partly | None:
        """What an earlier process judged; null if nothing can be used."""

    def write_part(self, snapshot: Snapshot, judgements: Sequence[Judgement], part: Partly) -> None:
        """Keep what was judged so far."""


def judge_together(snapshot: Snapshot, judgements: Iterable[Judgement], parts: PartStore | None = None) -> None:
    """Judge all clients by the judgements that have no rows yet, and read the rows of each client only once.

    What was judged is kept in `parts` now and then, and when `snapshot.pause` raises `Stopped`.
    """
    cache = snapshot.judgements
    missing = [one for one in judgements if cache.at((one, None)) is None and not snapshot.find_judged(snapshot, one)]
    if missing:
        judge = partial(_judge_together, snapshot, missing, parts)
        cache.fill([(one, None) for one in missing], snapshot.position, judge)


def _judge_together(
    snapshot: Snapshot, judgements: Sequence[Judgement], parts: PartStore | None
) -> Sequence[DatedRows]:
    begun = parts and _begun(snapshot, judgements, parts)
    earlier = begun.rows if begun else [DatedRows.of(one.columns, Words(), ()) for one in judgements]
    last = begun.last if begun else UUID(int=0)
    collected = [CollectedRows(rows.columns, rows.words) for rows in earlier]

    def reached() -> Sequence[DatedRows]:
        return [rows.with_rows((), more.rows()) for rows, more in zip(earlier, collected, strict=True)]

    def keep() -> None:
        if parts is not None:
            parts.write_part(snapshot, judgements, Partly(snapshot.position, last, reached()))

    kept_at = monotonic()
    try:
        for part in parts_of_clients(snapshot, after=last):
            for into, of_part in zip(collected, _judged_at_once(snapshot, judgements, part), strict=True):
                for client in of_part:
                    into.add(*client)
            last = part.last
            if monotonic() - kept_at > SECONDS_PER_PART:
                keep()
                kept_at = monotonic()
    except Stopped:
        keep()
        raise
    return reached()


def _judged_at_once(
    snapshot: Snapshot, judgements: Iterable[Judgement], part: ClientRange
) -> Sequence[Sequence[JudgedClient]]:
    rows = ClientRows(snapshot, part, None)
    judged: list[list[JudgedClient]] = []
    for judgement in judgements:
        judged.append([])
        for client in judgement.judge(rows):
            judged[-1].append(client)
            snapshot.pause()
    return judged


def _begun(snapshot: Snapshot, judgements: Sequence[Judgement], parts: PartStore) -> Partly | None:
    """What an earlier process judged, with the clients judged again that have changed since."""
    begun = parts.find_part(snapshot, judgements)
    changed = begun and snapshot.changed_clients(begun.position, snapshot.position)
    if begun is None or changed is None:
        return None
    clients = [client for client in changed if client <= begun.last]
    rows = [
        rows.replaced(clients, _judged(snapshot, judgement, clients, None))
        for judgement, rows in zip(judgements, begun.rows, strict=True)
    ]
    return Partly(snapshot.position, begun.last, rows)


def _judged(
    snapshot: Snapshot, judgement: Judgement, clients: Collection[UUID] | None, known_at: datetime | None
) -> Iterator[JudgedClient]:
    for rows in client_rows(snapshot, clients, known_at=known_at, kinds=judgement.kinds):
        for client in judgement.judge(rows):
            yield client
            snapshot.pause()


def judged_of(snapshot: Snapshot, judgement: Judgement, question: ReportQuestion) -> tuple[DatedRows, Array]:
    """Judged rows, and for each of their clients whether a question is about it.

    A few clients are judged alone.
    """
    if question.chosen_ids() is None:
        rows = judged(snapshot, judgement, known_at=question.known_at)
        return rows, np.ones(len(rows.ids), bool)
    chosen = _chosen(snapshot, question.filters, question.as_of, question.known_at, question.visible)
    if len(chosen.ids) <= FEW_CLIENTS:
        clients = [UUID(bytes=id_at(chosen.ids, place)) for place in range(len(chosen.ids))]
        few = _judged(snapshot, judgement, clients, question.known_at)
        rows = DatedRows.of(judgement.columns, Words(), few)
    else:
        rows = judged(snapshot, judgement, known_at=question.known_at)
    return rows, rows.is_of(chosen.ids)


@dataclass(frozen=True, eq=False)
class ChosenClients:
    """The ids of the clients that a question is about."""

    ids: Array

    @property
    def weight(self) -> int:
        """The memory, in rows of other reports."""
        return len(self.ids) // 100


@cached
def _chosen(
    snapshot: Snapshot,
    filters: ClientFilter,
    as_of: date,
    known_at: datetime | None,
    visible: frozenset[UUID] | None,
) -> ChosenClients:
    query = chosen_ids(filters, as_of=as_of, known_at=known_at, visible=visible)
    ids = [] if query is None else [client for (client,) in stored_rows(snapshot, query)]
    return ChosenClients(np.array(ids, ID))


def ids_of(snapshot: Snapshot, chosen: Select[Any] | None) -> frozenset[UUID] | None:
    """The ids that a query gives; null if it is null."""
    return None if chosen is None else frozenset(UUID(bytes=client) for (client,) in stored_rows(snapshot, chosen))
