"""HTML to PDF with WeasyPrint, restricted to the bundled fonts and the fonts of the system.

Text in drawings is shaped a line at a time, as text in HTML is. Characters that no font has are transliterated, and a
note names the fonts to install.

A PDF contains no date or place of creation, and its identifier is a hash of its content: the same page gives the same
bytes.
"""

from __future__ import annotations

import hashlib
import logging
import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterator, Mapping
from html import unescape
from threading import get_ident
from typing import Any

from markupsafe import escape
from weasyprint import HTML
from weasyprint.svg import Node
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from web.charts.render import FONTS
from web.fonts import missing_fonts_sentence, transliterated

LOGGER = logging.getLogger(__name__)
SCHEME = "seatline:"
FONT_FILES = {path.name: path for path in FONTS.glob("*.ttf")}


_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_PICTURE = re.compile(r'src="data:(image/[a-z]+);base64,([A-Za-z0-9+/=]+)"')
_FONT_FACE = re.compile(r"@font-face \{.*?\}", re.DOTALL)
_CONTENTS = re.compile(r'<ul class="contents">.*?</ul>', re.DOTALL)
_ENTRY = re.compile(r'(href="#([\w-]+)">[^<]*<span>)')
_DESCRIPTION = re.compile(r"<(desc|title)\b[^>]*>(.*?)</\1>", re.DOTALL)


class BundledFontFetcher(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Fetches the bundled fonts, the pictures of this document, and nothing else."""

    def __init__(self, pictures: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        """`pictures` are media types and contents by name."""
        super().__init__()
        self._pictures = pictures or {}

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The font file or the picture of that name. Raises `ValueError` for anything else."""
        name = url.removeprefix(SCHEME)
        if url.startswith(SCHEME) and name in self._pictures:
            media_type, content = self._pictures[name]
            return URLFetcherResponse(url, content, {"Content-Type": media_type})
        if not url.startswith(SCHEME) or name not in FONT_FILES:
            raise ValueError(f"reports may only load bundled fonts, not {url[:100]}")
        return URLFetcherResponse(url, FONT_FILES[name].read_bytes(), {"Content-Type": "font/ttf"})


class _Line(str):
    """A text that iterates as a single item."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield str(self)


def _text_of(node: Any) -> str | None:
    text: str | None = node._etree_node.text
    return text and _Line(text)


# WeasyPrint lays out each character of a drawing's text by itself, so that letters neither join nor run from right to
# left. It learns the characters by iteration; drawings here place whole lines, so a line is one.
Node.text = property(_text_of)


class _MissingGlyphs(logging.Handler):
    """Collects the characters without a font in this thread's document; WeasyPrint only logs them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.characters: set[str] = set()
        self._thread = get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith(".notdef glyph") and isinstance(record.args, tuple) and record.thread == self._thread:
            self.characters.add(str(record.args[0]))


def pdf_of(*versions: str, most_pages: int | None = None) -> bytes:
    """Convert to PDF the first of these HTML documents that takes at most `most_pages`; the last if none does.

    If characters have no font, the document begins with the fonts to install.
    """
    written = b""
    for html in versions:
        written, pages = _readable_pdf(unicodedata.normalize("NFC", html))
        if most_pages is None or pages <= most_pages:
            break
    return written


def _readable_pdf(html: str) -> tuple[bytes, int]:
    """The PDF and the number of its pages, with characters that no font has transliterated."""
    written, pages, missing = _write_pdf(html)
    if missing:
        sentence = missing_fonts_sentence(missing)
        LOGGER.warning(sentence)
        note = f'<p class="note">{escape(sentence)}</p>'
        written, pages, _ = _write_pdf(transliterated(html, missing).replace("</header>", f"</header>{note}", 1))
    return written, pages


def _with_drawings_apart(html: str) -> tuple[str, dict[str, tuple[str, bytes]]]:
    """The document with its drawings as images, which are parsed and styled several times as fast as markup in it."""
    drawings: dict[str, tuple[str, bytes]] = {}

    def image(match: re.Match[str]) -> str:
        name = f"drawing-{len(drawings)}.svg"
        drawings[name] = ("image/svg+xml", _DESCRIPTION.sub("", match[0]).encode())
        described = dict(_DESCRIPTION.findall(match[0]))
        description = unescape(described.get("desc") or described.get("title") or "Drawing")
        return f'<img src="{SCHEME}{name}" alt="{escape(description)}">'

    def picture(match: re.Match[str]) -> str:
        name = f"picture-{len(drawings)}"
        drawings[name] = (match[1], b64decode(match[2]))
        return f'src="{SCHEME}{name}"'

    return _PICTURE.sub(picture, _DRAWING.sub(image, html)), drawings


def _with_contents(
    document: Any, text: str, drawings: Mapping[str, tuple[str, bytes]], fonts: FontConfiguration
) -> Any:
    """A laid-out document with the pages of its parts in the contents of its cover, which were left out.

    Only the cover is laid out again, with the fonts that are loaded: counters of targets would lay out every page a
    second time. Where the cover takes more than a page, it stays without contents.
    """
    pages = {anchor: number for number, page in enumerate(document.pages, start=1) for anchor in page.anchors}
    numbered = _ENTRY.sub(lambda entry: f"{entry[1]}{pages.get(entry[2], '')}", text.partition("</header>")[0])
    numbered = _FONT_FACE.sub("", numbered)
    source = HTML(string=f"{numbered}</header>", base_url=SCHEME, url_fetcher=BundledFontFetcher(drawings))
    cover = source.render(font_config=fonts, pdf_tags=True).pages
    return document.copy([*cover, *document.pages[1:]]) if len(cover) == 1 else document


def _write_pdf(html: str) -> tuple[bytes, int, set[str]]:
    """The PDF, the number of its pages, and the characters that no font has."""
    whole, drawings = _with_drawings_apart(html)
    text = _CONTENTS.sub("", whole)
    source = HTML(string=text, base_url=SCHEME, url_fetcher=BundledFontFetcher(drawings))
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    missing = _MissingGlyphs()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(missing)
    try:
        fonts = FontConfiguration()
        document = source.render(font_config=fonts, pdf_tags=True)
        if text != whole:
            document = _with_contents(document, whole, drawings, fonts)
        written: bytes = document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    finally:
        logger.removeHandler(missing)
    return written, len(document.pages), missing.characters
