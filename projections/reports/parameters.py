"""What every report is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from domain.quarters import Quarter, quarter_of
from projections.clients import EVERY_CLIENT, ClientFilter

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


def last_quarters(
    as_of: date, fiscal_year_start_month: int = 1, count: int = DEFAULT_QUARTERS
) -> tuple[Quarter, Quarter]:
    """The first and the last of the `count` quarters that end with the one which holds `as_of`."""
    first = last = quarter_of(as_of, fiscal_year_start_month)
    for _ in range(count - 1):
        first = first.previous
    return first, last
