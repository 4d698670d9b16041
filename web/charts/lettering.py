"""Sets text in scripts that Inter lacks, run by run in system fonts and in visual order.

The PNG renderer sets a text in a single fallback font and does not support isolates, so each run of one script becomes
a positioned chunk with its own font.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from xml.etree import ElementTree as ET

from web.bidi import FSI, PDI, is_right_to_left
from web.charts.clusters import clusters
from web.charts.measure import px, text_width
from web.fonts import EMOJI, HAN, LATIN, missing_fonts_sentence, script_of, transliterated

Rasterize = Callable[[str], bytes]
"""Renders an SVG to PNG with the installed fonts."""

SVG = "http://www.w3.org/2000/svg"
_TEXT, _TSPAN = f"{{{SVG}}}text", f"{{{SVG}}}tspan"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
# the coverage of Inter and of InterExt: Latin without the Vietnamese letters
_OF_INTER = (
    "\0-\xff\u0131\u0152\u0153\u02bb\u02bc\u02c6\u02da\u02dc\u2002\u2009\u2013\u2014\u2018-\u201a\u201c-\u201e"
    "\u2022\u2026\u2032\u2033\u2039\u203a\u2044\u20ac\u2122\u2191\u2193\u2212"
)
_OF_EXTENDED = (
    "\u0100-\u024f\u02bd-\u02c5\u02c7-\u02cc\u1e00-\u1e9b\u1e9e\u1ef2-\u1eff\u2020\u20a0-\u20ab\u20ad-\u20b9\u20bd"
)
_INTER = re.compile(f"[{_OF_INTER}]*")
_BUNDLED = re.compile(f"[{_OF_INTER}{_OF_EXTENDED}]*")
_ISOLATED = re.compile(f"{FSI}(.*?)(?:{PDI}|$)", re.S)
_EXTENDED = "InterExt"
_NOWHERE = "\U0010fffd"
"""A character that no font has."""
_FAMILIES = {
    _EXTENDED: _EXTENDED,
    EMOJI: "Noto Color Emoji",
    LATIN: "Noto Sans",
    "Greek": "Noto Sans",
    "Cyrillic": "Noto Sans",
    **dict.fromkeys((HAN, "Hiragana", "Katakana", "Hangul", "Bopomofo"), "Noto Sans CJK JP"),
}
_NOTE_SIZE, _NOTE_LINE = 10.5, 15.0
_NOTE_FILL = "#5d636e"


@dataclass(frozen=True, slots=True)
class _Style:
    """The inherited style of a text."""

    size: float = 11.0
    weight: int = 400
    anchor: str = "start"

    def within(self, element: ET.Element) -> _Style:
        """The style of an element's content."""
        return _Style(
            float(element.get("font-size", self.size)),
            int(element.get("font-weight", self.weight)),
            element.get("text-anchor", self.anchor),
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of text in one script; `script` is empty if Inter covers it."""

    text: str
    script: str
    is_right_to_left: bool


def needs_other_fonts(svg: str) -> bool:
    """Whether a drawing has characters that the bundled fonts lack."""
    return _BUNDLED.fullmatch(svg) is None


def with_other_fonts(svg: str, rasterize: Rasterize) -> tuple[str, str]:
    """The drawing prepared for the renderer, and a note on fonts to install (empty: none is missing).

    Characters that no font has are transliterated, and the note is added below the drawing.
    """
    svg = unicodedata.normalize("NFC", svg)
    words = "".join("".join(text.itertext()) for text in ET.fromstring(svg).iter(_TEXT))  # noqa: S314 - our own markup
    rare = {character for character in words if _BUNDLED.fullmatch(character) is None}
    missing = frozenset(character for character in rare if _is_missing(character, rasterize))
    if missing:
        svg = transliterated(svg, missing)
    ET.register_namespace("", SVG)
    root = ET.fromstring(svg)  # noqa: S314 - our own markup
    _set(root, _Style(), rasterize)
    sentence = missing_fonts_sentence(missing)
    if sentence:
        _add_note(root, sentence)
    return ET.tostring(root, encoding="unicode"), sentence


def _set(element: ET.Element, style: _Style, rasterize: Rasterize) -> None:
    style = style.within(element)
    for child in element:
        _set(child, style, rasterize)
    if element.tag == _TEXT and element.text and _INTER.fullmatch(element.text) is None:
        _set_text(element, style, rasterize)


def _set_text(element: ET.Element, style: _Style, rasterize: Rasterize) -> None:
    """Position each run of a text and assign its font."""
    runs = list(_in_visual_order(element.text or ""))
    widths = [_width(run.text, run.script, style, rasterize) for run in runs]
    shift = {"middle": 0.5, "end": 1.0}.get(style.anchor, 0.0) if len(runs) > 1 else 0.0
    x, y = float(element.get("x", 0)) - shift * sum(widths), element.get("y", "0")
    element.text = None
    if len(runs) > 1:
        element.set("text-anchor", "start")
    for run, width in zip(runs, widths, strict=True):
        piece = ET.SubElement(
            element, _TSPAN, {"x": str(px(x)), "y": y, "{http://www.w3.org/XML/1998/namespace}space": "preserve"}
        )
        if run.script:
            piece.set("font-family", _family(run.script))
        piece.text = run.text
        x += width


def _family(script: str) -> str:
    return f"{_FAMILIES.get(script, f'Noto Sans {script}')}, Inter"


def _in_visual_order(text: str) -> Iterator[_Run]:
    """The runs of a text, left to right; each isolate separately, in the direction of its first strong character."""
    start = 0
    for isolated in _ISOLATED.finditer(text):
        yield from _reordered(text[start : isolated.start()], base=False)
        yield from _reordered(isolated[1], base=is_right_to_left(isolated[1]))
        start = isolated.end()
    yield from _reordered(text[start:], base=False)


def _reordered(text: str, *, base: bool) -> list[_Run]:
    """Runs in visual order: right-to-left text is reversed, and left-to-right runs within it are reversed back."""
    stretches = [list(run) for _, run in groupby(_runs(text.replace(FSI, "").replace(PDI, ""), base), _direction)]
    placed = [run[::-1] if run[0].is_right_to_left else run for run in stretches]
    return [run for stretch in (placed[::-1] if base else placed) for run in stretch]


def _direction(run: _Run) -> bool:
    return run.is_right_to_left


def _runs(text: str, base: bool) -> Iterator[_Run]:
    """The runs in logical order. Spaces and punctuation between two letters of one script belong to it."""
    letters = list(clusters(text))
    scripts = _with_signs([_script(cluster) for cluster in letters])
    if LATIN in scripts:
        # use one font for a whole Latin name if Inter lacks some of its letters
        scripts = [LATIN if script in ("", _EXTENDED) else script for script in scripts]
    for script, pairs in groupby(zip(letters, scripts, strict=True), lambda pair: pair[1]):
        run = "".join(cluster for cluster, _ in pairs)
        has_letters = any(character.isalpha() for character in run)
        yield _Run(run, script or "", is_right_to_left(run) if has_letters else base)


def _with_signs(scripts: list[str | None]) -> list[str | None]:
    """Assign spaces and punctuation between two letters of one script to it; others keep `None`."""
    joined: list[str | None] = []
    for place, script in enumerate(scripts):
        if script is None and joined and joined[-1] not in (None, EMOJI):
            after = next((other for other in scripts[place:] if other is not None), None)
            script = joined[-1] if joined[-1] == after else None
        joined.append(script)
    return joined


def _script(cluster: str) -> str | None:
    """The script whose font sets a cluster: empty for Inter, `None` for spaces and punctuation."""
    if needs_other_fonts(cluster):
        return next(script_of(character) for character in cluster if needs_other_fonts(character))
    if _INTER.fullmatch(cluster) is None:
        return _EXTENDED
    return "" if cluster[0].isalnum() else None


@lru_cache(maxsize=2048)
def _width(text: str, script: str, style: _Style, rasterize: Rasterize) -> float:
    """The width of a run: from Inter's tables or, for another font, as rendered."""
    if not script:
        return text_width(text, style.size, style.weight)
    # without a size, the image is as large as its content
    picture = rasterize(_sample(text, script, style.weight))
    width: int = struct.unpack(">I", picture[16:20])[0]
    return width * style.size / 100


@lru_cache(maxsize=4096)
def _is_missing(character: str, rasterize: Rasterize) -> bool:
    """Whether the renderer draws the placeholder box of a missing character."""
    if unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf"):
        return False
    return rasterize(_sample(character, script_of(character), 400)) == rasterize(_sample(_NOWHERE, "", 400))


def _sample(text: str, script: str, weight: int) -> str:
    root = ET.Element(f"{{{SVG}}}svg", {"font-family": _family(script), "font-weight": str(weight)})
    ET.SubElement(root, _TEXT, {"font-size": "100"}).text = text
    return ET.tostring(root, encoding="unicode", default_namespace=None)


def _add_note(root: ET.Element, sentence: str) -> None:
    """Add a note below a drawing, wrapped to its width."""
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    left, top, inner, tall = (float(part) for part in root.get("viewBox", f"0 0 {width} {height}").split())
    lines = _lines(sentence, inner - 24)
    more = _NOTE_LINE * len(lines) + 10
    root.set("viewBox", f"{px(left)} {px(top)} {px(inner)} {px(tall + more)}")
    root.set("height", str(px(height * (tall + more) / tall)))
    ground = ET.SubElement(root, f"{{{SVG}}}rect", {"x": str(px(left)), "y": str(px(top + tall)), "fill": "#fff"})
    ground.set("width", str(px(inner)))
    ground.set("height", str(px(more)))
    for number, line in enumerate(lines, 1):
        place = {"x": str(px(left + 12)), "y": str(px(top + tall + number * _NOTE_LINE - 4))}
        ET.SubElement(root, _TEXT, {**place, "font-size": str(_NOTE_SIZE), "fill": _NOTE_FILL}).text = line


def _lines(sentence: str, room: float) -> list[str]:
    lines = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, _NOTE_SIZE) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
