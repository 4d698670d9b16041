"""The same answer as JSON, CSV or a workbook: lists and reports are tables too."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeAlias, get_args, get_origin
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from api.http.problems import invalid
from api.schemas.scalars import instant_text, number_of

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | UUID | None

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_WIDEST = 60
_MOST_ROWS = 1_048_576
_LONGEST_TEXT = 32_767
_LONGEST_SHEET_NAME = 31
_EXACT_BELOW = Decimal(10) ** 13
"""Spreadsheets keep fifteen digits; an amount that has more of them stays exact as a text."""

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


Formatted = Annotated[Format, Query(alias="format", description="How the answer is written.")]

TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""What a route that has tables documents beside its JSON."""


@dataclass(frozen=True, slots=True)
class About:
    """What a workbook says of itself on a sheet of its own: what was asked, and when that was answered."""

    asked: Sequence[tuple[str, Cell]]
    answered_at: datetime


def table(
    wanted: Format,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    headers: Mapping[str, str],
    about: About | None = None,
) -> Response:
    """Rows under their columns, as a file to be saved. Refuses (422) more rows than a workbook holds."""
    if wanted is Format.CSV:
        content, media_type = csv_of(columns, rows), CSV
    else:
        content, media_type = _xlsx(name, columns, rows, about), XLSX
    disposition = f'attachment; filename="{name}.{wanted}"'
    return Response(content, headers={**headers, "Content-Disposition": disposition}, media_type=media_type)


def table_of_items(
    wanted: Format,
    name: str,
    kind: type[BaseModel],
    items: Iterable[BaseModel],
    headers: Mapping[str, str],
    about: About | None = None,
) -> Response:
    """A list's items as rows, their members as columns with dotted names; dates and numbers stay what they are.

    The columns are those of the items' `kind`, whatever the list holds; only members of any name depend on that.
    """
    rows = [dict(_flat("", item.model_dump(by_alias=True))) for item in items]
    found = dict.fromkeys(column for row in rows for column in row)
    columns = [
        column
        for declared in _columns_of(kind, "")
        for column in [inner for inner in found if inner.startswith(f"{declared}.")] or [declared]
    ]
    return table(wanted, name, columns, ([row.get(column) for column in columns] for row in rows), headers, about)


def safe_cell(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA) else cell


def _columns_of(kind: type[BaseModel], path: str) -> Iterator[str]:
    """The columns that items of a kind have, from what it declares."""
    for name, field in kind.model_fields.items():
        column = f"{path}{field.serialization_alias or name}"
        types = (field.annotation, *get_args(field.annotation))
        inner = [part for part in types if isinstance(part, type) and issubclass(part, BaseModel)]
        if inner and get_origin(field.annotation) is not list:
            yield from _columns_of(inner[0], f"{column}.")
        else:
            yield column


def _flat(path: str, value: Any) -> Iterable[tuple[str, Cell]]:
    match value:
        case {"amount": str() as amount, "currency": currency, **others} if not others:
            yield from ((f"{path}.amount", Decimal(amount)), (f"{path}.currency", currency))
        case dict():
            for name, member in value.items():
                yield from _flat(f"{path}.{name}" if path else name, member)
        case list() if all(isinstance(member, str) for member in value):
            yield path, "; ".join(value)
        case list():
            yield path, json.dumps(to_jsonable_python(value), ensure_ascii=False)
        case Decimal():
            yield path, number_of(value)
        case _:
            yield path, value


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows under their columns as CSV, and none of them a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([safe_cell(column) for column in columns])
    writer.writerows([_written(safe_cell(cell)) for cell in row] for row in rows)
    return file.getvalue().encode()


def _written(cell: Cell) -> Cell:
    """A cell as text says it: a number stays one, also where it begins with a minus."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return instant_text(cell)
    return cell


class _Sheet:
    """One sheet of a workbook, written row by row: what is written needs no memory."""

    def __init__(self, book: Any, name: str, columns: Sequence[str]) -> None:
        self._sheet = book.add_worksheet(_sheet_name(name))
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._amounts = [book.add_format({"num_format": f"#,##0.{'0' * places}".rstrip(".")}) for places in range(5)]
        self._widths = [len(column) for column in columns]
        self._columns = columns
        self._rows = 1
        for place, column in enumerate(columns):
            self._sheet.write_string(0, place, str(safe_cell(column))[:_LONGEST_TEXT], self._head)

    def add(self, row: Sequence[Cell]) -> None:
        """One more row; raises `Problem` 422 when the sheet is full."""
        if self._rows == _MOST_ROWS:
            raise invalid(("format", f"a workbook holds at most {_MOST_ROWS - 1} rows; ask for CSV"))
        for place, cell in enumerate(row):
            if cell is not None:
                self._write(place, cell)
        self._rows += 1

    def close(self) -> None:
        """The head stays in sight, and every column is as wide as what is in it."""
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, min(width + 2, _WIDEST))
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, self._rows - 1, max(len(self._columns) - 1, 0))

    def _write(self, place: int, cell: Cell) -> None:
        sheet, row = self._sheet, self._rows
        text = str(_written(cell))
        match cell:
            case bool():
                sheet.write_boolean(row, place, cell)
            case Decimal() if abs(cell) < _EXACT_BELOW:
                sheet.write_number(row, place, cell, self._amounts[_places(cell)])
            case int() | float():
                sheet.write_number(row, place, cell)
            case date() if not isinstance(cell, datetime):
                sheet.write_datetime(row, place, cell, self._day)
            case _:
                sheet.write_string(row, place, str(safe_cell(text))[:_LONGEST_TEXT])
        self._widths[place] = max(self._widths[place], len(text))


def _places(number: Decimal) -> int:
    """With how many decimals a cell shows a number: those that it has, at most four."""
    exponent = number.as_tuple().exponent
    return min(max(-exponent, 0), 4) if isinstance(exponent, int) else 0


def _sheet_name(name: str) -> str:
    """A name that a sheet may have, and that no spreadsheet takes for anything but a name."""
    return re.sub(r"[^A-Za-z0-9 _-]", "-", name).lstrip("-+=@ ")[:_LONGEST_SHEET_NAME] or "sheet"


def _xlsx(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], about: About | None) -> bytes:
    # seldom asked for, and not quickly loaded
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # the clock is left out, so that what is asked of the same moment is the same file
    book.set_properties({"title": name, "created": about.answered_at if about else _NEVER})
    sheet = _Sheet(book, name, columns)
    for row in rows:
        sheet.add(row)
    sheet.close()
    if about is not None:
        told = _Sheet(book, "parameters", ("parameter", "value"))
        for pair in about.asked:
            told.add(pair)
        told.close()
    book.close()
    return file.getvalue()
