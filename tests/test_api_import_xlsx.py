"""Importing workbooks: cells by their type, one sheet of several, and what is refused."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from api.http.problems import Problem
from api.imports.lines import Line, UnreadableLine
from api.imports.tables.options import TableOptions
from api.imports.tables.read import XLSX_TYPE, Table, read_table

HEAD = ("client", "engagement", "kind", "effective_on", "note", "month", "function", "hours", "profile.regulated")
OPENED = ("Halcyon", "CTO", "opened", date(2026, 3, 1))

Arrange = Callable[[Any], object]


def day(*parts: int) -> datetime:
    """A day as workbooks store it: an instant without a zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def workbook(*rows: Sequence[Any], arrange: Arrange = lambda book: None) -> bytes:
    book: Any = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    arrange(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes, **options: Any) -> Table:
    return read_table(content, XLSX_TYPE, TableOptions(**options))


def contents(
    *rows: Sequence[Any], head: Sequence[str] = HEAD, arrange: Arrange = lambda book: None, **options: Any
) -> list[Any]:
    table = read(workbook(head, *rows, arrange=arrange), **options)
    assert not [line.problem.detail for line in table.lines if isinstance(line, UnreadableLine)]
    return [line.content for line in table.lines if not isinstance(line, UnreadableLine)]


def faults(
    *rows: Sequence[Any], head: Sequence[str] = HEAD, arrange: Arrange = lambda book: None
) -> list[tuple[int, str]]:
    lines = read(workbook(head, *rows, arrange=arrange)).lines
    return [(line.number, line.problem.detail) for line in lines if isinstance(line, UnreadableLine)]


