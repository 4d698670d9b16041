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

    def __init__(self, most: int) -> None:
        """So many answers are kept."""
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, asked: K, answer: Callable[[], V]) -> V:
        """The answer that is kept, or a new one."""
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
                return self._kept[asked]
        made = answer()
        with self._lock:
            self._kept[asked] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
