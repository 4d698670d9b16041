"""Legends of exported charts, which appear without a page around them."""

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
    """The position of a swatch, and its label to the right."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Legend:
    """Rows of swatches below a chart, and their total height (0 without swatches)."""

    items: tuple[LegendItem, ...]
    height: float


def lay_out(words: Sequence[str], width: float, below: float) -> Legend:
    """Lay out swatches with these labels, left to right in rows, starting below `below`."""
    x, y = 0.0, below + _ABOVE
    items = []
    for text in words:
        needed = _SWATCH + text_width(text, _SIZE)
        if x and x + needed > width:
            x, y = 0.0, y + _ROW
        items.append(LegendItem(px(x), px(y), text))
        x += needed + _BETWEEN
    return Legend(tuple(items), px(y + _ROW - below) if items else 0)
