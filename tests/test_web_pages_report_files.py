"""Every report in every format over HTTP, of the demonstration firm: its kind, its types, its page's figures."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from api_client import served
from browsing import Visitor, text_of
from drills import drills_but

from domain.due_dates import DueKind
from web.charts.wording import day_words
from web.pages.clients.deliverables import DUE
from web.pages.reports import REPORTS

TODAY = date(2026, 11, 22)
THEN = "2026-06-30"
KINDS = {
    "CSV": ("text/csv; charset=utf-8", b""),
    "XLSX": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    "JSON": ("application/json", b"{"),
    "SVG": ("image/svg+xml", b"<?xml"),
    "PNG": ("image/png", b"\x89PNG"),
}
TABLES = ("CSV", "XLSX", "JSON")
PAGES = [*REPORTS, *(f"{key}/then-and-now" for key in REPORTS)]
FAST = ("structure-mix", "transitions", "plan", "drift", "revenue", "structure-mix/then-and-now", "drift/then-and-now")
OF_EVERY_PAGE = drills_but(FAST, PAGES, reason="reads each report in each format, cell by cell")
OF_DIFFERENCES = drills_but(FAST[-2:], PAGES[len(REPORTS) :], reason="reads each table of differences")
TYPES: dict[str, type | tuple[type, ...]] = {
    "clients": int,
    "times": int,
    "amount": (int, float),
    "hours": (int, float),
    "survival": (int, float),
}
DAYS = ("first_on", "since")


@pytest.fixture(scope="module")
def admin(demonstration: Path) -> Iterator[Visitor]:
    with served(demonstration) as firm:
        yield Visitor(firm)


def address_of(page: str) -> str:
    query = f"as_of={TODAY}" + (f"&then={THEN}" if page.endswith("then-and-now") else "")
    return f"/reports/{page}?{query}"


@cache
def files_of(admin: Visitor, page: str) -> dict[str, bytes]:
    """What the page offers as files, each checked to be what it is said to be; nothing is written to this firm."""
    offered = re.findall(r'<a class="btn small" href="([^"]+)" download>(\w+)</a>', admin.get(address_of(page)))
    files = {}
    for href, words in offered:
        answer = admin.client.get(html.unescape(href))
        media_type, start = KINDS[words]
        assert answer.status_code == 200, (page, words, answer.text)
        assert answer.headers["content-type"].startswith(media_type), (page, words)
        assert answer.content.startswith(start), (page, words)
        files[words] = answer.content
    return files


@pytest.mark.parametrize("page", OF_EVERY_PAGE)
def test_every_report_is_there_in_every_format_with_typed_cells_and_one_set_of_figures(
    admin: Visitor, page: str
) -> None:
    files = files_of(admin, page)
    assert sorted(files) == sorted(TABLES if page.endswith("then-and-now") else KINDS)
    columns, *rows = csv.reader(io.StringIO(files["CSV"].decode(), newline=""))
    book = openpyxl.load_workbook(io.BytesIO(files["XLSX"]))
    sheet, about = book.worksheets
    assert about.title == "parameters"
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == columns
    assert sheet.max_row == len(rows) + 1 > 1
    for cells, written in zip(sheet.iter_rows(min_row=2), rows, strict=True):
        assert [as_text(cell.value) for cell in cells] == [as_text(plain(text)) for text in written]
        for name, cell in zip(columns, cells, strict=True):
            assert cell.data_type != "f"
            assert not str(cell.value).startswith(("=", "+", "-", "@")) or cell.data_type == "n"
            if cell.value is not None:
                assert isinstance(cell.value, TYPES.get(name, object)), (name, cell.value)
                assert name not in DAYS or cell.is_date
    parameters = {str(name.value): value.value for name, value in about.iter_rows(min_row=2)}
    assert parameters["as_of"] == datetime(2026, 11, 22)  # noqa: DTZ001  (a workbook's dates have no zone)
    assert parameters["answered_at"]


def plain(text: str) -> Any:
    """What stands in a cell of CSV, as a workbook would have it."""
    if text in ("", "true", "false"):
        return {"": None, "true": True, "false": False}[text]
    try:
        return float(text)
    except ValueError:
        return text


def as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.9g}"
    return "" if value is None else str(value)


@pytest.mark.parametrize("key", ["structure-mix", "transitions", "plan", "drift", "revenue"])
def test_the_figures_of_a_file_stand_on_the_page(admin: Visitor, key: str) -> None:
    words = text_of(admin.get(address_of(key)))
    rows = list(csv.DictReader(io.StringIO(files_of(admin, key)["CSV"].decode(), newline="")))
    if key == "structure-mix":
        by_quarter: dict[str, int] = {}
        for row in rows:
            by_quarter[row["quarter"]] = by_quarter.get(row["quarter"], 0) + int(row["clients"])
        for quarter, clients in by_quarter.items():
            assert re.search(rf"{quarter}[ 0-9]* {clients}\b", words), (quarter, clients)
    elif key == "drift":
        assert all(row["client"] in words for row in rows)
    elif key == "revenue":
        assert all(f"{float(row['amount']):,.2f}".removesuffix(".00") in words for row in rows)
    else:
        table = words[words.rfind("Quarter From To") :].partition("Milestones and plans that explain the chart")[0]
        listed = re.findall(r"(\d{4}-Q\d) .*?(?=\d{4}-Q\d |$)", table)
        quarters = [row["quarter"] for row in rows if row.get("overdue") != "true"]
        if key == "transitions":  # a page of them, newest first
            quarters = sorted(quarters, reverse=True)[:25]
        assert listed == quarters
        for row in rows:
            if row.get("overdue") == "true":
                assert (row["quarter"], row["from"], row["to"]) == ("", "", "")
                since = day_words(date.fromisoformat(row["first_on"]))
                assert f"{DUE[DueKind(row['due'])]} {since} {row['clients']} {row['times']}" in words


@pytest.mark.parametrize("page", OF_DIFFERENCES)
def test_a_table_of_differences_has_every_figure_of_every_client(admin: Visitor, page: str) -> None:
    files = files_of(admin, page)
    rows = list(csv.DictReader(io.StringIO(files["CSV"].decode(), newline="")))
    body = json.loads(files["JSON"])
    shown = {(one["client"], figure["row"]) for one in body["rows"] for figure in one["figures"]}
    assert shown <= {(row["client"], row["row"]) for row in rows}
    assert len({row["client"] for row in rows}) == body["count"]
