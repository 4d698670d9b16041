"""Somebody new brings in the workbook that the firm kept by hand, in a real Chromium."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from import_workbook import BAKERY, HEAD, MILLS, MORE, NAMESAKE, SHOP, workbook
from test_web_pages_browser import DESKTOP, PHONE, Running

from api.imports.tables.headers import WHY_REFUSED

if TYPE_CHECKING:
    from playwright.sync_api import Page

EMAILS = ("ana@firm.example", "ana.lima@firm.example")
NAME = "who sits where.xlsx"
SEAT = {
    "Who": "seat.holder",
    "Commitment": "seat.commitment",
    "Employed by": "seat.provider",
    "Fee": "seat.monthly_fee",
    "Currency": "seat.monthly_fee.currency",
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("brought"))
    yield running
    running.stop()


@pytest.mark.slow(reason="walks many pages in Chromium; what each of them says is tested without one")
def test_a_workbook_kept_by_hand_is_brought_in_corrected_and_undone(
    firm: Running, page: Page, axe_in_both_themes: Callable[[Page], list[str]], tmp_path: Path
) -> None:
    people = [{"name": NAMESAKE, "employer": "firm", "email": email} for email in EMAILS]
    namesakes = [firm.admin.post("/people", person)["id"] for person in people]
    firm.let_in(page)
    page.goto(firm.url)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Import").click()
    choose(page, NAME, workbook())
    questions = page.get_by_role("region", name="Before the rows can be checked").inner_text()
    assert all(f"The column “{name}” is not recognized" in questions for name in ("Commitment", "Employed by", "Mood"))
    assert "Is the day or the month first" in questions
    assert page.get_by_label("Sheet").input_value() == "History"
    page.get_by_label("Day first").check()
    for label, ours in SEAT.items():
        page.get_by_label(label).select_option(ours)
    check_on_a_phone(page)
    page.get_by_role("button", name="Check again").click()
    page.get_by_text("6 new, 0 already recorded, 4 refused").wait_for()
    notes = page.get_by_role("region", name="Notes").inner_text()
    assert "The head is in row 4 of the file" in notes
    assert "The hidden sheet “Old, do not use” is not imported." in notes
    assert firm.context.log.head() == 0
    check_on_a_phone(page)
    assert axe_in_both_themes(page) == []

    page.get_by_role("button", name="Record the 6 that fit").click()
    page.locator("#notices").get_by_text("The import is recorded").wait_for()
    imports = [page.url]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused rows").click()
    refused = tmp_path / "refused.csv"
    download.value.save_as(refused)
    head, *rows = csv.reader(refused.read_text().splitlines(), delimiter=";")
    assert head == [*HEAD, *MORE, WHY_REFUSED]
    deliverable, pause, chosen, resumption = rows
    assert [(row[0], row[2]) for row in rows] == [
        (MILLS, "Deliverable issued"),
        (SHOP, "Paused"),
        (BAKERY, "Structure chosen"),
        (SHOP, "Resumed"),
    ]
    assert deliverable[-1] == "Function: Is needed here, but no column of the file holds it."
    assert pause[-1] == "The engagement is already paused."
    assert chosen[8] == "3100,125"
    assert all(person in chosen[-1] for person in namesakes)

    chosen[5] = f"{NAMESAKE} <{EMAILS[0]}>"
    bring_again(page, head, [chosen], SEAT)
    imports.append(page.url)
    deliverable[4], resumption[3] = "ai", "1.10.2024"
    bring_again(page, head, [deliverable, resumption], {"Roles": "function", "Who": "-", "Fee": "-", "Currency": "-"})
    undo(page)
    clients = {client["name"]: client for client in firm.admin.get("/clients")["items"]}
    assert {name: client["status"] for name, client in clients.items()} == {
        MILLS: "active",
        SHOP: "paused",
        BAKERY: "active",
    }

    for recorded in reversed(imports):
        page.goto(recorded)
        undo(page)
    assert firm.admin.get("/clients")["items"] == []
    page.go_back()
    assert page.goto(f"{firm.url}/settings/imports") is not None
    assert page.get_by_role("link", name=NAME).count() == 1
    check_on_a_phone(page)


def undo(page: Page) -> None:
    """Undo the import that the page shows."""
    page.get_by_label("Reason").fill("A trial")
    page.get_by_role("button", name="Undo the import").click()
    page.locator("#notices").get_by_text("The import is undone").wait_for()


def bring_again(page: Page, head: list[str], rows: list[list[str]], columns: dict[str, str]) -> None:
    """Import corrected rows."""
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows([head, *rows])
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Import").click()
    choose(page, "refused.csv", file.getvalue().encode())
    for label, ours in columns.items():
        page.get_by_label(label).select_option(ours)
    page.get_by_role("button", name="Check again").click()
    page.get_by_role("button", name=f"Record {len(rows)} row").click()
    page.locator("#notices").get_by_text("The import is recorded").wait_for()


def choose(page: Page, name: str, content: bytes) -> None:
    """Upload a file."""
    page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "", "buffer": content})
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("heading", name=name).wait_for()


def check_on_a_phone(page: Page) -> None:
    """Nothing of the page is wider than a phone."""
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(DESKTOP)
