"""Reads CSV files: their encoding, separator and rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

from api.http.problems import Problem, invalid
from api.imports.tables.grid import MOST_COLUMNS, MOST_ROWS, Grid

SEPARATORS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_FOR_FILES = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7", "unicode_escape", "utf_7"}
)
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_SAMPLE = 100_000
_LONGEST_CELL = csv.field_size_limit()


def read_csv(content: bytes, encoding: str | None, recognized: Callable[[Sequence[str]], int]) -> Grid:
    """The rows of a CSV file. `recognized` counts the known columns in a head row. Raises `Problem` 422."""
    text = decode(content, encoding)
    if "\0" in text:
        raise invalid(("file", f"line {_line_of(text, text.index(chr(0)))} has a NUL character"))
    match = _SEPARATOR_LINE.match(text)
    separator = match[1] if match else separator_of(text, recognized)
    rows: list[tuple[int, Sequence[str]]] = []
    for number, row in _records(text[match.end() :] if match else text, separator):
        if len(row) > MOST_COLUMNS:
            raise invalid(("file", f"line {number} has more than {MOST_COLUMNS} columns"))
        if len(rows) > MOST_ROWS:
            raise invalid(("file", f"must have at most {MOST_ROWS} rows"))
        if any(cell.strip() for cell in row):
            rows.append((number, row))
    return Grid(rows, has_decimal_comma=separator == ";")


def decode(content: bytes, encoding: str | None) -> str:
    """The text of a file: in the encoding of its byte order mark, the given one, UTF-8 or UTF-16.

    Raises `Problem` 422 if it cannot be decoded without loss.
    """
    codec = _codec(encoding) if encoding else None
    for bom, name in _BOMS:
        if content.startswith(bom):
            return _decoded(content, name)
    if codec is None:
        return _decoded(content, _utf16_without_mark(content) or "utf-8")
    text = _decoded(content, codec)
    if codec != "utf-8" and not content.isascii() and len(text) == len(content) and _is_utf8(content):
        raise invalid(("encoding", f"the file is in UTF-8, not in {encoding}"))
    return text


def separator_of(text: str, recognized: Callable[[Sequence[str]], int]) -> str:
    """The separator with which the head has the most known columns, or else the most columns."""
    sample = text[:_SAMPLE]
    heads = {separator: _first_records(sample, separator) for separator in SEPARATORS}
    return max(
        SEPARATORS,
        key=lambda separator: max(((recognized(row), len(row)) for row in heads[separator]), default=(0, 0)),
    )


def _first_records(sample: str, separator: str) -> Sequence[Sequence[str]]:
    records = []
    try:
        for record in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(cell.strip() for cell in record):
                records.append(record)
            if len(records) == 5:
                break
    except csv.Error:
        return records  # reading the whole file will say what is wrong
    return records


def _records(text: str, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for row in reader:
            number += 1
            yield number, row
    except csv.Error as fault:
        raise _malformed(number + 1, str(fault)) from None


def _malformed(number: int, fault: str) -> Problem:
    if "end of data" in fault:
        return invalid(("file", f"line {number} opens a quote that is never closed"))
    if "field limit" in fault:
        return invalid(("file", f"line {number} has a cell of more than {_LONGEST_CELL} characters"))
    return invalid(("file", f'line {number} has a quote inside a cell; write it twice ("")'))


def _codec(encoding: str) -> str:
    try:
        info = codecs.lookup(encoding)
        "".encode(info.name)  # refuses codecs that are not for text
    except (LookupError, UnicodeError, ValueError):
        raise invalid(("encoding", "must be the name of a text encoding, such as windows-1252")) from None
    if info.name in _NOT_FOR_FILES:
        raise invalid(("encoding", "must be the name of a text encoding, such as windows-1252"))
    return info.name


def _decoded(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        raise _undecodable(content, codec, fault.start) from None
    except UnicodeError:
        raise _undecodable(content, codec, 0) from None


def _undecodable(content: bytes, codec: str, start: int) -> Problem:
    line = content.count(b"\n", 0, start) + 1
    suggestion = _suggestion(content)
    hint = f"send its encoding, for example encoding={suggestion}" if suggestion else "send its encoding"
    name = codec.removesuffix("-sig").upper()
    return invalid(("encoding", f"line {line} is not {name}; {hint}, or save the file as UTF-8"))


def _suggestion(content: bytes) -> str | None:
    """An encoding that the file may have, only to be named in a message."""
    from charset_normalizer import from_bytes  # imported here because it is rarely needed and slow to load

    best = from_bytes(content[:_SAMPLE]).best()
    return None if best is None or best.encoding in ("utf_8", "ascii") else best.encoding.replace("_", "-")


def _utf16_without_mark(content: bytes) -> str | None:
    """The byte order of UTF-16 without a byte order mark: ASCII characters have a NUL beside them."""
    sample = content[:2000]
    if len(sample) < 4 or len(content) % 2 or b"\0" not in sample:
        return None
    half = len(sample) / 2
    if sample[1::2].count(0) > half * 0.6 and sample[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if sample[0::2].count(0) > half * 0.6 and sample[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_of(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
