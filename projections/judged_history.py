"""Keeps what was judged of every client as known at every instant beside the views, so that early instants are fast.

Each client is judged once for every version of it, in the background: first all clients, some at a time, and then those
with new events. An instant is answered with the rows that were known at it. The rows may be deleted at any time, and
are used only if the same program judged them from the same log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Column as StoredColumn
from sqlalchemy import LargeBinary, MetaData, Table, Text, delete, insert, inspect, select
from sqlalchemy.schema import CreateTable

from projections.changed_clients import clients_touched
from projections.client_rows import CLIENTS_AT_ONCE, stored_rows
from projections.column_types import Id, from_json, to_json
from projections.columnar.array_column import Array
from projections.columnar.cache_file import instant_at
from projections.dated_rows import ID, DatedRows, Words, stored_columns
from projections.judged_versions import KnownJudgedRow, judged_versions
from projections.judgement_store import key_of
from projections.judgements import Judgement
from projections.log import Log
from projections.log.entries import from_microseconds, microseconds
from projections.profiles import CLIENTS
from projections.read_model import id_in
from projections.snapshot import Snapshot
from projections.view_store import ViewStore

_METADATA = MetaData()  # no read models: they are not made from the log alone, and a rebuild leaves them out
JUDGED_HISTORIES = Table(
    "judged_histories",
    _METADATA,
    StoredColumn("name", Text, primary_key=True),
    StoredColumn("about", Text, nullable=False),
)
"""What each judgement's rows were made from (JSON)."""

JUDGED_ROWS = Table(
    "judged_rows",
    _METADATA,
    StoredColumn("name", Text, primary_key=True),
    StoredColumn("client", Id, primary_key=True),
    StoredColumn("content", LargeBinary, nullable=False),
)
"""The rows of each judgement and client that were ever known, one after the other; empty if there are none."""

EVENTS_BEHIND: Final = 200
"""So many events are not worth the judging of their clients' histories: a question judges these clients itself."""

CLIENTS_PER_READ: Final = 5_000
"""How many clients' rows are read in one query."""

_TIMES: Final = [("known_from", np.int64), ("known_to", np.int64)]


@dataclass(frozen=True, slots=True)
class _About:
    """What rows were made from, as known up to a position, whose instant (microseconds) is that of this log.

    `words` are numbered in this order. Unless it `is_complete`, rows of clients are missing.
    """

    key: str
    generation: int
    position: int
    instant: int
    is_complete: bool = False
    words: Sequence[str] = ()


@dataclass(slots=True)
class _Pursuit:
    """Clients with new events up to a position, of whom these are not judged yet."""

    position: int
    clients: list[UUID]


