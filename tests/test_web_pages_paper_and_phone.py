"""Pages on paper and on a phone, in a real Chromium: content from the first page on, and letters that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browsing import tell_a_story
from drills import drills_but
from pdf_text import pages_of
from test_web_pages_browser import PHONE, Running

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAPERS = ("A4", "Letter")
ON_PAPER = {
    "/clients": ("Clients", "Cedar01", "Practicelead"),
    "/": ("Overview", "Clientsengaged", "Whatneedsattentionfirst", "Structuremix", "Q4"),
    "/reports/structure-mix": ("Structuremix", "2025", "Q4", "Unified,fractional"),
    "/reports/governance": ("Governance", "Completeartifactpacks", "Artifactpack", "HalcyonHealth"),
    "/responsibilities": ("Sidebyside", "TheCTOowns", "TheCAIOowns"),
}
CHARTS = (
    "/",
    "/clients/halcyon-health",
    "/reports",
    "/reports/structure-mix",
    "/reports/quarter-grid",
    "/reports/transitions",
    "/reports/paths",
    "/reports/time-to",
    "/reports/drift",
    "/reports/advice",
    "/reports/watch-list",
    "/reports/revenue",
    "/reports/capacity",
    "/reports/plan?as_of=2025-01-01",
)
FAST_CHARTS = ("/", "/reports/watch-list")
STACKED = (
    "/reports/watch-list",
    "/reports/governance",
    "/responsibilities",
    "/signs/A07",
    "/clients/halcyon-health",
)
SMALLEST = 9.0
SMALL_TEXTS = """least => [...document.querySelectorAll('body *')].flatMap((e) => {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const box = e.getBoundingClientRect();
  if (!own || !box.width || !box.height || e.closest('.sr, title, desc')) return [];
  const matrix = e.ownerSVGElement ? e.getScreenCTM() : null;
  const size = parseFloat(getComputedStyle(e).fontSize) * (matrix ? Math.hypot(matrix.b, matrix.d) : 1);
  return size < least ? [`${e.textContent.trim()}: ${size.toFixed(1)}`] : [];
})"""


BESIDE_LABELS = """scroll => [...scroll.querySelectorAll('td')].flatMap((cell) => {
  if (!cell.checkVisibility()) return [];
  const content = document.createRange();
  content.selectNodeContents(cell);
  const shift = content.getBoundingClientRect().left - cell.getBoundingClientRect().left;
  return cell.textContent && shift < 100 ? [`${cell.dataset.label}: ${shift}`] : [];
})"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A firm with a story and more clients than fit on a page, served to browsers."""
    running = Running(tmp_path_factory.mktemp("printed"))
    tell_a_story(running)
    for number in range(1, 31):
        running.admin.post("/clients", {"name": f"Cedar {number:02}", "profile": {"sector": "health"}})
    yield running
    running.stop()


@pytest.fixture
def at_work(firm: Running, page: Page) -> Page:
    """Somebody who is signed in."""
    firm.let_in(page)
    return page


@pytest.mark.parametrize("path", ON_PAPER)
def test_paper_holds_content_from_the_first_page_on(firm: Running, at_work: Page, path: str) -> None:
    at_work.goto(firm.url + path, wait_until="networkidle")
    for paper in PAPERS:
        pages = pages_of(at_work.pdf(format=paper, prefer_css_page_size=True))
        for words in ON_PAPER[path]:
            assert words in pages[0], paper
        assert [number for number, page in enumerate(pages, 1) if len(page) < 20] == [], f"a page is blank on {paper}"


def test_every_client_of_the_list_is_on_paper_once(firm: Running, at_work: Page) -> None:
    at_work.goto(firm.url + "/clients", wait_until="networkidle")
    pages = pages_of(at_work.pdf(format="A4", prefer_css_page_size=True))
    whole = "".join(pages)
    assert [number for number in range(1, 31) if whole.count(f"Cedar{number:02}") != 1] == []
    assert len(pages) > 1
    assert all("Practicelead" in page for page in pages if "Cedar" in page), "each page has the table's head"


