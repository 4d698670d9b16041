"""What every report is asked with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, true

from domain.quarters import Quarter, quarter_of, quarters_between
from projections.client_filter import EVERY_CLIENT, ClientFilter, chosen_ids

DEFAULT_QUARTERS = 8

Link: TypeAlias = Mapping[str, str]
"""Query parameters of the client list that lead from a row to its clients, the report's own filters included."""


@dataclass(frozen=True, slots=True)
class ReportParameters:
    """The quarters from `first` to `last`, both included, and what is looked at in them.

    `chosen` picks one set of clients, on `as_of`, for all quarters; `visible` are those the caller may see (null:
    all); `known_at` null means now.
    """

    first: Quarter
    last: Quarter
    as_of: date
    known_at: datetime | None = None
    chosen: ClientFilter = EVERY_CLIENT
    visible: frozenset[UUID] | None = None

    def __post_init__(self) -> None:
        """Refuse (`ValueError`) quarters of two calendars, or in the wrong order."""
        if self.first.fiscal_year_start_month != self.last.fiscal_year_start_month:
            raise ValueError(f"{self.first} and {self.last} are quarters of different calendars")
        if self.last < self.first:
            raise ValueError(f"{self.first} comes after {self.last}")

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """All of them, in order."""
        return quarters_between(self.first, self.last)

    def chosen_ids(self) -> Select[tuple[UUID]] | None:
        """The ids of the chosen clients, as a question; null when that is every client."""
        return chosen_ids(self.chosen, as_of=self.as_of, known_at=self.known_at, visible=self.visible)

    def link(self, **own: object) -> Link:
        """The way to a row's clients: the report's own filters and times, and what the row adds to them."""
        return {**_given(self.chosen, self.as_of, self.known_at), **{name: _as_text(own[name]) for name in own}}


@lru_cache(maxsize=64)
def _given(chosen: ClientFilter, as_of: date, known_at: datetime | None) -> Link:
    """What the links of all rows of a report have: worked out once, they are many."""
    filters = {field.name: getattr(chosen, field.name) for field in fields(chosen)}
    given = {name: value for name, value in filters.items() if value is not None}
    times = {"as_of": as_of} | ({"known_at": known_at} if known_at else {})
    return {name: _as_text(value) for name, value in {**given, **times}.items()}


def _as_text(value: object) -> str:
    """A value as it stands in a query."""
    match value:
        case str():
            return str(value)
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


def bucket(day: ColumnElement[date], bounds: Sequence[date]) -> ColumnElement[int]:
    """How many of these ascending bounds lie before a day, in SQL; all of them where the day is null."""
    return case(*((day <= bound, number) for number, bound in enumerate(bounds)), else_=len(bounds))


def among_chosen(column: ColumnElement[UUID], parameters: ReportParameters) -> ColumnElement[bool]:
    """Whether a column's client is one of the chosen."""
    chosen = parameters.chosen_ids()
    return true() if chosen is None else column.in_(chosen)


def last_quarters(
    as_of: date, fiscal_year_start_month: int = 1, count: int = DEFAULT_QUARTERS
) -> tuple[Quarter, Quarter]:
    """The first and the last of the `count` quarters that end with the one which holds `as_of`."""
    first = last = quarter_of(as_of, fiscal_year_start_month)
    for _ in range(count - 1):
        first = first.previous
    return first, last
