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
