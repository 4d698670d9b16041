"""Names of two hundred letters without a blank, in a real Chromium: a table's columns stay in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from web.charts.painting import macro
from web.parts import Cell, Column
from web.static_files import static_files

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = "Wolkenkratzerbau" * 12 + "Kontoren"


@pytest.mark.parametrize(("width", "most"), [(390, 520), (1064, 1064)])
def test_a_name_of_two_hundred_letters_wraps_in_a_table(page: Page, width: int, most: int) -> None:
    columns = [Column("Client"), Column("Holder"), Column("Fee", numeric=True)]
    rows = [[Cell(LONG, "/long", LONG), Cell(LONG), Cell("12,345")], [Cell("Short name"), Cell("Two words"), Cell("1")]]
    styles = "".join(static_files()[name].content.decode() for name in ("tokens.css", "app.css"))
    page.set_viewport_size({"width": width, "height": 600})
    page.set_content(f"<!doctype html><style>{styles}</style>{macro('parts.html', 'table', 'Clients', columns, rows)}")
    assert page.evaluate("document.querySelector('.scroll').scrollWidth") <= most
    number = page.get_by_role("cell", name="12,345").bounding_box()
    assert number is not None
    assert number["height"] > 0
