"""The press: WeasyPrint, which reads no file and no address but our own letters.

Nothing in a PDF says when or where it was made, and its identifier is made of what it says: the same page gives the
same bytes.
"""

from __future__ import annotations

import hashlib

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from web.charts.painting import FONTS

SCHEME = "seatline:"
LETTERS = {path.name: path for path in FONTS.glob("*.ttf")}


class OwnLetters(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Fetches the letters that come with the application, and nothing else."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The letters of that name. Raises `ValueError` for everything else."""
        name = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME) or name not in LETTERS:
            raise ValueError(f"a report fetches nothing but its own letters, not {url[:100]}")
        return URLFetcherResponse(url, LETTERS[name].read_bytes(), {"Content-Type": "font/ttf"})


def pdf_of(html: str) -> bytes:
    """The page as PDF."""
    document = HTML(string=html, base_url=SCHEME, url_fetcher=OwnLetters())
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    written: bytes = document.write_pdf(font_config=FontConfiguration(), pdf_identifier=identifier, pdf_tags=True)
    return written