class JudgedHistory:
    """The rows that were ever known of every client, in the store of the views."""

    def __init__(self, store: ViewStore, log: Log) -> None:
        """`log` is the one that the views follow."""
        self._store = store
        self._log = log
        self._pursuits: dict[Judgement, _Pursuit] = {}
        self._damaged: set[Judgement] = set()

    def at(self, snapshot: Snapshot, judgement: Judgement, known_at: datetime) -> tuple[DatedRows, datetime] | None:
        """The rows known at an instant, of all events up to another one; null if they can't be used.

        Null as well where so few events came after the instant that judging their clients again is faster.
        """
        instant = microseconds(known_at)
        if instant >= instant_at(self._log, max(snapshot.position - EVENTS_BEHIND, 0)):
            return None
        about = self._about(snapshot, judgement)
        if about is None or not about.is_complete:
            return None
        rows = _rows_at(snapshot, judgement, about.words, instant)
        if rows is None:
            self._damaged.add(judgement)
            return None
        return rows, from_microseconds(about.instant)

    def keep_up(self, snapshot: Snapshot, judgements: Sequence[Judgement]) -> None:
        """Judge the histories of some more clients, where some are missing. Raises what the store raises."""
        if not inspect(snapshot.connection).has_table(JUDGED_ROWS.name):
            with self._store.writing() as connection:
                for table in _METADATA.sorted_tables:
                    connection.execute(CreateTable(table, if_not_exists=True))
        abouts = {one: self._about(snapshot, one) for one in judgements}
        for judgement, about in abouts.items():
            if about is None or judgement in self._damaged:
                self._begin(snapshot, judgement)
                abouts[judgement] = None
        begun = [(judgement, about) for judgement, about in abouts.items() if about is not None]
        incomplete = [judgement for judgement, about in begun if not about.is_complete]
        if incomplete:
            self._fill(snapshot, incomplete)
        elif len(begun) == len(judgements):
            for judgement, about in begun:
                self._follow(snapshot, judgement, about)

    def _begin(self, snapshot: Snapshot, judgement: Judgement) -> None:
        about = _About(
            key_of(judgement),
            snapshot.stopped.generation,
            snapshot.position,
            instant_at(self._log, snapshot.position),
        )
        self._pursuits.pop(judgement, None)
        self._damaged.discard(judgement)
        with self._writing(snapshot) as store:
            store.connection.execute(delete(JUDGED_ROWS).where(JUDGED_ROWS.c.name == judgement.name))
            _write_about(store, judgement, about)

    def _fill(self, snapshot: Snapshot, judgements: Sequence[Judgement]) -> None:
        """Judge the next clients in the order of their ids."""
        reached = {one: _last_client(snapshot, one) for one in judgements}
        last = min(reached.values())
        together = [one for one in judgements if reached[one] == last]
        query = select(CLIENTS.c.stream_id).where(CLIENTS.c.stream_id > last).distinct()
        next_clients = stored_rows(snapshot, query.order_by(CLIENTS.c.stream_id).limit(CLIENTS_AT_ONCE))
        clients = [UUID(bytes=client) for (client,) in next_clients]
        self._judge(snapshot, together, clients, is_complete=len(clients) < CLIENTS_AT_ONCE)

    def _follow(self, snapshot: Snapshot, judgement: Judgement, about: _About) -> None:
        """Judge clients with new events; `about` moves on when all of them are judged."""
        pursuit = self._pursuits.get(judgement)
        if pursuit is None or pursuit.position <= about.position:
            if snapshot.position - about.position < EVENTS_BEHIND:
                return
            clients = snapshot.changed_clients(about.position, snapshot.position)
            if clients is None:
                clients = clients_touched(snapshot, from_microseconds(about.instant), None)
            pursuit = self._pursuits[judgement] = _Pursuit(snapshot.position, sorted(clients))
        some, rest = pursuit.clients[:CLIENTS_AT_ONCE], pursuit.clients[CLIENTS_AT_ONCE:]
        self._judge(snapshot, [judgement], some, position=None if rest else pursuit.position)
        pursuit.clients = rest  # only now: where writing failed, they are judged again

    def _judge(
        self,
        snapshot: Snapshot,
        judgements: Sequence[Judgement],
        clients: Collection[UUID],
        *,
        position: int | None = None,
        is_complete: bool = False,
    ) -> None:
        """Judge the histories of some clients, and write them with what is new about the judgements."""
        versions = judged_versions(snapshot, judgements, clients)
        with self._writing(snapshot) as store:
            for judgement in judgements:
                about = self._about(store, judgement, for_update=True)
                if about is None:
                    return  # another process started over
                words = Words(about.words)
                _write_rows(store, judgement, words, {one: versions[judgement].get(one.bytes, ()) for one in clients})
                if position is not None:
                    about = replace(about, position=position, instant=instant_at(self._log, position))
                about = replace(about, is_complete=about.is_complete or is_complete, words=words.names)
                _write_about(store, judgement, about)

    @contextmanager
    def _writing(self, snapshot: Snapshot) -> Iterator[Snapshot]:
        """A write transaction, as a snapshot whose queries see what it has written."""
        with self._store.writing() as connection:
            yield replace(snapshot, connection=connection)

    def _about(self, snapshot: Snapshot, judgement: Judgement, *, for_update: bool = False) -> _About | None:
        """What the rows of a judgement were made from; null if there are none that can be used."""
        query = select(JUDGED_HISTORIES.c.about).where(JUDGED_HISTORIES.c.name == judgement.name)
        if not inspect(snapshot.connection).has_table(JUDGED_HISTORIES.name):
            return None
        stored = snapshot.connection.execute(query.with_for_update() if for_update else query).scalar_one_or_none()
        if stored is None:
            return None
        try:
            about = _About(**from_json(stored))
        except (TypeError, ValueError):
            return None
        is_of_log = about.position <= self._log.head() and about.instant == instant_at(self._log, about.position)
        made_with = about.key, about.generation
        return about if is_of_log and made_with == (key_of(judgement), snapshot.stopped.generation) else None


