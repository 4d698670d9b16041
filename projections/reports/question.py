"""The question that a report answers: quarters, `as_of` and `known_at`, and the clients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, true

from domain.quarters import Quarter, parse_quarter, quarter_of, quarters_between
from domain.signs.firm_thresholds import DEFAULTS, FirmThresholds
from projections.client_filter import EVERY_CLIENT, ClientFilter, chosen_ids

DEFAULT_QUARTERS = 8

Link: TypeAlias = Mapping[str, str]
"""Query parameters of the client list that lead from a row to its clients, the report's own filters included."""


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """The question that every report takes.

    `first` and `last` are both included; null means that the report is not bounded on that side. `filters` pick one
    set of clients, as they are on `as_of`, for all quarters. `known_at` null means now. `visible` are the clients that
    the caller may see (null: all). `thresholds` are those of warning signs that the firm has set.
    """

    first: Quarter | None
    last: Quarter | None
    as_of: date
    known_at: datetime | None = None
    filters: ClientFilter = EVERY_CLIENT
    visible: frozenset[UUID] | None = None
    fiscal_year_start_month: int = 1
    thresholds: FirmThresholds = DEFAULTS

    def __post_init__(self) -> None:
        """Raise `ValueError` for quarters of another fiscal year, or in the wrong order."""
        for quarter in (self.first, self.last):
            if quarter is not None and quarter.fiscal_year_start_month != self.fiscal_year_start_month:
                raise ValueError(f"{quarter} is not in a year that starts in month {self.fiscal_year_start_month}")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"{self.first} comes after {self.last}")

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """All quarters, in order. Raises `ValueError` where the question is not bounded on both sides."""
        return quarters_between(*self.bounds)

    @property
    def bounds(self) -> tuple[Quarter, Quarter]:
        """The first and the last quarter. Raises `ValueError` where the question is not bounded on both sides."""
        if self.first is None or self.last is None:
            raise ValueError("the question names no first or no last quarter")
        return self.first, self.last

    @property
    def start(self) -> date:
        """The first day of the first quarter; raises `ValueError` as `bounds` does."""
        return self.bounds[0].start

    @property
    def end(self) -> date:
        """The last day of the last quarter; raises `ValueError` as `bounds` does."""
        return self.bounds[1].end

    def bounded(self) -> ReportQuestion:
        """The question with the quarters that it does not name: eight that end with `last`, or with that of `as_of`.

        Raises `InvalidQuarter` where they would lie too early.
        """
        usual_first, usual_last = last_quarters(self.as_of, self.fiscal_year_start_month)
        last, first = self.last or usual_last, self.first
        if first is None:
            first = last_quarters(last.start, self.fiscal_year_start_month)[0] if self.last else usual_first
        elif self.last is None:
            last = max(first, last)
        return replace(self, first=first, last=last)

    def in_quarter(self, label: str) -> ReportQuestion:
        """The same question about the one quarter with that label. Raises `InvalidQuarter`."""
        quarter = parse_quarter(label, self.fiscal_year_start_month)
        return replace(self, first=quarter, last=quarter)

    def chosen_ids(self) -> Select[UUID] | None:
        """The query for the ids of the chosen clients; null when that is every client."""
        return chosen_ids(self.filters, as_of=self.as_of, known_at=self.known_at, visible=self.visible)

    def includes(self, client_id: ColumnElement[UUID]) -> ColumnElement[bool]:
        """The SQL condition that a column's client is one of the chosen."""
        chosen = self.chosen_ids()
        return true() if chosen is None else client_id.in_(chosen)

    def link(self, **more: object) -> Link:
        """Query parameters that lead to a row's clients: the filters, the times, and what the row adds to them."""
        return {**_query_of(self.filters, self.as_of, self.known_at), **{name: _text(more[name]) for name in more}}

    def link_to_row(self, report: str, *, with_quarters: bool = False) -> Callable[[str], Link]:
        """Makes the links to the clients behind a report's rows, by the name of the row.

        `with_quarters` adds the quarters that bound the question, for rows whose names do not hold them.
        """
        named = (("from", self.first), ("to", self.last)) if with_quarters else ()
        every = self.link(**{name: quarter for name, quarter in named if quarter is not None}, report=report)
        return lambda row: {**every, "row": row}


@lru_cache(maxsize=64)
def _query_of(filters: ClientFilter, as_of: date, known_at: datetime | None) -> Link:
    """What the links of all rows of a report have in common: a report has many rows."""
    values = {field.name: getattr(filters, field.name) for field in fields(filters)}
    values = {name: value for name, value in values.items() if value is not None}
    times = {"as_of": as_of} | ({"known_at": known_at} if known_at else {})
    return {name: _text(value) for name, value in {**values, **times}.items()}


def _text(value: object) -> str:
    """A value as it stands in a query string."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def last_quarters(
    as_of: date, fiscal_year_start_month: int = 1, count: int = DEFAULT_QUARTERS
) -> tuple[Quarter, Quarter]:
    """The first and the last of the `count` quarters that end with the one that contains `as_of`."""
    first = last = quarter_of(as_of, fiscal_year_start_month)
    for _ in range(count - 1):
        first = first.previous
    return first, last
