"""Pages of a report whose rows are placed in columns: only the rows of a page are made whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import numpy as np

from projections.client_names import client_names
from projections.columnar.array_column import Array
from projections.dated_rows import DatedRows, id_at
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

R = TypeVar("R")
P = TypeVar("P", bound=tuple[Any, ...])


@dataclass(frozen=True, eq=False)
class PlacedRows:
    """The rows of an answer in its order: `places` in the judged rows.

    `prefix` is the first parts of the place of a row, with its client as the last; the other parts order the rows of
    that client, which are in that order already.
    """

    rows: DatedRows
    places: Array
    prefix: Callable[[PlacedRows, int], tuple[Any, ...]]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def weight(self) -> int:
        """The memory used, in units of one report row."""
        return self.rows.weight // 4_000

    def values(self, column: str) -> Array:
        """The values of a column."""
        return self.rows[column][self.places]

    def client_at(self, number: int) -> UUID:
        """The client of a row."""
        return UUID(bytes=id_at(self.rows.ids, self.rows["client"][self.places[number]]))

    def page(
        self,
        rows_of: Callable[[frozenset[UUID]], Sequence[R]],
        place_of: Callable[[R], P],
        after: P | None,
        limit: int | None,
    ) -> tuple[tuple[R, ...], P | None]:
        """At most `limit` rows (null: all) after a place (null: from the start); the last one's place if more follow.

        `rows_of` makes all rows of some clients, in order.
        """
        first = 0
        if after is not None:
            first = self._number_after(after, lambda client: [place_of(row) for row in rows_of(frozenset([client]))])
        end = len(self) if limit is None else min(first + limit, len(self))
        client = self.values("client")
        is_on_page = np.zeros(len(self.rows.ids), bool)
        is_on_page[client[first:end]] = True
        numbers = np.flatnonzero(is_on_page[client]).tolist()
        made = rows_of(frozenset(self.rows.client_ids(np.flatnonzero(is_on_page)))) if numbers else ()
        page = tuple(row for number, row in zip(numbers, made, strict=True) if first <= number < end)
        return page, place_of(page[-1]) if page and end < len(self) else None

    def _number_after(self, after: P, places_of: Callable[[UUID], Sequence[P]]) -> int:
        """How many rows come no later than a place."""
        every = range(len(self))
        if not every:
            return 0
        parts = len(self.prefix(self, 0))
        first = bisect_left(every, after[:parts], key=lambda number: self.prefix(self, number))
        last = bisect_right(every, after[:parts], key=lambda number: self.prefix(self, number))
        if first == last:
            return first
        return first + sum(one[:parts] == after[:parts] and one <= after for one in places_of(after[parts - 1]))


def placed_by_name(snapshot: Snapshot, question: ReportQuestion, rows: DatedRows, places: Array) -> PlacedRows:
    """Rows by the name of their client on the day of the question."""
    names, of_client = client_names(snapshot, question.as_of, question.known_at).keys(rows.ids)
    client = rows["client"][places]
    order = np.lexsort((client, of_client[client]))  # stable: the rows of a client stay in their order

    def prefix(placed: PlacedRows, number: int) -> tuple[Any, ...]:
        return names[of_client[placed.rows["client"][placed.places[number]]]], placed.client_at(number)

    return PlacedRows(rows, places[order], prefix)
