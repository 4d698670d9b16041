"""Names of two hundred letters without a blank, in a real Chromium: a table's columns stay in view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest
from drills import drills_but
from test_web_pages_browser import Running

from web.charts.render import macro
from web.components import Cell, Column
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


PAGES = (
    *(
        "/",
        "/clients",
        "/clients/long",
        "/clients?practice_lead={person}",
        "/people",
        "/people/{person}",
        "/milestones",
    ),
    *("/assess?client=long", "/search?q=Wolken", "/milestones/new", "/milestones/new?client=long", "/board-report"),
    *("/reports/quarter-grid", "/reports/capacity", "/settings/share-links"),
    "/engagements/{engagement}/milestones/{milestone}",
)
FAST = ("/clients/long", "/clients", "/milestones/new?client=long")
BEYOND = """() => {
  const wide = document.documentElement.scrollWidth - innerWidth;
  const beyond = (e) => e.getBoundingClientRect().right > innerWidth && !e.closest('.scroll, .ch-wide, svg');
  const first = [...document.querySelectorAll('main *')].find(beyond);
  return wide > 0 ? `${wide} too wide: ${first?.outerHTML.slice(0, 80)}` : '';
}"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A client, its engagement and its people with names of two hundred letters, served to browsers."""
    running = Running(tmp_path_factory.mktemp("long"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def ids(firm: Running) -> Mapping[str, str]:
    """What is on record with long names, by the names in addresses."""
    admin = firm.admin
    person = admin.post("/people", {"name": LONG, "employer": "firm"})["id"]
    admin.post("/clients", {"name": LONG[::-1], "slug": "long", "profile": {"sector": LONG[:100]}})
    opening = {"name": LONG, "started_on": "2024-01-01", "practice_lead": person}
    engagement = admin.post("/clients/long/engagements", opening)["id"]
    seat = {"functions": ["technology"], "holder": person, "commitment": "fractional", "provider": "firm"}
    chosen = {"kind": "structure_chosen", "effective_on": "2024-02-01", "seats": [seat], "note": LONG}
    milestone = admin.post(f"/engagements/{engagement}/milestones", chosen)["id"]
    return {"person": person, "engagement": engagement, "milestone": milestone}


@pytest.mark.parametrize("path", drills_but(FAST, PAGES, reason="measures every page with names"))
def test_no_page_is_wider_than_its_window_for_a_long_name(
    firm: Running, ids: Mapping[str, str], page: Page, path: str
) -> None:
    firm.let_in(page)
    response = page.goto(firm.url + path.format_map(ids))
    assert response is not None
    assert response.ok
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(BEYOND) == "", width