def _write_about(store: Snapshot, judgement: Judgement, about: _About) -> None:
    store.connection.execute(delete(JUDGED_HISTORIES).where(JUDGED_HISTORIES.c.name == judgement.name))
    store.connection.execute(insert(JUDGED_HISTORIES), {"name": judgement.name, "about": to_json(asdict(about))})


def _write_rows(
    store: Snapshot, judgement: Judgement, words: Words, rows: Mapping[UUID, Sequence[KnownJudgedRow]]
) -> None:
    """Write the rows of some clients in place of those that they had; new words are numbered."""
    stored = JUDGED_ROWS.c
    store.connection.execute(delete(JUDGED_ROWS).where(stored.name == judgement.name, id_in(stored.client, rows)))
    values = [
        {"name": judgement.name, "client": client, "content": _packed(judgement, words, of_client)}
        for client, of_client in rows.items()
    ]
    if values:
        store.connection.execute(insert(JUDGED_ROWS), values)


def _last_client(snapshot: Snapshot, judgement: Judgement) -> UUID:
    """The last client whose rows there are; the id of none without any."""
    rows = JUDGED_ROWS.c
    query = select(rows.client).where(rows.name == judgement.name).order_by(rows.client.desc()).limit(1)
    clients = [UUID(bytes=client) for (client,) in stored_rows(snapshot, query)]
    return max(clients, default=UUID(int=0))


def _kind_of(judgement: Judgement) -> np.dtype[Any]:
    """How a row is stored."""
    return np.dtype([*_TIMES, *((column.name, column.kind) for column in stored_columns(judgement.columns))])


def _packed(judgement: Judgement, words: Words, rows: Sequence[KnownJudgedRow]) -> bytes:
    """The rows of a client as they are stored."""
    are_words = [column.is_word for column in stored_columns(judgement.columns)]
    stored = [
        (
            *(known_from, known_to),
            *(words.number(value) if is_word else value for value, is_word in zip(row, are_words, strict=True)),
        )
        for known_from, known_to, row in rows
    ]
    return np.array(stored, _kind_of(judgement)).tobytes()


def _rows_at(snapshot: Snapshot, judgement: Judgement, names: Sequence[str], instant: int) -> DatedRows | None:
    """The rows that were known at an instant; null if they are damaged."""
    kind, columns = _kind_of(judgement), stored_columns(judgement.columns)
    ids, numbers = list[bytes](), list[Array]()
    parts: dict[str, list[Array]] = {column.name: [np.empty(0, column.kind)] for column in columns}
    rows = JUDGED_ROWS.c
    query = select(rows.client, rows.content).where(rows.name == judgement.name).order_by(rows.client)
    query = query.limit(CLIENTS_PER_READ)
    read = stored_rows(snapshot, query)
    while read:
        contents = [bytes(content) for _, content in read]
        lengths = np.array([len(content) for content in contents])
        if (lengths % kind.itemsize).any():
            return None
        stored = np.frombuffer(b"".join(contents), kind)
        places = np.flatnonzero((stored["known_from"] <= instant) & (instant < stored["known_to"]))
        client = np.arange(len(ids), len(ids) + len(read), dtype=np.int32)
        numbers.append(np.repeat(client, lengths // kind.itemsize)[places])
        for name, of_column in parts.items():
            of_column.append(stored[name][places])
        ids += [client for client, _ in read]
        read = stored_rows(snapshot, query.where(rows.client > UUID(bytes=ids[-1])))
    arrays = {name: np.concatenate(of_column) for name, of_column in parts.items()}
    if any(arrays[column.name].max(initial=-1) >= len(names) for column in columns if column.is_word):
        return None
    of_row = np.concatenate([np.empty(0, np.int32), *numbers])
    return DatedRows(judgement.columns, Words(names), np.array(ids, ID), {"client": of_row, **arrays})
