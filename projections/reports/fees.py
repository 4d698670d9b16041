"""The monthly fees in force, as judged rows: one for each period of a fee, without paused days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np

from domain.milestones import Kind
from domain.seats import Function, Structure
from domain.signs.periods import FOREVER
from projections.client_rows import ClientRows, StoredRow
from projections.columnar.array_column import Array
from projections.dated_rows import Column, JudgedClient
from projections.judgements import Judgement, judged_of
from projections.reports.proration import MonthlyAmounts
from projections.reports.question import ReportQuestion
from projections.snapshot import Snapshot

UNIFIED: Final = (Structure.UNIFIED_FRACTIONAL, Structure.UNIFIED_FULL_TIME)

BOTH_HATS: Final = "technology+ai"
"""The functions of a fee for a seat with both."""

_LOW: Final = 10**9
"""Amounts are added up in two parts, each of which stays within 64 bits for any number of clients."""


class Cell(NamedTuple):
    """What fees are summed by within a quarter: the structure, the functions and the currency."""

    structure: str
    function: str
    currency: str


def _judge(rows: ClientRows) -> Iterator[JudgedClient]:
    for client, seats in rows.seats.items():
        yield client, list(_fees(seats, rows.structures.get(client, ()), rows.active.get(client, ())))


FEES: Final = Judgement("fees", (Column.of_words("cell"), Column("fee", np.int64)), _judge, (Kind.OPENED,))
"""The periods of fees, in ten-thousandths a month; a cell is written as `structure.function.currency`."""


def _fees(
    seats: Sequence[StoredRow], structures: Sequence[StoredRow], active: Sequence[StoredRow]
) -> Iterator[tuple[Any, ...]]:
    by_engagement: dict[bytes, list[tuple[str, int, int]]] = defaultdict(list)
    for engagement, structure, start, end, _ in structures:
        by_engagement[engagement].append((structure, start, _end(end)))
    open_days: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for engagement, start, end in active:
        open_days[engagement].append((start, _end(end)))
    for engagement, *_, fee, currency, function, _, start, end, _ in seats:
        for structure, since, until in by_engagement[engagement] if fee is not None else ():
            is_unified = structure in UNIFIED
            if is_unified and function != Function.TECHNOLOGY:
                continue  # one fee for both
            cell = f"{structure}.{BOTH_HATS if is_unified else function}.{currency}"
            for first, after in open_days[engagement]:
                begins, ends = max(start, since, first), min(_end(end), until, after)
                if begins < ends:
                    yield begins, ends, cell, fee


def _end(end: int | None) -> int:
    return FOREVER if end is None else end


class FeesInForce:
    """The fees of the chosen clients on days within the quarters of a question."""

    def __init__(self, snapshot: Snapshot, question: ReportQuestion) -> None:
        """Select them."""
        self._rows, is_chosen = judged_of(snapshot, FEES, question)
        first, last = question.start.toordinal(), question.end.toordinal()
        is_within = (self._rows["start"] <= last) & (self._rows["end"] > first)
        self._places = np.flatnonzero(is_within & is_chosen[self._rows["client"]])
        self._starts = [quarter.start.toordinal() for quarter in question.quarters]
        self._ends = [quarter.end.toordinal() for quarter in question.quarters]
        self._names = list(self._rows.words.names)

    def cell(self, number: int) -> Cell:
        """A cell by its number."""
        return Cell(*self._names[number].split("."))

    def amounts(self) -> MonthlyAmounts[int]:
        """The fees of all clients by the number of their cell."""
        amounts: MonthlyAmounts[int] = MonthlyAmounts()
        cells, fees = self._values("cell"), self._values("fee")
        for days, sign in ((self._values("start"), 1), (self._values("end"), -1)):
            for cell, day, fee in _sums(cells, days, fees):
                amounts.change(cell, day, sign * fee)
        return amounts

    def clients(self) -> dict[tuple[int, int], int]:
        """The number of clients with a fee, by the number of the cell and the index of the quarter."""
        cells, clients = self._values("cell"), self._values("client")
        starts, ends = self._values("start"), self._values("end")
        counts: dict[tuple[int, int], int] = {}
        for place, (first, last) in enumerate(zip(self._starts, self._ends, strict=True)):
            pays = np.zeros((len(self._names), len(self._rows.ids)), bool)
            within = np.flatnonzero((starts <= last) & (ends > first))
            pays[cells[within], clients[within]] = True
            for cell, count in enumerate(pays.sum(axis=1).tolist()):
                counts[cell, place] = count
        return counts

    def by_client(self) -> Iterator[tuple[UUID, int, int, int, int]]:
        """The client, number of the cell, fee and days `[start, end)` of each period."""
        ids = self._rows.client_ids(self._values("client"))
        columns = (self._values(name).tolist() for name in ("cell", "fee", "start", "end"))
        yield from zip(ids, *columns, strict=True)

    def _values(self, column: str) -> Array:
        return self._rows[column][self._places]


def _sums(cells: Array, days: Array, fees: Array) -> Iterator[tuple[int, int, int]]:
    """The exact sum of the fees by cell and day."""
    days_and_cells, number = np.unique(cells.astype(np.int64) * (FOREVER + 1) + days, return_inverse=True)
    high, low = (np.zeros(len(days_and_cells), np.int64) for _ in range(2))
    np.add.at(high, number, fees // _LOW)
    np.add.at(low, number, fees % _LOW)
    for code, of_high, of_low in zip(days_and_cells.tolist(), high.tolist(), low.tolist(), strict=True):
        cell, day = divmod(code, FOREVER + 1)
        yield cell, day, of_high * _LOW + of_low
