"""Takes the README's pictures of the demonstration firm in light and dark; `make pictures` runs it."""

from __future__ import annotations

import io
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from test_web_pages_browser import Running

from web.samples.load import load
from web.settings import Settings

FOLDER = Path(__file__).parent.parent / "docs" / "images"
SCHEMES = ("light", "dark")
WIDTH, HEIGHT, SCALE = 1440, 800, 1.5
COLORS = 128


def take_pictures(page: Page, url: str) -> None:
    """Save the timeline of a client and the overview, once in each color scheme."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.goto(f"{url}/clients/halcyon-health")
        timeline = page.locator("section[aria-labelledby=evolution] .body").screenshot()
        save_small(timeline, f"timeline-{scheme}.png")
        page.goto(url)
        save_small(page.screenshot(), f"overview-{scheme}.png")


def save_small(screenshot: bytes, name: str) -> None:
    """Save a screenshot with few colors, so that the repository stays small."""
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    image.quantize(COLORS, dither=Image.Dither.NONE).save(FOLDER / name, optimize=True)


def main() -> None:
    """Load the demonstration firm into a temporary store, serve it and take the pictures."""
    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if program is None:
        raise SystemExit("No Chromium on the PATH: apt-get install chromium.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Path(folder)
        load(Settings(data=store), datetime.now(UTC).date(), lambda done, of: None)
        firm = Running(store)
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=list(CHROMIUM_FLAGS))
        context = browser.new_context(
            locale="en-GB",
            timezone_id="UTC",
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SCALE,
        )
        page = context.new_page()
        firm.sign_in(page)
        take_pictures(page, firm.url)
        browser.close()
        firm.stop()


if __name__ == "__main__":
    main()
