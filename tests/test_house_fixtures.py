"""The ground that other tests stand on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_data_folder_is_empty_and_nobody_elses(data_dir: Path) -> None:
    assert list(data_dir.iterdir()) == []
    assert data_dir.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("_turn", [1, 2])
def test_each_test_has_a_postgresql_database_of_its_own(postgres_url: str, _turn: int) -> None:
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE seat (id int)")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("seat",)]


def test_a_page_opens_in_a_real_browser(page: Page) -> None:
    page.set_content("<h1>Seatline</h1><script>document.title = 'two ' + 'seats'</script>")
    assert page.title() == "two seats"
    assert page.get_by_role("heading", name="Seatline").is_visible()


def test_axe_names_what_is_wrong_with_a_page_even_under_a_strict_policy(
    page: Page, axe: Callable[[Page], list[str]]
) -> None:
    page.set_content(
        """<!doctype html><html lang="en"><head><meta http-equiv="Content-Security-Policy" content="default-src 'none'">
        <title>Seats</title></head><body><main><h1>Seats</h1><input></main></body></html>"""
    )
    faults = axe(page)
    assert [re.sub(":.*", "", fault) for fault in faults] == ["label"]


def test_a_color_that_cannot_be_read_in_the_dark_theme_alone_is_named(
    page: Page, axe_in_both_themes: Callable[[Page], list[str]]
) -> None:
    page.set_content(
        """<!doctype html><html lang="en"><head><title>Seats</title><style>
        body { background: white; color: black }
        @media (prefers-color-scheme: dark) { body { background: black; color: #222 } }
        </style></head><body><main><h1>Seats</h1></main></body></html>"""
    )
    faults = axe_in_both_themes(page)
    assert [fault.partition(": E")[0] for fault in faults] == ["dark: color-contrast"]


@pytest.mark.parametrize("_turn", [1, 2])
def test_a_page_meets_nothing_that_another_test_left_in_the_browser(page: Page, _turn: int) -> None:
    body = "<!doctype html><title>Seats</title>"
    page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("http://localhost/")
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"
    page.evaluate("document.cookie = 'seat=one'; localStorage.seat = 'one'; sessionStorage.seat = 'one'")
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "seat=one11"
