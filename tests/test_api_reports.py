"""The reports over HTTP, of the demonstration firm: they answer, lead to their clients, and are the same in a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import openpyxl
import pytest
from api_client import Caller, Served, served

from api.state.roles import Role

TODAY = date(2026, 11, 22)
HERE = f"as_of={TODAY}"
REPORTS: Mapping[str, str] = {
    "structure-mix": "from=2023-Q1",
    "transitions": "from=2023-Q1",
    "revenue": "from=2025-Q3&to=2027-Q1&sector=fintech",
    "capacity": "from=2026-Q2&to=2026-Q4",
    "paths": "",
    "plan": "",
    "time-to": "event=split&by=sector",
}


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Served]:
    with served(demonstration) as running:
        yield running


def rows_of(caller: Caller, report: str, query: str = "") -> list[dict[str, Any]]:
    answer = caller.get(f"/reports/{report}?{HERE}&{query}")
    rows: list[dict[str, Any]] = answer["medians" if report == "time-to" else "rows"]
    return rows


def clients_at(caller: Caller, link: str) -> list[str]:
    """The slugs of all clients that a link leads to."""
    parts = urlsplit(link)
    answer = caller.get(f"{parts.path.removeprefix('/api/v1')}?{parts.query}&limit=500")
    assert answer["next"] is None
    return [client["slug"] for client in answer["items"]]


@pytest.mark.parametrize("report", REPORTS)
def test_every_row_leads_to_just_the_clients_it_counts(firm: Served, report: str) -> None:
    rows = rows_of(firm.admin, report, REPORTS[report])
    assert rows
    for row in rows[:25]:
        assert len(clients_at(firm.admin, row["links"]["clients"])) == row["clients"]


@pytest.mark.parametrize("report", REPORTS)
def test_whoever_sees_two_clients_sees_reports_of_two(firm: Served, report: str) -> None:
    every = firm.admin.get(f"/clients?{HERE}&limit=500&structure=fractional_pair")["items"]
    mine = {client["slug"]: UUID(client["id"]) for client in every[:2]}
    viewer = firm.caller(Role.VIEWER, set(mine.values()))
    for row in rows_of(viewer, report, REPORTS[report].replace("&sector=fintech", "")):
        assert 1 <= row["clients"] <= 2
        seen = clients_at(viewer, row["links"]["clients"])
        assert len(seen) == row["clients"]
        assert set(seen) <= mine.keys()
    # the way to a row of somebody else's leads nowhere
    for row in rows_of(firm.admin, report, REPORTS[report])[:5]:
        assert set(clients_at(viewer, row["links"]["clients"])) <= mine.keys()


@pytest.mark.parametrize("report", [*REPORTS, "quarter-grid", "drift", "advice", "watch-list"])
def test_a_table_has_the_rows_of_the_answer_and_a_workbook_says_what_was_asked(firm: Served, report: str) -> None:
    query = f"{HERE}&{REPORTS.get(report, '')}"
    answer = firm.admin.get(f"/reports/{report}?{query}")
    text = firm.admin.ask("GET", f"/reports/{report}?{query}&format=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    columns, *rows = csv.reader(io.StringIO(text.text))
    assert len(rows) == sum(len(answer.get(name, ())) for name in ("rows", "due_rows", "overdue_rows"))
    assert all(len(row) == len(columns) for row in rows)
    book = openpyxl.load_workbook(io.BytesIO(firm.admin.ask("GET", f"/reports/{report}?{query}&format=xlsx").content))
    assert book.sheetnames == [report, "parameters"]
    sheet = book[report]
    assert sheet.freeze_panes == "A2"
    assert [str(cell.value) for cell in sheet[1]] == columns
    assert sheet.max_row == len(rows) + 1
    parameters = {str(name.value): value.value for name, value in book["parameters"].iter_rows(min_row=2)}
    assert parameters["report"] == report
    assert parameters["as_of"] == datetime(2026, 11, 22)  # noqa: DTZ001  (a workbook's dates have no zone)
    assert parameters["known_at"] == "now"
    assert str(parameters["answered_at"]).endswith("Z")
    assert parameters["answered_for"] == "a admin"


def test_numbers_and_dates_are_numbers_and_dates(firm: Served) -> None:
    book = openpyxl.load_workbook(io.BytesIO(firm.admin.ask("GET", f"/reports/revenue?{HERE}&format=xlsx").content))
    names = [cell.value for cell in book["revenue"][1]]
    row = {str(name): cell for name, cell in zip(names, book["revenue"][2], strict=True)}
    assert row["amount"].data_type == row["clients"].data_type == "n"
    assert row["amount"].number_format == "#,##0.00"
    assert row["planned"].data_type == "b"
    assert row["quarter"].data_type == "s"
    plan = openpyxl.load_workbook(io.BytesIO(firm.admin.ask("GET", f"/reports/plan?{HERE}&format=xlsx").content))
    assert plan["plan"]["F2"].is_date


def test_what_was_asked_of_a_pinned_moment_is_the_same_bytes_for_ever(firm: Served) -> None:
    log = firm.context.log
    known_at = log.read(log.head() - 1)[-1].event.timestamp.isoformat().replace("+00:00", "Z")
    pinned = f"{HERE}&known_at={known_at}"
    paths = [
        f"/reports/{report}?{pinned}&{query}&format={written}"
        for report, query in {**REPORTS, "quarter-grid": ""}.items()
        for written in ("json", "csv", "xlsx")
    ]
    before = [firm.admin.ask("GET", path).content for path in paths]
    client = firm.admin.post("/clients", {"name": "Newcomer", "profile": {"sector": "health"}})
    firm.admin.post(f"/clients/{client['slug']}/engagements", {"name": "Letter", "started_on": "2026-01-05"})
    assert rows_of(firm.admin, "structure-mix") != firm.admin.get(f"/reports/structure-mix?{pinned}")["rows"]
    assert [firm.admin.ask("GET", path).content for path in paths] == before


def test_no_cell_is_a_formula(firm: Served) -> None:
    for number, name in enumerate(("=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", "\n=1", "plain - name")):
        client = firm.admin.post("/clients", {"name": name, "slug": f"danger-{number}"})
        firm.admin.post(f"/clients/{client['slug']}/engagements", {"name": "Letter", "started_on": "2026-01-05"})
    for path in (f"/reports/quarter-grid?{HERE}", f"/clients?{HERE}&limit=500&q=danger"):
        rows = list(csv.reader(io.StringIO(firm.admin.ask("GET", f"{path}&format=csv").text)))
        starts = {cell[:1] for row in rows for cell in row}
        assert not starts & set("=+-@\t\r\n")
        assert any(cell == "plain - name" for row in rows for cell in row)
        book = openpyxl.load_workbook(io.BytesIO(firm.admin.ask("GET", f"{path}&format=xlsx").content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert "f" not in {cell.data_type for cell in cells}
        assert not {str(cell.value)[:1] for cell in cells if cell.data_type == "s"} & set("=+-@\t\r\n")


def test_then_and_now_names_clients_and_milestones(firm: Served) -> None:
    recorded = firm.context.log.read(0, firm.context.log.head())
    then = recorded[len(recorded) // 2].event.timestamp.isoformat().replace("+00:00", "Z")
    for report in ("structure-mix", "quarter-grid", "transitions", "revenue", "capacity", "paths", "plan"):
        answer = firm.admin.get(f"/reports/then-and-now?{HERE}&report={report}&then={then}&from=2024-Q1&limit=3")
        assert answer["count"] >= len(answer["rows"]) > 0
        for row in answer["rows"]:
            assert row["figures"]
            assert row["milestones"] or row["profile"]
            assert all(figure["then"] != figure["now"] for figure in row["figures"])
    split = firm.admin.get(f"/reports/then-and-now?{HERE}&report=time-to-split&then={then}")
    assert split["parameters"]["from"] is None
    firm.admin.ask("GET", f"/reports/then-and-now?report=plan&then={then}&known_at=2020-01-01T00:00:00Z", status=422)


@pytest.mark.parametrize(
    "query",
    [
        "report=revenue",
        "row=2026-Q1",
        "report=revenue&row=soon.none.ai.USD",
        "report=time-to&row=split",
        "report=time-to&row=split.shoe_size..large",
        "report=horoscope&row=leo",
    ],
)
def test_a_row_that_no_report_can_have_is_refused(firm: Served, query: str) -> None:
    firm.admin.ask("GET", f"/clients?{query}", status=422)


def test_a_row_that_nobody_is_behind_leads_to_nobody(firm: Served) -> None:
    assert clients_at(firm.admin, "/api/v1/clients?report=revenue&row=1999-Q1.unified_fractional.ai.USD") == []


def test_quarters_in_the_wrong_order_are_refused(firm: Served) -> None:
    for report in ("paths", "plan", "time-to?event=split", "revenue"):
        path, _, rest = report.partition("?")
        problem = firm.admin.ask("GET", f"/reports/{path}?from=2026-Q2&to=2026-Q1&{rest}", status=422).json()
        assert [error["field"] for error in problem["errors"]] == ["to"]
