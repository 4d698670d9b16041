"""The pages of reports in a real Chromium: nothing for axe to find, nothing wider than a phone, every mark a way on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import tell_a_story
from drills import drills_but
from test_web_pages_browser import DESKTOP, PHONE, Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

AS_OF = "as_of=2026-06-30"
PATHS = (
    "/reports",
    f"/reports/paths?{AS_OF}&sector=health",
    f"/reports/time-to?{AS_OF}&by=sector",
    f"/reports/revenue?{AS_OF}",
    f"/reports/capacity?{AS_OF}",
    "/reports/plan?as_of=2025-01-01",
    f"/reports/quarter-grid?{AS_OF}",
    "/reports/drift",
    "/reports/advice",
    "/reports/watch-list",
    "/signs/A07",
    f"/reports/structure-mix/then-and-now?{AS_OF}&then=2026-01-01",
    f"/reports/transitions/then-and-now?{AS_OF}&then=2020-01-01&from=2024-Q1&to=2025-Q4",
    "/clients?status=active",
    "/views",
)
FAST_PATHS = (f"/reports/revenue?{AS_OF}", "/reports/watch-list")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A firm with a story and two saved views, served to browsers."""
    running = Running(tmp_path_factory.mktemp("reports"))
    tell_a_story(running)
    running.admin.post("/views", {"name": "Active ones", "url": "/clients?status=active", "shared": True})
    running.admin.post("/views", {"name": "Health paths", "url": "/reports/paths?sector=health", "shared": True})
    yield running
    running.stop()


@pytest.fixture
def at_work(firm: Running, page: Page) -> Page:
    """Somebody who is signed in."""
    firm.let_in(page)
    return page


@pytest.mark.parametrize("path", drills_but(FAST_PATHS, PATHS, reason="asks axe-core about every report"))
def test_no_report_has_a_fault_in_either_theme_or_is_wider_than_a_phone(
    firm: Running, at_work: Page, axe_in_both_themes: Callable[[Page], list[str]], path: str
) -> None:
    at_work.set_viewport_size(PHONE)
    at_work.goto(firm.url + path, wait_until="networkidle")
    assert not at_work.evaluate("document.documentElement.scrollWidth > innerWidth"), "wider than a phone"
    at_work.set_viewport_size(DESKTOP)
    assert axe_in_both_themes(at_work) == []


def test_from_a_glance_to_a_mark_to_its_clients_to_a_saved_view(firm: Running, at_work: Page) -> None:
    at_work.goto(f"{firm.url}/reports?{AS_OF}", wait_until="networkidle")
    assert at_work.locator(".glances svg").count() >= 6
    at_work.get_by_role("heading", name="Paths").get_by_role("link").click()
    at_work.wait_for_url(f"{firm.url}/reports/paths?{AS_OF}")
    mark = at_work.get_by_role("region", name="Paths, chart").get_by_role("link").first
    mark.focus()
    at_work.keyboard.press("Enter")
    at_work.wait_for_url("**/clients?*")
    at_work.get_by_role("rowheader", name="Halcyon Health").wait_for()
    at_work.get_by_text("Save this view").click()
    at_work.get_by_label("Name", exact=True).fill("They split")
    at_work.get_by_role("button", name="Save").click()
    at_work.locator("#notices").get_by_text("The view is saved.").wait_for()
    at_work.get_by_role("navigation", name="Main").get_by_role("link", name="They split").wait_for()
