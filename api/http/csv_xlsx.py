"""Lists and reports as JSON, CSV or XLSX."""

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
from itertools import islice
from typing import Annotated, Any, TypeAlias, get_args, get_origin
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from api.http.presenter import masked_row
from api.http.problems import invalid
from api.schemas.scalars import instant_text, number_of

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell: TypeAlias = str | int | float | Decimal | bool | date | datetime | UUID | None

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_WIDEST = 60
_ROWS_AT_ONCE = 500
_MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
_LONGEST_SHEET_NAME = 31
_EXACT_BELOW = Decimal(10) ** 13
"""Spreadsheets keep 15 significant digits; larger amounts are written as text to stay exact."""

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


class Format(StrEnum):
    """The format of a response."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


Formatted = Annotated[Format, Query(alias="format", description="The format of the response.")]

TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
"""OpenAPI responses of routes that also return CSV and XLSX."""


@dataclass(frozen=True, slots=True)
class About:
    """The parameters of a request and when it was answered, for a separate sheet of the workbook."""

    parameters: Sequence[tuple[str, Cell]]
    answered_at: datetime


def table(
    file_format: Format,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    headers: Mapping[str, str],
    about: About | None = None,
) -> Response:
    """A file response with the rows under their columns. Raises `Problem` 422 for more rows than a workbook holds."""
    if file_format is Format.CSV:
        content, media_type = csv_of(columns, rows), CSV
    else:
        content, media_type = _xlsx(name, columns, rows, about), XLSX
    disposition = f'attachment; filename="{name}.{file_format}"'
    return Response(content, headers={**headers, "Content-Disposition": disposition}, media_type=media_type)


def table_of_items(
    file_format: Format,
    name: str,
    kind: type[BaseModel],
    items: Iterable[BaseModel],
    headers: Mapping[str, str],
    about: About | None = None,
) -> Response:
    """A file response with the items of a list as rows and their fields as columns with dotted names.

    The columns are those of the model `kind`, regardless of the items; only free-form objects add columns as they
    occur. Dates and numbers keep their types.
    """
    rows = [dict(_flat("", item.model_dump(by_alias=True))) for item in items]
    present = dict.fromkeys(column for row in rows for column in row)
    columns = [
        column
        for declared in _columns_of(kind, "")
        for column in [inner for inner in present if inner.startswith(f"{declared}.")] or [declared]
    ]
    return table(file_format, name, columns, ([row.get(column) for column in columns] for row in rows), headers, about)


def safe_cell(cell: Cell) -> Cell:
    """A cell that spreadsheets do not interpret as a formula: with an apostrophe before it.

    A text that has one there already gets another, so that an import can restore both.
    """
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _columns_of(kind: type[BaseModel], path: str) -> Iterator[str]:
    """The columns that a response model declares."""
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


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str = ",") -> bytes:
    """Rows under their columns as CSV, with formulas neutralized."""
    return b"".join(csv_in_parts(columns, rows, separator))


def csv_in_parts(columns: Sequence[str], rows: Iterable[Sequence[Cell]], separator: str = ",") -> Iterator[bytes]:
    """CSV as `csv_of` makes it, some rows at a time."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator)
    writer.writerow([safe_cell(column) for column in columns])
    remaining = iter(rows)
    while batch := list(islice(remaining, _ROWS_AT_ONCE)):
        writer.writerows([_csv_value(safe_cell(cell)) for cell in masked_row(columns, row)] for row in batch)
        yield file.getvalue().encode()
        file.seek(0)
        file.truncate()
    yield file.getvalue().encode()


def _csv_value(cell: Cell) -> Cell:
    """A cell as CSV text. A number stays a number, even with a leading minus."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return instant_text(cell)
    return cell


class _Sheet:
    """One sheet of a workbook, written row by row in constant memory."""

    def __init__(self, book: Any, name: str, columns: Sequence[str]) -> None:
        self._sheet = book.add_worksheet(_sheet_name(name))
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._amounts = [book.add_format({"num_format": f"#,##0.{'0' * places}".rstrip(".")}) for places in range(5)]
        self._widths = [len(column) for column in columns]
        self._columns = columns
        self._rows = 1
        for place, column in enumerate(columns):
            self._sheet.write_string(0, place, str(safe_cell(column))[:LONGEST_TEXT], self._head)

    def add(self, row: Sequence[Cell]) -> None:
        """Append a row. Raises `Problem` 422 when the sheet is full."""
        if self._rows == _MOST_ROWS:
            raise invalid(("format", f"a workbook holds at most {_MOST_ROWS - 1} rows; use CSV instead"))
        for place, cell in enumerate(masked_row(self._columns, row)):
            if cell is not None:
                self._write(place, cell)
        self._rows += 1

    def close(self) -> None:
        """Set the column widths, freeze the header row and add filters."""
        for place, width in enumerate(self._widths):
            self._sheet.set_column(place, place, min(width + 2, _WIDEST))
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, self._rows - 1, max(len(self._columns) - 1, 0))

    def _write(self, place: int, cell: Cell) -> None:
        sheet, row = self._sheet, self._rows
        text = str(_csv_value(cell))
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
                sheet.write_string(row, place, str(safe_cell(text))[:LONGEST_TEXT])
        self._widths[place] = max(self._widths[place], len(text))


def workbook_of(title: str, sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]]) -> bytes:
    """A workbook with the columns and rows of several sheets."""
    # imported here because it is rarely needed and slow to load
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": _NO_DATE})
    for name, (columns, rows) in sheets.items():
        sheet = _Sheet(book, name, columns)
        for row in rows:
            sheet.add(row)
        sheet.close()
    book.close()
    return file.getvalue()


def _places(number: Decimal) -> int:
    """The number of decimals shown for a number: its own, at most four."""
    exponent = number.as_tuple().exponent
    return min(max(-exponent, 0), 4) if isinstance(exponent, int) else 0


def _sheet_name(name: str) -> str:
    """A valid sheet name that no spreadsheet interprets as a formula."""
    return re.sub(r"[^A-Za-z0-9 _-]", "-", name).lstrip("-+=@ ")[:_LONGEST_SHEET_NAME] or "sheet"


def _xlsx(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], about: About | None) -> bytes:
    # imported here because it is rarely needed and slow to load
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # no current time, so that equal questions give equal files
    book.set_properties({"title": name, "created": about.answered_at if about else _NO_DATE})
    sheet = _Sheet(book, name, columns)
    for row in rows:
        sheet.add(row)
    sheet.close()
    if about is not None:
        parameters = _Sheet(book, "parameters", ("parameter", "value"))
        for pair in about.parameters:
            parameters.add(pair)
        parameters.close()
    book.close()
    return file.getvalue()
