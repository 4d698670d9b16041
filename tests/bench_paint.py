"""How long a browser takes to the first paint of every page, beside that of a bare page from the same server.

`SEATLINE_BENCH_STORE` names a folder with another firm than the demonstration.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest
from every_page import pages_of
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from test_web_pages_browser import Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROUNDS = 5
"""Loads of each page after a first one, which fills the caches of both."""
BARE = "<!doctype html><html lang=en><title>Bare</title><h1>Bare</h1></html>"
FIRST_PAINT = """() => new Promise((done) => {
  const paints = () => performance.getEntriesByName('first-contentful-paint');
  if (paints().length) done(paints()[0].startTime);
  else new PerformanceObserver(() => paints().length && done(paints()[0].startTime))
    .observe({ type: 'paint', buffered: true });
})"""


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the firm whose pages are painted."""
    named = os.environ.get("SEATLINE_BENCH_STORE")
    folder = Path(named) if named else Path(request.getfixturevalue("told_demonstration"))
    return shutil.copytree(folder, tmp_path / "data")


def bench_first_paint_of_every_page(store: Path, page: Page) -> None:
    firm = Running(store)
    firm.app.router.routes.insert(0, Route("/bare", bare))
    firm.let_in(page)
    pages = pages_of(firm)
    try:
        painted = {name: paints(page, firm.url + address) for name, address in pages.items()}
        floor = median(paints(page, f"{firm.url}/bare"))
    finally:
        firm.stop()
    print(f"\nfirst paint, median of {ROUNDS}; a bare page of the same server: {floor:.0f} ms")
    for name, times in sorted(painted.items(), key=lambda pair: -median(pair[1])):
        print(f"{median(times):7.0f} ms {median(times) / floor:6.1f}x  {name}")


def paints(page: Page, url: str) -> list[float]:
    """What each load of a page takes."""
    return [paint(page, url) for _ in range(1 + ROUNDS)][1:]


def paint(page: Page, url: str) -> float:
    """The milliseconds from asking for a page to its first paint."""
    page.goto(url, wait_until="load")
    return float(page.evaluate(FIRST_PAINT))


def bare(_: Request) -> HTMLResponse:
    """A page with nothing but a heading."""
    return HTMLResponse(BARE)
