"""Cache of what is judged of every client, which follows the log.

A judgement (drift, warning signs) is a pure function of one client's facts, and too slow to compute for a large
portfolio at each question. After a recording, only the clients with new events are judged again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeAlias
from uuid import UUID

from projections.cache_use import CacheUse, Tally
from projections.dated_rows import DatedRows

MOST_BYTES: Final = 256 * 1024 * 1024
"""The memory of all cached judgements; the least recently used are dropped."""

ChangedClients: TypeAlias = Callable[[int, int], Collection[UUID] | None]
"""The clients with an event after one position of the log, up to another; null if there are too many."""


@dataclass(slots=True)
class _Entry:
    """The rows of all clients at a position of the log; null before they are judged."""

    lock: Lock = field(default_factory=Lock)
    position: int = -1
    rows: DatedRows | None = None


class JudgementCache:
    """Rows by judgement. Never stale: a snapshot sees the rows at its own position."""

    def __init__(self, most_bytes: int = MOST_BYTES, generation: int = 0) -> None:
        """An empty cache of at most `most_bytes`, and at least one judgement.

        `generation` is that of the stopped streams, on which the rows depend.
        """
        self.generation = generation
        self._most_bytes = most_bytes
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = Lock()
        self._waiting = 0
        self._tally = Tally()

    @property
    def use(self) -> CacheUse:
        """The memory of all rows. The newest judgement is kept even if it alone is larger than the bound."""
        with self._lock:
            size = sum(entry.rows.weight for entry in self._entries.values() if entry.rows is not None)
        return CacheUse("judgements", size, self._most_bytes, self._tally.hits, self._tally.misses, "bytes")

    @property
    def is_awaited(self) -> bool:
        """Whether a request waits for a judgement that is being made."""
        return self._waiting > 0

    def rows(
        self,
        key: Hashable,
        position: int,
        find: Callable[[], tuple[int, DatedRows] | None],
        judge: Callable[[], DatedRows],
        judge_again: Callable[[DatedRows, Collection[UUID]], DatedRows],
        changed: ChangedClients,
    ) -> DatedRows:
        """The rows of all clients at a position of the log.

        `find` may find those that an earlier process judged, with their position. `judge` makes them for all clients,
        `judge_again` replaces those of some. `key` names the judgement and everything that it depends on besides the
        log, such as thresholds.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
        try:
            with self._waiting_for(entry.lock):
                self._tally.count(entry.position == position)
                earlier = find() if entry.rows is None else (entry.position, entry.rows)
                rows = judge() if earlier is None else _followed(*earlier, position, judge, judge_again, changed)
                if position > entry.position:  # a reader of an older snapshot does not set the cache back
                    entry.position, entry.rows = position, rows
        finally:
            self._bound()
        return rows

    def fill(self, keys: Sequence[Hashable], position: int, judge: Callable[[], Sequence[DatedRows]]) -> None:
        """Judge several at once, at a position of the log, unless another thread has judged one of them meanwhile."""
        with ExitStack() as locks:
            with self._lock:
                entries = [self._entries.setdefault(key, _Entry()) for key in keys]
            for entry in entries:  # in the order in which every caller takes them
                locks.enter_context(entry.lock)
            if all(entry.rows is None for entry in entries):
                for entry, rows in zip(entries, judge(), strict=True):
                    entry.position, entry.rows = position, rows
        self._bound()

    def at(self, key: Hashable) -> tuple[int, DatedRows] | None:
        """The newest rows of a judgement with their position, as they are cached; null if they are not."""
        entry = self._entries.get(key)
        return None if entry is None or entry.rows is None else (entry.position, entry.rows)

    @contextmanager
    def _waiting_for(self, lock: Lock) -> Iterator[None]:
        with self._lock:
            self._waiting += 1
        lock.acquire()
        with self._lock:
            self._waiting -= 1
        try:
            yield
        finally:
            lock.release()

    def _bound(self) -> None:
        with self._lock:
            for key in [key for key, entry in self._entries.items() if entry.rows is None and not entry.lock.locked()]:
                del self._entries[key]  # its judge raised
            weights = {key: entry.rows.weight for key, entry in self._entries.items() if entry.rows is not None}
            total = sum(weights.values())
            for key in list(weights)[:-1]:
                if total > self._most_bytes:
                    total -= weights[key]
                    del self._entries[key]


def _followed(
    reached: int,
    rows: DatedRows,
    position: int,
    judge: Callable[[], DatedRows],
    judge_again: Callable[[DatedRows, Collection[UUID]], DatedRows],
    changed: ChangedClients,
) -> DatedRows:
    if reached == position:
        return rows
    clients = changed(*sorted((reached, position)))
    if clients is None:
        return judge()
    return judge_again(rows, clients) if clients else rows
