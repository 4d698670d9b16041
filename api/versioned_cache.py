"""A cache of values that are valid for one version of their source."""

from __future__ import annotations

from typing import Generic, TypeVar

from projections.cache_use import CacheUse, Tally

K = TypeVar("K")
V = TypeVar("V")

DEFAULT_CAPACITY = 10_000
"""The default capacity; a full cache is cleared."""


class VersionedCache(Generic[K, V]):
    """Values by key, all of one version of their source; another version clears the cache.

    A version is a number that changes with every change of the source, like `Log.state_version` for stored state and
    `Log.head` for events. Take it before reading, so that a value read during a concurrent write is never returned. A
    null version caches nothing.
    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        """Create an empty cache with a capacity."""
        self._capacity = capacity
        self._values: tuple[int, dict[K, V]] = (-1, {})
        self._tally = Tally()

    def use(self, name: str) -> CacheUse:
        """What the cache has, under a name."""
        return CacheUse(name, len(self._values[1]), self._capacity, self._tally.hits, self._tally.misses)

    def get(self, version: int | None, key: K) -> V | None:
        """The cached value, or null."""
        cached_version, values = self._values
        value = values.get(key) if cached_version == version else None
        self._tally.count(value is not None)
        return value

    def put(self, version: int | None, key: K, value: V) -> None:
        """Cache a value that was read at a version."""
        if version is None:
            return
        cached_version, values = self._values
        if cached_version != version or len(values) >= self._capacity:
            values = {}
            self._values = (version, values)
        values[key] = value

    def clear(self) -> None:
        """Forget all values, because their source was changed from outside."""
        self._values = (-1, {})
