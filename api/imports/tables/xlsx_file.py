"""Reads workbooks (XLSX): bounded, without macros and entities, formulas by their stored values."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.cell.text import Text
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.functions import iterparse

from api.http.problems import Problem, invalid
from api.imports.tables.grid import MOST_COLUMNS, MOST_ROWS, Cell, CellFault, Grid, ShownDate, is_empty, text_of

MOST_EXPANSION = 50
"""How many times its own size a workbook may hold."""

ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_MOST_MEMBERS = 5000
_CHUNK = 1 << 16
_FORMULA = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}f"
_SHARED_STRING = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}si"
_ESCAPED_ESCAPE = b"_x005F_"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORBIDDEN_XML = (b"<!DOCTYPE", b"<!ENTITY")
_QUOTED_IN_FORMAT = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
_FAULTS = (
    ParseError,
    DefusedXmlException,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    OSError,
    EOFError,
)
"""What openpyxl and zipfile raise for files that are no workbooks."""


def read_xlsx(content: bytes, sheet: str | None, missing: Callable[[Sequence[str]], Sequence[str]]) -> Grid:
    """The rows of one sheet: the one with that name, or the first visible one with the needed columns.

    `missing` returns the needed columns that a head row lacks. Raises `Problem` 422.
    """
    _check_archive(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about features that do not matter for values
            book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            try:
                _restore_texts(book, content)
                return _chosen(book, sheet, missing)
            finally:
                book.close()
    except Problem:
        raise
    except _FAULTS:
        raise invalid(("file", "is not a workbook that can be read; save it again as .xlsx")) from None


def _check_archive(content: bytes) -> None:
    """Refuse old and encrypted workbooks, macros, entities and archives that expand too much."""
    if content.startswith(_OLD_WORKBOOK):
        raise invalid(("file", "is an old or a protected workbook; save it as .xlsx without a password"))
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > MOST_EXPANSION * len(content) or len(members) > _MOST_MEMBERS:
                raise invalid(("file", f"expands to more than {MOST_EXPANSION} times its size"))
            if any(member.filename.lower().endswith("vbaproject.bin") for member in members):
                raise invalid(("file", "has macros; save it as .xlsx, without them"))
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_xml(archive, member)
    except Problem:
        raise
    except _FAULTS:
        raise invalid(("file", "is not a workbook; save it as .xlsx")) from None


def _check_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    before = b""
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            # UTF-16, in which the words below would not be seen, has NULs; UTF-8 XML has none
            window = (before + chunk).replace(b"\0", b"")
            if any(word in window for word in _FORBIDDEN_XML):
                raise invalid(("file", "has XML entities, which are not allowed"))
            if b"macroEnabled" in window and member.filename == "[Content_Types].xml":
                raise invalid(("file", "has macros; save it as .xlsx, without them"))
            before = chunk[-32:]


def _restore_texts(book: Any, content: bytes) -> None:
    """Undo openpyxl's half of unescaping shared texts, where it would make `A` of a text that says `_x0041_`."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.filename.lower().endswith("/sharedstrings.xml") and _ESCAPED_ESCAPE in archive.read(member):
                with archive.open(member) as source:
                    texts = [_text_in(node) for _, node in iterparse(source) if node.tag == _SHARED_STRING]
                for sheet in book.worksheets:
                    sheet._shared_strings = texts


def _text_in(node: Any) -> str:
    text: Any = Text.from_tree(node)
    node.clear()
    return str(text.content)


def _character(escape: re.Match[str]) -> str:
    """The character that an escape stands for; one that no text may have stays escaped."""
    character = chr(int(escape[1], 16))
    return character if character.isprintable() or character in "\r\n\t" else escape[0]


def _unescaped(text: str) -> str:
    """A text of a workbook, in which `_x0041_` stands for a character by its code."""
    if "_x" in text:
        text = _ESCAPE.sub(_character, text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _chosen(book: Any, name: str | None, missing: Callable[[Sequence[str]], Sequence[str]]) -> Grid:
    sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "_worksheet_path")]
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    if name is not None:
        chosen = [sheet for sheet in sheets if sheet.title.strip().casefold() == name.strip().casefold()]
        if not chosen:
            titles = ", ".join(f"“{sheet.title}”" for sheet in sheets)
            raise invalid(("sheet", f"the workbook has no sheet “{name}”, only {titles}"))
        return _with_others(_Sheet(book, chosen[0]).grid(), chosen[0], sheets)
    if not visible:
        raise invalid(("file", "has no visible sheet"))
    first: Grid | None = None
    for sheet in visible:
        grid = _Sheet(book, sheet).grid()
        heads = [[" ".join(text_of(cell).split()) for cell in row] for _, row in grid.rows[:20]]
        if any(not missing(head) for head in heads):
            return _with_others(grid, sheet, sheets)
        first = first or (_with_others(grid, sheet, sheets) if grid.rows else None)
    return first or Grid(())


