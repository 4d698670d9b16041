"""A consistent view of the read models: what every function that reads them takes as an argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from projections.reports.answer_cache import AnswerCache

if TYPE_CHECKING:
    from projections.columnar.columnar_cache import ColumnarView


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
