"""A sheet as rows of cells, however its file stores them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

MOST_ROWS = 100_000
MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that has no usable value, such as a formula that was never calculated. `message` says why."""

    message: str


@dataclass(frozen=True, slots=True)
class ShownDate:
    """A date of a workbook whose number format shows only the month or the year."""

    on: date
    shows: str
    """`month` or `year`."""


Cell: TypeAlias = str | bool | int | Decimal | date | datetime | ShownDate | CellFault | None
"""The value of a cell; null and blank text are empty. Cells of CSV files are texts."""

_NEUTRALIZED = re.compile(r"'+[=+\-@\t\r\n]")


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a sheet by their number from 1, without blank rows, and how its cells are written."""

    rows: Sequence[tuple[int, Sequence[Cell]]]
    has_decimal_comma: bool = False
    starts_1904: bool = False
    """Whether serial numbers of days count from 1904."""
    warnings: Sequence[str] = field(default=())
    sheet: str = ""
    sheets: Sequence[str] = ()
    """The title of the sheet, and those of all sheets; a CSV file has none."""


def is_empty(cell: Cell) -> bool:
    """Whether a cell has no value."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text_of(cell: Cell) -> str:
    """The value of a cell as text, without the apostrophe that keeps it from being read as a formula.

    `safe_cell` adds one to such texts and to those that begin with apostrophes before one, so this is its inverse.
    """
    match cell:
        case None | CellFault():
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return cell[1:] if _NEUTRALIZED.match(cell) else cell
        case Decimal():
            return f"{cell.normalize():f}" if cell else "0"
        case datetime():
            return cell.isoformat(sep=" ") if cell.time() != datetime.min.time() else cell.date().isoformat()
        case ShownDate():
            return cell.on.isoformat()[: 7 if cell.shows == "month" else 4]
        case _:
            return str(cell)
