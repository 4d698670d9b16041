"""The portfolio as a grid: a client a row, a quarter a column."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from domain.quarters import Quarter
from domain.seats import Structure
from projections.reports.parameters import Link, ReportParameters


@dataclass(frozen=True, slots=True)
class GridCell:
    """A client's structure at a quarter's end (on `as_of` in the quarter that holds it); null: not observed.

    `changed`: it differs from the end of the quarter before; `planned`: the quarter starts after `as_of`.
    """

    quarter: Quarter
    structure: Structure | None
    changed: bool
    planned: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """One client, all quarters."""

    client: UUID
    slug: str
    name: str
    cells: tuple[GridCell, ...]
    link: Link


@dataclass(frozen=True, slots=True)
class QuarterGrid:
    """The clients that were engaged on some day of these quarters, by name; `next` is the cursor of more."""

    parameters: ReportParameters
    rows: tuple[GridRow, ...]
    next: str | None


def quarter_grid(
    connection: Connection, parameters: ReportParameters, *, limit: int | None = None, cursor: str | None = None
) -> QuarterGrid:
    """Each client's structure at each quarter's end; `limit` null gives all clients. Raises `InvalidCursor`."""
    raise NotImplementedError
