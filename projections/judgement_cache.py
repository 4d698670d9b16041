"""Cache of what is judged of every client, which follows the log.

A judgement (drift, warning signs) is a pure function of one client's facts, and too slow to compute for a large
portfolio at each question. After a recording, only the clients with new events are judged again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

V = TypeVar("V")

MOST_JUDGEMENTS: Final = 12
"""How many judgements are cached, the most recently used."""

MOST_CLIENTS_FOLLOWED: Final = 5_000
"""If more clients have changed, all are judged again, which takes about as long as looking up which ones."""

ChangedClients: TypeAlias = Callable[[int, int], Collection[UUID] | None]
"""The clients with an event after one position of the log, up to another; null if they are too many to tell."""


@dataclass(slots=True)
class _Entry:
    """The values of all clients at a position of the log; -1 before they are computed."""

    lock: Lock = field(default_factory=Lock)
    position: int = -1
    values: Mapping[UUID, Any] = field(default_factory=dict)


class JudgementCache:
    """Values by client, for a few judgements. Never stale: a snapshot sees the values at its own position."""

    def __init__(self, most: int = MOST_JUDGEMENTS) -> None:
        """An empty cache of at most `most` judgements."""
        self._most = most
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = Lock()

    def values(
        self,
        key: Hashable,
        position: int,
        judge: Callable[[Collection[UUID] | None], Mapping[UUID, V]],
        changed: ChangedClients,
    ) -> Mapping[UUID, V]:
        """The values of all clients that have one, at a position of the log.

        `judge` computes them for some clients, or for all (null), and leaves out those without a value. `key` names the
        judgement and everything that it depends on besides the log, such as thresholds.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        with entry.lock:
            if entry.position == position:
                return entry.values
            if entry.position < 0:
                values = judge(None)
            else:
                first, last = sorted((entry.position, position))
                clients = changed(first, last)
                if clients is None or len(clients) > MOST_CLIENTS_FOLLOWED:
                    values = judge(None)
                else:
                    values = {client: value for client, value in entry.values.items() if client not in clients}
                    values |= judge(clients) if clients else {}
            if position > entry.position:  # a reader of an older snapshot does not set the cache back
                entry.position, entry.values = position, values
            return values
