"""Legends and headings for files: a picture that travels alone has to explain itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from web.charts.measure import px, text_width

_SIZE = 11.0
_ROW = 22.0
_SWATCH = 32.0
_BETWEEN = 20.0
_ABOVE = 18.0


@dataclass(frozen=True, slots=True)
class LegendItem:
    """One swatch's place, and the words to its right."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Legend:
    """Swatches in rows below a chart, and how high they are together; nothing is zero high."""

    items: tuple[LegendItem, ...]
    height: float


def lay_out(words: Sequence[str], width: float, below: float) -> Legend:
    """Swatches with these words, from left to right, row after row, beginning under `below`."""
    x, y = 0.0, below + _ABOVE
    items = []
    for text in words:
        needed = _SWATCH + text_width(text, _SIZE)
        if x and x + needed > width:
            x, y = 0.0, y + _ROW
        items.append(LegendItem(px(x), px(y), text))
        x += needed + _BETWEEN
    return Legend(tuple(items), px(y + _ROW - below) if items else 0)
