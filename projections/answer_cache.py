"""Cache for expensive reports, keyed by question and log position.

A report is a function of its question and of the log up to a position, so a cached answer is never stale.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, TypeVar

from projections.cache_use import CacheUse, Tally

A = TypeVar("A")

MOST_ROWS: Final = 100_000
"""The most rows of all cached answers together, some hundred megabytes. An answer with more rows is not cached."""

MOST_ANSWERS: Final = 500
"""The most cached answers. After each recording all questions are new ones, so many more would only be remembered."""

MOST_LATEST: Final = 4
"""The most answers that are followed."""


def _weight_of(answer: object) -> int:
    """The number of rows as which an answer counts: its `weight` if it has one, or else its `rows`."""
    return int(getattr(answer, "weight", 0)) or len(getattr(answer, "rows", ()))


class _Entry:
    """One cached answer. Callers that ask while it is computed wait on its lock."""

    __slots__ = ("answer", "is_computed", "lock")

    def __init__(self) -> None:
        self.lock = Lock()
        self.is_computed = False
        self.answer: Any = None


class LatestAnswers:
    """The newest answers to a few questions, with their positions, which may still hold at a later one."""

    def __init__(self) -> None:
        """Start without any."""
        self._answers: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()
        self._tally = Tally()

    @property
    def use(self) -> CacheUse:
        """The number of answers."""
        return CacheUse("latest answers", len(self._answers), MOST_LATEST, self._tally.hits, self._tally.misses)

    def get(self, question: Hashable) -> tuple[int, Any] | None:
        """The newest answer with its position; null if there is none."""
        answer = self._answers.get(question)
        self._tally.count(answer is not None)
        return answer

    def put(self, question: Hashable, position: int, answer: object) -> None:
        """Keep an answer, and drop the oldest ones."""
        with self._lock:
            self._answers[question] = position, answer
            self._answers.move_to_end(question)
            while len(self._answers) > MOST_LATEST:
                self._answers.popitem(last=False)


class AnswerCache:
    """An LRU cache of answers, by question and position, bounded by the number of rows."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        """An empty cache; `most_rows` bounds the rows of all answers together."""
        self._most_rows = most_rows
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._rows: dict[Hashable, int] = {}
        self._lock = Lock()
        self.latest: LatestAnswers = LatestAnswers()
        self._tally = Tally()

    @property
    def use(self) -> CacheUse:
        """The rows of all answers."""
        with self._lock:
            rows = sum(self._rows.values())
        return CacheUse("answers", rows, self._most_rows, self._tally.hits, self._tally.misses, "rows")

    def answer(self, question: Hashable, compute: Callable[[], A]) -> A:
        """The cached answer, or a new one. Raises what `compute` raises, each time."""
        with self._lock:
            entry = self._entries.setdefault(question, _Entry())
            self._entries.move_to_end(question)
        with entry.lock:
            self._tally.count(entry.is_computed)
            if not entry.is_computed:
                try:
                    entry.answer = compute()
                    entry.is_computed = True
                finally:
                    self._account_for(question, entry)
            answer: A = entry.answer
        return answer

    def _account_for(self, question: Hashable, entry: _Entry) -> None:
        """Count the rows of an answer, and drop the least recently used answers where there are too many."""
        with self._lock:
            rows = _weight_of(entry.answer) + 1
            if not entry.is_computed or rows > self._most_rows:
                self._entries.pop(question, None)
                return
            self._rows[question] = rows
            while sum(self._rows.values()) > self._most_rows or len(self._rows) > MOST_ANSWERS:
                oldest = next(key for key in self._entries if key in self._rows)
                del self._entries[oldest], self._rows[oldest]
