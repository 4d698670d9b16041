"""A small, thread-safe LRU cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from projections.cache_use import CacheUse, Tally

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """An LRU cache by key. Concurrent misses of one key may both compute the value."""

    def __init__(self, max_size: int) -> None:
        """An empty cache of at most `max_size` values."""
        self._max_size = max_size
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()
        self._tally = Tally()

    def use(self, name: str) -> CacheUse:
        """What the cache has, under a name."""
        return CacheUse(name, len(self._entries), self._max_size, self._tally.hits, self._tally.misses)

    def get(self, key: K, compute: Callable[[], V]) -> V:
        """The cached value of a key, computed if it is missing."""
        with self._lock:
            is_hit = key in self._entries
            self._tally.count(is_hit)
            if is_hit:
                self._entries.move_to_end(key)
                return self._entries[key]
        value = compute()
        with self._lock:
            self._entries[key] = value
            while len(self._entries) > self._max_size:
                self._entries.popitem(last=False)
        return value
