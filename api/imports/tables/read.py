"""Reads a table into lines: finds its head, then makes a line of every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from api.http.problems import Problem, invalid
from api.imports.lines import Line, UnreadableLine
from api.imports.tables.columns import GENERAL
from api.imports.tables.csv_file import read_csv
from api.imports.tables.grid import Cell, Grid, is_empty
from api.imports.tables.headers import (
    ColumnMatch,
    check_columns,
    guess_columns,
    headers_of,
    missing_columns,
    unique_headers,
)
from api.imports.tables.options import TableOptions
from api.imports.tables.people import PeopleInTable
from api.imports.tables.recall import NOTHING_REMEMBERED, MappingSource, Remembered, recalled
from api.imports.tables.rows import RowReader
from api.imports.tables.values import UnorderedDates, ValueReader, has_decimal_comma
from api.imports.tables.xlsx_file import ZIP, read_xlsx

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MappingFor: TypeAlias = Callable[[Sequence[str]], Mapping[str, str]]
"""The mapping for a table with these headers."""
_ROWS_ABOVE_HEAD = 20
"""How many rows, such as titles, may stand above the head."""


@dataclass(frozen=True, slots=True)
class TableHead:
    """A table of which no row was read yet: its columns as they are matched, and the rows below by line number.

    `used` tells for each column whether a cell below its header has a value; `number` is the row of the file that the
    head is in.
    """

    number: int
    columns: Sequence[ColumnMatch]
    used: Sequence[bool]
    rows: Sequence[tuple[int, Sequence[Cell]]]
    grid: Grid
    options: TableOptions
    """How the table is read, with what was remembered."""
    source: MappingSource
    repeated: Mapping[str, str]
    """The names that several columns have, by the names that tell these apart."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as lines, with the columns that were found, warnings about the file, and its head."""

    lines: Sequence[Line | UnreadableLine]
    warnings: Sequence[str]
    columns: Sequence[ColumnMatch]
    head: TableHead


def read_head(
    content: bytes, content_type: str, options: TableOptions, remembered: Remembered = NOTHING_REMEMBERED
) -> TableHead:
    """Find the head of a CSV file or a workbook, whatever its columns are.

    Line numbers count from the head, which is line 1. Without a mapping, a table with the headers of an earlier one is
    read as `remembered`. Raises `Problem` 422 for a file that is no table, or in another encoding.
    """

    def mapping_for(headers: Sequence[str]) -> Mapping[str, str]:
        return recalled(headers, options, remembered)[0].matched

    grid = _grid(content, content_type, options, mapping_for)
    place = _place_of_head(grid, mapping_for)
    if place is None:
        raise invalid(("file", "must have a row with the names of the columns, and rows below it"))
    head_number, head = grid.rows[place]
    below = grid.rows[place + 1 :]
    width = len(head) if content_type == CSV_TYPE else max(len(row) for _, row in (*below, (0, head)))
    used = [any(place < len(row) and not is_empty(row[place]) for _, row in below) for place in range(width)]
    named = headers_of([*head, *[None] * (width - len(head))])
    names_above = zip(named, used, _names_above(grid.rows, place, width), strict=True)
    taken = [above if has_values and not own else "" for own, has_values, above in names_above]
    named = [own or above for own, above in zip(named, taken, strict=True)]
    headers, repeated = unique_headers(named)
    recalled_options, source = recalled(headers, options, remembered)
    matches = guess_columns(headers, recalled_options.matched, guesses=recalled_options.guesses)
    rows = [(number - head_number + 1, row) for number, row in below]
    has_decimal_comma = grid.has_decimal_comma or _has_decimal_comma(matches, rows, content_type)
    grid = replace(
        grid, has_decimal_comma=has_decimal_comma, warnings=(*_note_of_names(taken, head_number), *grid.warnings)
    )
    return TableHead(head_number, matches, used, rows, grid, recalled_options, source, repeated)


def _names_above(rows: Sequence[tuple[int, Sequence[Cell]]], place: int, width: int) -> Sequence[str]:
    """The names in the row above a head, which may have two rows; a single text is a title and names nothing."""
    number, row = rows[place - 1] if place else (0, ())
    names = headers_of([*row[:width], *[None] * (width - len(row))])
    is_of_head = number == rows[place][0] - 1 and sum(map(bool, names)) > 1
    return names if is_of_head else [""] * width


def _note_of_names(taken: Sequence[str], head_number: int) -> Sequence[str]:
    """What is said about a head of two rows."""
    names = [f"“{name}”" for name in taken if name]
    if not names:
        return ()
    return (
        f"The head has two rows: {', '.join(names)} {'is' if len(names) == 1 else 'are'} in row {head_number - 1}.",
    )


