"""The paths of clients through structures as judged rows: one for each step, from the day on which it began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

import numpy as np

from domain.milestones import Kind
from domain.signs.periods import FOREVER
from projections.client_rows import ClientRows, StoredRow
from projections.columnar.array_column import Array
from projections.dated_rows import Column, JudgedClient
from projections.judgements import Judgement, judged_of
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

AWAY: Final = "null"
"""The step between two engagements."""


def _judge(rows: ClientRows) -> Iterator[JudgedClient]:
    for client, spans in rows.structures.items():
        yield client, _steps(sorted(spans, key=itemgetter(2)))


WALKS: Final = Judgement(
    "walks",
    (Column.of_words("path"), Column("began_on", np.int32), Column("ended_on", np.int32)),
    _judge,
    (Kind.OPENED,),
)
"""The steps of each client: the whole path up to it, when it began, and when the client left if none followed at once.

A step holds until the next one begins. The time between two engagements is a step as soon as the next one has begun,
so that it has no days of its own.
"""


def _steps(spans: Sequence[StoredRow]) -> list[tuple[Any, ...]]:
    steps: list[tuple[int, str, int]] = []
    ended_on: list[int] = []
    for _, structure, start, end, _ in spans:
        if steps and ended_on[-1] < start:
            steps.append((start, AWAY, ended_on[-1]))
            ended_on.append(start)
        if not steps or steps[-1][1] != structure:
            steps.append((start, structure, start))
            ended_on.append(start)
        ended_on[-1] = FOREVER if end is None else end
    path = [structure for _, structure, _ in steps]
    untils = [*(start for start, _, _ in steps[1:]), FOREVER]
    return [
        (start, until, ".".join(path[: number + 1]), began_on, ended)
        for number, ((start, _, began_on), until, ended) in enumerate(zip(steps, untils, ended_on, strict=True))
    ]


class Walked:
    """The paths of the chosen clients up to a day, without those of clients who had left by another."""

    def __init__(self, snapshot: Snapshot, question: ReportQuestion, first_day: int, last_day: int) -> None:
        """Select them."""
        self._rows, is_chosen = judged_of(snapshot, WALKS, question)
        places = self._rows.on(last_day)
        is_among = is_chosen[self._rows["client"][places]] & (self._rows["ended_on"][places] > first_day)
        self._places = places[is_among]
        numbers, self._path = np.unique(self._rows["path"][self._places], return_inverse=True)
        self.names = [self._rows.words.names[number] for number in numbers.tolist()]
        """The different paths."""
        steps = np.array([name.count(".") + 1 for name in self.names], np.int64)
        self._steps = steps[self._path] if len(self._path) else np.zeros(0, np.int64)
        self._is_over = self._rows["ended_on"][self._places] <= last_day

    def clients(self) -> list[int]:
        """The number of clients on each path."""
        counts: list[int] = np.bincount(self._path, minlength=len(self.names)).tolist()
        return counts

    def ended(self) -> list[int]:
        """The number of clients on each path that have left."""
        counts: list[int] = np.bincount(self._path[self._is_over], minlength=len(self.names)).tolist()
        return counts

    def median_days(self) -> list[float]:
        """The median for each path of the days from the first day to the start of the last step."""
        medians: list[float] = _medians(self._path, self._days(), len(self.names)).tolist()
        return medians

    def median_step_days(self) -> list[tuple[float, ...]]:
        """The medians for each path of the days in each step but the last."""
        medians: list[list[float]] = [[] for _ in self.names]
        began_on = self._rows["began_on"]
        for step in range(int(self._steps.max(initial=1)) - 1):
            walks = np.flatnonzero(self._steps > step + 1)
            row = self._places[walks] - self._steps[walks] + 1 + step
            path = self._path[walks]
            of_path = _medians(path, began_on[row + 1] - began_on[row], len(self.names))
            for number in np.unique(path).tolist():
                medians[number].append(float(of_path[number]))
        return [tuple(of_path) for of_path in medians]

    def by_client(self) -> Iterator[tuple[Any, str, int]]:
        """The client, its path, and the days from its first day to the start of the last step."""
        ids = self._rows.client_ids(self._rows["client"][self._places])
        yield from zip(ids, (self.names[path] for path in self._path.tolist()), self._days().tolist(), strict=True)

    def _days(self) -> Array:
        began_on = self._rows["began_on"]
        return began_on[self._places] - began_on[self._places - self._steps + 1]


def _medians(groups: Array, values: Array, count: int) -> Array:
    """The median of the values of each group, by number; 0 for a group without any."""
    sizes = np.bincount(groups, minlength=count)
    medians = np.zeros(count)
    if not len(values):
        return medians
    ascending = values[np.lexsort((values, groups))]
    ends = np.cumsum(sizes)
    some = np.flatnonzero(sizes)
    first = (ends - sizes)[some]
    middles = ascending[first + (sizes[some] - 1) // 2], ascending[first + sizes[some] // 2]
    medians[some] = (middles[0] + middles[1]) / 2
    return medians
