"""Lists and reports as files: typed cells, a sheet that says what was asked, and nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from api_client import Served, served

from api.http.csv_xlsx import Format, csv_of, table

TRICKS = ("=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://127.0.0.1/","x")')


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Sixty clients, some of names that would do something in a spreadsheet."""
    with served(tmp_path_factory.mktemp("exports", numbered=True)) as running:
        admin = running.admin
        dana = admin.post("/people", {"name": "=Dana", "employer": "firm", "email": "dana@example.org"})["id"]
        for number, name in enumerate([*TRICKS, *(f"Client {number}" for number in range(52))]):
            profile = {
                "sector": name.strip(),
                "headcount": 7,
                "annual_revenue": {"amount": "1250.50", "currency": "EUR"},
            }
            admin.post("/clients", {"name": name, "slug": f"client-{number}", "profile": profile})
        letter = admin.post("/clients/client-0/engagements", {"name": "-Letter", "started_on": "2026-01-05"})
        seat = {"functions": ["technology"], "holder": dana, "commitment": "fractional", "provider": "firm"}
        fee = {"monthly_fee": {"amount": "8500.00", "currency": "USD"}}
        body = {"kind": "structure_chosen", "effective_on": "2026-01-12", "seats": [{**seat, **fee}], "note": "@note"}
        admin.post(f"/engagements/{letter['id']}/milestones", body)
        for day in range(1, 61):
            met = {"kind": "alignment_held", "effective_on": f"2026-0{2 + day // 28}-{day % 28 + 1:02}"}
            admin.post(f"/engagements/{letter['id']}/milestones", {**met, "participants": [dana]})
        yield running


def rows_in(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def book_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def lists_of(firm: Served) -> dict[str, int]:
    """Every list that has a table, and how many rows it has."""
    engagement = firm.admin.get("/clients/client-0/engagements")["items"][0]["id"]
    return {
        "/clients": 60,
        "/clients/client-0/engagements": 1,
        f"/engagements/{engagement}/milestones": 62,
        "/people": 1,
    }


def test_a_list_as_a_file_has_all_of_it_unless_a_page_is_asked_for(firm: Served) -> None:
    for path, count in lists_of(firm).items():
        answer = firm.admin.ask("GET", f"{path}?format=csv")
        assert len(rows_in(answer.text)) == count
        assert "link" not in answer.headers
        book = book_of(firm.admin.ask("GET", f"{path}?format=xlsx").content)
        assert book[book.sheetnames[0]].max_row == count + 1
    page = firm.admin.ask("GET", "/clients?format=csv&limit=7")
    assert len(rows_in(page.text)) == 7
    assert 'rel="next"' in page.headers["link"]


def test_nothing_in_a_file_is_a_formula(firm: Served) -> None:
    for path in lists_of(firm):
        for row in csv.reader(io.StringIO(firm.admin.ask("GET", f"{path}?format=csv").text)):
            assert not {cell[:1] for cell in row} & set("=+-@\t\r\n")
        for sheet in book_of(firm.admin.ask("GET", f"{path}?format=xlsx").content):
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                assert cell.data_type != "s" or str(cell.value)[:1] not in set("=+-@\t\r\n")
    names = {row["name"] for row in rows_in(firm.admin.ask("GET", "/clients?format=csv").text)}
    assert {f"'{name}" for name in TRICKS if name == name.strip()} <= names


@pytest.mark.parametrize("trick", TRICKS)
def test_heads_and_sheets_are_guarded_too(trick: str) -> None:
    head, row = csv.reader(io.StringIO(csv_of([trick], [[trick]]).decode(), newline=""))
    assert head == row == [f"'{trick}"]
    book = book_of(bytes(table(Format.XLSX, trick, [trick], [[trick]], {}).body))
    (sheet,) = book
    assert sheet.title
    assert sheet.title[0] not in "=+-@\t\r\n"
    assert len(sheet.title) <= 31
    assert [cell.data_type for row in sheet.iter_rows() for cell in row] == ["s", "s"]
    assert {str(cell.value)[:1] for row in sheet.iter_rows() for cell in row} == {"'"}


def test_dates_are_dates_and_amounts_are_numbers_in_lists(firm: Served) -> None:
    sheet = book_of(firm.admin.ask("GET", "/clients?format=xlsx&q=Client%201").content)["clients"]
    head = [cell.value for cell in sheet[1]]
    row = {str(name): cell for name, cell in zip(head, sheet[2], strict=True)}
    assert row["profile.annual_revenue.amount"].value == 1250.5
    assert row["profile.annual_revenue.amount"].number_format == "#,##0.00"
    assert row["profile.annual_revenue.currency"].value == "EUR"
    assert row["profile.headcount"].value == 7
    milestones = next(path for path in lists_of(firm) if path.endswith("milestones"))
    sheet = book_of(firm.admin.ask("GET", f"{milestones}?format=xlsx").content)["milestones"]
    head = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, head.index("effective_on") + 1).value == datetime(2026, 1, 5)  # noqa: DTZ001  (no zone there)
    assert sheet.cell(2, head.index("effective_on") + 1).is_date
    assert sheet.freeze_panes == "A2"
    text = rows_in(firm.admin.ask("GET", f"{milestones}?format=csv").text)
    assert text[0]["effective_on"] == "2026-01-05"
    assert text[0]["recorded_at"].endswith("Z")


def test_a_workbook_of_a_list_says_what_was_asked_and_for_whom(firm: Served) -> None:
    def told(query: str) -> dict[str, Any]:
        book = book_of(firm.admin.ask("GET", f"/clients?format=xlsx&{query}").content)
        return {str(name.value): value.value for name, value in book["parameters"].iter_rows(min_row=2)}

    now = told("sector=%3D1%2B1&limit=9")
    assert (now["list"], now["sector"], now["limit"], now["known_at"]) == ("clients", "'=1+1", "9", "now")
    assert now["answered_for"] == "a admin"
    assert str(now["answered_at"])[:10] == str(firm.context.today())
    pinned = told(f"as_of=2026-03-01&known_at={date.today()}T00:00:00Z")  # noqa: DTZ011  (some instant)
    assert set(pinned) == {"list", "as_of", "known_at"}
