"""Reports about whole evolutions: quarters bound them only where they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, true

from domain.quarters import Quarter, quarter_of
from projections.client_filter import EVERY_CLIENT, ClientFilter, chosen_ids
from projections.reports.parameters import Link, ReportParameters


@dataclass(frozen=True, slots=True)
class Scope:
    """What such a report is asked with: as `ReportParameters`, but the quarters may be null, each of them.

    `fiscal_year_start_month` says in which quarters its rows are told.
    """

    as_of: date
    first: Quarter | None = None
    last: Quarter | None = None
    known_at: datetime | None = None
    chosen: ClientFilter = EVERY_CLIENT
    visible: frozenset[UUID] | None = None
    fiscal_year_start_month: int = 1

    def __post_init__(self) -> None:
        """Refuse (`ValueError`) quarters of another calendar, or in the wrong order."""
        for quarter in (self.first, self.last):
            if quarter is not None and quarter.fiscal_year_start_month != self.fiscal_year_start_month:
                raise ValueError(
                    f"{quarter} is no quarter of a year that starts in month {self.fiscal_year_start_month}"
                )
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"{self.first} comes after {self.last}")


Asked: TypeAlias = ReportParameters | Scope
"""What any report is asked with."""

ANY: Final = "any"
"""Stands in the name of a row for whatever other rows have in that place."""

Figure: TypeAlias = str | int | Decimal
"""What one client contributes to one row."""

Contributions: TypeAlias = Mapping[UUID, Mapping[str, Figure]]
"""What a report is made of: the clients behind it, and what each contributes to the rows of these names."""


def of_chosen(client_id: ColumnElement[UUID], asked: Asked) -> ColumnElement[bool]:
    """Whether a column's client is one of the chosen."""
    chosen = chosen_ids(asked.chosen, as_of=asked.as_of, known_at=asked.known_at, visible=asked.visible)
    return true() if chosen is None else client_id.in_(chosen)


def links_to_rows(report: str, asked: Asked) -> Callable[[str], Link]:
    """The way from a row of a report to its clients, by the name of the row among those of the same question."""
    bounds = {}
    if isinstance(asked, Scope):
        bounds = {name: q for name, q in (("from", asked.first), ("to", asked.last)) if q is not None}
        quarter = quarter_of(asked.as_of)
        asked = ReportParameters(quarter, quarter, asked.as_of, asked.known_at, asked.chosen)
    every = asked.link(**bounds, report=report)
    return lambda row: {**every, "row": row}


def link_to_row(report: str, row: str, asked: Asked) -> Link:
    """The way from one row of a report to its clients."""
    return links_to_rows(report, asked)(row)
