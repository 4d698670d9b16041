"""Every page of the demonstration firm in a real Chromium, on a desktop and on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from every_page import CLIENT, pages_of
from test_web_pages_browser import DESKTOP, PHONE, Running
from test_web_pages_paper_and_phone import SMALL_TEXTS, SMALLEST

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

CUT = """() => [...document.querySelectorAll('main *, header *')].flatMap((e) => {
  const style = getComputedStyle(e);
  if (style.overflowX !== 'hidden' || style.textOverflow === 'ellipsis' || e.closest('.sr, svg, .top')) return [];
  return e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 ? [`${e.localName}.${e.className}`] : [];
})"""
"""Elements that cut off what is in them."""
HIGHEST = {f"/clients/{CLIENT}": 4000, "/": 3000}
"""How high a page may be on a phone, in pixels."""


@pytest.fixture(scope="module")
def firm(demonstration: Path) -> Iterator[Running]:
    """The demonstration firm, served to browsers."""
    running = Running(demonstration)
    yield running
    running.stop()


@pytest.mark.crawl
@pytest.mark.slow(reason="it opens some ninety pages in a browser, four times each")
def test_every_page_is_whole_legible_and_without_fault(
    firm: Running, page: Page, axe: Callable[[Page], list[str]], axe_in_both_themes: Callable[[Page], list[str]]
) -> None:
    firm.let_in(page)
    faults: list[str] = []
    noted: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # a page that says that something is not there, or cannot be done, has such a status
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            noted.append(message.text)

    page.on("console", note)
    for pattern, address in pages_of(firm).items():
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light")
        answer = page.goto(firm.url + address, wait_until="load")
        assert answer is not None
        assert answer.status < 500, address
        assert answer.headers["content-type"].startswith("text/html"), address
        if page.locator("h1").count() != 1:
            noted.append(f"{page.locator('h1').count()} headings of the first level")
        noted += [f"desktop: {fault}" for fault in axe_in_both_themes(page)]
        noted += [f"desktop: small: {text}" for text in page.evaluate(SMALL_TEXTS, SMALLEST)[:3]]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        page.goto(firm.url + address, wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            noted.append("wider than a phone")
        noted += [f"phone: small: {text}" for text in page.evaluate(SMALL_TEXTS, SMALLEST)[:3]]
        noted += [f"phone: cut: {element}" for element in page.evaluate(CUT)[:3]]
        noted += [f"phone: {fault}" for fault in axe(page)]
        height = page.evaluate("document.documentElement.scrollHeight")
        if height > HIGHEST.get(address, height):
            noted.append(f"phone: {height} pixels high")
        faults += [f"{pattern}: {fault}" for fault in noted]
        noted.clear()
    assert not faults, "\n".join(faults)
