"""The same answer as JSON, CSV or a workbook: lists and reports are tables too."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import xlsxwriter
from fastapi import Query, Response
from pydantic import BaseModel

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell: TypeAlias = str | int | float | bool | None

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_WIDEST = 60


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


def table(
    wanted: Format, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], headers: Mapping[str, str]
) -> Response:
    """Rows under their columns, as a file to be saved."""
    write, media_type = (_csv, CSV) if wanted is Format.CSV else (_xlsx, XLSX)
    content = write(columns, ([safe_cell(cell) for cell in row] for row in rows))
    disposition = f'attachment; filename="{name}.{wanted}"'
    return Response(content, headers={**headers, "Content-Disposition": disposition}, media_type=media_type)


def table_of_items(wanted: Format, name: str, items: Sequence[BaseModel], headers: Mapping[str, str]) -> Response:
    """A list's items as rows, their members as columns with dotted names."""
    rows = [dict(_flat("", item.model_dump(mode="json", by_alias=True))) for item in items]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return table(wanted, name, columns, ([row.get(column) for column in columns] for row in rows), headers)


def safe_cell(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA) else cell


def _flat(path: str, value: Any) -> Iterable[tuple[str, Cell]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flat(f"{path}.{name}" if path else name, member)
    elif isinstance(value, list):
        plain = all(isinstance(member, str) for member in value)
        yield path, "; ".join(value) if plain else json.dumps(value, ensure_ascii=False)
    else:
        yield path, value


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([["true" if cell is True else "false" if cell is False else cell for cell in row] for row in rows])
    return file.getvalue().encode()


def _xlsx(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "constant_memory": False}
    )
    sheet = book.add_worksheet()
    widths = [len(column) for column in columns]
    for number, row in enumerate(([*columns], *rows)):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, place, cell[:32_767])
            elif isinstance(cell, bool):
                sheet.write_boolean(number, place, cell)
            elif cell is not None:
                sheet.write_number(number, place, cell)
            widths[place] = max(widths[place], len(str(cell or "")))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width + 2, _WIDEST))
    sheet.freeze_panes(1, 0)
    book.close()
    return file.getvalue()
