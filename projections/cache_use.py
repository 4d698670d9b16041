"""What a cache holds, and how much it may hold: every cache of the program tells it, for the metrics."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

ROOMS: Final = ("domain", "projections", "api", "web")


class CacheUse(NamedTuple):
    """The size of a cache and its bound, both in `unit`s, and how often it had the answer or not."""

    name: str
    size: int
    bound: int
    hits: int = 0
    misses: int = 0
    unit: str = "entries"


class Tally:
    """Counts how often a cache had the answer. Two threads may lose a count to each other, which misleads nobody."""

    __slots__ = ("hits", "misses")

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.hits = 0
        self.misses = 0

    def count(self, is_hit: bool) -> None:
        """Count a question that the cache could answer, or could not."""
        if is_hit:
            self.hits += 1
        else:
            self.misses += 1


def function_caches() -> Iterator[CacheUse]:
    """The caches of functions (`lru_cache`), by the place of the function, as far as modules were imported."""
    seen: set[int] = set()
    for module_name, module in sorted(sys.modules.items()):
        if module_name.partition(".")[0] not in ROOMS:
            continue
        for name, value in sorted(vars(module).items()):
            info = getattr(value, "cache_info", None)
            if info is None or id(value) in seen or getattr(value, "__module__", None) != module_name:
                continue
            seen.add(id(value))
            hits, misses, bound, size = info()
            yield CacheUse(f"{module_name}.{name}", size, bound, hits, misses)