@pytest.mark.parametrize("paper", PAPERS)
def test_assess_on_paper_is_the_advice_and_then_the_answers(firm: Running, at_work: Page, paper: str) -> None:
    at_work.goto(firm.url + "/clients/halcyon-health/assess", wait_until="networkidle")
    at_work.evaluate("document.querySelectorAll('.asks details').forEach((group) => { group.open = true; })")
    with at_work.expect_response("**/assess/says"):
        at_work.locator("select[name=stack_complexity]").select_option("complex")
    # the answer is on the page some time after it has come
    at_work.wait_for_function("document.body.textContent.replace(/\\s/g, '').includes('Stackcomplexity:complex')")
    pages = pages_of(at_work.pdf(format=paper, prefer_css_page_size=True))
    whole = "".join(pages)
    advice, agree, answers = (whole.find(words) for words in ("Theadvice", "Whoagrees", "Headcount:240"))
    assert 0 < advice < 300
    assert advice < agree < answers
    assert "Stackcomplexity:complex" in whole[answers:]
    for form_part in ("Unknown", "Questionsthatmattermost", "Recordtheassessment"):
        assert form_part not in whole
    assert len(pages) <= 4


@pytest.mark.parametrize("path", drills_but(FAST_CHARTS, CHARTS, reason="measures the texts of every chart"))
def test_no_text_is_smaller_than_nine_pixels_on_a_phone_a_tablet_or_a_desktop(
    firm: Running, at_work: Page, path: str
) -> None:
    at_work.set_viewport_size(PHONE)
    at_work.goto(firm.url + path, wait_until="networkidle")
    for width in (PHONE["width"], 768, 1280):
        at_work.set_viewport_size({"width": width, "height": 844})
        assert at_work.evaluate(SMALL_TEXTS, SMALLEST) == [], width
        assert at_work.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", STACKED)
def test_wide_tables_are_read_on_a_phone_without_scrolling_sideways(firm: Running, at_work: Page, path: str) -> None:
    at_work.set_viewport_size({"width": 390, "height": 844})
    at_work.goto(firm.url + path, wait_until="networkidle")
    tables = at_work.locator(".scroll:has(> .table.stacked)")
    assert tables.count()
    for place in range(tables.count()):
        width, inner = tables.nth(place).evaluate("scroll => [scroll.clientWidth, scroll.scrollWidth]")
        assert inner <= width
        assert tables.nth(place).evaluate(BESIDE_LABELS) == []
    cells = at_work.locator(".table.stacked td:not([data-label])")
    assert cells.count() == 0, "each cell names its column"


def test_the_overview_on_a_phone_is_short_and_says_how_many_more_there_are(firm: Running, at_work: Page) -> None:
    at_work.set_viewport_size({"width": 390, "height": 844})
    at_work.goto(firm.url + "/", wait_until="networkidle")
    assert at_work.evaluate("document.documentElement.scrollHeight") < 3000
    for line in at_work.locator(".attention > li").all():
        shown = [name for name in line.locator(".named > span").all() if name.is_visible()]
        more = [link.inner_text() for link in line.locator(".more").all() if link.is_visible()]
        assert len(shown) <= 2
        count = int(line.locator(".count").inner_text())
        assert more == ([f"and {count - len(shown)} more"] if count > len(shown) else [])


@pytest.mark.parametrize("path", ["/reports/structure-mix", "/reports/revenue", "/reports/time-to"])
def test_the_axis_stays_in_sight_while_a_chart_scrolls_on_a_phone(firm: Running, at_work: Page, path: str) -> None:
    at_work.set_viewport_size({"width": 390, "height": 844})
    at_work.goto(firm.url + path, wait_until="networkidle")
    frame = at_work.locator(".ch-wide").first
    for scrolled in (0, 10_000):
        frame.evaluate("(frame, left) => { frame.scrollLeft = left; }", scrolled)
        axis, edge, chart = (
            locator.bounding_box() for locator in (frame.locator(".ch-axis"), frame, frame.locator("svg.ch"))
        )
        assert axis is not None
        assert edge is not None
        assert chart is not None
        assert abs(axis["x"] - edge["x"]) <= 1
        assert abs(axis["height"] - chart["height"]) <= 1, "its figures stand beside what they measure"
        assert axis["width"] < 200
    assert frame.evaluate("frame => frame.scrollLeft") > 100