def _with_others(grid: Grid, chosen: Any, sheets: Sequence[Any]) -> Grid:
    """The rows with warnings about the sheets that are left out."""
    hidden = [sheet.title for sheet in sheets if sheet is not chosen and sheet.sheet_state != "visible"]
    others = [sheet.title for sheet in sheets if sheet is not chosen and sheet.sheet_state == "visible"]
    notices = [f"The hidden sheet “{title}” is not imported." for title in hidden]
    if chosen.sheet_state != "visible":
        notices.append(f"The imported sheet “{chosen.title}” is hidden.")
    if others:
        titles = ", ".join(f"“{title}”" for title in others)
        notices.append(f"Only the sheet “{chosen.title}” is imported, not {titles}.")
    every = tuple(sheet.title for sheet in sheets)
    return replace(grid, warnings=(*grid.warnings, *notices), sheet=chosen.title, sheets=every)


class _Parser(WorkSheetParser):
    """openpyxl's parser, which also tells a formula without a stored value from an empty cell."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Parse one cell."""
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(_FORMULA) is not None and element.get("t") != "str":
            cell["value"] = CellFault("holds a formula without a stored value; open and save the file in Excel")
        elif cell["data_type"] == "e":
            cell["value"] = CellFault(f"holds an error ({cell['value']})")
        return cell


class _Sheet:
    """One sheet of a workbook."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._book, self._sheet = book, sheet
        self._shown: dict[int, str | None] = {}

    def grid(self) -> Grid:
        """The rows with values."""
        rows: list[tuple[int, Sequence[Cell]]] = []
        with self._sheet._get_source() as source:
            parser = _Parser(
                source,
                self._sheet._shared_strings,
                data_only=True,
                epoch=self._book.epoch,
                date_formats=self._book._date_formats,
                timedelta_formats=self._book._timedelta_formats,
            )
            for number, parsed in parser.parse():
                row = self._row(parsed)
                if row:
                    if len(rows) > MOST_ROWS:
                        raise invalid(("file", f"must have at most {MOST_ROWS} rows"))
                    rows.append((number, row))
            merged = [] if parser.merged_cells is None else [area.ref for area in parser.merged_cells.mergeCell]
        return Grid(rows, starts_1904=self._book.epoch == MAC_EPOCH, warnings=tuple(_about_merged(merged, rows)))

    def _row(self, parsed: Sequence[dict[str, Any]]) -> Sequence[Cell]:
        """The cells of a row up to the last one with a value; empty for a blank row."""
        row: list[Cell] = []
        for cell in parsed:
            value = self._value(cell)
            if is_empty(value):
                continue
            column = cell["column"]
            if column > MOST_COLUMNS:
                raise invalid(("file", f"row {cell['row']} has more than {MOST_COLUMNS} columns"))
            row.extend([None] * (column - len(row)))
            row[column - 1] = value
        return row

    def _value(self, cell: dict[str, Any]) -> Cell:
        value = cell["value"]
        match value:
            case datetime():
                return self._day(value, cell["style_id"])
            case float():
                # a spreadsheet keeps 15 digits; more are noise of the binary number
                return Decimal(f"{value:.15g}")
            case timedelta() | time():
                return CellFault("holds a time, not a date")
            case str():
                return _unescaped(value)
            case bool() | int() | date() | CellFault() | None:
                return value
            case _:
                return _unescaped(str(value))

    def _day(self, value: datetime, style: int) -> Cell:
        """A date; of a format without days only the month or the year counts."""
        if style not in self._shown:
            self._shown[style] = _shown_by(self._format(style))
        shows = self._shown[style]
        if shows is None or value.day != 1 or value.time() != time.min:
            return value
        return ShownDate(value.date(), shows)

    def _format(self, style: int) -> str:
        number = self._book._cell_styles[style].numFmtId
        custom: Sequence[str] = self._book._number_formats
        return BUILTIN_FORMATS.get(number) or (custom[number - 164] if 0 <= number - 164 < len(custom) else "")


def _shown_by(number_format: str) -> str | None:
    """`month` or `year` for a format that shows no days; null for one that does."""
    letters = _QUOTED_IN_FORMAT.sub("", number_format.lower())
    if "d" in letters or "h" in letters or "y" not in letters:
        return None
    return "month" if "m" in letters else "year"


def _about_merged(areas: Sequence[str], rows: Sequence[tuple[int, Sequence[Cell]]]) -> Iterator[str]:
    """Warnings about merged cells, whose value stands only in the first of them."""
    head = rows[0][0] if rows else 1
    in_head = [area for area in areas if _first_row(area) <= head]
    below = [area for area in areas if _first_row(area) > head]
    if in_head:
        yield f"The head has merged cells ({', '.join(in_head[:5])}); only the first of them has a name."
    if below:
        yield f"Merged cells ({', '.join(below[:5])}) have a value only in the first of them."


def _first_row(area: str) -> int:
    digits = re.sub(r"[^0-9:]", "", area).partition(":")[0]
    return int(digits or 1)
