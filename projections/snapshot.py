"""The snapshot: what every function that reads the read models takes as an argument, and the cache of its answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from threading import Lock
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from projections.answer_cache import AnswerCache
from projections.columnar.columnar_view import ColumnarView

P = ParamSpec("P")
A = TypeVar("A")


def _no_columns() -> ColumnarView | None:
    return None


@dataclass(frozen=True)
class Snapshot:
    """The read models at one position of the log.

    All queries on `connection` see the same state. `answers` caches expensive reports by position. A snapshot belongs
    to one thread and is valid until `Views.reading` ends.
    """

    connection: Connection
    position: int
    answers: AnswerCache = field(default_factory=AnswerCache)
    find_columns: Callable[[], ColumnarView | None] = _no_columns

    @cached_property
    def columns(self) -> ColumnarView | None:
        """The in-memory copy that large portfolios are counted in; null where reports count in SQL."""
        return self.find_columns()


def cached(report: Callable[Concatenate[Snapshot, P], A]) -> Callable[Concatenate[Snapshot, P], A]:
    """Answer a report from the snapshot's cache, and compute one question of each report at a time."""
    computing = Lock()

    def compute(snapshot: Snapshot, *args: P.args, **kwargs: P.kwargs) -> A:
        # several at once would take as long, and the memory of all of them
        with computing:
            return report(snapshot, *args, **kwargs)

    @wraps(report)
    def ask(snapshot: Snapshot, /, *args: P.args, **kwargs: P.kwargs) -> A:
        question = (report.__qualname__, snapshot.position, args, tuple(sorted(kwargs.items())))
        answer: A = snapshot.answers.answer(question, lambda: compute(snapshot, *args, **kwargs))
        return answer

    return ask
