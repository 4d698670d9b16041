"""Values over time, as spans that are said in rows: what comes out as before is left alone, the rest is said anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from projections.read_model import CONTENT, Row, StreamRows

V = TypeVar("V")
Content = tuple[object, ...]


class RowSet:
    """A list of things that are said, each in a row of its own; null stands for a place where nothing is said."""

    __slots__ = ("_row_list", "_rows")

    def __init__(self, rows: StreamRows) -> None:
        """Nothing said yet."""
        self._rows = rows
        self._row_list: list[Row | None] = []

    def replace(self, unchangedanged_runs: int, contents: Sequence[Content | None], at: int) -> None:
        """Keep the first `kept`; after them come these, known from that instant unless they were said before."""
        rows = self._row_list
        old = {tuple(row[CONTENT:]): row for row in rows[unchangedanged_runs:] if row}
        del rows[unchangedanged_runs:]
        for content in contents:
            if content is None:
                rows.append(None)
            else:
                rows.append(old.pop(content, None) or self._rows.add(at, content))
        for row in old.values():
            self._rows.close(row, at)

    def has_row(self, index: int) -> bool:
        """Whether something is said at that place."""
        return self._row_list[index] is not None


class SpanTrack(Generic[V]):
    """A value over time, as runs that last until the next one; what is undone on the same day never was.

    To change it: `go_on`, or `cut` at a day; then `change` in order of days; then `say`. Days are their numbers.
    """

    __slots__ = ("_columns", "_end", "_row_set", "_touched", "runs", "unchanged_runs")

    def __init__(self, rows: StreamRows, columns: Callable[[V], Content | None]) -> None:
        """`columns` say a value, between whose it is and its span; null: that value is not said."""
        self._columns = columns
        self._end: int | None = None
        self._row_set = RowSet(rows)
        self._touched = False
        self.unchanged_runs = 0
        """How many runs, from the first, are said as before."""
        self.runs: list[tuple[int, V, bytes, Content | None]] = []
        """From when on, what, by which milestone, and how it is said."""

    def continue_runs(self) -> None:
        """Keep all that is there; what follows comes on the last run's day or later."""
        self._touched = False
        # the last run may be undone, and the one before it go on in its place
        self.unchanged_runs = max(len(self.runs) - 2, 0)

    def cut(self, day: int) -> None:
        """Forget what began on that day or later."""
        runs = self.runs
        self._touched = False
        while runs and runs[-1][0] >= day:
            runs.pop()
            self._touched = True
        # the last one kept may come to end on another day
        self.unchanged_runs = max(len(runs) - 1, 0)

    def change(self, on: int, value: V, by: bytes) -> None:
        """From that day on it is this value."""
        runs = self.runs
        if runs and (runs[-1][1] is value or runs[-1][1] == value):
            return
        self._touched = True
        if runs and runs[-1][0] == on:
            runs.pop()
            if runs and runs[-1][1] == value:
                return
        runs.append((on, value, by, self._columns(value)))

    def write(self, client: bytes, end: int | None, at: int) -> bool:
        """Say in rows what changed, the last run going on until `end` (null: for good); whether there was anything."""
        if not self._touched and end == self._end:
            return False
        self._end = end
        runs = self.runs
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
        """The value of a run that is said; null for one that is not, and before the first."""
        return self.runs[index][1] if index >= 0 and self._row_set.has_row(index) else None
