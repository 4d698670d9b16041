"""Answers of reports that are dear, remembered for as long as nothing was recorded.

A report is a function of what it is asked with and of the log up to a position: the same question at the same position
has the same answer, whoever asks. So an answer can never be stale. The views offer their memory on the connection.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection

P = ParamSpec("P")
A = TypeVar("A")

MOST_ROWS: Final = 100_000
"""Of all answers together: some hundred megabytes at most. An answer that has more by itself is not kept."""

_OPTION = "seatline_memory"


class _Answer:
    """What one question comes to; who asks it while it is being worked out waits for that."""

    __slots__ = ("answer", "is_known", "lock")

    def __init__(self) -> None:
        self.lock = Lock()
        self.is_known = False
        self.answer: Any = None


class Memory:
    """The last answers, by question and position."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        """Nothing yet; `most_rows` bounds the rows of all answers together."""
        self._most_rows = most_rows
        self._answers: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._rows: dict[Hashable, int] = {}
        self._lock = Lock()

    def answer(self, question: Hashable, work_out: Callable[[], A]) -> A:
        """The answer that is remembered, or a new one. Raises what working it out raises, each time."""
        with self._lock:
            kept = self._answers.setdefault(question, _Answer())
            self._answers.move_to_end(question)
        with kept.lock:
            if not kept.is_known:
                try:
                    kept.answer = work_out()
                    kept.is_known = True
                finally:
                    self._account_for(question, kept)
            answer: A = kept.answer
        return answer

    def _account_for(self, question: Hashable, kept: _Answer) -> None:
        """Count the rows of an answer, and forget the oldest answers where there are too many now."""
        with self._lock:
            rows = len(getattr(kept.answer, "rows", ())) + 1
            if not kept.is_known or rows > self._most_rows:
                self._answers.pop(question, None)
                return
            self._rows[question] = rows
            while sum(self._rows.values()) > self._most_rows:
                oldest = next(asked for asked in self._answers if asked in self._rows)
                del self._answers[oldest], self._rows[oldest]


def offer_memory(connection: Connection, memory: Memory, position: int) -> None:
    """Let whoever reads on a connection, which is at that position of the log, be answered from memory."""
    connection.execution_options(**{_OPTION: (memory, position)})


def remembered(
    report: Callable[Concatenate[Connection, P], A],
) -> Callable[Concatenate[Connection, P], A]:
    """Answer a report from memory where the connection offers one; work out one question of its kind at a time."""
    at_work = Lock()

    def work_out(connection: Connection, *args: P.args, **named: P.kwargs) -> A:
        # several at once would take as long, and the memory of all of them
        with at_work:
            return report(connection, *args, **named)

    @wraps(report)
    def ask(connection: Connection, /, *args: P.args, **named: P.kwargs) -> A:
        offered = connection.get_execution_options().get(_OPTION)
        if offered is None:
            return report(connection, *args, **named)
        memory, position = offered
        question = (report.__qualname__, position, args, tuple(sorted(named.items())))
        answer: A = memory.answer(question, lambda: work_out(connection, *args, **named))
        return answer

    return ask
