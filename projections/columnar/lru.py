"""What was worked out lately, so that the next one who asks the same need not wait."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """The last few answers by what was asked. Two who ask at once may both work it out."""

    def __init__(self, max_size: int) -> None:
        """So many answers are kept."""
        self._max_size = max_size
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K, compute: Callable[[], V]) -> V:
        """The answer that is kept, or a new one."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]
        value = compute()
        with self._lock:
            self._entries[key] = value
            while len(self._entries) > self._max_size:
                self._entries.popitem(last=False)
        return value
