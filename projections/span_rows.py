"""Values over time, as spans that are said in rows: what comes out as before is left alone, the rest is said anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from projections.read_model import CONTENT, Row, StreamRows

V = TypeVar("V")
Content = tuple[object, ...]


class RowSet:
    """A list of things that are said, each in a row of its own; null stands for a place where nothing is said."""

    __slots__ = ("_rows", "_said")

    def __init__(self, rows: StreamRows) -> None:
        """Nothing said yet."""
        self._rows = rows
        self._said: list[Row | None] = []

    def replace(self, kept: int, contents: Sequence[Content | None], at: int) -> None:
        """Keep the first `kept`; after them come these, known from that instant unless they were said before."""
        said = self._said
        old = {tuple(row[CONTENT:]): row for row in said[kept:] if row}
        del said[kept:]
        for content in contents:
            if content is None:
                said.append(None)
            else:
                said.append(old.pop(content, None) or self._rows.add(at, content))
        for row in old.values():
            self._rows.close(row, at)

    def is_said(self, index: int) -> bool:
        """Whether something is said at that place."""
        return self._said[index] is not None


class SpanTrack(Generic[V]):
    """A value over time, as runs that last until the next one; what is undone on the same day never was.

    To change it: `go_on`, or `cut` at a day; then `change` in order of days; then `say`. Days are their numbers.
    """

    __slots__ = ("_columns", "_end", "_sayings", "_touched", "kept", "runs")

    def __init__(self, rows: StreamRows, columns: Callable[[V], Content | None]) -> None:
        """`columns` say a value, between whose it is and its span; null: that value is not said."""
        self._columns = columns
        self._end: int | None = None
        self._sayings = RowSet(rows)
        self._touched = False
        self.kept = 0
        """How many runs, from the first, are said as before."""
        self.runs: list[tuple[int, V, bytes, Content | None]] = []
        """From when on, what, by which milestone, and how it is said."""

    def go_on(self) -> None:
        """Keep all that is there; what follows comes on the last run's day or later."""
        self._touched = False
        # the last run may be undone, and the one before it go on in its place
        self.kept = max(len(self.runs) - 2, 0)

    def cut(self, day: int) -> None:
        """Forget what began on that day or later."""
        runs = self.runs
        self._touched = False
        while runs and runs[-1][0] >= day:
            runs.pop()
            self._touched = True
        # the last one kept may come to end on another day
        self.kept = max(len(runs) - 1, 0)

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

    def say(self, whose: bytes, end: int | None, at: int) -> bool:
        """Say in rows what changed, the last run going on until `end` (null: for good); whether there was anything."""
        if not self._touched and end == self._end:
            return False
        self._end = end
        runs = self.runs
        contents: list[Content | None] = []
        for index in range(self.kept, len(runs)):
            start, _, by, columns = runs[index]
            finish = runs[index + 1][0] if index + 1 < len(runs) else end
            if columns is None or (finish is not None and finish <= start):
                contents.append(None)
            else:
                contents.append((whose, *columns, start, finish, by))
        self._sayings.replace(self.kept, contents, at)
        return True

    def said_value(self, index: int) -> V | None:
        """The value of a run that is said; null for one that is not, and before the first."""
        return self.runs[index][1] if index >= 0 and self._sayings.is_said(index) else None
