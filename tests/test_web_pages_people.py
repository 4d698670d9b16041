"""The pages of people over HTTP: what they hold, at how many clients, their hours, and what became of their seats."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from api_client import Served, served
from browsing import Visitor, tell_a_story, text_of


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Dana leads technology and AI of Halcyon Health, later technology alone; Ravi leads AI."""
    with served(tmp_path_factory.mktemp("people")) as running:
        tell_a_story(running)
        yield running


def rows_of(page: str) -> dict[str, list[str]]:
    """The rows of the first table of a page, by the text of their first cell."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    rows = [re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("<tr>")[1:]]
    cells = [[html.unescape(re.sub(r"<[^>]+>|[\u2066-\u2069]", "", cell)) for cell in row] for row in rows]
    return {row[0]: row[1:] for row in cells}


def test_the_list_of_people_says_what_they_hold_at_how_many_clients_and_how_many_hours(firm: Served) -> None:
    visitor = Visitor(firm)
    page = visitor.get("/people", as_of="2025-03-31")
    assert "on 31 Mar 2025" in text_of(page)
    assert "Agreed in 2025-Q1" in page
    rows = rows_of(page)
    # 32 hours a month in a quarter of 90 days
    assert rows["Dana"] == ["Our firm", "CTO and CAIO at Halcyon Health", "1", "96 h", "7.5 h a week"]
    assert rows["Ravi"] == ["Our firm", "", "", "", ""]
    assert re.search(r'href="/people\?as_of=2024-12-31"[^>]*>', page)
    after = rows_of(visitor.get("/people", as_of="2025-09-30"))
    assert after["Dana"][1:3] == ["CTO at Halcyon Health", "1"]
    assert after["Ravi"][1:3] == ["CAIO at Halcyon Health", "1"]
    assert after["Ravi"][3:] == ["", ""]
