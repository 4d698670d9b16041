"""The snapshot: what every function that reads the read models takes as an argument, and the cache of its answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, wraps
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from projections.answer_cache import AnswerCache
from projections.columnar.columnar_view import ColumnarView
from projections.dated_rows import DatedRows
from projections.judgement_cache import JudgementCache
from projections.stopped_streams import NONE_STOPPED, StoppedStreams

P = ParamSpec("P")
A = TypeVar("A")


class Stopped(Exception):  # noqa: N818  (not an error)
    """The views were closed while they were busy."""


def _no_columns() -> ColumnarView | None:
    return None


def _every_client(snapshot: Snapshot, after: int, up_to: int) -> Collection[UUID] | None:
    return None


def _nothing_judged(snapshot: Snapshot, judgement: Hashable) -> tuple[int, DatedRows] | None:
    return None


def _no_history(snapshot: Snapshot, judgement: Hashable, known_at: datetime) -> tuple[DatedRows, datetime] | None:
    return None


def _go_on() -> None:
    pass


@dataclass(frozen=True)
class Snapshot:
    """The read models at one position of the log.

    All queries on `connection` see the same state. `answers` caches expensive reports by position, `judgements` what is
    judged of every client; `find_judged` finds what an earlier process judged, with its position, and `find_known` what
    was known at an instant, of all events up to another. Between two clients that are judged, `pause` is called.
    `stopped` are the stopped streams. A snapshot belongs to one thread, and is valid until `Views.reading`
    ends.
    """

    connection: Connection
    position: int
    answers: AnswerCache = field(default_factory=AnswerCache)
    find_columns: Callable[[], ColumnarView | None] = _no_columns
    judgements: JudgementCache = field(default_factory=JudgementCache)
    find_changed: Callable[[Snapshot, int, int], Collection[UUID] | None] = _every_client
    find_judged: Callable[[Snapshot, Any], tuple[int, DatedRows] | None] = _nothing_judged
    find_known: Callable[[Snapshot, Any, datetime], tuple[DatedRows, datetime] | None] = _no_history
    pause: Callable[[], None] = _go_on
    stopped: StoppedStreams = NONE_STOPPED

    @cached_property
    def columns(self) -> ColumnarView | None:
        """The in-memory copy that large portfolios are counted in; null where reports count in SQL."""
        return self.find_columns()

    def changed_clients(self, after: int, up_to: int) -> Collection[UUID] | None:
        """The clients with an event after a position, up to another; null if there are too many."""
        return self.find_changed(self, after, up_to)


def cached(report: Callable[Concatenate[Snapshot, P], A]) -> Callable[Concatenate[Snapshot, P], A]:
    """Answer a report from the snapshot's cache, and compute one question of each report at a time."""
    computing = Lock()

    def compute(snapshot: Snapshot, *args: P.args, **kwargs: P.kwargs) -> A:
        # several at once would take as long, and the memory of all of them
        with computing:
            return report(snapshot, *args, **kwargs)

    @wraps(report)
    def ask(snapshot: Snapshot, /, *args: P.args, **kwargs: P.kwargs) -> A:
        question = (report.__module__, report.__qualname__, snapshot.position, args, tuple(sorted(kwargs.items())))
        answer: A = snapshot.answers.answer(question, lambda: compute(snapshot, *args, **kwargs))
        return answer

    return ask
