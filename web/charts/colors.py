"""All colours by name, for the light and the dark theme.

Pages use them as CSS variables of the same names (a test compares `app.css` with this table); exported files use the
light ones literally.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.seats import Structure

_SHARED: dict[str, tuple[str, str]] = {
    "ground": ("#f7f7f9", "#0c0d10"),
    "card": ("#ffffff", "#14161a"),
    "band": ("#f8f8fb", "#181a1f"),
    "ink": ("#16181d", "#eceef2"),
    "ink2": ("#3b4049", "#c3c8d1"),
    "muted": ("#5d636e", "#9aa1ad"),
    "line": ("#ececf0", "#22252b"),
    "line2": ("#dcdde3", "#31353d"),
    "line3": ("#cfd1d9", "#3c414b"),
    "edge": ("#7b818c", "#7d8491"),
    "cursor": ("#d6336c", "#ff6b9d"),
    "on-cursor": ("#ffffff", "#1a0a11"),
    "differs": ("#b45309", "#f0a53a"),
    "on-differs": ("#ffffff", "#1d1203"),
    "technology": ("#4f55d8", "#8c93ff"),
    "technology-solid": ("#4a50d0", "#585fe0"),
    "technology-tint": ("#ecedfc", "#23264a"),
    "technology-ink": ("#31369c", "#c6caff"),
    "ai": ("#0f8a7a", "#3fc9b4"),
    "ai-solid": ("#0d7a6c", "#0d7f70"),
    "ai-tint": ("#e0f4f1", "#12332f"),
    "ai-ink": ("#0a5a50", "#a3ece0"),
    "unified-solid-halo": ("#2c659e", "#326fa8"),
    "unified-halo": ("#eaf0f7", "#1b2c3c"),
    "on-solid": ("#ffffff", "#ffffff"),
}

_STRUCTURES: dict[Structure, tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    Structure.NONE: (("#e4e6ea", "#7b818c", "#16181d"), ("#2b2f36", "#7d8491", "#eceef2")),
    Structure.CTO_ONLY_FRACTIONAL: (("#dfe1fb", "#5a60dc", "#16181d"), ("#2a2d58", "#8188f2", "#eceef2")),
    Structure.CTO_ONLY_FULL_TIME: (("#b4b9f5", "#5a60dc", "#16181d"), ("#454a92", "#8188f2", "#ffffff")),
    Structure.CAIO_ONLY_FRACTIONAL: (("#d5edf6", "#1c7895", "#16181d"), ("#173a48", "#4aa6c4", "#eceef2")),
    Structure.CAIO_ONLY_FULL_TIME: (("#8bcade", "#1c7895", "#16181d"), ("#226079", "#4aa6c4", "#ffffff")),
    Structure.UNIFIED_FRACTIONAL: (("#969cf0", "#3d43bd", "#16181d"), ("#777fee", "#b3b8ff", "#0c0d10")),
    Structure.UNIFIED_FULL_TIME: (("#4046c4", "#3d43bd", "#ffffff"), ("#aab0ff", "#b3b8ff", "#0c0d10")),
    Structure.FRACTIONAL_PAIR: (("#bce6dd", "#0f8272", "#16181d"), ("#184740", "#43b8a5", "#eceef2")),
    Structure.FULL_TIME_CTO_FRACTIONAL_CAIO: (("#7fcdbf", "#0f8272", "#16181d"), ("#1f6d62", "#43b8a5", "#ffffff")),
    Structure.FRACTIONAL_CTO_FULL_TIME_CAIO: (("#45ad9c", "#0b6b5f", "#16181d"), ("#2fa08f", "#7fe3d3", "#0c0d10")),
    Structure.FULL_TIME_PAIR: (("#0b6b5f", "#0b6b5f", "#ffffff"), ("#6fe3d2", "#7fe3d3", "#0c0d10")),
}

GROUPS = 6
"""The number of groups with distinct colours and dashes in a chart of curves; then both repeat."""

_GROUPS = (
    ("#4f55d8", "#8c93ff"),
    ("#0f8a7a", "#3fc9b4"),
    ("#a1560c", "#e6a04a"),
    ("#7b3fa0", "#c795ea"),
    ("#1c7895", "#4aa6c4"),
    ("#5d636e", "#9aa1ad"),
)


def _tokens() -> Iterator[tuple[str, tuple[str, str]]]:
    yield from _SHARED.items()
    for structure, (light, dark) in _STRUCTURES.items():
        slug = structure.value.replace("_", "-")
        for part, pair in zip(("", "-edge", "-ink"), zip(light, dark, strict=True), strict=True):
            yield f"s-{slug}{part}", pair
    for place, pair in enumerate(_GROUPS):
        yield f"group-{place}", pair


TOKENS: dict[str, tuple[str, str]] = dict(_tokens())
"""Every colour by name, as a pair for the light and the dark theme."""

LIGHT: Mapping[str, str] = {name: light for name, (light, _) in TOKENS.items()}
"""Literal colours for files that leave the application."""

PAGE: Mapping[str, str] = {name: f"var(--{name})" for name in TOKENS}
"""CSS variables of the same names, for charts in a page."""


def structure_token(structure: Structure) -> str:
    """The token of a structure's fill; suffix `-edge` is its outline, `-ink` the text on it."""
    return "s-" + structure.value.replace("_", "-")


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio between two colours written `#rrggbb`, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