def read_table(
    content: bytes, content_type: str, options: TableOptions, remembered: Remembered = NOTHING_REMEMBERED
) -> Table:
    """Parse a CSV file or a workbook. Line numbers count from the head, which is line 1.

    A row that cannot be read becomes an `UnreadableLine`. Raises `Problem` 422 where the whole file is refused:
    another encoding, missing or unknown columns, or dates that can be read in two ways.
    """
    head = read_head(content, content_type, options, remembered)
    matches, used, grid = head.columns, head.used, head.grid
    ignored = check_columns(matches, used, head.options, head.repeated)
    if not head.rows:
        raise invalid(("file", "must have at least one row below its head"))
    lines = _lines(grid, matches, head.rows, head.options, content_type)
    moved = [f"The head is in row {head.number} of the file; lines count from there."] if head.number > 1 else []
    shown = [match for match, has_values in zip(matches, used, strict=True) if match.theirs or has_values]
    return Table(lines, (*moved, *grid.warnings, *ignored), shown, head)


def _has_decimal_comma(
    matches: Sequence[ColumnMatch], rows: Sequence[tuple[int, Sequence[Cell]]], content_type: str
) -> bool:
    """Whether a workbook, which has no separator to tell it by, has a number such as `4200,50` as a text."""
    places = [place for place, match in enumerate(matches) if match.ours is not None and match.ours not in GENERAL]
    return content_type == XLSX_TYPE and any(
        has_decimal_comma(row[place]) for _, row in rows for place in places if place < len(row)
    )


def _grid(content: bytes, content_type: str, options: TableOptions, mapping_for: _MappingFor) -> Grid:
    if content_type == XLSX_TYPE:
        return read_xlsx(content, options.sheet, lambda head: missing_columns(head, mapping_for(head)))
    if content.startswith(ZIP):
        raise invalid(("file", "is a workbook, not CSV; send it with the content type of XLSX"))
    if options.sheet is not None:
        raise invalid(("sheet", "only workbooks have sheets"))
    return read_csv(content, options.encoding, lambda head: _recognized(head, mapping_for))


def _recognized(head: Sequence[Cell], mapping_for: _MappingFor) -> int:
    headers = headers_of(head)
    return sum(match.ours is not None for match in guess_columns(headers, mapping_for(headers)))


def _place_of_head(grid: Grid, mapping_for: _MappingFor) -> int | None:
    """The first row with the needed columns, or else the one that is most like a head; null without rows."""
    first = [_names_at(grid.rows, place) for place in range(min(len(grid.rows), _ROWS_ABOVE_HEAD))]
    for place, headers in enumerate(first):
        if not missing_columns(headers, mapping_for(headers)):
            return place
    return max(
        range(len(first)),
        key=lambda place: (*_likeness(grid.rows[place][1], first[place], mapping_for), -place),
        default=None,
    )


def _names_at(rows: Sequence[tuple[int, Sequence[Cell]]], place: int) -> Sequence[str]:
    """The names of columns if the head is in this row, and those that it lacks in the row above."""
    own = headers_of(rows[place][1])
    return [name or above for name, above in zip(own, _names_above(rows, place, len(own)), strict=True)]


def _likeness(row: Sequence[Cell], headers: Sequence[str], mapping_for: _MappingFor) -> tuple[int, int]:
    """How much a row is like a head: how many of its names are known, and how many cells have a text."""
    texts = sum(isinstance(cell, str) and not is_empty(cell) for cell in row)
    return sum(match.ours is not None for match in guess_columns(headers, mapping_for(headers))), texts


def _lines(
    grid: Grid,
    matches: Sequence[ColumnMatch],
    rows: Sequence[tuple[int, Sequence[Cell]]],
    options: TableOptions,
    content_type: str,
) -> Sequence[Line | UnreadableLine]:
    values = ValueReader(grid.has_decimal_comma, grid.starts_1904, options.date_order, PeopleInTable())
    reader = RowReader(values, {match.ours: match.theirs for match in matches if match.ours is not None})
    for number, row in rows:
        if content_type == CSV_TYPE and _is_ragged(row, len(matches)):
            problem = invalid(("file", f"line {number} has {len(row)} cells, but the head has {len(matches)} columns"))
            reader.refuse(number, problem)
            continue
        cells = {
            match.ours: cell
            for match, cell in zip(matches, row, strict=False)
            if match.ours is not None and not is_empty(cell)
        }
        try:
            reader.add(number, cells)
        except UnorderedDates as fault:
            raise _unordered(number, reader.header_of(fault.column), str(fault)) from None
    return reader.lines()


def _is_ragged(row: Sequence[Cell], width: int) -> bool:
    return len(row) < width or any(not is_empty(cell) for cell in row[width:])


def _unordered(number: int, column: str, message: str) -> Problem:
    return invalid(
        (
            "date_order",
            f"line {number}, column “{column}”: {message}; send date_order=dmy (day first) or mdy (month first)",
        )
    )