def refused(content: bytes, **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        read(content, **options)
    assert caught.value.status_code == 422
    return str(caught.value.detail)


def rezipped(content: bytes, change: Callable[[str, bytes], bytes], **others: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, change(name, before.read(name)))
        for name, data in others.items():
            after.writestr(name, data)
    return file.getvalue()


def test_cells_count_by_their_type() -> None:
    reported = ("Halcyon", "CTO", "hours_reported", day(2026, 4, 2), 42, date(2026, 3, 1), "ai", 11.5, True)
    as_text = ("Halcyon", "CTO", "hours_reported", "2026-04-02", "42", "2026-03", "AI", "11.5", "yes")
    opened, first, second = contents(OPENED, reported, as_text)
    assert (opened["started_on"], opened["precision"]) == ("2026-03-01", "day")
    assert first | {"ref": ""} == second | {"ref": ""}
    assert (first["note"], first["month"], float(first["hours"])) == ("42", "2026-03", 11.5)


MEASURES = ("client", "engagement", "kind", "effective_on", "initiative", "metric", "unit", "value", "note")
MEASURED = ("Halcyon", "CTO", "outcome_measured", "2026-04-02", "triage", "time", "minutes")


@pytest.mark.parametrize(
    ("typed", "number"),
    [("4200,50", 4200.5), ("4.200,50", 4200.5), ("4\u202f200,5", 4200.5), ("-0,5", -0.5), ("1.234,567", 1234.567)],
)
def test_a_number_stored_as_text_may_have_a_decimal_comma(typed: str, number: float) -> None:
    """Numbers of the same workbook that could then be read in two ways are asked back."""
    rows = [(*MEASURED, value) for value in (typed, 12.125, "12.5", "8500")]
    _, *measured = contents(OPENED, *rows, head=MEASURES)
    assert [float(row["value"]) for row in measured] == [number, 12.125, 12.5, 8500]
    assert faults((*MEASURED, typed), (*MEASURED, "4.200"), head=MEASURES) == [
        (3, "value: 4.200 can be read in two ways; write it without a point")
    ]


def test_commas_between_thousands_stay_so_without_a_decimal_comma() -> None:
    rows = [(*MEASURED, value, "1,5") for value in ("8,500", "1,234.5", "4.25")]
    assert [float(row["value"]) for row in contents(OPENED, *rows, head=MEASURES)[1:]] == [8500, 1234.5, 4.25]


def test_serial_numbers_count_from_the_epoch_of_the_workbook() -> None:
    def in_1904(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904

    serial = (*OPENED[:3], 46082)
    assert contents(serial)[0]["started_on"] == "2026-03-01"
    assert contents((*OPENED[:3], 44620), arrange=in_1904)[0]["started_on"] == "2026-03-01"
    assert contents(OPENED, arrange=in_1904)[0]["started_on"] == "2026-03-01"
    year = contents((*OPENED[:3], 2026))[0]
    assert (year["started_on"], year["precision"]) == ("2026-01-01", "year")


@pytest.mark.parametrize(
    ("number_format", "precision"),
    [("mmm-yy", "month"), ("yyyy", "year"), ("dd.mm.yyyy", "day"), ("yyyy-mm-dd", "day")],
)
def test_a_date_shown_without_its_day_is_a_month(number_format: str, precision: str) -> None:
    def show(book: Any) -> None:
        book.active["D2"].number_format = number_format

    (opened,) = contents((*OPENED[:3], date(2026, 1, 1)), arrange=show)
    assert (opened["started_on"], opened["precision"]) == ("2026-01-01", precision)


def test_a_time_of_day_is_dropped_only_at_midnight() -> None:
    assert contents((*OPENED[:3], day(2026, 3, 1)))[0]["started_on"] == "2026-03-01"
    assert faults((*OPENED[:3], day(2026, 3, 1, 9, 30))) == [
        (2, "effective_on: has a time of day; enter only the date")
    ]


def test_a_formula_counts_by_its_stored_value() -> None:
    content = workbook(HEAD, (*OPENED, "=A2"))
    (line,) = read(content).lines
    assert isinstance(line, UnreadableLine)
    assert line.problem.errors[0][0] == "note"
    assert "formula without a stored value" in line.problem.detail

    def calculate(name: str, data: bytes) -> bytes:
        stored = b'<c r="E2" t="str"><f>A2</f><v>Halcyon</v></c>'
        return re.sub(rb'<c r="E2".*?</c>', stored, data) if name.endswith("sheet1.xml") else data

    (line,) = read(rezipped(content, calculate)).lines
    assert not isinstance(line, UnreadableLine)
    assert line.content["note"] == "Halcyon"


def test_the_first_visible_sheet_with_the_columns_is_taken() -> None:
    def add_sheets(book: Any) -> None:
        table = book.active
        table.title = "History"
        cover = book.create_sheet("Cover", 0)
        cover["A1"] = "Our clients"
        hidden = book.create_sheet("Old", 0)
        hidden.append(HEAD)
        hidden.append(("Hidden", *OPENED[1:]))
        hidden.sheet_state = "hidden"

    content = workbook(HEAD, OPENED, arrange=add_sheets)
    table = read(content)
    assert [line.content["client"] for line in table.lines if not isinstance(line, UnreadableLine)] == [
        "client: halcyon"
    ]
    assert list(table.warnings) == [
        "The hidden sheet “Old” is not imported.",
        "Only the sheet “History” is imported, not “Cover”.",
    ]
    (line,) = read(content, sheet="old").lines
    assert not isinstance(line, UnreadableLine)
    assert line.content["client"] == "client: hidden"
    assert "“History”" in refused(content, sheet="Elsewhere")


def test_titles_above_the_head_and_merged_cells_are_named() -> None:
    def merge(book: Any) -> None:
        book.active.merge_cells("A1:C1")
        book.active.merge_cells("A5:A6")

    rows = [("Clients of the firm",), (), HEAD, OPENED, ("Halcyon", "CTO", "paused", date(2026, 4, 1))]
    table = read(workbook(*rows, arrange=merge))
    assert sorted(line.number for line in table.lines) == [2, 3]
    assert list(table.warnings) == [
        "The head is in row 3 of the file; lines count from there.",
        "The head has merged cells (A1:C1); only the first of them has a name.",
        "Merged cells (A5:A6) have a value only in the first of them.",
    ]


def test_workbooks_that_could_do_harm_are_refused() -> None:
    plain = workbook(HEAD, OPENED)
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

    def with_entity(name: str, data: bytes) -> bytes:
        return data.replace(b"<worksheet", entity + b"<worksheet") if name.endswith("sheet1.xml") else data

    unchanged: Callable[[str, bytes], bytes] = lambda name, data: data  # noqa: E731
    assert "entities" in refused(rezipped(plain, with_entity))
    assert "macros" in refused(rezipped(plain, unchanged, **{"xl/vbaProject.bin": b"x"}))
    assert "expands" in refused(rezipped(plain, unchanged, **{"xl/media/big.bin": b"\0" * 10_000_000}))
    assert "password" in refused(b"\xd0\xcf\x11\xe0" + b"\0" * 600)
    for damaged in (b"", b"PK\x03\x04", plain[:200], plain[:-100], rezipped(plain, lambda name, data: b"<x/>")):
        assert "workbook" in refused(damaged)
    assert "workbook" in refused(rezipped(plain, lambda name, data: data[: len(data) // 2]))


def test_a_workbook_may_be_empty_or_have_no_head() -> None:
    assert "names of the columns" in refused(workbook())
    assert "at least one row" in refused(workbook(HEAD))
    assert refused(workbook(("one", "two"), (1, 2))).startswith("client: ")


def test_escapes_of_a_workbook_stand_for_their_characters() -> None:
    texts = {
        "two_x000D_\nlines": "two\nlines",
        "_x0041_": "A",
        "_x005F_x0041_": "_x0041_",
        "_x0000_ and _xD83D_": "_x0000_ and _xD83D_",
    }
    head = ("client", "engagement", "kind", "effective_on", "note")
    rows = [("Acme", "Letter", "opened", "2024-01-01", written) for written in texts]
    assert [dict(line.content)["note"] for line in read(workbook(head, *rows)).lines if isinstance(line, Line)] == [
        *texts.values()
    ]
