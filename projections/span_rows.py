"""Diffs spans against the rows already written: unchanged rows stay, others are closed and re-inserted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from projections.read_model import Row, StreamRows

V = TypeVar("V")
Content = tuple[object, ...]


class RowSet:
    """A list of written rows; null marks an index without a row."""

    __slots__ = ("_row_list", "_rows")

    def __init__(self, rows: StreamRows) -> None:
        """An empty list; rows are written to `rows`."""
        self._rows = rows
        self._row_list: list[tuple[Content, Row] | None] = []

    def replace(self, unchanged: int, contents: Sequence[Content | None], at: int) -> None:
        """Replace the rows after the first `unchanged`; rows with the same content stay. `at` is in microseconds."""
        rows = self._row_list
        old = [row for row in rows[unchanged:] if row is not None]
        del rows[unchanged:]
        if not old:
            rows += [None if content is None else (content, self._rows.add(at, content)) for content in contents]
            return
        by_content = dict(old)
        for content in contents:
            if content is None:
                rows.append(None)
            else:
                row = by_content.pop(content) if content in by_content else self._rows.add(at, content)
                rows.append((content, row))
        for row in by_content.values():
            self._rows.close(row, at)

    def has_row(self, index: int) -> bool:
        """Whether there is a row at an index."""
        return self._row_list[index] is not None


class SpanTrack(Generic[V]):
    """A value over time, as runs that each last until the next; a value replaced on the day it began is dropped.

    To change it, call `continue_runs` or `cut`, then `change` in the order of days, then `write`. Days are day numbers.
    """

    __slots__ = ("_columns", "_end", "_row_set", "_touched", "runs", "unchanged_runs")

    def __init__(self, rows: StreamRows, columns: Callable[[V], Content | None]) -> None:
        """`columns` returns the columns of a value, written between the client and the span; null: no row."""
        self._columns = columns
        self._end: int | None = None
        self._row_set = RowSet(rows)
        self._touched = False
        self.unchanged_runs = 0
        """The number of runs, from the first, whose rows are unchanged."""
        self.runs: list[tuple[int, V, bytes, Content | None]] = []
        """First day, value, milestone and columns of each run."""

    def continue_runs(self) -> None:
        """Prepare for changes on the last run's first day or later."""
        self._touched = False
        self.unchanged_runs = len(self.runs)

    def cut(self, day: int) -> None:
        """Drop the runs that began on a day or later."""
        runs = self.runs
        self._touched = False
        while runs and runs[-1][0] >= day:
            runs.pop()
            self._touched = True
        self.unchanged_runs = len(runs)

    def change(self, on: int, value: V, by: bytes) -> None:
        """Set the value from a day on, because of a milestone."""
        runs = self.runs
        if runs and (runs[-1][1] is value or runs[-1][1] == value):
            return
        self._touched = True
        if runs and runs[-1][0] == on:
            runs.pop()
            self.unchanged_runs = min(self.unchanged_runs, len(runs))
            if runs and runs[-1][1] == value:
                return
        runs.append((on, value, by, self._columns(value)))

    def write(self, client: bytes, end: int | None, at: int) -> bool:
        """Write the changed rows; the last run ends before `end` (null: open). Returns whether anything changed."""
        if not self._touched and end == self._end:
            return False
        self._end = end
        runs = self.runs
        # the last of the unchanged runs may end on another day
        self.unchanged_runs = max(self.unchanged_runs - 1, 0)
        contents: list[Content | None] = []
        for index in range(self.unchanged_runs, len(runs)):
            start, _, by, columns = runs[index]
            finish = runs[index + 1][0] if index + 1 < len(runs) else end
            if columns is None or (finish is not None and finish <= start):
                contents.append(None)
            else:
                contents.append((client, *columns, start, finish, by))
        self._row_set.replace(self.unchanged_runs, contents, at)
        return True

    def written_value(self, index: int) -> V | None:
        """The value of the run at `index` if its row is already written, otherwise null."""
        return self.runs[index][1] if index >= 0 and self._row_set.has_row(index) else None
